"""How does every figure look? Readable in print, in a dark notebook, and without seeing colours.

The colours are those of Okabe and Ito ("Color Universal Design", 2008): told apart with every common kind of colour
blindness. Lines also differ in dashes and markers, never in colour alone. Text is 8 points or larger and stays text in
SVG and PDF. A figure that is made again is the same file, byte for byte: no dates, no random ids.

Figures are `matplotlib.figure.Figure` objects that show themselves in a notebook (`Drawing`); nothing here goes through
pyplot or leaves a setting changed.
"""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy.typing as npt
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure

OKABE_ITO = {
    "black": "#000000",
    "orange": "#E69F00",
    "sky blue": "#56B4E9",
    "bluish green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "reddish purple": "#CC79A7",
}
"""Name to colour, in the order in which they were published."""

GREY, PALE = "#595959", "#D9D9D9"
"""For what stands back: text in grey still has a contrast of 7 to 1 on white; pale is for grids and frames."""

SMALL, NORMAL, LARGE = 8.0, 9.0, 11.0
"""Sizes of text, in points; nothing is smaller than SMALL."""

PIXELS_PER_INCH, FINE = 96, 144
"""What a browser takes an inch for, and how many dots an inch the pictures in a notebook have."""

SUFFIXES = (".png", ".svg", ".pdf")
DOTS_PER_INCH = 150

_LINES = ("blue", "vermillion", "bluish green", "reddish purple", "orange", "sky blue", "black")
_DASHES, _MARKERS = ("-", "--", "-.", ":"), ("o", "s", "^", "D", "v", "P", "X", "<", "h")
_KINDS = range(len(_LINES) * len(_DASHES))
_CYCLE = cycler(
    color=[OKABE_ITO[_LINES[kind % len(_LINES)]] for kind in _KINDS],
    linestyle=[_DASHES[kind % len(_DASHES)] for kind in _KINDS],
    marker=[_MARKERS[kind % len(_MARKERS)] for kind in _KINDS],
)
"""Every combination of a colour and a kind of dashes comes once: so many lines can be told apart."""

_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "mailrace", "pdf.fonttype": 42, "path.simplify": True,
    "savefig.bbox": None, "savefig.transparent": False, "savefig.facecolor": "auto", "savefig.edgecolor": "auto",
}  # fmt: skip
_NO_METADATA: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


class Drawing(Figure):
    """A figure that is the last line of a notebook's cell is shown there: as a PNG, finer than the page, at its size."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        return as_png(self), size_on_page(self)

    def __repr__(self) -> str:
        size = size_on_page(self)
        return f"<picture, {size['width']} by {size['height']} pixels>"


def as_png(figure: Figure) -> bytes:
    """That figure as a notebook shows it."""
    file = BytesIO()
    figure.savefig(file, format="png", dpi=FINE, metadata=_NO_METADATA[".png"])
    return file.getvalue()


def size_on_page(figure: Figure) -> dict[str, int]:
    """The width and height at which a browser shows that figure, in pixels."""
    width, height = (round(float(inches) * PIXELS_PER_INCH) for inches in figure.get_size_inches())
    return {"width": width, "height": height}


def new_figure(
    width_inches: float, height_inches: float, rows: int = 1, columns: int = 1
) -> tuple[Figure, npt.NDArray[Any]]:
    """A figure of that size on opaque white, and its axes: an array of shape (rows, columns) of `Axes`, always 2-D.

    Axes are laid out so that no label is cut off. Raises ValueError for a size or a number that is not positive.
    """
    if width_inches <= 0 or height_inches <= 0 or rows < 1 or columns < 1:
        raise ValueError(f"a figure of {width_inches} by {height_inches} inches, {rows} by {columns} axes, is none")
    figure = Drawing(
        figsize=(width_inches, height_inches), dpi=DOTS_PER_INCH, facecolor="white", edgecolor="white", layout="constrained"
    )
    grid: npt.NDArray[Any] = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        plain(axes)
    return figure, grid


def plain(axes: Axes) -> None:
    """Give axes the common style: no frame but the two scales, a pale grid behind, lines that differ in more than colour."""
    axes.set_prop_cycle(_CYCLE)
    axes.set_facecolor("white")
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)
    axes.grid(color=PALE, linewidth=0.6)
    axes.tick_params(labelsize=SMALL)
    axes.xaxis.label.set_fontsize(NORMAL)
    axes.yaxis.label.set_fontsize(NORMAL)
    axes.title.set_fontsize(LARGE)


def suffix_of(path: str | os.PathLike[str]) -> str:
    """The kind of picture that a file of that name is: ".png", ".svg" or ".pdf".

    Raises ValueError, one line, for any other.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"{Path(path).name!r} is no kind of picture; its name must end in {', '.join(SUFFIXES)}")
    return suffix


def save(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write the figure to that file, as PNG, SVG or PDF by its suffix.

    The same figure gives the same bytes. Raises ValueError for another suffix, and OSError if it can't be written.
    """
    suffix = suffix_of(path)
    with mpl.rc_context(_SETTINGS):
        figure.savefig(path, format=suffix[1:], dpi=DOTS_PER_INCH, metadata=_NO_METADATA[suffix])
