"""Can a timeline be read, and does it show what was true? (`explore.figures.timeline`, `explore.simulated.recording`)"""

from __future__ import annotations

import re

import numpy as np
import pytest
from matplotlib.figure import Figure
from reading_figures import BY_HAND, complaints, said

from explore.figures.timeline import BEHIND, WRONG, behind_spans, timeline, wrong_spans
from explore.runs.run import begin, extend
from explore.runs.schedule import Schedule, ScheduledMove
from explore.scenario.notation import parse
from explore.simulated.recording import Snapshot, Thought, Timeline, record
from explore.system.belief import gap
from model.client.belief import NAIVE
from model.notation.transcript import start
from model.store.agent import Deliver, Purge, Relabel, parse_action
from model.time.processes import Simulation, fixed, script
from strategies import Profile


def test_the_spans_of_a_timeline() -> None:
    assert wrong_spans(BY_HAND, 0) == [(1.0, 3.0)]
    assert wrong_spans(BY_HAND, 1) == [(4.5, 6.0)]
    assert behind_spans(BY_HAND, 0) == [(3.0, 6.0)]
    assert behind_spans(BY_HAND, 1) == [(3.0, 4.5)]


def test_a_timeline_shows_the_spans_and_the_counts() -> None:
    figure = timeline(BY_HAND)
    assert complaints(figure) == []
    for client, axes in enumerate(figure.axes):
        truth, counts = (line.get_ydata() for line in axes.lines)
        np.testing.assert_array_equal(truth, [3, 2, 2, 3, np.nan, np.nan])
        mine = [moment.clients[client].counts for moment in BY_HAND.moments]
        np.testing.assert_array_equal(counts, [np.nan if value is None else value for value in (*mine, mine[-1])])
        spans = {
            look["hatch"]: [
                (patch.get_x(), patch.get_x() + patch.get_width())  # type: ignore[attr-defined]
                for patch in axes.patches if patch.get_hatch() == look["hatch"]
            ]
            for look in (WRONG, BEHIND)
        }  # fmt: skip
        assert spans == {"///": wrong_spans(BY_HAND, client), "..": behind_spans(BY_HAND, client)}
    own = Figure()
    above, below = own.subplots(2)
    assert timeline(BY_HAND, [above, below]) is own
    with pytest.raises(ValueError, match="1 axes for 2 clients"):
        timeline(BY_HAND, [above])
    with pytest.raises(ValueError, match="nothing to show"):
        timeline(BY_HAND._replace(end=0.0))


def test_of_many_clients_those_are_shown_that_err_longest() -> None:
    errs = [Thought(1, "x") if sid % 2 else Thought(1) for sid in range(14)]
    many = Timeline("FOO", tuple(f"C{sid + 1}" for sid in range(14)), (Snapshot(0.0, 1, tuple(errs)),), 2.0)
    figure = timeline(many)
    assert complaints(figure) == []
    names = [text for text in said(figure) if re.fullmatch(r"C\d+", text)]
    assert {f"C{sid + 1}" for sid in range(1, 14, 2)} <= set(names)
    assert len(names) == 10
    assert any("10 of 14 clients" in text for text in said(figure))


HEAD = "Mailbox: FOO 3 messages, 2 \\Deleted\nMailbox: FRED\nSelected: FOO by C1 C2"


def test_a_recorded_run_is_what_happened() -> None:
    """Every message takes half a second; C1 expunges at 0.5, hears of it at 1; C2 asks at 3, is told at 4."""
    simulation = Simulation(start(HEAD), Profile.parse("tell=lazy"), latency=fixed(0.5))
    simulation.add(0, script(["EXPUNGE"]))
    simulation.add(1, script(["NOOP", "CLOSE"], fixed(3.0)))
    simulation.add_agent([(2.0, parse_action('DELIVER FOO "new"'))])
    shown = record(simulation)
    assert shown.names == ("C1", "C2")
    error = "counts 3 messages; its 2 is expunged"
    assert shown.moments == (
        Snapshot(0.0, 3, (Thought(3), Thought(3))),
        Snapshot(0.5, 2, (Thought(3, error), Thought(3, error))),
        Snapshot(1.0, 2, (Thought(2), Thought(3, error))),
        Snapshot(2.0, 3, (Thought(2), Thought(3, error))),
        Snapshot(4.0, 3, (Thought(2), Thought(3))),
        Snapshot(8.0, 3, (Thought(2), Thought(None))),
    )
    assert shown.end == 8.0
    assert wrong_spans(shown, 1) == [(0.5, 4.0)]
    assert behind_spans(shown, 0) == [(2.0, 8.0)]


@pytest.mark.parametrize("profile", ["fetch=4.1.3", "fetch=4.1.1,tell=any", "delete=3.2,rename=3.4"])
def test_a_recorded_run_ends_where_the_explorer_says(profile: str) -> None:
    """Without latency, a simulated run is a course of the explorer: what it says of the clients at the end is the same."""
    programs = [["EXPUNGE", "STORE 1 +FLAGS (\\Seen)"], ["FETCH 1:3 BODY.PEEK[]", "STORE 1 +FLAGS (\\Deleted)"]]
    scenario = parse("x", HEAD + "\n" + "\n".join(f"C{c}: {text}" for c, ones in enumerate(programs, 1) for text in ones))
    simulation = Simulation(start(HEAD), Profile.parse(profile), seed=5)
    for sid, texts_of in enumerate(programs):
        simulation.add(sid, script(texts_of, fixed(1.0 + sid / 2)))
    shown = record(simulation)
    run = begin(Schedule("H-PHANTOM", scenario, NAIVE, Profile.parse(profile), ()), Profile.parse(profile))
    for step in simulation.journal:
        assert not isinstance(step.act, (Deliver, Purge, Relabel))
        run = extend(run, ScheduledMove(step.sid, step.act), step.responses)
    assert run.blocked_at is None
    world = run.world(-1)
    for sid, thought in enumerate(shown.moments[-1].clients):
        actor = run.participant(-1, sid)
        assert thought == Thought(len(actor.client.shown), "; ".join(gap(world, actor)))


def test_a_recording_follows_the_mailbox_and_late_clients_do_no_harm() -> None:
    simulation = Simulation(start(HEAD), Profile.parse("rename=3.4"), latency=fixed(0.1))
    simulation.add(0, script(["RENAME FOO BAR", "STORE 1 +FLAGS (\\Deleted)", "EXPUNGE"]))

    def connect(_: object) -> None:
        simulation.connect()

    simulation.env.timeout(0.05).callbacks.append(connect)
    shown = record(simulation, until=5.0)
    assert shown.moments[-1].truth == 1
    assert shown.end == 5.0
    assert shown.moments[-1].clients[1].error.startswith("has FOO open, which is called BAR now")
    assert len(shown.moments[-1].clients) == 2


def test_what_cannot_be_recorded_is_refused() -> None:
    with pytest.raises(ValueError, match="no mailbox 'BAR' to watch; there are INBOX, FOO, FRED"):
        record(Simulation(start(HEAD), Profile.parse()), "BAR")
    simulation = Simulation(start(HEAD), Profile.parse())

    def meddle(_: object) -> None:
        simulation.world = simulation.world._replace(mailboxes=simulation.world.mailboxes[:1])

    simulation.env.timeout(1).callbacks.append(meddle)
    with pytest.raises(ValueError, match="its journal does not tell"):
        record(simulation)
