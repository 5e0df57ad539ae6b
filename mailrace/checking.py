"""`mailrace check` and `mailrace explain`: search, and say what was found."""

from __future__ import annotations

import math
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mailrace.graphing import PLOT, check_picture, draw
from mailrace.shared import (
    FORMAT, INTERRUPTED, TRANSCRIPT, VERSUS, VIOLATED, searching, the_profile, the_reductions, the_scenarios,
    the_universe, write,
)  # fmt: skip

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from explore.check import Report
    from explore.properties import Property
    from explore.runs import Counterexample
    from explore.scenario import Scenario
    from strategies import Profile


@click.command()
@searching
@PLOT
def check(words: tuple[str, ...], json_file: Path | None, picture: Path | None, **limits: Any) -> None:
    """Explore every interleaving under all profiles, and say which strategies keep which promises.

    A SCENARIO is a file, or the name of a built-in one; without any, all built-in ones are explored. Exit code 1 if an
    obligation is violated.
    """
    from explore.show import show_report, terminal

    check_picture(picture)
    report = _explore(words, None, **limits)
    show_report(report, terminal.console())
    draw(picture, lambda: _matrix(report))
    _finish(report, json_file)


def _matrix(report: Report) -> Figure:
    from explore.figures import matrix

    return matrix(report)


@click.command()
@click.argument("name", metavar="PROPERTY")
@searching
@VERSUS
@FORMAT
@PLOT
def explain(
    name: str, words: tuple[str, ...], json_file: Path | None, versus: str | None, form: str, picture: Path | None,
    **limits: Any,
) -> None:  # fmt: skip
    """Show the shortest way to break a PROPERTY (a hazard or an obligation), as a transcript.

    What it prints on standard output is a transcript that `mailrace replay` accepts. On standard error it says when the
    property breaks, and gives a token from which `mailrace replay` plays the same again.
    """
    other = the_profile(versus) if versus is not None else None
    if other is not None and form != TRANSCRIPT:
        raise click.ClickException(f"--versus shows two transcripts; it can't be had as {form}")
    check_picture(picture)
    from explore.show import held, remedy, why_undetermined

    report = _explore(words, name, **limits)
    verdict = report.verdicts()[0]
    within = [f"{count:,} {what}" for what, count in report.bound.items()]
    if not report.complete:
        within += [f"{sum(row.states for row in report.rows):,} states", f"depth {report.depth}"]
    bound = ", ".join(within)
    if verdict.counterexample is not None:
        _tell(verdict.counterexample, verdict.property, other, form)
        when = report.when(verdict) if report.complete else f"at least {report.when(verdict)}"
        click.echo(f"{verdict.property.id} breaks {when} (within {bound})", err=True)
        found = verdict.counterexample
        draw(picture, lambda: _sequence(found))
    else:
        state = held(report) if verdict.holds else f"is undetermined: {why_undetermined(report)}"
        click.echo(f"{verdict.property.id} {state} (within {bound})", err=form != TRANSCRIPT)
        hint = remedy(report)
        if hint is not None:
            click.echo(hint, err=True)
    for sentence in report.left_out:
        click.echo(sentence, err=True)
    _finish(report, json_file)


def _sequence(found: Counterexample) -> Figure:
    from explore.figures import sequence_diagram

    return sequence_diagram(found)


def _tell(found: Counterexample, prop: Property, other: Profile | None, form: str) -> None:
    """Print the counterexample in that form, or beside the same under another profile; and its token."""
    from explore.runs import encode, play, versus
    from explore.show import FORMATS, terminal

    if other is not None:
        both = versus(found.schedule, prop, other, terminal.width())
        click.echo(both.text, nl=False)
        click.echo(both.sentence, err=True)
    elif form == TRANSCRIPT:
        click.echo(found.text, nl=False)
    else:
        run = play(found.schedule)
        click.echo(FORMATS[form](run, prop, run.broken(prop)), nl=False)
    if not found.schedule.scenario.own:
        click.echo(f"mailrace replay {encode(found.schedule)}", err=True)


def _explore(
    words: tuple[str, ...],
    name: str | None,
    profile: str | None,
    manner: str | None,
    max_states: int | None,
    max_seconds: float | None,
    most_depth: int | None,
    switched_off: tuple[str, ...],
    jobs: int | None,
) -> Report:
    """Run the search with a progress bar on standard error."""
    from explore.check import WorkerLost, check as run
    from explore.properties import PROPERTIES
    from explore.scenario import OwnClientError
    from explore.search import DEFAULT_MOST_STATES
    from explore.show import terminal
    from model.client import DISCIPLINES, MANNERS

    scenarios, universe, reductions = the_scenarios(words), the_universe(profile), the_reductions(switched_off)
    known = {prop.id: prop for prop in PROPERTIES}
    if name is not None and name.upper() not in known:
        raise click.ClickException(f"{name!r} is no property; the properties are {', '.join(known)}")
    asked = "".join(f" {shlex.quote(word)}" for word in words)
    if manner is not None and ":" in manner:
        scenarios = _with_own_client(manner, scenarios if words else ())
        asked += f" --client {shlex.quote(manner)}"
        manner = MANNERS[0]
    elif manner is not None and manner not in (*MANNERS, *DISCIPLINES):
        choices = f"{', '.join((*MANNERS, *DISCIPLINES))}, or module:Name for a client of your own"
        raise click.ClickException(f"{manner!r} is no manner of client; the choices are {choices}")
    asked += f" --depth {most_depth}" if most_depth is not None else ""
    chosen = PROPERTIES if name is None else (known[name.upper()],)
    manners = None if manner is None else (manner,)
    searches = sum(len(manners or scenario.manners) for scenario in scenarios)
    with terminal.progress() as bar:
        task = bar.add_task("exploring", total=searches)

        def progress(scenario: Scenario, kind: str, states: int) -> None:
            bar.update(task, description=f"{scenario.name}, {kind}: {states:,} states")

        try:
            report = run(
                scenarios, universe, manners, chosen, most_states=max_states or DEFAULT_MOST_STATES, progress=progress,
                most_seconds=max_seconds or math.inf, reductions=reductions, most_depth=most_depth, jobs=jobs,
                finished=lambda done: bar.update(task, completed=done),
            )  # fmt: skip
        except WorkerLost as error:
            raise click.ClickException(f"{error}; try --jobs 1, or --max-states") from None
        except OwnClientError as error:
            raise click.ClickException(str(error)) from None
    report.asked = asked
    return report


def _with_own_client(words: str, scenarios: tuple[Scenario, ...]) -> tuple[Scenario, ...]:
    from explore.scenario import OwnClientError, against, load

    try:
        return against(load(words), scenarios)
    except OwnClientError as error:
        raise click.ClickException(str(error)) from None


def _finish(report: Report, json_file: Path | None) -> None:
    write(json_file, report.as_json())
    if report.interrupted:
        sys.exit(INTERRUPTED)
    if report.violated:
        sys.exit(VIOLATED)
