"""What becomes of arguments that nobody should give? One line and exit code 2, or an ordinary end; never a traceback."""

from __future__ import annotations

import functools
import itertools
from pathlib import Path

import click
import pytest
from command_line import Run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mailrace
from explore.rfc.references import cover
from explore.scenario.notation import builtin
from mailrace.lazy import COMMANDS

ODD = (
    "", " ", "-", "--", "-1", "0", "1e400", "nan", "9" * 400, "x" * 5000, "\u00e9\u4e2d\U0001f600", "\u202e", "\ud800",
    "a\nb", "..", "/", "/dev/null/x", "folder", "binary", "empty", "a:b", ":", "os:getcwd", "=", "a=b", "fetch=",
    "=4.1.3", "%s", "[red]", "mr1:", "mr1:eNo",
    "mr999999999:x", "§4.1", "4.1.3-", "O-UID", "3-quiet", "NOOP", "FETCH 1:* BODY[", "*", "'",
)  # fmt: skip
OPTIONS = {
    "check": (
        "--profile", "--client", "--client-commands", "--max-states", "--max-seconds",
        "--depth", "--jobs", "--no-reduction", "--json", "--plot",
    ),
    "explain": (
        "--profile", "--client", "--client-commands", "--max-states", "--max-seconds",
        "--depth", "--jobs", "--no-reduction", "--json", "--plot",
        "--versus", "--format",
    ),
    "replay": ("--profile", "--versus"),
    "graph": (
        "--by", "--property", "--profile", "--client", "--client-commands", "--max-states", "--plot", "--format", "--out",
    ),
    "simulate": ("--set", "--seed", "--replications", "--jobs", "--plot", "--csv", "--json", "--record"),
    "coverage": ("--page", "--json"),
    "pipelining": ("--profile",),
    "faults": ("--json",),
    "strategies": (),
    "properties": (),
}  # fmt: skip
STUDY = (
    "delete-refused", "--set", "clients=2", "--set", "lengths=exponential", "--set", "attempts=1", "--set", "warmup=1",
    "--replications", "1", "--jobs", "1",
)  # fmt: skip
SMALL = {
    "check": ("3-quiet", "--max-states", "20", "--jobs", "1"),
    "explain": ("O-UID", "3-quiet", "--max-states", "20", "--jobs", "1"), "graph": ("3-quiet", "--max-states", "20"),
    "faults": ("deaf-noop",), "coverage": ("3-b",), "simulate": STUDY,
    "pipelining": ("NOOP", "NOOP"),
}  # fmt: skip
"""What keeps a command short, where it takes the odd argument; without it, `SHORT`."""
SHORT = {
    "check": ("--max-states", "20", "--jobs", "1"), "explain": ("--max-states", "20", "--jobs", "1"),
    "graph": ("--max-states", "20"), "simulate": ("--replications", "1", "--jobs", "1"),
}  # fmt: skip


FEW = tuple(scenario for scenario in builtin() if scenario.name == "3-quiet")
covered = functools.cache(cover)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder but for a folder, a file that is no text, and one with nothing in it; and as few built-in scenarios as
    will do, as here it is not the search that is tried."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mailrace.parameter_types.builtin", lambda: FEW)
    monkeypatch.setattr("mailrace.tables.hunting_grounds", lambda: FEW)
    monkeypatch.setattr("mailrace.coverage.cover", covered)
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff")
    (tmp_path / "empty").touch()
    return tmp_path


def ends_well(run: Run, *arguments: str) -> None:
    """The command ends with a code that README knows, and with no exception; a refusal is one line."""
    ran = run(*arguments)
    assert ran.code in (0, 1, 2, 130), arguments
    assert "Traceback" not in ran.err
    if ran.code == 2 and arguments:
        assert ran.err.startswith("mailrace: "), arguments
        assert ran.err.count("\n") == 1, arguments


def test_every_command_and_option_is_tried() -> None:
    assert set(OPTIONS) == set(COMMANDS)
    for name, tried in OPTIONS.items():
        command = mailrace.cli.get_command(click.Context(mailrace.cli), name)
        assert command is not None
        valued = [param for param in command.params if isinstance(param, click.Option) and not param.is_flag]
        assert {param.opts[0] for param in valued} == set(tried)


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("name", COMMANDS)
def test_an_odd_argument(run: Run, name: str) -> None:
    for odd in ODD:
        ends_well(run, name, *SHORT.get(name, ()), odd)
        ends_well(run, name, *SHORT.get(name, ()), "--", odd)
        ends_well(run, name, odd, odd)


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(("name", "option"), [(name, option) for name, several in OPTIONS.items() for option in several])
def test_an_odd_value_of_an_option(run: Run, name: str, option: str) -> None:
    for odd in ODD:
        ends_well(run, name, *SMALL.get(name, ()), option, odd)


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("odd", ODD)
def test_an_odd_word_instead_of_a_command(run: Run, odd: str) -> None:
    ends_well(run, odd)
    ends_well(run, odd, odd)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    words=st.lists(st.sampled_from(ODD) | st.text(max_size=8).filter(lambda word: "\0" not in word), max_size=3),
    name=st.sampled_from(("replay", "pipelining", "strategies", "properties", "coverage")),
)
def test_odd_words_together(run: Run, elsewhere: Path, words: list[str], name: str) -> None:
    ends_well(run, name, *words)


@pytest.mark.usefixtures("elsewhere")
def test_odd_files(run: Run) -> None:
    texts = (
        "", "\ufeffC1: NOOP\n", "C1: NOOP\x00\n", "C1: \u202e\n", "Mailbox: " + "x" * 9000 + "\nC1: NOOP\n", "\r\r\n",
        'Mailbox: "\\"\nC1: NOOP\n', "C1: A001 NOOP\n<otherwise: >\n", "Bound: 0 uids\nC1: NOOP\n", "Clients: \nC1: NOOP\n",
        "Title: \u00e9\nC1: A001 LOGIN a b\n", "C1: forever\n", "C99: NOOP\n", "C1: command\n",
    )  # fmt: skip
    for text, command in itertools.product(texts, (("check",), ("explain", "O-UID"), ("graph",), ("replay",))):
        Path("odd.txt").write_text(text, encoding="utf-8")
        ends_well(run, *command, "odd.txt", *SHORT.get(command[0], ()))
