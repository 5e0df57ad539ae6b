"""What README shows is what mailrace prints, and what it says can be run."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

import mailrace
from explore.check.checking import check
from explore.check.report import Report
from explore.scenario.notation import parse
from explore.show.report_table import show_report
from model.protocol.flags import NO_FLAGS
from model.server.decisions import FetchRuling
from model.store.mailbox import Message
from strategies import DECISIONS, NOTHING, Strategy

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def blocks(language: str = "") -> list[str]:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.S | re.M)
    return [text for named, text in fenced if named == language]


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> Strategy:
    """README's own strategy, registered as it says."""
    code = next(block for block in blocks("python") if "class MadeUp" in block)
    names = {
        "Strategy": Strategy, "Message": Message, "FetchRuling": FetchRuling, "NO_FLAGS": NO_FLAGS, "NOTHING": NOTHING,
    }  # fmt: skip
    exec("from __future__ import annotations\n" + code, names)
    strategy: Strategy = names["MadeUp"]()  # type: ignore[operator]
    monkeypatch.setitem(DECISIONS, "fetch", (*DECISIONS["fetch"], strategy))
    return strategy


def test_the_output_shown_is_real(full_report: Report) -> None:
    console = Console(width=120, file=io.StringIO(), highlight=False)
    show_report(full_report, console)
    output = re.sub(r"[ \t]+$", "", console.file.getvalue(), flags=re.M)  # type: ignore[attr-defined]
    matrix, legend, story = blocks()[:3]
    assert matrix in output
    assert legend in output
    assert full_report.counterexamples["H-WRONG-MAILBOX"].text == story


def test_the_numbers_in_the_text_are_real(full_report: Report) -> None:
    kinds = [prop.kind for prop in full_report.properties]
    assert f"{kinds.count('obligation')} *obligations*" in README
    assert f"{kinds.count('hazard')} *hazards*" in README


def test_the_scenario_can_be_checked() -> None:
    text = next(block for block in blocks() if block.startswith("Title: may I expunge"))
    found = check([parse("readme", text)])
    assert found.complete
    assert not found.violated
    assert "H-MISSED" in found.counterexamples


def test_the_strategy_works(made_up: Strategy, capsys: pytest.CaptureFixture[str]) -> None:
    mailrace.main(["explain", "H-PHANTOM", "4-outside", "--profile", "fetch=made-up"])
    assert "shows message" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="1"):
        mailrace.main(["check", "4-outside", "--profile", "fetch=made-up", "--client", "naive"])
    said = capsys.readouterr().out
    assert "mailrace explain H-PHANTOM --profile fetch=made-up" in said
    assert "O-IMMUTABLE: breaks under fetch=made-up" in said


def test_the_simulation_runs(capsys: pytest.CaptureFixture[str]) -> None:
    exec(next(block for block in blocks("python") if "Simulation" in block), {})
    lines = capsys.readouterr().out.splitlines()
    assert "C1: A001 EXPUNGE" in lines
    assert "S2: * 2 EXPUNGE" in lines


def test_the_python_runs_and_prints_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    exec(next(block for block in blocks("python") if "from explore import" in block), {})
    printed = capsys.readouterr().out
    shown = next(block for block in blocks() if block.startswith("✗ H-PHANTOM"))
    assert printed.startswith(f"{shown}Title: H-PHANTOM breaks: ")


def test_the_client_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "readers.py").write_text(next(block for block in blocks("python") if "def reader" in block))
    monkeypatch.syspath_prepend(str(tmp_path))
    mailrace.main(["explain", "H-PHANTOM", "--client", "readers:reader"])
    assert "the client shows message 2 as an empty message" in capsys.readouterr().out
