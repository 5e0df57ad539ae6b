"""What can go wrong for ever? A property of loops is three questions about the steps of a loop, asked for a *subject*: the
client (and the thing) that it goes wrong for.

The same definition serves for the state graph, in which loops are looked for (`explore.search.liveness_search`), and for
one run whose last moves go on for ever (`explore.runs`).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterable, Sequence
from typing import NamedTuple, Protocol

from explore.system import GroundTruth, Receipt, Responses, Sent
from model import protocol as p
from model.client import Client, Program, cut, options
from model.store import Action, World


class Moment(Protocol):
    """How things stand before or after a step: a `Configuration`, or a state of a state space."""

    @property
    def world(self) -> World: ...

    def client(self, sid: int) -> Client: ...

    def truth(self, sid: int) -> GroundTruth: ...


class LoopStep(NamedTuple):
    """A step of a loop: who did what, by which program, what was answered, and how things stood before and after."""

    sid: int
    act: p.Command | Action | Sent | Receipt
    responses: Responses
    before: Moment
    after: Moment
    program: Program

    @property
    def served(self) -> bool:
        """Whether it had a command answered; where requests and responses are steps of their own, not all do."""
        return not isinstance(self.act, (Sent, Receipt))

    @property
    def mover(self) -> Client:
        """The client that moves, as it was before."""
        return self.before.client(self.sid)


class Subject(NamedTuple):
    """For whom a loop is wrong, and, if there can be several such things for one client, about what."""

    sid: int
    about: Hashable = None


def is_idle(client: Client, program: Program) -> bool:
    """Whether that client has nothing to send, and nothing under way: not moving is then no injustice to it. One that is
    followed no further would have something."""
    return client.busy is None and not options(client, program) and not cut(client, program)


def is_fair(now: Moment, programs: Sequence[Program], movers: Container[int]) -> bool:
    """Whether a loop through there on which those clients move passes nobody over (weak fairness: nobody can move for ever
    and never does; Manna and Pnueli, "The Temporal Logic of Reactive and Concurrent Systems", 1992)."""
    return all(sid in movers or is_idle(now.client(sid), program) for sid, program in enumerate(programs))


def anybody(client: Client, program: Program) -> bool:
    """Whoever moves."""
    return True


class LoopCheck(NamedTuple):
    """Which loops are wrong. `subjects` are those for whom the given steps could make one; a loop is wrong for a subject if
    each of its steps `stays`, at least one is to the `point`, and it is fair; `reason` says so in a sentence (given the
    steps of the loop). If `alone`, only a client that can come back by itself, by such steps, to what it believed can be the
    subject of one. Only steps of those `acts` (none: of all), by a `mover` as it says (with its program), can make anybody a
    subject or be to the point.
    """

    subjects: Callable[[Iterable[LoopStep]], Sequence[Subject]]
    stays: Callable[[Subject, LoopStep], bool]
    point: Callable[[Subject, LoopStep], bool]
    reason: Callable[[Subject, Sequence[LoopStep]], str]
    alone: bool = False
    acts: tuple[type[p.Command], ...] = ()
    mover: Callable[[Client, Program], bool] = anybody

    def broken(self, loop: Sequence[LoopStep]) -> tuple[Subject, str] | None:
        """Whom that loop, which is fair, is wrong for, and how; None if it is not wrong."""
        for subject in self.subjects(loop):
            if all(self.stays(subject, step) for step in loop) and any(self.point(subject, step) for step in loop):
                return subject, self.reason(subject, loop)
        return None
