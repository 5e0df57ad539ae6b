"""Does the table of faults say which are caught, by what, and which are not? (`mailrace faults`)"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import Ran, Run, ran

from explore.check import fault_hunt
from explore.check.fault_hunt import FaultTable, hunt_all
from explore.check.faults import FAULTS, Fault, hunt
from explore.check.report import Report
from explore.scenario.definition import Scenario
from explore.scenario.notation import parse
from model import server

SMALL = parse(
    "small",
    """
Mailbox: FOO 3 messages, 2 \\Deleted
Mailbox: FRED
Selected: FOO by C1 C2
C1: EXPUNGE
C2: COPY 2:3 FRED | FETCH 3 BODY[] | NOOP
C2: EXPUNGE | STORE 3 +FLAGS (\\Seen)
""",
)
REUSED = """Mailbox: FOO 1 messages, 1 \\Deleted
Mailbox: FRED
Selected: FOO by C1 C2

C1: EXPUNGE
C1: APPEND FOO "new"
C1: NOOP
C1: FETCH 1 BODY[]
C1: COPY 1 FRED
C2: NOOP
C2: COPY 1 FRED
"""
BY_NAME = {fault.name: fault for fault in FAULTS}
CAUGHT = ("copy-tells-nothing", "expunge-twice", "nil-for-the-living")
CHOSEN = [BY_NAME[name] for name in CAUGHT]
RIGHT = Fault("right-after-all", "does nothing wrong", "O-TOLD", "default", server.execute)
MISTAKEN = BY_NAME["expunge-twice"]._replace(name="mistaken", breaks="O-GHOST-HIDDEN")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `mailrace` with those arguments in this process, on those faults in a small scenario."""

    def runner(chosen: list[Fault], *arguments: str | Path) -> Ran:
        monkeypatch.setattr("mailrace.tables.hunting_grounds", lambda: (SMALL,))
        for module in ("tables", "parameter_types"):
            monkeypatch.setattr(f"mailrace.{module}.FAULTS", chosen)
        return ran(capsys, "faults", *arguments)

    return runner


@pytest.fixture(scope="module")
def table() -> FaultTable:
    return hunt_all([*CHOSEN, RIGHT, MISTAKEN], (SMALL,))


def test_each_is_caught_by_what_it_was_made_for(table: FaultTable) -> None:
    for row in table.rows[: len(CHOSEN)]:
        assert row.right
        assert next(iter(row.steps)) == row.fault.breaks
        assert set(row.steps) == set(row.text) == set(hunt(row.fault, (SMALL,)).counterexamples)
        others = list(row.steps.values())[1:]
        assert others == sorted(others)


def test_a_right_server_and_a_wrong_label_are_missed(table: FaultTable) -> None:
    assert table.missed == ["right-after-all", "mistaken"]
    assert table.rows[-2].steps == {}
    assert "O-EXPUNGED-ONCE" in table.rows[-1].steps
    assert table.summary() == (
        "3 of 5 faults are caught, each by the obligation it was made for; missed: right-after-all, mistaken"
    )


def test_the_steps_are_those_of_the_transcript(table: FaultTable) -> None:
    for row in table.rows:
        for name, text in row.text.items():
            told = f"# The server is wrong ({row.fault.name}): it {row.fault.story}.\n"
            assert text.startswith(f"{told}Title: {name} breaks: ")
            assert sum(line.startswith(("C1: ", "C2: ", "Agent: ")) for line in text.splitlines()) == row.steps[name]


def test_the_table(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    ran = run(CHOSEN, "--json", out)
    assert (ran.code, ran.err) == (0, "")
    rows = ran.out.splitlines()
    assert rows[-1] == "3 of 3 faults are caught, each by the obligation it was made for"
    for fault in CHOSEN:
        (row,) = (row for row in rows if row.split()[:1] == [fault.name])
        assert f"● {fault.breaks} " in row
    plain = json.loads(out.read_text(encoding="utf-8"))
    assert (plain["caught"], plain["of"], plain["complete"]) == (3, 3, True)
    for fault, found in zip(CHOSEN, plain["faults"], strict=True):
        assert (found["fault"], found["made_for"], found["profile"]) == (fault.name, fault.breaks, fault.profile)
        assert found["caught"]
        assert found["caught_by"][fault.breaks] >= 1
        assert f"\n<{fault.breaks}: " in found["counterexample"]


def test_exit_code_1_if_one_is_missed(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    ran = run([CHOSEN[0], RIGHT, MISTAKEN], "--json", out)
    assert ran.code == 1
    assert ran.out.splitlines()[-1].startswith("1 of 3 faults are caught")
    assert "✗ not O-TOLD" in ran.out
    assert "✗ not O-GHOST-HIDDEN" in ran.out
    assert [found["caught"] for found in json.loads(out.read_text(encoding="utf-8"))["faults"]] == [True, False, False]


def test_one_fault(run: Run) -> None:
    ran = run(CHOSEN, "copy-tells-nothing")
    assert ran.code == 0
    assert ran.out.startswith("# The server is wrong (copy-tells-nothing): it keeps pending EXPUNGEs to itself at COPY.\n")
    assert "\nTitle: O-COPY-TELLS breaks: " in ran.out
    assert ran.out.splitlines()[-1].startswith("<O-COPY-TELLS: ")
    assert ran.err == "copy-tells-nothing is caught by O-COPY-TELLS on step 2\n"


def test_one_fault_that_is_missed(run: Run) -> None:
    ran = run([RIGHT], "right-after-all")
    assert ran.code == 1
    assert ran.out.splitlines()[-1].startswith("0 of 1 faults are caught")


def test_what_is_no_fault(run: Run) -> None:
    ran = run(CHOSEN, "frob")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"mailrace: 'frob' is no fault; the faults are {', '.join(CAUGHT)}\n"


def test_a_wrong_server_may_look_into_what_nobody_opens() -> None:
    """This one looks for the last UID in FRED, of which the reduction "write-only" keeps nothing but the contents."""
    scenario = parse("reused", REUSED)
    report = hunt(BY_NAME["uid-reuse"], (scenario,))
    assert all("write-only" not in row.reductions for row in report.rows)
    found = hunt_all([BY_NAME["uid-reuse"]], (scenario,))
    assert not found.interrupted


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_every_fault_is_told_by_its_name(capsys: pytest.CaptureFixture[str], fault: Fault) -> None:
    told = ran(capsys, "faults", fault.name)
    assert told.code == 0
    assert told.out.startswith(f"# The server is wrong ({fault.name}): ")
    assert f"<{fault.breaks}: " in told.out


def test_a_hunt_that_is_interrupted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(fault: Fault, scenarios: tuple[Scenario, ...]) -> Report:
        report = hunt(fault, scenarios)
        report.interrupted = fault is CHOSEN[1]
        return report

    monkeypatch.setattr(fault_hunt, "hunt", interrupted)
    ran = run(CHOSEN)
    assert ran.code == 130
    last = ran.out.splitlines()[-1]
    assert last == "1 of 3 faults are caught, each by the obligation it was made for; 2 were not tried"
    alone = run(CHOSEN, CHOSEN[1].name)
    assert alone.code == 130
    assert alone.out.splitlines()[-1].startswith("0 of 1 faults are caught")
