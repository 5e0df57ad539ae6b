"""Does every example of RFC 2180 replay line by line under its strategy, and part at its mark under every other?"""

from __future__ import annotations

import pytest

from explore.runs.transcript_replay import Mark, Replay, check_marks, examples, in_columns, marked, read, replay
from model import server
from model.notation.transcript import OTHERWISE, Transcript, TranscriptError, parse
from model.protocol.commands import Copy
from model.server import message_commands
from model.server.decisions import Profile as ServerProfile, StoreRuling
from model.server.effect import Effect
from model.store.session import EXPUNGES
from model.store.world import World
from strategies import DECISIONS, Profile, listed, store

FILES = dict(examples())
NAMES = tuple(FILES)
BY_DECISION = {
    "delete": ("3.1-delete", "3.2-delete", "3.3-delete"),
    "rename": ("3.1-rename", "3.3-rename", "3.4-newname", "3.4-rename"),
    "expunge": ("4.1.4-expunge",),
    "fetch": ("4.1.1-fetch", "4.1.2-fetch", "4.1.3-fetch", "4.1.3-nil"),
    "store": ("4.2.1-store", "4.2.2-store", "4.2.3-store", "4.2.4-store"),
    "search": ("4.3-search",),
    "copy": ("4.4.1-copy", "4.4.2-first", "4.4.2-second"),
}
ALIKE = ("4.2.1-store", "4.2.2-store", "4.4.2-first")
"""Where every listed strategy has to answer the same: no mark is possible."""

OTHERS = [(name, mark) for name in NAMES for mark in marked(read(FILES[name]))]
EACH_OTHER = pytest.mark.parametrize(("name", "mark"), OTHERS, ids=[f"{name} {mark.spelling}" for name, mark in OTHERS])


def about(name: str) -> str:
    """The decision that the example illustrates."""
    return next(decision for decision, names in BY_DECISION.items() if name in names)


def line_of(text: str, row: str) -> int:
    """The line number of that row, which is in the text once."""
    rows = text.splitlines()
    assert rows.count(row) == 1
    return rows.index(row) + 1


def run(text: str, profile: ServerProfile | None = None) -> Replay:
    return replay(read(text), profile)


# --- the examples ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_example_replays_line_by_line(name: str) -> None:
    """RFC 2180 §2 (a): they are in its notation."""
    result = run(FILES[name])
    assert result.ok, result.reason
    assert result.differs_at is None
    assert result.reason == ""


@EACH_OTHER
def test_other_strategy_parts_at_its_mark(name: str, mark: Mark) -> None:
    result = run(FILES[name], mark.profile)
    assert result.differs_at == mark.place, result.reason


@pytest.mark.parametrize("name", NAMES)
def test_marks_have_no_complaints(name: str) -> None:
    assert check_marks(read(FILES[name])) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_other_strategy_is_in_one_mark(name: str) -> None:
    decision = about(name)
    transcript = read(FILES[name])
    own = Profile.parse(transcript.profile).choices[decision]
    others = [] if name in ALIKE else [s.spelling for s in listed(decision) if s.key != own]
    marks = [line.text for line in transcript.lines if line.kind == OTHERWISE]
    assert sorted(part.strip() for mark in marks for part in mark.split(",")) == sorted(others)


@pytest.mark.parametrize("decision", BY_DECISION)
def test_every_strategy_has_an_example(decision: str) -> None:
    shown = {Profile.parse(read(FILES[name]).profile).choices[decision] for name in BY_DECISION[decision]}
    missing = {strategy.key for strategy in listed(decision)} - shown
    assert missing == {"expunge": {"allow"}, "search": {"ghosts"}}.get(decision, set())


def test_every_decision_of_rfc_2180_has_examples_and_no_file_is_stray() -> None:
    rfc_3501 = {"tell", "order", "disconnect", "beyond"}
    assert set(BY_DECISION) == set(DECISIONS) - rfc_3501
    assert sorted(name for names in BY_DECISION.values() for name in names) == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_came_replays_as_well(name: str) -> None:
    transcript = read(FILES[name])
    again = transcript._replace(lines=run(FILES[name]).actual)
    assert replay(again).ok


# --- where all listed strategies agree, others don't ----------------------------------------------------------------


class SilentNo(store.SetTheRest):
    """Against RFC 2180 §4.2.1: a silent STORE on a mixture is answered NO."""

    def silently(self) -> StoreRuling:
        return StoreRuling(set_the_rest=True, ok=False)


class SilentNothing(store.SetTheRest):
    """Against RFC 2180 §4.2.1: a silent STORE on a mixture is answered OK, and sets nothing."""

    def silently(self) -> StoreRuling:
        return StoreRuling(set_the_rest=False, ok=True)


class ExpungedOk(store.SetTheRest):
    """Against RFC 2180 §4.2.2: a STORE on expunged messages only is answered OK."""

    def only_expunged(self) -> StoreRuling:
        return StoreRuling(set_the_rest=False, ok=True)


@pytest.mark.parametrize("name", ALIKE)
def test_every_listed_strategy_agrees(name: str) -> None:
    for strategy in listed(about(name)):
        assert run(FILES[name], Profile.parse(strategy.spelling)).ok


@pytest.mark.parametrize(
    ("name", "deviation", "row"),
    [
        ("4.2.1-store", SilentNo(), "S2: B001 OK"),
        ("4.2.1-store", SilentNothing(), r"S1: * 1 FETCH (FLAGS (\Seen))"),
        ("4.2.2-store", ExpungedOk(), "S2: B001 NO Messages have been expunged"),
    ],
    ids=["NO to silent", "silently nothing", "OK to ghosts only"],
)
def test_a_store_that_the_rfc_does_not_list_parts(name: str, deviation: store.SetTheRest, row: str) -> None:
    """Against RFC 2180 §4.2.1 (a, b), §4.2.2."""
    result = run(FILES[name], Profile.parse("tell=lazy")._replace(store=deviation))
    assert result.differs_at == line_of(FILES[name], row)
    assert result.reason.startswith(f"expected '{row}', got 'S")


def test_a_copy_by_the_numbers_after_the_expunge_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against RFC 2180 §4.4.2 (c, d): no strategy can do it, so it takes another server."""

    def by_later_numbers(world: World, sid: int, command: Copy, strategy: ServerProfile) -> Effect:
        mailbox = world.open_in(sid)
        assert mailbox is not None
        told, responses = server.announce(world, sid, mailbox, EXPUNGES, strategy)
        return message_commands.copy(told, sid, command, strategy)._replace(responses=responses)

    monkeypatch.setitem(server.HANDLERS, Copy, by_later_numbers)
    text = FILES["4.4.2-first"]
    result = run(text)
    assert result.differs_at == line_of(text, 'S3: * 2 FETCH (BODY[TEXT] "foo4")')
    assert result.reason.endswith("""got 'S3: * 2 FETCH (BODY[TEXT] "foo5")'""")


# --- where a replay parts -------------------------------------------------------------------------------------------

NOOP = r"""Mailbox: FOO 7 messages, 4:5 \Deleted
Selected: FOO by C1 C2

C1: A001 EXPUNGE
S1: * 4 EXPUNGE
S1: * 4 EXPUNGE
S1: A001 OK EXPUNGE completed

<client 2 asks for news>
C2: B001 NOOP
S2: * 4 EXPUNGE
S2: * 4 EXPUNGE
S2: * 5 EXISTS
S2: B001 OK NOOP completed

<and is content>
C2: B002 CHECK
S2: B002 OK CHECK completed
"""


def test_replay_agrees_whatever_the_human_readable_text() -> None:
    assert run(NOOP.replace("OK CHECK completed", "OK that is all")).ok


@pytest.mark.parametrize(
    ("old", "new", "place", "reason"),
    [
        ("S2: * 5 EXISTS", "S2: * 6 EXISTS", 13, "expected 'S2: * 6 EXISTS', got 'S2: * 5 EXISTS'"),
        ("S2: * 5 EXISTS\n", "", 13, "expected 'S2: B001 OK NOOP completed', got 'S2: * 5 EXISTS'"),
        ("S2: B001 OK NOOP completed\n", "", 16, "expected no more, got 'S2: B001 OK NOOP completed'"),
        ("S2: B002 OK CHECK completed\n", "", 18, "expected no more, got 'S2: B002 OK CHECK completed'"),
        ("S2: B002", "S2: * 5 EXISTS\nS2: B002", 18, "expected 'S2: * 5 EXISTS', got 'S2: B002 OK CHECK completed'"),
        ("S2: B002 OK", "S1: * 5 EXISTS\nS2: B002 OK", 18, "expected 'S1: * 5 EXISTS', got nothing"),
        ("\nC1: A001 EXPUNGE", "\nS1: * OK hello\nC1: A001 EXPUNGE", 4, "expected 'S1: * OK hello', got nothing"),
    ],
    ids=["wrong", "left out", "last left out", "last of the file left out", "too many", "other client", "before all"],
)  # fmt: skip
def test_a_failing_replay_says_where_and_why(old: str, new: str, place: int, reason: str) -> None:
    assert old in NOOP
    result = run(NOOP.replace(old, new))
    assert not result.ok
    assert result.differs_at == place
    assert result.reason == reason


def test_the_drive_goes_on_after_a_difference() -> None:
    result = run(NOOP.replace("S2: * 5 EXISTS", "S2: * 6 EXISTS"))
    spoken = [str(line) for line in result.actual]
    assert spoken[-3:] == ["<and is content>", "C2: B002 CHECK", "S2: B002 OK CHECK completed"]
    assert "S2: * 5 EXISTS" in spoken


def test_there_is_no_order_between_connections() -> None:
    text = FILES["3.3-delete"]
    ok = "S1: A002 OK DELETE completed.\n"
    bye = "S2: * BYE Mailbox FOO has been deleted.\n"
    assert run(text.replace(bye, "").replace(ok, bye + ok)).ok


def test_a_dead_connection_answers_nothing() -> None:
    result = run(FILES["3.3-delete"] + "C2: B001 NOOP\nS2: B001 OK NOOP completed\n")
    assert result.reason == "expected 'S2: B001 OK NOOP completed', got nothing"


# --- the agent, and several outcomes --------------------------------------------------------------------------------


def test_the_agent_delivers_expunges_and_renames() -> None:
    result = run("""Mailbox: FOO 3 messages
Selected: FOO by C1

Agent: DELIVER FOO "m4"
Agent: EXPUNGE FOO 2
Agent: RENAME FOO BAR
C1: A001 NOOP
S1: * 2 EXPUNGE
S1: * 3 EXISTS
S1: A001 OK NOOP completed
C1: A002 FETCH 3 BODY.PEEK[TEXT]
S1: * 3 FETCH (BODY[TEXT] "m4")
S1: A002 OK FETCH completed
C1: A003 STATUS FOO (MESSAGES)
S1: A003 NO no longer of that name
""")
    assert result.ok, result.reason


def test_the_agent_gets_no_answer() -> None:
    result = run('Selected: INBOX by C1\nAgent: DELIVER INBOX "m1"\nS1: * 1 EXISTS\nC1: A001 NOOP\nS1: A001 OK\n')
    assert (result.differs_at, result.reason) == (3, "expected 'S1: * 1 EXISTS', got nothing")


TELL = r"""Profile: tell=any
Mailbox: FOO 2 messages
Selected: FOO by C1

Agent: DELIVER FOO "m3"
<not told>
C1: A001 FETCH 1 FLAGS
S1: * 1 FETCH (FLAGS ())
S1: A001 OK FETCH completed
<told>
C1: A002 FETCH 1 FLAGS
S1: * 1 FETCH (FLAGS ())
S1: * 3 EXISTS
S1: A002 OK FETCH completed
"""


def test_any_outcome_will_do() -> None:
    assert run(TELL).ok
    assert run(TELL, Profile.parse("tell=eager")).differs_at == line_of(TELL, "S1: A001 OK FETCH completed")
    assert run(TELL, Profile.parse("tell=lazy")).differs_at == line_of(TELL, "S1: * 3 EXISTS")


@pytest.mark.parametrize("left", [r"* 2 FETCH (FLAGS (\Seen))", "* 3 EXISTS"])
def test_an_ambiguous_line_is_settled_by_what_comes_later(left: str) -> None:
    """Client 1 is told one of two things with its FETCH; only what NOOP still has to tell shows which it was."""
    result = run(rf"""Profile: tell=any
Mailbox: FOO 2 messages
Selected: FOO by C1 C2

Agent: DELIVER FOO "m3"
C2: B001 STORE 2 +FLAGS.SILENT (\Seen)
S2: B001 OK STORE completed
C1: A001 FETCH 1 FLAGS
S1: * 1 FETCH (FLAGS ())
S1: …
S1: A001 OK FETCH completed
C1: A002 NOOP
S1: {left}
S1: A002 OK NOOP completed
""")
    assert result.ok, result.reason


def test_of_several_outcomes_the_one_that_gets_furthest_is_shown() -> None:
    result = run(TELL.replace("S1: * 3 EXISTS\nS1: A002 OK", "S1: * 3 EXISTS\nS1: A002 NO"))
    assert result.reason == "expected 'S1: A002 NO FETCH completed', got 'S1: A002 OK FETCH completed'"


# --- marks ----------------------------------------------------------------------------------------------------------


def moved(mark: str, row: str) -> Transcript:
    """The example of §4.1.2 with its mark replaced by that one, before that row."""
    text = FILES["4.1.2-fetch"].replace("<otherwise: fetch=4.1.1, fetch=4.1.3>\n", "")
    return read(text.replace(row, f"{mark}\n{row}", 1))


def test_a_mark_in_the_wrong_place_is_complained_of() -> None:
    transcript = moved("<otherwise: fetch=4.1.1>", "S2: * 3 FETCH")
    (complaint,) = check_marks(transcript)
    assert complaint.startswith("line 16: fetch=4.1.1 parts at line 18: expected 'S2: B001 NO Some of")


def test_a_mark_for_a_strategy_that_does_not_part_is_complained_of() -> None:
    assert check_marks(moved("<otherwise: store=4.2.4>", "S2: B001 NO")) == [
        "line 17: under store=4.2.4 nothing differs"
    ]


def test_a_mark_at_the_end_stands_for_more_than_the_file_expects() -> None:
    text = "Mailbox: FOO\nSelected: FOO by C1 C2\nProfile: delete=3.2\nC1: A001 DELETE FOO\nS1: A001 OK\n"
    assert check_marks(read(text + "\n<otherwise: delete=3.3>\n<more>\n")) == []


# --- side by side ---------------------------------------------------------------------------------------------------


SIDES = """\
  expected                          actual

  <both have FOO open; client 1 deletes it>
  C1: A002 DELETE FOO               C1: A002 DELETE FOO
  S1: A002 OK DELETE completed.     S1: A002 OK Mailbox FOO is
                                        deleted

  <client 2 is thrown out>
► S2: * BYE Mailbox FOO has been  <
      deleted.                    <"""


def test_side_by_side() -> None:
    assert in_columns(run(FILES["3.3-delete"], Profile.parse("delete=3.2")), 68) == SIDES


@EACH_OTHER
def test_one_row_is_where_they_part_and_none_is_too_wide(name: str, mark: Mark) -> None:
    for width in (60, 100, 140):
        rows = in_columns(run(FILES[name], mark.profile), width).splitlines()
        assert sum(row.startswith("►") for row in rows) == 1
        assert max(map(len, rows)) <= width


def test_nothing_is_marked_where_nothing_differs() -> None:
    assert "►" not in in_columns(run(NOOP))


# --- malformed files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Title: x\nProfile: fetch=4.1.9\nC1: A001 NOOP\n", "line 2: '4.1.9' is no strategy for fetch; the choices"),
        ("Profile: fetsch=4.1.1\nC1: A001 NOOP\n", "line 1: 'fetsch=4.1.1' names no decision"),
        ("Profile: copy=4.4.1,copy=4.4.2\nC1: A001 NOOP\n", "line 1: copy is chosen twice"),
        ("Profile: copy=4.4.1\nProfile: fetch=4.1.1\nC1: A001 NOOP\n", "line 2: a second Profile; one is enough"),
        ("C1: A001 NOOP\n<otherwise: fetch=none>\n", "line 2: 'none' is no strategy for fetch"),
        ("C1: A001 NOOP\n<otherwise: >\n", "line 2: '' names no decision"),
        ("C1: A001 FROB\n", "line 1: FROB is not a command known here"),
        ("C1: A001 NOOP\nhello\n", "line 2: expected 'C1: tag command'"),
        ("Title: x\n\nAgent: DANCE\n", "line 3: the agent can DELIVER, EXPUNGE or RENAME, not DANCE"),
        ("Selected: FOO by C1\nC1: A001 NOOP\n", "line 1: no mailbox 'FOO'"),
        ("Title: nothing happens\n", "line 1: expected at least one client line"),
    ],
)
def test_a_malformed_file_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(TranscriptError) as caught:
        read(text)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_replay_of_an_unchecked_transcript_with_a_bad_profile() -> None:
    transcript = parse("Profile: fetch=4.1.9\nC1: A001 NOOP\nS1: A001 OK\n")
    with pytest.raises(ValueError, match=r"'4\.1\.9' is no strategy for fetch"):
        replay(transcript)
    assert replay(transcript, Profile.parse()).ok
