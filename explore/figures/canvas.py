"""What is a diagram drawn on? A page measured in inches, from its upper left corner, that knows how large each text is.

Sizes are those of the Agg renderer, so that what does not overlap by these numbers does not overlap in the picture. Text
is never read as a formula, and a letter that the font lacks is written as its escape.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path
from matplotlib.text import Text

from explore.figures.style import DOTS_PER_INCH, SMALL, Drawing

FAMILY, TYPEWRITER = "DejaVu Sans", "DejaVu Sans Mono"
"""Fonts that come with matplotlib: the same everywhere."""

SPACING = 1.25
LONGEST = 250
"""Texts of others' making are cut after so many letters."""

Point = tuple[float, float]
Font = tuple[float, str, str]
"""Size in points, weight and family."""


class Size(NamedTuple):
    """Width and height, in inches."""

    width: float
    height: float


class Canvas:
    """A page of that size (inches); x runs to the right and y downwards. It is a figure of its own, or fills that one."""

    def __init__(self, width: float, height: float, figure: Figure | None = None) -> None:
        self.size = Size(width, height)
        self.figure = figure or Drawing(figsize=(width, height), dpi=DOTS_PER_INCH, facecolor="white", edgecolor="white")
        self.axes: Axes = self.figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self.axes.set_axis_off()
        self.axes.set_xlim(0, width)
        self.axes.set_ylim(height, 0)

    def text(self, at: Point, text: str, size: float = SMALL, **style: Any) -> Text:
        """Write text there; by default with its upper left corner there. `style` is that of `matplotlib.text.Text`."""
        style = {"ha": "left", "va": "top", "family": FAMILY, "linespacing": SPACING, **style}
        return self.axes.text(*at, drawable(text), fontsize=size, parse_math=False, **style)

    def box(self, corner: Point, size: Size, rounding: float = 0.0, **style: Any) -> None:
        """A box with that upper left corner; `style` is that of a matplotlib patch."""
        shape = f"round,pad=0,rounding_size={rounding}" if rounding else "square,pad=0"
        self.axes.add_patch(FancyBboxPatch(corner, *size, boxstyle=shape, mutation_aspect=1, **style))

    def line(self, points: tuple[Point, ...], **style: Any) -> None:
        """A line through those points."""
        self.axes.plot(*zip(*points, strict=True), marker="", solid_capstyle="butt", **style)

    def arrow(self, curve: Curve, **style: Any) -> None:
        """An arrow along that curve, with a filled head at its end."""
        path = Path(curve.points, curve.codes)
        self.axes.add_patch(FancyArrowPatch(path=path, arrowstyle="-|>,head_length=4,head_width=2", **style))


class Curve:
    """A line from that point on, put together piece by piece."""

    def __init__(self, start: Point) -> None:
        self.points = [start]
        self.codes: list[Any] = [Path.MOVETO]

    def straight(self, to: Point) -> Curve:
        """Go on to that point, straight."""
        self.points.append(to)
        self.codes.append(Path.LINETO)
        return self

    def bent(self, to: Point) -> Curve:
        """Go on to that point on a curve that is level at both ends."""
        (x, y), (end, height) = self.points[-1], to
        self.points += [((x + end) / 2, y), ((x + end) / 2, height), to]
        self.codes += [Path.CURVE4] * 3
        return self

    def moved(self, right: float, down: float) -> Curve:
        """The same curve elsewhere."""
        self.points = [(x + right, y + down) for x, y in self.points]
        return self


def flowed(widths: list[float], room: float, gap: float, row: float) -> list[Point]:
    """Where things of those widths go, side by side, in rows of that height that are no wider than `room`.

    >>> flowed([1.0, 1.0, 1.0], 2.5, 0.5, 0.25)
    [(0.0, 0.0), (1.5, 0.0), (0.0, 0.25)]
    """
    places: list[Point] = []
    x = y = 0.0
    for width in widths:
        if x and x + width > room:
            x, y = 0.0, y + row
        places.append((x, y))
        x += width + gap
    return places


@cache
def size_of(text: str, points: float = SMALL, weight: str = "normal", family: str = FAMILY) -> Size:
    """How large that text is, all its lines, in that size, weight and font."""
    figure, renderer = _gauge()
    written = Text(
        0, 0, drawable(text), figure=figure, fontsize=points, family=family, weight=weight, linespacing=SPACING,
        parse_math=False,
    )  # fmt: skip
    extent = written.get_window_extent(renderer)
    return Size(extent.width / DOTS_PER_INCH, extent.height / DOTS_PER_INCH)


@cache
def _gauge() -> tuple[Figure, RendererAgg]:
    figure = Figure(dpi=DOTS_PER_INCH)
    renderer: RendererAgg = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    return figure, renderer


@cache
def _letters() -> frozenset[int]:
    return frozenset(get_font(findfont(FontProperties(family=FAMILY))).get_charmap())


def drawable(text: str) -> str:
    r"""The text, letters that the font lacks written as escapes.

    >>> drawable("a\u2713\u4e2d")
    'a✓\\u4e2d'
    """
    known = _letters()
    return "".join(
        char if char == "\n" or (ord(char) in known and char.isprintable()) else char.encode("unicode_escape").decode()
        for char in text
    )


def shortened(text: str) -> str:
    """The text, cut where it would fill the page."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def wrapped(
    text: str, width: float, points: float = SMALL, hanging: str = "", weight: str = "normal", family: str = FAMILY
) -> str:
    """The text with line breaks such that lines are no wider than that (inches, to within the kerning between words);
    lines that go on begin with `hanging`. Words that are wider alone are broken.
    """
    font = (points, weight, family)
    return "\n".join(row for line in text.splitlines() for row in _rows(line, width, font, hanging))


def _rows(line: str, width: float, font: Font, hanging: str) -> list[str]:
    space, indent = _advance(" ", font), len(hanging) * _advance(" ", font)
    rows, taken = [""], 0.0
    for word in line.split(" "):
        for place, piece in enumerate(_pieces(word, width - indent, font)):
            wide, gap = _advance(piece, font), 0.0 if place or not rows[-1].strip() else space
            if taken + gap + wide > width and rows[-1].strip():
                rows.append(hanging)
                taken, gap = indent, 0.0
            rows[-1] += (" " if gap else "") + piece
            taken += gap + wide
    return rows


def _pieces(word: str, width: float, font: Font) -> list[str]:
    """The word, cut where it is too wide: behind a `|`, `,` or `/` if there is one."""
    if _advance(word, font) <= width:
        return [word]
    joints = [at for at, letter in enumerate(word[:-1], 1) if letter in "|,/" and _advance(word[:at], font) <= width]
    if joints:
        return [word[: joints[-1]], *_pieces(word[joints[-1] :], width, font)]
    count = max(1, int(len(word) * width / _advance(word, font)))
    while count > 1 and any(_advance(word[at : at + count], font) > width for at in range(0, len(word), count)):
        count -= 1
    return [word[at : at + count] for at in range(0, len(word), count)]


@cache
def _advance(text: str, font: Font) -> float:
    """How far that text takes the pen; a space at its end counts."""
    bar = size_of("||", *font).width
    return size_of(f"|{text}|", *font).width - bar if text else 0.0
