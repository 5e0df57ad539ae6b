"""Is a bound on depth every run of so many steps, no more and no less, and what does a search say that was cut?
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pytest
from command_line import Run
from searches import BUILTIN, ENDLESS, FULL, GROWING, QUIET, plain, told
from stages import DELETED, EXPUNGED

from explore.check.checking import check
from explore.check.faults import FAULTS
from explore.check.findings import growing
from explore.check.word import Word
from explore.properties.catalogue import PROPERTIES
from explore.properties.property import HAZARD, Property, Scope
from explore.properties.quiescence import diverges
from explore.scenario.definition import Scenario
from explore.scenario.notation import parse
from explore.search import bounded_counting
from explore.search.breadth_first import search
from explore.show.report_table import remedy
from explore.space.profile_set import Universe, decide
from explore.space.state_space import REDUCTIONS, Space
from explore.system.configuration import Configuration
from model.client.belief import AWARE, NAIVE
from strategies import Profile


# --- a bound on depth -------------------------------------------------------------------------------------------------


class Runs:
    """All runs of up to so many steps, one by one, without any table of states, level, or reduction."""

    def __init__(self, scenario: Scenario, manner: str, depth: int) -> None:
        self.space = Space(scenario, manner, FULL, PROPERTIES)
        self.failing: dict[str, int] = {}
        self.runs, self.longer = 0, False
        self._on(self.space.start, FULL.all, depth)

    def _on(self, state: Any, mask: int, left: int) -> None:
        edges = list(self.space.real_edges(state, mask))
        if not edges or not left:
            self.runs += 1
            self.longer = self.longer or bool(edges)
            if not self.space.system.enabled(self.space.configuration(state)):
                self._at_rest(self.space.configuration(state), mask)
            return
        for edge in edges:
            for index in edge.way.broken:
                self._broken(PROPERTIES[index].id, edge.mask)
            self._on(edge.target, edge.mask, left - 1)

    def _at_rest(self, now: Configuration, mask: int) -> None:
        for sid in range(len(now.participants)):
            for assignment, reason in decide(FULL, functools.partial(diverges, self.space.system, now, sid)):
                if reason is not None and mask & FULL.where(assignment):
                    self._broken("H-CONVERGENCE", mask & FULL.where(assignment))

    def _broken(self, name: str, mask: int) -> None:
        self.failing[name] = self.failing.get(name, 0) | mask


STAGES = (EXPUNGED, DELETED, ENDLESS, GROWING, QUIET, BUILTIN["5-starve-expunge"])


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("scenario", STAGES, ids=lambda scenario: scenario.name)
def test_every_run_of_so_many_steps_and_no_more(scenario: Scenario, depth: int) -> None:
    runs = Runs(scenario, AWARE, depth)
    for reductions in (frozenset[str](), bounded_counting.KEEP_LENGTH):
        found = search(Space(scenario, AWARE, FULL, PROPERTIES, reductions=reductions), most_depth=depth)
        assert found.failing == runs.failing
        assert found.complete != found.bounded
        if found.bounded:
            assert runs.longer
            assert found.depth == depth
            assert bounded_counting.count_bounded(found) == runs.runs
        else:
            whole = search(Space(scenario, AWARE, FULL, PROPERTIES, reductions=reductions))
            assert (found.reached, found.depth) == (whole.reached, whole.depth)


def test_one_step_less_finds_less() -> None:
    """The comparison above can fail."""
    assert Runs(EXPUNGED, AWARE, 2).failing != Runs(EXPUNGED, AWARE, 1).failing
    assert Runs(QUIET, AWARE, 2).longer is False
    assert Runs(QUIET, AWARE, 1).longer is True
    assert "H-CONVERGENCE" in Runs(QUIET, AWARE, 2).failing


def test_a_count_that_takes_too_long_is_left_out() -> None:
    found = search(Space(EXPUNGED, NAIVE, FULL, PROPERTIES), most_depth=2)
    assert bounded_counting.count_bounded(found, most_looks=10) is None
    assert bounded_counting.count_bounded(found) == Runs(EXPUNGED, NAIVE, 2).runs


def test_a_bound_that_is_not_reached_bounds_nothing() -> None:
    forever = BUILTIN["5-starve-expunge"]
    whole = check((forever, QUIET), FULL, (NAIVE,))
    deep = check((forever, QUIET), FULL, (NAIVE,), most_depth=50)
    assert (deep.complete, deep.bounded, deep.depth) == (True, False, None)
    assert {**plain(deep), "most_depth": None} == plain(whole)
    longest = whole.rows[0].depth
    assert check((forever,), FULL, (NAIVE,), most_depth=longest + 1).complete
    assert not check((forever,), FULL, (NAIVE,), most_depth=longest).complete
    assert check((QUIET,), FULL, (NAIVE,), most_depth=2).complete


def test_what_holds_in_every_run_of_so_many_steps() -> None:
    report = check((EXPUNGED, QUIET), FULL, (NAIVE,), most_depth=2)
    assert (report.complete, report.bounded, report.depth) == (False, True, 2)
    assert {row.scenario.name: row.complete for row in report.rows} == {"expunged": False, "3-quiet": True}
    for verdict in report.verdicts():
        broken = any(report.failing.get(verdict.property.id, {}).values())
        sure = verdict.came_up and not verdict.property.of_whole_runs
        assert verdict.holds == (False if broken else True if sure else None)
        if verdict.holds is None:
            assert "holds" not in verdict.strategies.values()
    holds = {verdict.property.id: verdict.holds for verdict in report.verdicts()}
    assert holds["O-UID"] is True
    assert holds["H-STARVATION"] is holds["O-TOLD"] is None
    assert holds["H-CONVERGENCE"] is False, "it breaks at the end of a short run"
    assert check((EXPUNGED,), FULL, (NAIVE,), most_depth=2).verdict(_property("H-CONVERGENCE")).holds is None


def _property(name: str) -> Property:
    return next(prop for prop in PROPERTIES if prop.id == name)


def test_what_takes_one_step_more_is_not_found() -> None:
    """The bound is a bound: two steps less than it takes, and it holds, as far as that goes."""
    fault = next(fault for fault in FAULTS if fault.breaks == "O-COPY-TELLS")
    prop, universe = _property("O-COPY-TELLS"), Universe.of(Profile.parse(fault.profile))
    steps = check((EXPUNGED,), universe, (NAIVE,), (prop,), fault.execute).counterexamples[prop.id].steps
    found = [
        check((EXPUNGED,), universe, (NAIVE,), (prop,), fault.execute, most_depth=depth).verdict(prop)
        for depth in range(1, steps + 2)
    ]
    assert [verdict.holds for verdict in found[-2:]] == [False, False]
    assert [verdict.word for verdict in found[:-2]] == [Word.UNREACHABLE] * (steps - 1), "it never came up"


def test_which_properties_need_whole_runs() -> None:
    whole = {prop.id for prop in PROPERTIES if prop.of_whole_runs}
    assert whole >= {"H-CONVERGENCE", "H-STARVATION"} | {prop.id for prop in PROPERTIES if Scope.STEP not in prop.scopes}
    assert "O-UID" not in whole


def test_a_bound_on_depth_switches_off_what_changes_the_length_of_runs() -> None:
    free, bound = check((QUIET,), most_depth=None), check((QUIET,), most_depth=1)
    assert free.rows[0].reductions <= REDUCTIONS
    for row in bound.rows:
        assert row.reductions <= bounded_counting.KEEP_LENGTH
    changing = REDUCTIONS - bounded_counting.KEEP_LENGTH
    assert changing == {"partial-order"}, "of a new reduction, say whether runs keep their length"


def test_depth_on_the_command_line(run: Run, tmp_path: Path) -> None:
    """A world that grows for ever, and no bound but this."""
    file, out = tmp_path / "grow.txt", tmp_path / "out.json"
    text = "Mailbox: FOO 2 messages, 2 \\Deleted\nSelected: FOO by C1 C2\nC1: forever\nC1: EXPUNGE | APPEND FOO x\n"
    file.write_text(text + "C2: forever\nC2: NOOP | FETCH 1:2 BODY.PEEK[]\n", encoding="utf-8")
    ran = run("check", file, "--depth", "3", "--json", out)
    said, found = told(ran.out), json.loads(out.read_text(encoding="utf-8"))
    assert ran.code == 0
    assert (found["complete"], found["depth"], found["most_depth"]) == (False, 3, 3)
    assert {row["depth"] for row in found["searches"]} == {3}
    assert "none violated in runs of up to 3 steps" in said
    assert "holds in every run of up to 3 steps, within the bound below" in said
    assert "undetermined: only whole runs can show it, and these were followed for up to 3 steps" in said
    assert "breaks at least if" in said
    assert "Of runs that are longer, the first 3 steps: in 1 of 1 scenarios." in said
    assert f"{found['interleavings']:,} interleavings of up to 3 steps" in said
    assert "The search was cut" not in said
    for line in ran.out.splitlines():
        if line.strip().startswith("mailrace explain "):
            assert " --depth 3" in line
    holds, open_, breaks = (run("explain", name, file, "--depth", "3") for name in ("O-UID", "O-TOLD", "H-PHANTOM"))
    assert holds.out.startswith("O-UID holds in every run of up to 3 steps (within 2 clients, ")
    assert open_.out.startswith("O-TOLD is undetermined: only whole runs can show it, and these were followed for up to 3 ")
    assert breaks.out.startswith("Title: H-PHANTOM breaks: ")
    assert "H-PHANTOM breaks at least if " in breaks.err


def test_everything_holds_up_to_there(run: Run, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = tuple(prop for prop in PROPERTIES if not prop.of_whole_runs)
    monkeypatch.setattr("mailrace.checking.PROPERTIES", steps)
    said = told(run("check", tiny, "--depth", "1").out)
    count = sum(prop.kind != HAZARD for prop in steps)
    assert f"Obligations: {count - 9} of {count} hold in every run of up to 1 steps, 9 never came up" in said
    assert "undetermined" not in said


# --- searches that are cut --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 5, 20, 60])
def test_up_to_its_depth_a_search_that_is_cut_is_whole(most: int) -> None:
    cut = search(Space(EXPUNGED, NAIVE, FULL, PROPERTIES), most_states=most)
    whole = search(Space(EXPUNGED, NAIVE, FULL, PROPERTIES), most_depth=cut.depth)
    assert not cut.complete
    assert not cut.bounded
    for state, mask in whole.reached.items():
        assert not mask & ~cut.reached[state]
    for name, mask in whole.failing.items():
        assert name == "H-CONVERGENCE" or not mask & ~cut.failing[name]


def test_the_report_says_up_to_where_everything_was_explored() -> None:
    report = check((EXPUNGED, QUIET), FULL, (NAIVE,), most_states=20)
    (cut,) = (row for row in report.rows if not row.complete)
    assert report.depth == cut.depth
    assert cut.depth in (1, 2)
    assert check((EXPUNGED, QUIET), FULL, (NAIVE,)).depth is None
    assert check((QUIET,), FULL, (NAIVE,), most_seconds=1e-9, jobs=1).depth == 0


def test_what_is_cut_says_so(run: Run, tiny: Path) -> None:
    said = told(run("check", tiny, "--max-states", "5").out)
    assert "The search was cut: tiny (naive) at " in said
    assert "Every run of up to that depth was explored." in said
    assert "Bound:" in said
    assert "--depth" not in said, "it would have come to its end by itself"


FOREVER = "Mailbox: FOO 1 messages\nMailbox: BAR\nSelected: FOO by C1\n{}C1: NOOP\nC1: forever\nC1: NOOP | {}\nC2: NOOP\n"


@pytest.mark.parametrize(
    ("bound", "command", "grows"),
    [
        ("", "APPEND FOO x", ("uids",)),
        ("", "UID COPY 1 FOO", ("uids",)),
        ("Bound: 3 uids\n", "APPEND FOO x", ()),
        ("Bound: 3 mailboxes\n", "APPEND FOO x", ("uids",)),
        ("", "CREATE BAZ | DELETE BAZ", ("mailboxes",)),
        ("Bound: 3 uids\n", "CREATE BAZ | DELETE BAZ | RENAME inbox OLD", ("mailboxes",)),
        ("Bound: 3 mailboxes\n", "CREATE BAZ | DELETE BAZ", ()),
        ("", "RENAME BAR BAZ", ()),
        ("Bound: 3 uids, 3 mailboxes\n", "RENAME BAR BAZ | RENAME BAZ BAR", ("uidvalidities",)),
        ("", "STORE 1 FLAGS ()", ()),
    ],
)
def test_what_grows_for_ever(bound: str, command: str, grows: tuple[str, ...]) -> None:
    """And does, as the search itself shows; what does not, comes to an end."""
    scenario = parse("forever", FOREVER.format(bound, command))
    assert growing(scenario) == grows
    report = check((scenario,), Universe.of(Profile.parse()), (NAIVE,), most_states=600)
    assert report.complete == (not grows)
    hint = remedy(report)
    if grows:
        assert hint is not None
        assert "--depth N looks at every run of up to N steps." in hint
        assert ("a header line 'Bound: 4 uids, 3 mailboxes' can end that" in hint) == (grows != ("uidvalidities",))
    else:
        assert hint is None


def test_what_only_begins_with_growing_does_not_grow_for_ever() -> None:
    text = "Mailbox: FOO 1 messages\nSelected: FOO by C1\nC1: APPEND FOO x\nC1: retry CREATE BAR\nC1: forever\nC1: NOOP\n"
    assert growing(parse("once", text)) == ()


def test_the_remedies_are_said(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "grow.txt"
    file.write_text(FOREVER.format("", "APPEND FOO x | CREATE BAZ"), encoding="utf-8")
    hint = "Ever more UIDs and mailboxes in grow: a header line 'Bound: 4 uids, 3 mailboxes' can end that, and --depth N"
    options = (file, "--max-states", "50", "--client", "naive", "--profile", "default")
    assert hint in told(run("check", *options).out)
    told_apart = run("explain", "O-UID", *options)
    assert hint in told_apart.err
    assert told_apart.out.startswith("O-UID is undetermined: the search was cut (within ")
    assert "--depth N" not in run("check", *options, "--depth", "3").out
