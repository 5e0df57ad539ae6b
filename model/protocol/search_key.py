"""Does a message match a SEARCH key? Source: RFC 3501 §6.4.4.

A key is a tuple `(name, argument...)`; several keys side by side are `("AND", key...)`. The keys are those that an
abstract message can answer: flags, numbers, UIDs, and words in its content (TEXT, BODY, SUBJECT, FROM, TO, CC, BCC).
"""

from __future__ import annotations

from typing import Any

from model.protocol import sequence
from model.protocol.flags import ANSWERED, DELETED, DRAFT, FLAGGED, SEEN

Key = tuple[Any, ...]

FLAG_KEYS = {"ANSWERED": ANSWERED, "DELETED": DELETED, "DRAFT": DRAFT, "FLAGGED": FLAGGED, "SEEN": SEEN}
TEXT_KEYS = ("TEXT", "BODY", "SUBJECT", "FROM", "TO", "CC", "BCC")
ALL: Key = ("ALL",)


def numbers_beyond(key: Key, count: int) -> bool:
    """Whether the key names a sequence number beyond `count` (RFC 3501 §9, seq-number)."""
    if key[0] == "NUMBERS":
        return sequence.resolve(key[1], count) is None
    return any(numbers_beyond(part, count) for part in key[1:] if isinstance(part, tuple) and key[0] in ("AND", "OR", "NOT"))
