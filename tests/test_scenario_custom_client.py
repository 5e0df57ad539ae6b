"""A client of one's own, ten lines long, is put before every legal server."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mailrace
from explore.check.checking import check
from explore.check.report import Report
from explore.runs.transcript_replay import read, replay
from explore.scenario.custom_client import USUAL_COMMANDS, OwnClientError, Talk, load, own
from explore.scenario.notation import parse
from explore.scenario.placing import against
from model.client.belief import NAIVE

MODULE = """
def reader(mail):
    yield "SELECT FOO"
    if mail.shown:
        lines = yield "FETCH 1:* BODY.PEEK[]"
        if not lines[-1].startswith("OK"):
            yield "NOOP"

class Careful:
    doubts_nil = True

    def __call__(self, mail):
        yield "SELECT FOO"
        if mail.shown:
            yield "FETCH 1:* BODY.PEEK[]"
            yield "NOOP"

def wrong(mail):
    yield "FROB"

def crashing(mail):
    yield "SELECT FOO"
    raise KeyError("x")

def counting(mail):
    yield 3

def deaf(mail):
    yield "SELECT FOO"
    yield f"FETCH 1:{len(mail.shown)} FLAGS"

number = 3
"""


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "mine.py").write_text(MODULE)
    (tmp_path / "sick.py").write_text("import this_is_no_module\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    yield
    sys.modules.pop("mine", None)


def reader(mail: Any) -> Talk:
    yield "SELECT FOO"
    if mail.shown:
        yield "FETCH 1:* BODY.PEEK[]"


def report_on(client: Any, *texts: str) -> Report:
    return check(against(own(client), tuple(parse("own", text) for text in texts)), manners=(NAIVE,))


def test_a_reader_that_takes_nil_for_the_real_thing_is_caught() -> None:
    verdicts = {verdict.property.id: verdict for verdict in report_on(reader).verdicts()}
    assert verdicts["H-PHANTOM"].condition == "fetch=4.1.3"
    assert verdicts["H-THROWN-OUT"].condition == "delete=3.3 or rename=3.3"


def test_one_that_doubts_nil_is_not() -> None:
    report = check(against(load("mine:Careful")), manners=(NAIVE,))
    verdicts = {verdict.property.id: verdict for verdict in report.verdicts()}
    assert report.complete
    assert verdicts["H-PHANTOM"].holds
    assert not report.violated


def test_its_counterexample_replays_and_names_it() -> None:
    story = check(against(load("mine:reader")), manners=(NAIVE,)).counterexamples["H-PHANTOM"]
    assert "<C1 is mine:reader; the other clients are naive>" in story.text
    assert replay(read(story.text)).ok


def test_it_is_told_every_line_and_what_mailrace_knows_of_it() -> None:
    told: list[list[str]] = []
    known: list[tuple[str | None, int]] = []

    def listener(mail: Any) -> Talk:
        known.append((mail.name, len(mail.shown)))
        lines = yield "SELECT FOO"
        told.append(lines)
        known.append((mail.name, len(mail.shown)))
        lines = yield "FETCH 2 (UID FLAGS)"
        told.append(lines)

    report_on(listener, "Mailbox: FOO 2 messages\nC1: NOOP")
    assert known[-1] == ("FOO", 2)
    assert (None, 0) in known
    assert told[0][1] == "* 2 EXISTS"
    assert told[0][-1] == "OK [READ-WRITE] SELECT completed"
    assert told[-1] == ["* 2 FETCH (UID 2 FLAGS ())", "OK FETCH completed"]


def test_a_client_without_end_is_cut_off() -> None:
    def restless(mail: Any) -> Talk:
        while True:
            yield "NOOP"

    report = report_on(restless, "C1: NOOP")
    assert not report.complete
    assert [verdict for verdict in report.verdicts() if verdict.holds is not None] == []
    assert report.rows[0].states == USUAL_COMMANDS + 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("mine:wrong", "mine:wrong yields 'FROB': FROB is not a command known here"),
        ("mine:crashing", "mine:crashing raises KeyError: 'x'"),
        ("mine:counting", "mine:counting yields 3; it must yield the text of a command"),
        ("mine:deaf", "mine:deaf yields 'FETCH 1:0 FLAGS' after 'NO Mailbox does not exist': 0 is not"),
        ("mine:missing", "module mine has no function or class 'missing'"),
        ("mine:number", "module mine has no function or class 'number'"),
        ("nowhere:x", "cannot import nowhere: ModuleNotFoundError"),
        ("sick:x", "cannot import sick: ModuleNotFoundError: No module named 'this_is_no_module'"),
        (":", "':' names no client; write module:Name"),
        ("mine:", "'mine:' names no client; write module:Name"),
    ],
)
def test_a_wrong_client_gets_one_clear_line(words: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        mailrace.main(["check", "--client", words])
    complaint = capsys.readouterr().err
    assert ended.value.code == 2
    assert complaint.count("\n") == 1
    assert says in complaint


def test_a_client_that_is_none() -> None:
    with pytest.raises(OwnClientError, match="names no client"):
        load("reader")


def test_the_command_line_takes_it_and_hands_it_on(capsys: pytest.CaptureFixture[str]) -> None:
    mailrace.main(["check", "--client", "mine:reader"])
    assert "mailrace explain H-PHANTOM --profile fetch=4.1.3 --client mine:reader" in capsys.readouterr().out
    mailrace.main(["explain", "H-PHANTOM", "--client", "mine:reader"])
    assert replay(read(capsys.readouterr().out)).ok


def test_it_plays_the_first_part_in_a_scenario_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = """
        Mailbox: FOO 1 messages, 1 \\Deleted
        Selected: FOO by C2
        C1: NOOP
        C2: EXPUNGE
    """
    file = tmp_path / "a race.txt"
    file.write_text(textwrap.dedent(text).lstrip())
    mailrace.main(["check", str(file), "--client", "mine:reader"])
    output = capsys.readouterr().out
    assert "mailrace explain H-GONE-BUT-READABLE" in output
    assert f"'{file}' --client mine:reader" in output
