"""mailrace: what can happen when several IMAP clients work on one mailbox at once, under every server RFC 2180 allows.

The command line. Heavy imports are inside the commands, so that `--help` is quick. Wrong input is one line on standard
error and exit code 2.
"""

from __future__ import annotations

import io
import json
import math
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from explore.counterexample import Counterexample
    from explore.properties import Property
    from explore.scenario import Scenario
    from explore.universe import Universe
    from explore.verdicts import Report
    from strategies import Profile

VIOLATED, USAGE, INTERRUPTED = 1, 2, 130
TRANSCRIPT = "transcript"
FILES = click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[SCENARIO]...")
PROFILE = click.option(
    "--profile", metavar="P", help="One server, e.g. delete=3.2,fetch=4.1.3; what is not named has its default."
)
CLIENT = click.option(
    "--client", "manner", metavar="MANNER",
    help="Only clients of this manner: naive, aware or reissuing; or module:Name, a client of your own, as C1.",
)  # fmt: skip
JSON = click.option(
    "--json", "json_file", type=click.Path(path_type=Path), metavar="FILE", help="Also write the result to FILE."
)
MOST_STATES = click.option(
    "--max-states", type=click.IntRange(1, 10**9), metavar="N", help="Cut a search off after this many states."
)
MOST_SECONDS = click.option(
    "--max-seconds", type=click.FloatRange(0, min_open=True), metavar="S", help="Cut all searches off after this time."
)
VERSUS = click.option("--versus", metavar="P", help="Show the same schedule under another server beside it.")
FORMAT = click.option(
    "--format", "form", type=click.Choice([TRANSCRIPT, "mermaid", "dot", "json", "pytest"]), default=TRANSCRIPT,
    help="What to print: a transcript (default), a sequence diagram, a graph, data, or a test to run.",
)  # fmt: skip


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
@MOST_SECONDS
def check(files: tuple[Path, ...], json_file: Path | None, **limits: Any) -> None:
    """Explore every interleaving under all profiles, and say which strategies keep which promises.

    Without a SCENARIO, the built-in ones are explored. Exit code 1 if an obligation is violated.
    """
    from explore import terminal
    from explore.report import show

    report = _explore(files, None, **limits)
    show(report, terminal.console())
    _finish(report, json_file)


@cli.command()
@click.argument("name", metavar="PROPERTY")
@FILES
@PROFILE
@CLIENT
@JSON
@MOST_STATES
@MOST_SECONDS
@VERSUS
@FORMAT
def explain(
    name: str, files: tuple[Path, ...], json_file: Path | None, versus: str | None, form: str, **limits: Any
) -> None:
    """Show the shortest way to break a PROPERTY (a hazard or an obligation), as a transcript.

    What it prints on standard output is a transcript that `mailrace replay` accepts. On standard error it says when the
    property breaks, and gives a token from which `mailrace replay` plays the same again.
    """
    other = _profile(versus) if versus is not None else None
    if other is not None and form != TRANSCRIPT:
        raise click.ClickException(f"--versus shows two transcripts; it can't be had as {form}")
    report = _explore(files, name, **limits)
    verdict = report.verdicts()[0]
    within = [f"{count:,} {what}" for what, count in report.bound.items()]
    if not report.complete:
        within += [f"{sum(row.states for row in report.rows):,} states", f"depth {_depth(report)}"]
    bound = ", ".join(within)
    if verdict.counterexample is not None:
        _tell(verdict.counterexample, verdict.property, other, form)
        when = report.when(verdict) if report.complete else f"at least {report.when(verdict)}"
        click.echo(f"{verdict.property.id} breaks {when} (within {bound})", err=True)
    else:
        state = "holds" if verdict.holds else "is undetermined: the search was cut"
        click.echo(f"{verdict.property.id} {state} (within {bound})", err=form != TRANSCRIPT)
    _finish(report, json_file)


def _depth(report: Report) -> int:
    return max((row.depth for row in report.rows), default=0)


def _tell(found: Counterexample, prop: Property, other: Profile | None, form: str) -> None:
    """Print the counterexample in that form, or beside the same under another profile; and its token."""
    from explore import terminal
    from explore.course import play
    from explore.formats import FORMATS
    from explore.token import encode
    from explore.versus import versus

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


@cli.command()
@click.argument("words", nargs=-1, metavar="[TRANSCRIPT | TOKEN]...")
@PROFILE
@VERSUS
def replay(words: tuple[str, ...], profile: str | None, versus: str | None) -> None:
    """Drive transcripts line by line, and show where the server's answers part from them.

    A TOKEN, as `mailrace explain` prints it, is played again: the transcript is printed anew, and which property breaks
    where. Without anything, the examples of RFC 2180 are replayed, each under the strategy that it illustrates, and
    shown to part under every other strategy of that decision. Exit code 1 if something differs, or breaks no more.
    """
    from explore import terminal
    from explore.playback import beside, examples, play_back, read_all

    chosen = _profile(profile) if profile is not None else None
    other = _profile(versus) if versus is not None else None
    if chosen is not None and other is not None:
        raise click.ClickException("--profile and --versus both name the server to replay under; give one of them")
    try:
        scores = read_all(words, _read) if words else examples()
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    if other is not None:
        for score in scores:
            click.echo(beside(score, other, terminal.width()))
        return
    failed = others = 0
    for score in scores:
        played = play_back(score, chosen)
        click.echo(played.story, nl=False)
        mark = click.style("✓", "green") if played.ok else click.style("✗", "red")
        click.echo(f"{mark} {score.name}  {played.sentence}", err=bool(played.story))
        for line in played.details:
            click.echo(f"  {line}")
        failed += not played.ok
        others += played.others
    aside = all(score.schedule is not None for score in scores)
    click.echo(f"{len(scores) - failed} of {len(scores)} {'transcripts' if words else 'examples'} replay", err=aside)
    if chosen is None and others and not failed:
        click.echo(f"{others} other strategies part from them, each where it should")
    sys.exit(VIOLATED if failed else 0)


@cli.command()
@click.argument("name", required=False, metavar="[FAULT]")
@JSON
def faults(name: str | None, json_file: Path | None) -> None:
    """Hunt every seeded fault: small wrong servers, each of which an obligation must catch.

    With a FAULT, show the shortest way in which it is caught, as a transcript. Exit code 1 if one is missed.
    """
    from explore import terminal
    from explore.faults import FAULTS
    from explore.faulttable import hunt_all, show
    from explore.scenario import builtin

    chosen = [fault for fault in FAULTS if name in (None, fault.name)]
    if not chosen:
        known = ", ".join(fault.name for fault in FAULTS)
        raise click.ClickException(f"{name!r} is no fault; the faults are {known}")
    with terminal.progress() as bar:
        task = bar.add_task("hunting", total=len(chosen))
        numbers = {fault.name: number for number, fault in enumerate(chosen)}
        found = hunt_all(
            chosen, builtin(), lambda fault: bar.update(task, description=fault.name, completed=numbers[fault.name])
        )
    if name is None or not found.rows or found.missed:
        show(found, terminal.console())
    else:
        (row,) = found.rows
        click.echo(row.text[row.fault.breaks], nl=False)
        click.echo(f"{name} is caught by {row.fault.breaks} on step {row.steps[row.fault.breaks]}", err=True)
    _write(json_file, found.as_json())
    sys.exit(INTERRUPTED if found.interrupted else VIOLATED if found.missed else 0)


@cli.command()
@click.argument("commands", nargs=-1, metavar="[COMMAND]...")
@click.option("--profile", metavar="P", help="Under this profile only.")
def pipelining(commands: tuple[str, ...], profile: str | None) -> None:
    """Which commands may be sent before the last one is completed? RFC 3501 §5.5, derived.

    Without a COMMAND, the table of every ordered pair, and the sequences that RFC 3501 names. With two or more, such as
    'NOOP' 'STORE 2 +FLAGS (\\Seen)', whether they may be sent at once, and if not, how it goes wrong.
    """
    from explore.pipelining import judge
    from explore.pipetable import show

    universe = _universe(profile)
    if not commands:
        show(universe)
        return
    if len(commands) < 2:
        raise click.ClickException("one command cannot be sent before itself; give two or more")
    try:
        verdict = judge(commands, universe)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{' + '.join(commands)} {verdict.outcome(universe)}")
    if verdict.mistake is not None:
        click.echo("\n".join(("", *verdict.mistake.lines)))


@cli.command()
def strategies() -> None:
    """List every decision and the strategies for it, with the paragraph that allows each."""
    from explore import terminal
    from explore.report import strategy_table

    terminal.console().print(strategy_table())


@cli.command()
def properties() -> None:
    """List every obligation and hazard, with its statement and source."""
    from explore.verdicts import PROPERTIES

    for prop in PROPERTIES:
        click.echo(f"{click.style(prop.id, bold=True)}  {prop.statement} ({prop.source})")


def _explore(
    files: tuple[Path, ...],
    name: str | None,
    profile: str | None,
    manner: str | None,
    max_states: int | None,
    max_seconds: float | None,
) -> Report:
    """Run the search with a progress bar on standard error."""
    from explore import terminal
    from explore.own_client import OwnClientError
    from explore.search import DEFAULT_MOST_STATES
    from explore.verdicts import PROPERTIES
    from explore.verdicts import check as run
    from model.client import MANNERS

    scenarios, universe = _scenarios(files), _universe(profile)
    known = {prop.id: prop for prop in PROPERTIES}
    if name is not None and name.upper() not in known:
        raise click.ClickException(f"{name!r} is no property; the properties are {', '.join(known)}")
    asked = "".join(f" {shlex.quote(str(file))}" for file in files)
    if manner is not None and ":" in manner:
        scenarios = _with_own_client(manner, scenarios if files else ())
        asked += f" --client {shlex.quote(manner)}"
        manner = MANNERS[0]
    elif manner is not None and manner not in MANNERS:
        choices = f"{', '.join(MANNERS)}, or module:Name for a client of your own"
        raise click.ClickException(f"{manner!r} is no manner of client; the choices are {choices}")
    chosen = PROPERTIES if name is None else (known[name.upper()],)
    manners = MANNERS if manner is None else (manner,)
    with terminal.progress() as bar:
        task = bar.add_task("exploring", total=len(scenarios) * len(manners))
        order = [(scenario.name, kind) for scenario in scenarios for kind in manners]

        def progress(scenario: Scenario, kind: str, states: int) -> None:
            text = f"{scenario.name}, {kind}: {states:,} states"
            bar.update(task, description=text, completed=order.index((scenario.name, kind)))

        try:
            report = run(
                scenarios, universe, manners, chosen, most_states=max_states or DEFAULT_MOST_STATES, progress=progress,
                most_seconds=max_seconds or math.inf,
            )  # fmt: skip
        except OwnClientError as error:
            raise click.ClickException(str(error)) from None
    report.asked = asked
    return report


def _with_own_client(words: str, scenarios: tuple[Scenario, ...]) -> tuple[Scenario, ...]:
    from explore.own_client import OwnClientError, against, load

    try:
        return against(load(words), scenarios)
    except OwnClientError as error:
        raise click.ClickException(str(error)) from None


def _finish(report: Report, json_file: Path | None) -> None:
    _write(json_file, report.as_json())
    if report.interrupted:
        sys.exit(INTERRUPTED)
    if report.violated:
        sys.exit(VIOLATED)


def _write(json_file: Path | None, plain: dict[str, Any]) -> None:
    if json_file is not None:
        try:
            json_file.write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        except OSError as error:
            raise click.ClickException(f"cannot write {json_file}: {error.strerror}") from None


def _scenarios(files: tuple[Path, ...]) -> tuple[Scenario, ...]:
    from explore.scenario import builtin, parse

    if not files:
        return builtin()
    scenarios = []
    for file in files:
        try:
            scenarios.append(parse(file.stem, _read(file)))
        except ValueError as error:
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


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; wrong input is one line and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
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
