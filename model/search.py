"""Does a message match a SEARCH key? Source: RFC 3501 §6.4.4.

A key is a tuple `(name, argument...)`; several keys side by side are `("AND", key...)`. The keys are those that an
abstract message can answer: flags, numbers, UIDs, and words in its content (TEXT, BODY, SUBJECT, FROM, TO, CC, BCC).
"""

from __future__ import annotations

from typing import Any

from model import sequence
from model.mailbox import ANSWERED, DELETED, DRAFT, FLAGGED, SEEN, Message

Key = tuple[Any, ...]

FLAG_KEYS = {"ANSWERED": ANSWERED, "DELETED": DELETED, "DRAFT": DRAFT, "FLAGGED": FLAGGED, "SEEN": SEEN}
TEXT_KEYS = ("TEXT", "BODY", "SUBJECT", "FROM", "TO", "CC", "BCC")
ALL: Key = ("ALL",)


def matches(key: Key, number: int, message: Message, count: int, last_uid: int) -> bool:
    """Whether `message`, number `number` of a view of `count` messages ending with `last_uid`, matches `key`.

    Raises KeyError for a key that does not exist (the parser lets none through).
    """
    name = key[0]
    if name == "ALL":
        return True
    if name == "AND":
        return all(matches(part, number, message, count, last_uid) for part in key[1:])
    if name == "OR":
        return any(matches(part, number, message, count, last_uid) for part in key[1:])
    if name == "NOT":
        return not matches(key[1], number, message, count, last_uid)
    if name == "NUMBERS":
        return number in (sequence.resolve(key[1], count) or ())
    if name == "UID":
        return any(
            low <= message.uid <= high for low, high in (sorted((a or last_uid, b or last_uid)) for a, b in key[1])
        )
    if name in TEXT_KEYS:
        return key[1].lower() in message.content.lower()
    if name == "KEYWORD":
        return key[1] in message.flags
    if name == "UNKEYWORD":
        return key[1] not in message.flags
    if name.startswith("UN"):
        return FLAG_KEYS[name[2:]] not in message.flags
    return FLAG_KEYS[name] in message.flags


def numbers_beyond(key: Key, count: int) -> bool:
    """Whether the key names a sequence number beyond `count` (RFC 3501 §9, seq-number)."""
    if key[0] == "NUMBERS":
        return sequence.resolve(key[1], count) is None
    return any(numbers_beyond(part, count) for part in key[1:] if isinstance(part, tuple) and key[0] in ("AND", "OR", "NOT"))
