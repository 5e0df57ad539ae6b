"""`mailrace coverage`: RFC 2180 statement by statement, and what makes each executable."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from explore.check import Report, check
from explore.generated import Agreement, compare
from explore.properties import PROPERTIES
from explore.rfc import PARAGRAPHS, PROPERTY, CoverageRow, as_json, bound, cover, findings, show_coverage, written_page
from explore.scenario import Scenario, builtin
from explore.show import terminal
from mailrace.exit_codes import INTERRUPTED, VIOLATED
from mailrace.parameter_types import OUTPUT
from mailrace.shared import complaining, with_json, write_json, write_text


@click.command()
@click.argument("place", required=False, metavar="[PARAGRAPH]")
@click.option("--check", "checked", is_flag=True, help="Also search, and say which of the properties hold.")
@click.option("--page", type=OUTPUT, metavar="FILE", help="Also write the page of documentation to FILE.")
@with_json
def coverage(place: str | None, checked: bool, page: Path | None, json_file: Path | None) -> None:
    """List every statement of RFC 2180 with what makes it executable: strategy, property, example, study, test.

    With a PARAGRAPH, such as 4.1, only that one and those below it; or only one statement, such as 4.1.3-g. Exit code 1 if
    a statement has nothing, something cites a statement that is not there, an obligation is violated, or drawn runs differ.
    """
    covered = cover()
    rows = covered.rows if place is None else covered.below(place.removeprefix("§"))
    if not rows:
        known = ", ".join(PARAGRAPHS)
        raise click.UsageError(f"{place!r} is no paragraph of RFC 2180 with statements; those are {known}")
    if page is not None and (not checked or place is not None or not covered.tested):
        needed = "--check, no PARAGRAPH, and a checkout, as the tests are not installed"
        raise click.UsageError(f"--page writes a page about everything, with verdicts: it needs {needed}")
    report, drawn = _searched(rows) if checked else (None, {})
    by_property = findings(report, drawn) if report is not None else {}
    show_coverage(covered, rows, by_property, place is not None, terminal.console())
    write_json(json_file, lambda: as_json(covered, rows, by_property))
    if report is not None and report.interrupted:
        sys.exit(INTERRUPTED)
    if page is not None and report is not None:
        text = written_page(covered, by_property, bound(report))
        write_text(page, lambda: text)
    violated = report is not None and report.violated
    differ = any(finding.drawn.agrees is False for finding in by_property.values())
    sys.exit(VIOLATED if covered.complaints or violated or differ else 0)


def _searched(rows: tuple[CoverageRow, ...]) -> tuple[Report, dict[str, Agreement]]:
    """What the exhaustive search and drawn runs say about the properties in those rows, with a progress bar."""
    named = {reference.name for row in rows for reference in row.of(PROPERTY)}
    asked = [prop for prop in PROPERTIES if prop.id in named]
    scenarios = builtin() if asked else ()
    searches = sum(len(scenario.manners) for scenario in scenarios)
    with terminal.progress() as bar:
        task = bar.add_task("exploring", total=searches + len(asked))

        def searching(scenario: Scenario, manner: str, states: int) -> None:
            bar.update(task, description=f"{scenario.name}, {manner}: {states:,} states")

        def drawing(name: str) -> None:
            done = searches + [prop.id for prop in asked].index(name)
            bar.update(task, description=f"drawn runs, {name}", completed=done)

        with complaining():
            report = check(
                scenarios, properties=tuple(asked), progress=searching, jobs=None,
                finished=lambda done: bar.update(task, completed=done),
            )  # fmt: skip
        return report, compare(report, asked, progress=drawing)
