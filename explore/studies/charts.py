"""How does each study look? Estimates with their intervals as markers, theory as lines, in one picture.

Each function draws the frame of its study. Lines of theory are drawn through more points than were simulated. Markers of
several series at one place are set a little apart.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, StrMethodFormatter

from explore.figures import GREY, OKABE_ITO, SMALL, new_figure
from explore.studies.statistics import LEVEL

Places = npt.NDArray[np.float64]
Expected = Callable[[dict[str, Any]], dict[str, float]]
STYLES = (
    ("blue", "o", "-"), ("vermillion", "s", "--"), ("bluish green", "^", "-."), ("reddish purple", "D", ":"),
    ("orange", "v", (0, (5, 1))), ("sky blue", "P", (0, (1, 1))), ("black", "X", "-"),
)  # fmt: skip
"""Colour, marker and dashes of each series, in this order."""
FINE = 61
MOST_TICKS, MOST_COLUMNS = 8, 4
APART = 0.012
"""How far series are set apart, as a share of the axis."""
NOT_POINT = ("measure", "unit", "estimate", "low", "high", "replications", "theory")


class Series(NamedTuple):
    """The rows of one series of a panel, and how they are drawn: name, colour, marker and dashes."""

    name: str
    rows: pd.DataFrame
    color: str
    marker: str
    dashes: Any


def series(frame: pd.DataFrame, measure: str, by: str) -> list[Series]:
    """The rows of that measure, a series for each value of that column."""
    rows = frame[frame["measure"] == measure]
    return [
        Series(str(name), group, OKABE_ITO[color], marker, dashes)
        for (name, group), (color, marker, dashes) in zip(rows.groupby(by, sort=False), STYLES * len(rows), strict=False)
    ]


def panel(axes: Axes, lines: list[Series], x: str, expected: Expected | None, log: bool = False) -> None:
    """Markers with intervals for each series, over that column; and its theory, if there is one. The scale is marked at the
    places that were simulated."""
    if not lines:
        return
    every = np.unique(np.concatenate([line.rows[x].to_numpy(float) for line in lines]))
    axes.set_xscale("log" if log else "linear")
    for number, line in enumerate(lines):
        away = APART * (number - (len(lines) - 1) / 2)
        places = line.rows[x].to_numpy(float)
        bars(axes, line, places * (every[-1] / every[0]) ** away if log else places + away * (every[-1] - every[0]))
        if expected is not None:
            theory(axes, line, x, expected, fine(every, log))
    if log or len(every) <= MOST_TICKS:
        axes.set_xticks(every, [f"{place:g}" for place in every])
        axes.set_xticks([], minor=True)


def fine(places: Places, log: bool = False) -> Places:
    """Places from the first to the last, close to each other."""
    return (np.geomspace if log else np.linspace)(places.min(), places.max(), FINE)


def bars(axes: Axes, line: Series, places: Any, upright: bool = True) -> None:
    """The series' estimates at those places, with their intervals."""
    values = line.rows["estimate"].to_numpy(float)
    low, high = line.rows["low"].to_numpy(float), line.rows["high"].to_numpy(float)
    reach = np.maximum(np.stack((values - low, high - values)), 0.0)
    common: dict[str, Any] = {
        "fmt": line.marker, "color": line.color, "markersize": 4.5, "capsize": 2.0, "elinewidth": 1.0, "label": line.name,
        "zorder": 3, "markeredgecolor": "white", "markeredgewidth": 0.4, "ecolor": line.color,
    }  # fmt: skip
    if upright:
        axes.errorbar(places, values, yerr=reach, **common)
    else:
        axes.errorbar(values, places, xerr=reach, **common)


def theory(axes: Axes, line: Series, x: str, expected: Expected, places: Any) -> None:
    """The line of theory for a series."""
    point = {str(name): value for name, value in line.rows.iloc[0].items() if name not in NOT_POINT}
    measure = line.rows.iloc[0]["measure"]
    values = [expected({**point, x: float(place)}).get(measure, np.nan) for place in places]
    axes.plot(places, values, color=line.color, linestyle=line.dashes, linewidth=1.1, marker="", zorder=2)


def positive(axes: Axes, lines: list[Series]) -> None:
    """A logarithmic scale, where there is anything to show on one."""
    values = [value for line in lines for value in line.rows["estimate"] if value > 0]
    if values:
        axes.set_yscale("log", nonpositive="clip")
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.set_ylim(bottom=min(values) / 3)


def legend(figure: Figure, axes: Axes, title: str) -> None:
    """The legend of all panels, above them, in small print: that of these axes."""
    handles, names = axes.get_legend_handles_labels()
    if handles:
        figure.legend(
            handles, [f"{title}{name}" for name in names], loc="outside upper center", fontsize=SMALL, frameon=False,
            ncols=min(len(names), MOST_COLUMNS), handletextpad=0.4,
        )  # fmt: skip


def note(figure: Figure, frame: pd.DataFrame, lines: str = "theory") -> None:
    """What the markers and lines are, below the panels."""
    level = 100 * float(frame.attrs.get("level", LEVEL))
    text = f"markers: simulated, with {level:.6g} % confidence intervals; lines: {lines}"
    figure.supxlabel(text, fontsize=SMALL, color=GREY)


def refusals(frame: pd.DataFrame, expected: Expected) -> Figure:
    """Refused first tries, and the time to success, by the number of clients; a series for each distribution."""
    figure, ((left, right),) = new_figure(7.2, 3.5, 1, 2)
    command = frame["command"].iloc[0] if "command" in frame else "EXPUNGE"
    first, wait = series(frame, "refused", "lengths"), series(frame, "time to success", "lengths")
    panel(left, first, "clients", None)
    if first:
        every = first[0]._replace(rows=frame[frame["measure"] == "refused"], color=OKABE_ITO["black"], dashes="-")
        theory(left, every, "clients", expected, fine(every.rows["clients"].to_numpy(float)))
    left.set(xlabel="clients", ylabel=f"share of {command}s refused", ylim=(0, 1.05))
    panel(right, wait, "clients", expected)
    positive(right, wait)
    right.set(xlabel="clients", ylabel="minutes until one succeeds")
    legend(figure, left, "sessions: ")
    note(figure, frame)
    return figure


def storing(frame: pd.DataFrame, expected: Expected) -> Figure:
    """Refused first STOREs, and STOREs until one succeeds, by the rate of expunges; a series for each way of polling."""
    figure, ((left, right),) = new_figure(7.2, 3.5, 1, 2)
    first, tries = series(frame, "refused", "polling"), series(frame, "tries", "polling")
    panel(left, first, "expunges", expected, log=True)
    panel(right, tries, "expunges", expected, log=True)
    left.set(xlabel="expunges per minute", ylabel="share of STORE 1:* refused", ylim=(0, 1.05))
    right.set(xlabel="expunges per minute", ylabel="STOREs until one succeeds")
    legend(figure, left, "polls: ")
    note(figure, frame)
    return figure


def ghosts(frame: pd.DataFrame, expected: Expected) -> Figure:
    """How long deleted content can be read, and how many ghosts there are, by the number of clients."""
    figure, ((left, right),) = new_figure(7.2, 3.5, 1, 2)
    for axes, measure in ((left, "readable time"), (right, "ghosts")):
        panel(axes, series(frame, measure, "strategy"), "clients", expected)
        axes.set_xlabel("clients that have it open")
        axes.set_ylim(bottom=-0.02 * axes.get_ylim()[1])
    left.set_ylabel("minutes until nobody can read it")
    right.set_ylabel("ghosts at a time")
    legend(figure, left, "")
    note(figure, frame, "theory (on the right: Little's law)")
    return figure


def staleness(frame: pd.DataFrame, expected: Expected) -> Figure:
    """How long until a client knows, by the time between polls; a panel for each kind of change."""
    changes = list(dict.fromkeys(frame["change"])) or [""]
    figure, (row,) = new_figure(7.2, 3.4, 1, len(changes))
    for number, (axes, change) in enumerate(zip(row, changes, strict=True)):
        lines = series(frame[frame["change"] == change], "one knows", "tell")
        panel(axes, lines, "poll", expected, log=True)
        positive(axes, lines)
        axes.set_title(change)
        axes.set_xlabel("seconds between NOOPs")
        if not number:
            axes.set_ylabel("seconds until a client knows")
            legend(figure, axes, "tell=")
        axes.sharey(row[0])
    note(figure, frame)
    return figure


def cost(frame: pd.DataFrame) -> Figure:
    """Wasted round trips and NOs of each profile, a series for each manner of client."""
    profiles = list(dict.fromkeys(frame["profile"]))
    figure, (row,) = new_figure(7.2, 1.2 + 0.24 * max(len(profiles), 4), 1, 2)
    for axes, measure in zip(row, ("wasted round trips", "NOs"), strict=True):
        lines = series(frame, measure, "manner")
        for number, line in enumerate(lines):
            base = line.rows[line.rows["profile"] == "default"]["estimate"]
            if len(base):
                axes.axvline(float(base.iloc[0]), color=line.color, linestyle=line.dashes, linewidth=0.9, zorder=1)
            shift = 0.28 * (number - (len(lines) - 1) / 2)
            bars(axes, line, np.asarray([profiles.index(name) for name in line.rows["profile"]]) + shift, upright=False)
        axes.set_xlabel(f"{measure} per useful command")
        axes.set_xlim(left=0)
        axes.set_ylim(len(profiles) - 0.4, -0.6)
        axes.set_yticks(range(len(profiles)), profiles if axes is row[0] else [""] * len(profiles))
    legend(figure, row[0], "clients: ")
    note(figure, frame, "the default profile")
    return figure
