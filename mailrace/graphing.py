"""`mailrace graph`, and the pictures of other commands: state spaces as graphs, in words, in files and as figures."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailrace.shared import CLIENT, INTERRUPTED, MOST_STATES, PROFILE, the_scenarios, the_universe

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from explore.graph import StateGraph
    from explore.properties import Property
    from explore.scenario import Scenario
    from explore.search import Search
    from explore.space import Universe

PLOT = click.option(
    "--plot", "picture", type=click.Path(path_type=Path), metavar="FILE", help="Also draw it: FILE.png, .svg or .pdf."
)
TEXT = "text"
FORMAT_NAMES = ("graphml", "dot", "json")
READINGS = ("views", "mailboxes", "beliefs", "none")


def check_picture(picture: Path | None) -> None:
    """Raise ClickException if no picture can be written there: called before anything that takes long."""
    if picture is not None:
        from explore.figures import suffix_of

        try:
            suffix_of(picture)
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        check_writable(picture)


def check_writable(file: Path) -> None:
    """Raise ClickException if that file can't be written."""
    folder = file.parent
    reason = None
    if file.is_dir():
        reason = "it is a folder"
    elif not folder.is_dir():
        reason = f"there is no folder {folder}"
    elif not os.access(file if file.exists() else folder, os.W_OK):
        reason = "permission denied"
    if reason is not None:
        raise click.ClickException(f"cannot write {file}: {reason}")


def draw(picture: Path | None, figure: Callable[[], Figure]) -> None:
    """Make that figure and write it there, if a picture is wanted."""
    if picture is not None:
        from explore.figures import save

        try:
            save(figure(), picture)
        except OSError as error:
            raise click.ClickException(f"cannot write {picture}: {error.strerror}") from None


@click.command()
@click.argument("scenario", required=False, metavar="[SCENARIO]")
@click.option(
    "--by", type=click.Choice(READINGS), default="beliefs",
    help="Merge the states in which all clients have been told the same (views), the mailboxes and who has them open are "
    "the same, or the clients err in the same way (beliefs, default); or none.",
)  # fmt: skip
@click.option("--collapse", is_flag=True, help="Leave out the steps within a merged node, and count them.")
@click.option("--property", "name", metavar="ID", help="Show how this property breaks, and what every way to it takes.")
@PROFILE
@CLIENT
@MOST_STATES
@PLOT
@click.option("--format", "form", type=click.Choice(FORMAT_NAMES), help="Print the graph in this format, not in words.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write it to FILE, not to standard output.")
def graph(
    scenario: str | None, by: str, collapse: bool, name: str | None, profile: str | None, manner: str | None,
    max_states: int | None, picture: Path | None, form: str | None, out: Path | None,
) -> None:  # fmt: skip
    """Show the state space of a SCENARIO as a graph: its size, where runs end and go round, its nodes and arrows.

    SCENARIO is a file, or the name of a built-in scenario such as 3-quiet. Without it, it is the smallest built-in one, or
    that in which the PROPERTY breaks.
    """
    from explore.graph import COLLAPSE, KEEP, state_graph
    from explore.search import DEFAULT_MOST_STATES

    check_picture(picture)
    form = _format(form, out)
    universe, prop = the_universe(profile), _property(name)
    scenarios, kind = _scenarios(scenario, manner)
    found = _search(scenarios, kind, universe, prop, max_states or DEFAULT_MOST_STATES)
    if found is None:
        click.echo(f"{name} breaks in none of the scenarios; name one to see its graph")
        return
    shown = state_graph(found, max_states or DEFAULT_MOST_STATES).project(by, COLLAPSE if collapse else KEEP)
    _write(_told(shown, prop, form), out)
    broken = prop.id if prop is not None and prop.id in shown.ways else None
    if prop is not None and broken is None:
        click.echo(f"{prop.id} does not break in {shown.graph.graph['scenario']}", err=True)

    def figure() -> Figure:
        from explore.figures import state_diagram

        return state_diagram(shown, broken)

    draw(picture, figure)
    if found.interrupted:
        sys.exit(INTERRUPTED)


def _format(form: str | None, out: Path | None) -> str:
    """The format asked for, or the one that the name of the file ends in; "text" otherwise."""
    if out is None:
        return form or TEXT
    suffix = out.suffix.lower()[1:]
    if form is None and suffix not in (*FORMAT_NAMES, "txt", ""):
        known = ", ".join(f".{name}" for name in (*FORMAT_NAMES, "txt"))
        raise click.ClickException(f"{out.name!r} names no format; give --format, or a name that ends in {known}")
    check_writable(out)
    return form or (suffix if suffix in FORMAT_NAMES else TEXT)


def _property(name: str | None) -> Property | None:
    from explore.check import property_named

    try:
        return None if name is None else property_named(name)
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def _scenarios(word: str | None, manner: str | None) -> tuple[tuple[Scenario, ...], str | None]:
    """The scenarios in question, and the manner of the clients (None: the usual one)."""
    from explore.check import with_client

    own = manner is not None and ":" in manner
    given = None if own and word is None else the_scenarios(() if word is None else (word,))
    try:
        scenarios, manners = with_client(manner, given)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    return scenarios, None if manners is None else manners[0]


def _search(
    scenarios: tuple[Scenario, ...], manner: str | None, universe: Universe, prop: Property | None, most: int
) -> Search | None:
    """The search to be shown: of the only scenario, of the first in which the property breaks, or of the smallest."""
    from explore.graph import first_broken, smallest
    from explore.properties import PROPERTIES
    from explore.search import search
    from explore.show import terminal
    from explore.space import Space

    with terminal.progress() as bar:
        bar.add_task("exploring", total=None)
        if len(scenarios) > 1 and prop is not None:
            return first_broken(scenarios, manner, universe, prop, most)
        properties = PROPERTIES if prop is None else (prop,)
        chosen = smallest(scenarios)
        return search(Space(chosen, manner or chosen.manners[0], universe, properties), most)


def _told(shown: StateGraph, prop: Property | None, form: str) -> str:
    from explore.graph import FORMATS, describe

    return describe(shown, prop.id if prop is not None else None) if form == TEXT else FORMATS[form](shown.graph)


def _write(text: str, out: Path | None) -> None:
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot write {out}: {error.strerror}") from None
