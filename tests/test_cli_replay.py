"""What does `mailrace replay` say of transcripts? (`mailrace/replaying.py`)"""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_texts import written
from command_line import Run

from explore.check.faults import FAULTS

TALK = """\
Title: one expunges
Profile: tell=eager
Mailbox: FOO 2 messages, 2 \\Deleted
Selected: FOO by C1 C2

C1: A001 EXPUNGE
S1: * 2 EXPUNGE
S1: A001 OK whatever

<C2 is not told>
C2: B001 FETCH 2 BODY.PEEK[]
S2: * 2 FETCH (BODY[] "foo2")
S2: B001 OK
"""


def test_replay_of_rfc_2180(run: Run) -> None:
    ran = run("replay")
    assert (ran.code, ran.err) == (0, "")
    rows = ran.out.splitlines()
    assert [row for row in rows if row.startswith("✓ ")] == rows[:20]
    assert rows[20:21] == ["20 of 20 examples replay"]
    assert rows[21].endswith("other strategies part from them, each where it should")


def test_replay_of_a_file(run: Run, tmp_path: Path) -> None:
    file = written(tmp_path / "talk.txt", TALK)
    ran = run("replay", file)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"✓ {file}  one expunges\n1 of 1 transcripts replay\n"


def test_replay_of_a_file_that_differs(run: Run, tmp_path: Path) -> None:
    """Side by side, and one line marked: the first that differs."""
    good = written(tmp_path / "good.txt", TALK)
    bad = written(tmp_path / "bad.txt", TALK.replace('"foo2"', '"foo3"').replace("B001 OK", "B001 NO"))
    ran = run("replay", good, bad)
    assert (ran.code, ran.err) == (1, "")
    assert f"✓ {good}  one expunges\n" in ran.out
    assert f"✗ {bad}  one expunges\n" in ran.out
    assert "  line 12: expected 'S2: * 2 FETCH (BODY[] \"foo3\")', got 'S2: * 2 FETCH (BODY[] \"foo2\")'\n" in ran.out
    (marked,) = (row for row in ran.out.splitlines() if row.startswith("►"))
    assert '"foo3"' in marked.split("|")[0]
    assert '"foo2"' in marked.split("|")[1]
    assert any(row.startswith("  S2: B001 NO ") and " | S2: B001 OK" in row for row in ran.out.splitlines())
    assert ran.out.endswith("1 of 2 transcripts replay\n")


def test_replay_under_another_profile(run: Run, tmp_path: Path) -> None:
    file = written(tmp_path / "talk.txt", TALK)
    assert run("replay", file, "--profile", "fetch=4.1.1,tell=lazy").code == 0
    ran = run("replay", file, "--profile", "fetch=4.1.2")
    assert ran.code == 1
    assert "  line 12: expected 'S2: * 2 FETCH" in ran.out


def test_replay_of_the_examples_under_one_profile(run: Run) -> None:
    ran = run("replay", "--profile", "default")
    assert ran.code == 1
    assert 0 < ran.out.count("✓") < 20
    assert ran.out.count("✓") + ran.out.count("✗") == 20


def test_replay_complains_of_a_mark_that_marks_nothing(run: Run, tmp_path: Path) -> None:
    file = written(tmp_path / "talk.txt", TALK.replace("<C2 is not told>", "<otherwise: copy=4.4.2>"))
    ran = run("replay", file)
    assert ran.code == 1
    assert "  line 10: under copy=4.4.2 nothing differs\n" in ran.out


def test_replay_can_fail(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples do tell a wrong server from a right one."""
    fault = next(fault for fault in FAULTS if fault.breaks == "O-COPY-TELLS")
    monkeypatch.setattr("explore.runs.transcript_replay.execute", fault.execute)
    ran = run("replay")
    assert ran.code == 1
    assert "✗ 4.4" in ran.out
