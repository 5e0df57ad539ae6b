"""EXPUNGE (and CLOSE) in a mailbox that other sessions have accessed: allow, or refuse (RFC 2180 §4.1)."""

from __future__ import annotations

from model.store import Mailbox, World
from strategies.base import OCCUPANCY, Strategy


class Allow(Strategy):
    """RFC 2180 §4.1.1 to §4.1.3: expunge, and see what becomes of those who still count the messages."""

    decision, key, source = "expunge", "allow", "RFC 2180 §4.1"
    summary = "expunge under the others' feet"
    reads = OCCUPANCY

    def refusal(self, world: World, sid: int, mailbox: Mailbox) -> str | None:
        return None


class Refuse(Strategy):
    """RFC 2180 §4.1.4: the EXPUNGE fails as long as somebody else has the mailbox accessed."""

    decision, key, source = "expunge", "4.1.4", "RFC 2180 §4.1.4"
    summary = "refuse while others have it open"
    reads = OCCUPANCY

    def refusal(self, world: World, sid: int, mailbox: Mailbox) -> str | None:
        return f"Mailbox {mailbox.name} is in use by another user"
