"""Can the picture of a state graph be read, and does it show the graph? (`explore.figures.state_graph`)"""

from __future__ import annotations

import itertools
import random
import re
from dataclasses import replace

import networkx as nx
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from reading_figures import BUILTIN, complaints, graph_of, said, within_a_page
from stages import DELETED, EXPUNGED

from explore.figures.canvas import Size
from explore.figures.layers import GAP, layered
from explore.figures.state_graph import MOST_NODES, state_diagram
from explore.figures.state_graph_page import WAY
from explore.graph.quotient import START, Arrow, Graph, StateGraph
from explore.scenario.definition import Scenario
from explore.space.profile_set import Universe
from model.client.belief import NAIVE
from strategies import Profile

UNIVERSE = Universe.of(Profile.parse())


@pytest.mark.parametrize(
    ("scenario", "by", "name"),
    [
        (EXPUNGED, "beliefs", "H-PHANTOM"), (EXPUNGED, "none", "H-MISSED"),
        (DELETED, "mailboxes", "H-WRONG-MAILBOX"), (DELETED, "none", "H-CONVERGENCE"), (BUILTIN["3-quiet"], "none", None),
        (BUILTIN["3-inbox"], "mailboxes", "H-INBOX-VANISHES"), (BUILTIN["5-starve-delete"], "beliefs", "H-STARVATION"),
    ],
)  # fmt: skip
def test_state_graphs_can_be_read(scenario: Scenario, by: str, name: str | None) -> None:
    shown = graph_of(scenario)
    figure = state_diagram(shown if by == "none" else shown.project(by), name)
    assert complaints(figure) == []
    assert within_a_page(figure)
    assert any("[0]" in text for text in said(figure))


def invented(nodes: int, arrows: int, seed: int) -> StateGraph:
    """A graph of nothing in particular, with long words, in which H breaks at the end of a way of five steps."""
    chance = random.Random(seed)
    graph: Graph = nx.MultiDiGraph(
        scenario="invented", title="nothing in particular", manner=NAIVE, profiles=1, by="dice", start=START, complete=True
    )
    for node in range(nodes):
        words = " ".join(chance.choices(["counts", "shows", "1:3", "(\\Deleted)", "FOO"], k=chance.randrange(3, 12)))
        graph.add_node(
            node, label=f"C1 {words}\nC2 is right", step=min(node, 5) if node < 6 else chance.randrange(1, 6), states=1,
            stutters=0, breaks="", terminal=False, violating=False, open=False,
        )  # fmt: skip
    ends = [(node, node + 1) for node in range(5)]
    ends += [(chance.randrange(nodes), node) for node in range(6, nodes)]
    ends += [(chance.randrange(nodes), chance.randrange(nodes)) for _ in range(arrows - len(ends))]
    masks: dict[Arrow, int] = {}
    for source, target in ends:
        command = f"STORE {chance.randrange(9)} +FLAGS (\\Seen)"
        breaks = "H" if (source, target) == (4, 5) else ""
        key = graph.add_edge(
            source, target, actor=f"C{chance.randrange(1, 4)}", command=command, responses="", decides="always",
            condition="always", profiles=1, breaks=breaks, steps=1,
        )  # fmt: skip
        masks[source, target, key] = 1
    way = tuple((node, node + 1, 0) for node in range(5))
    return StateGraph(graph, {}, UNIVERSE, NAIVE, masks, masks, {"H": way}, {"H": 0}, {}, None)


@pytest.mark.parametrize("seed", range(2))
def test_forty_nodes_are_all_shown_and_can_be_read(seed: int) -> None:
    figure = state_diagram(invented(MOST_NODES, 60, seed), "H")
    assert complaints(figure) == []
    assert within_a_page(figure)
    shown = said(figure)
    assert all(any(text.startswith(f"[{node}]") for text in shown) for node in range(MOST_NODES))
    assert not any("nodes are shown" in text for text in shown)


@pytest.mark.parametrize("name", ["H", None])
def test_of_more_nodes_the_nearest_are_shown_and_it_says_so(name: str | None) -> None:
    many = invented(90, 140, 4)
    figure = state_diagram(replace(many, whole=many), name)
    assert complaints(figure) == []
    assert within_a_page(figure)
    shown = said(figure)
    (note,) = [text for text in shown if "nodes are shown" in text]
    match = re.match(r"(\d+) of 90 nodes are shown, those nearest to (.*)\.", note)
    assert match is not None
    boxes = {text.partition(" ")[0].partition("\n")[0] for text in shown if text.startswith("[")}
    assert len(boxes) == int(match[1]) <= MOST_NODES
    assert match[2] == ("the shortest way to break H" if name else "the start")
    if name:
        assert {f"[{node}]" for node in range(6)} <= boxes
    assert any("arrow not shown" in text or "arrows not shown" in text for text in shown)


def test_of_a_way_that_is_too_long_the_end_is_shown() -> None:
    long = invented(6, 5, 1)
    for node in range(6, 80):
        long.graph.add_node(node, **{**long.graph.nodes[5], "step": node, "label": "C1 " + "FOO " * 2000})
        long.graph.add_edge(node - 1, node, **{**long.graph.edges[3, 4, 0], "command": "APPEND " + "x" * 5000})
        long.masks[node - 1, node, 0] = 1
    long.graph.edges[4, 5, 0]["breaks"], long.graph.edges[78, 79, 0]["breaks"] = "", "H"
    long = replace(long, whole=long, ways={"H": tuple((node, node + 1, 0) for node in range(79))})
    figure = state_diagram(long, "H")
    assert complaints(figure) == []
    assert within_a_page(figure)
    shown = said(figure)
    (note,) = [text for text in shown if "nodes are shown" in text]
    assert re.fullmatch(r"\d+ of 80 nodes are shown, the last ones on the shortest way to break H\.", note)
    assert any(text.startswith("[79]") for text in shown)
    assert not any(text.startswith("[0]") for text in shown)


def test_a_large_state_graph_is_merged_and_says_so() -> None:
    shown = graph_of(EXPUNGED)
    assert shown.graph.number_of_nodes() > MOST_NODES
    figure = state_diagram(shown, "H-PHANTOM")
    notes = said(figure)
    assert "Too many states to draw (72): merged by views." in notes
    assert any(re.match(r"Steps within a node are not drawn \(\d+\), unless", note) for note in notes)


def arrows_of(figure: Figure, colour: str) -> list[FancyArrowPatch]:
    return [arrow for arrow in figure.findobj(FancyArrowPatch) if to_hex(arrow.get_edgecolor()) == colour.lower()]


def test_the_way_to_the_violation_stands_out() -> None:
    shown = graph_of(EXPUNGED, "fetch=4.1.3").project("beliefs")
    figure = state_diagram(shown, "H-PHANTOM")
    in_legend = 1
    way = {arrow[:2] for arrow in shown.ways["H-PHANTOM"]}
    assert len(arrows_of(figure, WAY)) == len(way) + in_legend
    assert min(arrow.get_linewidth() for arrow in arrows_of(figure, WAY)) > 2
    thick = [box for box in figure.findobj(FancyBboxPatch) if to_hex(box.get_edgecolor()) == WAY.lower()]
    breaking = [node for node, data in shown.graph.nodes(data=True) if any(
        "H-PHANTOM" in said["breaks"].split() for _, _, said in shown.graph.in_edges(node, data=True)
    )]  # fmt: skip
    assert breaking
    assert len(thick) >= 2 * len(breaking)
    assert any("\u2717 H-PHANTOM" in text for text in said(figure))
    assert not arrows_of(state_diagram(shown), WAY)


def test_what_does_not_break_cannot_be_shown() -> None:
    with pytest.raises(ValueError, match="H-DOUBLE does not break in this graph"):
        state_diagram(graph_of(BUILTIN["3-quiet"]), "H-DOUBLE")


@pytest.mark.parametrize("seed", range(4))
def test_a_layout_keeps_everything_apart(seed: int) -> None:
    chance = random.Random(seed)
    layers = {node: 0 if not node else chance.randrange(1, 5) for node in range(12)}
    nodes = {node: Size(chance.uniform(0.2, 2), chance.uniform(0.1, 1)) for node in layers}
    ends = {(chance.randrange(12), chance.randrange(12)) for _ in range(25)}
    words = {pair: Size(chance.uniform(0.1, 2), chance.uniform(0.1, 0.6)) for pair in sorted(ends)}
    layout = layered(layers, nodes, words)
    placed = [(layout.nodes[node], nodes[node]) for node in nodes] + [(layout.words[pair], words[pair]) for pair in words]
    for ((x, y), size), ((u, v), other) in itertools.combinations(placed, 2):
        apart = abs(x - u) >= (size.width + other.width) / 2 or abs(y - v) >= (size.height + other.height) / 2 + GAP - 1e-9
        assert apart
    for (x, y), size in placed:
        assert x - size.width / 2 >= -1e-9
        assert x + size.width / 2 <= layout.size.width + 1e-9
        assert y - size.height / 2 >= -1e-9
        assert y + size.height / 2 <= layout.size.height + 1e-9
    for pair, route in layout.routes.items():
        for passage in route[1:]:
            for node, (x, y) in layout.nodes.items():
                if passage.left <= x <= passage.right:
                    assert abs(passage.y - y) > nodes[node].height / 2, (pair, node)
