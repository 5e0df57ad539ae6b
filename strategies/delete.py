"""DELETE of a mailbox that other sessions have accessed: refuse, keep a ghost, or disconnect them (RFC 2180 §3)."""

from __future__ import annotations

from model.server import Ruling
from model.store import Mailbox, World, world as worlds
from strategies.base import OCCUPANCY, Strategy


class Refuse(Strategy):
    """RFC 2180 §3.1: the DELETE fails as long as somebody else has the mailbox accessed."""

    decision, key, source = "delete", "3.1", "RFC 2180 §3.1"
    summary = "refuse while others have it open"
    reads = OCCUPANCY

    def delete(self, world: World, sid: int, mailbox: Mailbox) -> Ruling:
        return Ruling(None, f"Mailbox {mailbox.name} is in use by another user")


class Ghost(Strategy):
    """RFC 2180 §3.2 (a, b, c, h): deleted, but those that have it open keep it; the name is free when the last leaves."""

    decision, key, source = "delete", "3.2", "RFC 2180 §3.2"
    summary = "keep a ghost for those that have it open"
    reads = OCCUPANCY

    def delete(self, world: World, sid: int, mailbox: Mailbox) -> Ruling:
        return Ruling(worlds.make_ghost(world, mailbox), f"Mailbox {mailbox.name} is deleted")


class Disconnect(Strategy):
    """RFC 2180 §3.3: deleted at once; the others are sent an untagged BYE."""

    decision, key, source = "delete", "3.3", "RFC 2180 §3.3"
    summary = "disconnect the others"
    reads = OCCUPANCY

    def delete(self, world: World, sid: int, mailbox: Mailbox) -> Ruling:
        others = world.users_of(mailbox.id, besides=sid)
        return Ruling(worlds.remove(worlds.doom(world, others), mailbox), "DELETE completed", others)
