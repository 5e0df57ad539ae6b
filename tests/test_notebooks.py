"""The notebooks run from top to bottom, without warnings, and what is saved in them is what they show."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HOME = Path(__file__).parent.parent
FOLDER = HOME / "notebooks"
NAMES = sorted(path.name for path in FOLDER.glob("*.ipynb"))
MOST_BYTES = 1_000_000


def run(into: Path, *notebooks: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FOLDER / "run_all.py"), "--into", str(into), *map(str, notebooks)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def load(file: Path) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return notebook


def code(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def words(notebook: dict[str, Any]) -> list[list[str]]:
    """What each cell shows, as text."""
    return [
        ["".join(output.get("text") or output["data"]["text/plain"]) for output in cell["outputs"]]
        for cell in code(notebook)
    ]  # fmt: skip


def kinds(notebook: dict[str, Any]) -> list[list[list[str]]]:
    """Of what kinds that is."""
    return [[sorted(output.get("data", ())) for output in cell["outputs"]] for cell in code(notebook)]


def write(file: Path, *cells: str) -> None:
    plain: list[dict[str, Any]] = [
        {"cell_type": "code", "execution_count": None, "id": f"cell-{number}", "metadata": {}, "outputs": [], "source": cell}
        for number, cell in enumerate(cells)
    ]
    file.write_text(json.dumps({"cells": plain, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


def test_there_are_five_and_readme_names_them() -> None:
    readme = (HOME / "README.md").read_text(encoding="utf-8")
    assert [name[0] for name in NAMES] == list("12345")
    assert re.findall(r"\]\(notebooks/(.+?\.ipynb)\)", readme) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_and_shows_what_is_saved(name: str, tmp_path: Path) -> None:
    ran = run(tmp_path, FOLDER / name)
    assert ran.returncode == 0, ran.stderr
    saved, shown = load(FOLDER / name), load(tmp_path / name)
    assert words(shown) == words(saved), "make notebooks"
    assert kinds(shown) == kinds(saved)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_saved_is_whole_and_says_nothing_of_the_machine(name: str) -> None:
    notebook = load(FOLDER / name)
    cells = code(notebook)
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert [cell["execution_count"] for cell in cells] == [*range(1, len(cells) + 1)]
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert len(outputs) > len(cells) / 2
    assert any("image/png" in output.get("data", ()) for output in outputs)
    assert all(output["output_type"] in ("stream", "execute_result") for output in outputs)
    assert all(output.get("name", "stdout") == "stdout" for output in outputs)
    assert not re.search(r" at 0x[0-9a-f]{6,}|/home/|/tmp/|/usr/|site-packages", text)
    assert all(cell["metadata"] == {} for cell in notebook["cells"])
    assert notebook["metadata"]["language_info"] == {"name": "python"}
    assert len(text) < MOST_BYTES


@pytest.mark.parametrize("name", NAMES)
def test_it_goes_on_to_notebooks_that_are_there(name: str) -> None:
    told = "".join("".join(cell["source"]) for cell in load(FOLDER / name)["cells"] if cell["cell_type"] == "markdown")
    assert set(re.findall(r"\]\(([^)]+)\)", told)) <= set(NAMES)


def test_pictures_are_as_wide_as_a_page_at_most() -> None:
    for name in NAMES:
        for cell in code(load(FOLDER / name)):
            for output in cell["outputs"]:
                if "image/png" in output.get("data", ()):
                    size = output["metadata"]["image/png"]
                    png = base64.b64decode("".join(output["data"]["image/png"]))
                    assert size["width"] <= 12 * 96
                    assert int.from_bytes(png[16:20], "big") >= size["width"]


def test_a_cell_that_fails_is_told(tmp_path: Path) -> None:
    write(tmp_path / "wrong.ipynb", "1 / 0")
    ran = run(tmp_path, tmp_path / "wrong.ipynb")
    assert ran.returncode == 1
    assert "ZeroDivisionError" in ran.stderr


def test_a_cell_that_warns_is_told(tmp_path: Path) -> None:
    write(tmp_path / "warns.ipynb", "import warnings", "warnings.warn('careful')")
    ran = run(tmp_path, tmp_path / "warns.ipynb")
    assert ran.returncode == 1
    assert "careful" in ran.stderr
