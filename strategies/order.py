"""In which order several pending EXPUNGE responses go out (RFC 3501 §7.4.1)."""

from __future__ import annotations

from strategies.base import NOTHING, Strategy


class Ascending(Strategy):
    """RFC 3501 §7.4.1: lower to higher; four neighbours are the same number four times."""

    decision, key, source = "order", "ascending", "RFC 3501 §7.4.1"
    summary = "low numbers first"
    reads = NOTHING

    def order(self, positions: tuple[int, ...]) -> tuple[int, ...]:
        return positions


class Descending(Strategy):
    """RFC 3501 §7.4.1: higher to lower; four neighbours are four falling numbers."""

    decision, key, source = "order", "descending", "RFC 3501 §7.4.1"
    summary = "high numbers first"
    reads = NOTHING

    def order(self, positions: tuple[int, ...]) -> tuple[int, ...]:
        return positions[::-1]
