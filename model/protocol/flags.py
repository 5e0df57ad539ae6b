"""Which flags can a message have, and what does STORE make of them? Source: RFC 3501 §2.3.2, §6.4.6."""

from __future__ import annotations


Flags = frozenset[str]


SEEN, DELETED, FLAGGED, ANSWERED, DRAFT = "\\Seen", "\\Deleted", "\\Flagged", "\\Answered", "\\Draft"


SYSTEM_FLAGS = (ANSWERED, FLAGGED, DELETED, SEEN, DRAFT)


NO_FLAGS: Flags = frozenset()


NIL = ""
"""The content of a message without any: what RFC 2180 §4.1.3 calls NIL data, and also a message that is empty."""


def changed(flags: Flags, mode: str, operand: Flags) -> Flags:
    """`flags` after `STORE {mode}FLAGS operand`; mode is "+", "-" or "" (replace) (RFC 3501 §6.4.6)."""
    if mode == "+":
        return flags | operand
    if mode == "-":
        return flags - operand
    return operand


def canonical_flag(text: str) -> str:
    """A flag as this model spells it: system flags are case-insensitive (RFC 3501 §2.3.2), keywords stay as they are.

    Raises ValueError for something that is no flag a client may set (\\Recent among them).
    """
    for flag in SYSTEM_FLAGS:
        if text.lower() == flag.lower():
            return flag
    if not text or any(c in '(){%*"]\\' or c <= " " for c in text):
        raise ValueError(f"{text!r} is not a flag that can be set; known: {' '.join(SYSTEM_FLAGS)} and keywords")
    return text
