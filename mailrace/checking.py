"""`mailrace check` and `mailrace explain`: search, and say what was found."""

from __future__ import annotations

import math
import shlex
import sys
from pathlib import Path
from typing import Any, NamedTuple

import click

from explore.check import Report, Verdict, check as search_all
from explore.figures import matrix, sequence_diagram, side_by_side
from explore.properties import PROPERTIES, Property
from explore.runs import Counterexample, encode, versus as beside
from explore.scenario import Scenario
from explore.search import DEFAULT_MOST_STATES
from explore.show import FORMATS, remedy, show_report, terminal
from mailrace.exit_codes import INTERRUPTED, VIOLATED
from mailrace.parameter_types import PROPERTY, Clients, Named
from mailrace.shared import (
    TRANSCRIPT, complaining, draw, left_on, scenarios_of, searching, universe_of, with_format,
    with_plot, with_versus, write_json,
)  # fmt: skip
from strategies import Profile


class Limits(NamedTuple):
    """What a search is to cover: as the options of `mailrace.shared.searching` say."""

    given: tuple[Named, ...]
    profile: Profile | None
    clients: Clients
    client_commands: int | None
    max_states: int | None
    max_seconds: float | None
    most_depth: int | None
    switched_off: tuple[frozenset[str], ...]
    jobs: int | None

    @property
    def asked(self) -> str:
        """What another command needs to ask the same."""
        words = [named.word for named in self.given]
        words += ["--client", self.clients.word] if self.clients.own is not None else []
        words += ["--client-commands", str(self.client_commands)] if self.client_commands is not None else []
        words += ["--depth", str(self.most_depth)] if self.most_depth is not None else []
        return "".join(f" {shlex.quote(word)}" for word in words)


@click.command()
@searching
@with_plot
def check(json_file: Path | None, picture: Path | None, **limits: Any) -> None:
    """Explore every interleaving under all profiles, and say which strategies keep which promises.

    A SCENARIO is a file, or the name of a built-in one; without any, all built-in ones are explored. Exit code 1 if an
    obligation is violated.
    """
    report = _explore(PROPERTIES, Limits(**limits))
    try:
        write_json(json_file, report.as_json)
    finally:
        show_report(report, terminal.console())
    draw(picture, lambda: matrix(report))
    _finish(report)


@click.command()
@click.argument("prop", type=PROPERTY, metavar="PROPERTY")
@searching
@with_versus
@with_format
@with_plot
def explain(
    prop: Property, json_file: Path | None, versus: Profile | None, form: str, picture: Path | None, **limits: Any
) -> None:
    """Show the shortest way to break a PROPERTY (a hazard or an obligation), as a transcript.

    What it prints on standard output is a transcript that `mailrace replay` accepts. On standard error it says when the
    property breaks, and gives a token from which `mailrace replay` plays the same again.
    """
    if versus is not None and form != TRANSCRIPT:
        raise click.UsageError(f"--versus shows two transcripts; it can't be had as {form}")
    report = _explore((prop,), Limits(**limits))
    write_json(json_file, report.as_json)
    verdict = report.verdicts()[0]
    if verdict.counterexample is not None:
        with complaining():
            _tell(verdict.counterexample, prop, versus, form)
        click.echo(f"{prop.id} breaks {verdict.when} (within {_bound(report)})", err=True)
        story = verdict.counterexample
        with complaining():
            draw(picture, lambda: sequence_diagram(story) if versus is None else side_by_side(story.run, versus))
    else:
        _tell_why_not(report, verdict, form)
    for sentence in report.left_out:
        click.echo(sentence, err=True)
    _finish(report)


def _bound(report: Report) -> str:
    """Within what that was found, in words."""
    within = [report.within, *report.own_clients]
    if report.cut or report.bounded:
        within += [f"{report.states:,} states", f"depth {report.depth}"]
    return ", ".join(within)


def _tell_why_not(report: Report, verdict: Verdict, form: str) -> None:
    """Say that the property holds, or why nobody knows."""
    state = verdict.never() if not verdict.came_up else f"is undetermined: {verdict.reason}"
    state = report.held if verdict.holds else state
    click.echo(f"{verdict.property.id} {state} (within {_bound(report)})", err=form != TRANSCRIPT)
    hint = remedy(report)
    if hint is not None:
        click.echo(hint, err=True)


def _tell(story: Counterexample, prop: Property, other: Profile | None, form: str) -> None:
    """Print the counterexample in that form, or beside the same under another profile; and its token."""
    if other is not None:
        both = beside(story.run, prop, other, terminal.width())
        click.echo(both.text, nl=False)
        click.echo(both.sentence, err=True)
    elif form == TRANSCRIPT:
        click.echo(story.text, nl=False)
    else:
        click.echo(FORMATS[form](story.run, prop, story.run.broken(prop)), nl=False)
    click.echo(f"mailrace replay {encode(story.run)}", err=True)


def _explore(properties: tuple[Property, ...], limits: Limits) -> Report:
    """Run the search with a progress bar on standard error."""
    scenarios = limits.clients.put_into(scenarios_of(limits.given), limits.client_commands)
    manners = None if limits.clients.manner is None else (limits.clients.manner,)
    searches = sum(len(manners or scenario.manners) for scenario in scenarios)
    with terminal.progress() as bar:
        task = bar.add_task("exploring", total=searches)

        def progress(scenario: Scenario, kind: str, states: int) -> None:
            bar.update(task, description=f"{scenario.name}, {kind}: {states:,} states")

        with complaining():
            report = search_all(
                scenarios, universe_of(limits.profile), manners, properties,
                most_states=limits.max_states or DEFAULT_MOST_STATES, progress=progress,
                most_seconds=limits.max_seconds or math.inf, reductions=left_on(limits.switched_off),
                most_depth=limits.most_depth, jobs=limits.jobs,
                finished=lambda done: bar.update(task, completed=done),
            )  # fmt: skip
    report.asked = limits.asked
    return report


def _finish(report: Report) -> None:
    """End with the exit code that the report asks for."""
    if report.interrupted:
        sys.exit(INTERRUPTED)
    if report.violated:
        sys.exit(VIOLATED)
