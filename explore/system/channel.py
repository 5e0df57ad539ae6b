"""What is on the way between a client and the server, and what did the client mean by it?"""

from __future__ import annotations

from typing import NamedTuple

from explore.system.ground_truth import MessageIdentity
from explore.system.ordering import may_follow, numbers_of
from explore.system.step import Step
from model import client as clients, protocol as p
from model.client import DISCIPLINES, RECKLESS, Client, Program

WINDOW = 2
"""How many commands of one client can be in progress at a time."""
OPENING = (p.Select, p.Close, p.Delete)
"""After these a client does not know what it will have open."""
Intended = tuple[tuple[int, MessageIdentity], ...]


class RequestInFlight(NamedTuple):
    """A command on its way to the server, and the messages that the client means by its numbers."""

    command: p.Command
    intended: Intended


class Channel(NamedTuple):
    """One connection: what the client counts by what it has read, the requests on their way, and the responses on their
    way, each with what the client counts once it has read it."""

    counted: tuple[MessageIdentity, ...]
    sent: tuple[RequestInFlight, ...] = ()
    coming: tuple[tuple[p.Response, tuple[MessageIdentity, ...]], ...] = ()


def sendable(manner: str, client: Client, program: Program) -> tuple[p.Command, ...]:
    """What a client of that manner and program may send now."""
    if manner not in DISCIPLINES or client.busy is None:
        return clients.options(client, program)
    before = flying(client)
    if len(before) >= WINDOW:
        return ()
    ahead = clients.options_ahead(client, program)
    if manner == RECKLESS:
        return ahead
    return tuple([later for later in ahead if all(may_follow(earlier, later) for earlier in before)])


def intends(client: Client, counted: tuple[MessageIdentity, ...], command: p.Command) -> Intended:
    """The messages that a client which counts those identities means by the numbers of a command that it is about to
    send; none that can be named, if it does not know what it will have open."""
    if any(isinstance(earlier, OPENING) for earlier in flying(client)):
        return ()
    return tuple([(n, counted[n - 1]) for n in numbers_of(command, len(counted)) if 1 <= n <= len(counted)])


def flying(client: Client) -> tuple[p.Command, ...]:
    """The commands that are not completed, as far as the client knows."""
    return () if client.busy is None else (client.busy, *(sent.command for sent in client.ahead))


def counts(step: Step) -> list[tuple[MessageIdentity, ...]]:
    """What the client counts once it has read each of its own responses of that step."""
    after = [*(counted for _, counted in step.trace), step.truth_after.counted]
    return after[1:]
