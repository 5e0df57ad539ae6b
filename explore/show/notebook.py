"""How does a notebook show what was found? Verdicts, reports and counterexamples as HTML, figures as pictures.

Loading this module is enough: values of mailrace then show themselves as HTML wherever a notebook asks for it
(`_repr_html_`). `from explore import ...` loads it where IPython is running. Figures show themselves anyway
(`explore.figures.Drawing`).

What is shown is escaped, and readable on white and on black (`explore.show.html`); pictures are opaque.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from matplotlib.figure import Figure

from explore.check import Report, Verdict, Word
from explore.figures import as_png, sequence_diagram, size_on_page, state_diagram
from explore.graph import StateGraph, describe
from explore.runs import Counterexample
from explore.show.html import ALARM, CALM, FAINT, conversation, element, folded, table
from model.notation import Transcript
from strategies import DECISIONS, Profile

STYLES = {Word.HOLDS: "", Word.BREAKS: ALARM, Word.UNREACHABLE: FAINT, Word.UNDETERMINED: CALM}
"""How the mark of each word is shown."""
UPRIGHT = "writing-mode:vertical-rl;transform:rotate(180deg);font-weight:normal;text-align:left;vertical-align:bottom"
CELL, WORDS = "text-align:center;", "text-align:left;white-space:nowrap"


def picture(figure: Figure) -> str:
    """That figure as an element of a page."""
    source = f"data:image/png;base64,{b64encode(as_png(figure)).decode()}"
    width, style = size_on_page(figure)["width"], "max-width:100%;height:auto;background:white"
    return f'<img alt="the figure" width="{width}" style="{style}" src="{source}">'


# --- what was found -------------------------------------------------------------------------------------------------


def counterexample(found: Counterexample) -> str:
    """Its sequence diagram, and folded below it the transcript."""
    diagram = sequence_diagram(found)
    return picture(diagram) + folded("as a transcript", conversation(found.text.splitlines()))


def state_graph(shown: StateGraph) -> str:
    """It drawn, with the way to what breaks if that is one property; and folded below it in words."""
    drawn = state_diagram(shown, _only_way(shown))
    return picture(drawn) + folded("in words", element("pre", escape(graph_words(shown)), "white-space:pre-wrap"))


def graph_words(shown: StateGraph) -> str:
    """It in words, as `mailrace graph` prints it."""
    return describe(shown, _only_way(shown)).rstrip()


def _only_way(shown: StateGraph) -> str | None:
    """The property that breaks there, if it is only one."""
    return next(iter(shown.ways)) if len(shown.ways) == 1 else None


def verdict(found: Verdict) -> str:
    """✓, ✗ or ?, the statement, when it breaks, and folded the counterexample as a transcript."""
    word = found.word
    head = f"{_mark(word)} {element('b', escape(found.property.id))} {escape(found.property.statement)}"
    parts = [element("div", f"{head} {element('span', escape(f'({found.property.source})'), FAINT)}")]
    if word != Word.HOLDS:
        broken, never = f"breaks {found.when}", found.never()
        said = {Word.BREAKS: broken, Word.UNREACHABLE: never}.get(word, f"undetermined: {found.reason}")
        parts.append(element("div", escape(said)))
    story = found.counterexample
    if story is not None:
        steps = f"{story.steps} step{'s' if story.steps != 1 else ''}"
        told = f"how, in {steps}, under {story.profile}, with {story.manner} clients"
        parts.append(folded(told, conversation(story.text.splitlines())))
    return element("div", "".join(parts), "text-align:left;margin:.4em 0")


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
        parts.append(element("div", f"{_mark(Word.HOLDS)} {escape(', '.join(held))}"))
    parts += [element("div", escape(line), FAINT) for line in _bound(found)]
    return element("div", "".join(parts), "text-align:left")


def _mark(word: Word) -> str:
    return element("span", word.mark, STYLES[word])


def _obligations(owed: list[Verdict]) -> str:
    words = Counter(one.word for one in owed)
    aside = f", {words[Word.UNREACHABLE]} never came up" if words[Word.UNREACHABLE] else ""
    if words[Word.BREAKS]:
        return element("b", f"Obligations: {words[Word.BREAKS]} of {len(owed)} violated", ALARM)
    if words[Word.UNDETERMINED]:
        return element("b", f"Obligations: none violated so far, {words[Word.UNDETERMINED]} undetermined{aside}")
    count = f"{words[Word.HOLDS]} of {len(owed)}" if aside else f"all {len(owed)}"
    told = element("b", f"Obligations: {count} hold{aside}")
    return f"{_mark(Word.HOLDS)} {told} (what a server owes, whatever it chooses)"


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
                word = one.strategies[strategy.spelling]
                cells += element("td", word.mark, f"{line}{CELL}{STYLES[word]}")
            rows.append(element("tr", cells))
    return element("table", head + element("tbody", "".join(rows)))


def _legend(hazards: Iterable[Verdict]) -> str:
    words = {word for one in hazards for word in one.strategies.values()}
    return " &nbsp; ".join(f"{_mark(word)} {escape(word.meaning)}" for word in Word if word in words)


def _bound(found: Report) -> list[str]:
    never = [f"Never exercised: {what} {', '.join(names)}." for what, names in found.never_exercised.items() if names]
    cut = " The search was cut." if found.cut else ""
    further = [f"{one}: --client-commands N (client_commands=N) looks further." for one in found.unfinished]
    return [f"Within {found.within}; clients: {found.who}; {found.states:,} states.{cut}", *further, *found.left_out, *never]


def profile(shown: Profile) -> str:
    """A row a decision, what is not the default in bold."""
    chosen = [(decision, getattr(shown, decision), choices[0]) for decision, choices in DECISIONS.items()]
    rows = []
    for decision, strategy, default in chosen:
        new = strategy is not default
        rows.append((new, (decision, strategy.key, strategy.summary, strategy.source, "" if new else "default")))
    return table(("decision", "strategy", "what the server does", "source", ""), rows)


def transcript(shown: Transcript) -> str:
    """Its lines, requests and refusals told apart."""
    return conversation(shown.rows)


HOOKS: dict[type[Any], Callable[[Any], str]] = {
    Verdict: verdict, Report: report, Counterexample: counterexample, StateGraph: state_graph, Profile: profile,
    Transcript: transcript,
}  # fmt: skip
"""What shows itself as HTML, and how."""

for _kind, _hook in HOOKS.items():
    _kind._repr_html_ = _hook
