"""Is what goes wrong for ever found wherever a plain search finds it, under one profile and under all at once?

The yardstick is a search for a closed walk (`yardstick.py`) in the plain transition system.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from hypothesis import given, settings, strategies as st
from loops import LOOPS, RETRY_ENDS, STARVATION, TOLD, look_for, suspected
from wrong_servers import after_the_others, always_no, deaf, every_second, expunges_first, flags_first, mints_again
from yardstick import goes_round, graph_of

from explore.check.faults import FAULTS
from explore.properties.liveness import news
from explore.scenario.definition import Scenario
from explore.scenario.notation import parse
from explore.search.breadth_first import Search, Violation, search
from explore.search.fair_cycles import StepFrom
from explore.search.liveness_search import Place
from explore.space.profile_set import Universe
from explore.space.state_space import Space
from explore.system.configuration import Configuration
from explore.system.transition_system import Execute, System
from model import client as clients, protocol as p, server
from model.client.belief import AWARE, MANNERS, NAIVE
from model.store import Action
from strategies import DECISIONS, Profile

FAULTY = {fault.name: fault for fault in FAULTS}


class Move(NamedTuple):
    """Who moves, what it does, and where to."""

    sid: int
    act: p.Command | Action
    follows: bool
    there: Configuration


def moves(system: System, profile: Profile, here: Configuration) -> Iterator[Move]:
    for move, step, there in system.ways(here, profile):
        assert step is not None
        yield Move(move.sid, step.act, bool(step.client.todo), there)


def graph_under(scenario: Scenario, manner: str, profile: Profile, execute: Execute) -> dict[Configuration, list[Move]]:
    system = System(scenario, manner, execute)
    return graph_of(system.start(), lambda here: moves(system, profile, here))


def behind(here: Configuration, sid: int) -> set[tuple[str, int, int]]:
    """What the client has not been told, of which mailbox and UID."""
    client, truth = here.participants[sid]
    box = here.world.by_id(truth.mailbox)
    if box is None:
        return set()
    counted, there = [uid for uid, _ in truth.counted], {message.uid: message.flags for message in box.messages}
    stale = {
        uid for uid, entry in zip(counted, client.shown, strict=False)
        if entry.flags is not None and there.get(uid, entry.flags) != entry.flags
    }  # fmt: skip
    return {
        *(("gone", box.id, uid) for uid in counted if uid not in there),
        *(("new", box.id, uid) for uid in there if uid not in counted),
        *(("flags", box.id, uid) for uid in stale),
    }


def yardstick(scenario: Scenario, graph: dict[Configuration, list[Move]]) -> set[str]:
    """Which of O-TOLD and O-RETRY-ENDS breaks on that graph."""
    broken = set()
    for here, sid in itertools.product(graph, range(len(scenario.programs))):
        for item in behind(here, sid):
            if goes_round(
                graph, here,
                lambda move, sid=sid: move.sid == sid and isinstance(move.act, (p.Noop, p.Check)),  # type: ignore[misc]
                lambda move, sid=sid, item=item: item in behind(move.there, sid),  # type: ignore[misc]
            ):  # fmt: skip
                broken.add(TOLD)
        if here.client(sid).todo and goes_round(
            graph, here,
            lambda move, sid=sid: move.sid == sid,  # type: ignore[misc]
            lambda move, sid=sid: move.sid != sid or move.follows,  # type: ignore[misc]
        ):  # fmt: skip
            broken.add(RETRY_ENDS)
    return broken


SERVERS = (
    server.execute, flags_first, expunges_first, every_second, after_the_others, deaf, always_no, mints_again,
    FAULTY["noop-repeats-size"].execute, FAULTY["newname-circle"].execute,
)  # fmt: skip
LINES = (
    "NOOP", "NOOP | CHECK", "STORE 1 +FLAGS (\\Flagged) | STORE 1 -FLAGS (\\Flagged)", "EXPUNGE", "FETCH 1 FLAGS",
    "SELECT FOO | CLOSE", "UID STORE 1:* +FLAGS (\\Seen)", "APPEND BAR x | NOOP", "COPY 1 BAR",
)  # fmt: skip


PROFILES = ("default", "tell=lazy,store=4.2.4")


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Two clients that may go on for ever, over finitely many states."""
    rows = ["Mailbox: FOO 2 messages, 2 \\Deleted", "Selected: FOO by C1 C2"]
    for client in ("C1", "C2"):
        lines = draw(st.lists(st.sampled_from(LINES), min_size=1, max_size=2 if client == "C1" else 3))
        endless = draw(st.integers(0, len(lines)))
        for number, line in enumerate(lines):
            rows += [f"{client}: forever"] * (number == endless) + [f"{client}: {line}"]
    if draw(st.integers(0, 4)) == 0:
        rows.append("Agent: EXPUNGE FOO 1")
    return parse("random", "\n".join(rows))


TOGGLING = """
Mailbox: FOO 2 messages, 2 \\Deleted
Selected: FOO by C1 C2
C1: EXPUNGE
C1: forever
C1: STORE 1 +FLAGS (\\Flagged)
C1: STORE 1 -FLAGS (\\Flagged)
C2: forever
C2: NOOP
"""
KNOWN = [
    (TOGGLING, flags_first, {TOLD}),
    (TOGGLING.replace("C1: forever\n", ""), flags_first, set()),
    (TOGGLING, server.execute, set()),
    ("C1: APPEND BAR x\nC2: CREATE BAR | NOOP\n", FAULTY["newname-circle"].execute, {RETRY_ENDS}),
    ("C1: APPEND BAR x\nC2: CREATE BAR\n", FAULTY["newname-circle"].execute, set()),
]


@pytest.mark.parametrize(("text", "execute", "expected"), KNOWN)
def test_the_yardstick_tells_them_apart(text: str, execute: Execute, expected: set[str]) -> None:
    scenario = parse("test", text)
    assert yardstick(scenario, graph_under(scenario, AWARE, Profile.parse(), execute)) == expected


@settings(max_examples=60)
@given(scenarios(), st.sampled_from(MANNERS), st.sampled_from(SERVERS), st.sampled_from(PROFILES))
def test_what_goes_on_for_ever_is_what_can_go_round(scenario: Scenario, manner: str, execute: Execute, chosen: str) -> None:
    profile = Profile.parse(chosen)
    found = search(Space(scenario, manner, Universe.of(profile), (), execute))
    doubtful = suspected(found)
    look_for(found, TOLD, RETRY_ENDS)
    broken = set(found.failing) & set(LOOPS)
    assert broken == yardstick(scenario, graph_under(scenario, manner, profile, execute))
    assert broken <= doubtful
    for name in broken:
        for violation in found.violations[name]:
            assert_lasso(found, name, violation, 0)


def assert_lasso(found: Search, name: str, violation: Violation, index: int) -> None:
    """Stem and loop can be taken under that profile; the loop closes, is fair, and breaks the property."""
    space, state = found.space, found.space.start
    for before, edge in (*found.path(violation, index), *violation.loop):
        assert before == state
        taken = (other for other in space.edges(before, 1 << index) if other.sid == edge.sid and other.target == edge.target)
        assert edge.way in [other.way for other in taken]
        state = edge.target
    assert state == violation.state == violation.loop[0][0]
    movers = {edge.sid for _, edge in violation.loop}
    for sid, program in enumerate(space.scenario.programs):
        assert sid in movers or not clients.options(space.participant(state, sid).client, program)
    assert any(BREAKS[name](space, violation.loop, sid) for sid in movers)


def _passed_over(space: Space, loop: tuple[StepFrom, ...], sid: int) -> bool:
    polled = any(edge.sid == sid and isinstance(edge.way.act, (p.Noop, p.Check)) for _, edge in loop)
    return polled and bool(frozenset.intersection(*(news(Place(space, state), sid) for state, _ in loop)))


def _at_it(space: Space, loop: tuple[StepFrom, ...], sid: int) -> bool:
    return all(space.participant(state, sid).client.todo for state, edge in loop if edge.sid == sid)


def _refused(space: Space, loop: tuple[StepFrom, ...], sid: int) -> bool:
    said = {response.status for _, edge in loop for to, response in edge.way.responses
            if to == sid == edge.sid and isinstance(response, p.Tagged)}  # fmt: skip
    return "NO" in said


BREAKS: dict[str, Callable[[Space, tuple[StepFrom, ...], int], bool]] = {
    TOLD: _passed_over, RETRY_ENDS: _at_it, STARVATION: _refused,
}  # fmt: skip


# --- all profiles at once -----------------------------------------------------------------------------------------------


SMALL = Universe({
    decision: strategies if decision in ("delete", "expunge", "store", "tell") else strategies[:1]
    for decision, strategies in DECISIONS.items()
})  # fmt: skip
MIXED = (
    """
Mailbox: FOO 2 messages, 2 \\Deleted
Selected: FOO by C1 C2
C1: EXPUNGE
C1: forever
C1: STORE 1 +FLAGS (\\Flagged)
C1: STORE 1 -FLAGS (\\Flagged)
C2: retry STORE 1:2 +FLAGS (\\Seen)
C2: forever
C2: NOOP
""",
    """
Mailbox: FOO 1 messages
Selected: FOO by C1 C2
C1: retry DELETE FOO
C2: APPEND BAR x
C2: forever
C2: NOOP | CLOSE
""",
)


def explored(text: str, universe: Universe, manner: str, execute: Execute) -> Search:
    """The search of that scenario, with all that can go wrong for ever."""
    found = search(Space(parse("test", text), manner, universe, (), execute))
    look_for(found)
    return found


@pytest.mark.parametrize("execute", [server.execute, flags_first, FAULTY["newname-circle"].execute])
@pytest.mark.parametrize("manner", [NAIVE, AWARE])
@pytest.mark.parametrize("text", MIXED, ids=["store", "delete"])
def test_all_profiles_at_once_are_each_alone(text: str, manner: str, execute: Execute) -> None:
    together = explored(text, SMALL, manner, execute)
    for index in range(SMALL.size):
        alone = explored(text, Universe.of(SMALL.profile(index)), manner, execute)
        for name in LOOPS:
            assert together.failing.get(name, 0) >> index & 1 == alone.failing.get(name, 0)
    for name in set(LOOPS) & set(together.failing):
        for violation in together.violations[name]:
            for index in range(SMALL.size):
                if violation.mask >> index & 1:
                    assert_lasso(together, name, violation, index)


def test_some_of_these_profiles_differ() -> None:
    """The comparison above can fail: what breaks depends on the profile."""
    found = explored(MIXED[0], SMALL, NAIVE, flags_first)
    assert 0 < found.failing[TOLD] < SMALL.all
    assert 0 < found.failing[STARVATION] < SMALL.all
