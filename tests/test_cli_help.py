"""What does the command line say of itself, and does it run as a program? (`mailrace/`)

Most runs are in this process; whatever is about imports, pipes and terminals is in one of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_texts import written
from command_line import Run

import mailrace
from explore.properties.catalogue import OBLIGATIONS
from explore.properties.hazards import HAZARDS
from mailrace.exit_codes import PIPE_CLOSED
from strategies import DECISIONS, Profile

ROOT = Path(mailrace.__file__).parent.parent
OUR_OWN = ("model", "strategies", "explore", "mailrace")


def alone(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python with those arguments in a process of its own."""
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, cwd=ROOT, check=False, timeout=60,
        encoding="utf-8", env={**os.environ, **environment},
    )  # fmt: skip


# --- help -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help(run: Run, option: str) -> None:
    ran = run(option)
    assert (ran.code, ran.err) == (0, "")
    for command in ("check", "explain", "replay", "strategies", "properties"):
        assert f"  {command} " in ran.out


@pytest.mark.parametrize("command", ["check", "explain", "replay", "strategies", "properties"])
def test_help_on_a_command(run: Run, command: str) -> None:
    ran = run(command, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: mailrace {command} ")


def test_no_arguments_show_the_help(run: Run) -> None:
    ran = run()
    assert (ran.code, ran.err) == (2, "")
    assert ran.out.rstrip("\n") == run("--help").out.rstrip("\n")


def test_version(run: Run) -> None:
    ran = run("--version")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("mailrace, version ")


def test_strategies_lists_every_one(run: Run) -> None:
    ran = run("strategies")
    assert (ran.code, ran.err) == (0, "")
    for choices in DECISIONS.values():
        for strategy in choices:
            (row,) = (row for row in ran.out.splitlines() if row.split()[:1] == [strategy.spelling])
            assert strategy.summary in row
            assert strategy.source in row
            assert ("default" in row) == (strategy is choices[0])


def test_properties_lists_every_one(run: Run) -> None:
    ran = run("properties")
    assert (ran.code, ran.err) == (0, "")
    rows = ran.out.splitlines()
    assert [row.split()[0] for row in rows] == [prop.id for prop in (*OBLIGATIONS, *HAZARDS.properties)]


# --- in a process of its own ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--help"], 0), (["explain", "H-FROB"], 2), (["check", "no such file"], 2), (["frob"], 2)]
)
def test_as_a_program(arguments: list[str], code: int) -> None:
    ran = alone("-m", "mailrace", *arguments)
    assert ran.returncode == code
    assert len(ran.stderr.splitlines()) == (code == 2)
    assert (ran.stdout == "") == (code == 2)


def test_check_and_replay_as_a_program(tiny: Path, tmp_path: Path) -> None:
    checked = alone("-m", "mailrace", "check", str(tiny))
    assert (checked.returncode, checked.stderr.strip()) == (0, "")
    assert all(mark in checked.stdout for mark in "✓✗–")
    told = alone("-m", "mailrace", "explain", "H-PHANTOM", str(tiny))
    again = alone("-m", "mailrace", "replay", str(written(tmp_path / "told.txt", told.stdout)))
    assert (again.returncode, again.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [["properties"], ["replay"], ["strategies"]])
def test_a_pipe_that_is_closed_ends_it_quietly(arguments: list[str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "mailrace", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    complaint = process.stderr.read()
    process.stderr.close()
    process.wait(60)
    assert (process.returncode, complaint) == (PIPE_CLOSED, "")


def test_a_disk_that_is_full_is_one_line() -> None:
    full = Path("/dev/full")
    if full.exists():
        with full.open("w") as out:
            words = [sys.executable, "-m", "mailrace", "properties"]
            ended = subprocess.run(words, check=False, stdout=out, stderr=subprocess.PIPE, text=True, cwd=ROOT)
        assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
        assert ended.stderr.startswith("mailrace: cannot write to standard output: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["replay"],
        ["strategies"],
        ["pipelining"],
    ],
)
def test_a_terminal_that_is_not_utf_8(arguments: list[str]) -> None:
    """As under Windows, where standard output is cp1252 when it is no terminal."""
    assert alone("-m", "mailrace", *arguments, PYTHONIOENCODING="ascii", PYTHONUTF8="0").returncode == 0


LOADED = """
import json, sys
before = set(sys.modules)
{}
print(json.dumps(sorted(set(sys.modules) - before)))
"""
EVERY_MODEL = """
import importlib, pkgutil, model
for module in pkgutil.walk_packages(model.__path__, "model."):
    importlib.import_module(module.name)
"""
HELP = """
import contextlib, io, mailrace
with contextlib.redirect_stdout(io.StringIO()):
    mailrace.main(["--help"])
"""


def loaded(code: str) -> set[str]:
    """The modules that come with that code, without the standard library's."""
    ran = alone("-c", LOADED.format(code))
    assert ran.returncode == 0, ran.stderr
    return {name for name in json.loads(ran.stdout) if name.partition(".")[0] not in sys.stdlib_module_names}


def test_model_needs_simpy_alone() -> None:
    assert {name.partition(".")[0] for name in loaded("import model")} == {"model"}
    every = loaded(EVERY_MODEL)
    assert {name.partition(".")[0] for name in every} == {"model", "simpy"}
    modules = {f"model.{file.stem}" for file in (ROOT / "model").glob("*.py") if file.stem != "__init__"}
    assert modules <= every


def test_help_is_light() -> None:
    found = loaded(HELP)
    assert {name.partition(".")[0] for name in found} <= {"mailrace", "click"}
    assert "rich" in {name.partition(".")[0] for name in loaded(HELP + "import rich")}, "this can fail"


def test_every_default_can_be_spelled(run: Run, tiny: Path) -> None:
    """The full spelling, as `strategies` lists it, is accepted."""
    assert run("check", tiny, "--profile", Profile.parse().spelling).code == 0
