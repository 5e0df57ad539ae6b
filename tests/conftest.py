"""How do the property tests run? The same every time in CI, freely on a developer's machine.

And what several test modules need and takes long: the report of the whole search.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Any

import pytest
from cli_texts import SCENARIO, written
from command_line import Run, ran
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

from explore.check.checking import check
from explore.check.report import Report
from explore.scenario.notation import builtin

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("dev", deadline=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


class _OneSearch(LoadFileScheduling):  # type: ignore[misc]
    """Each file is run by one process, and those that need the whole search all by the same one."""

    files = Path(__file__).parent.glob("test_*.py")
    whole = frozenset(file.name for file in files if "full_report" in file.read_text("utf-8"))

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return "the whole search" if Path(file).name in self.whole else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    """How tests are shared out among processes (`make test`)."""
    return _OneSearch(config, log)


@pytest.fixture(scope="session")
def full_report() -> Report:
    """What `mailrace check` finds: every built-in scenario, under all profiles, for clients of every manner."""
    return check(builtin())


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `mailrace` with those arguments in this process."""
    return functools.partial(ran, capsys)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A file with a tiny scenario: one client expunges, one reads."""
    return written(tmp_path / "tiny.txt", SCENARIO)
