"""Does a token lead back to its counterexample, and is one that does not refused? (`explore.runs.token`)"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import Ran
from stories import BUILTIN, BY_ID, SCENARIOS, SHORTEST, stories

from explore.runs import token
from explore.runs.counterexample import Counterexample, transcript
from explore.runs.run import play
from explore.runs.token import TokenError, decode, encode, is_token
from explore.scenario.definition import Scenario
from explore.scenario.notation import builtin, parse, scenario_text


@stories
def test_a_token_is_one_short_line_and_leads_back(story: Counterexample) -> None:
    packed = encode(story.run)
    assert re.fullmatch(r"mr1:[A-Za-z0-9_-]+", packed)
    assert len(packed) < 600
    again = decode(packed)
    assert again.schedule == story.schedule
    assert encode(again) == packed
    for run in (again, play(again.schedule)):
        broken = run.broken(BY_ID[story.property])
        assert transcript(run, BY_ID[story.property], broken) == story.text


@pytest.mark.parametrize("scenario", [*builtin(), *SCENARIOS], ids=lambda scenario: scenario.name)
def test_a_scenario_can_be_written_and_read_back(scenario: Scenario) -> None:
    assert parse(scenario.name, scenario_text(scenario)) == scenario


PHANTOM = encode(SHORTEST["H-PHANTOM"].run)
QUIET = encode(SHORTEST["H-CONVERGENCE"].run)


def packed(plain: object) -> str:
    return f"mr1:{base64.urlsafe_b64encode(zlib.compress(json.dumps(plain).encode())).decode().rstrip('=')}"


def unpacked(word: str) -> dict[str, Any]:
    text = word.partition(":")[2]
    found = json.loads(zlib.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    assert isinstance(found, dict)
    return found


def test_a_token_that_is_cut_off_anywhere() -> None:
    for length in range(len("mr1:"), len(PHANTOM)):
        with pytest.raises(TokenError, match="damaged, or cut off"):
            decode(PHANTOM[:length])


def test_a_token_with_one_letter_changed() -> None:
    for place in range(len("mr1:"), len(PHANTOM) - 1):
        other = "A" if PHANTOM[place] != "A" else "B"
        with pytest.raises(TokenError):
            decode(PHANTOM[:place] + other + PHANTOM[place + 1 :])


def test_a_token_that_a_terminal_has_broken_into_lines() -> None:
    assert decode(f" {PHANTOM[:40]}\n  {PHANTOM[40:]}\n") == decode(PHANTOM)


GOOD = unpacked(QUIET)


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("mr2:abc", "the token is of version 2; this mailrace reads version 1"),
        ("mr1:", "damaged"),
        ("mr1:!!!", "damaged"),
        ("mr1:AAAA", "damaged"),
        (packed([]), "damaged"),
        (packed({}), "damaged"),
        (packed({**GOOD, "more": 1}), "damaged"),
        (packed({**GOOD, "moves": 1}), "damaged"),
        (packed({**GOOD, "moves": ""}), "damaged"),
        (packed({**GOOD, "moves": "1.x"}), "damaged"),
        (packed({**GOOD, "moves": "-1"}), "damaged"),
        (packed({**GOOD, "loop": 9}), "damaged"),
        (packed({**GOOD, "loop": -1}), "damaged"),
        (packed({**GOOD, "loop": True}), "damaged"),
        (packed({**GOOD, "scenario": "\ud800"}), "damaged"),
        (f"mr1:{base64.urlsafe_b64encode(zlib.compress(b'[' * 100_000)).decode()}", "damaged"),
        (f"mr1:{base64.urlsafe_b64encode(zlib.compress(b'1' * 100_000_000)).decode()}", "damaged"),
        (packed({**GOOD, "manner": "clever"}), "'clever', which this mailrace does not know"),
        (packed({**GOOD, "property": "H-FROB"}), "'H-FROB', which this mailrace does not know"),
        (packed({**GOOD, "profile": "fetch=9"}), "'9' is no strategy for fetch"),
        (packed({**GOOD, "scenario": "9-frob"}), "'9-frob', which this mailrace does not have"),
        (packed({**GOOD, "is": "0" * 8}), "the built-in scenario 3-quiet has changed since the token was made"),
        (packed({**GOOD, "is": "C1: FROB"}), "the token's scenario can't be read: line 1: FROB"),
        (packed({**GOOD, "moves": "9"}), "step 1 can't be made: the model has changed"),
        (packed({**GOOD, "moves": "1.7"}), "step 1 can't be made"),
        (packed({**GOOD, "moves": "1 1"}), "step 2 can't be made"),
        (packed({**GOOD, "moves": "0"}), "step 1 can't be made"),
    ],
)
def test_a_token_that_is_none(run: Callable[..., Ran], word: str, says: str) -> None:
    """One line, whichever way it is wrong."""
    with pytest.raises(TokenError, match=re.escape(says)):
        decode(word)
    ran = run("replay", word)
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.err.splitlines()) == 1
    assert says in ran.err


def test_a_built_in_scenario_that_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = parse("3-quiet", scenario_text(BUILTIN["3-quiet"]).replace("NOOP", "CHECK"))
    monkeypatch.setattr(token, "builtin", lambda: (changed,))
    with pytest.raises(TokenError, match="the built-in scenario 3-quiet has changed since the token was made"):
        decode(QUIET)


def test_what_is_meant_as_a_token() -> None:
    assert all(is_token(word) for word in ("mr1:x", "mr12:", " mr1:x\n"))
    assert not any(is_token(word) for word in ("mr:x", "a.txt", "mr1", "a/mr1:x", ""))


def test_replay_of_a_token(run: Callable[..., Ran], tmp_path: Path) -> None:
    story = SHORTEST["H-PHANTOM"]
    ran = run("replay", PHANTOM)
    assert (ran.code, ran.out) == (0, story.text)
    assert "H-PHANTOM breaks on step 2 of 2, C2: B001 " in ran.err
    file = tmp_path / "told.txt"
    file.write_text(ran.out, encoding="utf-8")
    both = run("replay", file, PHANTOM)
    assert both.code == 0
    assert both.out.endswith("2 of 2 transcripts replay\n")


def test_replay_of_a_token_that_breaks_nothing_any_more(run: Callable[..., Ran]) -> None:
    ran = run("replay", packed({**GOOD, "profile": "default"}))
    assert ran.code == 1
    assert "<H-CONVERGENCE does not break here>" in ran.out
    assert "✗" in ran.err
    assert "H-CONVERGENCE does not break here (any more)" in ran.err


def test_replay_of_a_token_under_another_profile(run: Callable[..., Ran]) -> None:
    ran = run("replay", PHANTOM, "--profile", "fetch=4.1.1")
    assert ran.code == 1
    assert "►" in ran.out
