"""`mailrace simulate`: the studies, in simulated time."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from explore.show import study_table, terminal
from explore.studies import STUDIES, Study, StudyResult
from mailrace.exit_codes import INTERRUPTED
from mailrace.parameter_types import OUTPUT, PICTURE
from mailrace.shared import draw, with_json, write, write_json, write_text
from mailrace.study_types import SETTING, STUDY, Setting

MOST_REPLICATIONS, MOST_JOBS = 1_000_000, 1024


@click.command()
@click.argument("chosen", required=False, type=STUDY, metavar="[STUDY]")
@click.option(
    "--set", "settings", type=SETTING, multiple=True, metavar="NAME=VALUE", help="Set a parameter; may be given again."
)
@click.option("--seed", type=click.IntRange(0, 2**63), default=1, metavar="N", help="The same seed gives the same table.")
@click.option("--replications", type=click.IntRange(1, MOST_REPLICATIONS), metavar="N", help="Independent runs a point.")
@click.option("--jobs", type=click.IntRange(1, MOST_JOBS), metavar="N", help="Processes; without it, one for each core.")
@click.option("--plot", "picture", type=PICTURE, metavar="FILE", help="Draw it: a .png, .svg or .pdf file.")
@click.option("--csv", "table", type=OUTPUT, metavar="FILE", help="Write the table to FILE.")
@with_json
@click.option("--record", "transcript", type=OUTPUT, metavar="FILE", help="Only write one small run, for mailrace replay.")
def simulate(
    chosen: Study | None,
    settings: tuple[Setting, ...],
    seed: int,
    replications: int | None,
    jobs: int | None,
    picture: Path | None,
    table: Path | None,
    json_file: Path | None,
    transcript: Path | None,
) -> None:
    """Put numbers on RFC 2180's "may be small" and "may not be practical": run a STUDY.

    Prints estimates with 95 % confidence intervals beside what theory says. Without a STUDY, lists the studies with
    their parameters. Ctrl-C keeps what is finished by then (exit code 130).
    """
    if chosen is None:
        if settings or picture or table or json_file or transcript:
            raise click.UsageError("which study? mailrace simulate without anything lists them")
        terminal.console().print(study_table.study_catalogue(STUDIES))
        return
    given = _given(settings)
    try:
        parameters = chosen.settings(given)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if transcript is not None:
        _record(chosen, given, seed, transcript)
        return
    result = _run(chosen, given, seed, replications, jobs)
    study_table.show_study(chosen, result, parameters, seed, terminal.console())
    write_json(json_file, lambda: _as_json(chosen, result, parameters, seed))
    write(table, lambda file: result.frame.to_csv(file, index=False))
    if result.frame["estimate"].notna().any():
        draw(picture, lambda: chosen.plot(result.frame))
    elif picture is not None:
        click.echo(f"nothing to draw yet: {picture} is not written", err=True)
    if result.interrupted:
        sys.exit(INTERRUPTED)


def _given(settings: tuple[Setting, ...]) -> dict[str, str]:
    """The settings by name. Raises UsageError if one comes twice."""
    given: dict[str, str] = {}
    for name, value in settings:
        if name in given:
            raise click.UsageError(f"{name} is set twice; set it once")
        given[name] = value
    return given


def _run(chosen: Study, given: dict[str, str], seed: int, replications: int | None, jobs: int | None) -> StudyResult:
    """Run the study with a progress bar on standard error."""
    with terminal.progress() as bar:
        task = bar.add_task(chosen.name, total=None)
        return chosen.find(
            given, seed=seed, replications=replications, jobs=jobs or -1,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )  # fmt: skip


def _record(chosen: Study, given: dict[str, str], seed: int, file: Path) -> None:
    """Write one small run to that file. Raises UsageError if it does not fit into a transcript."""
    try:
        text = chosen.record(given, seed)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    write_text(file, lambda: text)
    click.echo(f"mailrace replay {file}", err=True)


def _as_json(chosen: Study, result: StudyResult, settings: dict[str, Any], seed: int) -> dict[str, Any]:
    plain = result.frame.astype(object).where(result.frame.notna(), None)
    return {
        "study": chosen.name, "question": chosen.question, "source": chosen.source, "theory": chosen.theory,
        "settings": settings, "seed": seed, "replications": {"done": result.done, "of": result.total},
        "interrupted": result.interrupted, "rows": json.loads(json.dumps(plain.to_dict("records"))),
    }  # fmt: skip
