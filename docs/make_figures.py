"""Make every figure of docs/figures anew: run each command in README's gallery that writes there.

The commands stand in README only. They are run from the project's folder, as a reader would run them.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
from pathlib import Path

import matplotlib as mpl

import mailrace

HOME = Path(__file__).parent.parent
FOLDER = "docs/figures"
MADE_WITH = Path(FOLDER) / "made-with.txt"
"""Which matplotlib the figures were made with: another one may draw letters a little otherwise."""

_COMMAND = re.compile(rf"`mailrace ([^`]*--plot {FOLDER}/([\w-]+\.\w+)[^`]*)`")


def commands(readme: str) -> dict[str, list[str]]:
    """The commands of that README that write figures: for each file's name, the words after `mailrace`.

    Raises ValueError if two write the same file.
    """
    found: dict[str, list[str]] = {}
    for words, name in _COMMAND.findall(readme):
        if name in found:
            raise ValueError(f"two commands write {name}; one is enough")
        found[name] = shlex.split(words)
    return found


def make(words: list[str]) -> None:
    """Run that command of mailrace, without what it prints. Raises RuntimeError if it fails."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        try:
            mailrace.main(words)
        except SystemExit as end:
            if end.code:
                raise RuntimeError(f"mailrace {shlex.join(words)} ended with {end.code}\n{told.getvalue()}") from None


def version() -> str:
    """The line of `MADE_WITH`."""
    return f"matplotlib {mpl.__version__}\n"


def main() -> None:
    """Make them all, and remove figures that no command makes any more."""
    os.chdir(HOME)
    wanted = commands((HOME / "README.md").read_text(encoding="utf-8"))
    for name, words in wanted.items():
        print(f"mailrace {shlex.join(words)}", flush=True)
        make(words)
        if not (Path(FOLDER) / name).exists():
            sys.exit(f"that did not write {name}")
    for file in Path(FOLDER).iterdir():
        if file.name not in wanted and file.name != MADE_WITH.name:
            file.unlink()
    MADE_WITH.write_text(version(), encoding="utf-8")


if __name__ == "__main__":
    main()
