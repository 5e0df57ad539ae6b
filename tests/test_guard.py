"""Does the fast search say what the plain system says, for a minute of random questions? And would the guard find out?"""

from __future__ import annotations

import os

import pytest

import guard
import guard_plain
from explore.properties.catalogue import PROPERTIES
from explore.scenario.notation import parse
from explore.search.breadth_first import search
from explore.space.profile_set import Universe
from explore.space.state_space import Space
from model.client import NAIVE
from sabotage import SABOTAGES, Sabotage
from strategies import Profile

SECONDS = 60 if os.environ.get("CI") else 20
"""How long random questions are compared: a minute at least where it counts."""


def test_the_fast_search_says_what_the_plain_system_says(capsys: pytest.CaptureFixture[str]) -> None:
    tally = guard.run(seed=2180, seconds=SECONDS)
    with capsys.disabled():
        print(f"\nguard: {tally}")
    assert not tally.differences, tally.differences[0]
    assert tally.pairs > 30


def test_what_a_client_shows_that_is_to_be_disconnected() -> None:
    """Seed 7005.57. Flags as the server had told them were dropped before the server let go of the session, and kept
    afterwards: one configuration had two states, by the way that led there."""
    text = "Mailbox: FOO 1 messages\nExamined: FOO by C1\nSelected: FOO by C2\nC1: EXPUNGE\nC2: UID COPY 1:2 FOO\n"
    profile = Profile.parse("delete=3.2,rename=3.3,expunge=4.1.4,tell=lazy,order=descending,disconnect=late")
    scenario = parse("renamed", f"{text}C2: RENAME FOO BAR/SUB\n")
    space = Space(scenario, NAIVE, Universe.of(profile), PROPERTIES, reductions=frozenset({"beliefs"}))
    plain = guard_plain.explore(space.system, PROPERTIES, profile, 100)
    assert plain is not None
    assert guard.differ(search(space), plain, profile) == []


def test_there_are_ten_sabotages_and_more() -> None:
    assert len({sabotage.name for sabotage in SABOTAGES}) == len(SABOTAGES) >= 10


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda sabotage: sabotage.spoil.__name__)
def test_every_sabotage_is_found(sabotage: Sabotage, monkeypatch: pytest.MonkeyPatch) -> None:
    sabotage.spoil(monkeypatch)
    tally = guard.run(seed=1, seconds=120, focus=sabotage.focus, first=sabotage.first)
    assert tally.differences, f"not found: {sabotage.name} ({tally})"
