"""Do files of a state graph say what is there? (`explore.graph.export`)"""

from __future__ import annotations

import json
import re
from typing import Any

import networkx as nx
import pytest
from stages import EXPUNGED
from state_graphs import ODD, STARVING, searched

from explore.graph.build import state_graph
from explore.graph.export import as_dot, as_graphml, as_json
from explore.scenario.definition import Scenario


def contents(graph: Any) -> tuple[dict[int, Any], list[Any]]:
    return dict(graph.nodes(data=True)), sorted(graph.edges(keys=True, data=True), key=lambda edge: edge[:3])


@pytest.mark.parametrize("by", ["none", "views"])
@pytest.mark.parametrize("scenario", [EXPUNGED, ODD, STARVING], ids=lambda scenario: scenario.name)
def test_files_are_read_back(scenario: Scenario, by: str) -> None:
    graph = state_graph(searched(scenario)).project(by).graph
    from_xml = nx.parse_graphml(as_graphml(graph), node_type=int, force_multigraph=True)
    assert contents(from_xml) == contents(graph)
    assert {name: from_xml.graph[name] for name in graph.graph} == graph.graph
    from_json = nx.node_link_graph(json.loads(as_json(graph)), edges="edges")
    assert contents(from_json) == contents(graph)
    assert from_json.graph == graph.graph


def dot_tokens(text: str) -> list[str]:
    """The tokens of a DOT file; whatever is none fails."""
    token = re.compile(r'\s*("(?:\\.|[^"\\])*"|->|[A-Za-z_][A-Za-z_0-9]*|[{}\[\];=,]|[0-9.]+)')
    tokens, place = [], 0
    while place < len(text.rstrip()):
        match = token.match(text, place)
        assert match is not None, text[place : place + 40]
        tokens.append(match[1])
        place = match.end()
    return tokens


@pytest.mark.parametrize("scenario", [EXPUNGED, ODD, STARVING], ids=lambda scenario: scenario.name)
def test_dot_has_every_node_and_arrow(scenario: Scenario) -> None:
    shown = state_graph(searched(scenario))
    tokens = dot_tokens(as_dot(shown.graph))
    assert tokens.count("->") == shown.graph.number_of_edges()
    assert len({word for word in tokens if re.fullmatch(r"n\d+", word)}) == shown.graph.number_of_nodes()
    assert tokens.count("peripheries") == sum(data["violating"] for _, data in shown.graph.nodes(data=True))
    with pytest.raises(AssertionError):
        dot_tokens('n0 [label="a" b"];')
