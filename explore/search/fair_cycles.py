"""Which loops of a state graph can be gone round for ever? Looked for in all profiles at once.

A run without end through finitely many states stays, from some point on, in one strongly connected component, and goes
round in it. So whatever goes wrong for ever, goes wrong on a *lasso*: a way from the start, and a loop. What a loop must
have done to count is its *requirements*, one bit each: a component has such a loop if its steps together do all that is due
there (Lichtenstein and Pnueli, "Checking that finite state concurrent programs satisfy their linear specification", POPL
1985; Baier and Katoen, "Principles of Model Checking", 2008, §3.5 on fairness). A state that was met before is no end:
the graph is whole before anybody looks for loops, so that neither a cycle nor two ways that join can hide one.

Profiles are told apart only where it matters: by steps of a component that some of them can take and others can't.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import networkx as nx

from explore.space import State, Transition

StepFrom = tuple[State, Transition]
"""A step, with the state before it."""


class Fairness(NamedTuple):
    """What a loop must do to count: `satisfied` says which requirements (bits) a step meets, `required` which of them all
    loops within such a component must; None if no loop there counts, whatever it does. What is required in a component is
    required in a part of it as well."""

    satisfied: Callable[[StepFrom], int]
    required: Callable[[list[StepFrom]], int | None]


def components(steps: Iterable[StepFrom]) -> list[list[StepFrom]]:
    """The steps within each strongly connected component; a component without a step, not even to itself, is left out."""
    steps = list(steps)
    graph: nx.DiGraph[State] = nx.DiGraph((state, edge.target) for state, edge in steps)
    home = {state: number for number, part in enumerate(nx.strongly_connected_components(graph)) for state in part}
    inside: dict[int, list[StepFrom]] = {}
    for state, edge in steps:
        if home[state] == home[edge.target]:
            inside.setdefault(home[state], []).append((state, edge))
    return list(inside.values())


def fair_components(steps: Iterable[StepFrom], profiles: int, fairness: Fairness) -> Iterator[tuple[int, list[StepFrom]]]:
    """Each component that has a loop which meets its requirements, with the profiles under which it is one: of the set
    `profiles`, those that can take every one of its steps. Under each profile these are all there are."""
    waiting = [(profiles, list(steps))]
    while waiting:
        profiles, steps = waiting.pop()
        for part in components(step for step in steps if step[1].mask & profiles):
            required, satisfied = fairness.required(part), 0
            for step in part:
                satisfied |= fairness.satisfied(step)
            if required is None or required & ~satisfied:
                continue
            apart = next((mask for mask in dict.fromkeys(edge.mask for _, edge in part) if profiles & ~mask), None)
            if apart is None:
                yield profiles, part
            else:
                waiting += [(profiles & apart, part), (profiles & ~apart, part)]


def shortest_loop(part: list[StepFrom], fairness: Fairness, depth: Callable[[State], int]) -> list[StepFrom]:
    """A loop in that component that meets its requirements, and that is together with the way to it (`depth` steps) as
    short as can be. The component must be one of `fair_components`."""
    required = fairness.required(part)
    assert required is not None
    ways: dict[State, list[tuple[int, StepFrom]]] = {}
    for step in part:
        ways.setdefault(step[0], []).append((fairness.satisfied(step) & required, step))
    most = max(satisfied.bit_count() for steps in ways.values() for satisfied, _ in steps) or 1
    least = max(1, -(-required.bit_count() // most))
    best: list[StepFrom] = []
    far = {state: depth(state) for state in ways}
    for start in sorted(ways, key=far.__getitem__):
        room = far[best[0][0]] + len(best) - 1 - far[start] if best else (len(ways) + 1) * (required.bit_count() + 1)
        if room < least:
            break
        best = _around(ways, start, required, room) or best
    return best


def _around(ways: dict[State, list[tuple[int, StepFrom]]], start: State, required: int, most: int) -> list[StepFrom]:
    """A shortest loop through that state that does what is due, of at most so many steps; none if there is none."""
    here: tuple[State, int] = (start, 0)
    came: dict[tuple[State, int], tuple[tuple[State, int], StepFrom]] = {}
    layer = [here]
    for _ in range(most):
        following = []
        for place in layer:
            for satisfied, step in ways[place[0]]:
                there = (step[1].target, place[1] | satisfied)
                if there in came:
                    continue
                came[there] = (place, step)
                if there == (start, required):
                    return _back(came, there, here)
                following.append(there)
        layer = following
        if not layer:
            break
    return []


def _back(
    came: dict[tuple[State, int], tuple[tuple[State, int], StepFrom]], there: tuple[State, int], start: tuple[State, int]
) -> list[StepFrom]:
    """The steps that led from `start` to `there`."""
    steps = []
    while there != start:
        there, step = came[there]
        steps.append(step)
    return steps[::-1]
