"""Sequence sets: which message sequence numbers (or UIDs) does `2,4:7,9:*` name?

A set is a tuple of inclusive ranges `(low, high)`; `STAR` (0) stands for "*", the largest number in use.
Nothing here knows a mailbox: numbers are resolved against a count, UIDs against an ascending tuple of UIDs.
Source: RFC 3501 §9 (`sequence-set`, `seq-range`, `seq-number`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

SequenceSet = tuple[tuple[int, int], ...]

STAR = 0
_RANGE = re.compile(r"(0|[1-9][0-9]{0,9}|\*)(?::(0|[1-9][0-9]{0,9}|\*))?")
_LARGEST = 2**32 - 1


def parse(text: str) -> SequenceSet:
    """The set written as `text`.

    Raises ValueError naming the part that is wrong.

    >>> parse("2,4:7,9:*")
    ((2, 2), (4, 7), (9, 0))
    """
    ranges = []
    for part in text.split(","):
        match = _RANGE.fullmatch(part)
        if match is None:
            raise ValueError(f"{part!r} is not a sequence number or range; write 3, 2:4 or 2:*")
        low = _number(match[1])
        ranges.append((low, low if match[2] is None else _number(match[2])))
    return tuple(ranges)


def _number(text: str) -> int:
    if text == "*":
        return STAR
    value = int(text)
    if not 1 <= value <= _LARGEST:
        raise ValueError(f"{text} is not a sequence number: they run from 1 to {_LARGEST} (RFC 3501 §9, nz-number)")
    return value


def to_text(numbers: SequenceSet) -> str:
    """`numbers` as IMAP writes them; `parse` reads it back.

    >>> to_text(((2, 2), (4, 7), (9, 0)))
    '2,4:7,9:*'
    """
    return ",".join(_text(low) if low == high else f"{_text(low)}:{_text(high)}" for low, high in numbers)


def _text(number: int) -> str:
    return "*" if number == STAR else str(number)


def of(numbers: Iterable[int]) -> SequenceSet:
    """The shortest set that names exactly `numbers` (any order, repeats allowed).

    >>> to_text(of([3, 1, 2, 7]))
    '1:3,7'
    """
    ranges: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return tuple(ranges)


def resolve(numbers: SequenceSet, count: int) -> tuple[int, ...] | None:
    """The sequence numbers of a mailbox of `count` messages, ascending; None if one lies beyond it.

    "*" is `count`, and beyond an empty mailbox (RFC 3501 §9, seq-number).

    >>> resolve(parse("4:2,*"), 5)
    (2, 3, 4, 5)
    >>> resolve(parse("6"), 5) is None
    True
    """
    resolved: set[int] = set()
    for low, high in numbers:
        first, last = sorted((low or count, high or count))
        if first < 1 or last > count:
            return None
        resolved.update(range(first, last + 1))
    return tuple(sorted(resolved))


def resolve_uids(uids: SequenceSet, known: tuple[int, ...]) -> tuple[int, ...]:
    """The positions, from 1, of those `known` UIDs (ascending) that the set names.

    UIDs that are not known are passed over without complaint (RFC 3501 §6.4.8); "*" is the last one known,
    so that `9:*` names it even where it is smaller than 9.

    >>> resolve_uids(parse("20:*"), (3, 5, 9))
    (3,)
    """
    last = known[-1] if known else STAR
    spans = [sorted((low or last, high or last)) for low, high in uids]
    return tuple(
        place for place, uid in enumerate(known, 1) if any(low <= uid <= high for low, high in spans)
    )
