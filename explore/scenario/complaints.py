"""How is it said what is wrong with somebody's code? In one line."""

from __future__ import annotations

import traceback
from pathlib import Path


def described(error: BaseException) -> str:
    """What went wrong in somebody's code, in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def in_quotes(text: str | None) -> str:
    """That command; None: that nothing was sent."""
    return "nothing" if text is None else repr(text)


def short(value: object) -> str:
    """That value on one line of reasonable length."""
    words = " ".join(repr(value).split())
    return words if len(words) <= 60 else f"{words[:60]}…"


def place(error: BaseException, ours: str) -> str:
    """In which line of somebody's code that was raised, as far as one can tell; it was called from our file of that name."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != ours]
    if not frames:
        return ""
    own = [frame for frame in frames if frame.filename == frames[0].filename][-1]
    file = Path(own.filename)
    shown = file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
    return f" ({shown}:{own.lineno})"
