"""Does the analysis of a state graph say what is there? (`explore.graph.analysis`)"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings, strategies as st
from stages import EXPUNGED
from state_graphs import BUILTIN, BY_ID, ODD, QUIET, STARVING, searched

from explore.graph.analysis import describe, dominators, necessary, rounds, shortest_way, step_text, terminals
from explore.graph.build import first_broken, smallest, state_graph
from explore.graph.quotient import COLLAPSE, START, Graph, StateGraph
from explore.space.profile_set import Universe
from model.client.belief import NAIVE


@pytest.fixture(scope="module")
def expunged() -> StateGraph:
    return state_graph(searched(EXPUNGED))


@pytest.fixture(scope="module")
def starving() -> StateGraph:
    return state_graph(searched(STARVING))


def made(*arrows: str, ends: str = "", breaks: dict[int, str] | None = None) -> Graph:
    """A graph by hand: "0 a 1" is an arrow from 0 to 1 with the command a; "0 a! 1" one on which H breaks."""
    graph: Graph = nx.MultiDiGraph()
    for words in arrows:
        source, command, target = words.split()
        broken = "H" if command.endswith("!") else ""
        graph.add_edge(int(source), int(target), actor="C1", command=command.rstrip("!"), breaks=broken)
    for node in graph:
        graph.nodes[node].update(terminal=str(node) in ends.split(), breaks=(breaks or {}).get(node, ""))
    return graph


def test_dominators_of_a_small_graph() -> None:
    graph = made("0 a 1", "0 b 2", "1 c 3", "2 d 3", "3 e 4", "4 f 3", "4 g! 5", "4 h 5", "0 z 6", ends="5 6")
    assert dominators(graph, "H") == (0, 3, (3, 4, "C1: e"), 4, (4, 5, "C1: g"))
    assert necessary(graph, "H") == ("C1: e", "C1: g")
    assert [step[2][-1] for step in shortest_way(graph, "H")] in (["a", "c", "e", "g"], ["b", "d", "e", "g"])
    assert rounds(graph) == [(3, 4)]
    assert terminals(graph) == (5, 6)


def test_dominators_where_a_node_breaks() -> None:
    graph = made("0 a 1", "1 b 2", "2 c 1", "1 a 3", "3 b 3", breaks={2: "H", 3: "G"})
    assert dominators(graph, "H") == (0, (0, 1, "C1: a"), 1, (1, 2, "C1: b"), 2)
    assert necessary(graph, "H") == ("C1: a", "C1: b")
    assert necessary(graph, "G") == ("C1: a",)
    assert rounds(graph) == [(1, 2), (3,)]
    assert dominators(made("0 a 0", breaks={0: "H"}), "H") == (0,)


@pytest.mark.parametrize("ask", [dominators, necessary, shortest_way])
def test_what_does_not_break_has_no_dominators(ask: Callable[[Graph, str], Any]) -> None:
    with pytest.raises(ValueError, match="G does not break"):
        ask(made("0 a! 1"), "G")
    with pytest.raises(ValueError, match="H does not break"):
        ask(made("0 a 1", "2 b! 3"), "H")


NODES = st.integers(0, 6)


@settings(max_examples=60)
@given(st.lists(st.tuples(NODES, st.sampled_from("ab"), NODES), min_size=3, max_size=14), NODES)
def test_dominators_are_what_no_way_can_avoid(steps: list[tuple[int, str, int]], goal: int) -> None:
    graph = made("0 a 0", *(f"{source} {word} {target}" for source, word, target in steps), breaks={goal: "H"})
    if goal not in graph or not nx.has_path(graph, 0, goal):
        return
    passed = dominators(graph, "H")
    for node in graph:
        without = graph.copy()
        without.remove_node(node)
        avoidable = node not in (0, goal) and nx.has_path(without, 0, goal)
        assert (node in passed) is not avoidable
    for step in {(source, target, f"C1: {word}") for source, word, target in steps}:
        without = graph.copy()
        without.remove_edges_from([
            (source, target, key) for source, target, key, data in graph.edges(keys=True, data=True)
            if (source, target, step_text(data)) == step
        ])  # fmt: skip
        assert (step in passed) is not nx.has_path(without, 0, goal)


def test_the_gates_of_a_quotient_are_passed_by_every_run(expunged: StateGraph) -> None:
    small = expunged.project("beliefs")
    gates = [gate for gate in dominators(small.graph, "H-PHANTOM") if isinstance(gate, int)]
    assert len(gates) > 1
    breaking = [arrow for arrow, data in expunged.arrows() if "H-PHANTOM" in data["breaks"].split()]
    for source, _, _ in breaking:
        for path in nx.all_simple_paths(expunged.graph, START, source):
            assert set(gates) <= {small.homes[node] for node in path}


def test_the_summary_says_it_all(expunged: StateGraph, starving: StateGraph) -> None:
    text = describe(expunged.project("beliefs"), "H-PHANTOM")
    assert "72 states, 138 steps, up to 3 steps deep" in text
    assert "By beliefs: 11 nodes, 63 arrows" in text
    assert "→ [5] C2: FETCH 1:3 BODY[]   if fetch=4.1.3   ✗ H-PHANTOM" in text
    assert "never without: C1: EXPUNGE; C2: FETCH 1:3 BODY[]" in text
    assert "H-DOUBLE does not break here." in describe(expunged, "H-DOUBLE")
    assert "What breaks here: H-ALL-OR-NOTHING" in describe(expunged)
    assert "Nothing breaks here." in describe(state_graph(searched(ODD, "default")))
    assert "no run goes round" in text
    assert "with a cycle" in describe(starving)
    assert re.search(r"steps within a node are left out", describe(expunged.project("views", COLLAPSE)))


def test_a_scenario_in_which_it_breaks_is_found() -> None:
    found = first_broken([EXPUNGED, QUIET, STARVING], NAIVE, Universe(), BY_ID["H-STARVATION"])
    assert found is not None
    assert found.space.scenario is STARVING
    assert first_broken([QUIET], NAIVE, Universe(), BY_ID["H-PHANTOM"]) is None
    assert smallest(BUILTIN.values()) is QUIET
