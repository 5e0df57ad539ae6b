"""What does a bound on depth cover? Runs of so many steps: how many there are, and which reductions keep their length."""

from __future__ import annotations

from explore.search.breadth_first import Search
from explore.space import State

MOST_LOOKS = 1_000_000
"""As many looks at a step as take some seconds: by then the search itself has long been done."""
Place = tuple[State, int]
"""A state, and the profiles that can take all the steps of some way there."""
_Onward = tuple[list[int], bool]
KEEP_LENGTH = frozenset({"beliefs", "known-contents", "dead-state", "atomic-requests", "write-only", "symmetry"})
"""The reductions under which every run still has one of its own length that breaks the same properties: merging states
that nobody can tell apart keeps it, and a request that is served as it is sent makes it shorter at most. Taking steps of
others first ("partial-order") does not."""


def count_bounded(result: Search, most_looks: int = MOST_LOOKS) -> int | None:
    """The number of runs that a search with a bound on depth stands for: those that come to their end within `result.depth`
    steps, and the first steps, so many, of all others. None if that takes more than so many looks at a step.

    Two runs are two as in `explore.search.counting`; also where one of them goes round in a circle.
    """
    space, looks = result.space, 0
    start = space.canonical(space.start)
    numbers: dict[Place, int] = {(start, result.reached[start]): 0}
    places: list[Place] = list(numbers)
    onward: list[_Onward] = []
    ways, total = {0: 1}, 0
    for _ in range(result.depth):
        following: dict[int, int] = {}
        for place, number in ways.items():
            while len(onward) <= place:
                onward.append(_onward(result, places[len(onward)], numbers, places))
                looks += len(onward[-1][0])
            if looks > most_looks:
                return None
            targets, ended = onward[place]
            total += number if ended else 0
            for target in targets:
                following[target] = following.get(target, 0) + number
        ways = following
    return total + sum(ways.values())


def _onward(result: Search, place: Place, numbers: dict[Place, int], places: list[Place]) -> _Onward:
    """Where each step from that place leads, and whether a run ends there, under some of its profiles."""
    ended = place[1]
    targets = []
    for edge in result.space.edges(*place):
        ended &= ~edge.mask
        target = edge.target, edge.mask
        if target not in numbers:
            numbers[target] = len(places)
            places.append(target)
        targets.append(numbers[target])
    return targets, bool(ended)
