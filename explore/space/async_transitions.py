"""What can happen when requests and responses take their time? The tables for clients that need not wait for answers.

A connection is a FIFO each way: a client sends, the server serves, the client reads, and anything can happen in between.
How long a client waits is its discipline:

- lockstep: most manners of `model.client` send when the last command is completed;
- pipelining: a naive client that sends ahead where RFC 3501 §5.5 allows it (`explore.system.may_follow`);
- reckless: a naive client that sends ahead whatever it likes.

At most `WINDOW` commands of a client are in progress at a time. What a client *means* by a number is the message that it
counts there when it sends; the server takes the number when it serves.

The server's side is judged as it serves, and so is what a client comes to believe: reading is determined by what was
sent, so that a client's belief once all is read says it early. Two reductions ("partial order": Clarke, Grumberg and
Peled, "Model Checking", 1999, chapter 10):

- "atomic-requests": a request is served as it is sent. If it was sent earlier, the client may as well have waited with
  sending it, and with reading what it read in between: nobody can tell, as neither touches anybody else.
- "partial-order": a client that has something to read, and can't send before it has read it, reads at once: that is
  independent of all that others do, and no check sees it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from explore.space.interning import Interned
from explore.space.judging import judge
from explore.space.reductions.known_contents import forgetful
from explore.space.transition import ActorStep
from explore.space.transitions import Transitions
from explore.system import (
    Channel, MessageIdentity, Participant, Receipt, RequestInFlight, Sent, Step, counts, ground_truth, intends, sendable,
)  # fmt: skip
from model import client as clients, protocol as p
from model.client import Client
from model.store import LOGGED_OUT


class AsyncTransitions(Transitions):
    """The tables of `explore.space.transitions`, with a channel to each client. The number of an actor stands for that, too.
    What a client believes is part of it: what it has been told may still be on its way ("beliefs" makes no difference)."""

    def _prepare(self) -> None:
        self._believing = True
        self.channels: Interned[Channel] = Interned()
        self._urgent: dict[tuple[int, int], bool] = {}

    # --- states and configurations ----------------------------------------------------------------------------------

    def add_actor(self, participant: Participant, channel: Channel | None = None) -> int:
        between = channel or Channel(participant.truth.counted)
        return self._add(participant.client, self.truths.add(participant.truth), self._nothing, between)

    def participant(self, sid: int, actor: int) -> Participant:
        client, truth, _, channel = self._of(actor)
        return Participant(self._aware(sid, client, channel), self.truths.values[truth])

    def now(self, sid: int, actor: int) -> tuple[Participant, Channel | None]:
        client, truth, _, channel = self._of(actor)
        return Participant(client, self.truths.values[truth]), channel

    def _of(self, number: int) -> tuple[Client, int, int, Channel]:
        client, truth, session, channel = self.actors.values[number]
        return self.clients.values[client], truth, session, self.channels.values[channel]

    def _add(self, client: Client, truth: int, session: int, channel: Channel) -> int:
        if self.forget:
            client = forgetful(client, channel.counted)
        return self.actors.add((self.clients.add(client), truth, session, self.channels.add(channel)))

    def _plain_client(self, client: int, truth: int) -> int:
        """`_add` has seen to it, by what the client counts now."""
        return client

    def _counted(self, actor: int) -> tuple[MessageIdentity, ...]:
        return self._of(actor)[3].counted

    # --- steps ------------------------------------------------------------------------------------------------------

    def can_move(self, sid: int, actor: int) -> bool:
        client, _, _, channel = self._of(actor)
        possible = channel.coming or channel.sent or self._sendable(sid, client)
        return bool(possible) or clients.cut(client, self.scenario.programs[sid])

    def urgent(self, sid: int, actor: int) -> bool:
        """Whether that client has something to read and can do nothing else before."""
        key = (sid, actor)
        cached = self._urgent.get(key)
        if cached is None:
            client, _, _, channel = self._of(actor)
            cached = self._urgent[key] = bool(channel.coming) and not channel.sent and not self._sendable(sid, client)
        return cached

    def _servable(self, sid: int, actor: int) -> Iterable[p.Command]:
        client, _, _, channel = self._of(actor)
        sent = tuple(request.command for request in channel.sent[:1])
        return (*self._sendable(sid, client), *sent) if self.atomic else sent

    def _commanded(self, world: int, sid: int, actor: int) -> Iterator[ActorStep]:
        client, truth, session, channel = self._of(actor)
        every, nothing = self.universe.all, frozenset[str]()
        if channel.coming:
            after, rest = self._read(sid, client, channel)
            read = self.canonical_actor(world, self._add(after, truth, session, rest))
            yield ActorStep(every, nothing, Receipt(channel.coming[0][0]), (), world, read, ())
        for command in self._sendable(sid, client):
            after = clients.send(client, command, self.reading)
            request = RequestInFlight(command, intends(client, channel.counted, command) if self.system.sends_ahead else ())
            if self.atomic:
                yield from self._serve(world, sid, self._add(after, truth, session, channel), request)
            else:
                queued = self._add(after, truth, session, channel._replace(sent=(*channel.sent, request)))
                yield ActorStep(every, nothing, Sent(command), (), world, self.canonical_actor(world, queued), ())
        if channel.sent:
            ready = self._add(client, truth, session, channel._replace(sent=channel.sent[1:]))
            yield from self._serve(world, sid, ready, channel.sent[0])

    def _serve(self, world: int, sid: int, actor: int, request: RequestInFlight) -> Iterator[ActorStep]:
        """Every way in which that request can be answered, once that actor has sent it."""
        client, truth, session, channel = self._of(actor)
        command, number, server = request.command, self.server.commands.add(request.command), self.server
        if server.worlds.values[world].sessions[sid].state == LOGGED_OUT:
            dropped = self.canonical_actor(world, actor)
            yield ActorStep(self.universe.all, frozenset(), command, (), world, dropped, ())
            return
        aware = self.clients.add(self._aware(sid, client, channel))
        for answer in server.answer(world, sid, session, number):
            truth_after, known, step = self._observed(answer, truth, number)
            client_after = self.system.hear(sid, self.clients.values[aware], step.own)
            step = step._replace(client=self.clients.values[aware], client_after=client_after, intended=request.intended)
            broken, arisen = known + judge(self.judge.concerned(command).beliefs, step)
            after = self.canonical_actor(answer.world, self._add(client, truth_after, answer.session, _with(channel, step)))
            yield ActorStep(
                answer.mask, answer.used, command, answer.responses, answer.world, after, broken, arisen, answer.others
            )

    def _read(self, sid: int, client: Client, channel: Channel) -> tuple[Client, Channel]:
        """The client and its channel after the next response is read; a connection that has ended carries nothing more."""
        (response, counted), *left = channel.coming
        after = self.system.hear(sid, client, [response])
        return after, Channel(counted, channel.sent if after.connected else (), tuple(left))

    def _aware(self, sid: int, client: Client, channel: Channel) -> Client:
        """That client, once it has read all that is on its way."""
        return self.system.hear(sid, client, [response for response, _ in channel.coming])

    def _sendable(self, sid: int, client: Client) -> tuple[p.Command, ...]:
        return sendable(self.system.manner, client, self.scenario.programs[sid])

    # --- side effects on others -------------------------------------------------------------------------------------

    def receive_unsolicited(self, sid: int, actor: int, response: p.Response, after: int) -> int:
        """The actor to whom that response, to what left that common world, is on its way without its having asked."""
        client, truth, session, channel = self._of(actor)
        now = ground_truth.unsolicited(self.truths.values[truth], response, self.server.worlds.values[after])
        coming = (*channel.coming, (response, now.counted))
        return self._add(client, self.truths.add(now), session, channel._replace(coming=coming))


def _with(channel: Channel, step: Step) -> Channel:
    """The channel with the responses of that step on their way."""
    return channel._replace(coming=(*channel.coming, *zip(step.own, counts(step), strict=True)))
