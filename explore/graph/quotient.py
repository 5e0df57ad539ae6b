"""What does a state space look like to a reader who asks about one thing? As a smaller graph, in which states that do not
differ in that are one.

A quotient (an existential abstraction: Clarke, Grumberg and Long, "Model Checking and Abstraction", 1994) has every run
of the whole graph, and none of its arrows is made up; but a walk through it may put steps together that no run does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import networkx as nx

from explore.check import condition, relevant_decisions
from explore.graph.readings import READINGS, Reading, Situation, clean
from explore.space import Universe

Graph: TypeAlias = "nx.MultiDiGraph[int]"
Arrow = tuple[int, int, int]
"""An arrow of the graph: source, target, key."""

START = 0
KEEP, COLLAPSE = "keep", "collapse"
LARGEST_TABLE = 128
"""A condition is minimised if no more combinations of choices make a difference to it than that."""


class Bundle(NamedTuple):
    """Arrows that are shown as one: who does what, how many steps that is, under which choices, and what breaks."""

    spoken: str
    steps: int
    decides: str
    breaks: str


@dataclass(frozen=True, eq=False)
class StateGraph:
    """A state graph or a quotient of one.

    `graph` is the networkx multigraph; node 0 is the start. Its nodes have `label` (lines), `step` (the fewest steps
    from the start), `states` (how many states it stands for), `terminal` (in one of them nobody can move), `breaks`
    (which properties of whole runs break there), `violating` (there, or on a step into it, a property breaks), `open`
    (a search that was cut has not followed all steps from there), and all of `explore.graph.readings.facts` on which
    its states agree. Its arrows have `actor`, `command`, `responses` (lines), `decides` (the strategies that lead to
    this answer), `condition` (under which profiles the step can be taken at all), `profiles` (how many those are),
    `breaks` (which properties), and `steps` (how many steps of the state graph it stands for).

    `situations` has the states that each node stands for; `masks` the profiles of each arrow; `ways`, for each property
    that breaks, a shortest way to break it, arrow by arrow; `loops`, how many arrows at its end go round for ever.
    `homes`, of a quotient, has the node for each state of the state graph, which is its `whole`.
    """

    graph: Graph
    situations: dict[int, tuple[Situation, ...]]
    universe: Universe
    manner: str
    masks: dict[Arrow, int]
    deciding: dict[Arrow, int]
    ways: dict[str, tuple[Arrow, ...]]
    loops: dict[str, int]
    homes: dict[int, int]
    whole: StateGraph | None = None

    def project(self, by: str | Reading = "views", stutter: str = KEEP) -> StateGraph:
        """The quotient in which states are one that read alike: by the name of a reading ("views", "mailboxes",
        "beliefs", or "none" for the graph as it is), or by any function of a `Situation`.

        Steps within a node are *stuttering* ones. With stutter="keep" they are arrows from the node to itself; with
        "collapse" only those are on which a property breaks, and the others are counted in the node's `stutters`.
        A quotient of a quotient is made anew, of the whole graph. Raises ValueError for another word.
        """
        if stutter not in (KEEP, COLLAPSE):
            raise ValueError(f"stutter={stutter!r} is neither {KEEP!r} nor {COLLAPSE!r}")
        if isinstance(by, str) and by != "none" and by not in READINGS:
            raise ValueError(f"{by!r} is no reading of a state; they are {', '.join(READINGS)}, none")
        return _Quotient(self.whole or self, by, stutter).made()

    def __repr__(self) -> str:
        graph = self.graph
        nodes, arrows = graph.number_of_nodes(), graph.number_of_edges()
        return f"<state graph of {graph.graph['scenario']}: {nodes} nodes, {arrows} arrows, by {graph.graph['by']}>"

    def arrows(self) -> Iterable[tuple[Arrow, dict[str, Any]]]:
        """Every arrow with its attributes."""
        for source, target, key, attributes in self.graph.edges(keys=True, data=True):
            yield (source, target, key), attributes

    def bundles(self, name: str | None = None) -> dict[tuple[int, int], list[Bundle]]:
        """The arrows as they are shown: between two nodes, those with the same actor and command that break the same are
        one, whatever was answered. With the name of a property, no other is said to break."""
        merged: dict[tuple[int, int, str, str], tuple[int, int]] = {}
        for arrow, data in self.arrows():
            breaks = " ".join(broken for broken in data["breaks"].split() if name in (None, broken))
            said = (*arrow[:2], f"{data['actor']}: {data['command']}", breaks)
            steps, deciding = merged.get(said, (0, 0))
            merged[said] = steps + data["steps"], deciding | self.deciding[arrow]
        words = ProfileWords(self.universe, self.manner)
        bundles: dict[tuple[int, int], list[Bundle]] = {}
        for (source, target, spoken, breaks), (steps, deciding) in merged.items():
            bundles.setdefault((source, target), []).append(Bundle(spoken, steps, words.condition(deciding), breaks))
        return bundles


class ProfileWords:
    """Sets of profiles in words, each set worked out once."""

    def __init__(self, universe: Universe, manner: str) -> None:
        self.universe, self.manner = universe, manner
        self._known: dict[int, str] = {}

    def condition(self, mask: int) -> str:
        """When a profile is in that set: a minimised expression, or, if it would be a long one, a number."""
        if mask not in self._known:
            self._known[mask] = self._worked_out({self.manner: mask})
        return self._known[mask]

    def _worked_out(self, sets: dict[str, int]) -> str:
        rows = 1
        for decision in relevant_decisions(self.universe, sets):
            rows *= len(self.universe.choices[decision])
        if rows > LARGEST_TABLE:
            return f"{sets[self.manner].bit_count():,} of {self.universe.size:,} profiles"
        return str(condition(self.universe, sets))


class _Quotient:
    """Merges the nodes of a graph that read alike, and the arrows between them that say the same."""

    def __init__(self, full: StateGraph, by: str | Reading, stutter: str) -> None:
        self.full, self.stutter = full, stutter
        self.by = by if isinstance(by, str) else getattr(by, "__name__", "a reading of one's own")
        reading = READINGS.get(by) if isinstance(by, str) else by
        self.homes: dict[int, int] = {}
        self.read: list[Any] = []
        numbers: dict[Any, int] = {}
        for node in sorted(full.graph):
            read: Any = full.graph.nodes[node]["label"] if reading is None else reading(full.situations[node][0])
            key = node if reading is None else read
            if key not in numbers:
                numbers[key] = len(numbers)
                self.read.append(read)
            self.homes[node] = numbers[key]
        self.words = ProfileWords(full.universe, full.manner)
        self.graph: Graph = nx.MultiDiGraph(**{**full.graph.graph, "by": self.by})
        self.places: dict[Arrow, Arrow] = {}
        self.masks: dict[Arrow, int] = {}
        self.deciding: dict[Arrow, int] = {}
        self.stuttered: dict[int, int] = {}

    def made(self) -> StateGraph:
        full = self.full
        members: dict[int, list[int]] = {}
        for node, home in self.homes.items():
            members.setdefault(home, []).append(node)
        for home, nodes in members.items():
            self.graph.add_node(home, **self._merged(home, [full.graph.nodes[node] for node in nodes]))
        self._arrows()
        situations = {
            home: tuple(situation for node in nodes for situation in full.situations[node])
            for home, nodes in members.items()
        }
        for home, count in self.stuttered.items():
            self.graph.nodes[home]["stutters"] += count
        ways = {
            name: tuple(self.places[arrow] for arrow in way if arrow in self.places) for name, way in full.ways.items()
        }
        loops = {
            name: sum(arrow in self.places for arrow in full.ways[name][len(full.ways[name]) - loop :])
            for name, loop in full.loops.items()
        }
        return StateGraph(
            self.graph, situations, full.universe, full.manner, self.masks, self.deciding, ways, loops, self.homes, full
        )

    def _merged(self, home: int, nodes: list[dict[str, Any]]) -> dict[str, Any]:
        """The attributes of a node: what is counted is added up, what all agree on is kept."""
        first = nodes[0]
        common = {
            name: value for name, value in first.items() if all(node.get(name) == value for node in nodes)
        }
        return {
            **common,
            "label": _label(self.read[home]),
            "step": min(node["step"] for node in nodes),
            "states": sum(node["states"] for node in nodes),
            "stutters": sum(node["stutters"] for node in nodes),
            "breaks": " ".join(dict.fromkeys(name for node in nodes for name in node["breaks"].split())),
            **{name: any(node[name] for node in nodes) for name in ("terminal", "violating", "open")},
        }

    def _arrows(self) -> None:
        """Arrows with the same ends, actor, command, responses and broken properties become one."""
        known: dict[tuple[Any, ...], Arrow] = {}
        for arrow, attributes in self.full.arrows():
            source, target = self.homes[arrow[0]], self.homes[arrow[1]]
            if source == target and self.stutter == COLLAPSE and not attributes["breaks"]:
                self.stuttered[source] = self.stuttered.get(source, 0) + attributes["steps"]
                continue
            said = tuple(attributes[name] for name in ("actor", "command", "responses", "breaks"))
            place = known.get((source, target, *said))
            if place is None:
                key = self.graph.add_edge(source, target, **{**attributes, "steps": 0})
                place = known[source, target, *said] = (source, target, key)
            self.places[arrow] = place
            self.graph.edges[place]["steps"] += attributes["steps"]
            self.masks[place] = self.masks.get(place, 0) | self.full.masks[arrow]
            self.deciding[place] = self.deciding.get(place, 0) | self.full.deciding[arrow]
        for place, mask in self.masks.items():
            self.graph.edges[place].update(
                condition=self.words.condition(mask), decides=self.words.condition(self.deciding[place]),
                profiles=mask.bit_count(),
            )  # fmt: skip


def _label(read: Any) -> str:
    lines = read if isinstance(read, tuple) and all(isinstance(line, str) for line in read) else str(read).splitlines()
    return "\n".join(map(clean, lines))
