"""The commands that print a table: faults, pipelining, strategies, properties."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from mailrace.shared import INTERRUPTED, JSON, VIOLATED, the_universe, write


@click.command()
@click.argument("name", required=False, metavar="[FAULT]")
@JSON
def faults(name: str | None, json_file: Path | None) -> None:
    """Hunt every seeded fault: small wrong servers, each of which an obligation must catch.

    With a FAULT, show the shortest way in which it is caught, as a transcript. Exit code 1 if one is missed.
    """
    from explore.check import FAULTS, hunt_all
    from explore.scenario import builtin
    from explore.show import show_faults, terminal

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
        show_faults(found, terminal.console())
    else:
        (row,) = found.rows
        click.echo(row.text[row.fault.breaks], nl=False)
        click.echo(f"{name} is caught by {row.fault.breaks} on step {row.steps[row.fault.breaks]}", err=True)
    write(json_file, found.as_json())
    sys.exit(INTERRUPTED if found.interrupted else VIOLATED if found.missed else 0)


@click.command()
@click.argument("commands", nargs=-1, metavar="[COMMAND]...")
@click.option("--profile", metavar="P", help="Under this profile only.")
def pipelining(commands: tuple[str, ...], profile: str | None) -> None:
    """Which commands may be sent before the last one is completed? RFC 3501 §5.5, derived.

    Without a COMMAND, the table of every ordered pair, and the sequences that RFC 3501 names. With two or more, such as
    'NOOP' 'STORE 2 +FLAGS (\\Seen)', whether they may be sent at once, and if not, how it goes wrong.
    """
    from explore.check import judge
    from explore.show import show_pipelining

    universe = the_universe(profile)
    if not commands:
        show_pipelining(universe)
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


@click.command()
def strategies() -> None:
    """List every decision and the strategies for it, with the paragraph that allows each."""
    from explore.show import strategy_table, terminal

    terminal.console().print(strategy_table())


@click.command()
def properties() -> None:
    """List every obligation and hazard, with its statement and source."""
    from explore.properties import PROPERTIES

    for prop in PROPERTIES:
        click.echo(f"{click.style(prop.id, bold=True)}  {prop.statement} ({prop.source})")
