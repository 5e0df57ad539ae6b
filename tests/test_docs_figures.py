"""README's gallery: the figures are what the commands beside them make."""

from __future__ import annotations

import importlib
import re
import struct
from pathlib import Path
from typing import Any

import pytest

from explore.check.report import Report
from explore.figures.matrix import matrix
from explore.figures.sequence import sequence_diagram
from explore.figures.style import save

HOME = Path(__file__).parent.parent
README = (HOME / "README.md").read_text(encoding="utf-8")
FIGURES = HOME / "docs" / "figures"
NEARLY = 0.03
"""How much a figure may be larger or smaller if another matplotlib made it."""


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(HOME / "docs"))
    return importlib.import_module("make_figures")


def same(made: Path, kept: Path, script: Any) -> bool:
    """Whether the two are the same file; with another matplotlib, whether they are of the same size."""
    if (FIGURES / "made-with.txt").read_text(encoding="utf-8") == script.version():
        return made.read_bytes() == kept.read_bytes()
    return all(abs(one - other) <= NEARLY * other for one, other in zip(size(made), size(kept), strict=True))


def size(png: Path) -> tuple[int, int]:
    width, height = struct.unpack(">II", png.read_bytes()[16:24])
    return width, height


def test_each_figure_is_shown_and_has_its_command(script: Any) -> None:
    wanted = script.commands(README)
    assert len(wanted) == 4
    assert re.findall(r"!\[[^\]]{40,}\]\(docs/figures/(.+?)\)", README) == list(wanted)
    assert {file.name for file in FIGURES.iterdir()} == {*wanted, "made-with.txt"}


def test_two_commands_for_one_figure_are_one_too_many(script: Any) -> None:
    with pytest.raises(ValueError, match=r"two commands write a\.png"):
        script.commands("`mailrace check --plot docs/figures/a.png` `mailrace explain X --plot docs/figures/a.png`")


def test_the_state_graph_is_what_its_command_makes(script: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs" / "figures").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    script.make(script.commands(README)["quiet.png"])
    made = tmp_path / "docs" / "figures" / "quiet.png"
    assert same(made, FIGURES / "quiet.png", script), "make figures"
    assert not same(made, FIGURES / "phantom.png", script)


def test_a_command_that_fails_is_told(script: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RuntimeError, match="there is no folder docs/figures"):
        script.make(script.commands(README)["quiet.png"])


def test_matrix_and_diagram_are_of_the_whole_search(script: Any, full_report: Report, tmp_path: Path) -> None:
    save(matrix(full_report), tmp_path / "matrix.png")
    save(sequence_diagram(full_report.counterexamples["H-PHANTOM"]), tmp_path / "phantom.png")
    for name in ("matrix.png", "phantom.png"):
        assert same(tmp_path / name, FIGURES / name, script), "make figures"
