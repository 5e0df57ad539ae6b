"""What does `mailrace simulate` do with right input, and what with wrong input? (`mailrace/simulate.py`)"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from command_line import Run

import mailrace
from explore.studies.catalogue import STUDIES, study
from explore.studies.design import Study

ROOT = Path(mailrace.__file__).parent.parent
QUICK = (
    "delete-refused", "--set", "clients=5,20", "--set", "lengths=exponential", "--set", "attempts=2", "--set", "warmup=1",
    "--replications", "3", "--jobs", "1",
)  # fmt: skip


# --- right ----------------------------------------------------------------------------------------------------------


def test_without_a_study_it_lists_them(run: Run) -> None:
    ran = run("simulate")
    assert ran.code == 0
    text = " ".join(ran.out.split())
    for one in STUDIES:
        assert one.name in text
        assert one.source in text
        for parameter in one.parameters:
            assert parameter.name in text
    assert "how long it stays open, on average (minutes)" in text
    assert "numbers above 0 up to 10,000" in text


def test_a_table_beside_the_theory(run: Run) -> None:
    ran = run("simulate", *QUICK)
    assert (ran.code, ran.err) == (0, "")
    text = " ".join(ran.out.replace("\u00a0", " ").split())
    assert "refused theory time to success theory gave up theory" in text
    row = study("delete-refused").run(
        {"clients": "5,20", "lengths": "exponential", "attempts": 2, "warmup": 1}, replications=3
    ).iloc[0]
    assert f"5 exponential {row['estimate']:.2f} [" in text
    assert f" {row['theory']:.3g} " in text
    assert "Seed 1, 3 replications of each point, 95% intervals." in text
    assert "visits=1 minutes=3" in text


def test_seeds_on_the_command_line(run: Run) -> None:
    first, again, other = (run("simulate", *QUICK, "--seed", seed).out for seed in ("4", "4", "5"))
    assert first == again != other


def test_json_and_csv(run: Run, tmp_path: Path) -> None:
    plain, table = tmp_path / "a.json", tmp_path / "a.csv"
    assert run("simulate", *QUICK, "--json", plain, "--csv", table).code == 0
    written = json.loads(plain.read_text(encoding="utf-8"))
    frame = pd.read_csv(table)
    assert written["study"] == "delete-refused"
    assert written["settings"]["clients"] == [5, 20]
    assert written["replications"] == {"done": 6, "of": 6}
    assert not written["interrupted"]
    assert len(written["rows"]) == len(frame) == 6
    assert [row["estimate"] for row in written["rows"]] == pytest.approx(list(frame["estimate"]))
    assert [row["measure"] for row in written["rows"]] == list(frame["measure"])


def test_json_has_null_where_there_is_no_number(run: Run, tmp_path: Path) -> None:
    plain = tmp_path / "a.json"
    arguments = ("--set", "profile=default", "--set", "minutes=0.5", "--replications", "1", "--jobs", "1")
    assert run("simulate", "cost", *arguments, "--json", plain).code == 0
    rows = json.loads(plain.read_text(encoding="utf-8"))["rows"]
    assert {row["theory"] for row in rows} == {None}
    assert {row["low"] for row in rows} == {None}


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_plots(run: Run, tmp_path: Path, suffix: str) -> None:
    first, again = tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}"
    assert run("simulate", *QUICK, "--plot", first).code == 0
    assert run("simulate", *QUICK, "--plot", again).code == 0
    assert first.read_bytes() == again.read_bytes()
    assert first.stat().st_size > 4000


@pytest.mark.parametrize("name", [one.name for one in STUDIES])
def test_a_recorded_run_is_what_replay_accepts(run: Run, tmp_path: Path, name: str) -> None:
    file = tmp_path / "run.txt"
    recorded = run("simulate", name, "--record", file, "--seed", "3")
    assert (recorded.code, recorded.out) == (0, "")
    assert recorded.err == f"mailrace replay {file}\n"
    replayed = run("replay", file)
    assert replayed.code == 0
    assert "1 of 1 transcripts replay" in replayed.out


def test_what_differs_from_the_base_has_a_star(run: Run) -> None:
    profiles = ("--set", "profile=default,delete=3.3,order=descending", "--set", "manner=naive")
    ran = run("simulate", "cost", *profiles, "--replications", "4", "--jobs", "1")
    assert ran.code == 0
    rows = {line.split()[0]: line for line in ran.out.splitlines() if " naive " in line}
    assert "*" in rows["delete=3.3"]
    assert "*" not in rows["order=descending"] + rows["default"]


# --- Ctrl-C ---------------------------------------------------------------------------------------------------------


def test_interrupted_it_keeps_what_is_finished(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = Study.find

    def interrupted(self: Study, given: Any, progress: Any, **settings: Any) -> Any:
        def stop(done: int, total: int) -> None:
            progress(done, total)
            if done == 3:
                raise KeyboardInterrupt

        return find(self, given, progress=stop, **settings)

    monkeypatch.setattr(Study, "find", interrupted)
    plain, picture = tmp_path / "a.json", tmp_path / "a.png"
    ran = run("simulate", *QUICK, "--json", plain, "--plot", picture)
    assert ran.code == 130
    assert "Interrupted: 3 of 6 replications." in ran.out
    assert "1 to 2 replications of each point" in ran.out
    assert json.loads(plain.read_text(encoding="utf-8"))["interrupted"]
    assert picture.exists()


def test_interrupted_before_anything_is_finished(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def at_once(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("explore.studies.design._task", at_once)
    picture = tmp_path / "a.png"
    ran = run("simulate", *QUICK, "--plot", picture)
    assert ran.code == 130
    assert "Interrupted: 0 of 6 replications." in ran.out
    assert not picture.exists()
    assert "nothing to draw" in ran.err


SIGNALLED = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from explore.studies import design
from mailrace import main
task, count = design._task, 0
def interrupting(*call):
    global count
    count += 1
    if count == 4:
        os.kill(os.getpid(), signal.SIGINT)
    return task(*call)
design._task = interrupting
main(sys.argv[1:])
"""


def test_a_real_signal() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SIGNALLED, "simulate", *QUICK], capture_output=True, text=True, cwd=ROOT, check=False,
        timeout=120, encoding="utf-8", env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.returncode == 130
    assert "Interrupted: 3 of 6 replications." in done.stdout
    assert done.stderr == ""


# --- wrong ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nope"], "'nope' is no study; the studies are delete-refused, expunge-refused"),
        (["cost", "--set", "speed=1"], "'speed' is no parameter of cost; its parameters are profile, manner"),
        (["cost", "--set", "clients=0"], "clients=0 is not right; give whole numbers from 1 to 200 (clients)"),
        (["cost", "--set", "clients=2.5"], "clients=2.5 is not right"),
        (["ghosts", "--set", "deletions=-1"], "deletions=-1 is not right; give numbers above 0 up to 10,000 (per hour)"),
        (["ghosts", "--set", "poll=soon"], "poll=soon is not right"),
        (["ghosts", "--set", "poll=nan"], "poll=nan is not right"),
        (["ghosts", "--set", "poll=1,2"], "poll=1,2 is not right"),
        (["ghosts", "--set", "strategy=delete=3.1"], "strategy=delete=3.1 is not right; give one of delete=3.2, delete=3.3"),
        (["ghosts", "--set", "clients=3,3"], "several with commas between, each once"),
        (["ghosts", "--set", "clients"], "--set clients sets nothing; write --set name=value"),
        (["ghosts", "--set", "poll=1", "--set", "poll=2"], "poll is set twice"),
        (["ghosts", "--seed", "-1"], "-1 is not in the range"),
        (["ghosts", "--seed", "x"], "'x' is not a valid integer"),
        (["ghosts", "--replications", "0"], "0 is not in the range"),
        (["ghosts", "--jobs", "0"], "0 is not in the range"),
        (["ghosts", "--plot", "a.gif"], "'a.gif' is no kind of picture; its name must end in .png, .svg, .pdf"),
        (["ghosts", "--csv", "nowhere/a.csv"], "cannot write nowhere/a.csv"),
        (["ghosts", "--json", "."], "cannot write ."),
        (["ghosts", "--record", "nowhere/a.txt"], "cannot write nowhere/a.txt"),
        (["ghosts", "--record", "a.txt", "--set", "poll=-1"], "poll=-1 is not right"),
        (["--json", "a.json"], "which study?"),
    ],
)
def test_wrong_arguments(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run("simulate", *arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith("mailrace: ")
    assert ran.err.count("\n") == 1
    assert says in ran.err
    assert not list(tmp_path.iterdir())


def test_a_run_that_does_not_fit_into_a_transcript(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "run.txt"
    ran = run("simulate", "delete-refused", "--record", file, "--set", "clients=200", "--set", "minutes=60")
    assert ran.code == 2
    assert "a transcript holds 99" in ran.err
    assert not file.exists()


def test_a_file_that_cannot_be_written_after_all(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    ran = run("simulate", *QUICK, "--csv", tmp_path / "a.csv")
    assert ran.code == 2
    assert ran.err == f"mailrace: cannot write {tmp_path / 'a.csv'}: No space left on device\n"
