"""Is what is found the same without reductions, and is what it took said? (`explore.check.report`)"""

from __future__ import annotations

import itertools
import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from command_line import Run
from searches import BUILTIN, FULL, QUIET, told
from stages import EXPUNGED

from explore.check import findings
from explore.check.checking import check
from explore.space.state_space import REDUCTIONS
from model.client.belief import MANNERS, NAIVE


# --- reductions switched off ------------------------------------------------------------------------------------------


def reductions_of(run: Run, tmp_path: Path, *options: str | Path) -> tuple[list[str], dict[str, Any], str]:
    out = tmp_path / "out.json"
    ran = run("check", *options, "--json", out)
    assert ran.code == 0
    found = json.loads(out.read_text(encoding="utf-8"))
    (said,) = (row for row in ran.out.splitlines() if row.startswith("Reductions: "))
    return sorted({name for row in found["searches"] for name in row["reductions"]}), found, said


TWINS = "Mailbox: FOO 1 messages\nSelected: FOO by C1 C2\nC1: FETCH 1 BODY[] | NOOP\nC2: FETCH 1 BODY[] | NOOP\n"


def test_reductions_can_be_switched_off(run: Run, tmp_path: Path) -> None:
    """One, several, or all; it takes more states, and changes no verdict."""
    file = tmp_path / "twins.txt"
    file.write_text(TWINS, encoding="utf-8")
    with_all, most, line = reductions_of(run, tmp_path, file)
    assert line == f"Reductions: {', '.join(with_all)}."
    assert set(most["reductions"]) == REDUCTIONS
    assert {"known-contents", "write-only", "symmetry"} <= set(with_all)
    states = [most["states"]]
    for off in (["symmetry"], ["symmetry", "known-contents"], ["all"]):
        options = [word for name in off for word in ("--no-reduction", name)]
        on, found, line = reductions_of(run, tmp_path, file, *options)
        assert not set(on) & (REDUCTIONS if off == ["all"] else set(off))
        assert set(found["reductions"]) == (frozenset() if off == ["all"] else REDUCTIONS - set(off))
        assert found["verdicts"] == most["verdicts"]
        states.append(found["states"])
    assert line == "Reductions: none."
    assert states == sorted(states)
    assert states[0] < states[1] < states[2]


def test_the_report_says_where_a_reduction_was_not_sound(run: Run, tmp_path: Path) -> None:
    twins, retry = tmp_path / "twins.txt", tmp_path / "retry.txt"
    twins.write_text(TWINS, encoding="utf-8")
    retry.write_text(TWINS.replace("C1: ", "C1: retry "), encoding="utf-8")
    _, found, line = reductions_of(run, tmp_path, twins, retry, "--client", "naive", "--profile", "default")
    assert "symmetry (not in retry)" in line
    assert {row["scenario"]: "symmetry" in row["reductions"] for row in found["searches"]} == {"twins": True, "retry": False}


def test_explain_without_reductions(run: Run, tiny: Path) -> None:
    with_all, without = run("explain", "H-PHANTOM", tiny), run("explain", "H-PHANTOM", tiny, "--no-reduction", "all")
    assert with_all.out == without.out
    assert without.code == 0


@pytest.mark.parametrize("command", [["check"], ["explain", "H-PHANTOM"]])
@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--no-reduction", "frob"], f"'frob' is no reduction; the reductions are {', '.join(sorted(REDUCTIONS))}, and all"),
        (["--no-reduction", "all", "--no-reduction", "Symmetry"], "'Symmetry' is no reduction; the reductions are "),
        (["--no-reduction", ""], "'' is no reduction"),
        (["--no-reduction"], "Option '--no-reduction' requires an argument"),
        (["--depth", "0"], "Invalid value for '--depth': 0 is not in the range"),
        (["--depth", "-3"], "Invalid value for '--depth': -3 is not in the range"),
        (["--depth", "deep"], "Invalid value for '--depth': 'deep' is not a valid integer"),
        (["--jobs", "0"], "Invalid value for '--jobs': 0 is not in the range"),
        (["--jobs", "two"], "Invalid value for '--jobs': 'two' is not a valid integer"),
        (["--jobs", "9999"], "Invalid value for '--jobs': 9999 is not in the range"),
    ],
)
def test_wrong_options(run: Run, tiny: Path, command: list[str], options: list[str], says: str) -> None:
    ran = run(*command, tiny, *options)
    assert (ran.code, ran.out) == (2, "")
    (line,) = ran.err.splitlines()
    assert line.startswith("mailrace: ")
    assert says in line


# --- what it took -----------------------------------------------------------------------------------------------------


def test_memory_and_time() -> None:
    report = check((QUIET, EXPUNGED), FULL, (NAIVE,))
    most = [row.memory for row in report.rows]
    assert all(memory is not None and memory > 10_000_000 for memory in most)
    assert report.memory == max(memory for memory in most if memory is not None)
    assert most == sorted(most, key=lambda memory: memory or 0), "the most so far only rises"
    found = report.as_json()
    assert found["memory"] == report.memory
    assert found["elapsed"] >= 0
    assert found["seconds"] == pytest.approx(sum(row.seconds for row in report.rows), abs=0.001)


def test_memory_that_is_taken_is_seen() -> None:
    before = findings.peak_memory()
    assert before is not None
    block = bytearray(before + 50_000_000)
    after = findings.peak_memory()
    assert after is not None
    assert after >= before + 40_000_000
    del block


def test_a_mac_counts_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    here = findings.peak_memory()
    monkeypatch.setattr(sys, "platform", "darwin")
    there = findings.peak_memory()
    assert here is not None
    assert there is not None
    assert there < here


def test_a_system_that_says_nothing(
    run: Run, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "resource", None)
    out = tmp_path / "out.json"
    ran = run("check", tiny, "--json", out)
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["memory"] is None
    assert {row["memory"] for row in found["searches"]} == {None}
    assert "memory" not in ran.out


def test_what_stands_behind_it(run: Run, tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    said = told(run("check", tiny, "--json", out).out)
    found = json.loads(out.read_text(encoding="utf-8"))
    memory = f"with up to {found['memory'] / 1e6:,.0f} MB of memory."
    counts = f"{found['states']:,} states, {found['transitions']:,} steps, {found['interleavings']:,} full interleavings"
    assert f"Explored: {counts}, in {found['seconds']:.0f} s, {memory}" in said
    rows = found["searches"]
    assert [row["manner"] for row in rows] == list(MANNERS)
    for total in ("states", "transitions", "interleavings"):
        assert found[total] == sum(row[total] for row in rows)
    assert set(rows[0]) == {
        "scenario", "manner", "states", "transitions", "interleavings", "depth", "complete", "reductions", "seconds",
        "memory",
    }  # fmt: skip


def test_unmeasured_means_without_what_a_clock_says() -> None:
    report = check((QUIET,), FULL, (NAIVE,))
    whole, rest = report.as_json(), report.as_json(measured=False)
    assert set(whole) - set(rest) == {"seconds", "elapsed", "processes", "memory"}
    assert set(whole["searches"][0]) - set(rest["searches"][0]) == {"seconds", "memory"}


def test_a_limit_on_the_clock_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that makes a step at each look: no search is begun after its time."""
    ticks = itertools.count()
    monkeypatch.setattr(time, "monotonic", lambda: float(next(ticks)))
    report = check((QUIET, EXPUNGED), FULL, most_seconds=6.0)
    assert report.untried > 0
    assert not report.complete
    assert {verdict.holds for verdict in report.verdicts()} <= {None, False}


def test_the_bound_says_which_clients_were_not_everywhere() -> None:
    """A verdict on pipelining clients is one about the scenarios that are meant for them."""
    ahead = BUILTIN["5-pipelining"]
    assert check((QUIET, BUILTIN["3-recycle"], ahead)).who == (
        "naive, aware, reissuing; in 5-pipelining only: pipelining, reckless"
    )
    assert check((ahead,)).who == "pipelining, reckless"
    assert check((QUIET, ahead), manners=(NAIVE,)).who == "naive"
    assert check((QUIET,), most_seconds=1e-9).who.startswith("naive; not begun: aware, reissuing")
