"""Do drawn runs and the state space agree about clients that send ahead? (RFC 3501 §5.5, RFC 2180 §4.4)"""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from hypothesis.stateful import run_state_machine_as_test

from explore.check.checking import check
from explore.generated.cross_check import AGREES, compare
from explore.generated.runs import DrawnRun, find, interleavings
from explore.generated.stateful import MailboxMachine
from explore.properties.catalogue import PROPERTIES
from explore.properties.property import Scope
from explore.properties.quiescence import diverges
from explore.runs.counterexample import shortest, tell
from explore.runs.run import play
from explore.runs.schedule import Schedule, ScheduledMove
from explore.runs.transcript_replay import read, replay
from explore.scenario.definition import Scenario
from explore.scenario.notation import builtin, parse
from explore.search.breadth_first import Search, search
from explore.simulated.account import Account
from explore.space.profile_set import Universe
from explore.space.state_space import REDUCTIONS, Space
from explore.space.transitions import State
from explore.system.channel import WINDOW
from explore.system.ground_truth import AGENT
from explore.system.moves import Receipt, Sent
from model import protocol as p, server
from model.client.belief import ALL_MANNERS, DISCIPLINES, MANNERS, NAIVE, PIPELINING, RECKLESS
from model.protocol.parsing import parse_command
from model.store import agent
from model.time.processes import Executed
from strategies import Profile

WRONG = next(prop for prop in PROPERTIES if prop.id == "H-WRONG-MESSAGE")
BUILTIN = next(scenario for scenario in builtin() if scenario.name == "5-pipelining")
SMALL = parse(
    "small",
    """
Mailbox: FOO 2 messages, 1 \\Deleted
Selected: FOO by C1 C2
C1: EXPUNGE
C2: NOOP | SEARCH 1
C2: FETCH 1 FLAGS | UID FETCH 1 FLAGS
""",
)
OUTSIDE = parse(
    "outside",
    """
Mailbox: FOO 3 messages, 2 \\Deleted
Selected: FOO by C1 C2
C1: EXPUNGE | DELETE FOO
C1: STORE 2 +FLAGS (\\Seen) | SELECT FOO
C2: CHECK | CLOSE
C2: COPY 3 FOO | NOOP
C2: SEARCH 1 | LOGOUT
Agent: EXPUNGE FOO 1
""",
)
EVERY = (BUILTIN, SMALL, OUTSIDE)
EFFORT = settings(max_examples=500, database=None, deadline=None)
TIMID = settings(max_examples=150, database=None, deadline=None)


def only(spelling: str) -> Universe:
    """Just that profile."""
    return Universe.of(Profile.parse(spelling))


# --- a drawn run is a schedule, and breaks what the schedule breaks -------------------------------------------------


def schedule(run: DrawnRun) -> Schedule:
    """That run as a schedule: which answer came, and what was not read."""
    moves, world = [], run.scenario.world
    for step, seen, unread in zip(run.journal, run.observations, run.unread, strict=True):
        number = 0
        if not isinstance(step.act, agent.ACTIONS):
            outcomes = server.execute(world, step.sid, step.act, run.profile)
            number = outcomes.index(server.Outcome(seen.after, step.responses))
        moves.append(ScheduledMove(step.sid, step.act, number, unread))
        world = seen.after
    return Schedule(WRONG.id, run.scenario, run.manner, run.profile, tuple(moves))


def agree(run: DrawnRun) -> None:
    """The run can be played in the state space, and is seen alike there, with the same violations at the same steps."""
    played = play(schedule(run))
    assert played.blocked_at is None
    assert [turn.step for turn in played.turns] == list(run.observations)
    end, system = played.after(-1), played.system
    assert played.world(-1) == run.world
    expected = {
        prop.id: broken.turn - 1 for prop in PROPERTIES
        if Scope.STEP in prop.scopes and (broken := played.broken(prop)) is not None
    }  # fmt: skip
    assert system.takes_time
    assert end.participants == run.participants
    if run.complete and any(diverges(system, end, sid, run.profile) for sid in range(len(run.participants))):
        expected["H-CONVERGENCE"] = len(run.journal) - 1
    assert {name: step for name, (step, _) in run.violations.items()} == expected


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.data(), st.sampled_from(EVERY))
def test_a_drawn_run_of_a_scenario_is_in_the_state_space(data: st.DataObject, scenario: Scenario) -> None:
    run = data.draw(interleavings(scenario, manners=DISCIPLINES))
    assert run.complete
    agree(run)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(interleavings(agent=True, manners=DISCIPLINES))
def test_a_drawn_run_of_drawn_programs_is_in_the_state_space(run: DrawnRun) -> None:
    agree(run)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(interleavings(agent=True, manners=DISCIPLINES, late=True))
def test_where_requests_are_late_as_well_the_server_sees_the_same(run: DrawnRun) -> None:
    """What a client has sent since, it only knows itself."""
    played = play(schedule(run))
    assert played.blocked_at is None
    for turn, seen in zip(played.turns, run.observations, strict=True):
        assert turn.step is not None
        same = turn.step._replace(client=seen.client, client_after=seen.client_after)
        assert same == seen


@settings(max_examples=100, derandomize=True, deadline=None)
@given(interleavings(agent=True, manners=DISCIPLINES), st.booleans())
def test_what_a_run_says_of_itself_can_be_replayed(run: DrawnRun, late: bool) -> None:
    if run.journal:
        assert replay(read(run.transcript)).ok
    assert f"<the clients are {run.manner}>" in run.transcript


def test_counting_by_what_is_on_its_way_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison can fail: here a client counts at once what it has not read yet."""

    def early(self: Account, counted: object = None) -> None:
        self.coming.append(self.counted if counted is None else counted)  # type: ignore[arg-type]
        self.counted = self.coming[-1]
        self.told += 1

    monkeypatch.setattr(Account, "hears", early)

    @settings(derandomize=True, deadline=None, database=None, phases=[Phase.generate])
    @given(interleavings(SMALL, manners=(RECKLESS,)))
    def make(run: DrawnRun) -> None:
        agree(run)

    with pytest.raises(AssertionError):
        make()
    assert find(WRONG.id, SMALL, manner=RECKLESS, settings=TIMID) is None


def test_drawn_runs_reach_what_is_new_about_them() -> None:
    """Commands are in progress two at a time and never more; answers are read before, between and after them."""
    most: set[int] = set()
    unread: set[int] = set()

    @settings(max_examples=100, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
    @given(interleavings(OUTSIDE, manners=(RECKLESS,)))
    def make(run: DrawnRun) -> None:
        most.update(len(seen.client.ahead) + 1 for seen in run.observations if seen.sid != AGENT)
        unread.update(run.unread)

    make()
    assert max(most) <= WINDOW
    assert {0, 1, 2, 3} <= unread


# --- small cases are exhausted --------------------------------------------------------------------------------------

Steps = tuple[tuple[int, object, object], ...]


def journals(scenario: Scenario, manner: str) -> set[Steps]:
    """Every order in which the server can be asked, with its answers, by the state space without any reduction; what is
    sent to a server that has closed the connection is lost."""
    space = Space(scenario, manner, only("default"), ())
    found: set[Steps] = set()
    known: set[tuple[State, Steps]] = set()
    left: list[tuple[State, Steps]] = [(space.start, ())]
    while left:
        state, steps = left.pop()
        edges = list(space.edges(state, 1))
        if not edges:
            found.add(steps)
        for edge in edges:
            act = edge.way.act
            served = not isinstance(act, (Sent, Receipt)) and (edge.sid == AGENT or edge.way.responses)
            after = (edge.target, (*steps, (edge.sid, act, edge.way.responses)) if served else steps)
            if after not in known:
                known.add(after)
                left.append(after)
    return found


def exhausted(scenario: Scenario, manner: str, late: bool) -> set[Steps]:
    """The same by Hypothesis, which stops by itself when there are no other runs."""
    most, made = 4000, []

    @settings(
        max_examples=most, database=None, derandomize=True, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(interleavings(scenario, profiles=only("default"), manners=(manner,), late=late, properties=()))
    def make(run: DrawnRun) -> None:
        made.append(steps_of(run.journal))

    make()
    assert len(made) < most
    return set(made)


def steps_of(journal: tuple[Executed, ...]) -> Steps:
    return tuple((step.sid, step.act, step.responses) for step in journal)


TINY = parse(
    "tiny", "Mailbox: FOO 2 messages, 1 \\Deleted\nSelected: FOO by C1 C2\nC1: EXPUNGE\nC2: NOOP\nC2: FETCH 1 FLAGS"
)
LEAVING = parse(
    "leaving", "Mailbox: FOO 1 messages\nSelected: FOO by C1\nC1: NOOP | LOGOUT\nC1: CLOSE\nAgent: DELIVER FOO x"
)


@pytest.mark.parametrize(
    ("scenario", "late"), [(TINY, False), (LEAVING, False), (LEAVING, True)], ids=["tiny", "leaving", "leaving, late"]
)
@pytest.mark.parametrize("manner", DISCIPLINES)
def test_hypothesis_makes_every_run_that_there_is(scenario: Scenario, late: bool, manner: str) -> None:
    assert exhausted(scenario, manner, late) == journals(scenario, manner)


# --- the same hazard, by as short a way -----------------------------------------------------------------------------


@cache
def searched(scenario: Scenario, manner: str) -> Search:
    """The exhaustive search under all profiles at once."""
    return search(Space(scenario, manner, Universe(), (WRONG,), reductions=REDUCTIONS))


@pytest.mark.parametrize("late", [False, True], ids=["atomic-requests", "late"])
@pytest.mark.parametrize("scenario", EVERY, ids=lambda scenario: scenario.name)
def test_it_finds_the_misunderstanding_by_a_shortest_way(scenario: Scenario, late: bool) -> None:
    found = searched(scenario, RECKLESS)
    best = shortest(found, WRONG.id, found.space.universe.all)
    assert best is not None
    run = find(WRONG.id, scenario, manner=RECKLESS, settings=EFFORT, late=late)
    assert run is not None
    assert len(run.journal) == len(tell(found, WRONG, *best).schedule.moves)
    assert run.violations[WRONG.id][0] == len(run.journal) - 1
    assert found.failing[WRONG.id] >> Universe().index(run.profile) & 1
    assert run.unread[-1] > 0
    speaker = f"C{run.journal[-1].sid + 1}"
    assert f"<{speaker} sends this before it has read the answers to what it sent before>" in run.transcript
    assert replay(read(run.transcript)).ok


@pytest.mark.parametrize("scenario", EVERY, ids=lambda scenario: scenario.name)
def test_it_finds_none_where_there_is_none(scenario: Scenario) -> None:
    for manner in (NAIVE, PIPELINING):
        assert WRONG.id not in searched(scenario, manner).failing
        assert find(WRONG.id, scenario, manner=manner, settings=TIMID) is None
    rest = Universe().all & ~searched(scenario, RECKLESS).failing[WRONG.id]
    if rest:
        spared = str(Universe().simplest(rest))
        assert find(WRONG.id, scenario, manner=RECKLESS, profile=spared, settings=TIMID) is None


def test_some_profile_is_spared() -> None:
    """The check above has something to look at."""
    assert any(Universe().all & ~searched(scenario, RECKLESS).failing[WRONG.id] for scenario in EVERY)


def test_who_obeys_half_of_the_rule_is_misunderstood(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 3501 §5.5."""
    monkeypatch.setattr("explore.system.channel.may_follow", lambda earlier, later: True)
    assert find(WRONG.id, SMALL, manner=PIPELINING, settings=EFFORT) is not None


READING = st.sampled_from([parse_command(text) for text in ("NOOP", "EXPUNGE", "FETCH 1 FLAGS")])


def test_it_is_found_in_drawn_programs_too() -> None:
    run = find(WRONG.id, manner=RECKLESS, clients=1, messages=2, commands=READING, settings=EFFORT)
    assert run is not None
    assert [step.act for step in run.journal] == [p.Expunge(), parse_command("FETCH 1 FLAGS")]
    assert find(WRONG.id, manner=PIPELINING, agent=True, messages=2, commands=READING, settings=TIMID) is None


def test_a_client_waits_unless_it_is_asked_not_to() -> None:
    """The default manners are those of clients that wait."""
    manners: set[str] = set()

    @settings(max_examples=40, derandomize=True, database=None, deadline=None)
    @given(interleavings(SMALL))
    def make(run: DrawnRun) -> None:
        manners.add(run.manner)
        assert not any(run.unread)
        assert len(run.unread) == len(run.journal)

    make()
    assert manners == set(MANNERS)


# --- agreement with a report ----------------------------------------------------------------------------------------


def test_drawn_runs_agree_with_a_report_about_clients_that_send_ahead() -> None:
    small = SMALL._replace(manners=DISCIPLINES)
    report = check((small, TINY), properties=(WRONG,))
    assert report.manners == ALL_MANNERS
    (found,) = compare(report, (WRONG,), runs=60).values()
    assert (found.agrees, found.words) == (True, AGREES)


def test_a_report_that_acquits_a_manner_wrongly_is_contradicted() -> None:
    report = check((SMALL._replace(manners=DISCIPLINES),), properties=(WRONG,))
    broken = report.failing[WRONG.id]
    broken[RECKLESS] = 1 << report.universe.index(report.counterexamples[WRONG.id].profile)
    (found,) = compare(report, (WRONG,), runs=60).values()
    assert found.agrees is False
    assert found.run is not None
    assert found.run.manner == RECKLESS


def test_a_report_that_says_that_it_holds_is_contradicted() -> None:
    report = check((SMALL._replace(manners=DISCIPLINES),), properties=(WRONG,))
    report.failing.clear()
    (found,) = compare(report, (WRONG,), runs=100).values()
    assert found.agrees is False


# --- the state machine ----------------------------------------------------------------------------------------------

MACHINE = settings(
    max_examples=60, stateful_step_count=12, derandomize=True, deadline=None, database=None,
    phases=[Phase.generate], suppress_health_check=list(HealthCheck),
)  # fmt: skip


class Ahead(MailboxMachine):
    """Clients that send what they like when they like."""

    manner = RECKLESS
    messages = 2
    commands = READING
    forbid = (WRONG.id,)


def test_the_machine_plays_clients_that_send_ahead() -> None:
    class Obeying(Ahead):
        manner = PIPELINING

    run_state_machine_as_test(Obeying, settings=MACHINE)
    with pytest.raises(AssertionError, match=WRONG.id) as caught:
        run_state_machine_as_test(Ahead, settings=MACHINE)
    assert "sends this before it has read the answers" in "\n".join(caught.value.__notes__)
