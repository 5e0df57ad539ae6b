"""Is the source laid out as it should be? Short modules and functions, and rooms that are entered by the door.

A *room* is a package of the source: `strategies`, and each package in `model` and in `explore`. What is imported from
another room is what its `__all__` names, or one of its modules as a whole.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ("mailrace", "explore", "strategies", "model")
BESIDES = ("benchmarks", "docs", "notebooks")
MOST_IN_MODULE, MOST_IN_TESTS, MOST_IN_FUNCTION = 300, 600, 40
ROOMS = tuple(sorted(
    file.parent.relative_to(ROOT).as_posix().replace("/", ".")
    for pattern in ("strategies", "model/*", "explore/*") for file in ROOT.glob(f"{pattern}/__init__.py")
))  # fmt: skip


def modules(*folders: str) -> Iterator[tuple[str, str]]:
    """The Python files in those folders: path and text."""
    for folder in folders:
        for file in sorted((ROOT / folder).rglob("*.py")):
            yield file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")


def long_functions(text: str) -> list[str]:
    """The functions of more than MOST_IN_FUNCTION lines, decorators left out."""
    return [
        f"{node.name}: {length} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        if (length := (node.end_lineno or 0) - node.lineno + 1) > MOST_IN_FUNCTION
    ]


class Import(NamedTuple):
    """A name that a module imports from another."""

    line: int
    module: str
    name: str


def imports(text: str) -> Iterator[Import]:
    """Everything that a module of that text imports; of `import a.b`, `b` from `a`."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            yield from (Import(node.lineno, "." * node.level + (node.module or ""), alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(node.lineno, *alias.name.rpartition(".")[::2])


def room_of(module: str) -> str:
    """The room in which that module is, or which it is; "" if none."""
    return next((room for room in ROOMS if f"{module}.".startswith(f"{room}.")), "")


def past_the_door(module: str, text: str) -> list[str]:
    """What that module imports from within another room."""
    wrong = []
    for line, source, name in imports(text):
        room = room_of(source)
        if source.startswith("."):
            wrong.append(f"line {line}: a relative import")
        elif room and room != room_of(module) and (source != room or not offered(room, name)):
            wrong.append(f"line {line}: {name} from {source}")
    return wrong


def offered(room: str, name: str) -> bool:
    """Whether that room has that name in its `__all__`, or as a module."""
    place = ROOT / room.replace(".", "/")
    return name in importlib.import_module(room).__all__ or (place / f"{name}.py").is_file()


def module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@pytest.mark.parametrize(
    ("folders", "most"), [((*SOURCE, *BESIDES), MOST_IN_MODULE), (("tests",), MOST_IN_TESTS)], ids=["source", "tests"]
)
def test_no_file_is_too_long(folders: tuple[str, ...], most: int) -> None:
    lengths = {path: len(text.splitlines()) for path, text in modules(*folders)}
    assert len(lengths) > len(folders)
    assert {path: length for path, length in lengths.items() if length > most} == {}


def test_no_function_is_too_long() -> None:
    found = {path: long_functions(text) for path, text in modules(*SOURCE, *BESIDES)}
    assert {path: names for path, names in found.items() if names} == {}


def test_a_function_that_is_too_long_is_found() -> None:
    assert long_functions("@cache\ndef f():\n" + 39 * "    pass\n") == []
    assert long_functions("class C:\n  def f():\n" + 40 * "    pass\n") == ["f: 41 lines"]


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_that_a_room_offers_is_there(room: str) -> None:
    module = importlib.import_module(room)
    assert [name for name in module.__all__ if not hasattr(module, name)] == []
    assert len(set(module.__all__)) == len(module.__all__)
    assert module.__doc__


def test_rooms_are_entered_by_the_door() -> None:
    found = {path: past_the_door(module_name(path), text) for path, text in modules(*SOURCE)}
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("from explore.space import Space", False),
        ("from explore.space.state_space import Space", True),
        ("from explore.space import Matter", True),
        ("import explore.space", False),
        ("from explore import space", False),
        ("from . import report", True),
        ("from explore.check.report import Report", False),
        ("from model.store import world as worlds", False),
        ("def f():\n    from strategies.profile import Profile", True),
    ],
)
def test_who_climbs_through_the_window_is_seen(line: str, wrong: bool) -> None:
    assert bool(past_the_door("explore.check.checking", line)) == wrong
