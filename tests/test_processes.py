"""Do the SimPy processes and the explorer agree, and does time do only what time may do? (`model.time.processes`)

Every run of the processes is a path of the state space, told alike; every explored path is a run of the processes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from commands import start
from hypothesis import Phase, given, settings, strategies as st

from explore.properties.property import HAZARD, Property
from explore.runs.counterexample import tell
from explore.runs.transcript_replay import read, replay
from explore.scenario.definition import Scenario
from explore.scenario.notation import builtin, parse
from explore.search.breadth_first import Search, Violation
from explore.space.profile_set import Universe
from explore.space.state_space import Space, Transition
from explore.space.transitions import State
from explore.system.ground_truth import AGENT
from model import protocol as p, server
from model.client.belief import AWARE, MANNERS, NAIVE, REISSUING
from model.server.execution import Outcome
from model.store import agent
from model.store.agent import Action
from model.store.world import World
from model.time import processes
from model.time.channel import Reply
from model.time.processes import Connection, Ended, Latency, Process, Simulation, User, fixed, programmed, script
from strategies.profile import Profile

FINITE = tuple(scenario for scenario in builtin() if not scenario.endless)
SPELLINGS = (
    "default",
    "tell=any",
    "tell=lazy,order=descending",
    "delete=3.2,rename=3.4-newname,fetch=4.1.2,store=4.2.4,copy=4.4.2,tell=any",
    "delete=3.3,rename=3.3,fetch=4.1.3",
    "delete=3.3,rename=3.3,disconnect=late,tell=any",
    "delete=3.2,rename=3.4,expunge=4.1.4,search=ghosts,beyond=no",
)
TINY = parse(
    "tiny",
    """
Mailbox: FOO 3 messages, 2 \\Deleted
Selected: FOO by C1 C2

C1: EXPUNGE | DELETE FOO
C2: STORE 1:2 +FLAGS (\\Seen)
Agent: DELIVER FOO "late" | EXPUNGE FOO 1
""",
)
TWO = parse(
    "two",
    """
Mailbox: FOO 2 messages, 2 \\Deleted
Selected: FOO by C1 C2

C1: EXPUNGE
C2: UID STORE 1 FLAGS.SILENT (\\Seen)
C2: CHECK
C1: FETCH 1 UID
""",
)
PROPERTY = Property("H-TOLD", HAZARD, "A path is told.", "these tests", None)
Path = list[tuple[State, Transition]]


# --- a run is a path ------------------------------------------------------------------------------------------------


def any_time(most: float) -> Latency:
    """A latency between 0 and that; often 0, so that many things happen at once."""
    return lambda source: source.choice((0.0, 0.0, source.uniform(0, most)))


def simulated(scenario: Scenario, manner: str, profile: Profile, seed: int, most: float) -> Simulation:
    """A run of that scenario, with random latencies, thinking, and waits of the agent."""
    simulation = Simulation(scenario.world, profile, seed, any_time(most), any_time(most))
    for sid, program in enumerate(scenario.programs):
        simulation.add(sid, programmed(program, manner, any_time(3 * most)))
    draw = random.Random(seed)
    simulation.add_agent([(draw.uniform(0, 5 * most), draw.choice(choices)) for choices in scenario.agent])
    simulation.run()
    return simulation


def followed(space: Space, simulation: Simulation) -> Path:
    """The journal as a path of the state space; fails where a step is no edge."""
    state = space.start
    path: Path = []
    for step in simulation.journal:
        edges = [
            edge
            for edge in space.edges(state, space.universe.all)
            if (edge.sid, edge.branch.act, edge.branch.responses) == (step.sid, step.act, step.responses)
        ]
        assert edges, f"no such edge: {step}"
        path.append((state, edges[0]))
        state = edges[0].target
    return path


def end_of(space: Space, path: Path) -> State:
    return path[-1][1].target if path else space.start


def told(space: Space, path: Path) -> str:
    """That path as the explorer writes a counterexample."""
    found = Search(space)
    for state, edge in path:
        found.parents.setdefault(edge.target, []).append((edge.mask, state, edge))
    state, edge = path[-1]
    lowest = (edge.mask & -edge.mask).bit_length() - 1
    return tell(found, PROPERTY, Violation(edge.mask, state, edge), lowest).text


def conversation(text: str) -> list[str]:
    """A transcript without headers, remarks and empty lines."""
    return [line for line in text.splitlines() if line.startswith(("C", "S", "Agent:")) and not line.startswith("Selected")]


def agree(scenario: Scenario, manner: str, profile: Profile, seed: int, most: float) -> None:
    """That run is a path, which ends alike and is told alike; what is told can be replayed."""
    simulation = simulated(scenario, manner, profile, seed, most)
    space = Space(scenario, manner, Universe.of(profile), ())
    path = followed(space, simulation)
    state = end_of(space, path)
    assert space.world(state) == simulation.world
    assert not list(space.edges(state, space.universe.all)), "the run stopped too early"
    for connection in simulation.connections:
        if not connection.link.replies:
            assert connection.believes == space.actor(state, connection.sid).client
    text = told(space, path)
    assert conversation(text) == simulation.transcript()
    assert replay(read(text)).ok


@settings(max_examples=200)
@given(
    st.sampled_from(FINITE), st.sampled_from(MANNERS), st.sampled_from(SPELLINGS), st.integers(0, 2**32),
    st.sampled_from((0.0, 1.0)),
)  # fmt: skip
def test_every_run_is_a_path(scenario: Scenario, manner: str, spelling: str, seed: int, most: float) -> None:
    agree(scenario, manner, Profile.parse(spelling), seed, most)


def search_for_disagreement() -> None:
    """Random runs, ended by the first that is no path."""

    @settings(max_examples=100, database=None, phases=[Phase.generate], derandomize=True)
    @given(st.sampled_from(FINITE), st.integers(0, 2**32))
    def check(scenario: Scenario, seed: int) -> None:
        agree(scenario, NAIVE, Profile.parse("tell=any"), seed, 1.0)

    check()


def loses_the_last(world: World, sid: int, command: p.Command, strategy: Any) -> tuple[Outcome, ...]:
    """A server that forgets the last response to others and itself now and then."""
    outcomes = server.execute(world, sid, command, strategy)
    return tuple(Outcome(o.world, o.responses[1:] if len(o.responses) > 2 else o.responses) for o in outcomes)


class Elsewhere:
    """In the place of `model.server` in `model.time.processes`."""

    execute = staticmethod(loses_the_last)


def test_a_run_that_is_no_path_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "server", Elsewhere)
    with pytest.raises(AssertionError, match="no such edge"):
        search_for_disagreement()


def test_a_transcript_that_differs_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "response_text", lambda response, tag="*": "* 1 EXISTS")
    with pytest.raises(AssertionError):
        search_for_disagreement()


# --- a path is a run ------------------------------------------------------------------------------------------------


class Forced(random.Random):
    """Chance that has no choice: at the moment n + 1 of simulated time, step n of a path is made."""

    def __init__(self, space: Space, path: Path) -> None:
        super().__init__(0)
        self.space, self.path = space, path
        self.simulation: Simulation | None = None

    def step(self) -> Transition | None:
        """The step whose moment it is; None after the last one."""
        assert self.simulation is not None
        place = round(self.simulation.env.now) - 1
        return self.path[place][1] if place < len(self.path) else None

    def choice(self, seq: Any) -> Any:
        edge = self.step()
        if edge is None:
            return seq[0]
        if isinstance(seq[0], Outcome):
            return Outcome(self.space.world(edge.target), edge.branch.responses)
        assert edge.branch.act in seq, "not an option"
        return edge.branch.act


def times(path: Path, sid: int) -> list[int]:
    """The moments at which that client (or the agent) moves."""
    return [place for place, (_, edge) in enumerate(path, 1) if edge.sid == sid]


def forced(space: Space, path: Path, profile: Profile) -> Simulation:
    """The run of the processes that takes those steps, by thinking as long as it needs."""
    chance = Forced(space, path)
    simulation = Simulation(space.scenario.world, profile)
    simulation.random = chance
    chance.simulation = simulation
    for sid, program in enumerate(space.scenario.programs):
        simulation.add(sid, programmed(program, space.manner, _until(simulation, times(path, sid), len(path) + 1)))
    moments = times(path, AGENT)
    waits = [float(now - before) for before, now in zip([0, *moments], moments, strict=False)]
    actions = [edge.branch.act for _, edge in path if edge.sid == AGENT]
    simulation.add_agent((wait, act) for wait, act in zip(waits, actions, strict=True) if isinstance(act, ACTIONS))
    simulation.run()
    return simulation


ACTIONS = (agent.Deliver, agent.Purge, agent.Relabel)


def _until(simulation: Simulation, moments: list[int], end: int) -> Latency:
    """Thinking until the next of those moments; after the last one, past the end."""
    waiting = iter(moments)
    return lambda _: next(waiting, end) - simulation.env.now


def reproduced(space: Space, path: Path, profile: Profile) -> None:
    """That path is a run, and told alike."""
    simulation = forced(space, path, profile)
    assert [(s.sid, s.act, s.responses) for s in simulation.journal] == [
        (edge.sid, edge.branch.act, edge.branch.responses) for _, edge in path
    ]
    assert [step.at for step in simulation.journal] == list(range(1, len(path) + 1))
    assert simulation.world == space.world(end_of(space, path))
    assert simulation.transcript() == conversation(told(space, path))


@st.composite
def walks(draw: st.DrawFn) -> tuple[Space, Path, Profile]:
    """A full path of a built-in scenario, under all profiles at once, and one of the profiles that can take it."""
    space = Space(draw(st.sampled_from((*FINITE, TINY))), draw(st.sampled_from(MANNERS)), Universe(), ())
    state, mask = space.start, space.universe.all
    path: Path = []
    while edges := list(space.edges(state, mask)):
        edge = draw(st.sampled_from(edges))
        path.append((state, edge._replace(mask=mask & edge.mask)))
        state, mask = edge.target, mask & edge.mask
    bits = [bit for bit in range(space.universe.size) if mask >> bit & 1]
    return space, path, space.universe.profile(draw(st.sampled_from(bits)))


@settings(max_examples=150)
@given(walks())
def test_every_explored_path_is_a_run(walk: tuple[Space, Path, Profile]) -> None:
    reproduced(*walk)


def full_paths(space: Space) -> Iterator[Path]:
    """Every full path there is."""
    waiting: list[Path] = [[]]
    while waiting:
        path = waiting.pop()
        edges = list(space.edges(end_of(space, path), space.universe.all))
        if not edges:
            yield path
        waiting += [[*path, (end_of(space, path), edge)] for edge in edges]


@pytest.mark.parametrize("manner", [NAIVE, AWARE])
@pytest.mark.parametrize(
    ("spelling", "least"),
    [("default", 20), ("tell=any,store=4.2.4", 30), ("delete=3.3,disconnect=late", 20), ("delete=3.3", 20)],
)
def test_all_paths_of_a_tiny_scenario_are_runs(spelling: str, least: int, manner: str) -> None:
    profile = Profile.parse(spelling)
    space = Space(TINY, manner, Universe.of(profile), ())
    paths = list(full_paths(space))
    assert len(paths) >= least
    for path in paths:
        reproduced(space, path, profile)


def test_runs_come_upon_every_path_of_a_tiny_scenario() -> None:
    """Random times reach all that the explorer reaches."""
    profile = Profile.parse("tell=any")
    space = Space(TWO, NAIVE, Universe.of(profile), ())
    explored = {tuple(conversation(told(space, path))) for path in full_paths(space)}
    seen = {tuple(simulated(TWO, NAIVE, profile, seed, 1.0).transcript()) for seed in range(400)}
    assert seen == explored
    assert len(explored) > 10


# --- late, but in order ---------------------------------------------------------------------------------------------

OPEN = start("Mailbox: FOO 3 messages, 2 \\Deleted", "Mailbox: FRED", "Selected: FOO by C1 C2", clients=3)


def hasty(commands: tuple[str, ...], heard: list[tuple[float, Reply]]) -> User:
    """A client that sends everything at once and then listens until all is answered."""

    def user(connection: Connection) -> Process:
        open_tags = {connection.send(command) for command in commands}
        while open_tags:
            reply = yield from connection.receive()
            heard.append((connection.env.now, reply))
            if isinstance(reply.response, p.Bye):
                return
            open_tags.discard(reply.tag)

    return user


COMMANDS = (
    "NOOP", "FETCH 1:2 FLAGS", "EXPUNGE", "COPY 1 FOO", "UID STORE 1:* +FLAGS (\\Seen)", 'APPEND FOO "x"', "SEARCH ALL",
)  # fmt: skip


@settings(max_examples=80)
@given(
    st.lists(st.sampled_from(COMMANDS), min_size=1, max_size=6).map(tuple),
    st.lists(st.sampled_from(COMMANDS), min_size=1, max_size=6).map(tuple),
    st.sampled_from(("default", "tell=any")),
    st.integers(0, 2**32),
)
def test_responses_are_late_but_in_order(one: tuple[str, ...], other: tuple[str, ...], spelling: str, seed: int) -> None:
    simulation = Simulation(OPEN, Profile.parse(spelling), seed, any_time(5.0), any_time(1.0))
    heard: list[list[tuple[float, Reply]]] = [[], []]
    simulation.add(0, hasty(one, heard[0]))
    simulation.add(1, hasty(other, heard[1]))
    simulation.run()
    for sid, commands in enumerate((one, other)):
        said = [(step.at, response) for step in simulation.journal for to, response in step.responses if to == sid]
        assert [reply.response for _, reply in heard[sid]] == [response for _, response in said]
        assert all(at <= now for (now, _), (at, _) in zip(heard[sid], said, strict=True)), "before it was said"
        assert [now for now, _ in heard[sid]] == sorted(now for now, _ in heard[sid])
        tags = [reply.tag for _, reply in heard[sid] if reply.tag != "*"]
        assert tags == [f"{'AB'[sid]}{number:03}" for number in range(1, len(commands) + 1)]


def test_latency_is_what_it_says() -> None:
    simulation = Simulation(OPEN, Profile.parse(), latency=fixed(2.0), service=fixed(0.5))
    simulation.add(0, script(["NOOP", "CHECK"], fixed(1.0)))
    simulation.run()
    assert [step.at for step in simulation.journal] == [3.5, 9.0]
    assert simulation.env.now == 11.0


class Falling(random.Random):
    """Latencies that fall: what is sent later would be there sooner."""

    def __init__(self) -> None:
        super().__init__(0)
        self.left = 10.0

    def uniform(self, a: float, b: float) -> float:
        self.left -= 1.0
        return self.left


def test_nothing_overtakes_anything() -> None:
    simulation = Simulation(OPEN, Profile.parse(), latency=lambda source: source.uniform(0, 1))
    simulation.random = Falling()
    heard: list[tuple[float, Reply]] = []
    simulation.add(0, hasty(("NOOP", "CHECK", "NOOP"), heard))
    simulation.run()
    assert [reply.tag for _, reply in heard] == ["A001", "A002", "A003"]
    assert [step.act for step in simulation.journal] == [p.Noop(), p.Check(), p.Noop()]


def test_run_can_stop_in_between() -> None:
    simulation = Simulation(OPEN, Profile.parse(), latency=fixed(1.0))
    simulation.add(0, script(["NOOP"] * 3))
    assert simulation.run(until=3.5) == OPEN
    assert len(simulation.journal) == 2
    simulation.run()
    assert len(simulation.journal) == 3


def test_a_response_is_believed_only_when_it_has_come() -> None:
    simulation = Simulation(OPEN, Profile.parse(), latency=fixed(1.0))
    simulation.add(0, script(["EXPUNGE"]))
    simulation.run(until=1.5)
    assert len(simulation.world.sessions[0].view) == 2
    assert len(simulation.connections[0].believes.shown) == 3
    assert len(simulation.connections[0].link.replies) == 2
    simulation.run()
    assert len(simulation.connections[0].believes.shown) == 2
    assert simulation.connections[0].link.replies == ()


# --- the end of a connection ----------------------------------------------------------------------------------------


def at(moment: float, commands: tuple[str, ...], ends: list[str]) -> User:
    """A client that starts at that moment, and notes how each command ends."""

    def user(connection: Connection) -> Process:
        yield connection.env.timeout(moment)
        for command in commands:
            try:
                done = yield from connection.command(command)
            except Ended:
                ends.append("Ended")
                raise
            ends.append(done.status)

    return user


@pytest.mark.parametrize("moment", [1.0, 6.0, 20.0])
def test_bye_ends_a_connection(moment: float) -> None:
    """RFC 2180 §3.3. C2's FETCH is in flight, or sent when BYE is in flight, or when BYE waits unread."""
    simulation = Simulation(OPEN, Profile.parse("delete=3.3"), latency=fixed(5.0))
    ends: list[str] = []
    simulation.add(0, script(["DELETE FOO"]))
    simulation.add(1, at(moment, ("FETCH 1 FLAGS", "NOOP"), ends))
    simulation.run()
    assert ends == ["Ended"]
    assert [step.sid for step in simulation.journal] == [0], "the FETCH got no answer"
    assert not simulation.connections[1].believes.connected
    with pytest.raises(Ended):
        simulation.connections[1].send("NOOP")


def test_bye_comes_with_the_next_command_of_a_late_server() -> None:
    simulation = Simulation(OPEN, Profile.parse("delete=3.3,disconnect=late"), latency=fixed(1.0))
    ends: list[str] = []
    simulation.add(0, script(["DELETE FOO"]))
    simulation.add(1, at(5.0, ("FETCH 1 FLAGS", "NOOP"), ends))
    simulation.run()
    assert ends == ["Ended"]
    assert simulation.transcript()[-2].startswith("C2: B001 FETCH")
    assert simulation.transcript()[-1].startswith("S2: * BYE")


def test_everything_in_flight_at_bye_goes_unanswered() -> None:
    simulation = Simulation(OPEN, Profile.parse("delete=3.3"), latency=fixed(5.0))
    heard: list[tuple[float, Reply]] = []
    simulation.add(0, script(["DELETE FOO"]))
    simulation.add(1, hasty(("NOOP", "NOOP", "NOOP"), heard))
    simulation.run()
    first = [reply for _, reply in heard]
    assert isinstance(first[-1].response, p.Bye)
    assert simulation.connections[1].link.replies == ()
    assert all(step.responses for step in simulation.journal)


def test_logout_ends_a_connection() -> None:
    simulation = Simulation(OPEN, Profile.parse(), latency=fixed(1.0))
    ends: list[str] = []
    simulation.add(0, at(0.0, ("LOGOUT", "NOOP"), ends))
    simulation.run()
    assert ends == ["OK", "Ended"]
    assert simulation.transcript() == ["C1: A001 LOGOUT", "S1: * BYE Logging out", "S1: A001 OK LOGOUT completed"]


def test_an_ended_user_is_done_and_others_go_on() -> None:
    simulation = Simulation(OPEN, Profile.parse("delete=3.3"))
    users = [simulation.add(0, script(["DELETE FOO", "NOOP"])), simulation.add(1, script(["NOOP"] * 3, fixed(1.0)))]
    simulation.run()
    assert [user.is_alive for user in users] == [False, False]
    assert [user.value for user in users] == [None, None]
    assert len(simulation.journal) == 2


@pytest.mark.parametrize(
    ("spelling", "moment"), [("delete=3.3,disconnect=late", 9.0), ("delete=3.3", 1.0), ("delete=3.3", 9.0)]
)
def test_logout_can_be_answered_by_bye_alone(spelling: str, moment: float) -> None:
    simulation = Simulation(OPEN, Profile.parse(spelling), latency=fixed(5.0))
    ends: list[str] = []
    simulation.add(0, script(["DELETE FOO"]))
    simulation.add(1, at(moment, ("LOGOUT",), ends))
    simulation.run()
    assert ends == ["Ended"]


# --- the agent, and seeds -------------------------------------------------------------------------------------------


def test_the_agent_acts_in_between() -> None:
    simulation = Simulation(OPEN, Profile.parse())
    actions: list[tuple[float, Action]] = [
        (1.0, agent.parse_action('DELIVER FOO "new"')),
        (2.0, agent.parse_action("EXPUNGE FOO 1")),
        (2.0, agent.parse_action("RENAME FOO BAR")),
    ]
    simulation.add_agent(actions)
    simulation.add(0, script(["NOOP"] * 3, fixed(2.0)))
    simulation.run()
    assert [(step.at, step.sid) for step in simulation.journal] == [(1, -1), (2, 0), (3, -1), (4, 0), (5, -1), (6, 0)]
    assert all(step.responses == () for step in simulation.journal if step.sid == -1)
    assert [line for line in simulation.transcript() if not line.startswith("S1: A")] == [
        'Agent: DELIVER FOO "new"',
        "C1: A001 NOOP",
        "S1: * 4 EXISTS",
        "Agent: EXPUNGE FOO 1",
        "C1: A002 NOOP",
        "S1: * 1 EXPUNGE",
        "S1: * 3 EXISTS",
        "Agent: RENAME FOO BAR",
        "C1: A003 NOOP",
    ]


def journal(seed: int) -> tuple[Any, ...]:
    scenario = next(scenario for scenario in FINITE if scenario.name == "4-arrivals")
    return tuple(simulated(scenario, REISSUING, Profile.parse("tell=any"), seed, 1.0).journal)


def test_a_seed_is_a_run() -> None:
    runs = [journal(seed) for seed in range(20)]
    assert [journal(seed) for seed in range(20)] == runs
    assert len(set(runs)) > 10


def test_chance_from_outside_makes_no_difference() -> None:
    random.seed(1)
    first = journal(3)
    random.seed(2)
    assert journal(3) == first


# --- users ----------------------------------------------------------------------------------------------------------


def test_a_client_can_be_any_generator() -> None:
    """The example of `model.time.processes`."""
    tries: list[float] = []

    def impatient(connection: Connection) -> Process:
        while True:
            tries.append(connection.env.now)
            done = yield from connection.command("DELETE FOO")
            if done.status == "OK":
                return
            yield connection.env.timeout(60)

    simulation = Simulation(OPEN, Profile.parse("delete=3.1"))
    simulation.add(2, impatient)
    simulation.add(0, script(["CLOSE"], fixed(70.0)))
    simulation.add(1, script(["CLOSE"], fixed(130.0)))
    simulation.run()
    assert tries == [0.0, 60.0, 120.0, 180.0]
    assert simulation.world.by_name("FOO") is None


def test_commands_can_be_text_or_values() -> None:
    simulation = Simulation(OPEN, Profile.parse())
    simulation.add(0, script(["FETCH 1 FLAGS", p.Fetch(((1, 1),), ("FLAGS",))]))
    simulation.run()
    assert simulation.journal[0].act == simulation.journal[1].act


def test_a_client_with_nothing_to_do_does_nothing() -> None:
    simulation = Simulation(OPEN, Profile.parse())
    simulation.add(0, script([]))
    assert simulation.run() == OPEN
    assert (simulation.journal, simulation.transcript()) == ([], [])


def test_a_user_believes_what_came() -> None:
    simulation = Simulation(OPEN, Profile.parse())
    simulation.add(0, script(["EXPUNGE", "FETCH 2 (UID BODY.PEEK[])"]))
    simulation.run()
    entry = simulation.connections[0].believes.shown[1]
    assert (entry.uid, entry.content) == (3, "foo3")
    assert simulation.connections[0].sent == 2


@pytest.mark.parametrize(
    ("text", "says"), [("FROB", "FROB is not a command"), ("", "expected a command"), ("FETCH x", "'x'")]
)
def test_a_text_that_is_no_command(text: str, says: str) -> None:
    simulation = Simulation(OPEN, Profile.parse())
    before = simulation.connections[0].link
    with pytest.raises(ValueError, match=says):
        simulation.connections[0].send(text)
    assert (simulation.connections[0].link, simulation.connections[0].sent) == (before, 0), "nothing was sent"
    simulation.add(0, script([text]))
    with pytest.raises(ValueError, match=says):
        simulation.run()


def test_a_negative_latency() -> None:
    with pytest.raises(ValueError, match=r"-0\.1 s is negative; 0 or more"):
        fixed(-0.1)


def negative(_: random.Random) -> float:
    return -1.0


@pytest.mark.parametrize(
    "build",
    [
        lambda: Simulation(OPEN, Profile.parse(), service=negative),
        pytest.param(
            lambda: Simulation(OPEN, Profile.parse(), latency=negative),
        ),
    ],
)
def test_a_negative_latency_of_ones_own(build: Callable[[], Simulation]) -> None:
    simulation = build()
    simulation.add(0, script(["NOOP"]))
    with pytest.raises(ValueError, match="-1"):
        simulation.run()
