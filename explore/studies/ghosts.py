"""How long can deleted content still be read, and how many ghosts does a server keep?

RFC 2180 §3.2 (a deleted mailbox stays for those who have it open), §4.1.1 (an expunged message stays until each client can
be told) and §5 say that this may not be desirable. Two settings:

- a mailbox: mailboxes are created, visited by clients that come and go, and after `warmup` mean stays deleted;
- a message: clients that poll have a mailbox open in which messages are expunged one by one.

A deletion's *readable time* ends when no session would be given the content by a FETCH. How many contents can be read at a
time although deleted is counted at the moments of a Poisson process, by asking for every session; by Little's law
(L = λW; Little, Oper. Res. 9, 1961) it is the rate of deletions times their mean readable time. The two are measured
apart from each other; their difference is a measure of its own. Counting begins when the ghosts there are have had time to
come to their steady number (mailboxes: `warmup` mean stays later; messages: `SETTLE` polls).
"""

from __future__ import annotations

import math
import random
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy import special

from explore.studies import charts, occupancy
from explore.studies.design import Measure, Ran, Study
from explore.studies.parameters import Numbers, OneOfWords, Parameter, Point
from explore.studies.simulation import Visitors, Watched, readable, streams
from model import protocol as p
from model.time import Connection, Process

MAILBOX, MESSAGE = ("delete=3.2", "delete=3.3"), ("fetch=4.1.1", "fetch=4.1.2", "fetch=4.1.3")
PERIODIC, EXPONENTIAL = "periodic", "exponential"
HOUR, MINUTE = 3600.0, 60.0
SETTLE = 10
LOOKS = 4
"""How often the ghosts are counted, for each deletion that there is on average."""
READABLE, GHOSTS, LITTLE = "readable time", "ghosts", "ghosts − λW"


class At(NamedTuple):
    """A point of the study, as the parameters below say."""

    strategy: str
    clients: int
    minutes: float
    lengths: str
    poll: float
    polling: str
    deletions: float
    window: float
    warmup: float

    @property
    def rate(self) -> float:
        """Deletions a second."""
        return self.deletions / HOUR

    @property
    def old(self) -> float:
        """How old a mailbox is when it is deleted, in seconds."""
        return self.warmup * self.minutes * MINUTE

    @property
    def begin(self) -> float:
        """When counting begins, in seconds."""
        return 2 * self.old if self.strategy in MAILBOX else SETTLE * self.poll * MINUTE

    @property
    def end(self) -> float:
        """When counting ends, in seconds."""
        return self.begin + self.window * MINUTE


PARAMETERS = (
    Parameter(
        "strategy", ("delete=3.2", "fetch=4.1.1"), "", "what the server does with deleted mailboxes or messages",
        OneOfWords(MAILBOX + MESSAGE), several=True,
    ),
    Parameter(
        "clients", (1, 3, 6, 12), "clients", "have it open: on average (mailbox) or always (message)",
        Numbers(1, 500, False, True), several=True,
    ),
    Parameter("minutes", 10.0, "minutes", "how long a mailbox stays open, on average", Numbers(0, 10_000)),
    Parameter("lengths", "exponential", "", "how session lengths are distributed", OneOfWords(occupancy.NAMES)),
    Parameter("poll", 10.0, "minutes", "from one NOOP of a client to its next (message)", Numbers(0, 10_000)),
    Parameter("polling", PERIODIC, "", "whether always as long, or on average", OneOfWords((PERIODIC, EXPONENTIAL))),
    Parameter("deletions", 3.0, "per hour", "how often a mailbox is deleted or a message expunged", Numbers(0, 10_000)),
    Parameter("window", 120.0, "minutes", "how long is counted", Numbers(0, 100_000)),
    Parameter("warmup", 6.0, "mean stays", "from creating a mailbox to deleting it", Numbers(0, 1000, False)),
)  # fmt: skip
MEASURES = (
    Measure(READABLE, "minutes", "from the deletion until nobody can read the content"),
    Measure(GHOSTS, "contents", "deleted, but somebody can still read them"),
    Measure(LITTLE, "contents", "by how much that is more than deletions a minute × readable time (Little's law)"),
)


class Ghosts:
    """What has been deleted and can still be read: found out after each step, and, apart from that, at random moments."""

    def __init__(self, simulation: Watched, at: At) -> None:
        self.simulation, self.at = simulation, at
        self.deleted: list[tuple[int, int]] = []
        self.haunting: dict[tuple[int, int], float] = {}
        self.counted, self.lasted, self.looks, self.seen = 0, 0.0, 0, 0
        simulation.watch = lambda _: self.settle()

    def counts(self, moment: float) -> bool:
        """Whether what happens then is counted."""
        return self.at.begin <= moment < self.at.end

    def add(self, mailbox: int, uid: int) -> None:
        """That message, or its mailbox, has been deleted now."""
        self.deleted.append((mailbox, uid))
        self.haunting[mailbox, uid] = self.simulation.env.now
        self.counted += self.counts(self.simulation.env.now)
        self.settle()

    def can_be_read(self, mailbox: int, uid: int) -> bool:
        """Whether anybody would be given that content now."""
        return any(readable(self.simulation, sid, uid) for sid in self.simulation.world.users_of(mailbox))

    def settle(self) -> None:
        """Let go of what nobody can read any more."""
        for key in [key for key in self.haunting if not self.can_be_read(*key)]:
            since = self.haunting.pop(key)
            if self.counts(since):
                self.lasted += self.simulation.env.now - since

    def look(self, moments: random.Random) -> Process:
        """Count what can be read of all that was ever deleted, at the moments of a Poisson process."""
        env = self.simulation.env
        while True:
            yield env.timeout(moments.expovariate(LOOKS * self.at.rate))
            if self.counts(env.now):
                self.looks += 1
                self.seen += sum(self.can_be_read(*key) for key in self.deleted)


def replicate(point: Point, seed: int, keep: bool) -> Ran:
    """One replication: deletions at random moments, until all that is counted has ended."""
    at = At(**point)
    setting = _mailboxes if at.strategy in MAILBOX else _messages
    simulation, ghosts = setting(at, seed, keep)
    simulation.env.run(until=at.end)
    while ghosts.haunting:
        simulation.env.step()
    little = ghosts.seen / max(ghosts.looks, 1) - ghosts.lasted / (at.window * MINUTE)
    return Ran(
        {
            READABLE: (ghosts.lasted / MINUTE, float(ghosts.counted)),
            GHOSTS: (float(ghosts.seen), float(ghosts.looks)),
            LITTLE: (little, float(ghosts.looks > 0)),
        },
        simulation,
    )


def _mailboxes(at: At, seed: int, keep: bool) -> tuple[Watched, Ghosts]:
    """Mailboxes are created at random moments, visited, and deleted."""
    guests, moments, looks = streams(seed, 3)
    simulation = Watched("Mailbox: FOO", at.strategy, seed, keep)
    env = simulation.env
    ghosts, visitors, lengths = Ghosts(simulation, at), Visitors(simulation, guests), occupancy.length(at.lengths)
    free: list[Connection] = []

    def life(connection: Connection, name: str) -> Process:
        yield from connection.command(p.Create(name))
        yield from connection.command(p.Append(name, "secret"))
        mailbox = simulation.world.mailboxes[-1]
        stay = at.minutes * MINUTE
        env.process(visitors.come(name, at.clients / stay, lambda source: lengths.draw(source, stay)))
        yield env.timeout(at.old)
        done = yield from connection.command(p.Delete(name))
        if done.status == "OK":
            ghosts.add(mailbox.id, mailbox.messages[0].uid)
        free.append(connection)

    def creating() -> Process:
        number = 0
        while True:
            yield env.timeout(moments.expovariate(at.rate))
            if env.now + at.old >= at.end:
                return
            number += 1
            connection = free.pop() if free else simulation.connect()
            simulation.add(connection.sid, partial(life, name=f"M{number}"))

    env.process(creating())
    env.process(ghosts.look(looks))
    return simulation, ghosts


def _messages(at: At, seed: int, keep: bool) -> tuple[Watched, Ghosts]:
    """One client expunges a message now and then; the others poll."""
    polls, moments, looks = streams(seed, 3)
    many = at.rate * at.end
    many = math.ceil(many + 6 * math.sqrt(many)) + 1
    simulation = Watched(f"Mailbox: FOO {many} messages", at.strategy, seed, keep)
    env = simulation.env
    ghosts = Ghosts(simulation, at)

    def expunging(connection: Connection) -> Process:
        yield from connection.command("SELECT FOO")
        for _ in range(many):
            yield env.timeout(moments.expovariate(at.rate))
            session = simulation.world.sessions[connection.sid]
            yield from connection.command("STORE 1 +FLAGS.SILENT (\\Deleted)")
            done = yield from connection.command("EXPUNGE")
            if done.status == "OK":
                ghosts.add(session.mailbox, session.uids[0])

    def polling(connection: Connection) -> Process:
        wait = at.poll * MINUTE
        yield from connection.command("SELECT FOO")
        yield env.timeout(polls.random() * wait)
        while True:
            yield from connection.command(p.Noop())
            yield env.timeout(wait if at.polling == PERIODIC else polls.expovariate(1 / wait))

    simulation.add(simulation.connect().sid, expunging)
    for _ in range(at.clients):
        simulation.add(simulation.connect().sid, polling)
    env.process(ghosts.look(looks))
    return simulation, ghosts


def expected(point: Point) -> dict[str, float]:
    """A mailbox: until the last of those inside has left, no one coming any more, max over a Poisson number of rests of
    stays (`occupancy.last_leaves`). A message: until the last of N clients polls, T N/(N + 1) with periodic polls T apart at
    random phases, and T (1 + 1/2 + … + 1/N) with exponential ones. Nothing can be read where the strategy takes it away.
    """
    at = At(**point)
    minutes = 0.0
    if at.strategy == MAILBOX[0]:
        minutes = occupancy.last_leaves(at.clients, occupancy.length(at.lengths), at.warmup) * at.minutes
    elif at.strategy == MESSAGE[0]:
        periodic, harmonic = at.clients / (at.clients + 1), float(special.digamma(at.clients + 1)) + np.euler_gamma
        minutes = at.poll * (periodic if at.polling == PERIODIC else harmonic)
    return {READABLE: minutes, GHOSTS: at.deletions / MINUTE * minutes, LITTLE: 0.0}


GHOSTS_STUDY = Study(
    name="ghosts",
    question="How long can deleted content still be read, and how many such ghosts does a server keep?",
    source="RFC 2180 §3.2, §4.1.1, §5",
    theory=(
        "a mailbox: ∫ 1 − exp(−ρR(t)) dt, the last rest of a Poisson number of stays; a message: T N/(N + 1) for N clients "
        "with periodic polls T apart, T (1 + … + 1/N) with exponential ones; ghosts = rate × readable time (Little's law)"
    ),
    parameters=PARAMETERS,
    measures=MEASURES,
    replications=20,
    replicate=replicate,
    expected=expected,
    plot=lambda frame: charts.ghosts(frame, expected),
    small={"strategy": "delete=3.2", "clients": "3", "warmup": 1, "window": 60, "deletions": 6},
)
