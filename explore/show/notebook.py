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
from explore.properties import HAZARD, OBLIGATION
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


def counterexample(story: Counterexample) -> str:
    """Its sequence diagram, and folded below it the transcript."""
    diagram = sequence_diagram(story)
    return picture(diagram) + folded("as a transcript", conversation(story.text.splitlines()))


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


def verdict(judged: Verdict) -> str:
    """✓, ✗ or ?, the statement, when it breaks, and folded the counterexample as a transcript."""
    word = judged.word
    head = f"{_mark(word)} {element('b', escape(judged.property.id))} {escape(judged.property.statement)}"
    parts = [element("div", f"{head} {element('span', escape(f'({judged.property.source})'), FAINT)}")]
    if word != Word.HOLDS:
        broken, never = f"breaks {judged.when}", judged.never()
        said = {Word.BREAKS: broken, Word.UNREACHABLE: never}.get(word, f"undetermined: {judged.reason}")
        parts.append(element("div", escape(said)))
    story = judged.counterexample
    if story is not None:
        steps = f"{story.steps} step{'s' if story.steps != 1 else ''}"
        how = f"how, in {steps}, under {story.profile}, with {story.manner} clients"
        parts.append(folded(how, conversation(story.text.splitlines())))
    return element("div", "".join(parts), "text-align:left;margin:.4em 0")


def report(checked: Report) -> str:
    """How the obligations fare, the matrix of strategies and hazards, each hazard that breaks, and the bound."""
    verdicts = checked.verdicts()
    owed = [judged for judged in verdicts if judged.property.kind == OBLIGATION]
    hazards = [hazard for hazard in verdicts if hazard.property.kind == HAZARD]
    parts = [element("div", _obligations(owed))] if owed else []
    parts += [verdict(judged) for judged in owed if judged.holds is False]
    if hazards and checked.universe.size > 1:
        parts += [_matrix(checked, hazards), element("div", _legend(hazards))]
    listed = [hazard for hazard in hazards if hazard.holds is not True]
    parts += [verdict(hazard) for hazard in listed]
    held = [hazard.property.id for hazard in hazards if hazard.holds]
    if held:
        parts.append(element("div", f"{_mark(Word.HOLDS)} {escape(', '.join(held))}"))
    parts += [element("div", escape(line), FAINT) for line in _bound(checked)]
    return element("div", "".join(parts), "text-align:left")


def _mark(word: Word) -> str:
    return element("span", word.mark, STYLES[word])


def _obligations(owed: list[Verdict]) -> str:
    words = Counter(judged.word for judged in owed)
    aside = f", {words[Word.UNREACHABLE]} never came up" if words[Word.UNREACHABLE] else ""
    if words[Word.BREAKS]:
        return element("b", f"Obligations: {words[Word.BREAKS]} of {len(owed)} violated", ALARM)
    if words[Word.UNDETERMINED]:
        return element("b", f"Obligations: none violated so far, {words[Word.UNDETERMINED]} undetermined{aside}")
    count = f"{words[Word.HOLDS]} of {len(owed)}" if aside else f"all {len(owed)}"
    sentence = element("b", f"Obligations: {count} hold{aside}")
    return f"{_mark(Word.HOLDS)} {sentence} (what a server owes, whatever it chooses)"


def _matrix(checked: Report, hazards: list[Verdict]) -> str:
    names = "".join(element("th", escape(hazard.property.id), UPRIGHT) for hazard in hazards)
    head = element("thead", element("tr", element("th", "strategy", f"{WORDS};vertical-align:bottom") + "<th></th>" + names))
    rows = []
    for strategies in checked.universe.choices.values():
        for place, strategy in enumerate(strategies):
            line = "border-top:1px solid;" if not place else ""
            cells = element("td", element("b", escape(strategy.spelling)), line + WORDS)
            cells += element("td", escape(strategy.summary), f"{line}{WORDS};{FAINT}")
            for hazard in hazards:
                word = hazard.strategies[strategy.spelling]
                cells += element("td", word.mark, f"{line}{CELL}{STYLES[word]}")
            rows.append(element("tr", cells))
    return element("table", head + element("tbody", "".join(rows)))


def _legend(hazards: Iterable[Verdict]) -> str:
    words = {word for hazard in hazards for word in hazard.strategies.values()}
    return " &nbsp; ".join(f"{_mark(word)} {escape(word.meaning)}" for word in Word if word in words)


def _bound(checked: Report) -> list[str]:
    never = [f"Never exercised: {what} {', '.join(names)}." for what, names in checked.never_exercised.items() if names]
    cut = " The search was cut." if checked.cut else ""
    further = [f"{client}: --client-commands N (client_commands=N) looks further." for client in checked.unfinished]
    within = f"Within {checked.within}; clients: {checked.who}; {checked.states:,} states.{cut}"
    return [within, *further, *checked.left_out, *never]


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
