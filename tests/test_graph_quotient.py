"""Is a quotient of a state graph sound? (`explore.graph.quotient`)"""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable
from dataclasses import replace

import networkx as nx
import pytest
from stages import DELETED, EXPUNGED
from state_graphs import QUIET, STARVING, complaints, searched

from explore.graph.analysis import step_text
from explore.graph.build import state_graph
from explore.graph.quotient import COLLAPSE, KEEP, START, Arrow, Graph, StateGraph
from explore.graph.readings import READINGS, Situation, facts
from explore.scenario.definition import Scenario


@pytest.fixture(scope="module")
def expunged() -> StateGraph:
    return state_graph(searched(EXPUNGED))


@pytest.fixture(scope="module")
def starving() -> StateGraph:
    return state_graph(searched(STARVING))


def parity(here: Situation) -> Hashable:
    """A reading of one's own: how many messages there are, even or odd."""
    return sum(len(box.messages) for box in here.world.mailboxes) % 2


@pytest.mark.parametrize("stutter", [KEEP, COLLAPSE])
@pytest.mark.parametrize("by", [*READINGS, "none", parity], ids=lambda by: by if isinstance(by, str) else by.__name__)
@pytest.mark.parametrize("scenario", [EXPUNGED, DELETED, STARVING], ids=lambda scenario: scenario.name)
def test_quotients_are_sound(scenario: Scenario, by: str | Callable[[Situation], Hashable], stutter: str) -> None:
    full = state_graph(searched(scenario))
    small = full.project(by, stutter)
    assert complaints(full, small, stutter) == []
    assert sum(data["steps"] for _, data in small.arrows()) + sum(
        data["stutters"] for _, data in small.graph.nodes(data=True)
    ) == full.graph.number_of_edges()
    assert small.whole is full


@pytest.mark.parametrize("by", list(READINGS))
def test_states_are_merged_just_if_they_read_alike(expunged: StateGraph, by: str) -> None:
    read = [{READINGS[by](here) for here in several} for several in expunged.project(by).situations.values()]
    assert all(len(one) == 1 for one in read)
    assert len(set.union(*read)) == len(read)


def test_what_the_readings_tell_apart(expunged: StateGraph) -> None:
    """Written down by hand: the views are UIDs and flags as told, the beliefs who errs how."""
    labels = {by: {data["label"] for _, data in expunged.project(by).graph.nodes(data=True)} for by in READINGS}
    assert "C1 FOO: 1, 2 (\\Deleted), 3\nC2 FOO: 1, 2 (\\Deleted), 3" in labels["views"]
    assert "C1 FOO: 1,3\nC2 FOO: 1, 2 (\\Deleted), 3" in labels["views"]
    assert "C1 is right about FOO\nC2 counts 3 messages; its 2 is expunged" in labels["beliefs"]
    assert labels["mailboxes"] == {"FOO: C1 C2"}
    renamed = state_graph(searched(QUIET)).project("mailboxes")
    assert {data["label"] for _, data in renamed.graph.nodes(data=True)} == {
        "FOO: C2", "FOO (deleted): C2", "no mailbox but INBOX", "BAR: nobody", "BAR: C2",
    }  # fmt: skip


def test_every_run_is_a_way_through_the_quotient(expunged: StateGraph) -> None:
    small = expunged.project("beliefs")
    chance = random.Random(3)
    for _ in range(200):
        here, there = START, START
        while steps := list(expunged.graph.out_edges(here, keys=True, data=True)):
            _, here, _, data = chance.choice(steps)
            ways = [
                target for _, target, arrow in small.graph.out_edges(there, data=True)
                if step_text(arrow) == step_text(data) and arrow["responses"] == data["responses"]
                and here in [node for node, home in small.homes.items() if home == target]
            ]  # fmt: skip
            assert len(set(ways)) == 1
            there = ways[0]


def _lose_an_arrow(graph: Graph, arrow: Arrow) -> None:
    graph.remove_edge(*arrow)


def _make_one_up(graph: Graph, arrow: Arrow) -> None:
    graph.add_edge(arrow[1], arrow[0], **{**graph.edges[arrow], "command": "NOOP NOOP"})


def _bend_one(graph: Graph, arrow: Arrow) -> None:
    data = graph.edges[arrow]
    graph.remove_edge(*arrow)
    graph.add_edge(arrow[0], max(graph), **data)


def _miscount(graph: Graph, arrow: Arrow) -> None:
    graph.edges[arrow]["steps"] += 1


def _hush_up(graph: Graph, arrow: Arrow) -> None:
    graph.nodes[arrow[0]]["stutters"] += 1


def _forget_states(graph: Graph, arrow: Arrow) -> None:
    graph.nodes[arrow[0]]["states"] -= 1


@pytest.mark.parametrize("break_it", [_lose_an_arrow, _make_one_up, _bend_one, _miscount, _hush_up, _forget_states])
def test_a_broken_quotient_is_caught(expunged: StateGraph, break_it: Callable[[Graph, Arrow], None]) -> None:
    small = expunged.project("beliefs")
    arrow = next(arrow for arrow, _ in small.arrows() if arrow[0] != arrow[1])
    broken = replace(small, graph=small.graph.copy())
    before = set(small.graph.edges(keys=True))
    break_it(broken.graph, arrow)
    masks = dict.fromkeys(set(broken.graph.edges(keys=True)) - before, small.masks[arrow])
    assert complaints(expunged, replace(broken, masks={**small.masks, **masks}))


def test_profiles_and_homes_that_are_wrong_are_caught(expunged: StateGraph) -> None:
    small = expunged.project("beliefs")
    arrow = next(iter(small.masks))
    assert complaints(expunged, replace(small, masks={**small.masks, arrow: small.masks[arrow] & ~1 or 1}))
    mixed = {**small.situations, 1: small.situations[1][1:], 2: (*small.situations[2], small.situations[1][0])}
    assert complaints(expunged, replace(small, situations=mixed))
    assert complaints(expunged, replace(small, situations={**small.situations, 1: ()}))


def test_steps_that_break_something_are_never_collapsed(expunged: StateGraph) -> None:
    kept, collapsed = (expunged.project("mailboxes", stutter) for stutter in (KEEP, COLLAPSE))
    breaking = [data["breaks"] for _, data in kept.arrows() if data["breaks"]]
    assert breaking
    assert [data["breaks"] for _, data in collapsed.arrows()] == breaking
    assert collapsed.graph.nodes[START]["stutters"] == expunged.graph.number_of_edges() - sum(
        bool(data["breaks"]) for _, data in expunged.arrows()
    )


def test_ways_and_loops_are_kept_in_quotients(starving: StateGraph) -> None:
    for by in (*READINGS, "none"):
        small = starving.project(by)
        for name, way in small.ways.items():
            assert len(way) == len(starving.ways[name])
            assert [step_text(small.graph.edges[arrow]) for arrow in way] == [
                step_text(starving.graph.edges[arrow]) for arrow in starving.ways[name]
            ]
            assert small.loops == starving.loops
    collapsed = starving.project("mailboxes", COLLAPSE)
    loop = [step_text(collapsed.graph.edges[arrow]) for arrow in collapsed.ways["H-STARVATION"]]
    assert loop == ["C2: STORE 1:3 +FLAGS (\\Flagged)"], "what else is on the loop stutters, and breaks nothing"
    assert collapsed.loops["H-STARVATION"] == 1


def test_a_quotient_of_a_quotient_is_made_of_the_whole(expunged: StateGraph) -> None:
    again = expunged.project("mailboxes").project("views")
    assert nx.utils.graphs_equal(again.graph, expunged.project("views").graph)


def test_attributes_on_which_states_agree_are_kept(expunged: StateGraph) -> None:
    small = expunged.project("views")
    for node, several in small.situations.items():
        every = [facts(here) for here in several]
        for name, value in every[0].items():
            agree = all(one[name] == value for one in every)
            assert (name in small.graph.nodes[node]) is agree


@pytest.mark.parametrize(("by", "stutter"), [("colours", KEEP), ("views", "drop")])
def test_a_word_that_means_nothing_is_refused(expunged: StateGraph, by: str, stutter: str) -> None:
    with pytest.raises(ValueError, match=r"colours|drop"):
        expunged.project(by, stutter)
