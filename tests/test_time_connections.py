"""Does time do only what time may do, from the first command of a connection to its end? (`model.time.processes`)"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from commands import start
from hypothesis import given, settings, strategies as st
from simulated_runs import FINITE, any_time, simulated

from model import protocol as p
from model.client.belief import REISSUING
from model.store import agent
from model.store.agent import Action
from model.time.channel import Reply
from model.time.processes import Connection, Ended, Process, Simulation, User, fixed, script
from strategies.profile import Profile


# --- late, but in order -----------------------------------------------------------------------------------------------

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


# --- the end of a connection ------------------------------------------------------------------------------------------


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


# --- the agent, and seeds ---------------------------------------------------------------------------------------------


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


# --- users ------------------------------------------------------------------------------------------------------------


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
