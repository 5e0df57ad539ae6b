"""What do `mailrace check` and `mailrace explain` say, print and write? (`mailrace/checking.py`)"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pytest
from cli_texts import SCENARIO, written
from command_line import Run

from explore.check import checking
from explore.check.faults import FAULTS
from explore.properties.catalogue import OBLIGATIONS, PROPERTIES
from explore.runs.transcript_replay import read, replay
from strategies import DECISIONS

MORE = """\
Title: one deletes or renames, one goes on
Mailbox: FOO 1 messages
Selected: FOO by C2

C1: DELETE FOO | RENAME FOO BAR
C2: STORE 1 +FLAGS (\\Seen) | APPEND FOO "new"
C2: NOOP
"""
ENDLESS = """\
Mailbox: FOO 1 messages
Selected: FOO by C2

C1: retry DELETE FOO
C2: forever
C2: NOOP
"""


# --- check ------------------------------------------------------------------------------------------------------------


def test_check_of_a_file(run: Run, tiny: Path) -> None:
    ran = run("check", tiny)
    assert ran.code == 0
    assert ran.err.strip() == ""
    assert f"Obligations: {len(OBLIGATIONS) - 7} of {len(OBLIGATIONS)} hold, 7 never came up" in ran.out
    assert "  – O-COPY-ATOMIC never came up: that needs COPY" in ran.out.splitlines()
    assert all(mark in ran.out for mark in "✓✗–")
    (row,) = (row for row in ran.out.splitlines() if row.startswith(" fetch=4.1.3 "))
    assert "✗" in row
    assert "    breaks if expunge=allow and fetch=4.1.3 and client=naive" in ran.out
    assert "Bound: up to 2 clients (naive, aware, reissuing), 2 messages, 2 commands; 13,824 profiles at once." in ran.out


@pytest.mark.parametrize("arguments", [("check",), ("explain", "H-PHANTOM"), ("explain", "H-DOUBLE")])
def test_no_progress_where_there_is_no_terminal(run: Run, tiny: Path, arguments: tuple[str, ...]) -> None:
    ran = run(*arguments, tiny)
    assert all(row.startswith(("H-PHANTOM breaks ", "mailrace replay ")) for row in ran.err.splitlines())
    assert (ran.err == "") == (arguments[-1] != "H-PHANTOM")


def test_check_of_several_files(run: Run, tiny: Path, tmp_path: Path) -> None:
    ran = run("check", tiny, written(tmp_path / "more.txt", MORE))
    assert ran.code == 0
    rows = [row.split()[0] for row in ran.out.splitlines() if row.startswith((" tiny ", " more "))]
    assert rows == ["tiny", "more"]


def test_a_name_in_brackets_is_shown_as_it_is(run: Run, tmp_path: Path) -> None:
    assert "[draft] one" in run("check", written(tmp_path / "[draft] one.txt", SCENARIO)).out


def test_check_under_one_profile(run: Run, tiny: Path) -> None:
    ran = run("check", tiny, "--profile", "fetch=4.1.3")
    assert ran.code == 0
    assert "Hazards × strategies" not in ran.out, "there is nothing to compare"
    assert "    breaks if client=naive" in ran.out
    assert "; 1 profile.\n" in ran.out


def test_check_for_one_manner(run: Run, tiny: Path) -> None:
    ran = run("check", tiny, "--client", "aware")
    assert ran.code == 0
    assert "Bound: up to 2 clients (aware), " in ran.out
    assert "H-PHANTOM" in ran.out
    assert "fetch=4.1.3 and" not in ran.out


KEYS = {
    "property", "kind", "statement", "source", "holds", "verdict", "reason", "condition", "strategies", "counterexample",
    "bound",
}  # fmt: skip


def as_json(file: Path) -> dict[str, Any]:
    found = json.loads(file.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def test_json(run: Run, tiny: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    ran = run("check", tiny, "--json", file)
    assert ran.code == 0
    found = as_json(file)
    counts = {"states", "transitions", "interleavings", "seconds", "elapsed", "processes", "memory"}
    bounds = {"complete", "depth", "most_depth", "reductions", "obstructed"}
    assert set(found) == {"verdicts", "endless", "searches", "never_exercised", "left_out", "unfinished", "own_clients"} | (
        counts | bounds
    )
    assert [type(found[key]) for key in ("states", "transitions", "interleavings", "seconds")] == [int, int, int, float]
    assert (found["complete"], found["endless"], found["left_out"]) == (True, [], {})
    assert found["obstructed"] == []
    assert f"Explored: {found['states']:,} states, {found['transitions']:,} steps, " in ran.out
    spellings = {strategy.spelling for choices in DECISIONS.values() for strategy in choices}
    for verdict in found["verdicts"]:
        assert set(verdict) == KEYS
        assert verdict["kind"] == ("obligation" if verdict["property"].startswith("O-") else "hazard")
        assert set(verdict["strategies"]) == spellings
        assert set(verdict["strategies"].values()) <= {"holds", "breaks", "unreachable"}
        assert verdict["bound"] == {"clients": 2, "messages": 2, "commands": 2, "profiles": 13_824}
        assert verdict["verdict"] == {True: "holds", False: "breaks", None: "unreachable"}[verdict["holds"]]
        if verdict["holds"] is None:
            assert (verdict["condition"], verdict["counterexample"]) == (None, None)
            assert set(verdict["strategies"].values()) == {"unreachable"}
        elif verdict["holds"]:
            assert (verdict["condition"], verdict["counterexample"]) == (None, None)
            assert "breaks" not in verdict["strategies"].values()
        else:
            assert "breaks" in verdict["strategies"].values()
            assert replay(read(verdict["counterexample"])).ok
    assert [v["property"] for v in found["verdicts"]] == [prop.id for prop in PROPERTIES]
    assert {verdict["holds"] for verdict in found["verdicts"]} == {True, False, None}
    broken = {v["property"]: v["condition"] for v in found["verdicts"] if v["holds"] is False}
    assert broken == {
        "H-PHANTOM": "expunge=allow and fetch=4.1.3 and client=naive",
        "H-GONE-BUT-READABLE": "expunge=allow and fetch=4.1.1",
    }


def test_json_of_one_profile(run: Run, tiny: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    run("check", tiny, "--json", file, "--profile", "fetch=4.1.3", "--client", "naive")
    (phantom,) = (v for v in as_json(file)["verdicts"] if v["property"] == "H-PHANTOM")
    assert (phantom["condition"], phantom["bound"]["profiles"]) == ("always", 1)
    assert phantom["strategies"]["fetch=4.1.3"] == "breaks"


def test_json_of_what_is_explained(run: Run, tiny: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    ran = run("explain", "H-PHANTOM", tiny, "--json", file)
    (verdict,) = as_json(file)["verdicts"]
    assert (verdict["property"], verdict["counterexample"]) == ("H-PHANTOM", ran.out)


def test_json_of_what_has_no_end(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    ran = run("check", written(tmp_path / "endless.txt", ENDLESS), "--json", file, "--profile", "default")
    found = as_json(file)
    assert (found["endless"], found["complete"], found["interleavings"]) == (["endless"], True, 0)
    assert "without end" in ran.out
    (starving,) = (v for v in found["verdicts"] if v["property"] == "H-STARVATION")
    assert not starving["holds"]
    assert "<from here on, for ever:>" in starving["counterexample"]


def test_a_search_that_was_cut_never_says_holds(run: Run, tiny: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    ran = run("check", tiny, "--max-states", "1", "--json", file)
    assert ran.code == 0
    assert "none violated so far, 21 undetermined" in ran.out
    assert "The search was cut" in ran.out
    assert "holds within" not in ran.out
    found = as_json(file)
    assert found["complete"] is False
    assert {verdict["holds"] for verdict in found["verdicts"]} == {None}


def test_a_search_that_was_cut_never_says_holds_of_a_strategy(run: Run, tiny: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    run("check", tiny, "--max-states", "1", "--json", file)
    assert all("holds" not in verdict["strategies"].values() for verdict in as_json(file)["verdicts"])


def test_a_search_that_was_cut_is_not_endless(run: Run, tiny: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    run("check", tiny, "--max-states", "1", "--json", file)
    assert as_json(file)["endless"] == []


def test_a_search_that_was_cut_shows_what_breaks_all_the_same(run: Run, tiny: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    most = next(n for n in range(1, 27) if _breaks(run, tiny, file, n))
    assert as_json(file)["complete"] is False
    assert most < 26


def _breaks(run: Run, tiny: Path, file: Path, most: int) -> bool:
    run("check", tiny, "--client", "naive", "--max-states", str(most), "--json", file)
    return any(verdict["holds"] is False for verdict in as_json(file)["verdicts"])


def test_a_built_in_scenario_goes_by_its_name(run: Run, tiny: Path) -> None:
    one = run("check", "3-quiet")
    assert one.code == 0
    assert "3-quiet" in one.out
    assert "3-inbox" not in one.out
    both = run("check", "3-quiet", tiny)
    assert "3-quiet" in both.out
    assert tiny.stem in both.out
    told = run("explain", "H-CONVERGENCE", "3-quiet")
    assert told.code == 0
    assert "RENAME" in told.out or "DELETE" in told.out


def test_a_limit_that_is_not_reached_cuts_nothing(run: Run, tiny: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    run("check", tiny, "--max-states", "1000000000", "--json", file)
    assert as_json(file)["complete"] is True


@pytest.mark.parametrize("arguments", [("check",), ("explain", "O-COPY-TELLS")])
def test_exit_code_1_if_an_obligation_is_violated(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    fault = next(fault for fault in FAULTS if fault.breaks == "O-COPY-TELLS")
    monkeypatch.setattr("mailrace.checking.search_all", functools.partial(checking.check, execute=fault.execute))
    file = written(tmp_path / "copy.txt", SCENARIO.replace("FETCH 1:2 BODY.PEEK[]", "COPY 1 FOO"))
    ran = run(*arguments, file)
    assert ran.code == 1
    assert "O-COPY-TELLS" in ran.out
    assert "C2: B001 COPY 1 FOO" in ran.out


def test_hazards_alone_are_no_failure(run: Run, tiny: Path) -> None:
    assert run("explain", "H-PHANTOM", tiny).code == 0


# --- explain ----------------------------------------------------------------------------------------------------------


def test_explain_prints_what_replay_accepts(run: Run, tmp_path: Path) -> None:
    ran = run("explain", "H-PHANTOM", "--client", "naive", "--profile", "fetch=4.1.3")
    assert ran.code == 0
    assert ran.out.startswith("Title: H-PHANTOM breaks: ")
    assert "\nProfile: fetch=4.1.3\n" in ran.out
    assert "\n<the clients are naive>\n" in ran.out
    assert "\n<H-PHANTOM: " in ran.out
    assert ran.err.startswith("mailrace replay mr1:")
    assert ran.err.splitlines()[1].startswith("H-PHANTOM breaks ")
    again = run("replay", written(tmp_path / "explained.txt", ran.out))
    assert (again.code, again.err) == (0, "")


def test_explain_in_small_letters(run: Run, tiny: Path) -> None:
    assert run("explain", "h-phantom", tiny).out == run("explain", "H-PHANTOM", tiny).out


def test_explain_what_holds(run: Run, tiny: Path) -> None:
    ran = run("explain", "O-UID", tiny)
    assert ran.code == 0
    assert ran.out == "O-UID holds (within 2 clients, 2 messages, 2 commands, 13,824 profiles)\n"


def test_explain_what_never_came_up(run: Run, tiny: Path) -> None:
    ran = run("explain", "H-LOST-UPDATE", tiny)
    assert ran.code == 0
    needed = "never came up: that needs STORE, APPEND or COPY that is answered OK"
    assert ran.out == f"H-LOST-UPDATE {needed} (within 2 clients, 2 messages, 2 commands, 13,824 profiles)\n"


def test_explain_what_was_cut(run: Run, tiny: Path) -> None:
    ran = run("explain", "H-PHANTOM", tiny, "--max-states", "1")
    assert ran.code == 0
    assert ran.out.startswith("H-PHANTOM is undetermined: the search was cut (within ")


def explained(out: str) -> list[tuple[str, list[str]]]:
    """The hazard and the arguments of each `mailrace explain` that `check` has printed."""
    rows = [row.partition("#")[0].split() for row in out.splitlines() if row.strip().startswith("mailrace explain ")]
    return [(words[2], words[1:]) for words in rows]


@pytest.mark.parametrize(("text", "most"), [(SCENARIO, 2), (MORE, 8)])
def test_each_explain_command_explains(run: Run, tmp_path: Path, text: str, most: int) -> None:
    """Given the same scenario."""
    file = written(tmp_path / "scenario.txt", text)
    commands = explained(run("check", file).out)
    assert len(commands) >= most
    for hazard, arguments in commands:
        ran = run(*arguments, *(() if str(file) in arguments else (file,)))
        assert ran.code == 0
        assert ran.out.startswith(f"Title: {hazard} breaks: ")
        assert f"<{hazard}: " in ran.out
        assert replay(read(ran.out)).ok


def test_each_explain_command_names_the_scenario(run: Run, tiny: Path) -> None:
    commands = explained(run("check", tiny).out)
    assert commands
    assert all(str(tiny) in arguments for _, arguments in commands)
