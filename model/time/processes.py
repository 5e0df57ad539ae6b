"""The core in time: one server process a connection, clients, links with latency, an external agent, on SimPy.

The processes decide nothing about IMAP: a command takes effect at once, in the order in which commands reach the
server, by `server.execute`; what takes time is the way there and back (`Latency`), the server's work, and the client's
thinking. Where a strategy allows several outcomes, one is drawn from the simulation's own seeded generator.

A client is a *script* (commands one after the other), a *program* with a manner (`model.client`), or any generator:

    def impatient(connection):
        while True:
            done = yield from connection.command("DELETE FOO")
            if done.status == "OK":
                return
            yield connection.env.timeout(60)
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Iterable
from typing import Any, NamedTuple

import simpy

from model import client as clients, protocol as p, server
from model.client import Client, Program
from model.notation import command_tag
from model.protocol import command_text, parse_command, response_text
from model.server import Outcome, Profile
from model.store import Action, Session, World, agent, world as worlds
from model.time import channel

Latency = Callable[[random.Random], float]
Process = Generator[simpy.Event, Any, Any]
User = Callable[["Connection"], Process]


def fixed(seconds: float) -> Latency:
    """A latency that is always the same. Raises ValueError if it is negative."""
    if seconds < 0:
        raise ValueError(f"a latency of {seconds} s is negative; 0 or more is right")
    return lambda _: seconds


class Executed(NamedTuple):
    """One step as the server made it: when, which session (-1: the agent), what, and all responses."""

    at: float
    sid: int
    act: p.Command | Action
    responses: tuple[tuple[int, p.Response], ...]


class Ended(Exception):
    """The connection has ended (BYE); nothing more can be sent."""


class Simulation:
    """A server with its world under one profile, in simulated seconds; the same seed gives the same run.

    `journal` has every step in the order in which the server made it; `transcript()` writes it down.
    """

    def __init__(
        self,
        world: World,
        profile: Profile,
        seed: int = 0,
        latency: Latency | None = None,
        service: Latency | None = None,
        env: simpy.Environment | None = None,
    ) -> None:
        self.env = env or simpy.Environment()
        self.world, self.profile = world, profile
        self.random = random.Random(seed)
        self.latency = latency or fixed(0.0)
        self.service = service or fixed(0.0)
        self.journal: list[Executed] = []
        self.connections = [Connection(self, sid) for sid in range(len(world.sessions))]

    def connect(self) -> Connection:
        """A client that connects now: a new session, authenticated, after all others."""
        self.world = self.world._replace(sessions=(*self.world.sessions, Session()))
        self.connections.append(Connection(self, len(self.connections)))
        return self.connections[-1]

    def add(self, sid: int, user: User) -> simpy.Process:
        """Let that user (a generator function over its `Connection`) act as client `sid`, from now on."""
        return self.env.process(self._guarded(user(self.connections[sid])))

    def _guarded(self, process: Process) -> Process:
        """A user whose connection has ended is done."""
        try:
            return (yield from process)
        except Ended:
            return None

    def add_agent(self, actions: Iterable[tuple[float, Action]]) -> simpy.Process:
        """Let the external agent act, each time that many seconds after the last action."""
        return self.env.process(self._agent(actions))

    def _agent(self, actions: Iterable[tuple[float, Action]]) -> Process:
        for wait, action in actions:
            yield self.env.timeout(wait)
            self.act(action)

    def act(self, action: Action) -> None:
        """The external agent's step: the action takes effect."""
        self.world = agent.act(self.world, action)
        self.journal.append(Executed(self.env.now, -1, action, ()))

    def run(self, until: float | None = None) -> World:
        """Run to the end, or for that many simulated seconds; the world then."""
        self.env.run(until=until)
        return self.world

    def execute(self, sid: int, request: channel.Request) -> None:
        """The server's step: the command takes effect, and every response sets out."""
        outcome = self.outcome(sid, request.command)
        self.world = outcome.world
        self.journal.append(Executed(self.env.now, sid, request.command, outcome.responses))
        for to in {sid: None, **dict(outcome.responses)}:
            own = tuple(response for whom, response in outcome.responses if whom == to)
            self.connections[to].answer(request.tag, own)

    def outcome(self, sid: int, command: p.Command) -> Outcome:
        """What comes of that command now: one of the outcomes that the strategy allows, drawn where there are several."""
        outcomes = server.execute(self.world, sid, command, self.profile)
        return outcomes[0] if len(outcomes) == 1 else self.random.choice(outcomes)

    def journey(self, sid: int, to_server: bool, delay: float) -> simpy.Event:
        """When an item that sets out now, from or to client `sid`, is there: after that delay."""
        return self.env.timeout(delay)

    def transcript(self) -> list[str]:
        """The journal in RFC 2180's notation, in the server's order."""
        lines = []
        numbers: dict[int, int] = {}
        for step in self.journal:
            if isinstance(step.act, agent.ACTIONS):
                lines.append(f"Agent: {agent.action_text(step.act)}")
                continue
            numbers[step.sid] = numbers.get(step.sid, 0) + 1
            tag = command_tag(step.sid, numbers[step.sid])
            lines.append(f"C{step.sid + 1}: {tag} {command_text(step.act)}")
            lines += [f"S{to + 1}: {response_text(response, tag)}" for to, response in step.responses]
        return lines


class _Way:
    """One direction of a link in time: says when the oldest item on it has arrived. None overtakes another."""

    def __init__(self, simulation: Simulation, sid: int, to_server: bool) -> None:
        self.simulation, self.sid, self.to_server = simulation, sid, to_server
        self.arrivals: simpy.Store = simpy.Store(simulation.env)
        self.last = 0.0

    def depart(self) -> None:
        """One more item sets out."""
        env = self.simulation.env
        delay = self.simulation.latency(self.simulation.random)
        if delay < 0:
            raise ValueError(f"a latency of {delay} s is negative; 0 or more is right")
        self.last = max(self.last, env.now + delay)
        env.process(self._travel(self.last - env.now))

    def _travel(self, delay: float) -> Process:
        yield self.simulation.journey(self.sid, self.to_server, delay)
        yield self.arrivals.put(None)

    def arrival(self) -> simpy.Event:
        """When the oldest item is there."""
        return self.arrivals.get()


class Connection:
    """One client's end: `command` sends one and waits for its completion; `send` and `receive` do the halves.

    `believes` is what the client knows from the wire (see `model.client`), kept up to date by `receive`; `link` is what
    is on the way.
    """

    def __init__(self, simulation: Simulation, sid: int) -> None:
        self.simulation, self.sid, self.env = simulation, sid, simulation.env
        self.link = channel.Link()
        self.there, self.back = _Way(simulation, sid, True), _Way(simulation, sid, False)
        self.believes: Client = clients.starting(simulation.world, sid)
        self.program, self.manner = Program(()), clients.NAIVE
        self.sent = 0
        self.env.process(self._serve())

    def _serve(self) -> Process:
        """The server process of this connection; it ends with the connection."""
        simulation = self.simulation
        while not worlds.is_over(simulation.world, self.sid):
            yield self.there.arrival()
            yield self.env.timeout(simulation.service(simulation.random))
            request, self.link = channel.next_request(self.link)
            if not worlds.is_over(simulation.world, self.sid):
                simulation.execute(self.sid, request)

    def answer(self, tag: str, responses: tuple[p.Response, ...]) -> None:
        """The server's responses set out to this client."""
        self.link = channel.answer(self.link, tag, responses)
        for _ in responses:
            self.back.depart()

    def send(self, command: p.Command | str) -> str:
        """Send a command (or the text of one) without waiting; its tag.

        Raises Ended after BYE, and ValueError for a text that is no command.
        """
        if not self.believes.connected:
            raise Ended
        parsed = parse_command(command) if isinstance(command, str) else command
        self.sent += 1
        tag = command_tag(self.sid, self.sent)
        self.believes = clients.send(self.believes, parsed, self.manner)
        self.link = channel.send(self.link, tag, parsed)
        self.there.depart()
        return tag

    def receive(self) -> Generator[simpy.Event, Any, channel.Reply]:
        """Wait for the next response."""
        yield self.back.arrival()
        return self.read()

    def read(self) -> channel.Reply:
        """Read the response that has arrived, the oldest on its way."""
        reply, self.link = channel.next_reply(self.link)
        self.believes = clients.receive(self.believes, reply.response, self.program, self.manner)
        return reply

    def command(self, command: p.Command | str) -> Generator[simpy.Event, Any, p.Tagged]:
        """Send a command and wait for its tagged response. Raises Ended if the connection ends without one."""
        tag = self.send(command)
        leaving = isinstance(self.believes.busy, p.Logout)
        while True:
            reply = yield from self.receive()
            if isinstance(reply.response, p.Tagged) and reply.tag == tag:
                return reply.response
            if isinstance(reply.response, p.Bye) and not (leaving and self.link.replies):
                raise Ended


def script(commands: Iterable[p.Command | str], think: Latency | None = None) -> User:
    """A client that sends those commands in lockstep, thinking before each."""
    pause = think or fixed(0.0)

    def user(connection: Connection) -> Process:
        for command in commands:
            yield connection.env.timeout(pause(connection.simulation.random))
            yield from connection.command(command)

    return user


def programmed(program: Program, manner: str, think: Latency | None = None) -> User:
    """A client that carries out a program in that manner; where it has a choice, one is drawn."""
    pause = think or fixed(0.0)

    def user(connection: Connection) -> Process:
        connection.program, connection.manner = program, manner
        while options := clients.options(connection.believes, program):
            yield connection.env.timeout(pause(connection.simulation.random))
            yield from connection.command(connection.simulation.random.choice(options))

    return user
