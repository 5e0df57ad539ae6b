"""Does the search of all profiles at once find just what can happen, for each profile, and count it right?

The yardstick is a plain recursion over the plain transition system, one profile at a time, without any table (`runs`).
"""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings, strategies as st

from explore.check.checking import check
from explore.check.report import Report
from explore.properties.catalogue import PROPERTIES
from explore.scenario.definition import Scenario
from explore.scenario.notation import builtin, parse
from explore.search.breadth_first import Search, search
from explore.search.counting import count
from explore.space.profile_set import Universe
from explore.space.state_space import Space
from explore.space.transitions import State
from explore.system.configuration import Configuration, Participant
from explore.system.transition_system import System
from model import protocol as p
from model.client.belief import AWARE, MANNERS, NAIVE, Client
from model.store.agent import Action
from model.store.world import World
from stages import DELETED, EXPUNGED
from strategies import DECISIONS, Profile, listed, profiles

BUILTIN = {scenario.name: scenario for scenario in builtin()}
BY_ID = {prop.id: prop for prop in PROPERTIES}
FULL = Universe()

OUTSIDE = parse(
    "outside",
    """
Mailbox: FOO 2 messages, 1 \\Deleted, 2 empty
Selected: FOO by C1
Examined: FOO by C2
C1: STORE 1:2 +FLAGS (\\Seen) | EXPUNGE
C2: UID FETCH 1:* (FLAGS BODY.PEEK[])
Agent: DELIVER FOO "late"
Agent: EXPUNGE FOO 1
""",
)
SMALL = (EXPUNGED, DELETED, OUTSIDE)
CASES = [pytest.param(scenario, manner, id=f"{scenario.name}-{manner}") for scenario in SMALL for manner in MANNERS]


def sample(size: int) -> list[Profile]:
    """The default profile and others, so that each strategy is among them."""
    everyone = list(profiles())
    generator = random.Random(2180)
    chosen = [Profile.parse(), *(Profile.parse(s.spelling) for name in DECISIONS for s in listed(name)[1:])]
    return chosen + generator.sample(everyone, size - len(chosen))


SAMPLE = sample(26)


@cache
def searched(scenario: Scenario, manner: str) -> Search:
    """The search of all profiles at once."""
    return search(Space(scenario, manner, FULL, PROPERTIES))


@cache
def alone(scenario: Scenario, manner: str, profile: Profile) -> Search:
    """The search of one profile."""
    return search(Space(scenario, manner, Universe.of(profile), PROPERTIES))


class Place(NamedTuple):
    """A state, spelled out: ids differ from space to space."""

    world: World
    actors: tuple[Participant, ...]
    agent: int


def place(space: Space, state: State) -> Place:
    return Place(space.world(state), tuple(space.participant(state, sid) for sid in range(len(state) - 2)), state[-1])


def places(found: Search, index: int) -> set[Place]:
    """Every state that can be reached under the profile of that number."""
    return {place(found.space, state) for state, mask in found.reached.items() if mask >> index & 1}


def shortest_lengths(found: Search, index: int) -> dict[str, int]:
    """For each property that breaks under the profile of that number, after how many steps."""
    lengths = {}
    for name, violations in found.violations.items():
        known = [len(found.path(violation, index)) for violation in violations if violation.mask >> index & 1]
        if known:
            lengths[name] = min(known)
    return lengths


# --- the yardstick --------------------------------------------------------------------------------------------------

Said = tuple[int, p.Command | Action, tuple[tuple[int, p.Response], ...], World]


class Run(NamedTuple):
    """A full interleaving: each step with what was said and the world then, and what everyone is like at the end."""

    steps: tuple[Said, ...]
    world: World
    clients: tuple[Client, ...]


@cache
def runs(scenario: Scenario, manner: str, profile: Profile) -> tuple[Run, ...]:
    """Every full interleaving under one profile."""
    system = System(scenario, manner)
    return tuple(_onward(system, profile, (), system.start()))


def _onward(system: System, profile: Profile, said: tuple[Said, ...], now: Configuration) -> Iterator[Run]:
    stuck = True
    for move, step, after in system.ways(now, profile):
        stuck = False
        assert step is not None
        yield from _onward(system, profile, (*said, (move.sid, step.act, step.responses, after.world)), after)
    if stuck:
        yield Run(said, now.world, tuple([client for client, _ in now.participants]))


def final(found: Search, index: int) -> set[tuple[World, tuple[Client, ...]]]:
    """Where nobody has anything left to do, under the profile of that number."""
    ends = set()
    for state, mask in found.reached.items():
        if mask >> index & 1 and not list(found.space.edges(state, 1 << index)):
            there = place(found.space, state)
            ends.add((there.world, tuple(actor.client for actor in there.actors)))
    return ends


# --- against the yardstick ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scenario", "manner"), CASES)
def test_every_interleaving_ends_where_the_search_says(scenario: Scenario, manner: str) -> None:
    found = searched(scenario, manner)
    for profile in SAMPLE:
        assert {(run.world, run.clients) for run in runs(scenario, manner, profile)} == final(found, FULL.index(profile))


@pytest.mark.parametrize(("scenario", "manner"), CASES)
def test_under_one_profile_interleavings_are_counted_as_they_can_be_listed(scenario: Scenario, manner: str) -> None:
    for profile in SAMPLE:
        listed_runs = {run.steps for run in runs(scenario, manner, profile)}
        assert count(alone(scenario, manner, profile)) == len(listed_runs)


@pytest.mark.parametrize(
    ("scenario", "decisions"),
    [
        (EXPUNGED, ("expunge", "fetch", "store", "tell")),
        (DELETED, ("delete", "rename", "disconnect")),
        (OUTSIDE, ("expunge", "fetch", "tell")),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_an_interleaving_counts_once_however_many_profiles_allow_it(scenario: Scenario, decisions: tuple[str, ...]) -> None:
    universe = Universe({name: choices if name in decisions else choices[:1] for name, choices in DECISIONS.items()})
    listed_runs = set()
    for index in range(universe.size):
        listed_runs |= {run.steps for run in runs(scenario, AWARE, universe.profile(index))}
    assert count(search(Space(scenario, AWARE, universe, ()))) == len(listed_runs)


@pytest.mark.parametrize(("scenario", "manner"), CASES)
def test_the_shortest_way_to_a_bye_is_as_short_as_any_run_has(scenario: Scenario, manner: str) -> None:
    found = searched(scenario, manner)
    for profile in SAMPLE:
        soonest = [
            next((n for n, (_, _, said, _) in enumerate(run.steps, 1) if any(isinstance(r, p.Bye) for _, r in said)), None)
            for run in runs(scenario, manner, profile)
        ]
        expected = min((number for number in soonest if number is not None), default=None)
        assert shortest_lengths(found, FULL.index(profile)).get("H-THROWN-OUT") == expected


def test_the_yardstick_can_tell() -> None:
    other = {(run.world, run.clients) for run in runs(EXPUNGED, NAIVE, Profile.parse("expunge=4.1.4"))}
    assert other != final(searched(EXPUNGED, NAIVE), FULL.index(Profile.parse()))


# --- all at once against one by one ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("scenario", "manner"), CASES)
def test_all_profiles_at_once_reach_the_same_states_as_one_by_one(scenario: Scenario, manner: str) -> None:
    together = searched(scenario, manner)
    for profile in SAMPLE:
        assert places(together, FULL.index(profile)) == places(alone(scenario, manner, profile), 0)


@pytest.mark.parametrize(("scenario", "manner"), CASES)
def test_all_profiles_at_once_break_the_same_properties_as_soon_as_one_by_one(scenario: Scenario, manner: str) -> None:
    together = searched(scenario, manner)
    for profile in SAMPLE:
        index, single = FULL.index(profile), alone(scenario, manner, profile)
        assert shortest_lengths(together, index) == shortest_lengths(single, 0)
        assert {name for name, mask in together.failing.items() if mask >> index & 1} == set(single.failing)


@pytest.mark.parametrize(("scenario", "manner"), CASES)
def test_the_failing_profiles_are_those_of_the_violations_each_once(scenario: Scenario, manner: str) -> None:
    found = searched(scenario, manner)
    assert set(found.failing) == set(found.violations)
    for name, violations in found.violations.items():
        assert sum(violation.mask for violation in violations) == found.failing[name]
        assert len({violation.mask for violation in violations}) == len(violations)


@pytest.mark.parametrize(("scenario", "manner"), CASES)
def test_a_path_leads_from_the_start_to_its_violation_under_each_of_its_profiles(scenario: Scenario, manner: str) -> None:
    found = searched(scenario, manner)
    ids = [prop.id for prop in PROPERTIES]
    for name, violations in found.violations.items():
        for violation in violations:
            for index in ((violation.mask & -violation.mask).bit_length() - 1, violation.mask.bit_length() - 1):
                state = found.space.start
                for before, edge in found.path(violation, index):
                    assert before == state
                    assert edge in list(found.space.edges(state, edge.mask))
                    assert edge.mask >> index & 1
                    state = edge.target
                if violation.edge is None:
                    assert state == violation.state
                    assert wrong_at_rest(found.space, state, name, index)
                else:
                    assert ids.index(name) in violation.edge.way.broken


def wrong_at_rest(space: Space, state: State, name: str, index: int) -> bool:
    """Whether nobody has anything left to do there, and that property says of some client that it is wrong, under the
    profile of that number."""
    now, profile, prop = space.configuration(state), space.universe.profile(index), BY_ID[name]
    everyone = range(len(now.participants))
    return not space.system.enabled(now) and any(prop.at_rest(space.system, now, sid, profile) for sid in everyone)


@pytest.mark.parametrize(("scenario", "manner"), CASES)
def test_a_decision_is_consulted_with_all_its_strategies_or_not_at_all(scenario: Scenario, manner: str) -> None:
    used = searched(scenario, manner).used
    for name in DECISIONS:
        assert {strategy.spelling for strategy in listed(name)} & used in (set(), {s.spelling for s in listed(name)})


def test_only_decisions_that_come_up_are_consulted() -> None:
    used = {spelling.split("=")[0] for spelling in searched(DELETED, NAIVE).used}
    assert used == {"delete", "rename", "disconnect"}


# --- counting -------------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=3))
@example([3, 3, 2])
def test_clients_that_do_not_meet_interleave_as_a_multinomial_coefficient_says(lengths: list[int]) -> None:
    commands = ["NOOP", "CHECK", "FETCH 1 FLAGS", "SEARCH ALL"]
    head = [f"Mailbox: BOX{sid} 1 messages\nSelected: BOX{sid} by C{sid + 1}" for sid in range(1, len(lengths) + 1)]
    body = [f"C{sid + 1}: {commands[n]}" for sid, length in enumerate(lengths, 1) for n in range(length)]
    scenario = parse("apart", "\n".join([*head, *body, "C1: NOOP"]))
    found = search(Space(scenario, NAIVE, FULL, PROPERTIES))
    steps = [*lengths, 1]
    assert count(found) == math.factorial(sum(steps)) // math.prod(map(math.factorial, steps))
    assert len(found.reached) == math.prod(length + 1 for length in steps)
    assert found.depth == sum(steps)


@given(st.lists(st.integers(1, 3), min_size=1, max_size=4))
def test_choices_multiply(widths: list[int]) -> None:
    commands = ["NOOP", "STATUS INBOX (MESSAGES)", 'LIST "" "*"']
    text = "\n".join(f"C1: {' | '.join(commands[:width])}" for width in widths)
    assert count(search(Space(parse("choices", text), NAIVE, FULL, ()))) == math.prod(widths)


def test_runs_without_end_are_not_counted() -> None:
    assert count(search(Space(parse("endless", "C1: forever\nC1: NOOP"), NAIVE, FULL, ()))) is None
    assert count(search(Space(BUILTIN["5-starve-store"], NAIVE, FULL, ()))) is None


def test_a_retry_that_is_never_refused_has_an_end() -> None:
    assert count(search(Space(parse("once", "C1: retry NOOP\nC1: NOOP"), NAIVE, FULL, ()))) == 1


def test_a_step_leads_to_another_state_or_carries_no_more_than_it_may() -> None:
    found = searched(EXPUNGED, AWARE)
    for state, mask in found.reached.items():
        for edge in found.space.edges(state, mask):
            assert edge.mask
            assert not edge.mask & ~mask
            assert not edge.mask & ~found.reached[edge.target]


def test_each_step_of_the_state_graph_is_counted_once() -> None:
    found = search(Space(BUILTIN["3-inbox"], NAIVE, FULL, ()))
    steps = sum(len(list(found.space.edges(state, mask))) for state, mask in found.reached.items())
    assert found.transitions == steps


EXACT: dict[tuple[str, str], tuple[int, int, int | None]] = {
    ("3-delete", "naive"): (2767, 8025, 89445),
    ("3-delete", "aware"): (2767, 8025, 89445),
    ("3-delete", "reissuing"): (2767, 8025, 89445),
    ("3-inbox", "naive"): (296, 972, 1959),
    ("3-inbox", "aware"): (297, 974, 1829),
    ("3-inbox", "reissuing"): (295, 973, 1829),
    ("3-quiet", "naive"): (16, 22, 16),
    ("3-quiet", "aware"): (16, 22, 16),
    ("3-quiet", "reissuing"): (16, 22, 16),
    ("3-recycle", "naive"): (111, 185, 338),
    ("3-recycle", "aware"): (124, 212, 414),
    ("3-recycle", "reissuing"): (124, 212, 414),
    ("3-rename", "naive"): (7130, 21732, 168641),
    ("3-rename", "aware"): (10593, 31402, 239167),
    ("3-rename", "reissuing"): (10593, 31402, 239167),
    ("3-subscribe", "naive"): (43, 121, 420),
    ("3-subscribe", "aware"): (45, 123, 420),
    ("3-subscribe", "reissuing"): (45, 123, 420),
    ("4-append", "naive"): (890, 1566, 2889),
    ("4-append", "aware"): (953, 1494, 3039),
    ("4-append", "reissuing"): (971, 1530, 3141),
    ("4-arrivals", "naive"): (5581, 24338, 531650),
    ("4-arrivals", "aware"): (11668, 37376, 1176079),
    ("4-arrivals", "reissuing"): (12693, 40504, 1785302),
    ("4-close", "naive"): (28, 56, 63),
    ("4-close", "aware"): (41, 78, 81),
    ("4-close", "reissuing"): (43, 80, 81),
    ("4-expunge", "naive"): (631, 2458, 7810),
    ("4-expunge", "aware"): (859, 2498, 6892),
    ("4-expunge", "reissuing"): (839, 2444, 6892),
    ("4-outside", "naive"): (59, 97, 87),
    ("4-outside", "aware"): (98, 148, 88),
    ("4-outside", "reissuing"): (104, 151, 88),
    ("4-three", "naive"): (6650, 19963, 160082),
    ("4-three", "aware"): (9944, 31189, 280972),
    ("4-three", "reissuing"): (10237, 31447, 318048),
    ("5-pipelining", "naive"): (144, 284, 490),
    ("5-pipelining", "pipelining"): (4256, 9976, 9251508),
    ("5-pipelining", "reckless"): (5522, 13386, 21295495),
    ("5-starve-delete", "naive"): (99, 222, None),
    ("5-starve-delete", "aware"): (99, 222, None),
    ("5-starve-delete", "reissuing"): (99, 222, None),
    ("5-starve-expunge", "naive"): (25, 64, None),
    ("5-starve-expunge", "aware"): (25, 64, None),
    ("5-starve-expunge", "reissuing"): (25, 64, None),
    ("5-starve-store", "naive"): (12, 24, None),
    ("5-starve-store", "aware"): (16, 28, None),
    ("5-starve-store", "reissuing"): (16, 30, None),
    ("6-every-mailbox", "naive"): (3316, 93462, None),
    ("6-every-mailbox", "aware"): (12476, 296664, None),
    ("6-every-mailbox", "reissuing"): (12476, 296664, None),
    ("6-every-message", "naive"): (1955, 76858, None),
    ("6-every-message", "aware"): (117824, 1273201, None),
    ("6-every-message", "reissuing"): (121042, 1281369, None),
}
"""States, steps and full interleavings of each built-in scenario, for the clients for which it is meant, and for naive
ones: without any reduction or property; of programs of any length, which take long then, as `mailrace check` counts them."""
OF_ANY_LENGTH = [(name, manner) for name, manner in EXACT if name.startswith("6-")]


@pytest.mark.parametrize(("name", "manner"), [key for key in EXACT if key not in OF_ANY_LENGTH], ids=str)
def test_exact_counts_of_the_built_in_scenarios(name: str, manner: str) -> None:
    found = search(Space(BUILTIN[name], manner, FULL, ()))
    assert (len(found.reached), found.transitions, count(found)) == EXACT[name, manner]
    assert found.complete


def test_exact_counts_of_programs_of_any_length(full_report: Report) -> None:
    rows = {(row.scenario.name, row.manner): (row.states, row.transitions, row.interleavings) for row in full_report.rows}
    assert {key: rows[key] for key in OF_ANY_LENGTH} == {key: EXACT[key] for key in OF_ANY_LENGTH}
    assert full_report.complete


def test_every_built_in_scenario_is_counted_for_all_clients_for_which_it_is_meant() -> None:
    meant = {(name, manner) for name, scenario in BUILTIN.items() for manner in (NAIVE, *scenario.manners)}
    assert set(EXACT) == meant


# --- cut and interrupted --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 10, 100, 500])
def test_a_search_that_is_cut_says_so_and_keeps_what_it_found(most: int) -> None:
    whole = searched(EXPUNGED, NAIVE)
    cut = search(Space(EXPUNGED, NAIVE, FULL, PROPERTIES), most_states=most)
    assert cut.complete == (len(whole.reached) <= most)
    assert not cut.interrupted
    for state, mask in cut.reached.items():
        assert not mask & ~whole.reached[state]
    for name, mask in cut.failing.items():
        assert not mask & ~whole.failing[name]


def test_a_limit_that_is_just_enough_does_not_cut() -> None:
    size = len(searched(DELETED, NAIVE).reached)
    assert search(Space(DELETED, NAIVE, FULL, PROPERTIES), most_states=size).complete
    assert not search(Space(DELETED, NAIVE, FULL, PROPERTIES), most_states=size // 2).complete


def test_a_report_that_was_cut_never_says_that_something_holds() -> None:
    report = check((EXPUNGED,), manners=(NAIVE,), most_states=20)
    verdicts = {verdict.property.id: verdict.holds for verdict in report.verdicts()}
    assert not report.complete
    assert set(verdicts.values()) == {None, False}
    assert {name for name, holds in verdicts.items() if holds is False} == set(report.failing) == set(report.counterexamples)
    assert report.rows[0].interleavings is None
    whole = {verdict.property.id: verdict for verdict in check((EXPUNGED,), manners=(NAIVE,)).verdicts()}
    assert {whole[name].holds for name, holds in verdicts.items() if holds is False} == {False}
    assert all(verdict.holds is not None or not verdict.came_up for verdict in whole.values())


def test_a_report_that_was_cut_never_says_that_something_holds_under_a_strategy() -> None:
    report = check((EXPUNGED,), manners=(NAIVE,), most_states=20)
    undetermined = [verdict for verdict in report.verdicts() if verdict.holds is None]
    assert not any("holds" in verdict.strategies.values() for verdict in undetermined)


def test_a_scenario_whose_search_was_cut_is_not_endless() -> None:
    plain = check((EXPUNGED,), manners=(NAIVE,), most_states=20).as_json()
    assert (plain["complete"], plain["endless"]) == (False, [])


@pytest.mark.parametrize("calls", [1, 2, 3])
def test_ctrl_c_ends_a_search_and_nothing_is_lost(calls: int) -> None:
    seen: list[int] = []

    def progress(states: int) -> None:
        seen.append(states)
        if len(seen) == calls:
            raise KeyboardInterrupt

    found = search(Space(EXPUNGED, NAIVE, FULL, PROPERTIES), progress=progress)
    assert (found.complete, found.interrupted) == (False, True)
    assert len(found.reached) == seen[-1]
    for violations in found.violations.values():
        for violation in violations:
            assert len(found.path(violation, violation.mask.bit_length() - 1)) <= calls


def test_ctrl_c_ends_a_check_and_the_report_has_what_was_found() -> None:
    told: list[tuple[str, str]] = []

    def progress(scenario: Scenario, manner: str, states: int) -> None:
        told.append((scenario.name, manner))
        if len(told) > 8:
            raise KeyboardInterrupt

    report = check(SMALL, progress=progress)
    assert (report.complete, report.interrupted) == (False, True)
    assert [(row.scenario.name, row.manner) for row in report.rows] == list(dict.fromkeys(told))
    assert [row.complete for row in report.rows] == [True] * (len(report.rows) - 1) + [False]
    first = check((EXPUNGED,), manners=(NAIVE,))
    for name, by_manner in first.failing.items():
        assert report.failing[name][NAIVE] & by_manner[NAIVE] == by_manner[NAIVE]


def test_what_was_not_searched_is_not_said_to_be_well() -> None:
    def progress(scenario: Scenario, manner: str, states: int) -> None:
        if manner != NAIVE:
            raise KeyboardInterrupt

    report = check((EXPUNGED,), progress=progress)
    conditions = [verdict.condition for verdict in report.verdicts() if verdict.condition is not None]
    assert conditions
    assert not any("client=" in condition for condition in conditions)


def test_progress_is_told_what_is_going_on() -> None:
    told: list[tuple[str, str, int]] = []
    report = check(SMALL, manners=(NAIVE, AWARE), progress=lambda s, manner, states: told.append((s.name, manner, states)))
    assert list(dict.fromkeys(pair[:2] for pair in told)) == [
        (scenario.name, manner) for scenario in SMALL for manner in (NAIVE, AWARE)
    ]
    last = {(name, manner): states for name, manner, states in told}
    assert list(last.values()) == [row.states for row in report.rows]


# --- the same every time --------------------------------------------------------------------------------------------


def plain(report: Report) -> dict[str, object]:
    """The report without what a clock says."""
    return report.as_json(measured=False)


def test_two_checks_report_the_same() -> None:
    scenarios = (*SMALL, BUILTIN["5-starve-delete"], BUILTIN["5-starve-store"])
    first, second = check(scenarios), check(scenarios)
    assert plain(first) == plain(second)
    assert first.counterexamples == second.counterexamples


def test_the_seed_of_pythons_hashes_changes_nothing() -> None:
    program = (
        "from explore.scenario import builtin; from explore.check import check; import json;"
        "names = ('3-quiet', '3-recycle', '4-append', '5-starve-delete');"
        "report = check([s for s in builtin() if s.name in names]).as_json(measured=False);"
        "print(json.dumps(report))"
    )
    home = Path(__file__).parents[1]
    written = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=home,
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert written[0] == written[1] != b""


def test_the_order_of_scenarios_changes_no_verdict() -> None:
    forwards, backwards = check(SMALL, manners=(NAIVE,)), check(SMALL[::-1], manners=(NAIVE,))
    for one, other in zip(forwards.verdicts(), backwards.verdicts(), strict=True):
        assert one[:4] == other[:4]
        assert (one.counterexample and one.counterexample.steps) == (other.counterexample and other.counterexample.steps)
