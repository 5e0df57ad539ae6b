"""How is a state graph drawn so that it can be read? In columns by step, with the way to a violation in front.

No text lies on another, whatever the graph: nodes and the words on arrows each have a place of their own
(`explore.figures.layers`). What would make the figure larger than a page is said shorter: first the words on arrows, then
the nodes are letters and numbers into a key below; what is more than MOST_NODES is merged, or left out around the way to
the violation. The figure says which.
"""

from __future__ import annotations

import networkx as nx
from matplotlib.figure import Figure

from explore.figures.canvas import shortened, wrapped
from explore.figures.layers import Ends
from explore.figures.state_graph_page import Drawing, Drawn, Page
from explore.graph import COLLAPSE, START, Bundle, StateGraph

MOST_NODES = 40
NODE_WIDTH, WORDS_WIDTH = 1.75, 1.7
MOST_LINES, MOST_WORDS, MOST_IN_KEY, MOST_IN_BRIEF = 9, 3, 5, 2


def state_diagram(shown: StateGraph, name: str | None = None) -> Figure:
    """The graph in columns by step. With the name of a property, the shortest way to break it stands out.

    Raises ValueError if that property does not break in it.
    """
    if name is not None and name not in shown.ways:
        raise ValueError(f"{name} does not break in this graph; {', '.join(shown.ways) or 'nothing'} does")
    shown, notes = _merged(shown)
    most = MOST_NODES
    while most:
        drawn = _part(shown, name, most, notes)
        for write in (_in_full, _lettered, _numbered, _briefly):
            figure = Drawing(drawn, write(drawn)).figure()
            if figure is not None:
                return figure
        most = len(drawn.nodes) * 3 // 4
    raise AssertionError("one node fits on a page")


# --- what is shown --------------------------------------------------------------------------------------------------


def _merged(shown: StateGraph) -> tuple[StateGraph, tuple[str, ...]]:
    """The graph, or, if it has too many nodes to be drawn, the finest quotient that has not."""
    if shown.graph.number_of_nodes() <= MOST_NODES or shown.whole is not None:
        return shown, ()
    for by in ("views", "beliefs", "mailboxes"):
        smaller = shown.project(by, COLLAPSE)
        if smaller.graph.number_of_nodes() <= MOST_NODES:
            break
    states = shown.graph.number_of_nodes()
    return smaller, (f"Too many states to draw ({states:,}): merged by {by}.",)


def _part(shown: StateGraph, name: str | None, most: int, notes: tuple[str, ...]) -> Drawn:
    """At most so many nodes: those nearest to the way to the violation, or to the start."""
    graph = shown.graph
    way = shown.ways[name] if name is not None else ()
    on_way = list(dict.fromkeys([START, *(node for arrow in way for node in arrow[:2])]))[-most:]
    near = nx.multi_source_dijkstra_path_length(nx.Graph(graph), set(on_way))
    ranked = sorted(near, key=lambda node: (near[node], graph.nodes[node]["step"], node))
    nodes = tuple(sorted(on_way if len(on_way) == most else ranked[:most]))
    bundles, hidden = {}, dict.fromkeys(nodes, 0)
    for ends, several in shown.bundles(name).items():
        if ends[0] in hidden and ends[1] in hidden:
            bundles[ends] = several
        elif ends[0] in hidden:
            hidden[ends[0]] += len(several)
    if len(nodes) < len(ranked):
        whence = f"the shortest way to break {name}" if way else "the start"
        which = "the last ones on" if len(on_way) == most and way else "those nearest to"
        notes += (f"{len(nodes)} of {len(ranked):,} nodes are shown, {which} {whence}.",)
    stuttering = sum(graph.nodes[node]["stutters"] for node in nodes)
    if stuttering:
        notes += (f"Steps within a node are not drawn ({stuttering:,}), unless they break something.",)
    return Drawn(shown, name, nodes, bundles, frozenset(arrow[:2] for arrow in way), notes, hidden)


# --- in which words -------------------------------------------------------------------------------------------------


def _in_full(drawn: Drawn) -> Page:
    nodes = {node: _node_text(drawn, node) for node in drawn.nodes}
    words = {}
    for ends, several in drawn.bundles.items():
        rows = _bundle_texts(several, "\n", MOST_WORDS)
        words[ends] = "\n".join(wrapped(row, WORDS_WIDTH, hanging="  ") for row in rows)
    return Page(nodes, words, ())


def _lettered(drawn: Drawn) -> Page:
    words, key = _letters(drawn, MOST_IN_KEY)
    return Page({node: _node_text(drawn, node) for node in drawn.nodes}, words, key)


def _briefly(drawn: Drawn) -> Page:
    return _numbered(drawn, MOST_IN_BRIEF)


def _numbered(drawn: Drawn, most: int = MOST_IN_KEY) -> Page:
    words, key = _letters(drawn, most)
    numbers = tuple((f"[{node}]", " · ".join(row for row in _node_rows(drawn, node) if row)) for node in drawn.nodes)
    return Page({node: f"[{node}]" for node in drawn.nodes}, words, (*numbers, *key))


def _node_text(drawn: Drawn, node: int) -> str:
    count, *rows = _node_rows(drawn, node)
    lines = wrapped("\n".join((f"[{node}] {count}".strip(), *rows)), NODE_WIDTH, hanging="  ").split("\n")
    return "\n".join(lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], "…"])


def _node_rows(drawn: Drawn, node: int) -> list[str]:
    """How many states it stands for, if several; its label; what breaks there; and what is not shown."""
    data = drawn.shown.graph.nodes[node]
    label = shortened(data["label"])
    rows = [f"{data['states']:,} states" if data["states"] > 1 else "", *label.split("\n")]
    breaks = " ".join(broken for broken in data["breaks"].split() if drawn.name in (None, broken))
    rows += [f"✗ {breaks}"] if breaks else []
    hidden = drawn.hidden[node]
    rows += [f"({hidden:,} arrow{'s' if hidden > 1 else ''} not shown)"] if hidden else []
    return rows


def _bundle_texts(several: list[Bundle], between: str, most: int) -> list[str]:
    """What is written for the arrows between two nodes: those that break something first, up to so many."""
    ranked = sorted(several, key=lambda bundle: not bundle.breaks)
    texts = []
    for bundle in ranked[:most]:
        times = f" ×{bundle.steps:,}" if bundle.steps > 1 else ""
        parts = [f"{shortened(bundle.spoken)}{times}"]
        parts += [f"if {bundle.decides}"] if bundle.decides != "always" else []
        parts += [f"✗ {bundle.breaks}"] if bundle.breaks else []
        texts.append(between.join(parts))
    return texts + ([f"and {len(ranked) - most:,} more"] if len(ranked) > most else [])


def _letters(drawn: Drawn, most: int) -> tuple[dict[Ends, str], tuple[tuple[str, str], ...]]:
    """A letter for each different text on arrows, marked where something breaks, and the key."""
    texts: dict[str, str] = {}
    words = {}
    for ends in sorted(drawn.bundles):
        text = " | ".join(_bundle_texts(drawn.bundles[ends], "  ", most))
        letter = texts.setdefault(text, _letter(len(texts)))
        words[ends] = f"{letter} ✗" if any(bundle.breaks for bundle in drawn.bundles[ends]) else letter
    return words, tuple((letter, text) for text, letter in texts.items())


def _letter(number: int) -> str:
    """a, b, ..., z, aa, ab, ..."""
    before, place = divmod(number, 26)
    return (_letter(before - 1) if before else "") + chr(ord("a") + place)
