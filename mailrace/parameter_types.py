"""What may a user name? Parameter types that turn a word into what it stands for, or say in one line what would be right.

Whatever is wrong with a word is said here, before a command begins: a `click.UsageError`, which is exit code 2.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar

import click

from explore.check import FAULTS, client_named
from explore.figures import suffix_of
from explore.properties import Property, property_named
from explore.scenario import OwnClient, Scenario, against, builtin, followed, parse
from explore.show import Score, read_all
from explore.space import REDUCTIONS
from model.client import MANNERS
from strategies import Profile

if TYPE_CHECKING:
    Type = click.ParamType[Any]
else:
    Type = click.ParamType  # generic for the type checker alone: click 8.1 can't be subscripted

Made = TypeVar("Made")


class Complaining(Type):
    """A type whose complaint is the whole line: it quotes what was given, and says what would be right."""

    def fail(self, message: str, param: click.Parameter | None = None, ctx: click.Context | None = None) -> NoReturn:
        """Raise UsageError with that message."""
        raise click.UsageError(message, ctx)

    def attempt(self, make: Callable[[], Made]) -> Made:
        """What that makes; a ValueError is the complaint."""
        try:
            return make()
        except ValueError as error:
            self.fail(str(error))


class OneOf(Complaining):
    """One of several things that have names; `name` and `plural` are what they are called, and `everything`, if it is not
    None, is what ALL stands for."""

    def __init__(self, name: str, plural: str, known: Callable[[], dict[str, Any]], everything: Any = None) -> None:
        self.name, self.plural, self.known, self.everything = name, plural, known, everything

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """What goes by that name."""
        if not isinstance(value, str):
            return value
        known = self.known()
        if value == ALL and self.everything is not None:
            return self.everything
        if value not in known:
            besides = "" if self.everything is None else f", and {ALL} for all of them"
            self.fail(f"{value!r} is no {self.name}; the {self.plural} are {', '.join(known)}{besides}")
        return known[value]


class PropertyType(Complaining):
    """An `explore.properties.Property`, by its id in large or small letters."""

    name = "property"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Property:
        """The property of that id."""
        return value if isinstance(value, Property) else self.attempt(lambda: property_named(value))


ALL = "all"
FAULT = OneOf("fault", "faults", lambda: {fault.name: fault for fault in FAULTS})
"""An `explore.check.Fault`, by its name."""
REDUCTION = OneOf("reduction", "reductions", lambda: {name: frozenset({name}) for name in sorted(REDUCTIONS)}, REDUCTIONS)
"""A set of reductions: of one, by its name, or of all."""


class SecondsType(click.FloatRange):
    """A time in seconds, above 0."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """That many seconds; "nan" is none, and every comparison with it is false."""
        seconds: float = super().convert(value, param, ctx)
        if math.isnan(seconds):
            self.fail(f"{value!r} is not a valid time", param, ctx)
        return seconds


class ProfileType(Complaining):
    """A server: `delete=3.2,fetch=4.1.3`."""

    name = "profile"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Profile:
        """The profile with that spelling."""
        return value if isinstance(value, Profile) else self.attempt(lambda: Profile.parse(value))


class Clients(NamedTuple):
    """The clients that were asked for: of that manner (None: of each that a scenario is meant for); or one of the user's
    own, as C1, and how that was spelled."""

    manner: str | None = None
    own: OwnClient | None = None
    word: str = ""

    def put_into(self, scenarios: tuple[Scenario, ...], commands: int | None = None) -> tuple[Scenario, ...]:
        """Those scenarios (or those that are made for it, if there are none) with the user's own client; else themselves,
        or all built-in ones. Own clients are followed for so many commands, if it is said. Raises UsageError, also where
        that is said and there is none."""
        own = self.own
        placed = scenarios or builtin() if own is None else CLIENT.attempt(lambda: against(own, scenarios))
        if commands is None:
            return placed
        if not any(scenario.own for scenario in placed):
            raise click.UsageError("--client-commands is for a client of your own; name it: --client module:Name")
        return tuple(followed(scenario, commands) for scenario in placed)


class ClientType(Complaining):
    """A manner of client, or a client of the user's own as `module:Name`."""

    name = "client"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Clients:
        """The clients that it names."""
        if isinstance(value, Clients):
            return value
        client_or_manner = self.attempt(lambda: client_named(value))
        if isinstance(client_or_manner, str):
            return Clients(client_or_manner)
        return Clients(MANNERS[0], client_or_manner, value)


class Named(NamedTuple):
    """A scenario, and the word that named it."""

    word: str
    scenario: Scenario


class ScenarioType(Complaining):
    """A built-in scenario by its name, or a file."""

    name = "scenario"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Named:
        """The scenario of that name, or in that file."""
        if isinstance(value, Named):
            return value
        known = {scenario.name: scenario for scenario in builtin()}
        if value in known:
            return Named(value, known[value])
        file = Path(value)
        if not os.path.lexists(file):
            self.fail(f"no file {value!r}, and no built-in scenario of that name; those are {', '.join(known)}")
        text = read(file)
        try:
            return Named(value, parse(file.stem, text))
        except ValueError as error:
            self.fail(f"{file}: {error}")


class ScoreType(Complaining):
    """A transcript's file, or a token."""

    name = "transcript"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Score:
        """What is to be played."""
        return value if isinstance(value, Score) else self.attempt(lambda: read_all((value,), read)[0])


class OutputType(Complaining):
    """A file that is to be written; refused before anything takes long if it can't be."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Its path."""
        file = Path(value)
        reason = why_not_written(file)
        if reason is not None:
            self.fail(f"cannot write {file}: {reason}")
        return file


class PictureType(OutputType):
    """A file for a picture: PNG, SVG or PDF by its name."""

    name = "picture"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Its path."""
        self.attempt(lambda: suffix_of(value))
        return super().convert(value, param, ctx)


PROFILE, CLIENT, PROPERTY, SECONDS = ProfileType(), ClientType(), PropertyType(), SecondsType(0, min_open=True)
SCENARIO, SCORE = ScenarioType(), ScoreType()
OUTPUT, PICTURE = OutputType(), PictureType()


def why_not_written(file: Path) -> str | None:
    """Why that file can't be written, as far as one can tell without writing it; None if nothing is known against it."""
    try:
        if b"\0" in os.fsencode(file):
            return "no file can have that name"
        if file.is_dir():
            return "it is a folder"
        if not file.parent.is_dir():
            return f"there is no folder {file.parent}"
        there = file.exists()
    except OSError as error:
        return error.strerror
    except ValueError:
        return "no file can have that name"
    return None if os.access(file if there else file.parent, os.W_OK) else "permission denied"


def read(file: Path) -> str:
    """The text in that file. Raises UsageError."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise click.UsageError(f"cannot read {file}: it is not UTF-8 text") from None
    except ValueError as error:
        raise click.UsageError(f"cannot read {file}: {error}") from None
