"""Is a schedule under two servers drawn so that one sees where they part? (`explore/figures/side_by_side.py`), and does a
command that was sent ahead leave before the responses that its client had not read? (`explore/figures/sent_ahead.py`)"""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Run
from reading_figures import complaints, texts

from explore.check.checking import check
from explore.figures.conversation import AHEAD, SERVED, of_run
from explore.figures.sent_ahead import ResponsePlace, sent_ahead
from explore.figures.sequence import sequence_diagram
from explore.figures.side_by_side import PARTING, WIDEST_PAIR, side_by_side
from explore.properties.catalogue import PROPERTIES
from explore.runs.run import Run as Played, play
from explore.scenario.notation import builtin
from explore.show.mermaid import mermaid
from explore.space.profile_set import Universe
from strategies import Profile

BUILTIN = {scenario.name: scenario for scenario in builtin()}
PAIRS = {
    "H-PHANTOM": ("4-expunge", "fetch=4.1.3", "fetch=4.1.1", True),
    "H-WRONG-MAILBOX": ("3-rename", "rename=3.4", "rename=3.1", False),
    "H-WRONG-MESSAGE": ("5-pipelining", "default", "expunge=4.1.4", True),
    "H-CONVERGENCE": ("3-quiet", "rename=3.4", "delete=3.3", True),
}
"""A scenario in which it breaks, the profile under which it does, another one, and whether both go side by side."""


def shortest(name: str) -> Played:
    """A shortest run on which that property breaks."""
    scenario, profile, _, _ = PAIRS[name]
    prop = next(prop for prop in PROPERTIES if prop.id == name)
    return check([BUILTIN[scenario]], Universe.of(Profile.parse(profile)), None, (prop,)).counterexamples[name].run


@pytest.mark.parametrize("name", PAIRS)
def test_two_servers_in_one_figure(name: str) -> None:
    found = shortest(name)
    other = Profile.parse(PAIRS[name][2])
    figure = side_by_side(found, other)
    assert complaints(figure) == []
    said = [text.get_text() for text, _ in texts(figure)]
    assert f"Profile {found.profile}" in said
    assert f"Profile {other}" in said
    assert f"{name} breaks here" in said
    assert said.count(PARTING) == 2
    width, height = figure.get_size_inches()
    assert width <= WIDEST_PAIR
    assert (width > height * 0.9) or not PAIRS[name][3]


def test_the_same_server_twice_parts_nowhere() -> None:
    found = shortest("H-CONVERGENCE")
    said = [text.get_text() for text, _ in texts(side_by_side(found, found.profile))]
    assert PARTING not in said
    assert said.count("H-CONVERGENCE breaks here") == 2


def test_the_command_line_draws_both(run: Run, tmp_path: Path) -> None:
    picture = tmp_path / "both.svg"
    ran = run("explain", "H-CONVERGENCE", "3-quiet", "--versus", "delete=3.3,rename=3.3", "--plot", picture)
    assert ran.code == 0
    drawn = picture.read_text(encoding="utf-8")
    assert "Profile delete=3.3,rename=3.3" in drawn
    assert drawn.count(">Profile ") == 2


def test_a_command_sent_ahead_leaves_before_what_its_client_had_not_read() -> None:
    """C2 sends STORE while the answers to its NOOP are on their way to it."""
    run = play(shortest("H-WRONG-MESSAGE").schedule)
    (number,) = (number for number, turn in enumerate(run.turns) if turn.move.unread)
    assert sent_ahead(run) == {ResponsePlace(number - 1, 0): [number]}
    talk = of_run(run)
    ((left, served),) = talk.ahead
    assert (left.kind, served.kind) == (AHEAD, SERVED)
    order = [row.text for row in talk.rows]
    assert order.index("B001 NOOP") < order.index(left.text) < order.index("* 1 EXPUNGE", order.index("B001 NOOP"))
    assert order.index("B001 OK NOOP completed") < order.index(served.text)
    assert complaints(sequence_diagram(run)) == []


def test_mermaid_has_it_so_as_well() -> None:
    run = play(shortest("H-WRONG-MESSAGE").schedule)
    prop = next(prop for prop in PROPERTIES if prop.id == "H-WRONG-MESSAGE")
    rows = [row.strip() for row in mermaid(run, prop, run.broken(prop)).splitlines()]
    sent = next(place for place, row in enumerate(rows) if row.startswith("C2->>S: B002 STORE"))
    assert rows.index("C2->>S: B001 NOOP") < sent < rows.index("S-->>C2: * 1 EXPUNGE")
    assert rows.index("S->>C2: B001 OK NOOP completed") < rows.index("Note over S: B002 is served")


def test_under_another_server_there_may_be_less_to_read() -> None:
    found = shortest("H-WRONG-MESSAGE")
    run = play(found.schedule, Profile.parse("expunge=4.1.4"))
    for moment, several in sent_ahead(run).items():
        assert all(moment.turn < number for number in several)
