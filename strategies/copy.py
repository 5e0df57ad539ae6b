"""COPY that names messages that are expunged and not yet announced: refuse, or copy them too (RFC 2180 §4.4)."""

from __future__ import annotations

from model.store import Message
from strategies.base import NOTHING, Strategy


class Refuse(Strategy):
    """RFC 2180 §4.4.1 (a, c): nothing is copied, and NO."""

    decision, key, source = "copy", "4.4.1", "RFC 2180 §4.4.1"
    summary = "refuse, copy nothing"
    reads = NOTHING

    def copy(self, wanted: tuple[Message, ...], gone: frozenset[int]) -> tuple[Message, ...] | None:
        return None


class CopyGhosts(Strategy):
    """RFC 2180 §4.4.2 (a, c, e): everything named is copied, by its number before any EXPUNGE sent with the COPY."""

    decision, key, source = "copy", "4.4.2", "RFC 2180 §4.4.2"
    summary = "copy the ghosts too"
    reads = NOTHING

    def copy(self, wanted: tuple[Message, ...], gone: frozenset[int]) -> tuple[Message, ...] | None:
        return wanted
