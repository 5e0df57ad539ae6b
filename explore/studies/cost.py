"""What does each strategy cost its clients: NOs, retries, reconnects, and round trips that come to nothing?

A few people work on one mailbox at once: they read, set flags, search, copy, remove and add messages, poll, close the
mailbox and open it again, and now and then one deletes it (and makes it anew) or renames it (and back). What a person
means to do and is answered OK is a *useful command*. Whatever else goes over the wire is wasted: what was answered NO or
BAD, NOOPs said in doubt, commands given again, and SELECTs after a mailbox or a connection was lost. A client's manner is
that of `model.client`: an aware one says NOOP after NO and does again what is left; whatever the manner, a person whose
command has failed tries again `pause` later, `tries` times in all, and then gives up; but whoever has deleted or renamed
the mailbox goes on until it is there again.

There is no theory here. Each profile that differs from the default in one decision is compared with it, with the same
people: the same random numbers decide what they mean to do and when. The first `warmup` minutes are not counted.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Generator
from typing import Any, NamedTuple

import simpy

from explore.studies import charts
from explore.studies.design import Measure, Ran, Study
from explore.studies.parameters import Numbers, OneOfWords, Parameter, Point
from explore.studies.simulation import Watched, carry_out, streams
from model import protocol as p
from model.client import AWARE, MANNERS, NAIVE
from model.protocol import NIL
from model.store import agent
from model.time import Connection, Ended, Executed, Process, fixed
from strategies import DECISIONS, listed

DEFAULT = "default"
PROFILES = (
    DEFAULT,
    *(
        strategy.spelling
        for decision, choices in DECISIONS.items()
        for strategy in listed(decision)
        if strategy is not choices[0]
    ),
)
MINUTE = 60.0
NOS, RETRIES, RECONNECTS = "NOs", "retries", "reconnects"
GIVEN_UP, PHANTOMS, WASTED = "given up", "phantoms", "wasted round trips"
SENT, USEFUL = "sent", "useful"
RANGE = 5
"""How many messages are read or copied at once, at most."""


class At(NamedTuple):
    """A point of the study, as the parameters below say."""

    profile: str
    manner: str
    clients: int
    minutes: float
    think: float
    round_trip: float
    pause: float
    tries: int
    messages: int
    warmup: float


PARAMETERS = (
    Parameter("profile", PROFILES, "", "what the server is", OneOfWords(PROFILES), several=True),
    Parameter("manner", (NAIVE, AWARE), "", "how the clients read its answers", OneOfWords(MANNERS), several=True),
    Parameter("clients", 4, "clients", "at work", Numbers(1, 200, False, True)),
    Parameter("minutes", 4.0, "minutes", "of work", Numbers(0, 10_000)),
    Parameter("think", 5.0, "seconds", "between two things to do, on average", Numbers(0, 100_000)),
    Parameter("round_trip", 0.2, "seconds", "from a command to its answer", Numbers(0, 1000, False)),
    Parameter("pause", 10.0, "seconds", "until one tries again", Numbers(0, 100_000)),
    Parameter("tries", 3, "tries", "until one gives up", Numbers(1, 1000, False, True)),
    Parameter("messages", 15, "messages", "in the mailbox at first", Numbers(1, 10_000, False, True)),
    Parameter("warmup", 1.0, "minutes", "what is not counted at the beginning", Numbers(0, 1000, False)),
)  # fmt: skip
MEASURES = (
    Measure(NOS, "per useful command", "commands answered NO or BAD"),
    Measure(RETRIES, "per useful command", "commands given again, by the person or by the client"),
    Measure(RECONNECTS, "per useful command", "connections that the server has ended"),
    Measure(GIVEN_UP, "per useful command", "things that were not done in the end"),
    Measure(PHANTOMS, "per useful command", "FETCHes that left the client showing NIL data for a message that had content"),
    Measure(WASTED, "per useful command", "commands that were sent, but for the useful ones"),
)

Numbered = Callable[[float, int], str]
COMMANDS: dict[str, tuple[int, tuple[Numbered, ...]]] = {
    "read": (24, (lambda draw, n: f"FETCH {_range(draw, n)} BODY.PEEK[]",)),
    "flag": (8, (lambda draw, n: "STORE 1:* +FLAGS (\\Flagged)",)),
    "unflag": (8, (lambda draw, n: "STORE 1:* -FLAGS (\\Flagged)",)),
    "search": (8, (lambda draw, n: "SEARCH FLAGGED",)),
    "copy": (6, (lambda draw, n: f"COPY {_range(draw, n)} FRED",)),
    "remove": (14, (lambda draw, n: f"STORE {1 + int(draw * n)} +FLAGS (\\Deleted)", lambda draw, n: "EXPUNGE")),
    "add": (14, (lambda draw, n: 'APPEND FOO "new"',)),
    "poll": (5, (lambda draw, n: "NOOP",)),
    "size": (5, (lambda draw, n: "STATUS FOO (MESSAGES)",)),
    "reopen": (4, (lambda draw, n: "CLOSE", lambda draw, n: "SELECT FOO")),
    "delete": (2, (lambda draw, n: "DELETE FOO",)),
    "rename": (2, (lambda draw, n: "RENAME FOO BAR",)),
}
"""What a person means to do: how often (in a hundred), and the commands for it; a command is made from a random number from
0 to 1 and the number of messages that the client shows."""


def _range(draw: float, count: int) -> str:
    first = 1 + int(draw * count)
    return f"{first}:{min(count, first + RANGE - 1)}"


class Person:
    """Somebody at work, on one connection after another."""

    def __init__(self, simulation: Watched, at: At, source: random.Random, tally: Counter[str], heard: Counter[int]) -> None:
        self.simulation, self.at, self.source, self.tally, self.heard = simulation, at, source, tally, heard
        self.connection = self._connect()
        self.owes: str | None = None

    def _connect(self) -> Connection:
        connection = self.simulation.connect()
        connection.manner = self.at.manner
        return connection

    def life(self) -> Process:
        """Work for ever; if the connection ends, on a new one."""
        while True:
            try:
                yield from self._work()
            except Ended:
                self._count(RECONNECTS)
                self.connection = self._connect()

    def _count(self, what: str, number: int = 1) -> None:
        if self.simulation.env.now >= self.at.warmup * MINUTE:
            self.tally[what] += number

    def _work(self) -> Process:
        env = self.simulation.env
        while True:
            if self.owes is not None:
                yield from self._restore(self.owes)
            while self.connection.believes.name is None:
                if not (yield from self._say("SELECT FOO")):
                    yield env.timeout(self.at.pause)
            yield env.timeout(self.source.expovariate(1 / self.at.think))
            what = self.source.choices(list(COMMANDS), [weight for weight, _ in COMMANDS.values()])[0]
            draw = self.source.random()
            if not self.connection.believes.shown:
                what = "add"
            done = yield from self._all_of(COMMANDS[what][1], draw)
            if done and what in ("delete", "rename"):
                self.owes = what

    def _all_of(self, commands: tuple[Numbered, ...], draw: float) -> Generator[simpy.Event, Any, bool]:
        """Those commands one after the other, each until it succeeds; whether all did."""
        for command in commands:
            text = command(draw, len(self.connection.believes.shown))
            if not (yield from self._insist(text, self.at.tries)):
                self._count(GIVEN_UP)
                return False
        return True

    def _restore(self, what: str) -> Process:
        """Make the mailbox anew, with mail in it, or give it back its name."""
        yield self.simulation.env.timeout(self.at.pause)
        if (yield from self._insist("CREATE FOO" if what == "delete" else "RENAME BAR FOO", None)) and what == "delete":
            for number in range(self.at.messages):
                self.simulation.act(agent.Deliver("FOO", f"again{number}"))
        self.owes = None

    def _insist(self, text: str, tries: int | None) -> Generator[simpy.Event, Any, bool]:
        """Give the command again and again until it succeeds; whether it did."""
        tried = 0
        while True:
            if (yield from self._say(text)):
                self._count(USEFUL)
                return True
            tried += 1
            if tried == tries:
                return False
            yield self.simulation.env.timeout(self.at.pause)
            self._count(RETRIES)

    def _say(self, text: str) -> Generator[simpy.Event, Any, bool]:
        """Give the command once, and do what the client's manner makes of the answer; whether it is done then: answered OK,
        or nothing is left of what it named but what has been done."""
        connection = self.connection
        heard = self.heard[connection.sid]
        history = yield from carry_out(connection, text, self.at.tries)
        given = [done.status for command, done in history if not isinstance(command, p.Noop)] or [history[0][1].status]
        self._count(SENT, len(history))
        self._count(NOS, sum(done.status != "OK" for _, done in history))
        self._count(RETRIES, len(given) - 1)
        if text.startswith("FETCH"):
            self._count(PHANTOMS, any(entry.content == NIL for entry in connection.believes.shown))
        settled = len(history) > len(given) and self.heard[connection.sid] > heard
        return given[-1] == "OK" or settled


def replicate(point: Point, seed: int, keep: bool) -> Ran:
    """One replication: some minutes of work."""
    at = At(**point)
    header = f"Mailbox: FOO {at.messages} messages\nMailbox: FRED"
    simulation = Watched(header, at.profile, seed, keep, fixed(at.round_trip / 2))
    heard: Counter[int] = Counter()
    tally: Counter[str] = Counter()

    def listen(step: Executed) -> None:
        for sid, response in step.responses:
            heard[sid] += isinstance(response, p.Expunged)

    simulation.watch = listen
    for source in streams(seed, at.clients):
        simulation.env.process(Person(simulation, at, source, tally, heard).life())
    simulation.run((at.warmup + at.minutes) * MINUTE)
    useful = float(tally[USEFUL])
    sums = {name: (float(tally[name]), useful) for name in (NOS, RETRIES, RECONNECTS, GIVEN_UP, PHANTOMS)}
    return Ran({**sums, WASTED: (float(tally[SENT] - tally[USEFUL]), useful)}, simulation)


COST = Study(
    name="cost",
    question="What does each strategy cost its clients: NOs, retries, reconnects, round trips that come to nothing?",
    source="RFC 2180 §3, §4",
    theory="none; each profile is compared with the default, with the same random numbers",
    parameters=PARAMETERS,
    measures=MEASURES,
    replications=8,
    replicate=replicate,
    expected=lambda point: {},
    plot=charts.cost,
    small={"profile": "store=4.2.4", "manner": AWARE, "clients": 3, "minutes": 2, "warmup": 0},
    alike=("profile", "manner"),
    base={"profile": DEFAULT},
)
