"""Which commands may a client send before the last one is completed? RFC 3501 §5.5's rule."""

from __future__ import annotations

from collections.abc import Iterable

from model import protocol as p
from model.protocol import search_key, sequence


def numbers_of(command: p.Command, count: int) -> tuple[int, ...]:
    """The message sequence numbers that a command names, for a client that counts `count` messages."""
    if isinstance(command, p.NUMBERED):
        return () if command.uid else sequence.resolve(command.numbers, count) or ()
    if isinstance(command, p.Search):
        return tuple(_numbers_of_key(command.key, count))
    return ()


def _numbers_of_key(key: search_key.Key, count: int) -> Iterable[int]:
    if key[0] == "NUMBERS":
        yield from sequence.resolve(key[1], count) or ()
    elif key[0] in ("AND", "OR", "NOT"):
        for part in key[1:]:
            yield from _numbers_of_key(part, count)


def may_follow(earlier: p.Command, later: p.Command) -> bool:
    """RFC 3501 §5.5's rule: a command with sequence numbers waits for everything but FETCH, STORE and SEARCH."""
    return not _has_numbers(later) or p.forbids_expunged(earlier)


def _has_numbers(command: p.Command) -> bool:
    if isinstance(command, p.NUMBERED):
        return not command.uid
    return isinstance(command, p.Search) and _key_has_numbers(command.key)


def _key_has_numbers(key: search_key.Key) -> bool:
    return key[0] == "NUMBERS" or (key[0] in ("AND", "OR", "NOT") and any(map(_key_has_numbers, key[1:])))
