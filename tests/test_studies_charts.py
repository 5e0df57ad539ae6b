"""Can the charts of the studies be read? (`explore.studies.charts`)"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from explore.studies import occupancy
from explore.studies.catalogue import STUDIES, study


def texts(figure: Figure) -> list[tuple[Text, Any]]:
    """Every text that is drawn in the figure, with its box."""
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    found = [one for one in figure.findobj(Text) if isinstance(one, Text) and one.get_visible() and one.get_text().strip()]
    boxes = [(one, one.get_window_extent(canvas.get_renderer())) for one in found]
    return [(one, box) for one, box in boxes if box.width > 0 and drawn(figure, one, box)]


def drawn(figure: Figure, text: Text, box: Any) -> bool:
    """Tick labels beyond the ends of an axis are not."""
    for axes in figure.axes:
        for axis, low, high, place in (
            (axes.xaxis, axes.bbox.x0, axes.bbox.x1, (box.x0 + box.x1) / 2),
            (axes.yaxis, axes.bbox.y0, axes.bbox.y1, (box.y0 + box.y1) / 2),
        ):
            if text in (*axis.get_ticklabels(), *axis.get_ticklabels(minor=True)):
                return bool(low - 1 <= place <= high + 1)
    return True


def blemishes(figure: Figure) -> list[str]:
    """What can't be read: texts that are too small, cut off at an edge, or over each other."""
    found = []
    drawn_texts = texts(figure)
    for place, (one, box) in enumerate(drawn_texts):
        if float(one.get_fontsize()) < 8:
            found.append(f"{one.get_text()!r} is too small")
        if box.x0 < -1 or box.y0 < -1 or box.x1 > figure.bbox.x1 + 1 or box.y1 > figure.bbox.y1 + 1:
            found.append(f"{one.get_text()!r} is cut off")
        for other, other_box in drawn_texts[:place]:
            if box.overlaps(other_box):
                found.append(f"{one.get_text()!r} is over {other.get_text()!r}")
    return found


QUICK: dict[str, dict[str, object]] = {
    "delete-refused": {"attempts": 1, "warmup": 0, "lengths": occupancy.NAMES, "tries": 3, "clients": "5,15,30"},
    "expunge-refused": {"attempts": 1, "warmup": 0, "tries": 3, "clients": "9"},
    "store-refused": {"stores": 1},
    "ghosts": {"warmup": 1, "window": 20, "clients": "1,3"},
    "staleness": {"changes": 1},
    "cost": {"minutes": 0.5, "warmup": 0, "clients": 2},
}


@pytest.mark.parametrize("name", [one.name for one in STUDIES])
def test_every_plot_can_be_read(name: str) -> None:
    chosen = study(name)
    figure = chosen.plot(chosen.run(QUICK[name], replications=2))
    assert not blemishes(figure)
    assert len(figure.axes) >= 2
    for axes in figure.axes:
        assert axes.get_xlabel()
    lines = sum(len(axes.get_lines()) for axes in figure.axes)
    assert lines > 0


def test_theory_is_in_the_plots() -> None:
    """A line with many points, at the height of the theory; without theory, there is none."""
    chosen = study("ghosts")
    frame = chosen.run(QUICK["ghosts"], replications=2)
    lines = [np.asarray(line.get_ydata(), float) for line in chosen.plot(frame).axes[0].get_lines()]
    line = next(line for line in lines if len(line) > 20)
    rows = frame[(frame["strategy"] == "delete=3.2") & (frame["measure"] == "readable time")]
    assert line[[0, -1]] == pytest.approx(rows["theory"].to_numpy())


def test_what_cannot_be_read_is_found() -> None:
    chosen = study("staleness")
    figure = chosen.plot(chosen.run(QUICK["staleness"], replications=1))
    figure.axes[0].set_xticks([15, 16, 17, 240], ["fifteen", "sixteen", "seventeen", "240"])
    figure.text(0.99, 0.5, "beyond the edge")
    figure.text(0.1, 0.02, "tiny", fontsize=5)
    found = " ".join(blemishes(figure))
    for what in ("is over", "is cut off", "is too small"):
        assert what in found
