"""`mailrace simulate`: the studies, in simulated time."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mailrace.shared import INTERRUPTED, JSON, write

if TYPE_CHECKING:
    from explore.studies import Found, Study

MOST_REPLICATIONS, MOST_JOBS = 1_000_000, 1024
TARGET = click.Path(path_type=Path)


@click.command()
@click.argument("name", required=False, metavar="[STUDY]")
@click.option("--set", "words", multiple=True, metavar="NAME=VALUE", help="Set a parameter; may be given again.")
@click.option("--seed", type=click.IntRange(0, 2**63), default=1, metavar="N", help="The same seed gives the same table.")
@click.option("--replications", type=click.IntRange(1, MOST_REPLICATIONS), metavar="N", help="Independent runs a point.")
@click.option("--jobs", type=click.IntRange(1, MOST_JOBS), metavar="N", help="Processes; without it, one for each core.")
@click.option("--plot", "picture", type=TARGET, metavar="FILE", help="Draw it: a .png, .svg or .pdf file.")
@click.option("--csv", "table", type=TARGET, metavar="FILE", help="Write the table to FILE.")
@JSON
@click.option("--record", "transcript", type=TARGET, metavar="FILE", help="Only write one small run, for mailrace replay.")
def simulate(
    name: str | None,
    words: tuple[str, ...],
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
    from explore.show import terminal
    from explore.show.study_table import show_study, study_catalogue
    from explore.studies import STUDIES, study

    if name is None:
        if words or picture or table or json_file or transcript:
            raise click.ClickException("which study? mailrace simulate without anything lists them")
        terminal.console().print(study_catalogue(STUDIES))
        return
    try:
        chosen = study(name)
        given = _given(words)
        settings = chosen.settings(given)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    for file in (picture, table, json_file, transcript):
        _possible(file, file is not None and file == picture)
    if transcript is not None:
        _record(chosen, given, seed, transcript)
        return
    found = _run(chosen, given, seed, replications, jobs)
    show_study(chosen, found, settings, seed, terminal.console())
    write(json_file, _as_json(chosen, found, settings, seed))
    if table is not None:
        _write(table, lambda: found.frame.to_csv(table, index=False))
    if picture is not None:
        _draw(chosen, found, picture)
    if found.interrupted:
        sys.exit(INTERRUPTED)


def _given(words: tuple[str, ...]) -> dict[str, str]:
    given: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f"--set {word} sets nothing; write --set name=value")
        if name.strip() in given:
            raise ValueError(f"{name.strip()} is set twice; set it once")
        given[name.strip()] = value
    return given


def _possible(file: Path | None, picture: bool) -> None:
    """Refuse what can't be written, before anything takes time."""
    from explore.figures import suffix_of

    if file is None:
        return
    if picture:
        try:
            suffix_of(file)
        except ValueError as error:
            raise click.ClickException(str(error)) from None
    place = file if file.exists() else file.parent
    if file.is_dir() or not place.exists() or not os.access(place, os.W_OK):
        raise click.ClickException(f"cannot write {file}: it is no file that can be written, or its folder is not there")


def _write(file: Path, action: Callable[[], object]) -> None:
    try:
        action()
    except OSError as error:
        raise click.ClickException(f"cannot write {file}: {error.strerror}") from None


def _run(chosen: Study, given: dict[str, str], seed: int, replications: int | None, jobs: int | None) -> Found:
    from explore.show import terminal

    with terminal.progress() as bar:
        task = bar.add_task(chosen.name, total=None)
        return chosen.find(
            given, seed=seed, replications=replications, jobs=jobs or -1,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )  # fmt: skip


def _record(chosen: Study, given: dict[str, str], seed: int, file: Path) -> None:
    try:
        text = chosen.record(given, seed)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    _write(file, lambda: file.write_text(text, encoding="utf-8"))
    click.echo(f"mailrace replay {file}", err=True)


def _draw(chosen: Study, found: Found, file: Path) -> None:
    from explore.figures import save

    if found.frame["estimate"].notna().any():
        _write(file, lambda: save(chosen.plot(found.frame), file))
    else:
        click.echo(f"nothing to draw yet: {file} is not written", err=True)


def _as_json(chosen: Study, found: Found, settings: dict[str, Any], seed: int) -> dict[str, Any]:
    plain = found.frame.astype(object).where(found.frame.notna(), None)
    return {
        "study": chosen.name, "question": chosen.question, "source": chosen.source, "theory": chosen.theory,
        "settings": settings, "seed": seed, "replications": {"done": found.done, "of": found.total},
        "interrupted": found.interrupted, "rows": json.loads(json.dumps(plain.to_dict("records"))),
    }  # fmt: skip
