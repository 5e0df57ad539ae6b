"""Which of the messages that it shows does a client mean by a set of sequence numbers or UIDs?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model.protocol import sequence

if TYPE_CHECKING:
    from model.client.belief import Client

_BEYOND = 2**32


def named(client: Client, numbers: sequence.SequenceSet, uid: bool, surely: bool = False) -> tuple[int, ...]:
    """The sequence numbers that the client means by such a set; with `uid`, those that it may mean, or means `surely`: a
    UID that it doesn't know lies between those of the message's neighbours."""
    count = len(client.shown)
    if not uid:
        return sequence.resolve(numbers, count) or ()
    places = []
    for number, (least, most) in enumerate(_uid_bounds(client), 1):
        low, high = (least, most) if surely else (most, least)
        for start, end in numbers:
            if sequence.STAR in (start, end):
                meant = number == count or low >= (max(start, end) or _BEYOND)
            else:
                meant = low >= min(start, end) and high <= max(start, end)
            if meant:
                places.append(number)
                break
    return tuple(places)


def _uid_bounds(client: Client) -> list[tuple[int, int]]:
    """For each sequence number, the least and the greatest UID that it can have."""
    least = [0]
    for entry in client.shown:
        least.append(entry.uid if entry.uid is not None else least[-1] + 1)
    most = [_BEYOND]
    for entry in reversed(client.shown):
        most.append(entry.uid if entry.uid is not None else most[-1] - 1)
    return list(zip(least[1:], most[:0:-1], strict=True))
