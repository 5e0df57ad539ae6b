"""A scenario played by the SimPy processes under control, watched step by step as the explorer watches it.

`Play` is a `Simulation` in which nothing is left to chance or time: somebody else makes every choice (`ChoiceSource`), and
each step that the server makes is observed with the explorer's own ground truth. A client and its links are either in
lockstep with the server, so that sending, serving and receiving are one step, or `late`: then each message in flight
arrives when it is chosen to, and only one overtaking another on the same way is impossible. Of clients that need not
wait for answers (`explore.space.async_transitions`) the answers always arrive when they are chosen to: sending and
serving are one step, or, if `late`, two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeVar

import simpy

from explore.properties import Property
from explore.scenario import Scenario
from explore.simulated.account import Account
from explore.simulated.choice_environment import MOVE, REPLY, REQUEST, ChoiceEnvironment, Label
from explore.system import (
    AGENT, NOBODY, WINDOW, Configuration, Execute, GroundTruth, Participant, Step, System, counts, flying,
    ground_truth, observe, sendable,
)  # fmt: skip
from model import client as clients, protocol as p, server
from model.client import DISCIPLINES, MANNERS, NAIVE, Client, Program, ProgramStep
from model.server import Outcome, Profile as ServerProfile
from model.store import Action
from model.time import Connection, Ended, Process, Simulation
from strategies import Profile

_EARLY = "sends this before it has read the answers to what it sent before"
Value = TypeVar("Value")


class ChoiceSource(Protocol):
    """Who makes the choices of a play."""

    def turn(self, possible: tuple[Label, ...]) -> Label | None:
        """Which of several things happens next (one alone is asked about as well); None ends the play."""

    def pick(self, options: Sequence[Value]) -> Value:
        """One of those options."""

    def command(self, sid: int) -> p.Command:
        """What a client sends next, if the scenario doesn't say."""

    def action(self) -> Action:
        """What the agent does next, if the scenario doesn't say."""


class Setup(NamedTuple):
    """What is played: the scenario, the clients' manner, the server and its strategies, whether messages are late, and
    whether clients and agent do as the scenario says, or (`open`) as they are told."""

    scenario: Scenario
    manner: str
    profile: ServerProfile
    execute: Execute = server.execute
    late: bool = False
    open: bool = False
    agent: bool = False


class Play(Simulation):
    """A play, from the start: `env.run()` goes on to the end; `env.happen(label)` takes one turn.

    `observations` has one for each entry of the `journal`; `violations` has, for each of the properties that broke, at
    which step (from 0) it did so first, and why. For clients that need not wait, `unread` has for each entry how many
    responses the client had not read when it sent the command, of those that it had been sent when the server served
    it, and `early` whether it was still waiting for an answer.
    """

    env: ChoiceEnvironment

    def __init__(self, setup: Setup, choices: ChoiceSource, properties: tuple[Property, ...] = ()) -> None:
        self.setup, self.choices, self.properties = setup, choices, properties
        super().__init__(setup.scenario.world, setup.profile, env=ChoiceEnvironment(choices.turn))
        self.truths = [ground_truth.starting(self.world, sid) for sid in range(len(self.connections))]
        self.observations: list[Step] = []
        self.violations: dict[str, tuple[int, str]] = {}
        self.actions: list[Action] = []
        self.unread: list[int] = []
        self.early: list[bool] = []
        self._ahead = setup.manner in DISCIPLINES
        self.reading = setup.manner if setup.manner in MANNERS else NAIVE
        self._idle = [connection.believes for connection in self.connections]
        self._accounts = [Account(truth.counted) for truth in self.truths]
        for connection in self.connections:
            connection.program = Program(()) if setup.open else setup.scenario.programs[connection.sid]
            connection.manner = self.reading
            self.add(connection.sid, self._sender if self._ahead else self._client)
        if setup.agent or setup.scenario.agent:
            self.env.process(self._outsider())
        self.env.settle()

    # --- who moves --------------------------------------------------------------------------------------------------

    def _client(self, connection: Connection) -> Process:
        """A client that waits for its turns, and reads meanwhile what it is sent."""
        while self.may_move(connection.sid):
            yield from self._await_turn(connection)
            self._idle[connection.sid] = connection.believes
            yield from connection.command(self.choices.pick(self._offered(connection)))

    def _sender(self, connection: Connection) -> Process:
        """A client that need not wait: it has turns, if it can send, and reads what arrives, each when it is chosen."""
        label, account = Label(connection.sid, MOVE), self._accounts[connection.sid]
        while connection.believes.connected:
            arrival = connection.back.arrival()
            turn = self.env.choice(label) if self.may_move(connection.sid) else None
            yield arrival if turn is None else turn | arrival
            if arrival.triggered:
                if turn is not None:
                    self.env.withdraw(label, turn)
                account.reads()
                connection.read()
                continue
            arrival.cancel()  # type: ignore[attr-defined]  # a StoreGet
            offered = self._offered(connection)
            if offered:
                command = self.choices.pick(offered)
                account.sends(connection.believes, command)
                connection.send(command)

    def _offered(self, connection: Connection) -> tuple[p.Command, ...]:
        """What that client may send, after it was told what it is to send, if its program has no more; nothing, if it
        has to wait with that."""
        if not self.due(connection.sid):
            step = ProgramStep((self.choices.command(connection.sid),))
            connection.program = Program((*connection.program.steps, step))
        return self.due(connection.sid)

    def due(self, sid: int) -> tuple[p.Command, ...]:
        """What that client may send next by its program and manner."""
        connection = self.connections[sid]
        return sendable(self.setup.manner, connection.believes, connection.program)

    def may_move(self, sid: int) -> bool:
        """Whether that client, which need not wait for an answer now, has anything left to do."""
        return bool(self.due(sid)) or (self.setup.open and self._is_free(self.connections[sid]))

    def _is_free(self, connection: Connection) -> bool:
        """Whether that client, which has nothing to send now, can be told to send something."""
        client = connection.believes
        full = self._ahead and len(flying(client)) >= WINDOW
        return client.connected and not full and not clients.options_ahead(client, connection.program)

    def _await_turn(self, connection: Connection) -> Process:
        label = Label(connection.sid, MOVE)
        turn = self.env.choice(label)
        while not turn.triggered:
            arrival = connection.back.arrival()
            yield turn | arrival
            if not arrival.triggered:
                arrival.cancel()  # type: ignore[attr-defined]  # a StoreGet
            elif isinstance(connection.read().response, p.Bye):
                self.env.withdraw(label, turn)
                raise Ended

    def _outsider(self) -> Process:
        """The external agent."""
        given = self.setup.scenario.agent
        while self.setup.open or len(self.actions) < len(given):
            yield self.env.choice(Label(AGENT, MOVE))
            action = self.choices.action() if self.setup.open else self.choices.pick(given[len(self.actions)])
            self.actions.append(action)
            self.act(action)

    def journey(self, sid: int, to_server: bool, delay: float) -> simpy.Event:
        """A message arrives at once, or, if such messages are late, when it is chosen to."""
        if not self.setup.late and (to_server or not self._ahead):
            return super().journey(sid, to_server, delay)
        return self.env.choice(Label(sid, REQUEST if to_server else REPLY))

    # --- what happens -----------------------------------------------------------------------------------------------

    def outcome(self, sid: int, command: p.Command) -> Outcome:
        """One of the different outcomes that the strategy allows."""
        outcomes = self.setup.execute(self.world, sid, command, self.profile)
        outcome = self.choices.pick(tuple(dict.fromkeys(outcomes)))
        self._observe_command(sid, command, outcome)
        return outcome

    def act(self, action: Action) -> None:
        """The external agent's step."""
        before = self.world
        super().act(action)
        self._check(observe(before, self.world, AGENT, action, (), NOBODY, GroundTruth()))

    def _observe_command(self, sid: int, command: p.Command, outcome: Outcome) -> None:
        connection = self.connections[sid]
        own = [response for to, response in outcome.responses if to == sid]
        aware = self._aware(connection)
        client = aware
        for response in own:
            client = clients.receive(client, response, connection.program, connection.manner)
        both = (aware if self._ahead else self._idle[sid], client)
        step = observe(self.world, outcome.world, sid, command, outcome.responses, both, self.truths[sid])
        self.truths[sid] = step.truth_after
        for to, response in step.others:
            self.truths[to] = ground_truth.unsolicited(self.truths[to], response, step.after)
            if self._ahead:
                self._accounts[to].hears(self.truths[to].counted)
        if self._ahead:
            self._check(*self._account(step))
        else:
            self._check(step)

    def _account(self, step: Step) -> tuple[Step, int, bool]:
        """The observation with what the client meant, and how much it had not read; its responses set out."""
        account = self._accounts[step.sid]
        sent = account.sent.popleft()
        unread = account.told - sent.read
        for counted in counts(step):
            account.hears(counted)
        return step._replace(intended=sent.intended), unread, sent.early

    def _aware(self, connection: Connection) -> Client:
        """That client, once it has read all that is on its way."""
        client = connection.believes
        for reply in connection.link.replies:
            client = clients.receive(client, reply.response, connection.program, connection.manner)
        return client

    def _check(self, step: Step, unread: int = 0, early: bool = False) -> None:
        place = len(self.observations)
        self.observations.append(step)
        self.unread.append(unread)
        self.early.append(early)
        for prop in self.properties:
            if prop.concerns(step.act) and prop.id not in self.violations:
                reason = prop.check(step)
                if reason is not None:
                    self.violations[prop.id] = (place, reason)

    # --- what has happened ------------------------------------------------------------------------------------------

    @property
    def participants(self) -> tuple[Participant, ...]:
        """What each client believes once it has read all that it was sent, and the truth about it."""
        both = zip(self.connections, self.truths, strict=True)
        return tuple(Participant(self._aware(connection), truth) for connection, truth in both)

    def played(self) -> Scenario:
        """The scenario; if clients were told what to send, with what they were told."""
        scenario = self.setup.scenario
        if not self.setup.open:
            return scenario
        programs = tuple(connection.program for connection in self.connections)
        return scenario._replace(programs=programs, agent=tuple((action,) for action in self.actions))

    def transcript(self) -> list[str]:
        """The journal in RFC 2180's notation, in the server's order, with a remark on what was sent early."""
        lines, early = [], iter(self.early)
        for line in super().transcript():
            lines.append(line)
            if not line.startswith("S") and next(early):
                lines.append(f"<{line.partition(':')[0]} {_EARLY}>")
        return lines

    def story(self, profile: Profile) -> str:
        """The transcript with a header, as `mailrace replay` accepts it, and what broke at the end of it."""
        scenario = self.setup.scenario
        head = (f"Title: {scenario.title}", f"Profile: {profile}", *scenario.header, "")
        broken = [f"<{name}, step {step + 1}: {reason}>" for name, (step, reason) in self.violations.items()]
        return "\n".join((*head, f"<{scenario.players(self.setup.manner)}>", *self.transcript(), *broken)) + "\n"

    def check_quiescence(self) -> None:
        """Check the properties of what is left when everybody has come to the end; nothing, if a client of one's own would
        go on."""
        system = System(self.played(), self.reading, self.setup.execute)
        now = Configuration(self.world, self.participants, (), len(self.actions))
        if any(clients.cut(now.client(sid), connection.program) for sid, connection in enumerate(self.connections)):
            return
        for prop in self.properties:
            reasons = (prop.at_rest(system, now, sid, self.profile) for sid in range(len(now.participants)))
            reason = next((f"C{sid + 1} {why}" for sid, why in enumerate(reasons) if why is not None), None)
            if reason is not None and prop.id not in self.violations:
                self.violations[prop.id] = (len(self.observations) - 1, reason)
