"""What is the answer to a sequence number greater than the count of the client's view?

RFC 3501 §9 (seq-number) says BAD; RFC 2180 §4.1.1's example, of RFC 2060's time, says NO.
"""

from __future__ import annotations

from strategies.base import NOTHING, Strategy


class Bad(Strategy):
    """RFC 3501 §9, seq-number: BAD."""

    decision, key, source = "beyond", "bad", "RFC 3501 §9"
    summary = "BAD"
    reads = NOTHING

    def status(self) -> str:
        return "BAD"


class No(Strategy):
    """RFC 2180 §4.1.1 (d), in its example: NO."""

    decision, key, source = "beyond", "no", "RFC 2180 §4.1.1"
    summary = "NO"
    reads = NOTHING

    def status(self) -> str:
        return "NO"
