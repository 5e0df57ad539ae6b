"""Which strategy is to blame for which hazard? The table of `mailrace check` as a figure, readable without its colours."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from matplotlib.figure import Figure

from explore.check import Report, Verdict, Word
from explore.figures.canvas import Canvas, Size, flowed, size_of, wrapped
from explore.figures.style import GREY, LARGE, PALE, SMALL
from explore.properties import HAZARD, OBLIGATION

MARGIN, PAD = 0.25, 0.06
CELL = Size(0.33, 0.23)
BETWEEN = 0.09
"""Between two decisions, in inches."""

FILLS = {Word.BREAKS: "#F3B58F", Word.HOLDS: "white", Word.UNREACHABLE: "#EDEDED", Word.UNDETERMINED: "#FBF7CF"}
MEANINGS = {word: word.meaning for word in (Word.BREAKS, Word.HOLDS, Word.UNREACHABLE, Word.UNDETERMINED)}
OF_ONE = {**MEANINGS, Word.BREAKS: "breaks", Word.HOLDS: "holds"}
"""What the marks mean where there is only one profile, and nothing to choose."""


class Table(NamedTuple):
    """The table: a column a hazard; rows in groups, each with its spelling, what it does, and a word a column ("breaks",
    "holds", "unreachable" or "undetermined"); and how the obligations fare, in a sentence."""

    columns: tuple[str, ...]
    groups: tuple[tuple[tuple[str, str, tuple[Word, ...]], ...], ...]
    obligations: str


def matrix_table(report: Report) -> Table:
    """The table of that report: a group a decision; of a report on one profile, that profile alone."""
    verdicts = report.verdicts()
    hazards = [verdict for verdict in verdicts if verdict.property.kind == HAZARD]
    columns = tuple(verdict.property.id for verdict in hazards)
    if report.universe.size == 1:
        row = (str(report.universe.profile(0)), "", tuple(verdict.word for verdict in hazards))
        return Table(columns, ((row,),), _obligations(report, verdicts))
    groups = tuple(
        tuple(
            (strategy.spelling, strategy.summary, tuple(verdict.strategies[strategy.spelling] for verdict in hazards))
            for strategy in strategies
        )
        for strategies in report.universe.choices.values()
    )
    return Table(columns, groups, _obligations(report, verdicts))


def _obligations(report: Report, verdicts: list[Verdict]) -> str:
    why = "; ".join([*map(str, report.unfinished), *(["the search was cut"] if report.cut or not report.unfinished else [])])
    owed = [verdict for verdict in verdicts if verdict.property.kind == OBLIGATION]
    words = Counter(verdict.word for verdict in owed)
    aside = f", {words[Word.UNREACHABLE]} never came up" if words[Word.UNREACHABLE] else ""
    if words[Word.BREAKS]:
        violated = ", ".join(verdict.property.id for verdict in owed if verdict.word == Word.BREAKS)
        return f"Obligations: {words[Word.BREAKS]} of {len(owed)} violated: {violated}."
    if words[Word.UNDETERMINED]:
        return f"Obligations: none of {len(owed)} violated so far, but {why}{aside}."
    count = f"{words[Word.HOLDS]} of {len(owed)}" if aside else f"all {len(owed)}"
    return f"Obligations: {count} hold{aside}." if owed else ""


def matrix(report: Report) -> Figure:
    """The matrix of hazards and strategies: ✗ to blame, ✓ not to blame, – never came up, ? undetermined.

    Raises ValueError if the report is on no hazard.
    """
    shown = matrix_table(report)
    if not shown.columns:
        raise ValueError("the report is on no hazard: there is no matrix to draw")
    rows = [row for group in shown.groups for row in group]
    left = MARGIN + max(size_of(spelling, SMALL, "bold").width for spelling, _, _ in rows) + 2 * PAD
    middle = left + max(size_of(summary).width for _, summary, _ in rows) + 2 * PAD
    width = max(middle + len(shown.columns) * CELL.width + MARGIN, 5.0)
    what = "Which strategy is to blame for which hazard" if report.universe.size > 1 else "Which hazards this server has"
    title = wrapped(what, width - 2 * MARGIN, LARGE, weight="bold")
    notes = [wrapped(note, width - 2 * MARGIN) for note in _notes(report, shown)]
    y = MARGIN + size_of(title, LARGE, "bold").height + PAD
    tops = [y + sum(size_of(note).height + PAD for note in notes[:place]) for place in range(len(notes) + 1)]
    body = tops[-1] + PAD + max(size_of(name).width for name in shown.columns) + PAD
    legend = body + sum(len(group) * CELL.height + BETWEEN for group in shown.groups) + 0.15
    entries = _entries(report, rows)
    places = flowed([0.42 + size_of(text).width for _, text in entries], width - 2 * MARGIN, 0.25, 0.27)
    canvas = Canvas(width, legend + places[-1][1] + 0.4)
    canvas.text((MARGIN, MARGIN), title, LARGE, weight="bold")
    for top, note in zip(tops, notes, strict=False):
        canvas.text((MARGIN, top), note)
    for column, name in enumerate(shown.columns):
        x = middle + (column + 0.5) * CELL.width
        canvas.text((x, body - PAD), name, rotation=90, ha="center", va="bottom")
    _body(canvas, shown, (left, middle), body)
    for (word, text), (right, down) in zip(entries, places, strict=True):
        _cell(canvas, MARGIN + right, legend + down, word)
        canvas.text((MARGIN + right + 0.4, legend + down + CELL.height / 2), text, va="center_baseline")
    return canvas.figure


def _body(canvas: Canvas, shown: Table, columns: tuple[float, float], y: float) -> None:
    """The rows, from `y` on; the `columns` of summaries and of cells begin there."""
    left, middle = columns
    for group in shown.groups:
        for spelling, summary, words in group:
            canvas.text((MARGIN, y + CELL.height / 2), spelling, weight="bold", va="center_baseline")
            canvas.text((left, y + CELL.height / 2), summary, color=GREY, va="center_baseline")
            for column, word in enumerate(words):
                _cell(canvas, middle + column * CELL.width, y, word)
            y += CELL.height
        y += BETWEEN


def _notes(report: Report, shown: Table) -> list[str]:
    cut = " The search was cut." if report.cut else ""
    cut += "".join(f" {client}." for client in report.unfinished)
    return [note for note in (f"Within {report.within}; clients: {report.who}.{cut}", shown.obligations) if note]


def _entries(report: Report, rows: list[tuple[str, str, tuple[Word, ...]]]) -> list[tuple[Word, str]]:
    """The legend: the words that occur, and what they mean."""
    meanings = OF_ONE if report.universe.size == 1 else MEANINGS
    occurring = {word for _, _, words in rows for word in words}
    return [(word, text) for word, text in meanings.items() if word in occurring]


def _cell(canvas: Canvas, x: float, y: float, word: Word) -> None:
    canvas.box((x, y), CELL, facecolor=FILLS[word], edgecolor=PALE, linewidth=0.6, zorder=1)
    heavy, color = ("bold", "black") if word == Word.BREAKS else ("normal", GREY)
    at = (x + CELL.width / 2, y + CELL.height / 2)
    canvas.text(at, word.mark, weight=heavy, color=color, ha="center", va="center_baseline", zorder=2)
