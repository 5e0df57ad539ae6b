"""The search itself: breadth first, all profiles at once; what it found, and how to get back to where it found it.

A search that was cut (by a limit or an interrupt) says so: what it has found is true, what it has not found is open.
Its tables hold no cycles, so the cyclic garbage collector, which would walk them again and again, is off meanwhile.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass, field

from explore.convergence import diverges
from explore.space import Edge, Space, State

Progress = Callable[[int], None]
DEFAULT_MOST_STATES = 2_000_000


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

    `reached` has, for each state, the profiles under which it is reachable; `parents` how it was first reached, for
    each profile once; `violations` and `failing` are by property id; `used` are the strategies that were consulted. It is
    `complete` unless it was cut, by a limit or (`interrupted`) by Ctrl-C.
    """

    space: Space
    reached: dict[State, int] = field(default_factory=dict)
    parents: dict[State, list[tuple[int, State, Edge]]] = field(default_factory=dict)
    violations: dict[str, list[Violation]] = field(default_factory=dict)
    failing: dict[str, int] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    transitions: int = 0
    depth: int = 0
    complete: bool = True
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
        state = violation.state
        while state != self.space.start:
            _, before, edge = next(way for way in self.parents[state] if way[0] >> index & 1)
            steps.append((before, edge))
            state = before
        return steps[::-1]


def search(space: Space, most_states: int = DEFAULT_MOST_STATES, progress: Progress | None = None) -> Search:
    """Everything that can happen in that space.

    `progress` is called with the number of states now and then. Ctrl-C and `most_states` cut the search short.
    """
    found = Search(space, {space.start: space.universe.all})
    collecting = gc.isenabled()
    gc.disable()
    try:
        _go(found, most_states, progress)
    except KeyboardInterrupt:
        found.complete, found.interrupted = False, True
    finally:
        if collecting:
            gc.enable()
    return found


def _go(found: Search, most_states: int, progress: Progress | None) -> None:
    names = [prop.id for prop in found.space.properties]
    frontier = dict(found.reached)
    while frontier:
        following: dict[State, int] = {}
        for state, mask in frontier.items():
            _expand(found, state, mask, following, names)
        found.depth += bool(following)
        frontier = following
        if progress is not None:
            progress(len(found.reached))
        if len(found.reached) > most_states:
            found.complete = not frontier
            return


def _expand(found: Search, state: State, mask: int, following: dict[State, int], names: list[str]) -> None:
    reached, parents = found.reached, found.parents
    quiet = True
    for edge in found.space.edges(state, mask):
        quiet = False
        found.transitions += 1
        branch, target = edge.branch, edge.target
        if branch.used and not branch.used <= found.used:
            found.used |= branch.used
        for index in branch.broken:
            found.break_at(names[index], edge.mask, state, edge)
        known = reached.get(target, 0)
        fresh = edge.mask & ~known
        if fresh:
            reached[target] = known | fresh
            following[target] = following.get(target, 0) | fresh
            parents.setdefault(target, []).append((fresh, state, edge))
    if quiet and diverges(found.space, state):
        found.break_at("H-CONVERGENCE", mask, state, None)
