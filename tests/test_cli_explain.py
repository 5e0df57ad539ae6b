"""What do `mailrace check` and `mailrace explain` say of what never came up, and of searches that are cut?"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from command_line import Ran
from stories import EXPUNGED, ROOT

import mailrace
from explore.check.vacuity import never_exercised
from explore.show.export import FORMATS
from explore.space.profile_set import Universe


# --- what was never exercised -----------------------------------------------------------------------------------------


def test_never_exercised(run: Callable[..., Ran], tmp_path: Path) -> None:
    file, out = tmp_path / "expunged.txt", tmp_path / "out.json"
    file.write_text(EXPUNGED, encoding="utf-8")
    ran = run("check", file, "--json", out)
    never = json.loads(out.read_text(encoding="utf-8"))["never_exercised"]
    assert set(never) == {"commands", "strategies", "responses"}
    assert {"LSUB", "UID FETCH", "STATUS", "UID STORE.SILENT"} <= set(never["commands"])
    assert not {"FETCH", "STORE", "STORE.SILENT", "EXPUNGE", "COPY", "SEARCH", "NOOP"} & set(never["commands"])
    assert {"delete=3.1", "rename=3.4", "beyond=no"} <= set(never["strategies"])
    assert not {"fetch=4.1.1", "tell=any", "store=4.2.4"} & set(never["strategies"])
    assert {"BYE", "LIST", "STATUS", "untagged OK", "FLAGS"} <= set(never["responses"])
    assert not {"FETCH", "EXPUNGE", "SEARCH", "tagged OK", "tagged NO"} & set(never["responses"])
    shown = " ".join(ran.out.split())
    for what, names in never.items():
        assert f"Never exercised: {what} {', '.join(names)}." in shown


def test_all_kinds_are_known() -> None:
    never = never_exercised(Universe(), set(), set(), set())
    assert {"EXAMINE", "UNSUBSCRIBE", "LSUB", "UID SEARCH", "STORE.SILENT"} <= set(never["commands"])
    assert {"EXISTS", "RECENT", "EXPUNGE", "FETCH", "BYE", "tagged BAD", "untagged OK"} <= set(never["responses"])
    assert all(len(set(names)) == len(names) for names in never.values())


# --- cut searches -----------------------------------------------------------------------------------------------------


def test_max_seconds(run: Callable[..., Ran], tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    ran = run("check", "--max-seconds", "0.3", "--json", out)
    found = json.loads(out.read_text(encoding="utf-8"))
    assert ran.code == 0
    assert not found["complete"]
    assert True not in {verdict["holds"] for verdict in found["verdicts"]}
    assert re.search(r"The search was cut: .*\d+ of \d+ searches not begun", " ".join(ran.out.split()))


def test_max_seconds_that_are_enough(run: Callable[..., Ran], tmp_path: Path) -> None:
    file, out = tmp_path / "expunged.txt", tmp_path / "out.json"
    file.write_text(EXPUNGED, encoding="utf-8")
    run("check", file, "--max-seconds", "500", "--json", out)
    assert json.loads(out.read_text(encoding="utf-8"))["complete"]


INTERRUPTED = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
import mailrace, mailrace.checking, mailrace.tables
print("ready", flush=True)
mailrace.main(sys.argv[1:])
"""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["check"], r"The search was cut: (\S+ \(\w+\) at [\d,]+ states, depth \d+; )*\d+ of \d+ searches not begun"),
        (["explain", "O-TOLD"], r"O-TOLD is undetermined: the search was cut \(within .* [\d,]+ states, depth \d+\)"),
        (["faults"], r"\d+ of \d+ faults are caught, each by the obligation it was made for; \d+ were not tried"),
    ],
)
def test_ctrl_c(arguments: list[str], says: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        encoding="utf-8",
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert re.search(says, " ".join(out.split())), out


def test_every_format_can_be_asked_for() -> None:
    command = mailrace.cli.get_command(click.Context(mailrace.cli), "explain")
    assert command is not None
    (option,) = (option for option in command.params if option.name == "form")
    assert isinstance(option.type, click.Choice)
    assert list(option.type.choices) == list(FORMATS)
