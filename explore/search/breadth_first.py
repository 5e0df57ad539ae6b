"""The search itself: breadth first, all profiles at once; what it found, and how to get back to where it found it.

A search that was cut (by a limit or an interrupt) says so: what it has found is true, what it has not found is open.
Its tables hold no cycles, so the cyclic garbage collector, which would walk them again and again, is off meanwhile.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from explore.search.collection import uncollected
from explore.search.growth import Growth, Unfinished, growth, unfinished
from explore.space import ActorStep, Interned, Space, State, Transition
from explore.system import AGENT

Progress = Callable[[int], None]
Applied = tuple[bool, tuple[tuple[int, int, int, int, tuple[ActorStep, ...]], ...]]
"""Whether a client has anything left to do, and what it can do under the profiles of a set that changes anything
(`Successors.moves`)."""
DEFAULT_MOST_STATES = 400_000
STATES_A_LOOK_AT_THE_CLOCK, STATES_A_WORD_OF_PROGRESS = 256, 1024


@dataclass
class Violation:
    """A place where a property breaks: for those profiles for the first time, on the step `edge` from `state`; without
    an edge, at `state` itself, or by going round the `loop` from there for ever."""

    mask: int
    state: State
    edge: Transition | None
    loop: tuple[tuple[State, Transition], ...] = ()


@dataclass
class Search:
    """What a search found.

    `reached` has, for each state, the profiles under which it is reachable; `parents` how it was first reached, for each
    profile once; `violations` and `failing` are by property id; `used` are the strategies that were consulted, `arisen` the
    properties (by id) that were put to the test, `local` each client that was looked at in each common world (world,
    session, actor); `transitions` counts the steps of the state graph that were taken; `growth` says what the scenario's
    bound left out, `unfinished` which clients of one's own would have gone on; `obstructed` are the properties (by id) that
    would break by a loop if the bound did not stop somebody who would go on. Every run of up to `depth` steps has been
    explored. It is `complete` (those of any length have been) unless it ended at the depth it was to end at (`bounded`),
    or was cut, by a limit or (`interrupted`) by Ctrl-C.
    """

    space: Space
    reached: dict[State, int] = field(default_factory=dict)
    parents: dict[State, list[tuple[int, State, Transition]]] = field(default_factory=dict)
    violations: dict[str, list[Violation]] = field(default_factory=dict)
    failing: dict[str, int] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    arisen: set[str] = field(default_factory=set)
    local: set[tuple[int, int, int]] = field(default_factory=set)
    transitions: int = 0
    growth: tuple[Growth, ...] = ()
    unfinished: tuple[Unfinished, ...] = ()
    obstructed: set[str] = field(default_factory=set)
    depth: int = 0
    complete: bool = True
    bounded: bool = False
    interrupted: bool = False

    def break_at(
        self, name: str, mask: int, state: State, edge: Transition | None, loop: tuple[tuple[State, Transition], ...] = ()
    ) -> None:
        """Note that a property breaks there, for the profiles for which it has not been known to break."""
        known = self.failing.get(name, 0)
        fresh = mask & ~known
        if fresh:
            self.failing[name] = known | fresh
            self.violations.setdefault(name, []).append(Violation(fresh, state, edge, loop))

    def path(self, violation: Violation, index: int) -> list[tuple[State, Transition]]:
        """The steps from the start to that violation under the profile of that number, each with the state before it."""
        steps = [(violation.state, violation.edge)] if violation.edge is not None else []
        state, start = violation.state, self.space.canonical(self.space.start)
        while state != start:
            _, before, edge = next(way for way in self.parents[state] if way[0] >> index & 1)
            steps.append((before, edge))
            state = before
        return self._really(steps[::-1], 1 << index)

    def _really(self, steps: list[tuple[State, Transition]], bit: int) -> list[tuple[State, Transition]]:
        """The same steps with every client under its own name, where states stand for others by symmetry."""
        space, state = self.space, self.space.start
        if "symmetry" not in space.reductions:
            return steps
        walked: list[tuple[State, Transition]] = []
        for _, step in steps:
            acts = step.way.act, step.way.broken
            same = (e for e in space.real_edges(state, bit) if (e.way.act, e.way.broken) == acts)
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
    result = Search(space, {space.canonical(space.start): space.universe.all})
    going = _BreadthFirst(result)
    with uncollected():
        try:
            going.go(most_states, progress, time.monotonic() + most_seconds, most_depth)
        except KeyboardInterrupt:
            result.complete, result.interrupted = False, True
        result.transitions = going.count()
        result.arisen = {going.names[index] for index in going.arisen}
        result.local = {(world, sid, actor) for world, sid, actor, _ in going.applied}
        result.growth, result.unfinished = growth(space, going.looked_at()), unfinished(space, going.looked_at())
    return result


class _BreadthFirst:
    """The search under way: one level of it after the other, and the hot loop.

    What one client can do in one world under the profiles of one set is put together once (`applied`), and then what it
    breaks is noted, too: the first place where it can is as near to the start as any. `frontier` is the level that is being
    looked at, its first `taken` states are done, and `following` the next: states, each with the profiles for which it has
    not been looked at.
    """

    def __init__(self, result: Search) -> None:
        self.result, self.space = result, result.space
        self.names = [prop.id for prop in result.space.properties]
        self.everything = result.space.universe.all
        self.frontier, self.taken = dict(result.reached), 0
        self.following: dict[State, int] = {}
        self.sets: Interned[int] = Interned()
        self.applied: dict[tuple[int, int, int, int], Applied] = {}
        self.arisen: set[int] = set()

    def go(self, most_states: int, progress: Progress | None, deadline: float, most_depth: int | None) -> None:
        """Of the last level that a bound on depth allows, only the states where everything has come to its end are looked
        at."""
        result = self.result
        while self.frontier:
            last, longer = result.depth == most_depth, False
            for number, (state, mask) in enumerate(self.frontier.items()):
                looked = number % STATES_A_LOOK_AT_THE_CLOCK
                if not looked and (time.monotonic() > deadline or len(result.reached) > most_states):
                    result.complete = False
                    return
                if progress is not None and number and not number % STATES_A_WORD_OF_PROGRESS:
                    progress(len(result.reached))
                if last and any(True for _ in self.space.edges(state, mask)):
                    longer = True
                else:
                    self._expand(state, mask)
                    self.taken += not longer
            result.depth += bool(self.following)
            result.complete, result.bounded = not longer, longer
            if longer:
                return
            self.frontier, self.taken, self.following = self.following, 0, {}
            if progress is not None:
                progress(len(result.reached))
            if len(result.reached) > most_states:
                result.complete = result.complete and not self.frontier
                return

    def _expand(self, state: State, mask: int) -> None:
        """Every step from that state. This is the hot loop: `Space.edges` written out, without an object for each step, and
        with all steps to one target together."""
        space, reached, applied, everything = self.space, self.result.reached, self.applied, self.everything
        pass_on, canonical = space.tables.pass_on, space.canonical if space.reductions else None
        world, last, number, intern = state[0], len(state) - 1, self.sets.add(mask), space.intern
        first = space.urgent(state) if space.linked else None
        quiet = first is None
        for sid in range(last - 1) if first is None else (first,):
            known_moves = applied.get((world, sid, state[1 + sid], number))
            moving, moves = known_moves if known_moves is not None else self._apply(state, sid, mask, number)
            quiet = quiet and not moving
            before, behind = state[1 : 1 + sid], state[2 + sid :]
            for common, after, actor, others, ways in moves:
                target = (after, *before, actor, *behind)
                if others:
                    target = pass_on(target, sid, others)
                known = reached.get(target, 0)
                if not known and canonical is not None:
                    target = canonical(target)
                    known = reached.get(target, 0)
                if known is everything or known is common:
                    continue
                fresh = common & ~known
                for way in ways if fresh else ():
                    if fresh & way.mask:
                        self._reach(state, Transition(intern(mask & way.mask), sid, target, way))
                        fresh &= ~way.mask
        if first is None and state[last] < len(space.scenario.agent):
            self._act(state, mask)
        elif quiet and space.looks_at_rest:
            self._rest(state, mask)

    def _rest(self, state: State, mask: int) -> None:
        """Nobody has anything left to do there."""
        self.arisen |= self.space.tested_at_rest(state, self.arisen)
        for index, profiles in self.space.at_rest(state):
            self.result.break_at(self.names[index], mask & profiles, state, None)

    def _act(self, state: State, mask: int) -> None:
        """Every step of the agent from that state."""
        for edge in self.space.agent_edges(state, mask):
            self.arisen.update(edge.way.arisen)
            edge = edge._replace(target=self.space.canonical(edge.target))
            for index in edge.way.broken:
                self.result.break_at(self.names[index], edge.mask, state, edge)
            if mask & ~self.result.reached.get(edge.target, 0):
                self._reach(state, edge)

    def _apply(self, state: State, sid: int, mask: int, number: int) -> Applied:
        """What client `sid` can do there under the profiles of the set with that number."""
        result, intern = self.result, self.space.intern
        masks, broken, moves, _, _ = self.space.tables.successors(state[0], sid, state[1 + sid])
        for profiles, _, used, arisen in masks:
            if mask & profiles:
                result.used |= used
                self.arisen |= arisen
        for way in broken:
            common = mask & way.mask
            for index in way.broken if common else ():
                if common & ~result.failing.get(self.names[index], 0):
                    result.break_at(self.names[index], common, state, self.space.edge(state, mask, sid, way))
        hits = [(intern(mask & move[0]), *move[1:]) for move in moves if mask & move[0]]
        can_move = self.space.tables.can_move(sid, state[1 + sid])
        known = self.applied[state[0], sid, state[1 + sid], number] = can_move, tuple(hits)
        return known

    def _reach(self, state: State, edge: Transition) -> None:
        """A step that leads to a state under profiles for which it was not known to be reachable.

        Equal sets of profiles are kept once (`Space.intern`).
        """
        reached, target, mask = self.result.reached, edge.target, edge.mask
        known = reached.get(target)
        if known is None:
            reached[target] = self.following[target] = mask
            self.result.parents[target] = [(mask, state, edge)]
            return
        intern = self.space.intern
        fresh = intern(mask & ~known)
        reached[target] = intern(mask | known)
        self.following[target] = intern(self.following.get(target, 0) | fresh)
        self.result.parents.setdefault(target, []).append((fresh, state, edge))

    def looked_at(self) -> Iterator[tuple[State, int]]:
        """The states from which steps have been taken, each with the profiles for which they have."""
        pending = dict(self.following)
        for state, mask in islice(self.frontier.items(), self.taken, None):
            pending[state] = pending.get(state, 0) | mask
        for state, mask in self.result.reached.items():
            yield state, mask & ~pending.get(state, 0)

    def count(self) -> int:
        """The steps of the state graph that have been taken, each once."""
        counted: dict[tuple[int, int, int, int], int] = {}
        total, agent, successors, linked = 0, self.space.scenario.agent, self.space.tables.successors, self.space.linked
        for state, mask in self.looked_at():
            first = self.space.urgent(state) if linked else None
            world, number = state[0], self.sets.add(mask)
            for sid in range(len(state) - 2) if first is None else (first,):
                key = world, sid, state[1 + sid], number
                steps = counted.get(key)
                if steps is None:
                    masks = successors(*key[:3]).masks if mask else ()
                    steps = counted[key] = sum([many for profiles, many, _, _ in masks if mask & profiles])
                total += steps
            if mask and first is None and state[-1] < len(agent):
                total += len(self.space.tables.steps(state[0], AGENT, state[-1]))
        return total
