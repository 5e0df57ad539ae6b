"""What does a state space look like as a graph?

A *state graph* has a node for each state that a search has reached and an arrow for each step, as a `networkx`
multigraph whose attributes are plain text, numbers and truth values. It is always that of the space without reductions:
"symmetry" lets one state stand for others with the clients exchanged, so that C1 on one arrow may be C2 on the next;
"known-contents" drops what a client shows, and so on. Where the search was reduced, the same is searched again unreduced.

`StateGraph.project` makes it smaller: see `explore.graph.quotient`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from typing import TypeAlias

import networkx as nx

from explore.graph.quotient import START, Arrow, Graph, ProfileWords, StateGraph
from explore.graph.readings import Situation, clean, facts, situation, state_summary
from explore.properties import PROPERTIES, Property
from explore.runs import shortest
from explore.scenario import Scenario
from explore.search import DEFAULT_MOST_STATES, Search, liveness, search
from explore.space import REDUCTIONS, Space, State, Transition, Universe
from explore.system import Receipt, Sent, act_text, actor_name
from model import client as clients, protocol as p
from model.client import must_be_a_manner
from model.protocol import response_text
from model.store import Action
from strategies import Profile

__all__ = ["StateGraph", "first_broken", "scenario_graph", "smallest", "state_graph"]

Act: TypeAlias = p.Command | Action | Sent | Receipt


def state_graph(result: Search, most_states: int = DEFAULT_MOST_STATES) -> StateGraph:
    """The state graph of what that search covers.

    If the space was reduced, it is searched again without reductions, up to `most_states`. A search that was cut gives
    the part of the graph that it has seen; `graph.graph["complete"]` says so, and nodes with steps left out are `open`.
    """
    space = result.space
    if space.reductions:
        whole = Space(
            space.scenario, space.manner, space.universe, space.properties, space.execute, linked=space.linked
        )  # fmt: skip
        result, space = search(whole, most_states), whole
    return _Builder(space, _with_liveness(result)).made()


def scenario_graph(
    scenario: Scenario, properties: Iterable[Property] = PROPERTIES, profile: Profile | str | None = None,
    manner: str | None = None, most_states: int = DEFAULT_MOST_STATES,
) -> StateGraph:  # fmt: skip
    """The state graph of that scenario, where those properties break marked in it.

    Under that profile (None: under all at once), for clients of that manner (None: the first one that the scenario is
    meant for). Raises ValueError for a profile or a manner that there is not.
    """
    kind = manner or scenario.manners[0]
    must_be_a_manner(kind)
    server = Profile.parse(profile) if isinstance(profile, str) else profile
    universe = Universe() if server is None else Universe.of(server)
    return state_graph(search(Space(scenario, kind, universe, tuple(properties)), most_states), most_states)


def first_broken(
    scenarios: Iterable[Scenario], manner: str | None, universe: Universe, prop: Property,
    most_states: int = DEFAULT_MOST_STATES,
) -> Search | None:  # fmt: skip
    """The search of the first of those scenarios in which that property breaks, for clients of that manner (None: of each
    that the scenario is meant for); the smaller ones are tried first. Else, of the first that ended before it could tell;
    None if there is none. It is reduced as far as is sound."""
    unsure: Search | None = None
    asked = sorted(scenarios, key=_extent)
    for scenario, kind in (
        (candidate, kind) for candidate in asked for kind in ((manner,) if manner else candidate.manners)
    ):
        space = Space(scenario, kind, universe, (prop,), reductions=REDUCTIONS)
        result = liveness(search(space, most_states), most_states)
        if prop.id in result.failing or result.interrupted:
            return result
        if unsure is None and (result.unfinished or not result.complete or prop.id in result.obstructed):
            unsure = result
    return unsure


def smallest(scenarios: Iterable[Scenario]) -> Scenario:
    """That of those scenarios which has the fewest programs."""
    return min(scenarios, key=_extent)


def _extent(scenario: Scenario) -> tuple[bool, int, int]:
    """How large that scenario's state space is, by guess: whether it has no end, and how many programs it has."""
    steps = [step for program in scenario.programs for step in program.steps]
    choices = math.prod(len(step.choices) for step in steps) * math.prod(map(len, scenario.agent))
    return scenario.endless, choices, len(steps)


def _with_liveness(result: Search) -> Search:
    """The search, with what can go wrong for ever looked for if its properties ask for it; the one given stays as it is."""
    violations = {name: list(several) for name, several in result.violations.items()}
    own = dataclasses.replace(
        result, violations=violations, failing=dict(result.failing), arisen=set(result.arisen), obstructed=set(),
    )  # fmt: skip
    return liveness(own)


class _Builder:
    """Makes a state graph, states numbered breadth first."""

    def __init__(self, space: Space, result: Search) -> None:
        self.space, self.result = space, result
        self.names = [prop.id for prop in space.properties]
        self.words = ProfileWords(space.universe, space.manner)
        self.numbers: dict[State, int] = {space.start: START}
        self.graph: Graph = nx.MultiDiGraph()
        self.masks: dict[Arrow, int] = {}
        self.deciding: dict[Arrow, int] = {}
        self.places: dict[tuple[object, ...], Arrow] = {}

    def made(self) -> StateGraph:
        space, scenario = self.space, self.space.scenario
        self.graph.graph.update(
            scenario=scenario.name, title=clean(scenario.title), manner=space.manner, profiles=space.universe.size,
            by="none", start=START, complete=self.result.complete and not self.result.unfinished,
            unfinished=clean("; ".join(map(str, self.result.unfinished))),
            obstructed=" ".join(sorted(self.result.obstructed - set(self.result.failing))),
            own_clients=clean("; ".join(f"{who} is {user.bound}" for who, user in scenario.own_clients.items())),
        )  # fmt: skip
        situations: dict[int, tuple[Situation, ...]] = {}
        layer, step = [space.start], 0
        while layer:
            following: list[State] = []
            for state in layer:
                here = situation(space, state)
                situations[self.numbers[state]] = (here,)
                self._expand(state, here, step, following)
            layer, step = following, step + 1
        ways, loops = self._ways()
        for number, attributes in self.graph.nodes(data=True):
            into = (data["breaks"] for _, _, data in self.graph.in_edges(number, data=True))
            attributes["violating"] = bool(attributes["breaks"]) or any(into)
        homes = {number: number for number in situations}
        universe = space.universe
        return StateGraph(
            self.graph, situations, universe, space.manner, self.masks, self.deciding, ways, loops, homes
        )

    def _expand(self, state: State, here: Situation, step: int, following: list[State]) -> None:
        """The node of that state, and the arrows of all steps from it; states that were not known are to follow."""
        space, number, mask = self.space, self.numbers[state], self.result.reached[state]
        steps, left_out = 0, _cut(space, state)
        for edge in space.edges(state, space.universe.all):
            possible = edge.mask & mask
            if not possible:
                continue
            steps += 1
            if edge.target not in self.result.reached:
                left_out = True
                continue
            if edge.target not in self.numbers:
                self.numbers[edge.target] = len(self.numbers)
                following.append(edge.target)
            self._arrow(state, edge, possible)
        resting = space.at_rest(state) if space.is_at_rest(state) else []
        broken = [self.names[index] for index, profiles in resting if profiles & mask]
        self.graph.add_node(
            number, label="\n".join(map(clean, state_summary(here))), step=step, states=1,
            terminal=not steps and not left_out, breaks=" ".join(broken), violating=False, open=left_out,
            stutters=0, **facts(here),
        )  # fmt: skip

    def _arrow(self, state: State, edge: Transition, possible: int) -> None:
        way, ends = edge.way, (self.numbers[state], self.numbers[edge.target])
        key = self.graph.number_of_edges(*ends)
        answers = [f"S{to + 1}: {response_text(response, 'tag')}" for to, response in way.responses]
        self.graph.add_edge(
            *ends, key, actor=actor_name(edge.sid), command=clean(_done(way.act)),
            responses="\n".join(map(clean, answers)), decides=self.words.condition(edge.mask),
            condition=self.words.condition(possible), profiles=possible.bit_count(),
            breaks=" ".join(self.names[index] for index in way.broken), steps=1,
        )  # fmt: skip
        arrow = (*ends, key)
        self.masks[arrow], self.deciding[arrow] = possible, edge.mask
        self.places[_identity(state, edge)] = arrow

    def _ways(self) -> tuple[dict[str, tuple[Arrow, ...]], dict[str, int]]:
        """A shortest way to break each property that breaks; marks where one breaks by going round for ever."""
        ways, loops = {}, {}
        for name in self.names:
            best = shortest(self.result, name, self.space.universe.all)
            if best is not None:
                violation, index = best
                path = [*self.result.path(violation, index), *violation.loop]
                ways[name] = tuple(self.places[_identity(*step)] for step in path)
                loops[name] = len(violation.loop)
                if violation.loop:
                    node = self.graph.nodes[self.numbers[violation.state]]
                    node["breaks"] = f"{node['breaks']} {name}".strip()
        return ways, loops


def _cut(space: Space, state: State) -> bool:
    """Whether a client of one's own would go on there, and is followed no further."""
    programs = enumerate(space.scenario.programs)
    return any(
        clients.cut(space.participant(state, sid).client, program) for sid, program in programs if program.user is not None
    )


def _identity(state: State, edge: Transition) -> tuple[object, ...]:
    """What tells a step from every other one, whatever profiles it is taken under."""
    return state, edge.sid, edge.target, edge.way.act, edge.way.responses


def _done(act: Act) -> str:
    """What is done in a step: as a rule, a command that takes effect; on links, also one that sets out, and a response
    that is read."""
    if isinstance(act, Sent):
        return f"(sends) {act_text(act.command)}"
    return f"(reads) {response_text(act.response, 'tag')}" if isinstance(act, Receipt) else act_text(act)
