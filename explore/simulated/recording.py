"""What did clients believe while time passed, and was it so? Recorded from a simulation, for a timeline.

The recorder lets the simulation run event by event and looks on: it changes nothing and takes no part. What is true of a
client is told by the same ground truth as in the explorer, moved on by each response as the client
reads it, so that a response on its way is not yet known.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from explore.system import NOBODY, GroundTruth, Participant, belief_of, gap, ground_truth, observe
from model import protocol as p, server
from model.client import Client
from model.store import ACTIONS, Mailbox, Session, World, agent
from model.time import Executed, Simulation


class Thought(NamedTuple):
    """What one client thinks: how many messages it counts in the mailbox that it has open (None: it has none open, or
    another one), and what of what it shows is not so, in words ("": it is right)."""

    counts: int | None
    error: str = ""

    @property
    def wrong(self) -> bool:
        """Whether it shows anything that is not so."""
        return bool(self.error)


class Snapshot(NamedTuple):
    """How things stand from that time on (simulated seconds): how many messages the mailbox holds (None: it is deleted),
    and what each client thinks."""

    at: float
    truth: int | None
    clients: tuple[Thought, ...]


class Timeline(NamedTuple):
    """A recorded run: the mailbox that was watched, the clients' names, every moment at which something changed, and when
    the recording ended."""

    mailbox: str
    names: tuple[str, ...]
    moments: tuple[Snapshot, ...]
    end: float


class _Case(NamedTuple):
    """A step as the server made it, the worlds around it, and its own number."""

    step: Executed
    before: World
    after: World


def record(simulation: Simulation, mailbox: str = "FOO", until: float = math.inf) -> Timeline:
    """Run that simulation, which has not begun, to its end or for that many simulated seconds, and record it.

    `mailbox` is the name at the start of the mailbox to be watched; it is followed when it is renamed. Clients that connect
    later than at the start are not recorded. Raises ValueError if there is no such mailbox.
    """
    box = simulation.world.by_name(mailbox)
    if box is None:
        known = ", ".join(other.name for other in simulation.world.mailboxes)
        raise ValueError(f"no mailbox {mailbox!r} to watch; there are {known}")
    watch = _Watch(simulation, box)
    while simulation.env.peek() <= until and simulation.env.peek() < math.inf:
        simulation.env.step()
        watch.look()
    end = simulation.env.now if until == math.inf else until
    names = tuple(f"C{sid + 1}" for sid in range(watch.clients))
    return Timeline(mailbox, names, tuple(watch.moments), end)


class _Watch:
    """What has been seen so far: the cases in order, and for each client how many responses it has read."""

    def __init__(self, simulation: Simulation, box: Mailbox) -> None:
        self.simulation, self.box = simulation, box.id
        self.clients = len(simulation.connections)
        self.world = simulation.world
        self.cases: list[_Case] = []
        self.truths = [(ground_truth.starting(self.world, sid), 0) for sid in range(self.clients)]
        self.moments: list[Snapshot] = []
        self.known: dict[int, tuple[tuple[int, int, Client], Thought]] = {}
        self.look()

    def look(self) -> None:
        """Take in what has happened, and note the moment if anything is different."""
        new = len(self.simulation.world.sessions) - len(self.world.sessions)
        self.world = self.world._replace(sessions=self.world.sessions + (Session(),) * new)
        for step in self.simulation.journal[len(self.cases) :]:
            after = self._after(step)
            self.cases.append(_Case(step, self.world, after))
            self.world = after
        if self.world.mailboxes != self.simulation.world.mailboxes:
            raise ValueError("the world of the simulation was changed by something that its journal does not tell")
        box = self.world.by_id(self.box)
        truth = len(box.messages) if box is not None and not box.ghost else None
        now = Snapshot(self.simulation.env.now, truth, tuple(self._thought(sid) for sid in range(self.clients)))
        if self.moments and self.moments[-1].at == now.at:
            self.moments.pop()
        if not self.moments or self.moments[-1][1:] != now[1:]:
            self.moments.append(now)

    def _after(self, step: Executed) -> World:
        """The world after that step: several may have been made since the last look."""
        if isinstance(step.act, ACTIONS):
            return agent.act(self.world, step.act)
        outcomes = server.execute(self.world, step.sid, step.act, self.simulation.profile)
        return next(outcome.world for outcome in outcomes if outcome.responses == step.responses)

    def _thought(self, sid: int) -> Thought:
        """What that client thinks now; worked out again only if anything has changed for it."""
        connection = self.simulation.connections[sid]
        key = (len(self.cases), len(connection.link.replies), connection.believes)
        if sid not in self.known or self.known[sid][0] != key:
            self.known[sid] = (key, self._thinks(sid, connection.believes, len(connection.link.replies)))
        return self.known[sid][1]

    def _thinks(self, sid: int, client: Client, unread: int) -> Thought:
        actor = Participant(client, self._truth(sid, unread))
        if not client.connected or client.name is None or actor.truth.mailbox != self.box:
            return Thought(None)
        error = "; ".join(gap(self.world, actor))
        return Thought(len(client.shown), error or ("" if belief_of(self.world, actor).right else "shows what is not so"))

    def _truth(self, sid: int, unread: int) -> GroundTruth:
        """The truth about that client, by the responses that it has read: all that set out, but for the last `unread`."""
        truth, begun = self.truths[sid]
        sent = [[response for to, response in case.step.responses if to == sid] for case in self.cases[begun:]]
        left = sum(map(len, sent)) - unread
        for case, responses in zip(self.cases[begun:], sent, strict=True):
            read = responses[:left]
            left -= len(read)
            moved = _moved(truth, case, sid, tuple(read))
            if len(read) < len(responses):
                return moved
            truth, begun = moved, begun + 1
            self.truths[sid] = (truth, begun)
        return truth


def _moved(truth: GroundTruth, case: _Case, sid: int, read: tuple[p.Response, ...]) -> GroundTruth:
    """The truth about a client after it has read those responses to that step."""
    if case.step.sid != sid:
        for response in read:
            truth = ground_truth.unsolicited(truth, response, case.after)
        return truth
    if not read:
        return truth
    responses = tuple((sid, response) for response in read)
    return observe(case.before, case.after, sid, case.step.act, responses, NOBODY, truth).truth_after
