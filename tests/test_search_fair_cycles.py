"""Are the loops of a state graph found that do their duties, each by a shortest lasso, and only those?

On graphs made by hand, and on random ones against a search for all lassos, one after the other.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from hypothesis import given, settings, strategies as st

from explore.search.fair_cycles import Fairness, StepFrom, components, fair_components, shortest_loop
from explore.space.state_space import Transition
from explore.space.transition import ActorStep
from model import protocol as p

HERE = 1
"""The one duty of these graphs: to take a step at all."""


class Arrow(NamedTuple):
    """A step of a graph made by hand: from where to where, who takes it, under which profiles, and what it does."""

    source: int
    target: int
    sid: int = 0
    mask: int = 1
    point: bool = True


def steps_of(arrows: list[Arrow]) -> list[StepFrom]:
    """The arrows as steps; the number of each is the `world` of its way."""
    ways = [ActorStep(arrow.mask, frozenset(), p.Noop(), (), number, 0, ()) for number, arrow in enumerate(arrows)]
    return [
        ((arrow.source,), Transition(arrow.mask, arrow.sid, (arrow.target,), way))
        for arrow, way in zip(arrows, ways, strict=True)
    ]


def any_loop(_: list[StepFrom]) -> int:
    return HERE


def never(paths: list[list[int]], holds: Callable[[int], bool]) -> list[int] | None:
    """The states of a shortest lasso from the start of one of those paths on which the condition never holds; a state
    that nothing follows is followed by itself for ever."""
    arrows = {Arrow(a, b) for path in paths for a, b in itertools.pairwise(path)}
    states = {state for path in paths for state in path}
    arrows |= {Arrow(state, state) for state in states if all(arrow.source != state for arrow in arrows)}
    starts = {path[0] for path in paths if not holds(path[0])}
    ways: dict[int, list[int]] = {state: [state] for state in sorted(starts)}
    waiting = list(ways)
    for state in waiting:
        for arrow in sorted(arrows):
            if arrow.source == state and not holds(arrow.target) and arrow.target not in ways:
                ways[arrow.target] = [*ways[state], arrow.target]
                waiting.append(arrow.target)
    steps = steps_of(sorted(arrow for arrow in arrows if {arrow.source, arrow.target} <= set(ways)))
    duties = Fairness(lambda _: HERE, any_loop)
    parts = [part for _, part in fair_components(steps, 1, duties)]
    loops = [shortest_loop(part, duties, lambda state: len(ways[state[0]]) - 1) for part in parts]
    lassos = [[*ways[loop[0][0][0]], *(edge.target[0] for _, edge in loop)] for loop in loops]
    return min(lassos, key=len, default=None)


def odd(number: int) -> bool:
    return number % 2 == 1


@pytest.mark.parametrize(
    ("paths", "lasso"),
    [
        pytest.param([[0, 2, 4, 2]], [0, 2, 4, 2], id="a cycle without an end"),
        pytest.param([[0, 2, 4], [1, 4, 6]], [0, 2, 4, 6, 6], id="a join, of whose ways one has met the condition"),
        pytest.param([[1, 4, 6], [0, 2, 4]], [0, 2, 4, 6, 6], id="the same join, met first by the other way"),
        pytest.param([[0, 0]], [0, 0], id="a step to itself at the start"),
        pytest.param([[0, 2, 0]], [0, 2, 0], id="a cycle through the start"),
        pytest.param([[0, 1], [0, 2]], [0, 2, 2], id="a fork"),
        pytest.param([[0, 2, 4, 1], [2, 0]], [0, 2, 0], id="a cycle that can be left"),
        pytest.param([[0, 1, 4, 6], [2, 4, 8]], [2, 4, 6, 6], id="a join that forks again"),
        pytest.param([[1]], None, id="met at once"),
        pytest.param([[2, 3], [2, 6, 7]], None, id="met on both ways"),
        pytest.param([[0, 1, 0]], None, id="a cycle that meets it"),
        pytest.param([[0, 2, 4, 5], [1, 4, 7]], None, id="a join that meets it afterwards"),
    ],
)
def test_what_never_comes_is_found_on_cycles_and_behind_joins(paths: list[list[int]], lasso: list[int] | None) -> None:
    """The first two are the graphs that the documentation of Stateright's `Property::eventually` says it can miss, and
    that its own tests mark as wrong: a state met before ends a path there, whatever the path to it was like."""
    assert never(paths, odd) == lasso


def simple_lassos(arrows: list[Arrow], profile: int) -> Iterator[tuple[int, list[Arrow]]]:
    """Every lasso from state 0 that meets no state twice but that where it closes: how long it is, and its loop."""
    waiting: list[list[Arrow]] = [[]]
    while waiting:
        way = waiting.pop()
        met = [0, *(arrow.target for arrow in way)]
        for arrow in arrows:
            if arrow.source == met[-1] and arrow.mask >> profile & 1:
                longer = [*way, arrow]
                if arrow.target in met:
                    yield len(longer), longer[met.index(arrow.target) :]
                else:
                    waiting.append(longer)


def depths(arrows: list[Arrow], profile: int) -> dict[int, int]:
    """How far each state is from state 0."""
    far, waiting = {0: 0}, [0]
    for state in waiting:
        for arrow in arrows:
            if arrow.source == state and arrow.mask >> profile & 1 and arrow.target not in far:
                far[arrow.target] = far[state] + 1
                waiting.append(arrow.target)
    return far


def reachable(arrows: list[Arrow]) -> list[Arrow]:
    """The arrows with the profiles under which their sources can be reached, as a search would have them."""
    masks = dict.fromkeys(arrows, 0)
    for profile in range(PROFILES):
        far = depths(arrows, profile)
        for arrow in arrows:
            masks[arrow] |= arrow.mask & 1 << profile if arrow.source in far else 0
    return [arrow._replace(mask=mask) for arrow, mask in masks.items() if mask]


PROFILES = 3
arrows_drawn = st.lists(
    st.builds(
        Arrow, st.integers(0, 4), st.integers(0, 4), st.integers(0, 1), st.integers(1, 2**PROFILES - 1), st.booleans()
    ),
    min_size=1, max_size=12, unique=True,
)  # fmt: skip


def found_in(arrows: list[Arrow], duties: Fairness) -> dict[int, int]:
    """For each profile with a loop, the length of the lasso that was found."""
    found: dict[int, int] = {}
    for mask, part in fair_components(steps_of(arrows), 2**PROFILES - 1, duties):
        for profile in range(PROFILES):
            if mask >> profile & 1:
                far = depths(arrows, profile)
                loop = shortest_loop(part, duties, lambda state, far=far: far[state[0]])  # type: ignore[misc]
                assert_closed(loop, mask)
                length = far[loop[0][0][0]] + len(loop)
                found[profile] = min(length, found.get(profile, length))
    return found


def assert_closed(loop: list[StepFrom], mask: int) -> None:
    """Each step begins where the last one ended, the first where the last of all does, and all profiles can take it."""
    for (_, before), (state, _) in itertools.pairwise([*loop, loop[0]]):
        assert before.target == state
    assert all(edge.mask & mask == mask for _, edge in loop)


@settings(max_examples=150)
@given(arrows_drawn)
def test_a_loop_with_one_duty_is_found_where_a_simple_lasso_has_it(arrows: list[Arrow]) -> None:
    arrows = reachable(arrows)
    expected = {}
    for profile in range(PROFILES):
        lengths = [length for length, loop in simple_lassos(arrows, profile) if any(arrow.point for arrow in loop)]
        if lengths:
            expected[profile] = min(lengths)
    duties = Fairness(lambda step: HERE if arrows[step[1].way.world].point else 0, any_loop)
    assert found_in(arrows, duties) == expected


def fair_walks(arrows: list[Arrow], profile: int, idle: frozenset[int]) -> int | None:
    """The length of a shortest lasso whose loop has a step to the point by client 0 and one of client 1, if that is not
    idle; loops may meet a state more than once."""
    best: int | None = None
    for start, far in depths(arrows, profile).items():
        layer, known, length = {(start, False, False)}, set[tuple[int, bool, bool]](), 0
        while layer:
            layer = {
                (arrow.target, hit or (arrow.point and arrow.sid == 0), moved or arrow.sid == 1)
                for state, hit, moved in layer
                for arrow in arrows
                if arrow.source == state and arrow.mask >> profile & 1
            } - known
            known, length = known | layer, length + 1
            if any(state == start and hit and (moved or 1 in idle) for state, hit, moved in layer):
                best = far + length if best is None else min(best, far + length)
                break
    return best


@settings(max_examples=150)
@given(arrows_drawn, st.booleans())
def test_a_fair_loop_is_found_where_a_closed_walk_is_fair(arrows: list[Arrow], done: bool) -> None:
    """A client that is done never moves; one that is not must."""
    idle = frozenset({1} if done else ())
    arrows = reachable([arrow for arrow in arrows if arrow.sid not in idle])

    def duty(step: StepFrom) -> int:
        arrow = arrows[step[1].way.world]
        return (1 if arrow.sid == 0 and arrow.point else 0) | 2 << arrow.sid

    def due(part: list[StepFrom]) -> int | None:
        movers = {edge.sid for _, edge in part}
        return 1 | 2 | (0 if done else 4) if 1 in movers | idle else None

    walks = ((profile, fair_walks(arrows, profile, idle)) for profile in range(PROFILES))
    assert found_in(arrows, Fairness(duty, due)) == {profile: length for profile, length in walks if length is not None}


def test_a_loop_that_needs_one_state_twice_is_found() -> None:
    """No simple cycle has both clients on it."""
    arrows = [Arrow(0, 1, 0), Arrow(1, 0, 0), Arrow(0, 2, 1), Arrow(2, 0, 1)]
    duties = Fairness(lambda step: 1 << step[1].sid, lambda _: 3)
    ((_, part),) = fair_components(steps_of(arrows), 1, duties)
    assert len(shortest_loop(part, duties, lambda state: state[0])) == 4


def test_profiles_that_have_different_halves_of_a_cycle_have_no_cycle() -> None:
    arrows = [Arrow(0, 1, mask=0b01), Arrow(1, 0, mask=0b10), Arrow(2, 3, mask=0b11), Arrow(3, 2, mask=0b10)]
    duties = Fairness(lambda _: HERE, any_loop)
    assert [(mask, len(part)) for mask, part in fair_components(steps_of(arrows), 0b11, duties)] == [(0b10, 2)]
    assert sorted(len(part) for part in components(steps_of(arrows))) == [2, 2]


def test_the_nearest_loop_is_taken_only_if_it_is_shortest_with_its_way() -> None:
    far_and_short = [Arrow(0, 1), Arrow(1, 2), Arrow(2, 3), Arrow(3, 0), Arrow(2, 2)]
    duties = Fairness(lambda _: HERE, any_loop)
    ((_, part),) = fair_components(steps_of(far_and_short), 1, duties)
    assert [edge.target for _, edge in shortest_loop(part, duties, lambda state: state[0])] == [(2,)]
    assert len(shortest_loop(part, duties, lambda state: 5 * state[0])) == 4
