"""What does the command line do with right input, and what with wrong input? (`mailrace/`)

Most runs are in this process; a few, and whatever is about imports, are in one of their own.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command_line import Ran, Run

import mailrace
from explore.check import checking
from explore.check.faults import FAULTS
from explore.properties.catalogue import OBLIGATIONS, PROPERTIES
from explore.properties.hazards import HAZARDS
from explore.runs.transcript_replay import read, replay
from strategies import DECISIONS, Profile

ROOT = Path(mailrace.__file__).parent.parent
OUR_OWN = ("model", "strategies", "explore", "mailrace")


def alone(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python with those arguments in a process of its own."""
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, cwd=ROOT, check=False, timeout=60,
        encoding="utf-8", env={**os.environ, **environment},
    )  # fmt: skip


SCENARIO = """\
Title: one expunges, one reads
Mailbox: FOO 2 messages, 2 \\Deleted
Selected: FOO by C1 C2

C1: EXPUNGE
C2: FETCH 1:2 BODY.PEEK[]
"""
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


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A tiny scenario."""
    return _written(tmp_path / "tiny.txt", SCENARIO)


def _written(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8")
    return file


# --- help -----------------------------------------------------------------------------------------------------------


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


# --- replay ---------------------------------------------------------------------------------------------------------


def test_replay_of_rfc_2180(run: Run) -> None:
    ran = run("replay")
    assert (ran.code, ran.err) == (0, "")
    rows = ran.out.splitlines()
    assert [row for row in rows if row.startswith("✓ ")] == rows[:20]
    assert rows[20:21] == ["20 of 20 examples replay"]
    assert rows[21].endswith("other strategies part from them, each where it should")


def test_replay_of_a_file(run: Run, tmp_path: Path) -> None:
    file = _written(tmp_path / "talk.txt", TALK)
    ran = run("replay", file)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"✓ {file}  one expunges\n1 of 1 transcripts replay\n"


def test_replay_of_a_file_that_differs(run: Run, tmp_path: Path) -> None:
    """Side by side, and one line marked: the first that differs."""
    good = _written(tmp_path / "good.txt", TALK)
    bad = _written(tmp_path / "bad.txt", TALK.replace('"foo2"', '"foo3"').replace("B001 OK", "B001 NO"))
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
    file = _written(tmp_path / "talk.txt", TALK)
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
    file = _written(tmp_path / "talk.txt", TALK.replace("<C2 is not told>", "<otherwise: copy=4.4.2>"))
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


# --- check ----------------------------------------------------------------------------------------------------------


def test_check_of_a_file(run: Run, tiny: Path) -> None:
    ran = run("check", tiny)
    assert ran.code == 0
    assert ran.err.strip() == ""
    assert f"Obligations: all {len(OBLIGATIONS)} hold" in ran.out
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
    ran = run("check", tiny, _written(tmp_path / "more.txt", MORE))
    assert ran.code == 0
    rows = [row.split()[0] for row in ran.out.splitlines() if row.startswith((" tiny ", " more "))]
    assert rows == ["tiny", "more"]


def test_a_name_in_brackets_is_shown_as_it_is(run: Run, tmp_path: Path) -> None:
    assert "[draft] one" in run("check", _written(tmp_path / "[draft] one.txt", SCENARIO)).out


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
    "property", "kind", "statement", "source", "holds", "condition", "strategies", "counterexample", "bound",
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
    bounds = {"complete", "depth", "most_depth", "reductions"}
    assert set(found) == {"verdicts", "endless", "searches", "never_exercised"} | counts | bounds
    assert [type(found[key]) for key in ("states", "transitions", "interleavings", "seconds")] == [int, int, int, float]
    assert (found["complete"], found["endless"]) == (True, [])
    assert f"Explored: {found['states']:,} states, {found['transitions']:,} steps, " in ran.out
    spellings = {strategy.spelling for choices in DECISIONS.values() for strategy in choices}
    for verdict in found["verdicts"]:
        assert set(verdict) == KEYS
        assert verdict["kind"] == ("obligation" if verdict["property"].startswith("O-") else "hazard")
        assert set(verdict["strategies"]) == spellings
        assert set(verdict["strategies"].values()) <= {"holds", "breaks", "unreachable"}
        assert verdict["bound"] == {"clients": 2, "messages": 2, "commands": 2, "profiles": 13_824}
        assert isinstance(verdict["holds"], bool)
        if verdict["holds"]:
            assert (verdict["condition"], verdict["counterexample"]) == (None, None)
            assert "breaks" not in verdict["strategies"].values()
        else:
            assert "breaks" in verdict["strategies"].values()
            assert replay(read(verdict["counterexample"])).ok
    assert [v["property"] for v in found["verdicts"]] == [prop.id for prop in PROPERTIES]
    broken = {v["property"]: v["condition"] for v in found["verdicts"] if not v["holds"]}
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
    ran = run("check", _written(tmp_path / "endless.txt", ENDLESS), "--json", file, "--profile", "default")
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
    file = _written(tmp_path / "copy.txt", SCENARIO.replace("FETCH 1:2 BODY.PEEK[]", "COPY 1 FOO"))
    ran = run(*arguments, file)
    assert ran.code == 1
    assert "O-COPY-TELLS" in ran.out
    assert "C2: B001 COPY 1 FOO" in ran.out


def test_hazards_alone_are_no_failure(run: Run, tiny: Path) -> None:
    assert run("explain", "H-PHANTOM", tiny).code == 0


# --- explain --------------------------------------------------------------------------------------------------------


def test_explain_prints_what_replay_accepts(run: Run, tmp_path: Path) -> None:
    ran = run("explain", "H-PHANTOM", "--client", "naive", "--profile", "fetch=4.1.3")
    assert ran.code == 0
    assert ran.out.startswith("Title: H-PHANTOM breaks: ")
    assert "\nProfile: fetch=4.1.3\n" in ran.out
    assert "\n<the clients are naive>\n" in ran.out
    assert "\n<H-PHANTOM: " in ran.out
    assert ran.err.splitlines()[-1].startswith("H-PHANTOM breaks ")
    again = run("replay", _written(tmp_path / "explained.txt", ran.out))
    assert (again.code, again.err) == (0, "")


def test_explain_in_small_letters(run: Run, tiny: Path) -> None:
    assert run("explain", "h-phantom", tiny).out == run("explain", "H-PHANTOM", tiny).out


def test_explain_what_holds(run: Run, tiny: Path) -> None:
    ran = run("explain", "H-LOST-UPDATE", tiny)
    assert ran.code == 0
    assert ran.out == "H-LOST-UPDATE holds (within 2 clients, 2 messages, 2 commands, 13,824 profiles)\n"


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
    file = _written(tmp_path / "scenario.txt", text)
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


# --- wrong input ----------------------------------------------------------------------------------------------------


def refused(ran: Ran, *says: str) -> None:
    """One line on standard error, nothing else, exit code 2."""
    assert ran.code == 2, ran
    assert ran.out == ""
    rows = ran.err.splitlines()
    assert len(rows) == 1, rows
    assert rows[0].startswith("mailrace: ")
    assert "Traceback" not in rows[0]
    for part in says:
        assert part in rows[0]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["frobnicate"], "No such command 'frobnicate'"),
        ([""], "No such command"),
        (["--frob"], "No such option '--frob'"),
        (["check", "--frob"], "No such option '--frob'"),
        (["--profile", "default", "check"], "No such option '--profile'"),
        (["explain"], "Missing argument 'PROPERTY'"),
        (["explain", "H-FROB"], "'H-FROB' is no property; the properties are O-EXPUNGE-TIMING, "),
        (["explain", "PHANTOM"], ", H-PHANTOM, "),
        (["explain", "phantom.txt"], "'phantom.txt' is no property"),
        (["check", "no such file"], "no file 'no such file', and no built-in scenario of that name; those are 3-delete, "),
        (["check", "."], "cannot read .: Is a directory"),
        (["check", ""], "cannot read"),
        (["explain", "H-PHANTOM", "no such file"], "no file 'no such file', and no built-in scenario of that name"),
        (["replay", "no such file"], "cannot read no such file: No such file or directory"),
        (["replay", "."], "cannot read .: Is a directory"),
        (["check", "--client", "clever"], "'clever' is no manner of client; the choices are naive, aware, reissuing"),
        (["check", "--client", "Naive"], "'Naive' is no manner of client"),
        (["check", "--client"], "Option '--client' requires an argument"),
        (["explain", "H-PHANTOM", "--client", ""], "'' is no manner of client"),
        (["check", "--profile", "frob"], "'frob' names no decision; write decision=strategy, the decisions are delete, "),
        (["check", "--profile", "frob=1"], "'frob=1' names no decision"),
        (["check", "--profile", "fetch=9"], "'9' is no strategy for fetch; the choices are 4.1.1, 4.1.2, 4.1.3"),
        (["check", "--profile", "fetch=4.1.1,fetch=4.1.2"], "fetch is chosen twice"),
        (["replay", "--profile", "fetch=9"], "'9' is no strategy for fetch"),
        (["explain", "H-PHANTOM", "--profile", "store"], "'store' names no decision"),
        (["check", "--profile", "a\nb"], "names no decision"),
        (["check", "--max-states", "0"], "0 is not in the range"),
        (["check", "--max-states", "-1"], "-1 is not in the range"),
        (["check", "--max-states", "many"], "'many' is not a valid integer"),
        (["explain", "H-PHANTOM", "--max-states", "0"], "0 is not in the range"),
        (["check", "--json"], "Option '--json' requires an argument"),
        (["strategies", "fetch"], "unexpected extra argument (fetch)"),
        (["properties", "H-PHANTOM"], "unexpected extra argument (H-PHANTOM)"),
        (["replay", "--client", "naive"], "No such option '--client'"),
    ],
)
def test_wrong_arguments(run: Run, arguments: list[str], says: str) -> None:
    refused(run(*arguments), says)


@pytest.mark.parametrize("command", [["check"], ["replay"], ["explain", "H-PHANTOM"]])
@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x89PNG\r\n\x1a\n\x00\xff", b"C1: A001 NOOP \xe9\n"])
def test_a_file_that_is_no_text(run: Run, tmp_path: Path, command: list[str], content: bytes) -> None:
    file = tmp_path / "binary"
    file.write_bytes(content)
    refused(run(*command, file), f"cannot read {file}: it is not UTF-8 text")


def test_a_file_without_permission(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, right = tmp_path / "secret.txt", Path.read_text
    secret.touch()

    def forbidden(self: Path, encoding: str) -> str:
        if self == secret:
            raise PermissionError(13, "Permission denied")
        return right(self, encoding)

    monkeypatch.setattr(Path, "read_text", forbidden)
    refused(run("check", secret), "secret.txt: Permission denied")


@pytest.mark.parametrize("command", [["check"], ["explain", "H-PHANTOM"]])
@pytest.mark.parametrize(("path", "says"), [(".", "it is a folder"), ("no/such.json", "there is no folder ")])
def test_a_json_file_that_cannot_be_written(
    run: Run, tiny: Path, tmp_path: Path, command: list[str], path: str, says: str
) -> None:
    file = tmp_path / path
    ran = run(*command, tiny, "--json", file)
    refused(ran, f"mailrace: cannot write {file}: {says}")


HUGE = "9" * 5000
CLIENT = "expected a client from C1 to C99"
@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "expected at least one client line such as 'C1: NOOP'"),
        ("Title: nothing\n", 1, "expected at least one client line"),
        ('Agent: DELIVER FOO "x"\n', 1, "expected at least one client line"),
        ("Mailbox: FOO 99999999 messages\nC1: NOOP\n", 1, "99999999 messages are too many; at most 100000"),
        (f"Mailbox: FOO {HUGE} messages\nC1: NOOP\n", 1, "too many"),
        ("Mailbox: FOO -1 messages\nC1: NOOP\n", 1, "expected 'NAME', 'NAME 7 messages' or"),
        ("Mailbox: FOO 1.5 messages\nC1: NOOP\n", 1, "expected 'NAME', 'NAME 7 messages' or"),
        ("Mailbox:\nC1: NOOP\n", 1, "expected 'NAME'"),
        ("Mailbox: FOO 3 messages, 4 \\Seen\nC1: NOOP\n", 1, "4 goes beyond the 3 messages of FOO"),
        ("Mailbox: FOO, * \\Seen\nC1: NOOP\n", 1, "* goes beyond the 0 messages of FOO"),
        ("Mailbox: FOO 3 messages, 0 \\Seen\nC1: NOOP\n", 1, "0 is not a sequence number"),
        ("Mailbox: FOO 3 messages, 1 \\Frob\nC1: NOOP\n", 1, "'\\\\Frob' is not a flag"),
        ("Mailbox: FOO 3 messages, 1\nC1: NOOP\n", 1, "expected 'NAME'"),
        ("Mailbox: FOO\n\nMailbox: FOO\nC1: NOOP\n", 3, "mailbox FOO is there already"),
        ("Mailbox: FOO/ 1 messages\nC1: NOOP\n", 1, "expected"),
        ("Mailbox: / 1 messages\nC1: NOOP\n", 1, "expected"),
        ("Mailbox: FOO\nSelected: FOO by C1\nSelected: INBOX by C1\nC1: NOOP\n", 3, "C1"),
        ("Selected: BAR by C1\nC1: NOOP\n", 1, "no mailbox 'BAR'; give it a 'Mailbox: BAR 3 messages' line"),
        ("Selected: INBOX\nC1: NOOP\n", 1, "expected 'Selected: FOO by C1 C2', found 'INBOX'"),
        ("Selected: INBOX by \nC1: NOOP\n", 1, "expected 'Selected: FOO by C1 C2'"),
        ("Examined: INBOX by X1\nC1: NOOP\n", 1, CLIENT),
        (f"Selected: INBOX by C{HUGE}\nC1: NOOP\n", 1, CLIENT),
        ("Profile: default\nC1: NOOP\n", 1, "'Profile' is no header; known: Title, Mailbox, Selected, Examined"),
        ("Titel: x\nC1: NOOP\n", 1, "'Titel' is no header"),
        ("C0: NOOP\n", 1, CLIENT),
        ("C100: NOOP\n", 1, CLIENT),
        (f"C{HUGE}: NOOP\n", 1, CLIENT),
        ("C1x: NOOP\n", 1, CLIENT),
        ("C1: NOOP\nS1: A001 OK\n", 2, "expected 'C1: command' or 'Agent: action', found 'S1'"),
        ("C1: NOOP\nTitle: late\n", 2, "expected 'C1: command' or 'Agent: action', found 'Title'"),
        ("# a remark\n\nC1: FROB\n", 3, "FROB is not a command known here; known: NOOP, "),
        ("C1: A001 NOOP\n", 1, "A001 is not a command known here"),
        ("C1:\n", 1, "expected a command"),
        ("C1: retry\n", 1, "expected a command"),
        ("C1: NOOP |\n", 1, "expected a command"),
        ("C1: forever\n", 1, "expected a command of C1 after 'C1: forever'"),
        ("C1: NOOP\nC1: forever\n", 2, "expected a command of C1 after 'C1: forever'"),
        ("C1: NOOP\nagain\n", 2, "expected 'C1: command', 'C1: retry command'"),
        ("C1: FETCH 0 FLAGS\n", 1, "0 is not a sequence number"),
        ("C1: FETCH 4294967296 FLAGS\n", 1, "4294967296 is not a sequence number"),
        (f"C1: FETCH {HUGE} FLAGS\n", 1, "is not a sequence number"),
        ("C1: SEARCH " + "NOT " * 5000 + "ALL\n", 1, "nested no deeper than"),
        ("C1: SEARCH " + "(" * 5000 + "\n", 1, "nested no deeper than"),
        ('C1: APPEND FOO "x\n', 1, "unbalanced quotation mark"),
        ("C1: NOOP\nAgent: FROB FOO\n", 2, "the agent can DELIVER, EXPUNGE or RENAME, not FROB"),
        ("C1: NOOP\nAgent: EXPUNGE FOO\n", 2, "expected a sequence set"),
        ("C1: NOOP\n" * 1001, 1001, "more than 1000 commands"),
    ],
)  # fmt: skip
def test_a_malformed_scenario(run: Run, tmp_path: Path, text: str, line: int, says: str) -> None:
    file = _written(tmp_path / "scenario.txt", text)
    refused(run("check", file), f"mailrace: {file}: line {line}: ", says)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "expected at least one client line such as 'C1: A001 NOOP'"),
        ("S1: * OK\n", 1, "expected at least one client line"),
        ("hello\n", 1, "expected 'C1: tag command', 'S1: response', 'Agent: action' or '<comment>'"),
        ("C1: NOOP\n", 1, "expected a tag and a command such as 'A001 NOOP', found 'NOOP'"),
        ("C1: A+1 NOOP\n", 1, "expected a tag and a command"),
        ("C1: A001 FROB\n", 1, "FROB is not a command known here"),
        ("C1: A001 NOOP\n<never ends\n", 2, "expected '>' at the end of a comment"),
        ("C1: A001 NOOP\nMailbox: FOO\n", 2, "expected 'C1: tag command'"),
        ("Title: a\nTitle: b\nC1: A001 NOOP\n", 2, "a second Title; one is enough"),
        ("Frob: a\nC1: A001 NOOP\n", 1, "'Frob' is no header; known: Title, Profile, Mailbox, Selected, Examined"),
        ("Title: x\nProfile: fetch=9\nC1: A001 NOOP\n", 2, "'9' is no strategy for fetch; the choices are 4.1.1, 4.1.2"),
        ("Profile: frob=9\nC1: A001 NOOP\n", 1, "'frob=9' names no decision"),
        ("C1: A001 NOOP\n<otherwise: frob=1>\n", 2, "'frob=1' names no decision"),
        ("Mailbox: FOO 99999999 messages\nC1: A001 NOOP\n", 1, "too many"),
        (f"Mailbox: FOO {HUGE} messages\nC1: A001 NOOP\n", 1, "too many"),
        ("C0: A001 NOOP\n", 1, CLIENT),
        (f"C{HUGE}: A001 NOOP\n", 1, CLIENT),
        (f"C1: A001 NOOP\nS{HUGE}: A001 OK\n", 2, CLIENT),
        ("C1: A001 NOOP\nAgent: FROB\n", 2, "the agent can DELIVER, EXPUNGE or RENAME, not FROB"),
        (SCENARIO, 5, "expected a tag and a command"),
    ],
)
def test_a_malformed_transcript(run: Run, tmp_path: Path, text: str, line: int, says: str) -> None:
    file = _written(tmp_path / "talk.txt", text)
    refused(run("replay", file), f"mailrace: {file}: line {line}: ", says)


def test_a_bar_in_quotation_marks_is_no_choice(run: Run, tmp_path: Path) -> None:
    assert run("check", _written(tmp_path / "bar.txt", 'C1: APPEND INBOX "a|b"\n'), "--profile", "default").code == 0


@pytest.mark.parametrize(
    "text",
    [
        "C1: NOOP\r\nC2: NOOP\r\n",
        "C: NOOP",
        "<a comment>\n# and another\nC1: noop\n",
        "Mailbox: inbox 1 messages\nSelected: Inbox by C1\nC1: NOOP\n",
        "Mailbox: FOO 3 messages, 1 \\seen \\DELETED, 2:* Keyword\nSelected: FOO by C1\nC1: NOOP\n",
        "Mailbox: FOO 2 messages, 1,2 empty\nExamined: FOO by C99\nC1: NOOP\n",
        "C1: FETCH 4294967295 FLAGS\n",
    ],
)
def test_odd_but_right(run: Run, tmp_path: Path, text: str) -> None:
    assert run("check", _written(tmp_path / "odd.txt", text), "--profile", "default", "--client", "naive").code == 0


# --- in a process of its own ----------------------------------------------------------------------------------------


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
    again = alone("-m", "mailrace", "replay", str(_written(tmp_path / "told.txt", told.stdout)))
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
    assert "Traceback" not in complaint


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
