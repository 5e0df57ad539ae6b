"""Do drawn runs and the state space agree: what can happen, what breaks, and the shortest way to it?

H-STARVATION is left out: only a run without end breaks it, and none is drawn. Clients that need not wait for answers
have tests of their own (`tests/test_generated_ahead.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import hypothesis
import pytest
import simpy
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from hypothesis.stateful import run_state_machine_as_test

from explore.check import faults
from explore.check.faults import FAULTS, Fault, hunt
from explore.generated.runs import DrawnRun, find, interleavings
from explore.generated.scenarios import scene
from explore.generated.stateful import MailboxMachine
from explore.properties.catalogue import PROPERTIES
from explore.properties.hazards import HAZARDS
from explore.properties.property import Scope
from explore.properties.quiescence import diverges
from explore.runs.counterexample import shortest
from explore.runs.transcript_replay import read, replay
from explore.scenario.definition import Scenario
from explore.scenario.notation import builtin, parse
from explore.search.breadth_first import Search, search
from explore.search.counting import count
from explore.simulated.choice_environment import MOVE, REPLY, REQUEST, ChoiceEnvironment, Label
from explore.space.profile_set import Universe
from explore.space.state_space import Space, Transition
from explore.system.moves import Act, Exchange, Move
from explore.system.transition_system import Execute
from model import protocol as p, server
from model.client.belief import AWARE, MANNERS, NAIVE, RECKLESS, REISSUING
from model.protocol.parsing import parse_command
from model.server.decisions import Profile as ServerProfile
from model.server.execution import Outcome
from model.store import ACTIONS
from model.store.mailbox import Mailbox
from model.store.world import World, replace
from model.time.processes import Executed
from stages import DELETED, EXPUNGED
from strategies import Profile

BUILTIN = {scenario.name: scenario for scenario in builtin()}
OUTSIDE = parse(
    "outside",
    """
Mailbox: FOO 2 messages, 1 empty
Selected: FOO by C1
Examined: FOO by C2
C1: STORE 1:2 +FLAGS (\\Deleted)
C1: EXPUNGE
C2: UID FETCH 1:* (FLAGS BODY.PEEK[])
Agent: DELIVER FOO "late"
Agent: EXPUNGE FOO 1
""",
)
TWICE = parse(
    "twice",
    """
Mailbox: FOO 2 messages, 2 \\Deleted
Selected: FOO by C1 C2
C1: EXPUNGE
C1: STORE 1 -FLAGS (\\Seen)
C2: STORE 1:2 +FLAGS (\\Seen)
""",
)
INBOX = parse("inbox", "Mailbox: INBOX 1 messages\nSelected: INBOX by C1 C2\nC1: RENAME INBOX OLD\nC2: NOOP")
SMALL = (EXPUNGED, DELETED, OUTSIDE, TWICE, INBOX)
MISREAD = parse("misread", "Mailbox: FOO 2 messages, 1 \\Deleted\nSelected: FOO by C1\nC1: EXPUNGE\nC1: FETCH 1 FLAGS")
FINITE = (*SMALL, *(BUILTIN[name] for name in ("3-delete", "3-recycle", "3-rename", "4-append", "4-arrivals", "4-three")))
EFFORT = settings(max_examples=500, database=None, deadline=None)
READING = st.sampled_from([parse_command(text) for text in ("NOOP", "EXPUNGE", "FETCH 1:* BODY.PEEK[]")])


def only(spelling: str) -> Universe:
    """Just that profile."""
    return Universe.of(Profile.parse(spelling))


# --- a drawn run is a path, and breaks what the path breaks ---------------------------------------------------------


def agree(run: DrawnRun, execute: Execute = server.execute) -> None:
    """The run is one of the plain system, seen alike, and a path of the state space, with the same violations at the same
    steps."""
    space = Space(run.scenario, run.manner, Universe.of(run.profile), PROPERTIES, execute)
    state, system, now = space.start, space.system, space.system.start()
    broken: dict[str, int] = {}
    for number, (step, seen) in enumerate(zip(run.journal, run.observations, strict=True)):
        edge = next(edge for edge in space.edges(state, 1) if same(space, edge, step, seen.after))
        now = next(after for plain, after in system.apply(now, move_of(step), run.profile) if plain == seen)
        assert space.state_of(now) == edge.target
        for index in edge.way.broken:
            broken.setdefault(PROPERTIES[index].id, number)
        state = edge.target
    assert space.world(state) == run.world
    for sid, participant in enumerate(run.participants):
        in_flight = not run.complete and participant.client.busy is not None
        assert in_flight or space.participant(state, sid) == now.participants[sid] == participant
    if run.complete:
        assert not list(space.edges(state, 1))
        assert not system.enabled(now)
        if any(diverges(system, now, sid, run.profile) for sid in range(len(run.participants))):
            broken["H-CONVERGENCE"] = len(run.journal) - 1
    assert {name: number for name, (number, _) in run.violations.items()} == broken


def move_of(step: Executed) -> Move:
    """That step as a move of the plain system."""
    return Act(step.act) if isinstance(step.act, ACTIONS) else Exchange(step.sid, step.act)


def same(space: Space, edge: Transition, step: Executed, after: World) -> bool:
    done = (edge.sid, edge.way.act, edge.way.responses) == (step.sid, step.act, step.responses)
    return done and space.world(edge.target) == after


@settings(max_examples=250, derandomize=True, deadline=None)
@given(st.data(), st.sampled_from(FINITE), st.booleans())
def test_a_drawn_run_of_a_scenario_is_a_path(data: st.DataObject, scenario: Scenario, late: bool) -> None:
    run = data.draw(interleavings(scenario, late=late))
    assert run.complete
    assert run.scenario == scenario
    agree(run)


@settings(max_examples=250, derandomize=True, deadline=None)
@given(st.data(), st.booleans())
def test_a_drawn_run_of_drawn_programs_is_a_path(data: st.DataObject, late: bool) -> None:
    agree(data.draw(interleavings(agent=True, late=late)))


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.data(), st.sampled_from(FAULTS))
def test_a_drawn_run_of_a_faulty_server_is_a_path(data: st.DataObject, fault: Fault) -> None:
    agree(data.draw(interleavings(profiles=only(fault.profile), execute=fault.execute)), fault.execute)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(interleavings(agent=True))
def test_what_a_run_says_of_itself_can_be_replayed(run: DrawnRun) -> None:
    if run.journal:
        assert replay(read(run.transcript)).ok
    assert f"Profile: {run.profile}\n" in run.transcript
    assert repr(run).endswith(run.transcript)
    for name, (step, reason) in run.violations.items():
        assert f"<{name}, step {step + 1}: {reason}>" in run.transcript


def test_a_failing_test_shows_the_transcript() -> None:
    @settings(derandomize=True, deadline=None, database=None, phases=[Phase.generate])
    @given(interleavings(BUILTIN["3-quiet"], profiles=only("delete=3.3")))
    def nobody_is_thrown_out(run: DrawnRun) -> None:
        assert not run.violations

    with pytest.raises(AssertionError) as caught:
        nobody_is_thrown_out()
    shown = "\n".join(caught.value.__notes__)
    assert "Profile: delete=3.3" in shown
    assert "S2: * BYE" in shown
    assert "<H-THROWN-OUT, step" in shown


@settings(max_examples=50, derandomize=True, deadline=None)
@given(st.integers(0, 8), st.data())
def test_a_run_that_is_cut_says_so(steps: int, data: st.DataObject) -> None:
    run = data.draw(interleavings(BUILTIN["5-starve-store"], steps=steps))
    assert not run.complete
    assert len(run.journal) == steps
    agree(run)


# --- small cases are exhausted --------------------------------------------------------------------------------------


def exhausted(
    scenario: Scenario, spelling: str, late: bool = False, execute: Execute = server.execute
) -> tuple[set[tuple[Executed, ...]], int]:
    """Every different journal, and how many runs Hypothesis needed until it knew that it had made them all."""
    most = 5000
    journals = []

    @settings(
        max_examples=most, database=None, derandomize=True, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(interleavings(scenario, profiles=only(spelling), manners=(NAIVE,), late=late, execute=execute))
    def make(run: DrawnRun) -> None:
        journals.append(tuple(step._replace(at=0.0) for step in run.journal))

    make()
    assert len(journals) < most
    return set(journals), len(journals)


ONE_EACH = parse("one each", "Mailbox: FOO 2 messages\nSelected: FOO by C1 C2\nC1: STORE 1 +FLAGS (\\Seen)\nC2: NOOP")
TWO_EACH = parse(
    "two each",
    "Mailbox: FOO 2 messages, 1 \\Deleted\nSelected: FOO by C1 C2\nC1: NOOP | EXPUNGE\nC1: CHECK\nC2: FETCH 1 UID\nC2: NOOP",
)
THREE_IN_ALL = parse(
    "three in all",
    "Mailbox: FOO 2 messages, 1 \\Deleted\nSelected: FOO by C1 C2\nC1: NOOP\nC1: EXPUNGE\nC2: FETCH 1 UID",
)
ALL_THREE = parse("three", "C1: CREATE FOO\nC2: CREATE FOO | DELETE FOO\nC3: STATUS FOO (MESSAGES)\nAgent: DELIVER FOO x")


@pytest.mark.parametrize(
    ("scenario", "spelling", "number"),
    [
        (ONE_EACH, "default", 2), (TWO_EACH, "default", 12), (TWO_EACH, "tell=any", None), (ALL_THREE, "default", 48),
        (EXPUNGED, "default", None), (EXPUNGED, "tell=any", None), (DELETED, "delete=3.3", None),
        (DELETED, "delete=3.3,disconnect=late", None),
    ],
    ids=lambda value: getattr(value, "name", value),
)  # fmt: skip
def test_hypothesis_makes_every_run_once_and_stops(scenario: Scenario, spelling: str, number: int | None) -> None:
    expected = count(search(Space(scenario, NAIVE, only(spelling), ())))
    journals, runs = exhausted(scenario, spelling)
    assert number in (None, expected)
    assert len(journals) == expected
    assert runs == expected


def test_an_outcome_that_is_there_twice_is_one_choice() -> None:
    def twice(world: World, sid: int, command: p.Command, strategy: ServerProfile) -> tuple[Outcome, ...]:
        return server.execute(world, sid, command, strategy) * 2

    assert exhausted(TWO_EACH, "tell=any", execute=twice) == exhausted(TWO_EACH, "tell=any")


@pytest.mark.parametrize("scenario", [ONE_EACH, THREE_IN_ALL], ids=lambda scenario: scenario.name)
def test_late_messages_make_no_other_runs(scenario: Scenario) -> None:
    """What the explorer relies on: for clients in lockstep only the server's order matters."""
    late, runs = exhausted(scenario, "default", late=True)
    assert late == exhausted(scenario, "default")[0]
    assert runs > len(late)


def faced() -> Iterator[Profile]:
    """The profiles that differ where RENAME of an INBOX that another has open, and that one's NOOP, can tell."""
    for rename in ("3.1", "3.3", "3.4", "3.4-newname"):
        for disconnect in ("now", "late") if rename == "3.3" else ("now",):
            for tell in ("eager", "lazy", "any") if rename != "3.1" else ("eager",):
                yield Profile.parse(f"rename={rename},disconnect={disconnect},tell={tell}")


def test_a_choice_that_the_server_never_faces_is_not_drawn() -> None:
    profiles = set()

    @settings(max_examples=500, database=None, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(interleavings(INBOX, manners=(NAIVE,)))
    def make(run: DrawnRun) -> None:
        profiles.add(str(run.profile))

    make()
    assert profiles == {str(profile) for profile in faced()}


# --- the same hazards, by as short a way ----------------------------------------------------------------------------


@cache
def searched(scenario: Scenario, manner: str) -> Search:
    """The exhaustive search under all profiles at once."""
    return search(Space(scenario, manner, Universe(), PROPERTIES))


def lengths(scenario: Scenario, manner: str) -> dict[str, int]:
    """For each property that breaks, the fewest steps to it that there are."""
    found = searched(scenario, manner)
    ways = {name: shortest(found, name, found.space.universe.all) for name in found.failing}
    return {name: len(found.path(*way)) for name, way in ways.items() if way is not None}


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("scenario", SMALL, ids=lambda scenario: scenario.name)
def test_it_finds_every_hazard_that_there_is_by_a_shortest_way(scenario: Scenario, manner: str) -> None:
    expected = lengths(scenario, manner)
    assert expected
    for name in [prop.id for prop in PROPERTIES if prop.scopes != {Scope.LOOP}]:
        if name in expected:
            run = find(name, scenario, manner=manner, settings=EFFORT)
            assert run is not None, name
            assert len(run.journal) == expected[name], name
            assert run.violations[name][0] == expected[name] - 1
            assert searched(scenario, manner).failing[name] >> Universe().index(run.profile) & 1
            assert replay(read(run.transcript)).ok


def test_these_are_all_hazards_but_starvation() -> None:
    broken = {name for scenario in SMALL for manner in MANNERS for name in lengths(scenario, manner)}
    assert list(lengths(MISREAD, RECKLESS)) == ["H-WRONG-MESSAGE"]
    assert broken | set(lengths(MISREAD, RECKLESS)) == {prop.id for prop in HAZARDS.properties} - {"H-STARVATION"}
    assert find("H-WRONG-MESSAGE", MISREAD, manner=RECKLESS, settings=EFFORT) is not None
    with pytest.raises(ValueError, match="H-STARVATION"):
        find("H-STARVATION", EXPUNGED)


def test_it_finds_nothing_where_there_is_nothing() -> None:
    for scenario in (EXPUNGED, TWICE):
        assert find("H-PHANTOM", scenario, profile="fetch=4.1.2", settings=EFFORT) is None
        assert find("H-THROWN-OUT", scenario, manner=AWARE, settings=EFFORT) is None
    assert find("H-DOUBLE", TWICE, manner=AWARE, settings=EFFORT) is None
    assert find("H-DOUBLE", TWICE, manner=REISSUING, profile="store=4.2.4", settings=EFFORT) is None


def test_the_same_seed_finds_the_same_run() -> None:
    one, other = (find("H-COLLATERAL", profile="default", settings=EFFORT, seed=7) for _ in range(2))
    assert one is not None
    assert one.transcript == getattr(other, "transcript", None)


def test_a_drawn_scenario_shrinks_to_what_matters() -> None:
    run = find("H-COLLATERAL", clients=4, messages=4, settings=EFFORT)
    assert run is not None
    assert [str(line) for line in run.transcript.splitlines() if line.startswith("C")] == [
        "C1: A001 STORE 1:* +FLAGS (\\Deleted)", "C2: B001 EXPUNGE",
    ]  # fmt: skip
    assert run.scenario.bound == {"clients": 2, "messages": 1, "commands": 2}
    assert str(run.profile) == "default"


def test_the_simplest_run_is_one_client_that_says_noop() -> None:
    run = hypothesis.find(interleavings(), lambda run: run.complete, settings=EFFORT)
    assert run.transcript.splitlines()[2:] == [
        "Mailbox: FOO 1 messages", "Mailbox: FRED", "Selected: FOO by C1", "", "<the clients are naive>", "C1: A001 NOOP",
        "S1: A001 OK NOOP completed",
    ]  # fmt: skip


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.data(), st.sampled_from([fault for fault in FAULTS if fault.name in ("expunge-unasked", "talks-after-bye")]))
def test_what_comes_late_is_believed_in_the_order_of_the_wire(data: st.DataObject, fault: Fault) -> None:
    run = data.draw(interleavings(profiles=only(fault.profile), execute=fault.execute, late=True, commands=READING))
    last = {seen.sid: number for number, seen in enumerate(run.observations)}
    for sid, number in last.items():
        if run.complete and not any(to == sid for seen in run.observations[number + 1 :] for to, _ in seen.others):
            assert run.observations[number].client_after == run.participants[sid].client


# --- beyond the exhaustive bound ------------------------------------------------------------------------------------


def crowded(world: World, sid: int, command: p.Command, strategy: ServerProfile) -> tuple[Outcome, ...]:
    """A server that, when four have a mailbox open, does not tell the one that expunges."""
    box = world.open_in(sid)
    crowd = box is not None and len(world.users_of(box.id, besides=sid)) >= 3
    fault = next(fault for fault in FAULTS if fault.name == "expunge-unreported")
    return (fault.execute if crowd else server.execute)(world, sid, command, strategy)


def worn(world: World, sid: int, command: p.Command, strategy: ServerProfile) -> tuple[Outcome, ...]:
    """A server whose UIDs stop at 8."""
    return tuple(
        outcome._replace(world=_worn(outcome.world)) for outcome in server.execute(world, sid, command, strategy)
    )


def _worn(world: World) -> World:
    for box in world.mailboxes:
        if box.uidnext > 9:
            world = replace(world, _stuck(box))
    return world


def _stuck(box: Mailbox) -> Mailbox:
    messages = tuple(message._replace(uid=min(message.uid, 8)) for message in box.messages)
    return box._replace(messages=messages, uidnext=9)


APPENDING = st.sampled_from([parse_command(text) for text in ("NOOP", 'APPEND FOO "new"', "STORE 1 +FLAGS (\\Seen)")])


def test_it_finds_a_fault_that_takes_four_clients() -> None:
    fault = Fault("crowded", "", "O-EXPUNGE-REPORTED", "default", crowded)
    assert not hunt(fault, SMALL).violated
    assert max(scenario.bound["clients"] for scenario in BUILTIN.values()) < 4
    run = find(fault.breaks, execute=crowded, clients=4, profile=fault.profile, settings=EFFORT)
    assert run is not None
    assert len(run.participants) == 4
    assert len(run.journal) <= 2
    assert find(fault.breaks, execute=crowded, clients=3, profile=fault.profile, settings=EFFORT) is None


def test_it_finds_a_fault_that_takes_eight_commands() -> None:
    fault = Fault("worn", "", "O-UID", "default", worn)
    assert not hunt(fault, SMALL).violated
    run = find(
        fault.breaks, execute=worn, messages=1, profile=fault.profile, commands=APPENDING, steps=20, settings=EFFORT
    )
    assert run is not None
    assert [step.act for step in run.journal] == [parse_command('APPEND FOO "new"')] * 8
    assert len(run.participants) == 1


@pytest.mark.parametrize("name", ["no-view", "store-without-view", "expunge-twice", "flags-lost", "deaf-noop"])
def test_it_finds_seeded_faults_in_drawn_programs(name: str) -> None:
    fault = next(fault for fault in faults.FAULTS if fault.name == name)
    run = find(fault.breaks, execute=fault.execute, profile=fault.profile, settings=EFFORT)
    assert run is not None
    assert fault.breaks in run.violations


# --- the state machine ----------------------------------------------------------------------------------------------

MACHINE = settings(
    max_examples=60, stateful_step_count=15, derandomize=True, deadline=None, database=None,
    phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.mark.parametrize("spelling", ["default", "tell=any,fetch=4.1.3,delete=3.3,rename=3.4", "delete=3.2,rename=3.3"])
def test_the_machine_accuses_no_right_server(spelling: str) -> None:
    class Right(MailboxMachine):
        profile = spelling
        manner = AWARE

    run_state_machine_as_test(Right, settings=MACHINE)


def test_the_machine_finds_a_faulty_server_and_shows_the_transcript() -> None:
    class Faulty(MailboxMachine):
        profile = "tell=lazy"
        execute = next(fault for fault in FAULTS if fault.name == "deaf-noop").execute

    with pytest.raises(AssertionError, match="O-TOLD") as caught:
        run_state_machine_as_test(Faulty, settings=MACHINE)
    notes = "\n".join(caught.value.__notes__)
    assert "Profile: tell=lazy\nMailbox: FOO" in notes
    assert "C1: A001 NOOP\nS1: A001 OK" in notes


def test_the_machine_finds_a_hazard_only_if_it_is_forbidden() -> None:
    class Allowed(MailboxMachine):
        profile = "fetch=4.1.3"
        commands = READING

    class Forbidden(Allowed):
        forbid = ("H-PHANTOM",)

    run_state_machine_as_test(Allowed, settings=MACHINE)
    with pytest.raises(AssertionError, match="H-PHANTOM"):
        run_state_machine_as_test(Forbidden, settings=MACHINE)


def test_a_machine_forbids_only_hazards_of_single_steps() -> None:
    class Endless(MailboxMachine):
        forbid = ("H-STARVATION",)

    with pytest.raises(ValueError, match="H-STARVATION"):
        Endless.properties()


# --- choice points --------------------------------------------------------------------------------------------------


def waiting(env: ChoiceEnvironment, label: Label, heard: list[Label]) -> Iterator[simpy.Event]:
    yield env.choice(label)
    heard.append(label)


def chosen_in_turn(labels: list[Label]) -> tuple[list[tuple[Label, ...]], list[Label]]:
    """What was asked, and what happened, if always the last possibility is taken."""
    asked: list[tuple[Label, ...]] = []
    heard: list[Label] = []

    def choose(possible: tuple[Label, ...]) -> Label:
        asked.append(possible)
        return possible[-1]

    env = ChoiceEnvironment(choose)
    for label in labels:
        env.process(waiting(env, label, heard))  # type: ignore[arg-type]
    env.run()
    return asked, heard


def test_possibilities_come_simplest_first() -> None:
    labels = [Label(-1, MOVE), Label(2, MOVE), Label(0, MOVE), Label(2, REPLY), Label(2, REQUEST), Label(1, MOVE)]
    asked, heard = chosen_in_turn(labels)
    assert asked[0] == (Label(0, MOVE), Label(1, MOVE), Label(2, REQUEST), Label(2, REPLY), Label(2, MOVE), Label(-1, MOVE))
    assert asked[2] == (Label(2, REQUEST), Label(2, REPLY), Label(0, MOVE), Label(1, MOVE))
    assert sorted(heard) == sorted(labels)


def test_what_has_no_label_happens_first_and_in_its_own_order() -> None:
    heard: list[Any] = []
    env = ChoiceEnvironment(lambda possible: possible[0])

    def sleeper(seconds: float) -> Iterator[simpy.Event]:
        yield env.timeout(seconds)
        heard.append(seconds)

    env.process(waiting(env, Label(0, MOVE), heard))  # type: ignore[arg-type]
    for seconds in (2.0, 1.0):
        env.process(sleeper(seconds))  # type: ignore[arg-type]
    env.run()
    assert heard == [1.0, 2.0, Label(0, MOVE)]


def test_what_is_withdrawn_does_not_happen() -> None:
    env = ChoiceEnvironment(lambda possible: None)
    event = env.choice(Label(0, MOVE))
    assert env.possible == (Label(0, MOVE),)
    env.withdraw(Label(0, MOVE), event)
    assert not env.possible


class Refusal(Exception):
    """An exception that is not made of its arguments: SimPy's copy of it is another one."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"<{reason}>")
        self.reason = reason


def test_exceptions_come_out_as_they_are() -> None:
    cause, error = ValueError("why"), Refusal("no")

    def failing(env: simpy.Environment) -> Iterator[simpy.Event]:
        yield env.timeout(1)
        raise error from cause

    env = ChoiceEnvironment(lambda possible: None)
    env.process(failing(env))  # type: ignore[arg-type]
    with pytest.raises(Refusal) as caught:
        env.run()
    assert caught.value is error
    assert caught.value.__cause__ is cause


def test_a_scene_is_what_it_says() -> None:
    scenario = scene(2, ("", "\\Deleted", "empty"))
    assert scenario.header == (
        "Mailbox: FOO 3 messages, 2 \\Deleted, 3 empty", "Mailbox: FRED", "Selected: FOO by C1 C2",
    )  # fmt: skip
    assert [message.content for message in scenario.world.mailboxes[1].messages] == ["foo1", "foo2", ""]
    assert len(scenario.world.sessions) == 2
