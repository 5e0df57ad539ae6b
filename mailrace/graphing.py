"""`mailrace graph`: a state space as a graph, in words, in a file and as a picture."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from explore.figures import state_diagram
from explore.graph import (
    COLLAPSE, GRAPH_FORMATS, KEEP, READINGS, StateGraph, describe, first_broken, smallest, state_graph, unbroken,
)  # fmt: skip
from explore.properties import PROPERTIES, Property
from explore.scenario import Scenario
from explore.search import DEFAULT_MOST_STATES, Search, search
from explore.show import terminal
from explore.space import Space, Universe
from mailrace.exit_codes import INTERRUPTED
from mailrace.parameter_types import OUTPUT, PROPERTY, SCENARIO, Clients, Named
from mailrace.shared import (
    complaining, draw, universe_of, with_client, with_client_commands, with_max_states, with_plot,
    with_profile, write_text,
)  # fmt: skip
from strategies import Profile

TEXT = "text"


@click.command()
@click.argument("given", required=False, type=SCENARIO, metavar="[SCENARIO]")
@click.option(
    "--by", type=click.Choice([*READINGS, "none"]), default="beliefs",
    help="Merge the states in which all clients have been told the same (views), the mailboxes and who has them open are "
    "the same, or the clients err in the same way (beliefs, default); or none.",
)  # fmt: skip
@click.option("--collapse", is_flag=True, help="Leave out the steps within a merged node, and count them.")
@click.option(
    "--property", "prop", type=PROPERTY, metavar="ID", help="Show how this property breaks, and what every way to it takes."
)
@with_profile
@with_client
@with_client_commands
@with_max_states
@with_plot
@click.option(
    "--format", "form", type=click.Choice(list(GRAPH_FORMATS)), help="Print the graph in this format, not in words."
)  # fmt: skip
@click.option("--out", type=OUTPUT, metavar="FILE", help="Write it to FILE, not to standard output.")
def graph(
    given: Named | None, by: str, collapse: bool, prop: Property | None, profile: Profile | None, clients: Clients,
    client_commands: int | None, max_states: int | None, picture: Path | None, form: str | None, out: Path | None,
) -> None:  # fmt: skip
    """Show the state space of a SCENARIO as a graph: its size, where runs end and go round, its nodes and arrows.

    SCENARIO is a file, or the name of a built-in scenario such as 3-quiet. Without it, it is the smallest built-in one, or
    that in which the PROPERTY breaks.
    """
    form = _format(form, out)
    scenarios = clients.put_into((given.scenario,) if given is not None else (), client_commands)
    most = max_states or DEFAULT_MOST_STATES
    with complaining():
        result = _search(scenarios, clients.manner, universe_of(profile), prop, most)
        whole = state_graph(result, most) if result is not None else None
    if result is None or whole is None:
        assert prop is not None
        click.echo(f"{prop.id} breaks in none of the scenarios; name one to see its graph")
        return
    shown = whole.project(by, COLLAPSE if collapse else KEEP)
    _write(_told(shown, prop, form), out)
    broken = prop.id if prop is not None and prop.id in shown.ways else None
    if prop is not None and broken is None:
        scenario = whole.graph.graph["scenario"]
        said = unbroken(whole, prop.id, f"in {scenario}", f"in what was explored of {scenario}")
        click.echo(said, err=True)
    draw(picture, lambda: state_diagram(shown, broken))
    if result.interrupted:
        sys.exit(INTERRUPTED)


def _format(form: str | None, out: Path | None) -> str:
    """The format asked for, or the one that the name of the file ends in; "text" otherwise."""
    suffix = out.suffix.lower()[1:] if out is not None else ""
    if form is None and out is not None and suffix not in (*GRAPH_FORMATS, "txt", ""):
        known = ", ".join(f".{name}" for name in (*GRAPH_FORMATS, "txt"))
        raise click.UsageError(f"{out.name!r} names no format; give --format, or a name that ends in {known}")
    return form or (suffix if suffix in GRAPH_FORMATS else TEXT)


def _search(
    scenarios: tuple[Scenario, ...], manner: str | None, universe: Universe, prop: Property | None, most: int
) -> Search | None:
    """The search to be shown: of the only scenario, of the first in which the property breaks, or of the smallest."""
    with terminal.progress() as bar:
        bar.add_task("exploring", total=None)
        broken = first_broken(scenarios, manner, universe, prop, most) if prop is not None else None
        if broken is not None or (len(scenarios) > 1 and prop is not None):
            return broken
        properties = PROPERTIES if prop is None else (prop,)
        chosen = smallest(scenarios)
        return search(Space(chosen, manner or chosen.manners[0], universe, properties), most)


def _told(shown: StateGraph, prop: Property | None, form: str) -> str:
    """The graph in that form."""
    return describe(shown, prop.id if prop is not None else None) if form == TEXT else GRAPH_FORMATS[form](shown.graph)


def _write(text: str, out: Path | None) -> None:
    """Write the text to that file, or to standard output."""
    if out is None:
        click.echo(text, nl=False)
    else:
        write_text(out, lambda: text)
