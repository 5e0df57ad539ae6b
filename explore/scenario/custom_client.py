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
same every time. One that does not is refused: it is asked twice, and what it sends must be what it sent before. It is
followed for a number of commands, and asked whether it would go on then.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, NamedTuple

from explore.scenario.complaints import described, in_quotes, place, short
from model import client as clients, protocol as p
from model.client import Client, Entry
from model.protocol import NIL, parse_command, response_text
from model.store import World

Talk = Generator[str, list[str], None]
USUAL_COMMANDS = 16
"""For how many commands a client is followed, if nothing else is said."""


class OwnClientError(ValueError):
    """A client that can't be used: why, in one line."""


class Mail(NamedTuple):
    """What a client knows from the wire: the mailbox it has open, and for each sequence number what it shows."""

    name: str | None
    shown: tuple[Entry, ...]


NOTHING_OPEN = Mail(None, ())


class _Answer(NamedTuple):
    """The lines of one answer, and what the client knew after it."""

    lines: tuple[str, ...]
    mail: Mail


class _Heard(NamedTuple):
    """Lines of an answer that is not complete yet."""

    lines: tuple[str, ...]


Answers = tuple[_Answer, ...]
"""The answers that a client was given, one for each of its commands."""


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
    """A client that somebody has written, as a `model.client.User`.

    `name` is what it is called, `word` how others can find it (`module:Name`; None: nobody can); it is
    followed for so many `commands`, and begins knowing `start` (`at`). Two are equal if they are the same code, under the
    same name, with the same bound and start.
    """

    def __init__(
        self, code: Callable[..., Any], name: str, word: str | None = None, commands: int = USUAL_COMMANDS,
        start: Mail = NOTHING_OPEN,
    ) -> None:  # fmt: skip
        if commands < 1:
            raise OwnClientError(f"a client of one's own is followed for at least 1 command, not {commands}")
        self.code, self.name, self.word, self.commands, self.start = code, name, word, commands, start
        self.doubts_nil = bool(getattr(code, "doubts_nil", False))
        self._sends: dict[Answers, tuple[str | None, tuple[p.Command, ...]]] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OwnClient) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_sends": {}}

    @property
    def _identity(self) -> tuple[object, ...]:
        return id(self.code), self.name, self.word, self.commands, self.start

    @property
    def bound(self) -> str:
        """What it is, and for how long it is followed, as the end of a sentence."""
        return f"{self.name}, up to {self.commands} command{'' if self.commands == 1 else 's'}"

    def must_be_named(self) -> None:
        """Raises OwnClientError if it has no `word`: what only this process knows can't be written down."""
        if self.word is None:
            says = "is no function or class of a module, so no token and no test can name it"
            raise OwnClientError(f"{self.name} {says}; put it into a file, as module:Name")

    def at(self, world: World, sid: int) -> OwnClient:
        """The same client as session `sid` of that world."""
        start = clients.starting(world, sid)
        return OwnClient(self.code, self.name, self.word, self.commands, Mail(start.name, start.shown))

    def followed(self, commands: int) -> OwnClient:
        """The same client, followed for so many commands, of which nothing is known yet. Raises OwnClientError if that is
        none."""
        return OwnClient(self.code, self.name, self.word, commands, self.start)

    # --- what it sends ----------------------------------------------------------------------------------------------

    def options(self, client: Client) -> tuple[p.Command, ...]:
        """The one command that it sends next, or none. Raises OwnClientError."""
        answers = self._answers(client)
        return self._next(answers) if len(answers) < self.commands else ()

    def cut(self, client: Client) -> bool:
        """Whether it has sent all commands for which it is followed, and would go on. Raises OwnClientError."""
        answers = self._answers(client)
        return len(answers) >= self.commands and bool(self._next(answers))

    def _answers(self, client: Client) -> Answers:
        if not client.memory and Mail(client.name, client.shown) != self.start:
            raise OwnClientError(f"{self.name} is in a scenario that it was not made for; `against` puts it there")
        return tuple([answer for answer in client.memory if isinstance(answer, _Answer)])

    def _next(self, answers: Answers) -> tuple[p.Command, ...]:
        known = self._sends.get(answers)
        if known is None:
            sent = self._run(answers)
            self._compare(sent, self._run(answers), answers)
            before = [self._sends.get(answers[:number], (text, ()))[0] for number, text in enumerate(sent[:-1])]
            self._compare([*before, sent[-1]], sent, answers)
            known = self._sends[answers] = sent[-1], self._parsed(sent[-1], answers)
        return known[1]

    def _run(self, answers: Answers) -> list[str | None]:
        """What it sends from the beginning on, being told that; None once it is done."""
        view, sent, talk = _View(self.start), list[str | None](), None
        try:
            talk = self.code()(view) if isinstance(self.code, type) else self.code(view)
            if not hasattr(talk, "send") or not hasattr(talk, "__next__"):
                raise OwnClientError(f"{self.name} gives {short(talk)}; it must be a generator, which yields commands")
            sent.append(self._text(next(talk), ()))
            for number, answer in enumerate(answers, 1):
                view.mail = answer.mail
                sent.append(self._text(talk.send(list(answer.lines)), answers[:number]))
        except StopIteration:
            pass
        except OwnClientError:
            raise
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise OwnClientError(f"{self.name} raises {described(error)}{place(error, __file__)}") from error
        finally:
            self._close(talk)
        return [*sent, *[None] * (1 + len(answers) - len(sent))]

    def _close(self, talk: object) -> None:
        """Let go of the generator, or coroutine; nobody is told of it by Python then."""
        try:
            getattr(talk, "close", lambda: None)()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise OwnClientError(f"{self.name} raises {described(error)} when it is closed") from error

    def _text(self, text: object, answers: Answers) -> str:
        if not isinstance(text, str):
            raise OwnClientError(f"{self.name} yields {short(text)}{_after(answers)}; it must yield the text of a command")
        return text

    def _parsed(self, text: str | None, answers: Answers) -> tuple[p.Command, ...]:
        try:
            return () if text is None else (parse_command(text),)
        except ValueError as error:
            raise OwnClientError(f"{self.name} yields {text!r}{_after(answers)}: {error}") from None

    def _compare(self, first: list[str | None], then: list[str | None], answers: Answers) -> None:
        """Raises OwnClientError if it did not do the same both times."""
        for number, (before, now) in enumerate(zip(first, then, strict=True)):
            if before != now:
                raise self.unsteady(before, now, _after(answers[:number]))

    def unsteady(self, first: str | None, then: str | None, after: str = "") -> OwnClientError:
        """The complaint that it sent that (None: nothing) first, and then something else."""
        both = f"it sent {in_quotes(first)} first, and then {in_quotes(then)}"
        return OwnClientError(f"{self.name} does not do the same every time:{after and f'{after},'} {both}")

    # --- what it makes of a response --------------------------------------------------------------------------------

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
            answer = _Answer(lines, Mail(client.name, client.shown))
            return client._replace(memory=(*memory, answer), pursuit=None)
        return client._replace(memory=(*memory, _Heard(lines)))


def _unsaid(client: Client, number: int) -> Client:
    if not 1 <= number <= len(client.shown):
        return client
    entry = client.shown[number - 1]._replace(content=None)
    return client._replace(shown=(*client.shown[: number - 1], entry, *client.shown[number:]))


def _after(answers: Answers) -> str:
    return f" after {answers[-1].lines[-1]!r}" if answers else ""


# --- where it comes from --------------------------------------------------------------------------------------------


def load(words: str, commands: int = USUAL_COMMANDS) -> OwnClient:
    """The client called `module:Name`; modules in the current folder are found. Raises OwnClientError."""
    module_name, colon, name = words.partition(":")
    if not colon or not module_name or not name:
        raise OwnClientError(f"{words!r} names no client; write module:Name")
    try:
        here = str(Path.cwd())  # by its name, as other processes that search may have another one
        if here not in sys.path:
            sys.path.insert(0, here)
        module = importlib.import_module(module_name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise OwnClientError(f"cannot import {module_name}: {described(error)}{_place_of_import(error)}") from error
    code = getattr(module, name, None)
    if not callable(code):
        raise OwnClientError(f"module {module_name} has no function or class {name!r}")
    return OwnClient(code, words, words, commands)


def _place_of_import(error: BaseException) -> str:
    """Where to look for a module that there is not."""
    return " (looked for in the current folder, too)" if isinstance(error, ModuleNotFoundError) else ""


def own(code: Callable[..., Any], name: str = "", commands: int = USUAL_COMMANDS) -> OwnClient:
    """A generator function, or a class whose instances are called like one, as a client that is followed for so many
    commands. Raises OwnClientError."""
    if not callable(code):
        raise OwnClientError(f"{short(code)} is no client; it must be a generator function, or a class of such")
    return OwnClient(code, name or getattr(code, "__name__", "the client"), _word_of(code), commands)


def _word_of(code: Callable[..., Any]) -> str | None:
    """`module:Name`, if that leads there."""
    module, name = getattr(code, "__module__", None), getattr(code, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str) or module == "__main__":
        return None
    return f"{module}:{name}" if getattr(sys.modules.get(module), name, None) is code else None
