"""What was never exercised? A property that nothing has put to the test holds without meaning anything."""

from __future__ import annotations

import itertools
from typing import Any, get_args, get_type_hints

from explore.space import Space, Universe
from model import protocol as p
from model.protocol import ALL, Flags, Key, SequenceSet, command_text, response_text

_SOMETHING: dict[Any, Any] = {
    str: "x", int: 1, bool: False, tuple[str, ...]: ("UID",), tuple[int, ...]: (1,), tuple[tuple[str, int], ...]: (),
    Flags: frozenset(), SequenceSet: ((1, 1),), Key: ALL,
}  # fmt: skip
"""For each type of a command's or response's field, some value of it."""


def command_kind(command: p.Command) -> str:
    """What a command is, e.g. `UID STORE` or `STORE.SILENT`."""
    words = command_text(command).split()
    silent = ".SILENT" if isinstance(command, p.Store) and command.silent else ""
    return " ".join(words[: 1 + (words[0] == "UID")]) + silent


def response_kind(response: p.Response) -> str:
    """What a response is: `EXPUNGE`, `untagged OK`, `tagged NO`, ..."""
    if isinstance(response, p.Tagged):
        return f"tagged {response.status}"
    word = next(word for word in response_text(response).split() if word.isalpha())
    return "untagged OK" if word == "OK" else word


def commands_of(space: Space) -> set[str]:
    """The kinds of command that were given."""
    return {command_kind(command) for command in space.commands}


def responses_of(space: Space) -> set[str]:
    """The kinds of response that were sent."""
    return {response_kind(response) for responses in space.responses for _, response in responses}


def never_exercised(universe: Universe, commands: set[str], used: set[str], responses: set[str]) -> dict[str, list[str]]:
    """The kinds of command and response that never occurred, and the strategies that were never consulted."""
    strategies = [strategy.spelling for choices in universe.choices.values() for strategy in choices]
    statuses = [f"tagged {status}" for status in ("OK", "NO", "BAD")]
    untagged = [response_kind(response) for kind in get_args(p.Untagged) for response in _samples(kind)]
    asked = [command_kind(command) for kind in get_args(p.Command) for command in _samples(kind)]
    return {
        "commands": [kind for kind in dict.fromkeys(asked) if kind not in commands],
        "strategies": [spelling for spelling in strategies if spelling not in used],
        "responses": [kind for kind in dict.fromkeys((*untagged, *statuses)) if kind not in responses],
    }


def _samples(kind: Any) -> list[Any]:
    """Instances of that class, with every combination of its yes-or-no fields."""
    hints = get_type_hints(kind)
    values = [(False, True) if hint is bool else (_something(hint),) for hint in hints.values()]
    return [kind(*combination) for combination in itertools.product(*values)]


def _something(hint: Any) -> Any:
    """Some value of that type; None where it may be that."""
    optional = type(None) in get_args(hint)
    return None if optional else _SOMETHING[hint]
