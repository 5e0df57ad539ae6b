"""What do all studies simulate? The core in time (`model.time`), with clients that come and go, watched step by step.

Nothing about IMAP is decided here. A refusal is a NO of `model.server` under the profile; who has a mailbox accessed is
what the sessions of the world say; content can be read if a FETCH, were it given now, would return it (the core is pure,
so that asking changes nothing).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import simpy

from model import client as clients, protocol as p, server
from model.client import Program
from model.notation import MOST_CLIENTS, start
from model.protocol import parse_command, sequence
from model.store import SELECTED, Action
from model.time import Connection, Executed, Latency, Process, Simulation, channel
from strategies import Profile

Draw = Callable[[random.Random], float]
NO_PROGRAM = Program(())


def streams(seed: int, count: int) -> list[random.Random]:
    """So many independent random generators for one replication."""
    return [random.Random(int(child.generate_state(1, np.uint64)[0])) for child in np.random.SeedSequence(seed).spawn(count)]


def exponential(mean: float) -> Draw:
    """Exponential times with that mean."""
    return lambda source: source.expovariate(1 / mean)


class Watched(Simulation):
    """A simulation of the world that a transcript's header describes.

    `watch` is called after each step of the server or the agent. The journal is kept only if `keep`, for `text`: it grows
    without end.
    """

    def __init__(
        self,
        header: str,
        profile: str,
        seed: int,
        keep: bool = False,
        latency: Latency | None = None,
        env: simpy.Environment | None = None,
    ) -> None:
        super().__init__(start(header), Profile.parse(profile), seed, latency, env=env)
        self.header, self.spelling, self.keep = header, profile, keep
        self.steps = 0
        self.watch: Callable[[Executed], None] | None = None

    def execute(self, sid: int, request: channel.Request) -> None:
        super().execute(sid, request)
        self._after()

    def act(self, action: Action) -> None:
        super().act(action)
        self._after()

    def _after(self) -> None:
        self.steps += 1
        step = self.journal[-1]
        if not self.keep:
            self.journal.clear()
        if self.watch is not None:
            self.watch(step)

    def text(self, title: str) -> str:
        """The run as a file that `mailrace replay` accepts.

        Raises ValueError if it has more clients than a transcript can tell apart, or no step at all.
        """
        if not self.journal:
            raise ValueError("nothing happened in this run; give more time or more clients")
        if len(self.connections) > MOST_CLIENTS:
            raise ValueError(
                f"{len(self.connections)} clients connected in this run, and a transcript holds {MOST_CLIENTS}; give fewer"
            )
        return "\n".join((f"Title: {title}", f"Profile: {self.spelling}", self.header.strip(), "", *self.transcript(), ""))


class Visitors:
    """Clients that come to a mailbox at the moments of a Poisson process, open it with EXAMINE, stay, and CLOSE it.

    However many there are, each gets a connection; one that is not in a mailbox is used again. (They only look: if they
    had SELECTed, CLOSE would expunge.)
    """

    def __init__(self, simulation: Watched, source: random.Random) -> None:
        self.simulation, self.source = simulation, source
        self.free: list[Connection] = []
        self.gone: set[str] = set()

    def come(self, mailbox: str, rate: float, stay: Draw) -> Process:
        """Visits of that mailbox for ever, so many a second; until one finds the mailbox gone."""
        env = self.simulation.env
        while mailbox not in self.gone:
            yield env.timeout(self.source.expovariate(rate))
            connection = self.free.pop() if self.free else self.simulation.connect()
            self.simulation.add(connection.sid, lambda visitor: self._visit(visitor, mailbox, stay(self.source)))

    def _visit(self, connection: Connection, mailbox: str, stay: float) -> Process:
        done = yield from connection.command(p.Select(mailbox, read_only=True))
        if done.status == "OK":
            yield connection.env.timeout(stay)
            yield from connection.command(p.Close())
        else:
            self.gone.add(mailbox)
        self.free.append(connection)


def carry_out(
    connection: Connection, command: p.Command | str, tries: int
) -> Generator[simpy.Event, Any, list[tuple[p.Command, p.Tagged]]]:
    """Send the command, and whatever the client's manner makes of the answer (NOOP in doubt, the command again for what is
    left); at most so many commands other than NOOP. What was sent, and how each was answered."""
    history = []
    todo: tuple[p.Command, ...] = (parse_command(command) if isinstance(command, str) else command,)
    while todo:
        tries -= not isinstance(todo[0], p.Noop)
        if tries < 0:
            connection.believes = connection.believes._replace(todo=(), pursuit=None)
            break
        history.append((todo[0], (yield from connection.command(todo[0]))))
        todo = clients.options(connection.believes, NO_PROGRAM)
    return history


def readable(simulation: Simulation, sid: int, uid: int) -> bool:
    """Whether session `sid` would be given the content of that message, of the mailbox it has open, if it asked now."""
    session = simulation.world.sessions[sid]
    if session.state != SELECTED or uid not in session.uids:
        return False
    number = session.uids.index(uid) + 1
    command = p.Fetch(sequence.of((number,)), ("BODY.PEEK[]",))
    outcomes = server.execute(simulation.world, sid, command, simulation.profile)
    responses = (response for outcome in outcomes for _, response in outcome.responses)
    return any(isinstance(response, p.Fetched) and bool(response.content) for response in responses)
