"""Is a command that can be refused for ever found to be so, and only then?

The yardstick (`starves`) is a search for a closed walk in the plain transition system, without components and without
tables: back to where it began, after everyone who can move has moved and the one who retries was refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import given, settings, strategies as st
from loops import STARVATION as PROPERTY, look_for
from yardstick import goes_round, graph_of

from explore.check.checking import check
from explore.properties.catalogue import PROPERTIES
from explore.runs.counterexample import shortest, tell
from explore.runs.transcript_replay import read, replay
from explore.scenario.definition import Scenario
from explore.scenario.notation import builtin, parse
from explore.search.breadth_first import Search, Violation, search
from explore.space.profile_set import Universe
from explore.space.state_space import Space, Transition
from explore.space.transitions import State
from explore.system.configuration import Configuration
from explore.system.ground_truth import AGENT
from explore.system.transition_system import System
from model import client as clients, protocol as p
from model.client.belief import AWARE, MANNERS, NAIVE, REISSUING
from strategies import DECISIONS, Profile

FULL = Universe()
BUILTIN = {scenario.name: scenario for scenario in builtin()}
OPEN = "Mailbox: FOO 1 messages\nSelected: FOO by C2\n"
SHUT = "Mailbox: FOO 1 messages\n"
MARKED = "Mailbox: FOO 2 messages, 1 \\Deleted\nSelected: FOO by C1 C2\n"
VISITOR = "C2: forever\nC2: SELECT FOO\nC2: CLOSE\n"


def explored(text: str, manner: str = NAIVE, universe: Universe = FULL) -> Search:
    """The search of that scenario, with what can be refused for ever."""
    found = search(Space(parse("test", text), manner, universe, PROPERTIES))
    look_for(found, PROPERTY)
    return found


def condition_of(text: str, *manners: str) -> str | None:
    """When a command of that scenario can be refused for ever."""
    prop = next(prop for prop in PROPERTIES if prop.id == PROPERTY)
    return check((parse("test", text),), manners=manners or (NAIVE,)).verdict(prop).condition


# --- known cases ----------------------------------------------------------------------------------------------------


KNOWN = {
    "a visitor that comes and goes": (SHUT + "C1: retry DELETE FOO\n" + VISITOR, "delete=3.1"),
    "two visitors": (
        SHUT + "C1: retry DELETE FOO\n" + VISITOR + VISITOR.replace("C2", "C3"),
        "delete=3.1",
    ),
    "a client that is there and has no program": (OPEN + "C1: retry DELETE FOO\n", "delete=3.1"),
    "a client that stays after its program": (OPEN + "C1: retry DELETE FOO\nC2: NOOP\n", "delete=3.1"),
    "a client that polls for ever": (OPEN + "C1: retry DELETE FOO\nC2: forever\nC2: NOOP\n", "delete=3.1"),
    "a client that leaves at last": (OPEN + "C1: retry DELETE FOO\nC2: NOOP\nC2: CLOSE\n", None),
    "a client that logs out at last": (OPEN + "C1: retry DELETE FOO\nC2: LOGOUT\n", None),
    "a client that may leave or not": (OPEN + "C1: retry DELETE FOO\nC2: NOOP | CLOSE\n", "delete=3.1"),
    "two clients, one of which leaves": (
        "Mailbox: FOO\nSelected: FOO by C2 C3\nC1: retry DELETE FOO\nC2: CLOSE\n",
        "delete=3.1",
    ),
    "two clients that both leave": (
        "Mailbox: FOO\nSelected: FOO by C2 C3\nC1: retry DELETE FOO\nC2: CLOSE\nC3: LOGOUT\n",
        None,
    ),
    "a client that is there only in the beginning": (
        OPEN + "C1: NOOP\nC1: retry DELETE FOO\nC2: NOOP\nC2: CLOSE\nC2: forever\nC2: NOOP\n",
        None,
    ),
    "nobody else": (SHUT + "C1: retry DELETE FOO\n", None),
    "no retry": (OPEN + "C1: DELETE FOO\n", None),
    "a rename": (OPEN + "C1: retry RENAME FOO BAR\n", "rename=3.1"),
    "a choice, of which one is refused": (OPEN + "C1: retry DELETE FOO | RENAME FOO BAR\n", "delete=3.1 or rename=3.1"),
    "an expunge": (
        "Mailbox: FOO 1 messages, 1 \\Deleted\nSelected: FOO by C1 C2\nC1: retry EXPUNGE\n",
        "expunge=4.1.4",
    ),
    "two who want the same": (
        "Mailbox: FOO\nSelected: FOO by C1 C2\nC1: retry DELETE FOO\nC2: retry DELETE FOO\n",
        "delete=3.1|3.2",
    ),
    "a name that is not there": (SHUT + "C1: retry DELETE BAR\n", "always"),
    "a name that comes": (SHUT + "C1: retry DELETE BAR\nC2: CREATE BAR\n", None),
    "a name that the agent brings": (SHUT + "C1: retry DELETE BAR\nAgent: RENAME FOO BAR\n", None),
    "a name that the agent takes": (SHUT + "C1: NOOP\nC1: retry DELETE FOO\nAgent: RENAME FOO BAR\n", "always"),
    "an OK that is no success of a retry": (SHUT + "C1: forever\nC1: DELETE BAR\n", None),
    "a BAD that ends the retry": (SHUT + "C1: retry EXPUNGE\n", None),
    "a UID STORE that is told what is gone, or not": (
        MARKED + "C1: EXPUNGE\nC2: retry UID STORE 1:2 +FLAGS (\\Seen)\n",
        "expunge=allow and tell=lazy|any",
    ),
}


@pytest.mark.parametrize("case", KNOWN)
def test_what_can_be_refused_for_ever(case: str) -> None:
    text, expected = KNOWN[case]
    assert condition_of(text) == expected


@pytest.mark.parametrize(("name", "expected"), [
    ("5-starve-delete", "delete=3.1 or rename=3.1"),
    ("5-starve-expunge", "expunge=4.1.4"),
    ("5-starve-store", "expunge=allow and client=naive"),
])  # fmt: skip
def test_the_built_in_scenarios_starve_as_rfc_2180_warns(name: str, expected: str) -> None:
    """RFC 2180 §3.1 (b), §4.1.4 (b), §4.2.4 (d)."""
    report = check((BUILTIN[name],))
    assert report.verdict(next(prop for prop in PROPERTIES if prop.id == PROPERTY)).condition == expected


def test_a_client_that_narrows_its_store_is_done_at_last() -> None:
    """RFC 2180 §4.2.4 (c, d)."""
    text = MARKED + "C1: EXPUNGE\nC2: retry STORE 1:2 +FLAGS (\\Seen)\n"
    assert condition_of(text, NAIVE) == "expunge=allow"
    assert condition_of(text, AWARE, REISSUING) is None


@pytest.mark.parametrize("manner", [AWARE, REISSUING])
def test_a_retry_goes_on_until_it_is_not_refused_whatever_the_client(manner: str) -> None:
    found = explored("Mailbox: FOO 1 messages\nSelected: FOO by C1\nC1: retry COPY 1 BAR\nC2: CREATE BAR\n", manner)
    worlds = [found.space.world(state) for state in found.reached if not list(found.space.edges(state, FULL.all))]
    assert worlds
    for world in worlds:
        copied = world.by_name("BAR")
        assert copied is not None
        assert len(copied.messages) == 1


def test_a_retry_that_follows_newname_is_done_once() -> None:
    scenario = parse("test", 'Mailbox: FOO\nSelected: FOO by C1\nC1: retry APPEND FOO "x"\nC2: RENAME FOO BAR\n')
    universe = Universe.of(Profile.parse("rename=3.4-newname"))
    assert search(Space(scenario, AWARE, universe, PROPERTIES), most_states=100).complete


# --- where a search for "eventually" goes wrong: self-loops, joins, cycles through the start ----------------------------


def only(found: Search) -> Violation:
    """The only violation."""
    (violation,) = found.violations[PROPERTY]
    return violation


def lengths(found: Search, violation: Violation) -> tuple[int, int]:
    """Of the stem and of the loop."""
    return len(found.path(violation, violation.mask.bit_length() - 1)), len(violation.loop)


def under(spelling: str) -> Universe:
    return Universe.of(Profile.parse(spelling))


def test_a_self_loop_at_the_start() -> None:
    found = explored(OPEN + "C1: retry DELETE FOO\n", universe=under("delete=3.1"))
    violation = only(found)
    assert lengths(found, violation) == (0, 1)
    assert violation.state == violation.loop[0][1].target == found.space.start


def test_a_cycle_that_passes_through_the_start() -> None:
    found = explored(OPEN + "C1: retry DELETE FOO\nC2: forever\nC2: NOOP\nC2: CHECK\n", universe=under("delete=3.1"))
    violation = only(found)
    assert found.space.start in {state for state, _ in violation.loop}


def test_paths_that_join_behind_a_success_hide_no_starvation() -> None:
    text = OPEN + "C1: NOOP | CREATE BAR\nC1: retry DELETE FOO\nC2: NOOP | CLOSE\n"
    found = explored(text, universe=under("delete=3.1"))
    for state in found.reached:
        assert len(found.parents.get(state, ())) <= 1
    assert only(found).mask == 1
    assert condition_of(text) == "delete=3.1"


def test_a_cycle_that_can_be_left_is_still_a_cycle_only_if_leaving_is_a_choice() -> None:
    stays = OPEN + "C1: retry DELETE FOO\nC2: forever\nC2: NOOP | CHECK\n"
    leaves = OPEN + "C1: retry DELETE FOO\nC2: NOOP | CHECK\nC2: CLOSE\n"
    assert PROPERTY in explored(stays, universe=under("delete=3.1")).failing
    assert PROPERTY not in explored(leaves, universe=under("delete=3.1")).failing


def test_a_loop_in_which_somebody_never_gets_a_turn_is_unfair() -> None:
    text = "Mailbox: FOO\nSelected: FOO by C2\nC1: retry DELETE FOO\nC2: CLOSE\nC3: forever\nC3: NOOP\n"
    found = explored(text, universe=under("delete=3.1"))
    refusals = [
        (state, edge)
        for state in found.reached
        for edge in found.space.edges(state, 1)
        if edge.sid == 0 and edge.target == state
    ]
    assert refusals
    assert PROPERTY not in found.failing


def test_the_lasso_is_a_shortest_one() -> None:
    text = SHUT + "C1: NOOP\nC1: retry DELETE FOO\nC2: forever\nC2: SELECT FOO\nC2: NOOP\nC2: CHECK\nC2: CLOSE\n"
    found = explored(text, universe=under("delete=3.1"))
    assert lengths(found, only(found)) == (2, 5)


# --- a lasso is one -------------------------------------------------------------------------------------------------


def assert_lasso(found: Search, violation: Violation, index: int) -> None:
    """Stem and loop are steps that can be taken under that profile; the loop closes, is fair, and refuses someone."""
    space, state = found.space, found.space.start
    for before, edge in found.path(violation, index):
        assert before == state
        assert edge.way in branches(space, before, edge, index)
        state = edge.target
    assert state == violation.state == violation.loop[0][0]
    for before, edge in violation.loop:
        assert before == state
        assert edge.way in branches(space, before, edge, index)
        state = edge.target
    assert state == violation.state
    assert state[-1] == len(space.scenario.agent)
    assert any(hopeless(space, violation, sid) for sid in range(len(space.scenario.programs)))
    movers = {edge.sid for _, edge in violation.loop}
    for sid, program in enumerate(space.scenario.programs):
        assert sid in movers or not clients.options(space.participant(state, sid).client, program)


def branches(space: Space, state: State, edge: Transition, index: int) -> list[object]:
    alike = (other for other in space.edges(state, 1 << index) if other.sid == edge.sid and other.target == edge.target)
    return [other.way for other in alike]


def hopeless(space: Space, violation: Violation, sid: int) -> bool:
    """Whether, round the loop, that client retries and is refused every time."""
    said = []
    for state, edge in violation.loop:
        client, program = space.participant(state, sid).client, space.scenario.programs[sid]
        step = clients.current_step(client, program)
        if edge.sid == sid and step is not None and step.retry and not client.todo:
            said += [r.status for to, r in edge.way.responses if to == sid and isinstance(r, p.Tagged)]
    return set(said) == {"NO"}


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("name", ["5-starve-delete", "5-starve-expunge", "5-starve-store"])
def test_each_lasso_of_the_built_in_scenarios_is_one_under_all_its_profiles(name: str, manner: str) -> None:
    found = search(Space(BUILTIN[name], manner, FULL, PROPERTIES))
    look_for(found, PROPERTY)
    for violation in found.violations.get(PROPERTY, []):
        ones = [index for index in range(FULL.size) if violation.mask >> index & 1]
        for index in (ones[0], ones[len(ones) // 2], ones[-1]):
            assert_lasso(found, violation, index)


def test_a_lasso_that_leaves_somebody_out_is_not_taken_for_one() -> None:
    found = explored(SHUT + "C1: retry DELETE FOO\n" + VISITOR, universe=under("delete=3.1"))
    unfair = only(found)
    still = next((state, edge) for state, edge in unfair.loop if edge.sid == 0)
    with pytest.raises(AssertionError):
        assert_lasso(found, Violation(1, still[0], None, (still,)), 0)


@pytest.mark.parametrize("text", [text for text, expected in KNOWN.values() if expected is not None], ids=lambda _: "")
def test_a_lasso_is_told_as_a_transcript_that_replays(text: str) -> None:
    found = explored(text)
    best = shortest(found, PROPERTY, FULL.all)
    assert best is not None
    story = tell(found, next(prop for prop in PROPERTIES if prop.id == PROPERTY), *best)
    assert story.text.count("<from here on, for ever:>") == 1
    assert len(re.findall(r"^(?:C\d+|Agent): ", story.text, re.M)) == story.steps
    result = replay(read(story.text))
    assert result.ok, result.reason


def test_nobody_is_said_to_move_who_does_not() -> None:
    found = explored(OPEN + "C1: retry DELETE FOO\n", universe=under("delete=3.1"))
    prop = next(prop for prop in PROPERTIES if prop.id == PROPERTY)
    assert "others keep moving" not in tell(found, prop, only(found), 0).text


# --- against the yardstick ------------------------------------------------------------------------------------------


class Move(NamedTuple):
    """Who moves, whether it is a retry, its status, and where to."""

    sid: int
    retry: bool
    status: str
    there: Configuration


def moves(system: System, profile: Profile, here: Configuration) -> Iterator[Move]:
    for move, step, there in system.ways(here, profile):
        assert step is not None
        now = None if move.sid == AGENT else clients.current_step(step.client, system.scenario.programs[move.sid])
        yield Move(move.sid, now is not None and now.retry and not step.client.todo, step.status, there)


def starves(scenario: Scenario, manner: str, profile: Profile) -> bool:
    """Whether, under that profile, some client can be refused for ever."""
    system = System(scenario, manner)
    graph = graph_of(system.start(), lambda here: moves(system, profile, here))
    return any(_refused_all_round(graph, here, sid) for sid in range(len(scenario.programs)) for here in graph)


def _refused_all_round(graph: dict[Configuration, list[Move]], start: Configuration, sid: int) -> bool:
    """Whether a closed walk from there refuses `sid` and lets everyone move who can."""
    return goes_round(
        graph, start,
        lambda move: move.sid == sid and move.retry,
        lambda move: move.sid != sid or not move.retry or move.status == "NO",
    )  # fmt: skip


LINES = (
    "NOOP", "SELECT FOO", "CLOSE", "SELECT FOO | CLOSE", "CREATE BAR", "STATUS BAR (MESSAGES)", "STORE 1 +FLAGS (\\Seen)",
)  # fmt: skip
TRIED = ("DELETE FOO", "RENAME FOO BAR", "EXPUNGE", "STORE 1:2 +FLAGS (\\Flagged)", "DELETE FOO | NOOP")


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Two or three clients, one of which retries; the others may go on for ever, over finitely many states."""
    rows = ["Mailbox: FOO 2 messages, 1 \\Deleted"]
    opened = draw(st.lists(st.sampled_from(["C1", "C2", "C3"]), unique=True))
    if opened:
        rows.append(f"Selected: FOO by {' '.join(opened)}")
    rows += [f"C1: {line}" for line in draw(st.lists(st.sampled_from(LINES), max_size=1))]
    rows.append(f"C1: retry {draw(st.sampled_from(TRIED))}")
    for other in ("C2", "C3")[: draw(st.integers(1, 2))]:
        lines = draw(st.lists(st.sampled_from(LINES), min_size=1, max_size=3))
        endless = draw(st.integers(0, len(lines)))
        for number, line in enumerate(lines):
            rows += [f"{other}: forever"] * (number == endless) + [f"{other}: {line}"]
    if draw(st.integers(0, 4)) == 0:
        rows.append("Agent: RENAME FOO BAR")
    return parse("random", "\n".join(rows))


@settings(max_examples=60)
@given(
    scenarios(),
    st.sampled_from(MANNERS),
    st.tuples(*(st.sampled_from(DECISIONS[name]) for name in ("delete", "rename", "expunge", "store", "tell"))),
)
def test_what_starves_is_what_can_go_round(scenario: Scenario, manner: str, chosen: tuple[object, ...]) -> None:
    profile = Profile.parse(",".join(getattr(strategy, "spelling", "") for strategy in chosen))
    found = search(Space(scenario, manner, Universe.of(profile), ()))
    look_for(found, PROPERTY)
    assert (PROPERTY in found.failing) == starves(scenario, manner, profile)
    for violation in found.violations.get(PROPERTY, []):
        assert_lasso(found, violation, 0)


@pytest.mark.parametrize("manner", [NAIVE, AWARE])
def test_all_profiles_at_once_starve_as_one_by_one(manner: str) -> None:
    scenario = parse("test", OPEN + "C1: retry DELETE FOO | RENAME FOO BAR\nC2: NOOP\nC2: SELECT FOO\n")
    together = search(Space(scenario, manner, FULL, ()))
    look_for(together, PROPERTY)
    for index in range(0, FULL.size, FULL.size // 30):
        assert together.failing[PROPERTY] >> index & 1 == starves(scenario, manner, FULL.profile(index))
