"""The commands that print a table: faults, pipelining, strategies, properties."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from explore.check import FAULTS, PIPELINING_BOUND, Fault, hunt_all, hunting_grounds, judge
from explore.properties import PROPERTIES
from explore.show import show_faults, show_pipelining, strategy_table, terminal
from mailrace.exit_codes import INTERRUPTED, VIOLATED
from mailrace.parameter_types import FAULT, PROFILE
from mailrace.shared import universe_of, with_json, write_json
from strategies import Profile


@click.command()
@click.argument("fault", required=False, type=FAULT, metavar="[FAULT]")
@with_json
def faults(fault: Fault | None, json_file: Path | None) -> None:
    """Hunt every seeded fault: small wrong servers, each of which an obligation must catch.

    With a FAULT, show the shortest way in which it is caught, as a transcript. Exit code 1 if one is missed.
    """
    chosen = FAULTS if fault is None else [fault]
    with terminal.progress() as bar:
        task = bar.add_task("hunting", total=len(chosen))
        numbers = {fault.name: number for number, fault in enumerate(chosen)}
        fault_table = hunt_all(
            chosen, hunting_grounds(), lambda fault: bar.update(task, description=fault.name, completed=numbers[fault.name])
        )
    if fault is None or not fault_table.rows or fault_table.missed:
        show_faults(fault_table, terminal.console())
    else:
        (row,) = fault_table.rows
        click.echo(row.text[fault.breaks], nl=False)
        click.echo(f"{fault.name} is caught by {fault.breaks} on step {row.steps[fault.breaks]}", err=True)
    write_json(json_file, fault_table.as_json)
    sys.exit(INTERRUPTED if fault_table.interrupted else VIOLATED if fault_table.missed else 0)


@click.command()
@click.argument("commands", nargs=-1, metavar="[COMMAND]...")
@click.option("--profile", type=PROFILE, metavar="P", help="Under this profile only.")
def pipelining(commands: tuple[str, ...], profile: Profile | None) -> None:
    """Which commands may be sent before the last one is completed? RFC 3501 §5.5, derived.

    Without a COMMAND, the table of every ordered pair, and the sequences that RFC 3501 names. With two or more, such as
    'NOOP' 'STORE 2 +FLAGS (\\Seen)', whether they may be sent at once, and if not, how it goes wrong.
    """
    universe = universe_of(profile)
    if not commands:
        show_pipelining(universe)
        return
    if len(commands) < 2:
        raise click.UsageError("one command cannot be sent before itself; give two or more")
    try:
        verdict = judge(commands, universe)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    click.echo(f"{' + '.join(commands)} {verdict.outcome(universe)}")
    click.echo(f"(within this bound: {PIPELINING_BOUND})", err=True)
    if verdict.mistake is not None:
        click.echo("\n".join(("", *verdict.mistake.lines)))


@click.command()
def strategies() -> None:
    """List every decision and the strategies for it, with the paragraph that allows each."""
    terminal.console().print(strategy_table())


@click.command()
def properties() -> None:
    """List every obligation and hazard, with its statement and source."""
    for prop in PROPERTIES:
        click.echo(f"{click.style(prop.id, bold=True)}  {prop.statement} ({prop.source})")
