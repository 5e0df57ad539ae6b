"""What does the shape of a state graph say? Where runs can end or go round, and what every way to a violation must take.

What every way through a quotient must take, every run must take, as each run is a way through the quotient; where no
arrows go round, no run does (if steps within a node are kept as arrows). The other direction does not hold.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import networkx as nx

from explore.graph.quotient import START, Bundle, Graph, StateGraph
from explore.search import OBSTRUCTED

BROKEN = "broken"
"""Where every way to a violation ends, in the graph that dominators are looked for in."""

Way: TypeAlias = "nx.DiGraph[Any]"


GraphStep = tuple[int, int, str]
"""Who does what between which nodes, whatever is answered: source, target, and e.g. `C1: EXPUNGE`."""

Gate = int | GraphStep
"""What every way from the start to a violation goes through: a node, or a step."""


def rounds(graph: Graph) -> list[tuple[int, ...]]:
    """The strongly connected components in which arrows go round: of several nodes, or of one with an arrow to itself;
    largest first."""
    parts = [tuple(sorted(part)) for part in nx.strongly_connected_components(graph)]
    return sorted((part for part in parts if len(part) > 1 or graph.has_edge(part[0], part[0])), key=lambda p: (-len(p), p))


def terminals(graph: Graph) -> tuple[int, ...]:
    """The nodes at which a run can end: in one of the states that they stand for nobody can move."""
    return tuple(node for node in sorted(graph) if graph.nodes[node]["terminal"])


def broken(graph: Graph) -> tuple[str, ...]:
    """The properties that break somewhere in that graph."""
    names = dict.fromkeys(name for _, _, data in graph.edges(data=True) for name in data["breaks"].split())
    names.update(dict.fromkeys(name for _, data in graph.nodes(data=True) for name in data["breaks"].split()))
    return tuple(sorted(names))


def dominators(graph: Graph, name: str) -> tuple[Gate, ...]:
    """What every way from the start to a violation of that property goes through, in order; the start is the first.

    Dominators are looked for in the graph in which each step is a node of its own, so that they can be steps as well.
    Raises ValueError if that property does not break in the graph.
    """
    immediate = nx.immediate_dominators(_breaking(graph, name), START)
    gates: list[Gate] = [immediate[BROKEN]]
    while gates[-1] != START:
        gates.append(immediate[gates[-1]])
    return tuple(gates[::-1])


def necessary(graph: Graph, name: str) -> tuple[str, ...]:
    """The steps ("C1: EXPUNGE") without which, at whatever point they come, that property can't break, in the order in
    which a shortest way takes them. Raises ValueError if that property does not break in the graph."""

    def avoidable(words: str) -> bool:
        return BROKEN in nx.descendants(_ways(graph, name, without=words), START)

    taken = dict.fromkeys(words for _, _, words in shortest_way(graph, name))
    return tuple(words for words in taken if not avoidable(words))


def shortest_way(graph: Graph, name: str) -> tuple[GraphStep, ...]:
    """A shortest way through the graph to a violation of that property, the breaking step last (under profiles that may
    differ from step to step; `StateGraph.ways` has one that some profile can go).

    Raises ValueError if that property does not break in the graph.
    """
    places: list[Any] = nx.shortest_path(_breaking(graph, name), START, BROKEN)
    return tuple(place for place in places if isinstance(place, tuple))


def step_text(attributes: dict[str, Any]) -> str:
    """Who does what on an arrow with those attributes, e.g. `C1: EXPUNGE`."""
    return f"{attributes['actor']}: {attributes['command']}"


def _breaking(graph: Graph, name: str) -> Way:
    """The graph of ways to a violation. Raises ValueError if there is none."""
    ways = _ways(graph, name)
    if BROKEN not in nx.descendants(ways, START):
        raise ValueError(f"{name} does not break in this graph")
    return ways


def _ways(graph: Graph, name: str, without: str = "") -> Way:
    """The graph in which each step is a node between its ends, and all that break the property lead to BROKEN."""
    ways: Way = nx.DiGraph()
    ways.add_nodes_from([*graph, BROKEN])
    for source, target, attributes in graph.edges(data=True):
        step = (source, target, step_text(attributes))
        if step[2] != without:
            ways.add_edge(source, step)
            ways.add_edge(step, target)
            if name in attributes["breaks"].split():
                ways.add_edge(step, BROKEN)
    ways.add_edges_from((node, BROKEN) for node, data in graph.nodes(data=True) if name in data["breaks"].split())
    return ways


# --- in words -------------------------------------------------------------------------------------------------------

MOST_LINES = 60
HERE, IN_PART = "here", "in the part that was explored"


def describe(shown: StateGraph, name: str | None = None) -> str:
    """The graph in words: how large it is, where it ends and goes round, its nodes and arrows (up to a point), and of a
    property, what every way to break it takes."""
    graph, whole = shown.graph, (shown.whole or shown).graph
    what = whole.graph
    own = f"; {what.get('own_clients')};" if what.get("own_clients") else ","
    unfinished = what.get("unfinished")
    cut = f"{unfinished} (--client-commands N looks further)" if unfinished else "the search was cut"
    lines = [
        f"{what['scenario']}: {what['title']}",
        f"  {what['manner']} clients{own} {what['profiles']:,} profile{'s at once' if what['profiles'] > 1 else ''}",
        f"  {_count(whole, 'state')}, {whole.number_of_edges():,} steps, up to {_depth(whole)} steps deep"
        + ("" if what["complete"] else f"; {cut}, so this is a part of it"),
        f"  {_ends(whole, 'state')}",
        f"  {_rounds(whole)}",
    ]
    if graph is not whole:
        stuttering = sum(data["stutters"] for _, data in graph.nodes(data=True))
        lines += [
            "",
            f"By {graph.graph['by']}: {_count(graph, 'node')}, {graph.number_of_edges():,} arrows"
            + (f"; {stuttering:,} steps within a node are left out" if stuttering else ""),
            f"  {_ends(graph, 'node')}",
            f"  {_arrows_round(graph)}",
        ]
    lines += ["", *_listed(shown, name)]
    lines += ["", *_violation(shown, name)] if name is not None else _violations(shown)
    return "\n".join(lines) + "\n"


def _count(graph: Graph, what: str) -> str:
    number = graph.number_of_nodes()
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _depth(graph: Graph) -> int:
    return max(int(data["step"]) for _, data in graph.nodes(data=True))


def _ends(graph: Graph, what: str) -> str:
    ends = terminals(graph)
    return f"runs can end in {len(ends):,} {what}{'' if len(ends) == 1 else 's'}{_some(ends)}" if ends else "no run ends"


def _rounds(graph: Graph) -> str:
    parts, total = rounds(graph), nx.number_strongly_connected_components(graph)
    if not parts:
        return f"no run goes round: {_components(total)}, each one state"
    sizes = _some(tuple(len(part) for part in parts))
    return f"runs can go round: {_components(total)}, {len(parts):,} of them with a cycle; sizes{sizes}"


def _components(count: int) -> str:
    return f"{count:,} strongly connected component{'' if count == 1 else 's'}"


def _arrows_round(graph: Graph) -> str:
    """The same of a quotient, where a cycle need not be one of any run."""
    parts, total = rounds(graph), nx.number_strongly_connected_components(graph)
    several = [len(part) for part in parts if len(part) > 1]
    back = f"{len(parts) - len(several):,} with an arrow back to itself"
    cycles = f"{len(several):,} of several nodes{_some(tuple(several))}" if several else "none of several nodes"
    return f"{_components(total)}: {cycles}; {back} (no run need go round there)"


def _some(numbers: tuple[int, ...], most: int = 8) -> str:
    return ": " + ", ".join(f"{number:,}" for number in numbers[:most]) + (", …" if len(numbers) > most else "")


def _listed(shown: StateGraph, name: str | None) -> list[str]:
    """Every node with the arrows from it, up to a point."""
    graph, bundles = shown.graph, shown.bundles(name)
    lines: list[str] = []
    left_out = 0
    for node in sorted(graph):
        data = graph.nodes[node]
        marks = [f"step {data['step']}"]
        marks += [f"{data['states']:,} states"] if data["states"] > 1 else []
        marks += [word for word in ("terminal", "open") if data[word]]
        rows = [f"[{node}] {_node(graph, node)}   ({', '.join(marks)})"]
        for target in sorted(graph.successors(node)):
            rows += [f"      → [{target}] {_arrow(bundle)}" for bundle in bundles[node, target]]
        if left_out or (lines and len(lines) + len(rows) > MOST_LINES):
            left_out += 1
        else:
            lines += rows
    return [*lines, f"… and {left_out:,} more, with their arrows: --format json has all"] if left_out else lines


def _node(graph: Graph, node: int) -> str:
    label: str = graph.nodes[node]["label"]
    return label.replace("\n", " · ")


def _arrow(bundle: Bundle) -> str:
    times = f" ×{bundle.steps:,}" if bundle.steps > 1 else ""
    when = "" if bundle.decides == "always" else f"   if {bundle.decides}"
    return f"{bundle.spoken}{times}{when}{f'   ✗ {bundle.breaks}' if bundle.breaks else ''}"


def _violations(shown: StateGraph) -> list[str]:
    names, what = broken(shown.graph), (shown.whole or shown).graph.graph
    where = HERE if what["complete"] else IN_PART
    lines = ["", f"What breaks {where}: {', '.join(names)}" if names else f"Nothing breaks {where}."]
    return lines + [f"{unbroken(shown, name)}." for name in what["obstructed"].split()]


def unbroken(shown: StateGraph, name: str, here: str = HERE, in_part: str = IN_PART) -> str:
    """What there is to say of a property that nothing in that graph breaks: that it does not `here`, or `in_part` of it; or
    that nobody knows."""
    what = (shown.whole or shown).graph.graph
    if name in what["obstructed"].split():
        return f"{name} is undetermined: {OBSTRUCTED}"
    return f"{name} does not break {here if what['complete'] else in_part}"


def _violation(shown: StateGraph, name: str) -> list[str]:
    graph = shown.graph
    if name not in broken(graph):
        return [f"{unbroken(shown, name)}."]
    whole = (shown.whole or shown).graph
    steps = len((shown.whole or shown).ways[name])
    lines = [f"{name} breaks after {steps} step{'' if steps == 1 else 's'} at the earliest."]
    needed = necessary(whole, name)
    lines.append(f"  never without: {'; '.join(needed)}" if needed else "  no single command has to be given for it")
    lines.append("  every way to it goes through:")
    bundles = shown.bundles(name)
    for gate in dominators(graph, name):
        if isinstance(gate, int):
            lines.append(f"    [{gate}] {_node(graph, gate)}")
        else:
            lines += [f"      → {_arrow(bundle)}" for bundle in bundles[gate[:2]] if bundle.spoken == gate[2]]
    return lines
