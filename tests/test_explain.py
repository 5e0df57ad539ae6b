"""Is a counterexample the same whole in every form: transcript, token, side by side, diagrams, data, and a test?"""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from command_line import Ran
from hypothesis import given, strategies as st

import mailrace
from explore.check.checking import check
from explore.check.vacuity import never_exercised
from explore.graph.dot import quoted
from explore.properties.catalogue import PROPERTIES
from explore.properties.hazards import HAZARDS
from explore.properties.property import Property
from explore.runs import token
from explore.runs.counterexample import Counterexample, transcript
from explore.runs.regression import rerun
from explore.runs.schedule import Move, Run, play
from explore.runs.side_by_side import versus
from explore.runs.token import TokenError, decode, encode, is_token
from explore.runs.transcript_replay import read, replay
from explore.scenario.definition import Scenario
from explore.scenario.notation import builtin, parse, scenario_text
from explore.show import mermaid
from explore.show.export import FORMATS
from explore.space.profile_set import Universe
from explore.system.belief import Belief, Fact, Pairing, belief_of, table
from explore.system.observation import GroundTruth
from explore.system.participant import Actor
from model import protocol as p
from model.client.belief import NAIVE, Client, Entry
from model.notation.transcript import start
from model.protocol.flags import DELETED, NO_FLAGS, SEEN
from strategies import Profile

ROOT = Path(mailrace.__file__).parent.parent
BY_ID = {prop.id: prop for prop in PROPERTIES}
BUILTIN = {scenario.name: scenario for scenario in builtin()}

EXPUNGED = """\
Mailbox: FOO 2 messages, 2 \\Deleted
Mailbox: FRED
Selected: FOO by C1 C2

C1: EXPUNGE
C1: STORE 1 -FLAGS (\\Seen)
C2: FETCH 1:2 BODY[] | STORE 1:2 +FLAGS (\\Seen) | SEARCH ALL | COPY 1:2 FRED | STORE 2 +FLAGS.SILENT (\\Seen)
"""
NAMED = """\
Mailbox: FOO 1 messages
Selected: FOO by C2

C1: RENAME FOO BAR | DELETE FOO
C2: APPEND FOO "new" | STORE 1 +FLAGS (\\Seen)
C3: CREATE FOO | NOOP
"""
MARKED = """\
Mailbox: INBOX 2 messages
Selected: INBOX by C1 C2

C1: STORE 1 +FLAGS.SILENT (\\Deleted) | RENAME INBOX OLD
C2: EXPUNGE | NOOP
"""
NASTY = """\
Mailbox: FOO 2 messages, 2 \\Deleted key;word#9
Selected: FOO by C1 C2

C1: APPEND FOO "end; \\"x\\" #1 %% <b> {a} \\\\ END loop"
C1: EXPUNGE
C2: FETCH 1:* BODY.PEEK[] | SEARCH ALL
"""
SCENARIOS = (
    parse("expunged", EXPUNGED), parse("named", NAMED), parse("marked", MARKED), parse("nasty", NASTY),
    BUILTIN["3-quiet"], BUILTIN["5-starve-delete"], BUILTIN["5-starve-store"], BUILTIN["5-pipelining"],
)  # fmt: skip
CURES = {
    "H-PHANTOM": "fetch=4.1.2", "H-GONE-BUT-READABLE": "fetch=4.1.2", "H-LOST-UPDATE": "default",
    "H-SILENT-LOSS": "expunge=4.1.4", "H-WRONG-MAILBOX": "default", "H-DEAD-NAME": "default",
    "H-THROWN-OUT": "default", "H-STARVATION": "delete=3.2,rename=3.4,expunge=4.1.4", "H-ALL-OR-NOTHING": "copy=4.4.2",
    "H-COLLATERAL": "expunge=4.1.4", "H-MISSED": "search=ghosts", "H-CONVERGENCE": "default", "H-DOUBLE": "store=4.2.4",
    "H-INBOX-VANISHES": "default", "H-WRONG-MESSAGE": "expunge=4.1.4",
}  # fmt: skip


def everything() -> list[Counterexample]:
    """The shortest counterexample of every hazard in every scenario, and of the nasty one all over again."""
    reports = [check((scenario,), properties=tuple(HAZARDS.properties)) for scenario in SCENARIOS]
    return [story for report in reports for story in report.counterexamples.values()]


STORIES = everything()
SHORTEST = {name: min((s for s in STORIES if s.property == name), key=lambda s: s.steps) for name in CURES}
stories = pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story.property}-{story.scenario}")


def played(story: Counterexample) -> tuple[Run, Property]:
    return play(story.schedule), BY_ID[story.property]


def written(form: str, story: Counterexample) -> str:
    run, prop = played(story)
    return FORMATS[form](run, prop, run.broken(prop))


def test_every_hazard_is_there() -> None:
    assert set(CURES) == {prop.id for prop in HAZARDS.properties} == {story.property for story in STORIES}


# --- played again ---------------------------------------------------------------------------------------------------


@stories
def test_the_schedule_breaks_the_property_on_its_last_turn(story: Counterexample) -> None:
    run, prop = played(story)
    broken = run.broken(prop)
    assert broken is not None
    assert broken.turn == len(run.turns) == story.steps
    assert run.stuck is None
    assert story.text.splitlines()[-1] == f"<{story.property}: {broken.reason}>"


@stories
def test_the_schedule_tells_the_same_transcript_and_it_replays(story: Counterexample) -> None:
    run, prop = played(story)
    assert transcript(run, prop, run.broken(prop)) == story.text == written("transcript", story)
    assert replay(read(story.text)).ok


def test_a_move_that_nobody_would_make_is_where_it_ends() -> None:
    schedule = SHORTEST["H-PHANTOM"].schedule
    odd = schedule._replace(moves=(schedule.moves[0], Move(1, p.Logout()), *schedule.moves[1:]))
    run = play(odd)
    assert (len(run.turns), run.stuck) == (1, odd.moves[1])


def test_a_loop_that_is_left_starves_nobody() -> None:
    schedule = SHORTEST["H-STARVATION"].schedule
    prop = BY_ID["H-STARVATION"]
    assert play(schedule).broken(prop) is not None
    assert play(schedule._replace(loop=0)).broken(prop) is None
    assert play(schedule._replace(moves=schedule.moves[:-1])).broken(prop) is None


# --- beliefs --------------------------------------------------------------------------------------------------------


def test_the_table_at_the_break() -> None:
    lines = SHORTEST["H-PHANTOM"].text.splitlines()
    assert '<2  uid 2  (\\Deleted)  ""      ≠  expunged: "foo2">' in lines
    assert "<C1 is right about FOO, 2 messages>" in SHORTEST["H-STARVATION"].text.splitlines()
    assert "<C2 is disconnected>" in SHORTEST["H-THROWN-OUT"].text.splitlines()
    assert all(line.endswith(">") for line in lines if line.startswith("<"))


def test_a_mailbox_with_another_name() -> None:
    lines = SHORTEST["H-DEAD-NAME"].text.splitlines()
    (row,) = (number for number, line in enumerate(lines) if line.startswith("<C2 shows"))
    assert re.fullmatch(r"<FOO, 1 message +≠  BAR, 1 message>", lines[row + 1])


def test_tables_of_those_that_have_nothing_to_show() -> None:
    assert table("C1", Belief(False, None, None, 0, ())) == ["C1 is disconnected"]
    assert table("C1", Belief(True, None, None, 0, ())) == ["C1 has no mailbox open"]


def test_a_message_that_is_not_there_and_one_that_is_untold() -> None:
    one, two = Fact(1, None, None, None), Fact(2, 7, frozenset({SEEN}), "foo7")
    rows = table("C2", Belief(True, "FOO", "FOO", 2, (Pairing(one, None), Pairing(None, two))))
    assert [re.sub(" +", " ", row) for row in rows] == [
        "C2 shows what is so", "FOO, 1 message ≠ FOO, 2 messages", "1 uid ? ? ? ≠ no message", ' 2 uid 7 (\\Seen) "foo7"',
    ]  # fmt: skip
    untold = Pairing(None, two)
    assert table("C2", Belief(True, "FOO", "FOO", 1, (untold,))) == ["C2 is right about FOO, 0 messages, and 1 more untold"]


@pytest.mark.parametrize(
    ("entry", "agree"),
    [
        (Entry(), True),
        (Entry(1, NO_FLAGS, "foo1"), True),
        (Entry(1, frozenset({DELETED}), "foo1"), False),
        (Entry(1, NO_FLAGS, ""), False),
        (Entry(2, NO_FLAGS, "foo1"), False),
    ],
)
def test_what_is_not_known_is_not_wrong(entry: Entry, agree: bool) -> None:
    world = start("Mailbox: FOO 1 messages\nSelected: FOO by C1")
    box = world.by_name("FOO")
    assert box is not None
    actor = Actor(Client(name="FOO", shown=(entry,)), GroundTruth(box.id, ((1, "foo1"),), 1))
    seen = belief_of(world, actor)
    assert (seen.messages[0].agree, seen.right) == (agree, agree)


# --- tokens ---------------------------------------------------------------------------------------------------------


@stories
def test_a_token_is_one_short_line_and_leads_back(story: Counterexample) -> None:
    packed = encode(story.schedule)
    assert re.fullmatch(r"mr1:[A-Za-z0-9_-]+", packed)
    assert len(packed) < 600
    again = decode(packed)
    assert again == story.schedule
    assert encode(again) == packed
    broken = play(again).broken(BY_ID[story.property])
    assert transcript(play(again), BY_ID[story.property], broken) == story.text


@pytest.mark.parametrize("scenario", [*builtin(), *SCENARIOS], ids=lambda scenario: scenario.name)
def test_a_scenario_can_be_written_and_read_back(scenario: Scenario) -> None:
    assert parse(scenario.name, scenario_text(scenario)) == scenario


PHANTOM = encode(SHORTEST["H-PHANTOM"].schedule)
QUIET = encode(SHORTEST["H-CONVERGENCE"].schedule)


def packed(plain: object) -> str:
    return f"mr1:{base64.urlsafe_b64encode(zlib.compress(json.dumps(plain).encode())).decode().rstrip('=')}"


def unpacked(word: str) -> dict[str, Any]:
    text = word.partition(":")[2]
    found = json.loads(zlib.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    assert isinstance(found, dict)
    return found


def test_a_token_that_is_cut_off_anywhere() -> None:
    for length in range(len("mr1:"), len(PHANTOM)):
        with pytest.raises(TokenError, match="damaged, or cut off"):
            decode(PHANTOM[:length])


def test_a_token_with_one_letter_changed() -> None:
    for place in range(len("mr1:"), len(PHANTOM) - 1):
        other = "A" if PHANTOM[place] != "A" else "B"
        with pytest.raises(TokenError):
            decode(PHANTOM[:place] + other + PHANTOM[place + 1 :])


def test_a_token_that_a_terminal_has_broken_into_lines() -> None:
    assert decode(f" {PHANTOM[:40]}\n  {PHANTOM[40:]}\n") == decode(PHANTOM)


GOOD = unpacked(QUIET)


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("mr2:abc", "the token is of version 2; this mailrace reads version 1"),
        ("mr1:", "damaged"),
        ("mr1:!!!", "damaged"),
        ("mr1:AAAA", "damaged"),
        (packed([]), "damaged"),
        (packed({}), "damaged"),
        (packed({**GOOD, "more": 1}), "damaged"),
        (packed({**GOOD, "moves": 1}), "damaged"),
        (packed({**GOOD, "moves": ""}), "damaged"),
        (packed({**GOOD, "moves": "1.x"}), "damaged"),
        (packed({**GOOD, "moves": "-1"}), "damaged"),
        (packed({**GOOD, "loop": 9}), "damaged"),
        (packed({**GOOD, "loop": -1}), "damaged"),
        (packed({**GOOD, "loop": True}), "damaged"),
        (packed({**GOOD, "scenario": "\ud800"}), "damaged"),
        (f"mr1:{base64.urlsafe_b64encode(zlib.compress(b'[' * 100_000)).decode()}", "damaged"),
        (f"mr1:{base64.urlsafe_b64encode(zlib.compress(b'1' * 100_000_000)).decode()}", "damaged"),
        (packed({**GOOD, "manner": "clever"}), "'clever', which this mailrace does not know"),
        (packed({**GOOD, "property": "H-FROB"}), "'H-FROB', which this mailrace does not know"),
        (packed({**GOOD, "profile": "fetch=9"}), "'9' is no strategy for fetch"),
        (packed({**GOOD, "scenario": "9-frob"}), "'9-frob', which this mailrace does not have"),
        (packed({**GOOD, "is": "0" * 8}), "the built-in scenario 3-quiet has changed since the token was made"),
        (packed({**GOOD, "is": "C1: FROB"}), "the token's scenario can't be read: line 1: FROB"),
        (packed({**GOOD, "moves": "9"}), "step 1 can't be made: the model has changed"),
        (packed({**GOOD, "moves": "1.7"}), "step 1 can't be made"),
        (packed({**GOOD, "moves": "1 1"}), "step 2 can't be made"),
        (packed({**GOOD, "moves": "0"}), "step 1 can't be made"),
    ],
)
def test_a_token_that_is_none(run: Callable[..., Ran], word: str, says: str) -> None:
    """One line, whichever way it is wrong."""
    with pytest.raises(TokenError, match=re.escape(says)):
        decode(word)
    ran = run("replay", word)
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.err.splitlines()) == 1
    assert says in ran.err


def test_a_built_in_scenario_that_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = parse("3-quiet", scenario_text(BUILTIN["3-quiet"]).replace("NOOP", "CHECK"))
    monkeypatch.setattr(token, "builtin", lambda: (changed,))
    with pytest.raises(TokenError, match="the built-in scenario 3-quiet has changed since the token was made"):
        decode(QUIET)


def test_what_is_meant_as_a_token() -> None:
    assert all(is_token(word) for word in ("mr1:x", "mr12:", " mr1:x\n"))
    assert not any(is_token(word) for word in ("mr:x", "a.txt", "mr1", "a/mr1:x", ""))


def test_replay_of_a_token(run: Callable[..., Ran], tmp_path: Path) -> None:
    story = SHORTEST["H-PHANTOM"]
    ran = run("replay", PHANTOM)
    assert (ran.code, ran.out) == (0, story.text)
    assert "H-PHANTOM breaks on step 2 of 2, C2: B001 " in ran.err
    file = tmp_path / "told.txt"
    file.write_text(ran.out, encoding="utf-8")
    both = run("replay", file, PHANTOM)
    assert both.code == 0
    assert both.out.endswith("2 of 2 transcripts replay\n")


def test_replay_of_a_token_that_breaks_nothing_any_more(run: Callable[..., Ran]) -> None:
    ran = run("replay", packed({**GOOD, "profile": "default"}))
    assert ran.code == 1
    assert "<H-CONVERGENCE does not break here>" in ran.out
    assert "✗" in ran.err
    assert "H-CONVERGENCE does not break here (any more)" in ran.err


def test_replay_of_a_token_under_another_profile(run: Callable[..., Ran]) -> None:
    ran = run("replay", PHANTOM, "--profile", "fetch=4.1.1")
    assert ran.code == 1
    assert "►" in ran.out


# --- side by side ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CURES)
def test_versus_a_cure(name: str) -> None:
    both = versus(SHORTEST[name].schedule, BY_ID[name], Profile.parse(CURES[name]))
    assert both.text.count("►") == 1 or "goes no further like this" in both.text
    assert both.sentence.startswith(f"{name} breaks here under {SHORTEST[name].profile}; under {CURES[name]} it does not")
    assert f"  {CURES[name]}\n" in both.text


def test_versus_itself() -> None:
    story = SHORTEST["H-PHANTOM"]
    both = versus(story.schedule, BY_ID["H-PHANTOM"], story.profile)
    assert "►" not in both.text
    assert both.text.endswith("\n\n  Nothing differs.\n")
    assert both.sentence.endswith(", too")


def test_versus_ends_where_a_client_is_gone() -> None:
    both = versus(SHORTEST["H-CONVERGENCE"].schedule, BY_ID["H-CONVERGENCE"], Profile.parse("delete=3.3,rename=3.3"))
    assert "goes no further like this: C2 is disconnected." in both.text


def test_versus_ends_where_a_client_goes_another_way() -> None:
    both = versus(SHORTEST["H-STARVATION"].schedule, BY_ID["H-STARVATION"], Profile.parse(CURES["H-STARVATION"]))
    assert "►" in both.text
    assert re.search(r"goes no further like this: C\d does not send .* here\.", both.text) or "Under" not in both.text


def test_versus_on_the_command_line(run: Callable[..., Ran], tmp_path: Path) -> None:
    file = tmp_path / "expunged.txt"
    file.write_text(EXPUNGED, encoding="utf-8")
    told = run("explain", "H-PHANTOM", file, "--profile", "fetch=4.1.3", "--client", NAIVE, "--versus", "fetch=4.1.2")
    assert told.code == 0
    assert told.out.count("►") == 1
    assert told.err.splitlines()[-1].startswith("H-PHANTOM breaks ")
    token_line = next(line for line in told.err.splitlines() if line.startswith("mailrace replay mr1:"))
    again = run("replay", token_line.split()[-1], "--versus", "fetch=4.1.2")
    assert again.code == 0
    assert again.out.startswith(told.out)
    story = tmp_path / "story.txt"
    story.write_text(SHORTEST["H-PHANTOM"].text, encoding="utf-8")
    assert "►" in run("replay", story, "--versus", "fetch=4.1.2").out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["explain", "H-PHANTOM", "--versus", "frob"], "'frob' names no decision"),
        (["explain", "H-PHANTOM", "--versus", "default", "--format", "dot"], "can't be had as dot"),
        (["explain", "H-PHANTOM", "--format", "pdf"], "'pdf' is not one of"),
        (["replay", "--versus", "default", "--profile", "default"], "give one of them"),
        (["check", "--max-seconds", "0"], "0"),
        (["check", "--max-seconds", "soon"], "'soon' is not a valid float"),
    ],
)
def test_wrong_arguments(run: Callable[..., Ran], arguments: list[str], says: str) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert says in ran.err


# --- diagrams -------------------------------------------------------------------------------------------------------

_SAFE = r"(?:[A-Za-z0-9 .,:()*\[\]/+=_'\\§-]|#\d+;)*"
_PARTY = r"(?:C\d+|S|Agent)"
_MERMAID = re.compile(
    rf"sequenceDiagram|    (?:title {_SAFE}|participant {_PARTY}|loop for ever|end|"
    rf"Note over {_PARTY}(?:,{_PARTY})?: {_SAFE}|{_PARTY}--?>>{_PARTY}: {_SAFE})"
)
_DOT = re.compile(r'"(?:[^"\\\n]|\\["\\nl])*"|[A-Za-z0-9_.]+|->|[{}\[\];,=\s]')


@stories
def test_mermaid(story: Counterexample) -> None:
    """Every line is one of a few kinds, and nothing in a text means anything to Mermaid."""
    rows = written("mermaid", story).splitlines()
    assert all(_MERMAID.fullmatch(row) for row in rows), next(row for row in rows if not _MERMAID.fullmatch(row))
    texts = [row.partition(": ")[2] for row in rows]
    assert not any(re.search(r"\bend\b", text, re.I) for text in texts)
    assert rows.count("    end") == rows.count("    loop for ever") == bool(story.schedule.loop)
    named = {row.split()[1] for row in rows if row.startswith("    participant ")}
    used = {word for row in rows for word in re.findall(r"^    (?:Note over )?([CSA]\w*)", row) if word != "Note"}
    assert used <= named
    assert sum("->>S: " in row for row in rows) == story.steps


@stories
def test_dot(story: Counterexample) -> None:
    text = written("dot", story)
    place = 0
    while place < len(text):
        match = _DOT.match(text, place)
        assert match is not None, text[place : place + 40]
        place = match.end()
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
    assert (bare.count("{"), bare.count("}")) == (1, 1)
    assert bare.count("[") == bare.count("]")
    nodes, edges = set(re.findall(r"^  (s\d+) \[", text, re.M)), re.findall(r"^  (s\d+) -> (s\d+) \[", text, re.M)
    assert {end for edge in edges for end in edge} == nodes
    assert len(edges) == story.steps
    assert len(nodes) == story.steps + (not story.schedule.loop)


@given(st.text())
def test_nothing_is_left_for_mermaid_to_read(text: str) -> None:
    safe = mermaid.entities(text)
    assert re.fullmatch(_SAFE, safe)
    assert re.sub(r"#(\d+);", lambda found: chr(int(found[1])), safe) == text


@given(st.text())
def test_nothing_is_left_for_dot_to_read(text: str) -> None:
    assert _DOT.fullmatch(quoted(text))
    assert _DOT.fullmatch(quoted(text, left=True))


# --- data and tests -------------------------------------------------------------------------------------------------


@stories
def test_json(story: Counterexample) -> None:
    found = json.loads(written("json", story))
    run, prop = played(story)
    assert found["property"] == story.property
    assert decode(found["token"]) == story.schedule
    assert len(found["steps"]) == story.steps == found["breaks"]["step"]
    assert f"<{story.property}: {found['breaks']['reason']}>" in story.text
    for step in found["steps"]:
        tag = f"{step['tag']} " if step["tag"] else ""
        assert f"\n{step['actor']}: {tag}{step['command']}\n" in story.text
        for response in step["responses"]:
            assert f"\n{response['to'].replace('C', 'S')}: {response['text']}\n" in story.text
        assert set(step["beliefs"]) == {f"C{sid + 1}" for sid in run.cast}
    last = found["steps"][-1]["beliefs"]
    for name, seen in last.items():
        right = not re.search(f"<{name} shows +what is so>", story.text)
        assert right == (not seen["connected"] or seen["mailbox"]["believed"] is None or seen["right"])
        for message in seen["messages"]:
            assert set(message) == {"believed", "real", "agree"}
    assert prop.statement == found["statement"]


def pytest_in(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)],
        cwd=folder, capture_output=True, text=True, check=False, timeout=120, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip


def test_the_tests_fail_as_they_should_and_pass_when_cured(tmp_path: Path) -> None:
    ill, cured = tmp_path / "ill", tmp_path / "cured"
    for folder in (ill, cured):
        folder.mkdir()
    for name, story in SHORTEST.items():
        text = written("pytest", story)
        file = f"test_{name.lower().replace('-', '_')}.py"
        (ill / file).write_text(text, encoding="utf-8")
        assert f"PROFILE = {str(story.profile)!r}\n" in text
        text = text.replace(f"PROFILE = {str(story.profile)!r}\n", f"PROFILE = {CURES[name]!r}\n")
        (cured / file).write_text(text, encoding="utf-8")
    failed, passed = pytest_in(ill), pytest_in(cured)
    assert failed.returncode == 1, failed.stdout
    assert f"{len(CURES)} failed in " in failed.stdout
    assert failed.stdout.count("AssertionError: Title: H-") >= len(CURES)
    assert passed.returncode == 0, passed.stdout
    assert f"{len(CURES)} passed in " in passed.stdout


@stories
def test_a_rerun_is_the_same_run(story: Counterexample) -> None:
    names: dict[str, Any] = {}
    exec(written("pytest", story), names)
    again = rerun(*(names[key] for key in ("PROPERTY", "PROFILE", "MANNER", "SCENARIO", "MOVES", "LOOP")))
    assert again.broken is not None
    assert again.story == story.text


def test_a_rerun_of_what_is_no_property() -> None:
    with pytest.raises(ValueError, match="'H-FROB' is no property"):
        rerun("H-FROB", "default", NAIVE, "C1: NOOP", (("C1", "NOOP", 0),))


BEGINNINGS = [("mermaid", "sequenceDiagram"), ("dot", "digraph"), ("json", "{"), ("pytest", '"""')]


@pytest.mark.parametrize(("form", "begins"), BEGINNINGS)
def test_formats_on_the_command_line(run: Callable[..., Ran], tmp_path: Path, form: str, begins: str) -> None:
    file = tmp_path / "named.txt"
    file.write_text(NAMED, encoding="utf-8")
    ran = run("explain", "H-DEAD-NAME", file, "--format", form)
    assert ran.code == 0
    assert ran.out.startswith(begins)
    assert ran.err.splitlines()[-1].startswith("H-DEAD-NAME breaks if ")
    nothing = run("explain", "H-STARVATION", file, "--format", form)
    assert (nothing.code, nothing.out) == (0, "")
    assert nothing.err.startswith("H-STARVATION holds (within ")


# --- what was never exercised ---------------------------------------------------------------------------------------


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


# --- cut searches ---------------------------------------------------------------------------------------------------


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
import mailrace, explore.check, explore.show
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
    (option,) = (option for option in mailrace.cli.commands["explain"].params if option.name == "form")
    assert isinstance(option.type, click.Choice)
    assert list(option.type.choices) == list(FORMATS)
