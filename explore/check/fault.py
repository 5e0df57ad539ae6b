"""What is a fault? A wrong server, and the obligation that must catch it.

A fault is the right server with one thing spoiled: its command, its world or its responses. It runs under one profile,
the one that brings the bug out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from explore.system import Execute
from model import protocol as p, server
from model.client import NAIVE
from model.server import Outcome, Profile as ServerProfile
from model.store import EXPUNGES, Mailbox, World, world as worlds

Spoil = Callable[[World, int, p.Command, Outcome], Outcome]
"""Makes the outcome of the right server a wrong one, given what was asked: the world before, the session, the command."""


class Fault(NamedTuple):
    """A wrong server: its name, what it does wrong, the obligation that must catch it, its profile, the server, and the
    manner of the clients that bring it out."""

    name: str
    story: str
    breaks: str
    profile: str
    execute: Execute
    manner: str = NAIVE


class FaultRegister:
    """The faults of one module, in their order, each registered by the decorator of its function."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def server(self, name: str, story: str, breaks: str, profile: str = "default") -> Callable[[Execute], Execute]:
        """Register a wrong server."""

        def register(execute: Execute) -> Execute:
            self.faults.append(Fault(name, story, breaks, profile, execute))
            return execute

        return register

    def spoiled(
        self, name: str, story: str, breaks: str, profile: str = "default", manner: str = NAIVE
    ) -> Callable[[Spoil], Spoil]:
        """Register a server that spoils the outcome of the right one."""

        def register(spoil: Spoil) -> Spoil:
            def execute(world: World, sid: int, command: p.Command, profile: ServerProfile) -> tuple[Outcome, ...]:
                right = server.execute(world, sid, command, profile)
                return tuple(spoil(world, sid, command, outcome) for outcome in right)

            self.faults.append(Fault(name, story, breaks, profile, execute, manner))
            return spoil

        return register


def own_responses(sid: int, outcome: Outcome, change: Callable[[p.Response], tuple[p.Response, ...]]) -> Outcome:
    """The outcome with each of the session's own responses replaced."""
    responses: list[tuple[int, p.Response]] = []
    for to, response in outcome.responses:
        responses += [(to, new) for new in change(response)] if to == sid else [(to, response)]
    return outcome._replace(responses=tuple(responses))


def status_of(sid: int, outcome: Outcome) -> str:
    """OK, NO or BAD, as the session is told; "" if its command is not completed."""
    return next((r.status for to, r in outcome.responses if to == sid and isinstance(r, p.Tagged)), "")


def with_mailbox(outcome: Outcome, mailbox_id: int, change: Callable[[Mailbox], Mailbox]) -> Outcome:
    """The outcome with that mailbox changed in its world."""
    box = outcome.world.by_id(mailbox_id)
    return outcome if box is None else outcome._replace(world=worlds.replace(outcome.world, change(box)))


def announcing_expunges(sid: int, outcomes: tuple[Outcome, ...], profile: ServerProfile) -> tuple[Outcome, ...]:
    """The outcomes, with pending EXPUNGEs sent before the session's command is completed, whether they may be or not."""
    spoiled = []
    for outcome in outcomes:
        box = outcome.world.open_in(sid)
        if box is not None and status_of(sid, outcome) in ("OK", "NO"):
            after, news = server.announce(outcome.world, sid, box, EXPUNGES, profile)
            responses = tuple((sid, response) for response in news)
            outcome = Outcome(worlds.tidy(after), (*outcome.responses[:-1], *responses, outcome.responses[-1]))
        spoiled.append(outcome)
    return tuple(spoiled)
