"""docs/architecture.md has the floor plan that is enforced, and what the pages for contributors name is there."""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

HOME = Path(__file__).parent.parent
PYPROJECT = (HOME / "pyproject.toml").read_text(encoding="utf-8")
PAGES = ("README.md", "CONTRIBUTING.md", "docs/architecture.md")
OURS = "mailrace|explore|strategies|model|docs|tests|benchmarks|notebooks"


def page(name: str) -> str:
    return (HOME / name).read_text(encoding="utf-8")


@pytest.fixture
def floor_plan(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(HOME / "docs"))
    return import_module("floor_plan")


def test_the_floor_plan_is_the_one_that_is_enforced(floor_plan: Any) -> None:
    plan = floor_plan.floor_plan(PYPROJECT)
    assert floor_plan.written(page("docs/architecture.md"), plan) == page("docs/architecture.md"), "docs/floor_plan.py"


@pytest.mark.parametrize("house", ["explore", "model"])
def test_every_room_is_on_it(house: str, floor_plan: Any) -> None:
    rooms = {file.parent.name for file in (HOME / house).glob("*/__init__.py")}
    plan = floor_plan.floor_plan(PYPROJECT)
    assert set(re.findall(rf"`{house}\.(\w+)`(?:<br>| \|)", plan)) == rooms


def test_layers_are_in_the_order_of_the_contract_and_rooms_side_by_side_share_a_row(
    tmp_path: Path, floor_plan: Any
) -> None:
    for room, says in (("top", "What is\nshown? And more."), ("left", "One. Two."), ("right", "Another."), ("low", "Base.")):
        (tmp_path / "house" / room).mkdir(parents=True)
        (tmp_path / "house" / room / "__init__.py").write_text(f'"""{says}"""\n')
    pyproject = """[[tool.importlinter.contracts]]
name = "Rooms"
type = "layers"
containers = ["house"]
layers = ["top", "left | right", "(cellar)", "low"]
"""
    assert floor_plan.floor_plan(pyproject, tmp_path).splitlines()[4:] == [
        "| `house.top` | What is shown? |",
        "| `house.left`<br>`house.right` | One.<br>Another. |",
        "| `house.low` | Base. |",
    ]
    (tmp_path / "house" / "low" / "__init__.py").write_text("x = 1\n")
    with pytest.raises(ValueError, match="does not say what it is for"):
        floor_plan.floor_plan(pyproject, tmp_path)


def test_a_page_without_a_place_for_it(floor_plan: Any) -> None:
    with pytest.raises(ValueError, match="the page must have the lines"):
        floor_plan.written("# Nothing", "plan")


@pytest.mark.parametrize("name", PAGES)
def test_files_that_a_page_names_are_there(name: str) -> None:
    named = re.findall(rf"(?:^|[`\s(])((?:{OURS})/[\w./<>-]*)", page(name))
    for path in named:
        known = re.sub(r"(<\w+>|NAME).*", "", path).rstrip(".")
        assert (HOME / known).exists(), path
    assert named


@pytest.mark.parametrize("name", PAGES)
def test_modules_that_a_page_names_are_there(name: str) -> None:
    for path in set(re.findall(r"`((?:explore|model|strategies)(?:\.\w+)+)`", page(name))):
        parent, _, last = path.rpartition(".")
        assert hasattr(import_module(parent), last) or find_spec(path) is not None, path


def test_types_that_a_page_names_are_there() -> None:
    text = page("docs/architecture.md")
    labels = ", ".join(re.findall(r'-- "([^":]*)', text))
    words = re.findall(r"`([A-Za-z]+)`", text) + re.split(r"[;, ]+", labels)
    named = {name for name in words if re.match("[A-Z][a-z]", name)}
    files = [file for house in ("explore", "model", "strategies") for file in (HOME / house).rglob("*.py")]
    sources = "\n".join(file.read_text(encoding="utf-8") for file in files)
    defined = set(re.findall(r"^(?:class (\w+)|(\w+) = )", sources, re.M)) | {("Figure", "")}
    assert named - {name for pair in defined for name in pair} == set()
    assert len(named) > 20
