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


def reads_content(key: Key) -> bool:
    """Whether the key asks for words in a message."""
    return key[0] in TEXT_KEYS or any(reads_content(part) for part in _parts(key))


def _parts(key: Key) -> list[Key]:
    """The keys that this one is made of."""
    return [part for part in key[1:] if key[0] in ("AND", "OR", "NOT") and isinstance(part, tuple)]


def numbers_beyond(key: Key, count: int) -> bool:
    """Whether the key names a sequence number beyond `count` (RFC 3501 §9, seq-number)."""
    if key[0] == "NUMBERS":
        return sequence.resolve(key[1], count) is None
    return any(numbers_beyond(part, count) for part in _parts(key))
