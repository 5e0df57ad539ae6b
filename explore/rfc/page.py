"""How is the coverage of RFC 2180 shown: in a terminal, as a page of documentation, as plain data?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table

from explore.check import Report, Word
from explore.generated import RUNS, Agreement
from explore.rfc.references import PROPERTY, REFERENCES, TEST, Coverage, CoverageRow, Reference
from explore.rfc.statements import KINDS, PARAGRAPHS

MOST_TESTS = 3
WORDS = {Word.HOLDS: "holds", Word.UNDETERMINED: "undetermined", Word.UNREACHABLE: "never came up"}
COMMAND = "mailrace coverage --check --page docs/rfc2180.md"
_PLURAL = {"strategy": "strategies", "property": "properties", "example": "examples", "study": "studies", "test": "tests"}
_MARKS = {True: "[green]✓[/]", False: "[red]✗[/]", None: "[yellow]?[/]"}


class Finding(NamedTuple):
    """What was found about a property: whether it holds (None: undetermined), that in words, and what drawn runs say."""

    holds: bool | None
    words: str
    drawn: Agreement


def findings(report: Report, drawn: Mapping[str, Agreement]) -> dict[str, Finding]:
    """For each property that drawn runs were asked about, by id, that and the verdict of the search."""
    by_property = {}
    for verdict in report.verdicts():
        if verdict.property.id in drawn:
            words = f"breaks {verdict.when}" if verdict.word == Word.BREAKS else WORDS[verdict.word]
            by_property[verdict.property.id] = Finding(verdict.holds, words, drawn[verdict.property.id])
    return by_property


def bound(report: Report) -> str:
    """Within what the verdicts were found, in words."""
    scenarios = len({row.scenario.name for row in report.rows})
    *most, profiles = [f"{count:,} {what}" for what, count in report.bound.items()]
    return f"{scenarios} scenarios of up to {', '.join(most)}, under {profiles} at once"


def coverage_summary(coverage: Coverage) -> str:
    """How many statements there are of each kind, and how many things make them executable."""
    kinds = Counter(row.statement.kind for row in coverage.rows)
    used = Counter(reference.kind for reference in coverage.references)
    of = ", ".join(f"{kinds[kind]} {kind}" for kind in KINDS)
    by = ", ".join(f"{used[kind]} {kind if used[kind] == 1 else _PLURAL[kind]}" for kind in REFERENCES if used[kind])
    return f"{len(coverage.rows)} statements ({of}), made executable by {by}."


# --- in a terminal --------------------------------------------------------------------------------------------------


def show_coverage(
    coverage: Coverage, rows: tuple[CoverageRow, ...], by_property: Mapping[str, Finding], whole: bool, console: Console
) -> None:
    """Print those rows, a paragraph after the other, and what there is to complain of; all tests only if `whole`."""
    for paragraph, heading in PARAGRAPHS.items():
        own = [row for row in rows if row.statement.paragraph == paragraph]
        if not own:
            continue
        console.print(f"[bold]§{paragraph}  {escape(heading)}[/]")
        table = Table(box=None, show_header=False, padding=(0, 2, 1, 0), pad_edge=False)
        table.add_column(no_wrap=True, min_width=7)
        table.add_column(width=12)
        table.add_column(overflow="fold")
        for row in own:
            table.add_row(f"[bold]{row.statement.id}[/]", row.statement.kind, _cell(row, by_property, whole))
        console.print(table)
    console.print(coverage_summary(coverage))
    if not coverage.tested:
        console.print("The tests are in the repository, and not known here.")
    for complaint in coverage.complaints:
        console.print(f"[red]✗[/] {escape(complaint)}")


def _cell(row: CoverageRow, by_property: Mapping[str, Finding], whole: bool) -> RenderableType:
    """The statement, and below it, in small print, what makes it executable."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for kind in REFERENCES:
        own = row.of(kind)
        if kind == PROPERTY:
            for reference in own:
                grid.add_row(kind, _verdict(reference, by_property))
        elif kind == TEST:
            for reference in own if whole else own[:MOST_TESTS]:
                grid.add_row(kind, escape(reference.name))
            if len(own) > MOST_TESTS and not whole:
                grid.add_row("", f"and {len(own) - MOST_TESTS} more: mailrace coverage {row.statement.id}")
        elif own:
            grid.add_row(kind, escape(", ".join(reference.name for reference in own)))
    return Group(escape(row.statement.text), grid)


def _verdict(reference: Reference, by_property: Mapping[str, Finding]) -> str:
    finding = by_property.get(reference.name)
    if finding is None:
        return reference.name
    drawn = f"[{'dim' if finding.drawn.agrees is not False else 'red'}]{escape(finding.drawn.words)}[/]"
    return f"{reference.name} {_MARKS[finding.holds]} {escape(finding.words)}; {drawn}"


# --- as a page ------------------------------------------------------------------------------------------------------

_INTRODUCTION = """
Every statement of RFC 2180 (and the words that its §2 defines) in our own words, and what makes it executable here: the
strategies that do what it allows, the properties that say what follows from it, the example that plays it, the study that
puts a number on it, the tests that try it. All of this is gathered from the sources that the code itself names: a docstring
that cites `RFC 2180 §4.1.3 (b, c)` counts for these two statements, one that cites `RFC 2180 §4.1.3` for the first, which
is what the paragraph's heading says (and a study for what the paragraph remarks on).

Behind a property stands what the exhaustive search found about it, and whether runs drawn by Hypothesis find the same. The
search covers {bound}: what it says holds for these scenarios, and not for every program of that size. Drawn runs agree if
none of them, with an external agent in it, breaks what holds; if they break what breaks, in the same scenario under the
same profile; and if none breaks it under a profile that the search calls safe, neither in the scenarios nor in programs
drawn as well: {runs} runs for each question, the same ones every time.

{summary}

This page is written by `{command}`, and a test compares it with the code.
"""


def written_page(coverage: Coverage, by_property: Mapping[str, Finding], within: str) -> str:
    """The documentation page (Markdown; its links are relative to `docs/`)."""
    said = _INTRODUCTION.format(bound=within, runs=RUNS, summary=coverage_summary(coverage), command=COMMAND)
    lines = ["# RFC 2180, statement by statement"]
    for part in said.strip().split("\n\n"):
        lines += ["", " ".join(part.split())]
    for paragraph, heading in PARAGRAPHS.items():
        lines += ["", f"## §{paragraph} {heading}", "", "| | statement | made executable by |", "|---|---|---|"]
        for row in coverage.rows:
            if row.statement.paragraph == paragraph:
                made = "<br>".join(_linked(row, by_property))
                lines.append(f"| **{row.statement.id}**<br>{row.statement.kind} | {_safe(row.statement.text)} | {made} |")
    return "\n".join(lines) + "\n"


def _linked(row: CoverageRow, by_property: Mapping[str, Finding]) -> Iterable[str]:
    """A line for each property, and one for each other kind of reference."""
    for kind in REFERENCES:
        own = row.of(kind)
        links = [f"[`{reference.name.rpartition('::')[2]}`](../{reference.file})" for reference in own]
        if kind == PROPERTY:
            for reference, link in zip(own, links, strict=True):
                finding = by_property[reference.name]
                yield f"{kind} {link} {_safe(finding.words)}; {_safe(finding.drawn.words)}"
        elif own:
            yield f"{kind if len(own) == 1 else _PLURAL[kind]} {', '.join(links)}"


def _safe(text: str) -> str:
    """Text in which Markdown sees no table cell's end."""
    return text.replace("|", "\\|")


# --- as plain data --------------------------------------------------------------------------------------------------


def as_json(coverage: Coverage, rows: tuple[CoverageRow, ...], by_property: Mapping[str, Finding]) -> dict[str, Any]:
    """Those rows as plain data, with the verdicts that were found, and what there is to complain of."""
    return {"statements": [_plain(row, by_property) for row in rows], "complaints": list(coverage.complaints)}


def _plain(row: CoverageRow, by_property: Mapping[str, Finding]) -> dict[str, Any]:
    said = row.statement
    named = {_PLURAL[kind]: [reference.name for reference in row.of(kind)] for kind in REFERENCES}
    verdicts = {
        reference.name: {
            "holds": by_property[reference.name].holds,
            "verdict": by_property[reference.name].words,
            "drawn_agree": by_property[reference.name].drawn.agrees,
            "drawn": by_property[reference.name].drawn.words,
        }
        for reference in row.of(PROPERTY)
        if reference.name in by_property
    }
    return {"id": said.id, "paragraph": said.paragraph, "kind": said.kind, "statement": said.text, **named,
            "verdicts": verdicts}  # fmt: skip
