"""Is a scenario's bound kept by everybody, is a start outside it refused, and is it said what was left out?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Ran, ran

from explore.check.checking import check
from explore.check.faults import FAULTS
from explore.check.report import Report
from explore.check.room import LeftOut, left_out
from explore.graph.build import state_graph
from explore.properties.catalogue import PROPERTIES
from explore.scenario.definition import Scenario
from explore.scenario.notation import builtin, parse, scenario_text
from explore.search.breadth_first import Search, search
from explore.show import notebook
from explore.space.profile_set import Universe
from explore.space.state_space import REDUCTIONS, Space
from model.client.belief import NAIVE, PIPELINING
from model.notation.transcript import TranscriptError

FOO = "Mailbox: FOO 1 messages\nMailbox: FRED 1 messages\nSelected: FOO by C1\n"
BUILTIN = {scenario.name: scenario for scenario in builtin()}
REDUCED = pytest.mark.parametrize("reductions", [REDUCTIONS, frozenset[str]()], ids=["reduced", "whole"])


def scenario(text: str, header: str = FOO) -> Scenario:
    return parse("bounded", header + text)


def searched(what: Scenario, reductions: frozenset[str] = REDUCTIONS, manner: str = NAIVE, linked: bool = False) -> Search:
    return search(Space(what, manner, Universe(), PROPERTIES, reductions=reductions, linked=linked))


def known(report: Report) -> tuple[LeftOut, ...]:
    return left_out(report.rows).get("bounded", ())


# --- the start ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "line", "reason"),
    [
        ("Mailbox: FOO 3 messages\nBound: 2 uids\n", 2, "the start is outside the bound '2 uids': FOO has 3"),
        ("Bound: 9 mailboxes, 1 uid\nMailbox: FOO 1 messages\nMailbox: FRED 2 messages\n", 1, "'1 uid': FRED has 2"),
        ("Mailbox: FOO\nBound: 1 mailbox\n", 2, "the start is outside the bound '1 mailbox': FOO is number 2"),
    ],
)
def test_a_start_outside_its_own_bound_is_refused(header: str, line: int, reason: str) -> None:
    with pytest.raises(TranscriptError) as caught:
        parse("bounded", f"{header}C1: NOOP")
    assert caught.value.line == line
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_command_line_refuses_it_with_exit_code_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "small.txt"
    file.write_text("Mailbox: FOO 3 messages\nBound: 2 uids\nC1: NOOP\n")
    answer = ran(capsys, "check", file)
    assert (answer.code, answer.out) == (2, "")
    assert "line 2: the start is outside the bound '2 uids': FOO has 3" in answer.err
    assert len(answer.err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("bound", "most"),
    [
        ("1 more uid", (2, None)), ("2 more uids, 1 more mailbox", (3, 4)), ("0 more uids", (1, None)),
        ("0 more mailboxes, 5 uids", (5, 3)), ("1 uid, 3 mailboxes", (1, 3)),
    ],
)  # fmt: skip
def test_a_bound_can_count_from_the_start(bound: str, most: tuple[int | None, int | None]) -> None:
    bounded = scenario(f"Bound: {bound}\nC1: NOOP")
    assert (bounded.most_uids, bounded.most_mailboxes) == most
    assert parse("bounded", scenario_text(bounded)) == bounded


@pytest.mark.parametrize("bound", ["more uids", "more 1 uid", "1 more", "-1 more uids", "1 more uid, 2 uids"])
def test_such_a_bound_is_read_strictly(bound: str) -> None:
    with pytest.raises(TranscriptError):
        scenario(f"Bound: {bound}\nC1: NOOP")


# --- who keeps it ---------------------------------------------------------------------------------------------------


@REDUCED
@pytest.mark.parametrize(
    ("bound", "action"),
    [("1 uid", 'DELIVER FOO "late"'), ("3 mailboxes", "RENAME INBOX OLD"), ("1 uid, 3 mailboxes", 'DELIVER FRED "late"')],
)
def test_the_agent_keeps_the_bound(bound: str, action: str, reductions: frozenset[str]) -> None:
    found = searched(scenario(f"Bound: {bound}\nC1: NOOP\nAgent: {action}"), reductions)
    assert {state[-1] for state in found.reached} == {0}
    assert [(one.stopped, one.done) for one in found.growth] == [(True, False)]
    free = searched(scenario(f"Bound: 1 more uid, 1 more mailbox\nC1: NOOP\nAgent: {action}"), reductions)
    assert {state[-1] for state in free.reached} == {0, 1}
    assert [(one.stopped, one.done) for one in free.growth] == [(False, True)]


def test_what_the_agent_can_do_within_the_bound_it_does() -> None:
    found = searched(scenario('Bound: 1 uid\nC1: NOOP\nAgent: DELIVER FOO "late" | EXPUNGE FOO 1 | RENAME FOO BAR'))
    worlds = [found.space.world(state) for state in found.reached]
    assert all(box.uidnext == 2 for world in worlds for box in world.mailboxes if box.name != "INBOX")
    assert {state[-1] for state in found.reached} == {0, 1}
    assert found.transitions == len([*edges(found)])


def edges(found: Search) -> Iterator[object]:
    for state, mask in found.reached.items():
        yield from found.space.edges(state, mask)


STUCK = "Bound: 1 uid\nC1: COPY 1 FRED\nC1: CLOSE\nC2: DELETE FOO\n"
"""C1 may not copy, so that it never comes to close FOO."""


@REDUCED
@pytest.mark.parametrize("manner", [NAIVE, PIPELINING])
def test_a_client_that_the_bound_stops_has_not_come_to_its_end(reductions: frozenset[str], manner: str) -> None:
    """It showed a mailbox that is gone, before its CLOSE: H-CONVERGENCE was said to break."""
    found = searched(scenario(STUCK), reductions, manner)
    assert "H-CONVERGENCE" not in found.failing
    assert "H-CONVERGENCE" not in searched(scenario(STUCK.replace("Bound: 1 uid\n", "")), reductions, manner).failing
    open_end = STUCK.replace("C1: CLOSE\n", "").replace("Bound: 1 uid\n", "")
    assert "H-CONVERGENCE" in searched(scenario(open_end), reductions, manner).failing


def test_nor_in_its_state_graph() -> None:
    shown = state_graph(searched(scenario(STUCK)))
    assert not any("H-CONVERGENCE" in data["breaks"] for _, data in shown.graph.nodes(data=True))


# --- what is left out -----------------------------------------------------------------------------------------------

NONE = "Bound: 1 uid\nC1: APPEND FOO x | COPY 1 FRED | UID COPY 1 FRED\nC1: NOOP\n"
SOME = 'Bound: 2 uids\nC1: APPEND FOO x\nC1: APPEND FOO y\nAgent: DELIVER FRED "z"\n'
MIXED = """Bound: 1 more uid, 0 more mailboxes
C1: APPEND FOO x | COPY 1,1 FRED
C1: CREATE BAR | COPY 1:2 FRED | RENAME INBOX OLD
"""


def test_that_every_arrival_was_stopped_is_said() -> None:
    report = check((scenario(NONE),), Universe(), (NAIVE,))
    assert known(report) == (LeftOut("message", "APPEND", True), LeftOut("message", "COPY", True))
    said = ["bounded: no message can arrive within this bound: every APPEND and COPY that would do it is left out."]
    assert report.left_out == said
    assert repr(report).splitlines()[-1:] == said
    assert said[0] in notebook.report(report)
    plain = json.loads(json.dumps(report.as_json()))
    stopped = [{"what": "message", "verb": verb, "every": True} for verb in ("APPEND", "COPY")]
    assert plain["left_out"] == {"bounded": stopped}


def test_that_some_were_is_another_sentence() -> None:
    report = check((scenario(SOME),), Universe(), (NAIVE,))
    assert known(report) == (LeftOut("message", "APPEND", False),)
    assert report.left_out == ["bounded: further messages by APPEND are left out."]


def test_messages_and_mailboxes_are_told_apart() -> None:
    (said,) = check((scenario(MIXED),), Universe(), (NAIVE,)).left_out
    messages, mailboxes = said.split("; ")
    assert messages == "bounded: further messages by COPY are left out"
    assert mailboxes == "no mailbox can be made within this bound: every CREATE and RENAME that would do it is left out."


def test_a_verb_without_any_success_is_named_where_others_had_some() -> None:
    header = "Mailbox: FOO 1 messages\nMailbox: FRED 2 messages\nSelected: FOO by C1\n"
    report = check((scenario("Bound: 2 uids\nC1: COPY 1 FRED | APPEND FOO x\n", header),), Universe(), (NAIVE,))
    assert report.left_out == ["bounded: no message can arrive within this bound by COPY."]


@pytest.mark.parametrize("text", ["C1: APPEND FOO x\n", "Bound: 1 more uid\nC1: APPEND FOO x\n", "Bound: 1 uid\nC1: NOOP\n"])
def test_where_nothing_was_left_out_nothing_is_said(text: str) -> None:
    report = check((scenario(text),), Universe(), (NAIVE,))
    assert report.left_out == []
    assert report.as_json()["left_out"] == {}


def test_of_a_search_that_was_cut_no_more_is_said_than_was_seen() -> None:
    waiting = scenario("Bound: 1 uid\nC1: NOOP | APPEND FOO x\nC1: NOOP\nC1: NOOP\n")
    assert check((waiting,), Universe(), (NAIVE,), most_depth=0).left_out == [], "no step was looked at"
    report = check((waiting,), Universe(), (NAIVE,), most_depth=2)
    (said,) = report.left_out
    assert said == "bounded: no message has arrived within this bound: every APPEND that would do it is left out."


@REDUCED
@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("text", [NONE, SOME, MIXED])
def test_reductions_and_links_change_nothing_of_it(text: str, linked: bool, reductions: frozenset[str]) -> None:
    assert searched(scenario(text), reductions, linked=linked).growth == searched(scenario(text)).growth


def checked(capsys: pytest.CaptureFixture[str], tmp_path: Path, *words: str, text: str = NONE) -> Ran:
    file = tmp_path / "bounded.txt"
    file.write_text(FOO + text)
    return ran(capsys, *words, file, "--client", "naive", "--profile", "default")


def test_check_and_explain_say_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    report = checked(capsys, tmp_path, "check")
    assert report.code == 0
    told = " ".join(report.out.split())
    assert "bounded: at most 1 UIDs in a mailbox; no message can arrive within this bound: every APPEND and COPY" in told
    explained = checked(capsys, tmp_path, "explain", "H-LOST-UPDATE")
    assert "no message can arrive within this bound" in explained.err
    needed = "STORE, APPEND or COPY that is answered OK"
    assert explained.out.startswith(f"H-LOST-UPDATE never came up: that needs {needed} (within ")
    assert checked(capsys, tmp_path, "explain", "H-LOST-UPDATE", text=SOME).out.startswith("H-LOST-UPDATE holds (within ")


def test_the_built_in_programs_of_any_length_have_their_arrivals() -> None:
    arrivals = {(one.what, one.verb) for one in searched(BUILTIN["6-every-message"]).growth if one.done}
    assert arrivals == {("message", "APPEND"), ("message", "COPY")}
    made = {(one.what, one.verb) for one in searched(BUILTIN["6-every-mailbox"]).growth if one.done}
    assert made == {("message", "APPEND"), ("mailbox", "CREATE")}


STOPPED = {
    "a client": "Mailbox: FOO 1 messages\nSelected: FOO by C2\nBound: 0 more uids\nC1: retry DELETE FOO\nC2: APPEND FOO x\n",
    "the agent": "Mailbox: FOO 1 messages, 1 \\Deleted\nSelected: FOO by C1 C2\nBound: 0 more uids\nC1: retry EXPUNGE\n"
    "C2: NOOP\nAgent: DELIVER FOO x\n",
    "a client with CREATE": "Mailbox: FOO 1 messages, 1 \\Deleted\nSelected: FOO by C1 C2\nBound: 0 more mailboxes\n"
    "C1: retry EXPUNGE\nC2: NOOP\nC2: CREATE BAR\n",
}


@pytest.mark.parametrize("who", STOPPED)
def test_a_loop_on_which_the_bound_stops_somebody_is_no_proof(who: str) -> None:
    """The retry goes on for ever; but a loop on which somebody can go on and never does counts for nothing, and who was
    stopped by the bound was taken for one who can. So H-STARVATION was said to hold."""
    starvation = next(prop for prop in PROPERTIES if prop.id == "H-STARVATION")
    bounded = check(parse("stopped", STOPPED[who]), properties=(starvation,)).verdict(starvation)
    assert bounded.word == "undetermined"
    assert "the scenario's bound stops somebody who would go on" in bounded.reason
    unbounded = parse("free", re.sub("Bound: .*\n", "", STOPPED[who]))
    assert check(unbounded, properties=(starvation,)).verdict(starvation).holds is False


def test_a_wrong_server_is_not_acquitted_by_a_bound() -> None:
    text = "Mailbox: FOO 2 messages, 1 \\Deleted\nSelected: FOO by C1 C2\nBound: 0 more uids\n"
    text += "C1: EXPUNGE\nC2: forever\nC2: NOOP\n"
    fault = next(fault for fault in FAULTS if fault.name == "noop-repeats-size")
    told = next(prop for prop in PROPERTIES if prop.id == "O-TOLD")
    verdicts = {
        more: check(parse("x", text + more), properties=(told,), execute=fault.execute).verdict(told).word
        for more in ("", "C3: APPEND FOO x\n", "C3: NOOP\n")
    }
    assert verdicts == {"": "breaks", "C3: APPEND FOO x\n": "undetermined", "C3: NOOP\n": "breaks"}


def test_what_is_undetermined_is_said_so_everywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`graph` said that H-STARVATION does not break; the table had a `?` of which nobody said what it means."""
    file = tmp_path / "stopped.txt"
    file.write_text(STOPPED["a client"], encoding="utf-8")
    why = "the scenario's bound stops somebody who would go on"
    drawn = ran(capsys, "graph", file, "--property", "H-STARVATION")
    assert "does not break" not in drawn.out + drawn.err
    assert f"H-STARVATION is undetermined: it would break on a run without end, but that {why}" in drawn.out
    kept = tmp_path / "stopped.json"
    table = " ".join(ran(capsys, "check", file, "--client", "naive", "--json", kept).out.split())
    assert json.loads(kept.read_text(encoding="utf-8"))["obstructed"] == ["H-STARVATION"]
    assert f"? it would break on a run without end, but that {why}" in table
