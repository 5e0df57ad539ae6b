"""What can happen when requests and responses take their time? The tables for clients that need not wait for answers.

A connection is a FIFO each way: a client sends, the server serves, the client reads, and anything can happen in between.
How long a client waits is its discipline:

- lockstep: most manners of `model.client` send when the last command is completed;
- pipelining: a naive client that sends ahead where RFC 3501 §5.5 allows it (`explore.check.pipelining.may_follow`);
- reckless: a naive client that sends ahead whatever it likes.

At most `WINDOW` commands of a client are in progress at a time. What a client *means* by a number is the message that it
counts there when it sends; the server takes the number when it serves.

The server's side is judged as it serves, and so is what a client comes to believe: reading is determined by what was
sent, so that a client's belief once all is read says it early. Two reductions ("partial order": Clarke, Grumberg and
Peled, "Model Checking", 1999, chapter 10):

- "atomic-requests": a request is served as it is sent. If it was sent earlier, the client may as well have waited with sending
  it, and with reading what it read in between: nobody can tell, as neither touches anybody else.
- "partial-order": a client that has something to read, and can't send before it has read it, reads at once: that is
  independent of all that others do, and no check sees it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from explore.space.interning import Interned
from explore.space.transition import ActorStep, Receipt, Sent
from explore.space.transitions import Transitions, forgetful
from explore.system import Actor, Channel, MessageIdentity, Observation, Request, counts, intends, observation, sendable
from model import client as clients, protocol as p
from model.client import Client
from model.server import Outcome
from model.store import LOGGED_OUT, World


class AsyncTransitions(Transitions):
    """The tables of `explore.space.transitions`, with a line to each client. The number of an actor stands for that, too. What a
    client believes is part of it: what it has been told may still be on its way ("beliefs" makes no difference)."""

    def _prepare(self) -> None:
        self._believing = True
        self.lines: Interned[Channel] = Interned()
        self._urgent: dict[tuple[int, int], bool] = {}

    def add_actor(self, actor: Actor) -> int:
        return self._add(actor.client, self.truths.add(actor.truth), self._nothing, Channel(actor.truth.counted))

    def actor(self, number: int) -> Actor:
        """The actor of that id, once the client has read all that is on its way."""
        client, truth, _, line = self._of(number)
        return Actor(self._read_all(0, client, line), self.truths.values[truth])

    def hear(self, sid: int, actor: int, response: p.Response) -> int:
        """The actor to whom that response is on its way, without its having asked."""
        client, truth, kept, line = self._of(actor)
        counted = line.coming[-1][1] if line.coming else line.counted
        if isinstance(response, p.Bye):
            truth, counted = self.truths.add(observation.closed(self.truths.values[truth])), ()
        return self._add(client, truth, kept, line._replace(coming=(*line.coming, (response, counted))))

    def urgent(self, sid: int, actor: int) -> bool:
        """Whether that client has something to read and can do nothing else before."""
        key = (sid, actor)
        found = self._urgent.get(key)
        if found is None:
            client, _, _, line = self._of(actor)
            found = self._urgent[key] = bool(line.coming) and not line.sent and not self._sendable(sid, client)
        return found

    def read(self, sid: int, actor: int, unread: int) -> int:
        """The actor after the client has read all but the last `unread` responses that are on their way."""
        client, truth, kept, line = self._of(actor)
        while len(line.coming) > unread:
            client, line = self._read(sid, client, line)
        return self._add(client, truth, kept, line)

    def sendable(self, sid: int, actor: int) -> tuple[p.Command, ...]:
        """What that client may send now."""
        return self._sendable(sid, self._of(actor)[0])

    def _servable(self, sid: int, actor: int) -> Iterable[p.Command]:
        client, _, _, line = self._of(actor)
        sent = tuple(request.command for request in line.sent[:1])
        return (*self._sendable(sid, client), *sent) if self.fused else sent

    def serve(self, before: World, sid: int, actor: int, command: p.Command, outcome: Outcome) -> tuple[int, Observation]:
        """The actor after sending that command and having it served with that outcome, and what can be observed."""
        client, truth, kept, line = self._of(actor)
        intended = intends(client, line.counted, command)
        client = clients.send(client, command, self.reading)
        aware = self._read_all(sid, client, line)
        own = [response for to, response in outcome.responses if to == sid]
        pair = (aware, self._hear_all(sid, aware, own))
        seen = observation.observe(before, outcome.world, sid, command, outcome.responses, pair, self.truths.values[truth])
        number = self._add(client, self.truths.add(seen.truth_after), kept, _with(line, seen))
        return number, seen._replace(intended=intended)

    def _of(self, number: int) -> tuple[Client, int, int, Channel]:
        client, truth, kept, line = self.actors.values[number]
        return self.clients.values[client], truth, kept, self.lines.values[line]

    def _add(self, client: Client, truth: int, kept: int, line: Channel) -> int:
        if self.forget:
            client = forgetful(client, line.counted)
        return self.actors.add((self.clients.add(client), truth, kept, self.lines.add(line)))

    def _counted(self, actor: int) -> tuple[MessageIdentity, ...]:
        return self._of(actor)[3].counted

    def _commanded(self, world: int, sid: int, actor: int) -> Iterator[ActorStep]:
        client, truth, kept, line = self._of(actor)
        every, nothing = self.universe.all, frozenset[str]()
        if line.coming:
            after, rest = self._read(sid, client, line)
            read = self.settle(world, self._add(after, truth, kept, rest))
            yield ActorStep(every, nothing, Receipt(line.coming[0][0]), (), world, read, ())
        for command in self._sendable(sid, client):
            after = clients.send(client, command, self.reading)
            request = Request(command, intends(client, line.counted, command))
            if self.fused:
                yield from self._serve(world, sid, self._add(after, truth, kept, line), request)
            else:
                queued = self._add(after, truth, kept, line._replace(sent=(*line.sent, request)))
                yield ActorStep(every, nothing, Sent(command), (), world, self.settle(world, queued), ())
        if line.sent:
            ready = self._add(client, truth, kept, line._replace(sent=line.sent[1:]))
            yield from self._serve(world, sid, ready, line.sent[0])

    def _serve(self, world: int, sid: int, actor: int, request: Request) -> Iterator[ActorStep]:
        """Every way in which that request can be answered, once that actor has sent it."""
        client, truth, kept, line = self._of(actor)
        command, number, answers = request.command, self.answers.commands.add(request.command), self.answers
        if answers.worlds.values[world].sessions[sid].state == LOGGED_OUT:
            yield ActorStep(self.universe.all, frozenset(), command, (), world, self.settle(world, actor), ())
            return
        aware = self._read_all(sid, client, line)
        for answer in answers.answer(world, sid, kept, number):
            truth_after, broken, seen = self._witness(answer, truth, number)
            _, _, checks = self._concerned(command)
            if checks:
                seen = seen._replace(
                    client=aware, client_after=self._hear_all(sid, aware, seen.own), intended=request.intended
                )
                broken = tuple(sorted((*broken, *(i for i, check in checks if check(seen)))))
            after = self.settle(answer.world, self._add(client, truth_after, answer.kept, _with(line, seen)))
            yield ActorStep(answer.mask, answer.used, command, answer.responses, answer.world, after, broken, answer.others)

    def _read(self, sid: int, client: Client, line: Channel) -> tuple[Client, Channel]:
        """The client and its line after the next response is read; a connection that has ended carries nothing more."""
        (response, counted), *left = line.coming
        after = clients.receive(client, response, self.scenario.programs[sid], self.reading)
        return after, Channel(counted, line.sent if after.connected else (), tuple(left))

    def _read_all(self, sid: int, client: Client, line: Channel) -> Client:
        return self._hear_all(sid, client, [response for response, _ in line.coming])

    def _hear_all(self, sid: int, client: Client, responses: list[p.Response] | tuple[p.Response, ...]) -> Client:
        for response in responses:
            client = clients.receive(client, response, self.scenario.programs[sid], self.reading)
        return client

    def _sendable(self, sid: int, client: Client) -> tuple[p.Command, ...]:
        return sendable(self.manner, client, self.scenario.programs[sid])


def _with(line: Channel, seen: Observation) -> Channel:
    """The line with the responses of that step on their way."""
    return line._replace(coming=(*line.coming, *zip(seen.own, counts(seen), strict=True)))
