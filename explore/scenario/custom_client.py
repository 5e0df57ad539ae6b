"""Does *my* client survive every legal server? A client of one's own, under all profiles.

A client is a generator function (or a class whose instances are called like one). It yields the text of a command, is
sent the lines of the answer, the tagged one last and without its tag, and returns when it is done:

    def reader(mail):
        yield "SELECT FOO"
        if mail.shown:
            lines = yield "FETCH 1:* BODY.PEEK[]"
            if not lines[-1].startswith("OK"):
                yield "NOOP"

`mail` is what mailrace knows of the client from the wire: `mail.name`, the mailbox it has open, and `mail.shown`, one
entry (uid, flags, content) a message; None is "not known". A client whose attribute `doubts_nil` is true shows no content
that is NIL (RFC 2180 §4.1.3).

A generator can't be copied, so for every state it is started again and told all that it was told before: it must do the
same every time.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Generator
from typing import Any, NamedTuple

from explore.scenario.definition import Scenario
from explore.scenario.notation import parse
from model import protocol as p
from model.client import Client, Entry, Program
from model.protocol import NIL, parse_command, response_text

Talk = Generator[str, list[str], None]
MOST_COMMANDS = 8

SCENARIOS = {
    "own-expunged": """Title: your client, while C2 marks, expunges and stores
Mailbox: FOO 3 messages, 2 \\Deleted
Mailbox: FRED
Selected: FOO by C2
C1: NOOP
C2: EXPUNGE | STORE 1 +FLAGS (\\Seen \\Deleted)
C2: EXPUNGE | STORE 1:3 -FLAGS (\\Seen) | APPEND FOO "new"
""",
    "own-deleted": """Title: your client, while C2 deletes or renames its mailbox and uses the name again
Mailbox: FOO 3 messages
Selected: FOO by C2
C1: NOOP
C2: DELETE FOO | RENAME FOO BAR
C2: CREATE FOO
C2: APPEND FOO "other"
""",
    "own-agent": """Title: your client, while messages come and go from outside
Mailbox: FOO 3 messages
C1: NOOP
Agent: EXPUNGE FOO 1 | EXPUNGE FOO 2:3
Agent: DELIVER FOO "late"
""",
}
"""Where a client of one's own is put as C1 when no scenario is given; it has not opened anything yet."""


class OwnClientError(ValueError):
    """A client that can't be used: why, in one line."""


class Mail(NamedTuple):
    """What a client knows from the wire: the mailbox it has open, and for each sequence number what it shows."""

    name: str | None
    shown: tuple[Entry, ...]


class _Answer(NamedTuple):
    """The lines of one answer, and what the client knew after it."""

    lines: tuple[str, ...]
    mail: Mail


class _Heard(NamedTuple):
    """Lines of an answer that is not complete yet."""

    lines: tuple[str, ...]


class _View:
    """The `mail` that a client is given: always as it was when it was told what it was told."""

    def __init__(self, mail: Mail) -> None:
        self.mail = mail

    @property
    def name(self) -> str | None:
        return self.mail.name

    @property
    def shown(self) -> tuple[Entry, ...]:
        return self.mail.shown


class OwnClient:
    """A client that somebody has written, as a `model.client.User`."""

    def __init__(self, talk: Callable[[Any], Talk], name: str) -> None:
        self.talk, self.name = talk, name
        self.doubts_nil = bool(getattr(talk, "doubts_nil", False))
        self._next: dict[tuple[object, ...], tuple[p.Command, ...]] = {}

    def options(self, client: Client) -> tuple[p.Command, ...]:
        """The one command that it sends next, or none. Raises OwnClientError."""
        if len(client.memory) >= MOST_COMMANDS:
            return ()
        known = self._next.get(client.memory)
        if known is None:
            start = Mail(None, ()) if client.memory else Mail(client.name, client.shown)
            known = self._next[client.memory] = self._ask(client.memory, start)
        return known

    def _ask(self, memory: tuple[object, ...], start: Mail) -> tuple[p.Command, ...]:
        view = _View(start)
        try:
            talk = self.talk(view)
            text = next(talk)
            for answer in memory:
                assert isinstance(answer, _Answer)
                view.mail = answer.mail
                text = talk.send(list(answer.lines))
        except StopIteration:
            return ()
        except Exception as error:
            raise OwnClientError(f"{self.name} raises {type(error).__name__}: {error}") from error
        last = memory[-1].lines[-1] if memory and isinstance(memory[-1], _Answer) else ""
        where = f" after {last!r}" if last else ""
        if not isinstance(text, str):
            raise OwnClientError(f"{self.name} yields {text!r}{where}; it must yield the text of a command")
        try:
            return (parse_command(text),)
        except ValueError as error:
            raise OwnClientError(f"{self.name} yields {text!r}{where}: {error}") from None

    def heard(self, client: Client, response: p.Response) -> Client:
        """The client after that response, remembering it."""
        if not client.connected:
            return client
        if self.doubts_nil and isinstance(response, p.Fetched) and response.content == NIL:
            client = _unsaid(client, response.number)
        memory = client.memory
        lines = memory[-1].lines if memory and isinstance(memory[-1], _Heard) else ()
        memory = memory[:-1] if memory and isinstance(memory[-1], _Heard) else memory
        lines = (*lines, response_text(response, "").strip())
        if isinstance(response, p.Tagged):
            return client._replace(memory=(*memory, _Answer(lines, Mail(client.name, client.shown))))
        return client._replace(memory=(*memory, _Heard(lines)))


def _unsaid(client: Client, number: int) -> Client:
    if not 1 <= number <= len(client.shown):
        return client
    entry = client.shown[number - 1]._replace(content=None)
    return client._replace(shown=(*client.shown[: number - 1], entry, *client.shown[number:]))


def load(words: str) -> OwnClient:
    """The client called `module:Name`; modules in the current folder are found. Raises OwnClientError."""
    module_name, colon, name = words.partition(":")
    if not colon or not module_name or not name:
        raise OwnClientError(f"{words!r} names no client; write module:Name")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        raise OwnClientError(f"cannot import {module_name}: {type(error).__name__}: {error}") from error
    found = getattr(module, name, None)
    if not callable(found):
        raise OwnClientError(f"module {module_name} has no function or class {name!r}")
    return own(found, words)


def own(found: Callable[..., Any], name: str = "") -> OwnClient:
    """A generator function, or a class whose instances are called like one, as a client."""
    called = name or getattr(found, "__name__", "the client")
    if not isinstance(found, type):
        return OwnClient(found, called)

    def talk(mail: Any) -> Talk:
        return found()(mail)  # type: ignore[no-any-return]

    client = OwnClient(talk, called)
    client.doubts_nil = bool(getattr(found, "doubts_nil", False))
    return client


def against(client: OwnClient, scenarios: tuple[Scenario, ...] = ()) -> tuple[Scenario, ...]:
    """The scenarios (by default, `SCENARIOS`) with that client in the place of C1."""
    stages = scenarios or tuple(parse(name, text) for name, text in SCENARIOS.items())
    return tuple(
        stage._replace(programs=(Program((), None, client), *stage.programs[1:])) for stage in stages
    )
