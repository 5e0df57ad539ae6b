"""How is a study shown in a terminal? A row for each point; for each measure an estimate, its interval, and the theory."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from rich import box
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from explore.studies import COMPARED, LEVEL, Estimate, Numbers, Parameter, Study, StudyResult, plain

ROUNDING = 1e-6
MOST_DECIMALS = 3
NO_BREAK = "\u00a0"


def show_study(study: Study, result: StudyResult, settings: Mapping[str, Any], seed: int, console: Console) -> None:
    """Print what was found, and how."""
    console.print(f"[bold]{study.name}[/]  {escape(study.question)} ({study.source})")
    console.print(_table(study, result.frame))
    for measure in study.measures:
        console.print(f"  [bold]{measure.name}[/] ({measure.unit}): {escape(measure.meaning)}")
    console.print(f"Theory: {escape(study.theory)}")
    covered = _covered(result.frame)
    if covered is not None:
        console.print(f"{covered[0]} of {covered[1]} intervals contain it; at {LEVEL:.0%}, some don't.")
    if study.base is not None:
        console.print(f"* is not as under {_settings(study.base)}: the interval of the difference leaves 0 out.")
    console.print(_how(study, result, settings, seed))


def study_catalogue(studies: tuple[Study, ...]) -> RenderableType:
    """Every study with its paragraph, and its parameters with their units and defaults."""
    parts: list[RenderableType] = []
    for study in studies:
        parts.append(f"[bold]{study.name}[/]  {escape(study.question)} ({study.source})")
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        table.add_column(overflow="fold")
        for parameter in study.parameters:
            meaning = f"{parameter.meaning}{f' ({parameter.unit})' if parameter.unit else ''}"
            values = Text.assemble(plain(parameter.default), (f"   {_others(parameter)}", "dim"))
            table.add_row(parameter.name, Text(meaning), values)
        parts += [Padding(table, (0, 0, 0, 2)), f"  [dim]Theory:[/] {escape(study.theory)}", ""]
    parts.append("mailrace simulate STUDY --set NAME=VALUE; where the default has several values, with commas between")
    return Group(*parts)


def _others(parameter: Parameter) -> str:
    """What else it can be."""
    if isinstance(parameter.kind, Numbers):
        return parameter.kind.words
    default = parameter.default if parameter.several else (parameter.default,)
    others = [word for word in parameter.kind.options if word not in default]
    return f"or {', '.join(others)}" if others else ""


def _table(study: Study, frame: pd.DataFrame) -> Table:
    """One row a point."""
    varied = [parameter.name for parameter in study.parameters if parameter.several]
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    for name in varied:
        table.add_column(name, no_wrap=True)
    known = {name for name in frame["measure"].unique() if frame.loc[frame["measure"] == name, "theory"].notna().any()}
    for measure in study.measures:
        table.add_column(measure.name, justify="right")
        if measure.name in known:
            table.add_column("theory", justify="right", style="dim")
    for _, rows in frame.groupby(varied, sort=False):
        by_name = {row["measure"]: row for _, row in rows.iterrows()}
        cells = [plain(rows[name].iloc[0]) for name in varied]
        for measure in study.measures:
            cells.append(_estimate(by_name[measure.name], by_name.get(measure.name + COMPARED)))
            if measure.name in known:
                theory = float(by_name[measure.name]["theory"])
                cells.append(f"{theory if abs(theory) > ROUNDING else 0:.3g}" if math.isfinite(theory) else "–")
        table.add_row(*cells)
    return table


def _estimate(row: pd.Series[Any], compared: pd.Series[Any] | None) -> str:
    """`0.31 ±0.04`, or `0 [0, 0.01]` where that is not symmetric; with a star if it differs from the base."""
    value, low, high = (float(row[name]) for name in ("estimate", "low", "high"))
    if not math.isfinite(value):
        return "–"
    star = "*" if compared is not None and (compared["low"] > 0 or compared["high"] < 0) else ""
    if not math.isfinite(low):
        return f"{value:.3g}{star}"
    digits = _decimals(max(high - value, value - low))
    if math.isclose(value - low, high - value, rel_tol=1e-3, abs_tol=ROUNDING):
        return f"{value:.{digits}f}{star}" + (f"{NO_BREAK}±{high - value:.{digits}f}" if high - low > ROUNDING else "")
    return f"{value:.{digits}f}{star}{NO_BREAK}\\[{low:.{digits}f},{NO_BREAK}{high:.{digits}f}]"


def _decimals(reach: float) -> int:
    """How many decimals are worth showing with an interval of that reach: two digits of it."""
    return 0 if reach <= ROUNDING else max(0, min(MOST_DECIMALS, 1 - math.floor(math.log10(reach))))


def _covered(frame: pd.DataFrame) -> tuple[int, int] | None:
    """How many intervals contain the theory, of how many; None where there is nothing to compare."""
    known = frame[frame["theory"].notna() & frame["low"].notna()]
    if known.empty:
        return None
    inside = [Estimate(row["estimate"], row["low"], row["high"]).covers(row["theory"]) for _, row in known.iterrows()]
    return sum(inside), len(inside)


def _settings(settings: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={plain(value)}" for name, value in settings.items())


def _how(study: Study, result: StudyResult, settings: Mapping[str, Any], seed: int) -> str:
    fixed = {parameter.name: settings[parameter.name] for parameter in study.parameters if not parameter.several}
    counts = result.frame["replications"]
    least = int(counts.min()) if len(counts) else 0
    most = int(counts.max()) if len(counts) else 0
    number = f"{most}" if least == most else f"{least} to {most}"
    cut = f"Interrupted: {result.done} of {result.total} replications. " if result.interrupted else ""
    return f"{cut}Seed {seed}, {number} replications of each point, {LEVEL:.0%} intervals. {_settings(fixed)}"
