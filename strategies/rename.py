"""RENAME of a mailbox that other sessions have accessed: refuse, disconnect them, or change the name (RFC 2180 §3)."""

from __future__ import annotations

from model.protocol import astring
from model.server import Ruling
from model.store import Mailbox, World, world as worlds
from strategies.base import OCCUPANCY, Strategy


class Refuse(Strategy):
    """RFC 2180 §3.1: the RENAME fails as long as somebody else has the mailbox accessed."""

    decision, key, source = "rename", "3.1", "RFC 2180 §3.1"
    summary = "refuse while others have it open"
    reads = OCCUPANCY

    def rename(self, world: World, sid: int, mailbox: Mailbox, name: str, others: tuple[int, ...]) -> Ruling:
        return Ruling(None, f"Mailbox {mailbox.name} is in use by another user")

    def hint(self, old: str, new: str) -> str | None:
        return None


class Disconnect(Strategy):
    """RFC 2180 §3.3: renamed; the others are sent an untagged BYE."""

    decision, key, source = "rename", "3.3", "RFC 2180 §3.3"
    summary = "disconnect the others"
    reads = OCCUPANCY

    def rename(self, world: World, sid: int, mailbox: Mailbox, name: str, others: tuple[int, ...]) -> Ruling:
        return Ruling(worlds.rename(worlds.doom(world, others), mailbox, name), "RENAME completed", others)

    def hint(self, old: str, new: str) -> str | None:
        return None


class ChangeName(Strategy):
    """RFC 2180 §3.4 (a, b, c): only the name changes; the others find out when they next use the old one."""

    decision, key, source = "rename", "3.4", "RFC 2180 §3.4"
    summary = "change the name under them"
    reads = OCCUPANCY

    def rename(self, world: World, sid: int, mailbox: Mailbox, name: str, others: tuple[int, ...]) -> Ruling:
        return Ruling(worlds.rename(world, mailbox, name), "RENAME completed")

    def hint(self, old: str, new: str) -> str | None:
        return None


class ChangeNameWithHint(ChangeName):
    """RFC 2180 §3.4 (a, d, e): as `ChangeName`, and NO to the old name carries [NEWNAME] (a code of RFC 2060 only)."""

    key = "3.4-newname"
    summary = "change the name under them, hint NEWNAME"
    reads = OCCUPANCY

    def hint(self, old: str, new: str) -> str | None:
        return f"NEWNAME {astring(old)} {astring(new)}"
