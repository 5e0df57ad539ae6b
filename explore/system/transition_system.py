"""What can happen next, and what comes of it? The plain transition system: it is what "semantics" means here.

A configuration is all there is; `enabled` are the moves that can be made in it; `apply` makes one, under one profile, and
gives each way in which it can go. Nothing is left out, nothing is remembered, nobody is shown less than the whole world.
`explore.space` has the same steps for all profiles at once and fast, and tests compare the two; runs, the SimPy processes
under control, tokens and the tests' plain searches take their steps from here.

Clients of the manners in `model.client.DISCIPLINES` need not wait for answers: for them (and for all, if `linked`) a
request and each response takes its time, and sending, serving and reading are moves of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from explore.scenario import Scenario
from explore.system import ground_truth
from explore.system.channel import Channel, RequestInFlight, counts, intends, sendable
from explore.system.configuration import Configuration, Participant
from explore.system.ground_truth import AGENT, GroundTruth
from explore.system.moves import Act, Exchange, Move, Read, Send, Serve
from explore.system.step import Step, observe
from model import client as clients, protocol as p, server
from model.client import DISCIPLINES, MANNERS, NAIVE, Client
from model.server import Outcome, Profile
from model.store import LOGGED_OUT, World, agent

Execute = Callable[[World, int, p.Command, Profile], tuple[Outcome, ...]]
"""A server: `model.server.execute`, or another one."""
Responses = tuple[tuple[int, p.Response], ...]
"""What was sent, each with the session it went to, in the order of the wire."""
NOBODY = (Client(), Client())
"""The client before and after a step of the agent."""
Way = tuple[Step | None, Configuration]
"""One way in which a move can go: what happened at the server (None: nothing that anybody could judge, as a command was
only sent, or a response only read), and how things stand then."""


class System(NamedTuple):
    """A scenario with clients of one manner, on one server."""

    scenario: Scenario
    manner: str = NAIVE
    execute: Execute = server.execute
    linked: bool = False

    @property
    def takes_time(self) -> bool:
        """Whether requests and responses are steps of their own."""
        return self.linked or self.sends_ahead

    @property
    def sends_ahead(self) -> bool:
        """Whether its clients may send before the last command is completed."""
        return self.manner in DISCIPLINES

    @property
    def reading(self) -> str:
        """How the clients read what they are sent, one of `model.client.MANNERS`."""
        return self.manner if self.manner in MANNERS else NAIVE

    def start(self) -> Configuration:
        """How things stand before anything has happened."""
        world = self.scenario.world
        people = [
            Participant(clients.starting(world, sid), ground_truth.starting(world, sid))
            for sid in range(len(world.sessions))
        ]
        channels = [Channel(truth.counted) for _, truth in people] if self.takes_time else []
        return Configuration(world, tuple(people), tuple(channels))

    # --- what can happen --------------------------------------------------------------------------------------------

    def enabled(self, now: Configuration) -> tuple[Move, ...]:
        """The moves that can be made now. One that the scenario's bound stops is among them, and `apply` gives no way."""
        moves: list[Move] = []
        for sid in range(len(now.participants)):
            moves += self._moves_with_channel(now, sid) if self.takes_time else self._exchanges(now, sid)
        if now.agent < len(self.scenario.agent):
            moves += map(Act, self.scenario.agent[now.agent])
        return tuple(moves)

    def is_at_rest(self, now: Configuration) -> bool:
        """Whether nobody has anything left to do now; who is only followed no further has."""
        people = zip(now.participants, self.scenario.programs, strict=True)
        return not self.enabled(now) and not any(clients.cut(client, program) for (client, _), program in people)

    def _exchanges(self, now: Configuration, sid: int) -> list[Move]:
        return [Exchange(sid, command) for command in clients.options(now.client(sid), self.scenario.programs[sid])]

    def _moves_with_channel(self, now: Configuration, sid: int) -> list[Move]:
        channel = now.channels[sid]
        moves: list[Move] = [Read(sid)] if channel.coming else []
        moves += [Send(sid, command) for command in self.sendable(now, sid)]
        return [*moves, Serve(sid)] if channel.sent else moves

    def sendable(self, now: Configuration, sid: int) -> tuple[p.Command, ...]:
        """What that client may send now."""
        return sendable(self.manner, now.client(sid), self.scenario.programs[sid])

    # --- what comes of it -------------------------------------------------------------------------------------------

    def apply(self, now: Configuration, move: Move, profile: Profile) -> tuple[Way, ...]:
        """Every way in which that move, one of those `enabled`, can go under that profile, in the order in which the server
        gives its outcomes. None at all, if the scenario's bound leaves each of them out."""
        match move:
            case Exchange():
                return tuple(self._exchange(now, move, profile))
            case Send(sid, command):
                return ((None, self._sent(now, sid, command)),)
            case Serve(sid):
                return tuple(self._serve(now, sid, profile))
            case Read(sid):
                return ((None, self.read(now, sid)),)
            case Act(action):
                return tuple(self._act(now, action))

    def ways(self, now: Configuration, profile: Profile) -> Iterator[tuple[Move, Step | None, Configuration]]:
        """Every way in which things can go on from here by one move."""
        for move in self.enabled(now):
            for step, after in self.apply(now, move, profile):
                yield move, step, after

    def _act(self, now: Configuration, action: agent.Action) -> Iterator[Way]:
        after = agent.act(now.world, action)
        if self.scenario.allows(after):
            step = observe(now.world, after, AGENT, action, (), NOBODY, GroundTruth())
            yield step, now._replace(world=after, agent=now.agent + 1)

    def _exchange(self, now: Configuration, move: Exchange, profile: Profile) -> Iterator[Way]:
        sid, command = move
        before, truth = now.participants[sid]
        sent = clients.send(before, command, self.reading)
        for outcome in self._outcomes(now, sid, command, profile):
            after = self.hear(sid, sent, [response for to, response in outcome.responses if to == sid])
            step = observe(now.world, outcome.world, sid, command, outcome.responses, (before, after), truth)
            mine = now._replace(world=outcome.world).with_participant(sid, Participant(after, step.truth_after))
            yield step, self._told_others(mine, step)

    def _outcomes(self, now: Configuration, sid: int, command: p.Command, profile: Profile) -> list[Outcome]:
        """The different outcomes that the scenario's bound does not leave out."""
        outcomes = self.execute(now.world, sid, command, profile)
        return [outcome for outcome in dict.fromkeys(outcomes) if self.scenario.allows(outcome.world)]

    def _told_others(self, now: Configuration, step: Step) -> Configuration:
        """How things stand once the others have been sent what they hear without having asked."""
        for to, response in step.others:
            client, truth = now.participants[to]
            truth = ground_truth.unsolicited(truth, response, step.after)
            if self.takes_time:
                channel = now.channels[to]
                now = now.with_channel(to, channel._replace(coming=(*channel.coming, (response, truth.counted))))
            else:
                client = self.hear(to, client, [response])
            now = now.with_participant(to, Participant(client, truth))
        return now

    def hear(self, sid: int, client: Client, responses: list[p.Response] | tuple[p.Response, ...]) -> Client:
        """That client of session `sid` after those responses."""
        for response in responses:
            client = clients.receive(client, response, self.scenario.programs[sid], self.reading)
        return client

    # --- requests and responses that take time ----------------------------------------------------------------------

    def _sent(self, now: Configuration, sid: int, command: p.Command) -> Configuration:
        client, channel = now.client(sid), now.channels[sid]
        request = RequestInFlight(command, intends(client, channel.counted, command) if self.sends_ahead else ())
        after = clients.send(client, command, self.reading)
        sending = now.with_participant(sid, Participant(after, now.truth(sid)))
        return sending.with_channel(sid, channel._replace(sent=(*channel.sent, request)))

    def _serve(self, now: Configuration, sid: int, profile: Profile) -> Iterator[Way]:
        """What the client believes before and after is what it does once it has read all that was sent by then: the
        server's side is judged as it serves."""
        (client, truth), channel = now.participants[sid], now.channels[sid]
        command, intended = channel.sent[0]
        now = now.with_channel(sid, channel._replace(sent=channel.sent[1:]))
        if now.world.sessions[sid].state == LOGGED_OUT:
            yield None, now
            return
        aware = self.aware(now, sid)
        for outcome in self._outcomes(now, sid, command, profile):
            own = [response for to, response in outcome.responses if to == sid]
            beliefs = (aware, self.hear(sid, aware, own))
            step = observe(now.world, outcome.world, sid, command, outcome.responses, beliefs, truth)
            mine = now._replace(world=outcome.world).with_participant(sid, Participant(client, step.truth_after))
            channel = now.channels[sid]
            channel = channel._replace(coming=(*channel.coming, *zip(step.own, counts(step), strict=True)))
            yield step._replace(intended=intended), self._told_others(mine.with_channel(sid, channel), step)

    def aware(self, now: Configuration, sid: int) -> Client:
        """That client, once it has read all that is on its way to it."""
        client = now.client(sid)
        return self.hear(sid, client, [r for r, _ in now.channels[sid].coming]) if self.takes_time else client

    def read(self, now: Configuration, sid: int) -> Configuration:
        """How things stand once that client has read the oldest response on its way; a connection that has ended carries
        nothing more."""
        (response, counted), *left = now.channels[sid].coming
        client = self.hear(sid, now.client(sid), [response])
        channel = Channel(counted, now.channels[sid].sent if client.connected else (), tuple(left))
        return now.with_participant(sid, Participant(client, now.truth(sid))).with_channel(sid, channel)

    def everything_read(self, now: Configuration) -> Configuration:
        """How things stand once every client has read all that is on its way to it."""
        for sid in range(len(now.channels)):
            while now.channels[sid].coming:
                now = self.read(now, sid)
        return now
