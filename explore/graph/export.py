"""In which files can a state graph be had? GraphML and JSON, which networkx and others read back, and DOT for Graphviz."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import networkx as nx

from explore.graph.dot import dot_string
from explore.graph.quotient import START, Graph


def as_graphml(graph: Graph) -> str:
    """The graph as GraphML; `networkx.parse_graphml(text, node_type=int, force_multigraph=True)` reads it back."""
    file = io.BytesIO()
    nx.write_graphml_xml(graph, file)
    return file.getvalue().decode("utf-8") + "\n"


def as_json(graph: Graph) -> str:
    """The graph as node-link JSON; `networkx.node_link_graph(json.loads(text), edges="edges")` reads it back."""
    return json.dumps(nx.node_link_data(graph, edges="edges"), indent=1, ensure_ascii=False) + "\n"


def as_dot(graph: Graph) -> str:
    """The graph in DOT: violating nodes and steps are red and doubled, the start and the ends of runs have shapes of their
    own."""
    what = graph.graph
    title = f"{what['scenario']} by {what['by']}" if what["by"] != "none" else what["scenario"]
    lines = [
        f"digraph {dot_string(what['scenario'])} {{",
        f"  label={dot_string(title)}; labelloc=t; rankdir=LR;",
        '  node [shape=box, fontname="DejaVu Sans"]; edge [fontname="DejaVu Sans"];',
    ]
    for node in sorted(graph):
        data = graph.nodes[node]
        styles = ["color=red", "peripheries=2"] if data["violating"] else []
        styles += ["penwidth=2"] if node == START else []
        styles += ['style="rounded,filled"', 'fillcolor="#D9D9D9"'] if data["terminal"] else []
        count = f"{data['states']:,} states\n" if data["states"] > 1 else ""
        label = dot_string(f"{count}{data['label']}", left=True)
        lines.append(f"  n{node} [{', '.join([f'label={label}', *styles])}];")
    for source, target, arrow in graph.edges(data=True):
        styles = ["color=red", 'style="bold"'] if arrow["breaks"] else []
        lines.append(f"  n{source} -> n{target} [{', '.join([f'label={dot_string(_said(arrow), left=True)}', *styles])}];")
    return "\n".join((*lines, "}")) + "\n"


def _said(arrow: dict[str, Any]) -> str:
    times = f" ×{arrow['steps']:,}" if arrow["steps"] > 1 else ""
    rows = [f"{arrow['actor']}: {arrow['command']}{times}", *arrow["responses"].splitlines()]
    rows += [f"if {arrow['decides']}"] if arrow["decides"] != "always" else []
    rows += [f"✗ {arrow['breaks']}"] if arrow["breaks"] else []
    return "\n".join(rows)


GRAPH_FORMATS: dict[str, Callable[[Graph], str]] = {"graphml": as_graphml, "dot": as_dot, "json": as_json}
