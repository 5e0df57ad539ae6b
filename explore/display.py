"""How does a notebook show what was found? Verdicts, reports and counterexamples as HTML, figures as pictures.

    from explore.display import show
    show(sequence_diagram(found))

What is shown is escaped, and readable on white and on black (`model.markup`); pictures are opaque. matplotlib is loaded
when the first picture is wanted.
"""

from __future__ import annotations

import importlib
from base64 import b64encode
from collections.abc import Iterable
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Any

from model.markup import ALARM, CALM, FAINT, conversation, element, folded

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from explore.counterexample import Counterexample
    from explore.graph_quotient import StateGraph
    from explore.verdicts import Report, Verdict

MARKS = {"holds": ("✓", ""), "breaks": ("✗", ALARM), "unreachable": ("–", FAINT), "undetermined": ("?", CALM)}
"""How each word of a verdict is shown: its mark, and the style of that."""
MEANINGS = {
    "holds": "not to blame", "breaks": "to blame: choosing otherwise here can cure it, or nothing can",
    "unreachable": "never came up", "undetermined": "undetermined",
}  # fmt: skip
UNDETERMINED = "undetermined: the search ended before it could tell"
UPRIGHT = "writing-mode:vertical-rl;transform:rotate(180deg);font-weight:normal;text-align:left;vertical-align:bottom"
CELL, WORDS = "text-align:center;", "text-align:left;white-space:nowrap"
PIXELS_PER_INCH, DOTS_PER_INCH = 96, 144
"""What a browser takes an inch for, and how finely pictures are drawn."""


class Picture:
    """A figure as a notebook shows it: a PNG, finer than the page, at its true size."""

    def __init__(self, figure: Figure) -> None:
        self.png = _png(figure)
        self.width, self.height = (round(float(inches) * PIXELS_PER_INCH) for inches in figure.get_size_inches())

    def _repr_png_(self) -> tuple[bytes, dict[str, Any]]:
        return self.png, {"width": self.width, "height": self.height}

    def __repr__(self) -> str:
        return f"<picture, {self.width} by {self.height} pixels>"

    @property
    def html(self) -> str:
        """The same as an element of a page."""
        source = f"data:image/png;base64,{b64encode(self.png).decode()}"
        style = "max-width:100%;height:auto;background:white"
        return f'<img alt="the figure" width="{self.width}" style="{style}" src="{source}">'


def show(figure: Figure) -> Picture:
    """That figure, to be the last line of a cell."""
    return Picture(figure)


def _png(figure: Figure) -> bytes:
    file = BytesIO()
    figure.savefig(file, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    return file.getvalue()


# --- what was found -------------------------------------------------------------------------------------------------


def counterexample(found: Counterexample) -> str:
    """Its sequence diagram, and folded below it the transcript."""
    diagram = importlib.import_module("explore.plot_sequence").sequence_diagram(found)
    return Picture(diagram).html + folded("as a transcript", conversation(found.text.splitlines()))


def state_graph(shown: StateGraph) -> str:
    """It drawn, with the way to what breaks if that is one property; and folded below it in words."""
    drawn = importlib.import_module("explore.plot_graph").state_diagram(shown, _only_way(shown))
    return Picture(drawn).html + folded("in words", element("pre", escape(graph_words(shown)), "white-space:pre-wrap"))


def graph_words(shown: StateGraph) -> str:
    """It in words, as `mailrace graph` prints it."""
    words: str = importlib.import_module("explore.graph_analysis").summary(shown, _only_way(shown))
    return words.rstrip()


def _only_way(shown: StateGraph) -> str | None:
    """The property that breaks there, if it is only one."""
    return next(iter(shown.ways)) if len(shown.ways) == 1 else None


def verdict(found: Verdict) -> str:
    """✓, ✗ or ?, the statement, when it breaks, and folded the counterexample as a transcript."""
    word = "undetermined" if found.holds is None else "holds" if found.holds else "breaks"
    head = f"{_mark(word)} {element('b', escape(found.property.id))} {escape(found.property.statement)}"
    parts = [element("div", f"{head} {element('span', escape(f'({found.property.source})'), FAINT)}")]
    if word != "holds":
        parts.append(element("div", escape(_when(found)) if word == "breaks" else UNDETERMINED))
    story = found.counterexample
    if story is not None:
        steps = f"{story.steps} step{'s' if story.steps != 1 else ''}"
        told = f"how, in {steps}, under {story.profile}, with {story.manner} clients"
        parts.append(folded(told, conversation(story.text.splitlines())))
    return element("div", "".join(parts), "text-align:left;margin:.4em 0")


def verdict_line(found: Verdict) -> str:
    """The same in one line of text."""
    if found.holds is None:
        return f"? {found.property.id} is undetermined"
    return f"✓ {found.property.id} holds" if found.holds else f"✗ {found.property.id} {_when(found)}"


def _when(found: Verdict) -> str:
    return f"breaks if {found.condition}" if found.condition != "always" else "breaks whatever is chosen"


def report(found: Report) -> str:
    """How the obligations fare, the matrix of strategies and hazards, each hazard that breaks, and the bound."""
    verdicts = found.verdicts()
    owed = [one for one in verdicts if one.property.kind == "obligation"]
    hazards = [one for one in verdicts if one.property.kind == "hazard"]
    parts = [element("div", _obligations(owed))] if owed else []
    parts += [verdict(one) for one in owed if one.holds is False]
    if hazards and found.universe.size > 1:
        parts += [_matrix(found, hazards), element("div", _legend(hazards))]
    listed = [one for one in hazards if one.holds is not True]
    parts += [verdict(one) for one in listed]
    held = [one.property.id for one in hazards if one.holds]
    if held:
        parts.append(element("div", f"{_mark('holds')} {escape(', '.join(held))}"))
    parts += [element("div", escape(line), FAINT) for line in _bound(found)]
    return element("div", "".join(parts), "text-align:left")


def _mark(word: str) -> str:
    mark, style = MARKS[word]
    return element("span", mark, style)


def _obligations(owed: list[Verdict]) -> str:
    broken = [one for one in owed if one.holds is False]
    if broken:
        return element("b", f"Obligations: {len(broken)} of {len(owed)} violated", ALARM)
    unsure = sum(one.holds is None for one in owed)
    if unsure:
        return element("b", f"Obligations: none violated so far, {unsure} undetermined")
    return f"{_mark('holds')} {element('b', f'Obligations: all {len(owed)} hold')} (what a server owes, whatever it chooses)"


def _matrix(found: Report, hazards: list[Verdict]) -> str:
    names = "".join(element("th", escape(one.property.id), UPRIGHT) for one in hazards)
    head = element("thead", element("tr", element("th", "strategy", f"{WORDS};vertical-align:bottom") + "<th></th>" + names))
    rows = []
    for strategies in found.universe.choices.values():
        for place, strategy in enumerate(strategies):
            line = "border-top:1px solid;" if not place else ""
            cells = element("td", element("b", escape(strategy.spelling)), line + WORDS)
            cells += element("td", escape(strategy.summary), f"{line}{WORDS};{FAINT}")
            for one in hazards:
                mark, style = MARKS[one.strategies[strategy.spelling]]
                cells += element("td", mark, f"{line}{CELL}{style}")
            rows.append(element("tr", cells))
    return element("table", head + element("tbody", "".join(rows)))


def _legend(hazards: Iterable[Verdict]) -> str:
    words = {word for one in hazards for word in one.strategies.values()}
    return " &nbsp; ".join(f"{_mark(word)} {escape(text)}" for word, text in MEANINGS.items() if word in words)


def _bound(found: Report) -> list[str]:
    bound = ", ".join(f"{count:,} {what}" for what, count in found.bound.items())
    never = [f"Never exercised: {what} {', '.join(names)}." for what, names in found.never_exercised.items() if names]
    states = sum(row.states for row in found.rows)
    cut = "" if found.complete else " The search was cut."
    return [f"Within {bound}; clients: {found.who}; {states:,} states.{cut}", *never]
