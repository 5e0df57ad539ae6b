"""Which properties break on a step, and which are put to the test? Asked once for all steps that differ in nothing that is
read.

What a property of steps may read is declared (`Property.reads`). The checks are sorted by it: those that go by what is true
now; those that look at what the truth remembers of earlier steps; and those that look at what the client believes. Each sort
is asked once for what it can tell apart.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from explore.properties import Check, Property
from explore.space.interning import Interned
from explore.space.server_table import Answer
from explore.system import GroundTruth, Step
from model import protocol as p
from model.client import Client
from model.store import Action

Indices = tuple[int, ...]


class Judgement(NamedTuple):
    """Which properties (their indices, ascending) break on a step, and which are put to the test."""

    broken: Indices = ()
    arisen: Indices = ()

    def __add__(self, other: object) -> Judgement:
        """Both together."""
        assert isinstance(other, Judgement)
        if not other.broken and not other.arisen:
            return self
        return Judgement(
            tuple(sorted((*self.broken, *other.broken))), tuple(sorted((*self.arisen, *other.arisen)))
        )  # fmt: skip


Checks = list[tuple[int, Check, Callable[[Step], bool] | None]]
"""Properties: their indices, their checks, and whether a step puts them to the test (None: each does)."""


class Sorted(NamedTuple):
    """The properties that concern a step, with their indices, by what they read."""

    now: Checks
    history: Checks
    beliefs: Checks


def judge(checks: Checks, step: Step) -> Judgement:
    """What those properties say of that step."""
    broken = tuple([index for index, check, _ in checks if check(step) is not None])
    arisen = [index for index, _, arises in checks if arises is None or arises(step) or index in broken]
    return Judgement(broken, tuple(arisen))


class Judge:
    """The judgements of steps, kept. `truths` and `clients` are those of the tables."""

    def __init__(
        self, properties: tuple[Property, ...], truths: Interned[GroundTruth], clients: Interned[Client]
    ) -> None:
        self._properties, self._truths, self._clients = properties, truths, clients
        self._sorted: dict[type, Sorted] = {}
        self._present: dict[int, int] = {}
        self._now: dict[tuple[int, int, int, int, int, int], Judgement] = {}
        self._beliefs: dict[tuple[int, int, int, int, int, int, int, int], Judgement] = {}

    def concerned(self, act: p.Command | Action) -> Sorted:
        """The properties that such a step concerns."""
        cached = self._sorted.get(type(act))
        if cached is None:
            cached = self._sorted[type(act)] = Sorted([], [], [])
            for index, prop in enumerate(self._properties):
                if prop.concerns(act):
                    cached[2 if prop.of_beliefs else prop.of_history].append((index, prop.check, prop.arises))
        return cached

    def agents(self, step: Step) -> Judgement:
        """The judgement of a step of the agent."""
        judgement = Judgement()
        for checks in self.concerned(step.act):
            judgement += judge(checks, step)
        return judgement

    def without_beliefs(self, answer: Answer, truth: int, command: int, step: Step) -> Judgement:
        """What is said by those that don't look at beliefs."""
        concerned = self.concerned(step.act)
        present = self._present.get(truth)
        if present is None:
            now = self._truths.values[truth]
            present = self._present[truth] = self._truths.add(GroundTruth(now.mailbox, now.counted, now.highest))
        key = (answer.before, answer.after, answer.projected_sid, present, command, answer.said)
        cached = self._now.get(key)
        if cached is None:
            cached = self._now[key] = judge(concerned.now, step)
        return cached + judge(concerned.history, step) if concerned.history else cached

    def with_beliefs(
        self, answer: Answer, clients: tuple[int, int], truth: int, command: int, step: Step, known: Judgement
    ) -> Judgement:
        """What all say, where it is known what those say that don't look at beliefs; `clients` are the ids of the client
        before and after."""
        checks = self.concerned(step.act).beliefs
        if not checks:
            return known
        key = (answer.before, answer.after, answer.projected_sid, *clients, truth, command, answer.said)
        cached = self._beliefs.get(key)
        if cached is None:
            before, after = clients
            step = step._replace(client=self._clients.values[before], client_after=self._clients.values[after])
            cached = self._beliefs[key] = known + judge(checks, step)
        return cached
