"""What a notebook shows: everything escaped, nothing left out, readable on white and on black."""

from __future__ import annotations

import re
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from IPython.core.formatters import DisplayFormatter

from explore.check.checking import check
from explore.check.faults import FAULTS, hunt
from explore.check.report import Report
from explore.figures.sequence import sequence_diagram
from explore.figures.style import as_png
from explore.graph.build import state_graph
from explore.properties.catalogue import PROPERTIES
from explore.runs.transcript_replay import examples, read
from explore.scenario.definition import Scenario
from explore.scenario.notation import parse
from explore.search.breadth_first import search
from explore.show import html as markup, notebook
from explore.space.profile_set import Universe
from explore.space.state_space import Space
from model.notation.transcript import parse as parse_transcript
from strategies import DECISIONS, Profile

EVIL = "<script>"
VOID = ("img",)
PROPERTY = {prop.id: prop for prop in PROPERTIES}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return parse(
        EVIL,
        f"Title: {EVIL} & more\nMailbox: {EVIL} 2 messages, 2 \\Deleted\nSelected: {EVIL} by C1 C2\n"
        f"C1: EXPUNGE | RENAME {EVIL} BAR\nC2: FETCH 2 BODY[] | APPEND {EVIL} \"{EVIL}\"\nC3: CREATE {EVIL}\n",
    )  # fmt: skip


@pytest.fixture(scope="module")
def report(scenario: Scenario) -> Report:
    return check([scenario])


class _Balance(HTMLParser):
    """Reads a page; `open` is what has not been closed, `text` all its words."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def html(shown: Any) -> str:
    """How a notebook shows it: whole, and without anything that could run."""
    page: str = DisplayFormatter().format(shown)[0]["text/html"]  # type: ignore[no-untyped-call]
    read_page = _Balance()
    read_page.feed(page)
    read_page.close()
    assert read_page.open == []
    assert "<script" not in page.lower()
    return page


def plain(shown: Any) -> str:
    text: str = DisplayFormatter().format(shown)[0]["text/plain"]  # type: ignore[no-untyped-call]
    return text


def told(page: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", page))


def luminance(color: str) -> float:
    """Relative luminance (WCAG 2)."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


# --- transcripts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "text"), examples())
def test_a_transcript_as_text_is_the_same_transcript(name: str, text: str) -> None:
    given = read(text)
    again = read(plain(given))
    assert (again.title, again.profile, again.world) == (given.title, given.profile, given.world)
    assert [line._replace(number=0) for line in again.lines] == [line._replace(number=0) for line in given.lines]
    assert told(html(given)) == plain(given)


def test_flags_and_empty_messages_are_written_down() -> None:
    header = "Mailbox: FOO 5 messages, 1,4 \\Deleted, 2:3 \\Flagged \\Seen empty, 5 empty\nMailbox: INBOX 1 messages\n"
    given = parse_transcript(f"{header}Mailbox: BAR\nSelected: FOO by C1\nExamined: FOO by C2\nC1: A001 NOOP\n")
    assert parse_transcript("\n".join(given.rows)).world == given.world


def test_kinds_of_lines_are_told_apart() -> None:
    page = markup.conversation(
        ["C1: A001 NOOP", "S1: * 1 EXPUNGE", "S1: A001 OK x", "S1: A001 NO y", "S2: * BYE z", "<so>", "Agent: DELIVER FOO"]
    )
    rows = page.split("\n")
    assert ["bold" in row for row in rows] == [True, False, False, False, False, False, True]
    assert [markup.CALM in row for row in rows] == [False, True, False, False, False, False, False]
    assert [markup.ALARM in row for row in rows] == [False, False, False, True, True, False, False]
    assert "italic" in rows[5]
    assert "&lt;so&gt;" in rows[5]


@pytest.mark.parametrize("paper", ["#ffffff", "#111111"])
@pytest.mark.parametrize("style", [markup.CALM, markup.ALARM])
def test_colours_can_be_read_on_white_and_on_black(style: str, paper: str) -> None:
    assert contrast(style.removeprefix("color:"), paper) > 3.5


def test_a_mailbox_called_script_stays_text() -> None:
    header = f"Title: {EVIL}\nMailbox: {EVIL} 1 messages\nSelected: {EVIL} by C1\n"
    given = parse_transcript(f"{header}\nC1: A001 DELETE {EVIL}\n")
    assert told(html(given)).count(EVIL) == 4


# --- profiles, verdicts, reports ------------------------------------------------------------------------------------


def test_a_profile_is_a_table_with_what_is_not_the_default_marked() -> None:
    page = html(Profile.parse("fetch=4.1.3,tell=lazy"))
    rows = re.findall(r"<tr>(.*?)</tr>", page)[1:]
    assert [told(row).startswith(decision) for row, decision in zip(rows, DECISIONS, strict=True)] == [True] * len(rows)
    assert [decision for row, decision in zip(rows, DECISIONS, strict=True) if "bold" in row] == ["fetch", "tell"]
    assert sum("default" in row for row in rows) == len(rows) - 2
    assert plain(Profile.parse("fetch=4.1.3")) == "<Profile fetch=4.1.3>"


def test_a_verdict_says_when_and_shows_how(report: Report) -> None:
    found = report.verdict(PROPERTY["H-WRONG-MAILBOX"])
    page = html(found)
    assert "<details>" in page
    assert "✗ H-WRONG-MAILBOX" in told(page)
    assert "breaks if rename=3.4|3.4-newname" in told(page)
    assert found.counterexample is not None
    assert found.counterexample.text.rstrip() in told(page)
    assert plain(found) == "✗ H-WRONG-MAILBOX breaks if rename=3.4|3.4-newname"


def test_a_verdict_can_hold_or_be_undetermined(report: Report, scenario: Scenario) -> None:
    holds = report.verdict(PROPERTY["O-UID"])
    assert told(html(holds)).startswith("✓ O-UID")
    assert "<details>" not in html(holds)
    cut = check([scenario], most_states=5)
    unsure = cut.verdict(PROPERTY["O-UID"])
    assert told(html(unsure)).startswith("? O-UID")
    assert "undetermined" in told(html(unsure))
    assert plain(unsure) == "? O-UID is undetermined"
    assert "undetermined" in told(html(cut))
    assert "The search was cut." in told(html(cut))


def test_a_report_shows_each_word_of_each_verdict(report: Report) -> None:
    page = html(report)
    hazards = [one for one in report.verdicts() if one.property.kind == "hazard"]
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    rows = re.findall(r"<tr>(.*?)</tr>", body)
    strategies = [strategy.spelling for choices in report.universe.choices.values() for strategy in choices]
    for row, spelling in zip(rows, strategies, strict=True):
        cells = [told(cell) for cell in re.findall(r"<td.*?>(.*?)</td>", row)]
        assert cells[0] == spelling
        assert cells[2:] == [one.strategies[spelling].mark for one in hazards]
    owed = [one for one in report.verdicts() if one.property.kind == "obligation"]
    untested = [one.property.id for one in owed if not one.came_up]
    assert f"Obligations: {len(owed) - len(untested)} of {len(owed)} hold, {len(untested)} never came up" in told(page)
    assert "O-COPY-ATOMIC" in untested
    assert page.count("<details>") == sum(one.holds is False for one in hazards)
    assert "Never exercised: commands CHECK" in told(page)
    bound = f"Within {report.within}; clients: {report.who}."
    assert plain(report).splitlines() == [*(repr(one) for one in report.verdicts()), bound]


def test_a_violated_obligation_stands_out(scenario: Scenario) -> None:
    fault = next(fault for fault in FAULTS if fault.breaks == "O-EXPUNGE-TIMING")
    caught = hunt(fault, (scenario,))
    page = told(html(caught))
    assert re.search(r"Obligations: \d+ of \d+ violated", page)
    assert "✗ O-EXPUNGE-TIMING" in page
    assert "all" not in page[:20]


# --- pictures -------------------------------------------------------------------------------------------------------


def test_a_counterexample_is_drawn_and_told(report: Report) -> None:
    found = report.counterexamples["H-WRONG-MAILBOX"]
    page = html(found)
    assert "data:image/png;base64," in page
    assert found.text.rstrip() in told(page)
    assert plain(found) == found.text.rstrip()


def test_a_state_graph_is_drawn_and_told(scenario: Scenario) -> None:
    graph = state_graph(search(Space(scenario, "naive", Universe(), (PROPERTY["H-WRONG-MAILBOX"],))))
    small = graph.project("mailboxes", "collapse")
    page = html(small)
    assert "data:image/png;base64," in page
    assert "H-WRONG-MAILBOX breaks after" in told(page)
    assert notebook.graph_words(small) in told(page)
    assert plain(small) == f"<state graph of {EVIL}: 5 nodes, 12 arrows, by mailboxes>"


def test_a_picture_is_shown_at_its_size(report: Report) -> None:
    figure = sequence_diagram(report.counterexamples["H-WRONG-MAILBOX"])
    data, metadata = DisplayFormatter().format(figure)  # type: ignore[no-untyped-call]
    shown, size = data["image/png"], metadata["image/png"]
    assert size["width"] == round(float(figure.get_size_inches()[0]) * 96)
    assert size["height"] == round(float(figure.get_size_inches()[1]) * 96)
    assert int.from_bytes(shown[16:20], "big") == pytest.approx(1.5 * size["width"], abs=2)
    assert as_png(figure) == shown
    assert data["text/plain"] == f"<picture, {size['width']} by {size['height']} pixels>"
    assert f'width="{size["width"]}"' in notebook.picture(figure)


def test_nothing_is_drawn_before_it_is_wanted() -> None:
    code = "import sys, explore.check; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
