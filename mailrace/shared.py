"""What several commands share: options, exit codes, and writing what the user named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from matplotlib.figure import Figure

from explore.check import WorkerLost
from explore.figures import save
from explore.scenario import USUAL_COMMANDS, OwnClientError, Scenario
from explore.show import FORMATS
from explore.space import REDUCTIONS, StrategyError, Universe
from mailrace.parameter_types import CLIENT, OUTPUT, PICTURE, PROFILE, REDUCTION, SCENARIO, SECONDS, Clients, Named
from model.client import ALL_MANNERS
from strategies import Profile

TRANSCRIPT = "transcript"
with_scenarios = click.argument("given", nargs=-1, type=SCENARIO, metavar="[SCENARIO]...")
with_profile = click.option(
    "--profile", type=PROFILE, metavar="P",
    help="One server, e.g. delete=3.2,fetch=4.1.3; what is not named has its default.",
)  # fmt: skip
with_client = click.option(
    "--client", "clients", type=CLIENT, default=Clients(), metavar="MANNER",
    help=f"Only clients of this manner: {', '.join(ALL_MANNERS[:-1])} or {ALL_MANNERS[-1]}; or module:Name, a client of "
    "your own, as C1.",
)  # fmt: skip
with_client_commands = click.option(
    "--client-commands", type=click.IntRange(1, 10**5), metavar="N",
    help=f"Follow a client of your own for N commands (default: {USUAL_COMMANDS}); one that goes on leaves what does not "
    "break undetermined.",
)  # fmt: skip
with_json = click.option("--json", "json_file", type=OUTPUT, metavar="FILE", help="Also write the result to FILE.")
with_max_states = click.option(
    "--max-states", type=click.IntRange(1, 10**9), metavar="N", help="Cut a search off after this many states."
)
with_depth = click.option(
    "--depth", "most_depth", type=click.IntRange(1, 10**6), metavar="N",
    help="Explore all runs of up to N steps: a bound, for programs without end.",
)  # fmt: skip
with_jobs = click.option(
    "--jobs", type=click.IntRange(1, 256), metavar="N",
    help="Search in N processes; 1: in this one (default: one a core, if it is worth it).",
)  # fmt: skip
with_no_reduction = click.option(
    "--no-reduction", "switched_off", type=REDUCTION, multiple=True, metavar="NAME",
    help="Explore without this reduction, e.g. symmetry; all: without any. Changes no verdict. Can be repeated.",
)  # fmt: skip
with_max_seconds = click.option(
    "--max-seconds", type=SECONDS, metavar="S", help="Cut all searches off after this time."
)
with_versus = click.option(
    "--versus", type=PROFILE, metavar="P", help="Show the same schedule under another server beside it."
)
with_format = click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default=TRANSCRIPT,
    help="What to print: a transcript (default), a sequence diagram, a graph, data, or a test to run.",
)  # fmt: skip
with_plot = click.option(
    "--plot", "picture", type=PICTURE, metavar="FILE", help="Also draw it: FILE.png, .svg or .pdf."
)


def searching(command: Callable[..., None]) -> Callable[..., None]:
    """Give that command the options of every command that searches; it gets them by keyword."""
    for option in (
        with_jobs, with_no_reduction, with_depth, with_max_seconds, with_max_states, with_json, with_client_commands,
        with_client, with_profile, with_scenarios,
    ):  # fmt: skip
        command = option(command)
    return command


@contextmanager
def complaining() -> Iterator[None]:
    """While searching: what is wrong with the user's own client or strategy is a UsageError, a lost process a
    ClickException."""
    try:
        yield
    except (OwnClientError, StrategyError) as error:
        raise click.UsageError(str(error)) from None
    except WorkerLost as error:
        raise click.ClickException(f"{error}; try --jobs 1, or --max-states") from None


def universe_of(profile: Profile | None) -> Universe:
    """That one server, or (None) all of them."""
    return Universe() if profile is None else Universe.of(profile)


def scenarios_of(given: Sequence[Named]) -> tuple[Scenario, ...]:
    """The scenarios that were named; empty if none was."""
    return tuple(named.scenario for named in given)


def left_on(switched_off: Sequence[frozenset[str]]) -> frozenset[str]:
    """All reductions but those."""
    return REDUCTIONS.difference(*switched_off)


def write(file: Path | None, make: Callable[[Path], object]) -> None:
    """Have that file made, if one is wanted. Raises ClickException if it can't be written after all."""
    if file is not None:
        try:
            make(file)
        except OSError as error:
            raise click.ClickException(f"cannot write {file}: {error.strerror}") from None


def write_text(file: Path | None, text: Callable[[], str]) -> None:
    """Write that text there, if a file is wanted; what UTF-8 can't write, as an escape. Raises ClickException."""
    write(file, lambda path: path.write_text(text(), encoding="utf-8", errors="backslashreplace"))


def write_json(file: Path | None, plain: Callable[[], dict[str, Any]]) -> None:
    """Write that plain data there, if a file is wanted. Raises ClickException."""
    write_text(file, lambda: json.dumps(plain(), indent=1, ensure_ascii=False) + "\n")


def draw(picture: Path | None, figure: Callable[[], Figure]) -> None:
    """Make that figure and write it there, if a picture is wanted. Raises ClickException."""
    write(picture, lambda path: save(figure(), path))
