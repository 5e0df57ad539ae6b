"""Is each command loaded only when it is used, and is what its table says of it true? (`mailrace/lazy.py`)"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path

import click
import pytest
from command_line import Run

import mailrace
from mailrace.lazy import COMMANDS, LazyCommand, LazyGroup

HERE = Path(mailrace.__file__).parent
SOURCES = sorted(HERE.glob("*.py"))
LOADED_BY_NAME = {
    "explore/check/interrupts.py": {"'multiprocessing.resource_tracker'"},
    "explore/check/processes.py": {
        "'joblib'", "'joblib.externals.loky'", "'joblib.externals.loky.backend.reduction'",
    },
    "explore/scenario/custom_client.py": {"module_name"},
    "mailrace/lazy.py": {"module"},
}  # fmt: skip
"""What is imported by a call, in which file: what only several processes need, clients of one's own, and the commands."""


def command(name: str) -> click.Command:
    """The command of that name."""
    found = mailrace.cli.get_command(click.Context(mailrace.cli), name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_what_the_command_says(name: str) -> None:
    """Its help is the first paragraph of the command's own, and its name is the command's."""
    found = command(name)
    assert found.name == name
    assert COMMANDS[name].help == " ".join(inspect.cleandoc(found.help or "").partition("\n\n")[0].split())


def test_every_command_is_in_the_table() -> None:
    """Whatever is decorated as a command in a module of the package."""
    found = set()
    for source in SOURCES:
        if source.stem.startswith("__"):
            continue
        for value in vars(importlib.import_module(f"mailrace.{source.stem}")).values():
            if isinstance(value, click.Command) and not isinstance(value, click.Group):
                found.add(value.name)
    assert found == set(COMMANDS)


def test_help_has_each_line_in_full(run: Run) -> None:
    said = " ".join(run("--help").out.split())
    for name, entry in COMMANDS.items():
        assert f"{name} {entry.help}" in said


def test_what_is_not_in_the_table_is_no_command() -> None:
    assert mailrace.cli.get_command(click.Context(mailrace.cli), "frob") is None


def test_a_place_that_holds_no_command_is_a_mistake() -> None:
    group = LazyGroup("g", table={"x": LazyCommand("mailrace.lazy:COMMANDS", "x")})
    with pytest.raises(AssertionError, match="is no command"):
        group.get_command(click.Context(group), "x")


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_nothing_is_imported_in_the_body_of_a_function(source: Path) -> None:
    tree = ast.parse(source.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert not [node for one in functions for node in ast.walk(one) if isinstance(node, (ast.Import, ast.ImportFrom))]


def test_only_these_are_imported_by_a_call() -> None:
    found: dict[str, set[str]] = {}
    for package in ("mailrace", "explore", "strategies", "model"):
        for source in (HERE.parent / package).rglob("*.py"):
            for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and re.search(r"(^|\.)(import_module|__import__)$", ast.unparse(node.func)):
                    place = source.relative_to(HERE.parent).as_posix()
                    found.setdefault(place, set()).add(ast.unparse(node.args[0]))
    assert found == LOADED_BY_NAME
