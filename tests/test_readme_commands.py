"""Does every command that README mentions run? Here within small bounds; as they stand, `.ci/run` runs them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import Run
from readme_commands import README, ROOT, Documented, furnish, mentioned, options, registered

from mailrace.lazy import COMMANDS
from strategies import DECISIONS

QUICK = {
    "check": ("--max-states", "5", "--jobs", "1"), "explain": ("--max-states", "5", "--jobs", "1"),
    "graph": ("--max-states", "400"), "simulate": ("--replications", "1", "--jobs", "1"),
}  # fmt: skip
"""What keeps a command short here."""
MENTIONED = mentioned()


@pytest.fixture
def furnished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder in which README's commands find what they need."""
    furnish(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))


def bounded(command: Documented) -> tuple[str, ...]:
    """The command's arguments, within small bounds; of a table of all faults, one."""
    name, *others = command.arguments
    if (name, *others) == ("faults",):
        return ("faults", "uid-reuse")
    study = name == "simulate" and not others
    extra = () if study or any(option in others for option in QUICK.get(name, ())[::2]) else QUICK.get(name, ())
    return (name, *others, *extra)


@pytest.mark.usefixtures("furnished")
@pytest.mark.parametrize("command", [*MENTIONED, *options()], ids=lambda command: command.text)
def test_it_runs(run: Run, monkeypatch: pytest.MonkeyPatch, command: Documented) -> None:
    monkeypatch.setitem(DECISIONS, "fetch", DECISIONS["fetch"])
    if "made-up" in command.text:
        exec("from __future__ import annotations\n" + registered(), {})
    ran = run(*bounded(command))
    assert ran.code == command.code, ran.err
    assert "Traceback" not in ran.err


def test_every_command_is_mentioned() -> None:
    assert {command.arguments[0] for command in MENTIONED} == set(COMMANDS)


def test_every_make_target_is_there() -> None:
    made = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?:`|^    )make ([a-z]+)", README, re.M))
    assert {"check", "test"} <= targets
    assert targets <= set(re.findall(r"^([a-z]+):", made, re.M))
