"""Does a message match a SEARCH key? Source: RFC 3501 §6.4.4."""

from __future__ import annotations

from model.protocol import FLAG_KEYS, TEXT_KEYS, Key, sequence
from model.store.mailbox import Message


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
