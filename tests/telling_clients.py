"""A client that is told something, and what it does then."""

from __future__ import annotations

from typing import NamedTuple

from commands import after, start, without_text

from model import client as clients, protocol as p
from model.client.belief import AWARE, NAIVE, REISSUING, Client, Entry
from model.client.program import Program, ProgramStep as Planned
from model.protocol.flags import DELETED, NO_FLAGS, SEEN
from model.protocol.parsing import parse_command
from model.protocol.writing import command_text
from model.server.execution import execute
from model.store.world import World
from strategies.profile import Profile

THOUGHTFUL = (AWARE, REISSUING)
NOTHING = Program(())


def program(*texts: str, retry: bool = False, repeat: int | None = None) -> Program:
    """A program of those commands, without choice."""
    return Program(tuple(Planned((parse_command(text),), retry) for text in texts), repeat)


def belief(*entries: Entry, name: str | None = "FOO", busy: str | None = None) -> Client:
    """A client that shows those entries."""
    return Client(name=name, shown=entries, busy=None if busy is None else parse_command(busy))


def hear(client: Client, *responses: p.Response, todo: Program = NOTHING, manner: str = NAIVE) -> Client:
    """The client after those responses."""
    for response in responses:
        client = clients.receive(client, response, todo, manner)
    return client


def ask(client: Client, text: str, *responses: p.Response, todo: Program = NOTHING, manner: str = NAIVE) -> Client:
    """The client after that command and those responses to it."""
    return hear(clients.send(client, parse_command(text), manner), *responses, todo=todo, manner=manner)


def wants(client: Client, todo: Program = NOTHING) -> list[str]:
    """What the client may send next, as text."""
    return [command_text(command) for command in clients.options(client, todo)]


class Talk(NamedTuple):
    """A conversation of one client with the server: what was said, and what it came to."""

    lines: tuple[str, ...]
    world: World
    client: Client

    @property
    def sent(self) -> list[str]:
        """The client's commands."""
        return [line.removeprefix("C: ") for line in self.lines if line.startswith("C: ")]


def talk(
    world: World, profile: str, todo: Program, manner: str, client: Client | None = None, sid: int = 1, most: int = 12
) -> Talk:
    """What client `sid` (C2) and the server say while nobody else moves, until the client is done (or after `most`)."""
    client = clients.starting(world, sid) if client is None else client
    strategy = Profile.parse(profile)
    lines: list[str] = []
    while (options := clients.options(client, todo)) and most:
        most -= 1
        lines.append(f"C: {command_text(options[0])}")
        client = clients.send(client, options[0], manner)
        (outcome,) = execute(world, sid, options[0], strategy)
        world = outcome.world
        for to, response in outcome.responses:
            if to == sid:
                lines.append(f"S: {without_text(response)}")
                client = clients.receive(client, response, todo, manner)
    return Talk(tuple(lines), world, client)


OK, NO, BAD = p.Tagged("OK", ""), p.Tagged("NO", ""), p.Tagged("BAD", "")
A, B, C = Entry(1, NO_FLAGS, "a"), Entry(2, frozenset({SEEN}), "b"), Entry(7, frozenset({DELETED}), "c")
UNKNOWN = Entry()
SCENARIO = start("Mailbox: FOO 7 messages, 4:7 \\Deleted", "Mailbox: FRED", "Selected: FOO by C1 C2", clients=3)
GONE = after(SCENARIO, "", "C1: EXPUNGE")
