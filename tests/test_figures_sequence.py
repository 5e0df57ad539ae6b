"""Can a sequence diagram be read, and does it show the conversation? (`explore.figures.sequence`)"""

from __future__ import annotations

import re

import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import FancyBboxPatch
from reading_figures import BUILTIN, READER, complaints, course, said, within_a_page

from explore.check.checking import check
from explore.check.report import Report
from explore.figures.conversation import of_run, of_transcript
from explore.figures.sequence import BREAK_FILL, sequence_diagram
from explore.figures.state_graph_page import TALLEST
from explore.runs.run import play
from explore.runs.schedule import Schedule, ScheduledMove
from explore.runs.transcript_replay import examples, read
from model.client.belief import RECKLESS
from model.protocol.parsing import parse_command
from strategies import Profile

SMALL_ONES = ("3-quiet", "3-inbox", "4-outside", "5-starve-store")


@pytest.fixture(scope="module")
def report() -> Report:
    return check([BUILTIN[name] for name in SMALL_ONES])


def test_counterexamples_can_be_read_and_are_complete(report: Report) -> None:
    assert len(report.counterexamples) >= 8
    for name, story in report.counterexamples.items():
        figure = sequence_diagram(story)
        assert complaints(figure) == [], name
        shown = " ".join(" ".join(text.split()) for text in said(figure))
        for line in story.text.splitlines():
            spoken = re.fullmatch(r"(?:[CS]\d+|Agent): (.*)", line)
            if spoken is not None:
                assert spoken[1] in shown
        assert f"\u2717 {name} breaks: " in shown
        assert any(to_hex(box.get_facecolor()) == BREAK_FILL.lower() for box in figure.findobj(FancyBboxPatch))
        loop = story.schedule.loop
        assert ("for ever" in said(figure)) is bool(loop)


def test_who_errs_from_when_on_and_where_it_breaks() -> None:
    run = course("H-PHANTOM", "fetch=4.1.3", "1 EXPUNGE", "2 FETCH 1:2 BODY.PEEK[]", "2 NOOP")
    talk = of_run(run)
    assert talk.parties == ("C1", "S", "C2")
    assert [(row.turn, row.kind, row.source, row.target) for row in talk.rows] == [
        (1, "tagged", "C1", "S"), (1, "untagged", "S", "C1"), (1, "tagged", "S", "C1"), (1, "wrong", "C2", ""),
        (2, "tagged", "C2", "S"), (2, "untagged", "S", "C2"), (2, "untagged", "S", "C2"), (2, "tagged", "S", "C2"),
        (2, "wrong", "C2", ""), (2, "broken", "", ""),
        (3, "tagged", "C2", "S"), (3, "untagged", "S", "C2"), (3, "untagged", "S", "C2"), (3, "tagged", "S", "C2"),
        (3, "right again", "C2", ""),
    ]  # fmt: skip
    assert (talk.broken, talk.loop) == (2, 0)
    assert talk.rows[3].text == "≠ counts 2 messages; its 2 is expunged"
    assert talk.rows[-1].text == "= is right about everything again"
    assert complaints(sequence_diagram(run)) == []


def test_a_property_that_holds_is_said_to() -> None:
    talk = of_run(course("H-PHANTOM", "fetch=4.1.2", "1 EXPUNGE", "2 FETCH 1:2 BODY.PEEK[]"))
    assert talk.broken == 0
    assert talk.rows[-1].text == "H-PHANTOM does not break here"


def test_a_client_that_sends_ahead_is_remarked_on() -> None:
    run = play(Schedule(
        "H-PHANTOM", READER, RECKLESS, Profile.parse(),
        (ScheduledMove(1, parse_command("FETCH 1:2 BODY.PEEK[]")), ScheduledMove(1, parse_command("NOOP"), 0, 1)),
    ))  # fmt: skip
    assert run.blocked_at is None
    rows = of_run(run).rows
    (place,) = [place for place, row in enumerate(rows) if row.kind == "note"]
    assert rows[place].text.startswith("sends this before it has read")
    assert rows[place + 1].text == "B002 NOOP"
    assert complaints(sequence_diagram(run)) == []


@pytest.mark.parametrize("name", ["3.2-delete", "4.1.2-fetch", "4.4.2-second", "3.1-delete"])
def test_transcripts_can_be_read_and_are_complete(name: str) -> None:
    transcript = read(dict(examples())[name])
    figure = sequence_diagram(transcript)
    assert complaints(figure) == []
    shown = " ".join(" ".join(text.split()) for text in said(figure))
    assert all(line.text in shown for line in transcript.lines)
    assert transcript.title in shown
    kinds = [row.kind for row in of_transcript(transcript).rows]
    answers = [line.text for line in transcript.lines if line.kind == "server"]
    untagged = sum(answer.startswith("*") for answer in answers)
    commands = sum(line.kind in ("client", "agent") for line in transcript.lines)
    assert (kinds.count("untagged"), kinds.count("tagged")) == (untagged, commands + len(answers) - untagged)


def test_a_long_transcript_says_what_it_leaves_out() -> None:
    lines = [f"C{1 + number % 2}: {'AB'[number % 2]}{number:03} NOOP" for number in range(100)]
    figure = sequence_diagram(read("Mailbox: FOO\n\n" + "\n".join(lines)))
    assert complaints(figure) == []
    assert figure.get_size_inches()[1] <= TALLEST
    shown = [text for text in said(figure) if text.endswith("NOOP")]
    (gap,) = [text for text in said(figure) if "left out" in text]
    assert gap == f"… {100 - len(shown)} lines left out: the page is full …"
    assert {"A000 NOOP", "B099 NOOP"} <= set(shown)


def test_a_text_without_end_is_cut() -> None:
    text = f'Title: {"T" * 999}\nMailbox: FOO\n\nC1: A001 APPEND FOO "{"x y" * 2000}"\nS1: A001 OK {"z" * 5000}\n'
    figure = sequence_diagram(read(text))
    assert complaints(figure) == []
    assert within_a_page(figure)
    assert sum(text.endswith("…") for text in said(figure)) == 3


def test_many_clients_still_fit() -> None:
    lines = [f"C{number}: X{number:03} STATUS FOO (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)" for number in range(1, 10)]
    assert complaints(sequence_diagram(read("Mailbox: FOO\n\n" + "\n".join(lines)))) == []
