"""How do the property tests run? The same every time in CI, freely on a developer's machine.

And what several test modules need and takes long: the report of the whole search.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

import pytest
from cli_texts import SCENARIO, written
from command_line import Run, ran
from hypothesis import settings

from explore.check.checking import check
from explore.check.report import Report
from explore.scenario.notation import builtin

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("dev", deadline=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each file is run by one process; those that need the whole search by the same one, so that it is searched once."""
    whole = {item.path for item in items if "full_report" in getattr(item, "fixturenames", ())}
    for item in items:
        item.add_marker(pytest.mark.xdist_group("whole search" if item.path in whole else item.path.name))


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
