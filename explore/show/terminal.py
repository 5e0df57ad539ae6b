"""What does a terminal need? A console for tables, a progress bar, and how wide a page is."""

from __future__ import annotations

import errno
import shutil
import sys

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

NO_TERMINAL, WIDEST, PAGE = 120, 160, 100


class _Output(Console):
    """Standard output, on which a closed pipe is the same error as elsewhere: rich would end with exit code 1."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError(errno.EPIPE, "the pipe is closed")


def console() -> Console:
    """Standard output; where it is no terminal, wide enough for the tables."""
    out = _Output(highlight=False)
    return out if out.is_terminal else _Output(highlight=False, width=NO_TERMINAL)


def progress() -> Progress:
    """A progress bar on standard error, if that is a terminal."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    err = Console(stderr=True)
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)


def width() -> int:
    """How wide a page of two columns is: as the terminal, but no wider than can be read."""
    return min(shutil.get_terminal_size((PAGE, 0)).columns, WIDEST) if sys.stdout.isatty() else PAGE
