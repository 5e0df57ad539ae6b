"""When was a command sent that is served later? Before the first response that its client had not read by then.

A client that sends ahead (RFC 3501 §5.5) does so while responses are on their way to it. A run is told in the order in
which the server serves; here is what that order does not show.
"""

from __future__ import annotations

from typing import NamedTuple

from explore.runs import Run


class ResponsePlace(NamedTuple):
    """Just before a response comes in: the number of its turn (from 0), and its place among the responses of that turn."""

    turn: int
    place: int


def sent_ahead(run: Run) -> dict[ResponsePlace, list[int]]:
    """The turns (from 0) whose commands were sent ahead, in order, by the moment at which they were.

    Under another profile than its own a run may have fewer responses than were unread: then all are.
    """
    heard: dict[int, list[ResponsePlace]] = {}
    read: dict[int, int] = {}
    ahead: dict[ResponsePlace, list[int]] = {}
    for number, turn in enumerate(run.turns):
        sid = turn.move.sid
        own = heard.setdefault(sid, [])
        read[sid] = max(read.get(sid, 0), len(own) - turn.move.unread)
        if read[sid] < len(own):
            ahead.setdefault(own[read[sid]], []).append(number)
        for place, (to, _) in enumerate(turn.responses):
            heard.setdefault(to, []).append(ResponsePlace(number, place))
    return ahead
