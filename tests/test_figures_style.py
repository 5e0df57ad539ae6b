"""Is what cannot be read in a figure noticed, and do all figures look alike? (`explore.figures`)"""

from __future__ import annotations

import html
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib import image
from matplotlib.figure import Figure
from reading_figures import BUILTIN, BY_HAND, complaints, course, graph_of, said
from stages import EXPUNGED

import mailrace
from explore.figures.canvas import Canvas, drawable, size_of, wrapped
from explore.figures.sequence import sequence_diagram
from explore.figures.state_graph import state_diagram
from explore.figures.style import OKABE_ITO, SUFFIXES, new_figure, save, suffix_of
from explore.figures.timeline import timeline
from explore.scenario.notation import parse


# --- reading a figure -------------------------------------------------------------------------------------------------


def test_what_cannot_be_read_is_noticed() -> None:
    canvas = Canvas(3.0, 2.0)
    canvas.text((0.5, 0.5), "one")
    canvas.text((0.5, 1.0), "two")
    assert complaints(canvas.figure) == []
    canvas.text((0.55, 0.55), "three")
    assert complaints(canvas.figure) == ["on each other: 'one' and 'three'"]
    canvas.text((2.9, 1.5), "four")
    assert "outside: four" in complaints(canvas.figure)
    canvas.text((1.5, 1.5), "five", 7.0)
    assert "too small: five" in complaints(canvas.figure)
    canvas.figure.set_facecolor("none")
    assert "not on white" in complaints(canvas.figure)


def test_a_careless_layout_of_a_graph_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = graph_of(EXPUNGED).project("beliefs")
    assert complaints(state_diagram(shown, "H-PHANTOM")) == []
    monkeypatch.setattr("explore.figures.layers._heights", lambda columns, *_: {s: 0.1 for c in columns.values() for s in c})
    assert complaints(state_diagram(shown, "H-PHANTOM"))


# --- text -------------------------------------------------------------------------------------------------------------


def test_lines_are_wrapped_and_nothing_is_lost() -> None:
    text = "C2: STORE 1:3 +FLAGS (\\Flagged) if delete=3.2|3.3 and disconnect=late " + "x" * 90
    for width in (0.4, 1.0, 2.5):
        lines = wrapped(text, width, hanging="  ").split("\n")
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert all(size_of(line).width <= width * 1.03 + 0.02 for line in lines)
    assert wrapped("one two", 5) == "one two"
    assert wrapped("one\ntwo", 5) == "one\ntwo"


def test_letters_that_the_font_lacks_are_escaped() -> None:
    assert drawable("\u4e2d\u00e9\u2717\x07$x$") == "\\u4e2d\u00e9\u2717\\x07$x$"
    scenario = parse("odd", 'Mailbox: FOO\nSelected: FOO by C1\nC1: APPEND FOO "\u4e2d $x^2$"\n')
    figure = state_diagram(graph_of(scenario, "default"))
    assert complaints(figure) == []
    assert any('"\\u4e2d $x^2$"' in " ".join(text.split()) for text in said(figure))


# --- style ------------------------------------------------------------------------------------------------------------

FIGURES: dict[str, Callable[[], Figure]] = {
    "state graph": lambda: state_diagram(graph_of(BUILTIN["3-quiet"]).project("mailboxes"), "H-CONVERGENCE"),
    "sequence": lambda: sequence_diagram(course("H-PHANTOM", "fetch=4.1.3", "1 EXPUNGE", "2 FETCH 1:2 BODY.PEEK[]")),
    "timeline": lambda: timeline(BY_HAND),
}
KINDS = [(name, suffix) for name in FIGURES for suffix in SUFFIXES if suffix != ".pdf" or name == "sequence"]


@pytest.mark.parametrize(("name", "suffix"), KINDS)
def test_a_figure_made_again_is_the_same_file(name: str, suffix: str, tmp_path: Path) -> None:
    settings = dict(mpl.rcParams)
    files = [tmp_path / f"{number}{suffix}" for number in range(2)]
    for file in files:
        save(FIGURES[name](), file)
    once, again = (file.read_bytes() for file in files)
    assert once == again
    assert len(once) > 1000
    assert dict(mpl.rcParams) == settings
    assert not re.search(rb"<dc:date>|CreationDate|20[2-9]\d-\d\d-\d\d", once)


def test_text_stays_text_in_svg(tmp_path: Path) -> None:
    figure = FIGURES["state graph"]()
    save(figure, tmp_path / "x.SVG")
    written = (tmp_path / "x.SVG").read_text(encoding="utf-8")
    for text in said(figure):
        for line in text.splitlines():
            assert html.escape(line.strip(), quote=False) in written
    assert "<text" in written


def test_the_background_is_opaque_white(tmp_path: Path) -> None:
    save(FIGURES["sequence"](), tmp_path / "x.png")
    pixels = image.imread(tmp_path / "x.png")
    corners = pixels[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert (corners[:, :3] == 1).all()
    assert pixels.shape[2] == 3 or (pixels[:, :, 3] == 1).all()


@pytest.mark.parametrize("name", ["x.gif", "x", "x.png.txt"])
def test_another_suffix_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    figure, _ = new_figure(1, 1)
    with pytest.raises(ValueError, match=r"its name must end in \.png, \.svg, \.pdf$") as raised:
        save(figure, tmp_path / name)
    assert "\n" not in str(raised.value)
    assert not list(tmp_path.iterdir())
    assert suffix_of("x.PDF") == ".pdf"


def test_new_figures_are_laid_out_and_told_apart_by_more_than_colour() -> None:
    figure, grid = new_figure(6, 4, 2, 3)
    assert grid.shape == (2, 3)
    assert new_figure(2, 2)[1].shape == (1, 1)
    for number in range(8):
        grid[0, 0].plot([1, 2], [number, number + 1], label=str(number))
    grid[0, 0].set_xlabel("below")
    grid[1, 2].set_title("above")
    assert complaints(figure) == []
    looks = [(line.get_color(), line.get_linestyle()) for line in grid[0, 0].lines]
    assert len(set(looks)) == len(looks)
    assert {colour for colour, _ in looks} <= set(OKABE_ITO.values())
    for sizes in ((0, 1), (1, -1)):
        with pytest.raises(ValueError, match="is none"):
            new_figure(*sizes)


def test_nothing_goes_through_pyplot() -> None:
    code = "import sys, explore.figures, explore.graph; sys.exit('matplotlib.pyplot' in sys.modules)"
    folder = Path(mailrace.__file__).parent.parent
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=folder).returncode == 0
