"""The command line, run in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import mailrace


class Ran(NamedTuple):
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


def ran(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Ran:
    """Run `mailrace` with those arguments."""
    code: Any = 0
    try:
        mailrace.main([str(argument) for argument in arguments])
    except SystemExit as leaving:
        code = leaving.code
    written = capsys.readouterr()
    assert isinstance(code, int)
    return Ran(code, written.out, written.err)
