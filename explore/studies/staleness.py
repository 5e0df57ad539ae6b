"""How long does it take until the other clients know of a change?

A server may tell whatever it likes with a client's own commands, and must tell all in answer to NOOP (RFC 3501 §5.2,
§6.1.2); EXPUNGE responses can't go with FETCH, STORE or SEARCH (§7.4.1), which is what RFC 2180 §4 is about. Here some
clients say NOOP again and again, and in between give another command at the moments of a Poisson process; elsewhere things
change, one kind of change in each run. A client knows of a change when it has read the response that tells it (from
`model.client`'s belief). Answers take no time: latency would add itself to all of this.

Periodic polls start at a random phase, and exponential ones have no memory: all is steady from the beginning.
"""

from __future__ import annotations

import math
import random
from typing import NamedTuple

from scipy import integrate

from explore.studies import charts
from explore.studies.design import Measure, Ran, Study
from explore.studies.parameters import Numbers, OneOfWords, Parameter, Point
from explore.studies.simulation import Watched, streams
from model.client import Client
from model.protocol import FLAGGED, sequence
from model.store import agent
from model.time import Connection, Process
from strategies import DECISIONS

EXPUNGED, ARRIVED, FLAGS = "expunge", "arrival", "flags"
PERIODIC, EXPONENTIAL = "periodic", "exponential"
MINUTE = 60.0
COMMANDS = {"FETCH": "FETCH 1 BODY.PEEK[]", "UID-FETCH": "UID FETCH 1 BODY.PEEK[]", "STATUS": "STATUS INBOX (MESSAGES)"}
CHANCE = {"eager": 1.0, "lazy": 0.0, "any": 0.5}
"""With which probability a strategy tells a kind of news that it may but need not tell. (Under tell=any, all outcomes that
are allowed are equally likely here.)"""
ONE, ALL = "one knows", "all know"


class At(NamedTuple):
    """A point of the study, as the parameters below say."""

    tell: str
    change: str
    poll: float
    polling: str
    command: str
    commands: float
    clients: int
    changes: int
    spacing: float


PARAMETERS = (
    Parameter(
        "tell", tuple(strategy.key for strategy in DECISIONS["tell"]), "", "when the server tells",
        OneOfWords(tuple(CHANCE)), several=True,
    ),
    Parameter(
        "change", (EXPUNGED, ARRIVED, FLAGS), "", "what changes", OneOfWords((EXPUNGED, ARRIVED, FLAGS)), several=True,
    ),
    Parameter("poll", (15.0, 60.0, 240.0), "seconds", "from one NOOP to the next", Numbers(0, 1e6), several=True),
    Parameter("polling", PERIODIC, "", "whether always as long, or on average", OneOfWords((PERIODIC, EXPONENTIAL))),
    Parameter("command", "FETCH", "", "what the clients give in between", OneOfWords(tuple(COMMANDS))),
    Parameter("commands", 1.0, "per minute", "how often each of them does", Numbers(0, 6000, False)),
    Parameter("clients", 3, "clients", "that are to know", Numbers(1, 90, False, True)),
    Parameter("changes", 15, "per replication", "of that kind", Numbers(1, 2000, False, True)),
    Parameter("spacing", 60.0, "seconds", "from one change to the next, on average", Numbers(0, 1e6)),
)  # fmt: skip
MEASURES = (
    Measure(ONE, "seconds", "from a change until a client knows of it"),
    Measure(ALL, "seconds", "from a change until every client knows of it"),
)


def known(client: Client, change: str, messages: int) -> int:
    """Of how many changes of that kind that client knows, of a mailbox that began with so many messages."""
    if change == FLAGS:
        return sum(entry.flags is not None and FLAGGED in entry.flags for entry in client.shown)
    return abs(len(client.shown) - messages)


def _start(at: At, seed: int, keep: bool) -> Watched:
    """A mailbox with a message for each change and one more; all clients have it open."""
    everybody = " ".join(f"C{number}" for number in range(1, at.clients + 2))
    header = f"Mailbox: FOO {at.changes + 1} messages\nSelected: FOO by {everybody}"
    return Watched(header, f"tell={at.tell}", seed, keep)


def _after(now: float, source: random.Random, mean: float) -> float:
    """A moment after this one, memoryless."""
    return now + source.expovariate(1 / mean)


def _change(change: str, number: int, simulation: Watched, connection: Connection) -> Process:
    """That change to message `number`, by the external agent, or, of flags, by the client of that connection."""
    if change == EXPUNGED:
        simulation.act(agent.Purge("FOO", sequence.of((number,))))
    elif change == ARRIVED:
        simulation.act(agent.Deliver("FOO", f"new{number - 1}"))
    else:
        yield from connection.command(f"STORE {number} +FLAGS.SILENT (\\Flagged)")


def replicate(point: Point, seed: int, keep: bool) -> Ran:
    """One replication: changes, until every client knows of each."""
    at = At(**point)
    moments, polls = streams(seed, 2)
    messages = at.changes + 1
    simulation = _start(at, seed, keep)
    env = simulation.env
    happened: list[float] = []
    waits: list[list[float]] = [[] for _ in range(at.changes)]

    def changing(connection: Connection) -> Process:
        for number in range(2, messages + 1):
            yield env.timeout(moments.expovariate(1 / at.spacing))
            happened.append(env.now)
            yield from _change(at.change, number, simulation, connection)

    def client(connection: Connection) -> Process:
        poll = env.now + polls.random() * at.poll if at.polling == PERIODIC else _after(env.now, polls, at.poll)
        other = _after(env.now, polls, MINUTE / at.commands) if at.commands else math.inf
        heard = 0
        while heard < at.changes:
            yield env.timeout(min(poll, other) - env.now)
            if poll <= other:
                yield from connection.command("NOOP")
                poll = env.now + at.poll if at.polling == PERIODIC else _after(env.now, polls, at.poll)
            else:
                yield from connection.command(COMMANDS[at.command])
                other = _after(env.now, polls, MINUTE / at.commands)
            while heard < known(connection.believes, at.change, messages):
                waits[heard].append(env.now - happened[heard])
                heard += 1

    clients = [simulation.add(sid, client) for sid in range(1, at.clients + 1)]
    simulation.add(0, changing)
    env.run(until=env.all_of(clients))
    each = math.fsum(map(math.fsum, waits))
    return Ran(
        {ONE: (each, float(at.changes * at.clients)), ALL: (math.fsum(map(max, waits)), float(at.changes))}, simulation
    )


def expected(point: Point) -> dict[str, float]:
    """A client doesn't know yet, t after a change, if neither poll nor telling command came: (1 − t/T) exp(−wt) with
    periodic polls T apart, exp(−t/T − wt) with exponential ones; w is the rate of commands that tell such news, 0 for
    EXPUNGEs with FETCH. The means are integrals of this, and of 1 − (1 − ·)ᴺ for all of N clients.
    """
    at = At(**point)
    telling = 0.0 if at.change == EXPUNGED and at.command == "FETCH" else CHANCE[at.tell] * at.commands / MINUTE
    periodic = at.polling == PERIODIC

    def ignorant(t: float) -> float:
        return (1 - t / at.poll if periodic else math.exp(-t / at.poll)) * math.exp(-telling * t)

    end = at.poll if periodic else 60 * at.poll
    one_client = integrate.quad(ignorant, 0, end, limit=200)[0]
    everyone = integrate.quad(lambda t: 1 - (1 - ignorant(t)) ** at.clients, 0, end, limit=200)[0]
    return {ONE: float(one_client), ALL: float(everyone)}


STALENESS = Study(
    name="staleness",
    question="How long does it take until the other clients know of a change?",
    source="RFC 2180 §4, RFC 3501 §5.2, §7.4.1",
    theory=(
        "where only polls tell, half a period T (periodic) or T (exponential); where commands at rate w tell as well, "
        "∫ (1 − t/T) exp(−wt) dt up to T"
    ),
    parameters=PARAMETERS,
    measures=MEASURES,
    replications=20,
    replicate=replicate,
    expected=expected,
    plot=lambda frame: charts.staleness(frame, expected),
    small={"tell": "eager", "change": EXPUNGED, "poll": "60", "changes": 3, "clients": 2},
)
