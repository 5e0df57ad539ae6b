"""mailrace: what can happen when several IMAP clients work on one mailbox at once, under every server RFC 2180 allows.

The command line. Heavy imports are inside the commands, so that `--help` is quick. Wrong input is one line on standard
error and exit code 2.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from explore.scenario import Scenario
    from explore.universe import Universe
    from explore.verdicts import Report
    from strategies import Profile

VIOLATED, USAGE, INTERRUPTED = 1, 2, 130
FILES = click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[SCENARIO]...")
PROFILE = click.option(
    "--profile", metavar="P", help="One server, e.g. delete=3.2,fetch=4.1.3; what is not named has its default."
)
CLIENT = click.option(
    "--client", "manner", metavar="MANNER", help="Only clients of this manner: naive, aware or reissuing."
)
JSON = click.option(
    "--json", "json_file", type=click.Path(path_type=Path), metavar="FILE", help="Also write the result to FILE."
)
MOST_STATES = click.option(
    "--max-states", type=click.IntRange(1, 10**9), metavar="N", help="Cut a search off after this many states."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="mailrace")
def cli() -> None:
    """What can happen when several IMAP clients work on one mailbox at once? RFC 2180, executable."""


@cli.command()
@FILES
@PROFILE
@CLIENT
@JSON
@MOST_STATES
def check(
    files: tuple[Path, ...], profile: str | None, manner: str | None, json_file: Path | None, max_states: int | None
) -> None:
    """Explore every interleaving under all profiles, and say which strategies keep which promises.

    Without a SCENARIO, the built-in ones are explored. Exit code 1 if an obligation is violated.
    """
    from explore.report import show

    report = _explore(_scenarios(files), _universe(profile), manner, None, max_states)
    show(report, _console())
    _finish(report, json_file)


@cli.command()
@click.argument("name", metavar="PROPERTY")
@FILES
@PROFILE
@CLIENT
@JSON
@MOST_STATES
def explain(
    name: str,
    files: tuple[Path, ...],
    profile: str | None,
    manner: str | None,
    json_file: Path | None,
    max_states: int | None,
) -> None:
    """Show the shortest way to break a PROPERTY (a hazard or an obligation), as a transcript.

    What it prints on standard output is a transcript that `mailrace replay` accepts.
    """
    report = _explore(_scenarios(files), _universe(profile), manner, name, max_states)
    verdict = report.verdicts()[0]
    bound = ", ".join(f"{count:,} {what}" for what, count in report.bound.items())
    if verdict.counterexample is not None:
        click.echo(verdict.counterexample.text, nl=False)
        click.echo(f"{verdict.property.id} breaks {report.when(verdict)} (within {bound})", err=True)
    else:
        state = "holds" if verdict.holds else "is undetermined: the search was cut"
        click.echo(f"{verdict.property.id} {state} (within {bound})")
    _finish(report, json_file)


@cli.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[TRANSCRIPT]...")
@PROFILE
def replay(files: tuple[Path, ...], profile: str | None) -> None:
    """Drive transcripts line by line, and show where the server's answers part from them.

    Without a TRANSCRIPT, the examples of RFC 2180 are replayed, each under the strategy that it illustrates, and shown
    to part under every other strategy of that decision. Exit code 1 if something differs.
    """
    from explore.replay import check_marks, examples, marked, read, side_by_side
    from explore.replay import replay as drive
    from model.transcript import TranscriptError

    chosen = _profile(profile) if profile is not None else None
    texts = [(str(file), _read(file)) for file in files] or list(examples())
    failed = others = 0
    for name, text in texts:
        try:
            transcript = read(text)
        except TranscriptError as error:
            raise click.ClickException(f"{name}: {error}") from None
        result = drive(transcript, chosen)
        complaints = check_marks(transcript) if result.ok and chosen is None else []
        others += len(marked(transcript))
        if result.ok and not complaints:
            click.echo(f"{click.style('✓', 'green')} {name}  {transcript.title}")
            continue
        failed += 1
        click.echo(f"{click.style('✗', 'red')} {name}  {transcript.title}")
        if not result.ok:
            click.echo(f"  line {result.differs_at}: {result.reason}\n{side_by_side(result)}")
        for complaint in complaints:
            click.echo(f"  {complaint}")
    what = "transcripts" if files else "examples"
    click.echo(f"{len(texts) - failed} of {len(texts)} {what} replay")
    if chosen is None and others and not failed:
        click.echo(f"{others} other strategies part from them, each where it should")
    sys.exit(VIOLATED if failed else 0)


@cli.command()
def strategies() -> None:
    """List every decision and the strategies for it, with the paragraph that allows each."""
    from rich import box
    from rich.table import Table

    from strategies import DECISIONS

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("spelling", "what the server does", "source", ""):
        table.add_column(heading, no_wrap=True)
    for choices in DECISIONS.values():
        for strategy in choices:
            note = "default" if strategy is choices[0] else "" if strategy.listed else "not listed by an RFC"
            table.add_row(
                strategy.spelling, strategy.summary, strategy.source, note, end_section=strategy is choices[-1]
            )
    _console().print(table)


@cli.command()
def properties() -> None:
    """List every obligation and hazard, with its statement and source."""
    from explore.verdicts import PROPERTIES

    for prop in PROPERTIES:
        click.echo(f"{click.style(prop.id, bold=True)}  {prop.statement} ({prop.source})")


def _explore(
    scenarios: tuple[Scenario, ...], universe: Universe, manner: str | None, name: str | None, most_states: int | None
) -> Report:
    """Run the search with a progress bar on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from explore.search import DEFAULT_MOST_STATES
    from explore.verdicts import PROPERTIES
    from explore.verdicts import check as run
    from model.client import MANNERS

    known = {prop.id: prop for prop in PROPERTIES}
    if name is not None and name.upper() not in known:
        raise click.ClickException(f"{name!r} is no property; the properties are {', '.join(known)}")
    if manner is not None and manner not in MANNERS:
        raise click.ClickException(f"{manner!r} is no manner of client; the choices are {', '.join(MANNERS)}")
    chosen = PROPERTIES if name is None else (known[name.upper()],)
    manners = MANNERS if manner is None else (manner,)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("exploring", total=len(scenarios) * len(manners))
        order = [(scenario.name, kind) for scenario in scenarios for kind in manners]

        def progress(scenario: Scenario, kind: str, states: int) -> None:
            text = f"{scenario.name}, {kind}: {states:,} states"
            bar.update(task, description=text, completed=order.index((scenario.name, kind)))

        return run(scenarios, universe, manners, chosen, most_states=most_states or DEFAULT_MOST_STATES, progress=progress)


def _finish(report: Report, json_file: Path | None) -> None:
    if json_file is not None:
        try:
            json_file.write_text(json.dumps(report.as_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        except OSError as error:
            raise click.ClickException(f"cannot write {json_file}: {error.strerror}") from None
    if report.violated:
        sys.exit(VIOLATED)
    if report.interrupted:
        sys.exit(INTERRUPTED)


def _scenarios(files: tuple[Path, ...]) -> tuple[Scenario, ...]:
    from explore.scenario import builtin, parse
    from model.transcript import TranscriptError

    if not files:
        return builtin()
    scenarios = []
    for file in files:
        try:
            scenarios.append(parse(file.stem, _read(file)))
        except TranscriptError as error:
            raise click.ClickException(f"{file}: {error}") from None
    return tuple(scenarios)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise click.ClickException(f"cannot read {file}: it is not UTF-8 text") from None


def _profile(text: str) -> Profile:
    from strategies import Profile

    try:
        return Profile.parse(text)
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def _universe(profile: str | None) -> Universe:
    from explore.universe import Universe

    return Universe() if profile is None else Universe.of(_profile(profile))


def _console() -> Any:
    from rich.console import Console

    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=120)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; wrong input is one line and exit code 2."""
    run: Callable[..., Any] = cli.main
    try:
        run(args=arguments, prog_name="mailrace", standalone_mode=False)
    except click.Abort:
        sys.exit(INTERRUPTED)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "")
        sys.exit(USAGE)
    except click.ClickException as error:
        click.echo(f"mailrace: {' '.join(error.format_message().split())}", err=True)
        sys.exit(USAGE)


if __name__ == "__main__":
    main()
