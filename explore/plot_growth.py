"""How does the search grow with its bounds? States and seconds on a logarithmic scale, and the growth fitted to them."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from explore.style import GREY, LARGE, NORMAL, SMALL, new_figure

BOUNDS = ("clients", "messages", "commands")
VALUES = ("states", "seconds")
WIDTH, HEIGHT = 9.5, 4.6
MOST_LINES = 28


class Fit(NamedTuple):
    """Growth by a factor for each unit of each bound: value = constant × Π factor^bound, least squares on the logarithms;
    `explained` is the share of the variance of the logarithms that it explains (R²)."""

    constant: float
    factors: dict[str, float]
    explained: float

    def __call__(self, bounds: dict[str, float]) -> float:
        """The fitted value at those bounds."""
        return self.constant * math.exp(sum(bounds[name] * math.log(factor) for name, factor in self.factors.items()))


def fit(frame: pd.DataFrame, value: str) -> Fit:
    """The growth of that column with those of the `BOUNDS` that the frame has and that vary in it.

    Rows whose value is not positive (seconds too short to be measured) are left out. Raises ValueError if a column is
    missing, or if the rows that are left don't determine the fit.
    """
    rows = _checked(frame, value)
    varying = [name for name in BOUNDS if name in rows and rows[name].nunique() > 1]
    matrix = np.column_stack([np.ones(len(rows)), *(rows[name].to_numpy(float) for name in varying)])
    logs = np.log(rows[value].to_numpy(float))
    solution, _, rank, _ = np.linalg.lstsq(matrix, logs, rcond=None)
    if not varying or rank < matrix.shape[1]:
        raise ValueError(f"{len(rows)} rows do not determine how {value} grows with {', '.join(varying) or 'anything'}")
    spread = float(((logs - logs.mean()) ** 2).sum())
    rest = float(((logs - matrix @ solution) ** 2).sum())
    factors = {name: math.exp(slope) for name, slope in zip(varying, solution[1:], strict=True)}
    return Fit(math.exp(solution[0]), factors, 1 - rest / spread if spread else 1.0)


def _checked(frame: pd.DataFrame, value: str) -> pd.DataFrame:
    known = [name for name in BOUNDS if name in frame]
    if value not in frame or not known:
        columns = ", ".join(map(str, frame.columns))
        raise ValueError(f"the frame needs a column {value!r} and one of {', '.join(BOUNDS)}; it has {columns}")
    return frame[[*known, value]].loc[frame[value] > 0]


def growth(frame: pd.DataFrame, along: str = "commands", axes: tuple[Axes, Axes] | None = None) -> Figure:
    """States (on the left) and seconds against one of the bounds, a line for each combination of the others, with what is
    fitted dotted, and the factors of growth above.

    With `axes`, it is drawn there. Raises ValueError as `fit` does, and if there are more lines than can be told apart.
    """
    if along not in BOUNDS or along not in frame:
        raise ValueError(f"{along!r} is no bound of that frame; choose one of {', '.join(b for b in BOUNDS if b in frame)}")
    ours = axes is None
    if axes is None:
        figure, grid = new_figure(WIDTH, HEIGHT, columns=2)
        axes = (grid[0, 0], grid[0, 1])
        figure.suptitle("How the state space grows", fontsize=LARGE)
    for one, value in zip(axes, VALUES, strict=True):
        _panel(one, frame, along, value)
    handles, labels = axes[0].get_legend_handles_labels()
    whole = axes[0].get_figure(root=True)
    assert whole is not None
    if ours:
        whole.legend(handles, labels, loc="outside lower center", ncols=min(4, len(labels)), fontsize=SMALL, frameon=False)
    else:
        axes[0].legend(fontsize=SMALL)
    return whole


def _panel(axes: Axes, frame: pd.DataFrame, along: str, value: str) -> None:
    fitted, rows = fit(frame, value), _checked(frame, value)
    others = [name for name in BOUNDS if name in rows and name != along]
    groups: list[tuple[Any, pd.DataFrame]] = list(rows.groupby(others)) if others else [((), rows)]
    if len(groups) > MOST_LINES:
        raise ValueError(f"{len(groups)} lines can't be told apart; leave out some rows ({MOST_LINES} lines at most)")
    for key, group in groups:
        bounds = dict(zip(others, key, strict=True))
        ordered = group.groupby(along)[value].mean()
        label = ", ".join(f"{count} {name if count > 1 else name.removesuffix('s')}" for name, count in bounds.items())
        places = ordered.index.to_numpy(float)
        (line,) = axes.plot(places, ordered.to_numpy(float), label=label or value, markersize=5)
        heights = [fitted({**bounds, along: place}) for place in places]
        axes.plot(places, heights, linestyle=(0, (1, 2)), color=line.get_color(), linewidth=1.0, marker="")
    axes.plot([], [], linestyle=(0, (1, 2)), color=GREY, linewidth=1.0, marker="", label="fitted")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda height, _: f"{height:,.10g}"))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(along)
    axes.set_ylabel("states" if value == "states" else "seconds of search")
    factors = ",  ".join(f"{name.removesuffix('s')} ×{factor:.3g}" for name, factor in fitted.factors.items())
    axes.set_title(f"{value}: one more {factors}\n(R² {fitted.explained:.3f})", fontsize=NORMAL)
