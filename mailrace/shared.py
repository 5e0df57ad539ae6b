"""What several commands share: options, exit codes, and reading and writing what the user named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from explore.scenario import Scenario
    from explore.space import Universe
    from strategies import Profile

VIOLATED, USAGE, INTERRUPTED = 1, 2, 130
TRANSCRIPT = "transcript"
SCENARIOS = click.argument("words", nargs=-1, metavar="[SCENARIO]...")
PROFILE = click.option(
    "--profile", metavar="P", help="One server, e.g. delete=3.2,fetch=4.1.3; what is not named has its default."
)
CLIENT = click.option(
    "--client", "manner", metavar="MANNER",
    help="Only clients of this manner: naive, aware, reissuing, pipelining or reckless; or module:Name, a client of your "
    "own, as C1.",
)  # fmt: skip
JSON = click.option(
    "--json", "json_file", type=click.Path(path_type=Path), metavar="FILE", help="Also write the result to FILE."
)
MOST_STATES = click.option(
    "--max-states", type=click.IntRange(1, 10**9), metavar="N", help="Cut a search off after this many states."
)
DEPTH = click.option(
    "--depth", "most_depth", type=click.IntRange(1, 10**6), metavar="N",
    help="Explore all runs of up to N steps: a bound, for programs without end.",
)  # fmt: skip
JOBS = click.option(
    "--jobs", type=click.IntRange(1, 256), metavar="N",
    help="Search in N processes; 1: in this one (default: one a core, if it is worth it).",
)  # fmt: skip
NO_REDUCTION = click.option(
    "--no-reduction", "switched_off", multiple=True, metavar="NAME",
    help="Explore without this reduction, e.g. symmetry; all: without any. Changes no verdict. Can be repeated.",
)  # fmt: skip
MOST_SECONDS = click.option(
    "--max-seconds", type=click.FloatRange(0, min_open=True), metavar="S", help="Cut all searches off after this time."
)
VERSUS = click.option("--versus", metavar="P", help="Show the same schedule under another server beside it.")
FORMAT = click.option(
    "--format", "form", type=click.Choice([TRANSCRIPT, "mermaid", "dot", "json", "pytest"]), default=TRANSCRIPT,
    help="What to print: a transcript (default), a sequence diagram, a graph, data, or a test to run.",
)  # fmt: skip


def searching(command: Callable[..., None]) -> Callable[..., None]:
    """Give that command the options of every command that searches; it gets them by keyword."""
    for option in (JOBS, NO_REDUCTION, DEPTH, MOST_SECONDS, MOST_STATES, JSON, CLIENT, PROFILE, SCENARIOS):
        command = option(command)
    return command


def write(json_file: Path | None, plain: dict[str, Any]) -> None:
    if json_file is not None:
        try:
            json_file.write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        except OSError as error:
            raise click.ClickException(f"cannot write {json_file}: {error.strerror}") from None


def the_scenarios(words: tuple[str, ...]) -> tuple[Scenario, ...]:
    """The built-in scenarios of those names, or those in files; without any word, all built-in ones."""
    from explore.scenario import builtin, parse

    known = {scenario.name: scenario for scenario in builtin()}
    scenarios = []
    for word in words:
        if word in known:
            scenarios.append(known[word])
            continue
        file = Path(word)
        if not file.exists():
            names = ", ".join(known)
            raise click.ClickException(f"no file {word!r}, and no built-in scenario of that name; those are {names}")
        try:
            scenarios.append(parse(file.stem, read(file)))
        except ValueError as error:
            raise click.ClickException(f"{file}: {error}") from None
    return tuple(scenarios) if words else tuple(known.values())


def read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise click.ClickException(f"cannot read {file}: it is not UTF-8 text") from None


def the_profile(text: str) -> Profile:
    from strategies import Profile

    try:
        return Profile.parse(text)
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def the_reductions(switched_off: tuple[str, ...]) -> frozenset[str]:
    """All reductions but those."""
    from explore.space import REDUCTIONS

    for name in switched_off:
        if name not in REDUCTIONS and name != "all":
            known = ", ".join(sorted(REDUCTIONS))
            raise click.ClickException(f"{name!r} is no reduction; the reductions are {known}, and all for all of them")
    return frozenset() if "all" in switched_off else REDUCTIONS - frozenset(switched_off)


def the_universe(profile: str | None) -> Universe:
    from explore.space import Universe

    return Universe() if profile is None else Universe.of(the_profile(profile))
