"""How many full interleavings does a search stand for?

A full interleaving is a run from the start to a state where nobody has anything left to do: who moves when, which of
its commands it gives, what the server answers and what becomes of it; two runs that differ in any of these are two. A
run counts if there is a profile under which it can happen, and once however many there are. Exact: each path keeps the
set of profiles that can take all of its steps. Without end where programs repeat or retry.
"""

from __future__ import annotations

from collections.abc import Iterator

from explore.search.breadth_first import Search
from explore.space import Interned, State

Onward = tuple[list[tuple[State, tuple[tuple[int, int], ...]]], int]
"""The states to which steps lead from one, each once, with the profiles of these steps: (number of the set, steps); and the
number of the set of those profiles under which none does."""


class _Sets:
    """Sets of profiles by number: each takes a bit a profile, so that looking one up costs more than all else."""

    def __init__(self) -> None:
        self.known: Interned[int] = Interned()
        self.common: dict[tuple[int, int], int] = {}
        self.rest: dict[frozenset[int], int] = {}
        self.empty = self.known.add(0)

    def none_of(self, places: frozenset[int], everything: int) -> int:
        """The number of the set of those of `everything` that are in none of those sets."""
        cached = self.rest.get(places)
        if cached is None:
            for place in places:
                everything &= ~self.known.values[place]
            cached = self.rest[places] = self.known.add(everything)
        return cached

    def both(self, first: int, second: int) -> int:
        """The number of what those two have in common."""
        key = (first, second)
        cached = self.common.get(key)
        if cached is None:
            values = self.known.values
            cached = self.common[key] = self.known.add(values[first] & values[second])
        return cached


def count(result: Search) -> int | None:
    """The number of full interleavings; None if some run never ends."""
    space, sets = result.space, _Sets()
    if space.scenario.endless and _comes_back(result):
        return None
    onward = {state: _onward(result, state, mask, sets) for state, mask in result.reached.items()}
    waiting: dict[State, int] = dict.fromkeys(onward, 0)
    for targets, _ in onward.values():
        for target, _ in targets:
            waiting[target] += 1
    start = space.canonical(space.start)
    if waiting[start]:
        return None
    ways: dict[State, dict[int, int]] = {start: {sets.known.add(space.universe.all): 1}}
    ready, total, left, both, empty = [start], 0, len(onward), sets.both, sets.empty
    while ready:
        state = ready.pop()
        left -= 1
        arriving, (targets, ending) = ways.pop(state, {}), onward[state]
        if ending != empty:
            total += sum(runs for way, runs in arriving.items() if both(way, ending) != empty)
        for target, steps in targets:
            there = ways.setdefault(target, {})
            for profiles, number in steps:
                for way, runs in arriving.items():
                    common = both(way, profiles)
                    if common != empty:
                        there[common] = there.get(common, 0) + runs * number
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return total if not left else None


def _comes_back(result: Search) -> bool:
    """Whether some run comes back to a state that it has been in; where programs repeat that is soon found, and spares
    counting."""
    space = result.space
    start = space.canonical(space.start)
    path, finished = {start}, set[State]()
    stack = [(start, _targets(result, start))]
    while stack:
        state, targets = stack[-1]
        target = next(targets, None)
        if target is None:
            stack.pop()
            path.discard(state)
            finished.add(state)
        elif target in path:
            return True
        elif target not in finished:
            path.add(target)
            stack.append((target, _targets(result, target)))
    return False


def _targets(result: Search, state: State) -> Iterator[State]:
    """The states to which steps lead from that one."""
    return (target for target, _, _ in result.space.numbered(state, result.reached[state]))


def _onward(result: Search, state: State, mask: int, sets: _Sets) -> Onward:
    """The steps from that state, those to one state together, and the profiles under which there is none."""
    number_of, targets = sets.known.add, dict[State, dict[int, int]]()
    for target, profiles, number in result.space.numbered(state, mask):
        known, place = targets.setdefault(target, {}), number_of(profiles)
        known[place] = known.get(place, 0) + number
    onward = frozenset(place for numbers in targets.values() for place in numbers)
    ending = sets.none_of(onward, result.space.universe.all)
    return [(target, tuple(numbers.items())) for target, numbers in targets.items()], ending
