"""How does the same schedule go under another server? (`explore.runs.side_by_side`)"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import Ran
from stories import BY_ID, CURES, EXPUNGED, SHORTEST

from explore.runs.side_by_side import versus
from model.client.belief import NAIVE
from strategies import Profile


@pytest.mark.parametrize("name", CURES)
def test_versus_a_cure(name: str) -> None:
    both = versus(SHORTEST[name].run, BY_ID[name], Profile.parse(CURES[name]))
    assert both.text.count("►") == 1 or "goes no further like this" in both.text
    assert both.sentence.startswith(f"{name} breaks here under {SHORTEST[name].profile}; under {CURES[name]} it does not")
    assert f"  {CURES[name]}\n" in both.text


def test_versus_itself() -> None:
    story = SHORTEST["H-PHANTOM"]
    both = versus(story.run, BY_ID["H-PHANTOM"], story.profile)
    assert "►" not in both.text
    assert both.text.endswith("\n\n  Nothing differs.\n")
    assert both.sentence.endswith(", too")


def test_versus_ends_where_a_client_is_gone() -> None:
    both = versus(SHORTEST["H-CONVERGENCE"].run, BY_ID["H-CONVERGENCE"], Profile.parse("delete=3.3,rename=3.3"))
    assert "goes no further like this: C2 is disconnected." in both.text


def test_versus_ends_where_a_client_goes_another_way() -> None:
    both = versus(SHORTEST["H-STARVATION"].run, BY_ID["H-STARVATION"], Profile.parse(CURES["H-STARVATION"]))
    assert "►" in both.text
    assert re.search(r"goes no further like this: C\d does not send .* here\.", both.text) or "Under" not in both.text


def test_versus_on_the_command_line(run: Callable[..., Ran], tmp_path: Path) -> None:
    file = tmp_path / "expunged.txt"
    file.write_text(EXPUNGED, encoding="utf-8")
    told = run("explain", "H-PHANTOM", file, "--profile", "fetch=4.1.3", "--client", NAIVE, "--versus", "fetch=4.1.2")
    assert told.code == 0
    assert told.out.count("►") == 1
    assert told.err.splitlines()[-1].startswith("H-PHANTOM breaks ")
    token_line = next(line for line in told.err.splitlines() if line.startswith("mailrace replay mr1:"))
    again = run("replay", token_line.split()[-1], "--versus", "fetch=4.1.2")
    assert again.code == 0
    assert again.out.startswith(told.out)
    story = tmp_path / "story.txt"
    story.write_text(SHORTEST["H-PHANTOM"].text, encoding="utf-8")
    assert "►" in run("replay", story, "--versus", "fetch=4.1.2").out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["explain", "H-PHANTOM", "--versus", "frob"], "'frob' names no decision"),
        (["explain", "H-PHANTOM", "--versus", "default", "--format", "dot"], "can't be had as dot"),
        (["explain", "H-PHANTOM", "--format", "pdf"], "'pdf' is not one of"),
        (["replay", "--versus", "default", "--profile", "default"], "give one of them"),
        (["check", "--max-seconds", "0"], "0"),
        (["check", "--max-seconds", "soon"], "'soon' is not a valid float"),
    ],
)
def test_wrong_arguments(run: Callable[..., Ran], arguments: list[str], says: str) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert says in ran.err
