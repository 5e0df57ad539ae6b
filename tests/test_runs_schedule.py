"""Does a schedule, played again, break what it broke, and who believes what by then? (`explore.runs.schedule`)"""

from __future__ import annotations

import re

import pytest
from stories import BY_ID, CURES, SHORTEST, STORIES, played, stories, written

from explore.properties.hazards import HAZARDS
from explore.runs.counterexample import Counterexample, transcript
from explore.runs.run import play
from explore.runs.schedule import ScheduledMove
from explore.runs.transcript_replay import read, replay
from explore.system.belief import Belief, Fact, Pairing, belief_of, belief_rows
from explore.system.configuration import Participant
from explore.system.ground_truth import GroundTruth
from model import protocol as p
from model.client.belief import Client, Entry
from model.notation.transcript import start
from model.protocol.flags import DELETED, NO_FLAGS, SEEN


def test_every_hazard_is_there() -> None:
    assert set(CURES) == {prop.id for prop in HAZARDS.properties} == {story.property for story in STORIES}


# --- played again -----------------------------------------------------------------------------------------------------


@stories
def test_the_schedule_breaks_the_property_on_its_last_turn(story: Counterexample) -> None:
    run, prop = played(story)
    broken = run.broken(prop)
    assert broken is not None
    assert broken.turn == len(run.turns) == story.steps
    assert run.blocked_at is None
    assert story.text.splitlines()[-1] == f"<{story.property}: {broken.reason}>"


@stories
def test_the_schedule_tells_the_same_transcript_and_it_replays(story: Counterexample) -> None:
    run, prop = played(story)
    assert transcript(run, prop, run.broken(prop)) == story.text == written("transcript", story)
    assert replay(read(story.text)).ok


def test_a_move_that_nobody_would_make_is_where_it_ends() -> None:
    schedule = SHORTEST["H-PHANTOM"].schedule
    odd = schedule._replace(moves=(schedule.moves[0], ScheduledMove(1, p.Logout()), *schedule.moves[1:]))
    run = play(odd)
    assert (len(run.turns), run.blocked_at) == (1, odd.moves[1])


def test_a_loop_that_is_left_starves_nobody() -> None:
    schedule = SHORTEST["H-STARVATION"].schedule
    prop = BY_ID["H-STARVATION"]
    assert play(schedule).broken(prop) is not None
    assert play(schedule._replace(loop=0)).broken(prop) is None
    assert play(schedule._replace(moves=schedule.moves[:-1])).broken(prop) is None


# --- beliefs ----------------------------------------------------------------------------------------------------------


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
    assert belief_rows("C1", Belief(False, None, None, 0, ())) == ["C1 is disconnected"]
    assert belief_rows("C1", Belief(True, None, None, 0, ())) == ["C1 has no mailbox open"]


def test_a_message_that_is_not_there_and_one_that_is_untold() -> None:
    one, two = Fact(1, None, None, None), Fact(2, 7, frozenset({SEEN}), "foo7")
    rows = belief_rows("C2", Belief(True, "FOO", "FOO", 2, (Pairing(one, None), Pairing(None, two))))
    assert [re.sub(" +", " ", row) for row in rows] == [
        "C2 shows the truth", "FOO, 1 message ≠ FOO, 2 messages", "1 uid ? ? ? ≠ no message", ' 2 uid 7 (\\Seen) "foo7"',
    ]  # fmt: skip
    untold = Pairing(None, two)
    rows = belief_rows("C2", Belief(True, "FOO", "FOO", 1, (untold,)))
    assert rows == ["C2 is right about FOO, 0 messages, and 1 more untold"]


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
    actor = Participant(Client(name="FOO", shown=(entry,)), GroundTruth(box.id, ((1, "foo1"),), 1))
    seen = belief_of(world, actor)
    assert (seen.messages[0].agree, seen.right) == (agree, agree)
