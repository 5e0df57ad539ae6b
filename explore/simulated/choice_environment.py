"""SimPy under control: where several labelled things can happen next, somebody else chooses which.

Branching on every simultaneous event is hopeless: most of them are one process waking another. So only events with a
label are choices (which client moves, which message in flight arrives); everything else runs eagerly, in SimPy's own
order, and a labelled event can happen only when nothing else is left to do. A choice is asked for only where there is
one: where a single labelled thing can happen, it happens.

Eager means that time passes first: a process that sleeps for ever and ever leaves no turn to anybody (label its naps).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import simpy
from simpy.core import EmptySchedule

from explore.system import AGENT

REQUEST, REPLY, MOVE = "request", "reply", "move"
_KINDS = (REQUEST, REPLY, MOVE)


class Label(NamedTuple):
    """What can happen: client `sid`'s oldest request reaches the server, its oldest reply reaches it, or it moves, that
    is, sends its next command. The agent (`AGENT`) only moves."""

    sid: int
    kind: str


Choose = Callable[[tuple[Label, ...]], Label | None]


class ChoiceEnvironment(simpy.Environment):
    """A simulation in which `choose` says which of the labelled events that are possible happens next.

    `choose` is given the labels in order of simplicity: those of the client that had the last turn, then the others' by
    index, the agent's last. None ends the simulation. What it raises, and what a process raises, comes out of `run` as
    it is: SimPy would raise a copy, which Hypothesis could not recognise as its own.
    """

    def __init__(self, choose: Choose) -> None:
        super().__init__()
        self.choose = choose
        self.last = 0
        self._waiting: dict[Label, deque[simpy.Event]] = {}

    def choice(self, label: Label) -> simpy.Event:
        """An event that happens when that label is chosen; of several with one label, the oldest first."""
        event = self.event()
        self._waiting.setdefault(label, deque()).append(event)
        return event

    def withdraw(self, label: Label, event: simpy.Event) -> None:
        """That event can't happen any more."""
        self._waiting[label].remove(event)

    @property
    def possible(self) -> tuple[Label, ...]:
        """The labels of all that can happen next, the simplest first."""
        return tuple(sorted((label for label, events in self._waiting.items() if events), key=self._simplicity))

    def _simplicity(self, label: Label) -> tuple[bool, bool, int, int]:
        return label.sid != self.last, label.sid == AGENT, label.sid, _KINDS.index(label.kind)

    def happen(self, label: Label) -> None:
        """Let the oldest event of that label happen, and all that follows from it without a choice."""
        self.last = label.sid
        self._waiting[label].popleft().succeed()
        self.settle()

    def settle(self) -> None:
        """Let everything happen that has no label."""
        while self.peek() != float("inf"):
            self._process()

    def step(self) -> None:
        """Process the next event; where nothing unlabelled is left, choose one."""
        if self.peek() != float("inf"):
            self._process()
            return
        possible = self.possible
        label = self.choose(possible) if possible else None
        if label is None:
            raise EmptySchedule
        self.happen(label)

    def _process(self) -> None:
        try:
            super().step()
        except BaseException as copy:
            original = copy.__cause__
            if type(original) is not type(copy):
                raise
            raise original from original.__cause__
