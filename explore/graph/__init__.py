"""The state space as a graph that people look at: built, merged, read, written to files."""

from __future__ import annotations

from explore.graph.analysis import describe, necessary, unbroken
from explore.graph.build import first_broken, scenario_graph, smallest, state_graph
from explore.graph.dot import dot_string
from explore.graph.export import GRAPH_FORMATS
from explore.graph.quotient import COLLAPSE, KEEP, START, Bundle, StateGraph
from explore.graph.readings import READINGS

__all__ = [
    "COLLAPSE", "GRAPH_FORMATS", "KEEP", "READINGS", "START", "Bundle", "StateGraph", "describe", "dot_string",
    "first_broken", "necessary", "scenario_graph", "smallest", "state_graph", "unbroken",
]  # fmt: skip
