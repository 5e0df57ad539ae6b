"""The search itself: breadth first, all profiles at once; what it found, and how to get back to where it found it.

A search that was cut (by a limit or an interrupt) says so: what it has found is true, what it has not found is open.
Its tables hold no cycles, so the cyclic garbage collector, which would walk them again and again, is off meanwhile.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from explore.convergence import diverges
from explore.factored import State
from explore.properties import CONVERGENCE
from explore.space import Edge, Space

Progress = Callable[[int], None]
DEFAULT_MOST_STATES = 400_000
STATES_A_LOOK_AT_THE_CLOCK, STATES_A_WORD_OF_PROGRESS = 256, 1024


@dataclass
class Violation:
    """A place where a property breaks: for those profiles for the first time, on the step `edge` from `state`; without
    an edge, at `state` itself, or by going round the `loop` from there for ever."""

    mask: int
    state: State
    edge: Edge | None
    loop: tuple[tuple[State, Edge], ...] = ()


@dataclass
class Search:
    """What a search found.

    `reached` has, for each state, the profiles under which it is reachable; `expanded` those for which its steps have been
    taken; `parents` how it was first reached, for each profile once; `violations` and `failing` are by property id; `used`
    are the strategies that were consulted; `transitions` counts the steps of the state graph. Every run of up to `depth`
    steps has been explored. It is `complete` (those of any length have been) unless it ended at the depth it was to end at
    (`bounded`), or was cut, by a limit or (`interrupted`) by Ctrl-C.
    """

    space: Space
    reached: dict[State, int] = field(default_factory=dict)
    parents: dict[State, list[tuple[int, State, Edge]]] = field(default_factory=dict)
    expanded: dict[State, int] = field(default_factory=dict)
    violations: dict[str, list[Violation]] = field(default_factory=dict)
    failing: dict[str, int] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    transitions: int = 0
    depth: int = 0
    complete: bool = True
    bounded: bool = False
    interrupted: bool = False

    def break_at(
        self, name: str, mask: int, state: State, edge: Edge | None, loop: tuple[tuple[State, Edge], ...] = ()
    ) -> None:
        """Note that a property breaks there, for the profiles for which it has not been known to break."""
        known = self.failing.get(name, 0)
        fresh = mask & ~known
        if fresh:
            self.failing[name] = known | fresh
            self.violations.setdefault(name, []).append(Violation(fresh, state, edge, loop))

    def path(self, violation: Violation, index: int) -> list[tuple[State, Edge]]:
        """The steps from the start to that violation under the profile of that number, each with the state before it."""
        steps = [(violation.state, violation.edge)] if violation.edge is not None else []
        state, start = violation.state, self.space.canonical(self.space.start)
        while state != start:
            _, before, edge = next(way for way in self.parents[state] if way[0] >> index & 1)
            steps.append((before, edge))
            state = before
        return self._really(steps[::-1], 1 << index)

    def _really(self, steps: list[tuple[State, Edge]], bit: int) -> list[tuple[State, Edge]]:
        """The same steps with every client under its own name, where states stand for others by symmetry."""
        space, state = self.space, self.space.start
        if "symmetry" not in space.reductions:
            return steps
        walked: list[tuple[State, Edge]] = []
        for _, step in steps:
            acts = step.branch.act, step.branch.broken
            same = (e for e in space.real_edges(state, bit) if (e.branch.act, e.branch.broken) == acts)
            edge = next(e for e in same if space.canonical(e.target) == step.target)
            walked.append((state, edge))
            state = edge.target
        return walked


def search(
    space: Space,
    most_states: int = DEFAULT_MOST_STATES,
    progress: Progress | None = None,
    most_seconds: float = math.inf,
    most_depth: int | None = None,
) -> Search:
    """Everything that can happen in that space, in runs of up to `most_depth` steps (None: of any length).

    `progress` is called with the number of states now and then. Ctrl-C, `most_states` and `most_seconds` cut the search
    short.
    """
    found = Search(space, {space.canonical(space.start): space.universe.all})
    with uncollected():
        try:
            _go(found, most_states, progress, time.monotonic() + most_seconds, most_depth)
        except KeyboardInterrupt:
            found.complete, found.interrupted = False, True
    return found


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the cyclic garbage collector, for as long as nothing is built but tables and graphs of millions of tuples."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.freeze()
            gc.unfreeze()  # all that is new counts as old now: nothing is walked at once
            gc.enable()


def _go(found: Search, most_states: int, progress: Progress | None, deadline: float, most_depth: int | None) -> None:
    """One level of the breadth-first search after the other. Of the last one that a bound on depth allows, only the states
    where everything has come to its end are looked at."""
    names = [prop.id for prop in found.space.properties]
    frontier = dict(found.reached)
    while frontier:
        following: dict[State, int] = {}
        last, longer = found.depth == most_depth, False
        for number, (state, mask) in enumerate(frontier.items()):
            looked = number % STATES_A_LOOK_AT_THE_CLOCK
            if not looked and (time.monotonic() > deadline or len(found.reached) > most_states):
                found.complete = False
                return
            if progress is not None and number and not number % STATES_A_WORD_OF_PROGRESS:
                progress(len(found.reached))
            if last and any(True for _ in found.space.edges(state, mask)):
                longer = True
            else:
                _expand(found, state, mask, following, names)
        found.depth += bool(following)
        found.complete, found.bounded = not longer, longer
        frontier = following
        if progress is not None:
            progress(len(found.reached))
        if len(found.reached) > most_states:
            found.complete = found.complete and not frontier
            return


def _expand(found: Search, state: State, mask: int, following: dict[State, int], names: list[str]) -> None:
    """Every step from that state. This is the hot loop: `Space.edges` written out, without an object for each step, and
    with all steps to one target together."""
    space, reached = found.space, found.reached
    digest, pass_on, canonical = space.tables.digest, space.tables.pass_on, space.canonical if space.reductions else None
    world, last = state[0], len(state) - 1
    before = found.expanded.get(state, 0)
    found.expanded[state] = before | mask if before else mask
    quiet, steps = True, 0
    first = space.urgent(state) if space.linked else None
    for sid in range(last - 1) if first is None else (first,):
        masks, broken, moves, _, _ = digest(world, sid, state[1 + sid])
        for profiles, count, used in masks:
            if mask & profiles:
                quiet = False
                if not before & profiles:
                    steps += count
                if not used <= found.used:
                    found.used |= used
        for branch in broken:
            common = mask & branch.mask
            for index in branch.broken if common else ():
                if common & ~found.failing.get(names[index], 0):
                    found.break_at(names[index], common, state, space.edge(state, mask, sid, branch))
        for profiles, after, actor, others, branches in moves:
            common = mask & profiles
            if not common:
                continue
            target = (after, *state[1 : 1 + sid], actor, *state[2 + sid :])
            if others:
                target = pass_on(target, sid, others)
            if canonical is not None:
                target = canonical(target)
            fresh = common & ~reached.get(target, 0)
            for branch in branches if fresh else ():
                if fresh & branch.mask:
                    _reach(found, following, state, Edge(mask & branch.mask, sid, target, branch))
                    fresh &= ~branch.mask
    if first is None and state[last] < len(space.scenario.agent):
        for edge in space.agent_edges(state, mask):
            quiet = False
            steps += not before
            for index in edge.branch.broken:
                found.break_at(names[index], edge.mask, state, edge)
            target = space.canonical(edge.target)
            if mask & ~reached.get(target, 0):
                _reach(found, following, state, edge._replace(target=target))
    found.transitions += steps
    if quiet and space.converging and diverges(space, state):
        found.break_at(CONVERGENCE, mask, state, None)


def _reach(found: Search, following: dict[State, int], state: State, edge: Edge) -> None:
    """A step that leads to a state under profiles for which it was not known to be reachable.

    Equal sets of profiles are kept once (`one`): there are few of them, and each takes a bit a profile.
    """
    one, target = found.space.tables.answers.masks.setdefault, edge.target
    known = found.reached.get(target, 0)
    fresh, now, ahead = edge.mask & ~known, edge.mask | known, following.get(target, 0) | edge.mask & ~known
    fresh = one(fresh, fresh)
    found.reached[target] = one(now, now)
    following[target] = one(ahead, ahead)
    found.parents.setdefault(target, []).append((fresh, state, edge._replace(mask=one(edge.mask, edge.mask))))
