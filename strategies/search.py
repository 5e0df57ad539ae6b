"""SEARCH in a view that counts expunged messages: leave them out, or still find them (RFC 2180 §4.3)."""

from __future__ import annotations

from model.store import Message
from strategies.base import NOTHING, Strategy


class LeaveOut(Strategy):
    """RFC 2180 §4.3: no search result for expunged messages."""

    decision, key, source = "search", "4.3", "RFC 2180 §4.3"
    summary = "leave expunged messages out"
    reads = NOTHING

    def findable(self, ghosts: tuple[Message, ...]) -> tuple[Message, ...]:
        return ()


class FindGhosts(Strategy):
    """The other side of RFC 2180 §4.3's MAY: what the client still counts is still found."""

    decision, key, source = "search", "ghosts", "RFC 2180 §4.3 (not taking the MAY)"
    summary = "still find them"
    reads = NOTHING

    def findable(self, ghosts: tuple[Message, ...]) -> tuple[Message, ...]:
        return ghosts
