"""How many events a second does the simulation manage, with hundreds of clients and thousands of messages?

Not a study of an RFC, but the large simulation: everybody has one shared mailbox open, and reads, marks, searches, adds,
removes and polls, with answers that are late. `benchmarks/simulated_events.py` times it.
"""

from __future__ import annotations

import random
from functools import partial
from typing import NamedTuple

import simpy

from explore.studies.simulation import Watched, exponential, streams
from model.store import World
from model.time import Connection, Process

THINK, LATENCY, ARRIVE = 30.0, 0.1, 60.0
"""Seconds: between two commands of a client, and one way over its link (both exponential, on average); in which all come."""
COMMANDS = (
    (30, "NOOP"), (25, "FETCH {range} FLAGS"), (10, "FETCH {one} BODY[]"), (10, "STORE {one} +FLAGS (\\Flagged)"),
    (5, "SEARCH UNSEEN"), (8, 'APPEND FOO "new"'), (6, "STORE {one} +FLAGS.SILENT (\\Deleted)"), (3, "EXPUNGE"),
    (3, "STATUS FOO (MESSAGES)"),
)  # fmt: skip
"""What a client gives, and how often in a hundred."""
RANGE = 20


class Counting(simpy.Environment):
    """An environment that counts its events."""

    events = 0

    def step(self) -> None:
        self.events += 1
        super().step()


class Crowd(NamedTuple):
    """What a crowd came to: how many commands the server carried out, SimPy's events, and the world at the end."""

    commands: int
    events: int
    world: World


def crowd(clients: int, messages: int, minutes: float, seed: int = 1, profile: str = "default") -> Crowd:
    """So many simulated minutes of so many clients in one mailbox that begins with so many messages.

    Raises ValueError for numbers that are not positive, or for a profile that there is none of.
    """
    if clients < 1 or messages < 1 or minutes <= 0:
        raise ValueError(f"{clients} clients, {messages} messages, {minutes:g} minutes: each must be above 0")
    env = Counting()
    simulation = Watched(f"Mailbox: FOO {messages} messages", profile, seed, latency=exponential(LATENCY), env=env)
    for source in streams(seed, clients):
        connection = simulation.connect()
        simulation.add(connection.sid, partial(_member, source=source))
    world = simulation.run(minutes * 60)
    return Crowd(simulation.steps, env.events, world)


def _member(connection: Connection, source: random.Random) -> Process:
    """One of the crowd."""
    texts, weights = [text for _, text in COMMANDS], [weight for weight, _ in COMMANDS]
    yield connection.env.timeout(source.random() * ARRIVE)
    yield from connection.command("SELECT FOO")
    while True:
        yield connection.env.timeout(source.expovariate(1 / THINK))
        text = source.choices(texts, weights)[0]
        count = len(connection.believes.shown)
        first = source.randint(1, max(count, 1))
        if count or "{" not in text:
            numbers = f"{first}:{min(count, first + RANGE - 1)}"
            yield from connection.command(text.format(one=first, range=numbers))
