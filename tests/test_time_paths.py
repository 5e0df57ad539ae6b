"""Do the SimPy processes and the explorer agree? (`model.time.processes`)

Every run of the processes is a path of the state space, told alike; every explored path is a run of the processes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import Phase, given, settings, strategies as st
from simulated_runs import FINITE, simulated

from explore.properties.property import HAZARD, Property
from explore.runs.counterexample import tell
from explore.runs.transcript_replay import read, replay
from explore.scenario.definition import Scenario
from explore.scenario.notation import parse
from explore.search.breadth_first import Search, Violation
from explore.space.profile_set import Universe
from explore.space.state_space import Space, Transition
from explore.space.transitions import State
from explore.system.ground_truth import AGENT
from model import protocol as p, server
from model.client.belief import AWARE, MANNERS, NAIVE
from model.server.execution import Outcome
from model.store import agent
from model.store.world import World
from model.time import processes
from model.time.processes import Latency, Simulation, programmed
from strategies.profile import Profile

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
PROPERTY = Property("H-TOLD", HAZARD, "A path is told.", "these tests")
Path = list[tuple[State, Transition]]


# --- a run is a path --------------------------------------------------------------------------------------------------


def followed(space: Space, simulation: Simulation) -> Path:
    """The journal as a path of the state space; fails where a step is no edge."""
    state = space.start
    path: Path = []
    for step in simulation.journal:
        edges = [
            edge
            for edge in space.edges(state, space.universe.all)
            if (edge.sid, edge.way.act, edge.way.responses) == (step.sid, step.act, step.responses)
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
            assert connection.believes == space.participant(state, connection.sid).client
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


# --- a path is a run --------------------------------------------------------------------------------------------------


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
            return Outcome(self.space.world(edge.target), edge.way.responses)
        assert edge.way.act in seq, "not an option"
        return edge.way.act


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
    actions = [edge.way.act for _, edge in path if edge.sid == AGENT]
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
        (edge.sid, edge.way.act, edge.way.responses) for _, edge in path
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
