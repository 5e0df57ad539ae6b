"""Write the floor plan of docs/architecture.md anew: the layers of pyproject's import contracts, room by room.

What a room is for is the first sentence of its docstring. Nothing is imported.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HOME = Path(__file__).parent.parent
PAGE = HOME / "docs" / "architecture.md"
BEGIN, END = "<!-- the floor plan: docs/floor_plan.py writes it -->", "<!-- end of the floor plan -->"
_SENTENCE = re.compile(r"(.+?[.?!])(?:\s|$)", re.S)


def purpose(package: str, home: Path = HOME) -> str:
    """The first sentence of that package's docstring. Raises ValueError if it has none."""
    file = home.joinpath(*package.split("."), "__init__.py")
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    match = _SENTENCE.match(" ".join(text.split()))
    if match is None:
        raise ValueError(f"{file} does not say what it is for")
    return match[1]


def contracts(pyproject: str, home: Path = HOME) -> Iterator[tuple[str, list[list[str]]]]:
    """Each contract about layers: its name, and its layers from top to bottom, the packages in each. Layers in parentheses
    need not be there, and are left out if they are not."""
    for contract in tomllib.loads(pyproject)["tool"]["importlinter"]["contracts"]:
        if contract["type"] == "layers":
            layers = [_packages(contract, layer, home) for layer in contract["layers"]]
            yield contract["name"], [packages for packages in layers if packages]


def _packages(contract: dict[str, Any], layer: str, home: Path) -> list[str]:
    places = [f"{container}." for container in contract.get("containers", [])] or [""]
    names = [name.strip() for name in layer.split("|")]
    packages = [(f"{place}{name.strip('()')}", name.startswith("(")) for place in places for name in names]
    return [package for package, optional in packages if not optional or home.joinpath(*package.split(".")).is_dir()]


def floor_plan(pyproject: str, home: Path = HOME) -> str:
    """The floor plan in Markdown: a table a contract, a row a layer."""
    parts = []
    for name, layers in contracts(pyproject, home):
        rows = [f"**{name}.**", "", "| room | what it is for |", "|---|---|"]
        for rooms in layers:
            named, told = "<br>".join(f"`{room}`" for room in rooms), "<br>".join(purpose(room, home) for room in rooms)
            rows.append(f"| {named} | {told} |")
        parts.append("\n".join(rows))
    return "\n\n".join(parts)


def written(page: str, plan: str) -> str:
    """That page with that plan in its place. Raises ValueError if there is no place for it."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page must have the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{plan}\n\n{END}{after}"


def main() -> None:
    """Write it."""
    plan = floor_plan((HOME / "pyproject.toml").read_text(encoding="utf-8"))
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), plan), encoding="utf-8")


if __name__ == "__main__":
    main()
