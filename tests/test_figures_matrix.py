"""Can the matrix be read, and does it show the report? (`explore.figures.matrix`)"""

from __future__ import annotations

import io
import re

import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from reading_figures import complaints, said, texts
from rich.console import Console
from stages import EXPUNGED

from explore.check.checking import check
from explore.check.report import Report
from explore.check.word import Word
from explore.figures.matrix import FILLS, matrix, matrix_table
from explore.properties.catalogue import PROPERTIES
from explore.show.report_table import show_report
from explore.space.profile_set import Universe
from model.client.belief import NAIVE
from strategies import Profile


def printed(report: Report) -> dict[str, list[str]]:
    """The marks of the table that `mailrace check` prints, by strategy."""
    console = Console(width=160, file=io.StringIO(), highlight=False)
    show_report(report, console)
    rows = {}
    for line in console.file.getvalue().splitlines():  # type: ignore[attr-defined]
        words = line.split()
        if words and re.fullmatch(r"[a-z]+=[^\s,]+", words[0]):
            rows[words[0]] = [word for word in words if word in {word.mark for word in Word}]
    return rows


def drawn(figure: Figure, report: Report) -> dict[str, list[str]]:
    """The marks of the figure, by strategy: those at the height of its name, from left to right."""
    found = texts(figure)
    marks = [(box, text.get_text()) for text, box in found if text.get_text() in {word.mark for word in Word}]
    names = {strategy.spelling for choices in report.universe.choices.values() for strategy in choices}
    rows = {}
    for text, box in found:
        if text.get_text() in names:
            middle = (box.y0 + box.y1) / 2
            row = [(mark.x0, word) for mark, word in marks if mark.y0 - 3 <= middle <= mark.y1 + 3]
            rows[text.get_text()] = [word for _, word in sorted(row)]
    return rows


def test_the_matrix_is_the_table() -> None:
    report = check([EXPUNGED])
    figure = matrix(report)
    assert complaints(figure) == []
    assert drawn(figure, report) == printed(report)
    assert {mark for row in printed(report).values() for mark in row} == {"✗", "✓", "–"}
    shown = said(figure)
    hazards = [prop.id for prop in PROPERTIES if prop.kind == "hazard"]
    assert [text for text in shown if text in hazards] == hazards
    fills = [to_hex(box.get_facecolor()).upper() for box in figure.findobj(FancyBboxPatch)]
    marks = [mark for row in printed(report).values() for mark in row]
    assert fills.count(FILLS[Word.BREAKS].upper()) == marks.count("✗") + 1, "one is in the legend"


def test_a_matrix_of_a_search_that_was_cut() -> None:
    report = check([EXPUNGED], most_states=20)
    figure = matrix(report)
    assert complaints(figure) == []
    assert drawn(figure, report) == printed(report)
    assert any("?" in row for row in printed(report).values())
    assert any("the search was cut" in text for text in said(figure))


def test_a_matrix_of_one_server() -> None:
    profile = Profile.parse("fetch=4.1.3")
    report = check([EXPUNGED], Universe.of(profile), (NAIVE,))
    (((spelling, _, words),),) = matrix_table(report).groups
    assert spelling == "fetch=4.1.3"
    hazards = [prop for prop in PROPERTIES if prop.kind == "hazard"]
    said = {True: "holds", False: "breaks", None: "unreachable"}
    assert words == tuple(said[report.verdict(prop).holds] for prop in hazards)
    assert words[0] == "breaks"
    assert complaints(matrix(report)) == []
    with pytest.raises(ValueError, match="no hazard"):
        matrix(check([EXPUNGED], Universe.of(profile), (NAIVE,), PROPERTIES[:3]))


def test_violated_obligations_are_named() -> None:
    report = check([EXPUNGED], Universe.of(Profile.parse()), (NAIVE,))
    assert matrix_table(report).obligations == "Obligations: 17 of 21 hold, 4 never came up."
    report.failing["O-UID"] = {NAIVE: 1}
    assert "1 of " in matrix_table(report).obligations
    assert matrix_table(report).obligations.endswith("violated: O-UID.")
