"""A client of one's own is followed so far, is the same every time, and is named wherever its scenario is written down."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import Run

from explore import (
    PROPERTIES, Undetermined, Universe, against, check, encode, explain, load, own, parse, property_named, scenario_graph,
    scenario_text,
)  # fmt: skip
from explore.check import Report, Word
from explore.figures.matrix import matrix_table
from explore.generated import compare
from explore.graph import describe
from explore.runs import decode, tell
from explore.scenario import OwnClientError
from explore.scenario.custom_client import Talk
from explore.search import search
from explore.show import FORMATS
from explore.show.notebook import report as as_html
from explore.space import Space
from model.client import NAIVE

MODULE = """
import itertools, random
asked = itertools.count()

def reader(mail):
    yield "SELECT FOO"
    if mail.shown:
        yield "FETCH 1:* BODY.PEEK[]"

def nine_commands(mail):
    yield "SELECT FOO"
    for _ in range(7):
        yield "FETCH 1 (FLAGS)"
    yield "FETCH 1:* (BODY.PEEK[])"

def dice(mail):
    yield "SELECT FOO"
    yield random.choice(["NOOP", "CHECK", "CLOSE", "STATUS FOO (UNSEEN)"])

def counter(mail):
    yield "SELECT FOO"
    yield "NOOP" if next(asked) < 7 else "CHECK"

def other_start(mail):
    yield "NOOP" if next(asked) < 40 else "CHECK"
    for _ in range(10):
        yield "NOOP"

def crash(mail):
    yield "SELECT FOO"
    deeper()

def deeper():
    raise ValueError("two\\nlines")

def leaves(mail):
    yield "NOOP"
    raise SystemExit(0)

def no_generator(mail):
    return ["NOOP"]
"""


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "own_of_mine.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    yield
    sys.modules.pop("own_of_mine", None)


NINE = "own_of_mine:nine_commands"
GOES_ON = f"{NINE} goes on after 8 commands"


def nine(commands: int, jobs: int = 1) -> Report:
    return check(against(load(NINE), commands=commands), manners=(NAIVE,), jobs=jobs)


def verdicts(report: Report) -> dict[str, Word]:
    return {verdict.property.id: verdict.word for verdict in report.verdicts()}


# --- followed so far ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_the_bound_cuts_off_is_undetermined(jobs: int) -> None:
    report = nine(8, jobs)
    assert report.processes == jobs
    assert [str(one) for one in report.unfinished] == [GOES_ON]
    assert not report.complete
    assert not report.cut
    assert not report.bounded
    assert set(verdicts(report).values()) == {Word.UNDETERMINED, Word.BREAKS}
    assert verdicts(report)["H-PHANTOM"] == Word.UNDETERMINED
    assert verdicts(report)["H-CONVERGENCE"] == Word.UNDETERMINED
    assert verdicts(report)["H-THROWN-OUT"] == Word.BREAKS
    assert report.verdict(property_named("H-PHANTOM")).reason == f"{GOES_ON}: --client-commands N looks further"


@pytest.mark.parametrize("commands", [9, 16])
def test_a_client_that_is_done_within_the_bound_is_judged(commands: int) -> None:
    report = nine(commands)
    assert report.complete
    assert report.unfinished == ()
    assert verdicts(report)["H-PHANTOM"] == Word.BREAKS
    assert Word.UNDETERMINED not in verdicts(report).values()


def test_the_bound_can_be_said_to_each_question() -> None:
    with pytest.raises(Undetermined, match=f"^H-PHANTOM is undetermined: {GOES_ON}: --client-commands N looks further$"):
        explain("H-PHANTOM", client=NINE, client_commands=8)
    assert explain("H-PHANTOM", client=NINE, client_commands=9) is not None
    placed = against(own(load(NINE).code, commands=8))
    assert not check(placed, manners=(NAIVE,)).complete
    assert check(placed, manners=(NAIVE,), client_commands=9).complete
    with pytest.raises(OwnClientError, match="at least 1 command, not 0"):
        against(load(NINE), commands=0)


def test_who_is_cut_is_not_at_rest() -> None:
    """What the client shows where it is cut off need not be true: it has not said NOOP yet, and will."""

    def late(mail: Any) -> Talk:
        yield "SELECT FOO"
        yield "NOOP"

    race = (parse("race", "Mailbox: FOO 1 messages\nC1: NOOP\nC2: CREATE BAR\nC2: RENAME FOO OLD\n"),)
    for commands, word in ((1, Word.UNDETERMINED), (2, Word.BREAKS)):
        report = check(against(own(late), race, commands), manners=(NAIVE,))
        assert verdicts(report)["H-CONVERGENCE"] == word


def test_every_way_to_show_a_report_says_so(run: Run, tmp_path: Path) -> None:
    ran = run("check", "--client", NINE, "--client-commands", 8, "--json", tmp_path / "report.json")
    assert "holds" not in ran.out
    assert f"undetermined: {GOES_ON}: --client-commands N looks further" in ran.out
    assert f"C1 is {NINE}, up to 8 commands" in " ".join(ran.out.split())
    assert f"--client {NINE} --client-commands 8   # delete=3.3" in ran.out
    assert "breaks at least if delete=3.3 or rename=3.3" in ran.out
    assert "The search was cut" not in ran.out
    plain = json.loads((tmp_path / "report.json").read_text())
    assert plain["complete"] is False
    assert plain["own_clients"] == [f"C1 is {NINE}, up to 8 commands"]
    assert plain["unfinished"] == [{"client": NINE, "commands": 8}]
    by_name = {verdict["property"]: verdict for verdict in plain["verdicts"]}
    assert by_name["H-PHANTOM"]["verdict"] == "undetermined"
    assert by_name["H-PHANTOM"]["reason"].startswith(GOES_ON)
    ran = run("explain", "h-phantom", "--client", NINE, "--client-commands", 8)
    assert ran.out.startswith(f"H-PHANTOM is undetermined: {GOES_ON}: --client-commands N looks further (within ")
    assert "None" not in ran.out


def test_pages_and_pictures_say_so() -> None:
    report = nine(8)
    html = as_html(report)
    assert f"undetermined: {GOES_ON}" in html
    assert f"C1 is {NINE}, up to 8 commands" in html
    assert matrix_table(report).obligations.endswith(f"violated so far, but {GOES_ON}.")
    assert repr(report).splitlines()[-1] == f"{GOES_ON}."
    assert {one.agrees for one in compare(report, report.properties).values()} == {None}


def test_a_graph_says_so(run: Run) -> None:
    (_, _, agents) = against(load(NINE), commands=3)
    shown = scenario_graph(agents)
    assert "goes on after 3 commands" in describe(shown)
    assert not shown.graph.graph["complete"]
    assert shown.graph.graph["own_clients"] == f"C1 is {NINE}, up to 3 commands"
    ends = [data for _, data in shown.graph.nodes(data=True) if data["terminal"]]
    assert ends == []
    ran = run("graph", "--client", NINE, "--client-commands", 3, "--property", "H-PHANTOM")
    assert "goes on after 3 commands" in ran.out
    assert "does not break in what was explored of own-" in ran.err


def test_the_bound_is_of_clients_of_ones_own(run: Run) -> None:
    ran = run("check", "3-quiet", "--client-commands", 8)
    assert (ran.code, ran.out) == (2, "")
    assert "--client-commands is for a client of your own" in ran.err


# --- the same every time --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("name", ["dice", "counter", "other_start"])
def test_an_unsteady_client_is_refused(name: str, jobs: int, run: Run) -> None:
    ran = run("check", "--client", f"own_of_mine:{name}", "--jobs", jobs)
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    both = r"it sent '\w.*' first, and then '\w.*'"
    assert re.search(rf"own_of_mine:{name} does not do the same every time:.* {both}$", ran.err)


def test_one_that_changes_after_the_search_is_refused_with_its_counterexample() -> None:
    turned: list[int] = []

    def turncoat(mail: Any) -> Talk:
        yield "SELECT FOO"
        yield "FETCH 1:* BODY.PEEK[]" if not turned else "NOOP"

    place, _, _ = against(own(turncoat))
    found = search(Space(place, NAIVE, Universe(), PROPERTIES))
    turned.append(1)
    violation = found.violations["H-PHANTOM"][0]
    index = found.space.universe.index(found.space.universe.simplest(violation.mask))
    says = "turncoat does not do the same every time: it sent 'FETCH 1:\\* BODY.PEEK\\[\\]' first, and then 'NOOP'"
    with pytest.raises(OwnClientError, match=says):
        tell(found, property_named("H-PHANTOM"), violation, index)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("crash", "raises ValueError: two lines (own_of_mine.py:34)"),
        ("leaves", "raises SystemExit: 0 (own_of_mine.py:38)"),
        ("no_generator", "gives ['NOOP']; it must be a generator, which yields commands"),
    ],
)
@pytest.mark.parametrize("command", ["check", "graph", "explain O-UID"])
def test_what_is_wrong_with_a_client_is_one_line_with_its_place(name: str, says: str, command: str, run: Run) -> None:
    ran = run(*command.split(), "--client", f"own_of_mine:{name}")
    assert (ran.code, ran.err) == (2, f"mailrace: own_of_mine:{name} {says}\n")


def test_a_client_begins_with_what_its_scenario_has_open() -> None:
    """It is told the same each time it is started again, and something else in another scenario."""

    def poller(mail: Any) -> Talk:
        yield f"STATUS {mail.name or 'INBOX'} (MESSAGES)"
        yield "NOOP"

    texts = ("Mailbox: FOO 1 messages\nSelected: FOO by C1\nC1: NOOP", "Mailbox: FOO 1 messages\nC1: NOOP")
    report = check(against(own(poller), tuple(parse("own", text) for text in texts)), manners=(NAIVE,))
    assert report.complete
    assert [row.states for row in report.rows] == [3, 3]


@pytest.mark.parametrize("manner", ["aware", "reissuing", "pipelining"])
def test_nothing_is_sent_for_it_whatever_the_others_are(manner: str) -> None:
    told: list[list[str]] = []

    def reads(mail: Any) -> Talk:
        yield "SELECT FOO"
        told.append((yield "FETCH 1:* (FLAGS BODY.PEEK[])"))

    race = (parse("race", "Mailbox: FOO 2 messages, 2 \\Deleted\nSelected: FOO by C2\nC1: NOOP\nC2: EXPUNGE"),)
    report = check(against(own(reads), race), manners=(manner,))
    assert report.complete
    assert told
    assert not any("NOOP" in lines[-1] for lines in told)
    assert "NOOP" not in report.commands_given


# --- written down ---------------------------------------------------------------------------------------------------


def test_a_scenario_names_its_clients() -> None:
    for scenario in against(load(NINE), commands=12):
        text = scenario_text(scenario)
        assert f"C1: own {NINE}, up to 12 commands\n" in text
        assert parse(scenario.name, text) == scenario
    (alone,) = against(load(NINE), (parse("alone", "Mailbox: FOO\nC1: NOOP"),))
    assert parse("alone", scenario_text(alone)) == alone


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("C1: own nowhere:x", "line 1: C1 is to be nowhere:x: cannot import nowhere"),
        ("C1: own reader, up to 3 commands", "line 1: C1 is to be reader: 'reader' names no client"),
        (f"C1: own {NINE}\nC1: NOOP", "line 2: C1 is a client of your own: it has one line"),
        (f"C1: NOOP\nC1: own {NINE}", "line 2: C1 is a client of your own: it has one line"),
        (f"C1: own {NINE}\nC1: forever", "line 2: C1 is a client of your own: it has one line"),
    ],
)
def test_a_scenario_with_a_client_that_is_none(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(says)}"):
        parse("wrong", text)


def test_a_token_names_it_and_is_replayed(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = run("explain", "H-PHANTOM", "--client", NINE, "--client-commands", 9)
    words = ran.err.splitlines()[0].split()
    assert words[:2] == ["mailrace", "replay"]
    replayed = run("replay", words[2])
    assert replayed.code == 0
    assert replayed.out == ran.out
    again = decode(words[2])
    assert [one.bound for one in again.schedule.scenario.own_clients.values()] == [f"{NINE}, up to 9 commands"]
    assert encode(again) == words[2]
    plain = json.loads(run("explain", "H-PHANTOM", "--client", NINE, "--format", "json").out)
    assert plain["own_clients"] == {"C1": f"{NINE}, up to 16 commands"}
    assert run("replay", plain["token"]).code == 0
    sys.modules.pop("own_of_mine")
    (tmp_path / "own_of_mine.py").write_text(MODULE.replace("FETCH 1 (FLAGS)", "FETCH 2 (FLAGS)"))
    changed = run("replay", words[2])
    assert changed.code == 2
    assert f"step 2 can't be made: {NINE} sends FETCH 2 FLAGS there, which is not what it sent" in changed.err
    sys.modules.pop("own_of_mine")
    (tmp_path / "own_of_mine.py").unlink()
    gone = run("replay", words[2])
    assert (gone.code, gone.err.count("\n")) == (2, 1)
    assert f"C1 is to be {NINE}: cannot import own_of_mine: ModuleNotFoundError" in gone.err


def test_a_kept_test_fails_as_long_as_it_breaks(run: Run, tmp_path: Path) -> None:
    text = run("explain", "H-PHANTOM", "--client", "own_of_mine:reader", "--format", "pytest").out
    assert set(re.findall(r"^(?:from|import) (\S+)", text, re.M)) == {"explore"}
    assert max(map(len, text.splitlines())) <= 125
    (tmp_path / "test_kept.py").write_text(text)

    def kept() -> tuple[int, str]:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_kept.py"]
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return ended.returncode, ended.stdout

    code, said = kept()
    assert code == 1
    assert "H-PHANTOM breaks" in said
    (tmp_path / "own_of_mine.py").write_text(MODULE.replace("def reader(mail):", "def reader(mail):\n    return"))
    assert kept()[0] == 0
    (tmp_path / "own_of_mine.py").unlink()
    code, said = kept()
    assert code == 1
    assert "C1 is to be own_of_mine:reader: cannot import own_of_mine: ModuleNotFoundError" in said


def test_a_client_without_a_name_has_no_token_and_no_test() -> None:
    def local(mail: Any) -> Talk:
        yield "SELECT FOO"
        yield "FETCH 1:* BODY.PEEK[]"

    found = explain("H-PHANTOM", client=local)
    assert found is not None
    says = "^local is no function or class of a module, so no token and no test can name it; put it into a file"
    prop = property_named("H-PHANTOM")
    with pytest.raises(OwnClientError, match=says):
        encode(found.run)
    with pytest.raises(OwnClientError, match=says):
        FORMATS["pytest"](found.run, prop, found.run.broken(prop))
    assert json.loads(FORMATS["json"](found.run, prop, None))["token"] is None
    assert "C1: own local, up to 16 commands" in scenario_text(found.schedule.scenario)


def test_no_command_is_printed_that_asks_something_else() -> None:
    report = check(against(load("own_of_mine:reader")), manners=(NAIVE,))
    assert report.commands(report.verdict(property_named("H-PHANTOM"))) == {}


def test_a_scenario_file_can_have_it_anywhere(run: Run, tmp_path: Path) -> None:
    head = "Mailbox: FOO 2 messages, 2 \\Deleted\nSelected: FOO by C1\nClients: naive\n"
    text = f"{head}C1: EXPUNGE\nC2: own own_of_mine:reader\n"
    (tmp_path / "race.txt").write_text(text)
    ran = run("check", "race.txt", "--client-commands", 5)
    assert "C2 is own_of_mine:reader, up to 5 commands" in " ".join(ran.out.split())
    assert "mailrace explain H-PHANTOM --profile fetch=4.1.3 race.txt --client-commands 5" in ran.out
