"""Does the fast search say what the plain system says, for a minute of random questions? And would the guard find out?"""

from __future__ import annotations

import os

import pytest

import guard
from sabotage import SABOTAGES, Sabotage

SECONDS = 60 if os.environ.get("CI") else 20
"""How long random questions are compared: a minute at least where it counts."""


def test_the_fast_search_says_what_the_plain_system_says(capsys: pytest.CaptureFixture[str]) -> None:
    tally = guard.run(seed=2180, seconds=SECONDS)
    with capsys.disabled():
        print(f"\nguard: {tally}")
    assert not tally.differences, tally.differences[0]
    assert tally.pairs > 30


def test_there_are_ten_sabotages_and_more() -> None:
    assert len({sabotage.name for sabotage in SABOTAGES}) == len(SABOTAGES) >= 10


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda sabotage: sabotage.spoil.__name__)
def test_every_sabotage_is_found(sabotage: Sabotage, monkeypatch: pytest.MonkeyPatch) -> None:
    sabotage.spoil(monkeypatch)
    tally = guard.run(seed=1, seconds=120, focus=sabotage.focus, first=sabotage.first)
    assert tally.differences, f"not found: {sabotage.name} ({tally})"
