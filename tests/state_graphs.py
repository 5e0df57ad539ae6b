"""Scenarios whose state graphs the tests look at."""

from __future__ import annotations

from typing import Any

from explore.graph.quotient import COLLAPSE, KEEP, START, StateGraph
from explore.properties.catalogue import PROPERTIES
from explore.scenario.definition import Scenario
from explore.scenario.notation import builtin, parse
from explore.search.breadth_first import Search, search
from explore.space.profile_set import Universe
from explore.space.state_space import Space
from model.client.belief import NAIVE
from strategies import Profile

BUILTIN = {scenario.name: scenario for scenario in builtin()}
BY_ID = {prop.id: prop for prop in PROPERTIES}
STARVING = BUILTIN["5-starve-store"]
QUIET = BUILTIN["3-quiet"]
ODD = parse(
    "odd",
    """
Mailbox: FOO 1 messages
Selected: FOO by C1
C1: APPEND FOO "a\x07<&> \\" \u00e9 \u4e2d $x^2$"
C1: NOOP
""",
)


def searched(
    scenario: Scenario, profile: str | None = None, reductions: frozenset[str] = frozenset(), most_states: int = 10_000
) -> Search:
    universe = Universe() if profile is None else Universe.of(Profile.parse(profile))
    return search(Space(scenario, NAIVE, universe, PROPERTIES, reductions=reductions), most_states)


def complaints(full: StateGraph, small: StateGraph, stutter: str = KEEP) -> list[str]:
    """What is wrong with a quotient, found out anew from its nodes and arrows alone."""
    homes = {}
    for node, several in small.situations.items():
        for here in several:
            homes.update(dict.fromkeys([other for other, (one,) in full.situations.items() if one == here], node))
    wrong = []
    if set(homes) != set(full.graph) or homes[START] != START:
        wrong.append("a state has no node, or the start is elsewhere")
        return wrong
    words = ("actor", "command", "responses", "breaks")
    stems: dict[tuple[Any, ...], tuple[int, int]] = {}
    within = dict.fromkeys(small.graph, 0)
    for (source, target, key), data in full.arrows():
        said = (homes[source], homes[target], *(data[word] for word in words))
        if said[0] == said[1] and stutter == COLLAPSE and not data["breaks"]:
            within[said[0]] += 1
            continue
        steps, mask = stems.get(said, (0, 0))
        stems[said] = steps + 1, mask | full.masks[source, target, key]
    arrows = {
        (*arrow[:2], *(data[word] for word in words)): (data["steps"], small.masks[arrow]) for arrow, data in small.arrows()
    }
    wrong += [f"a step is lost: {said}" for said in stems.keys() - arrows.keys()]
    wrong += [f"an arrow is made up: {said}" for said in arrows.keys() - stems.keys()]
    wrong += [f"steps or profiles of {said}" for said in stems.keys() & arrows.keys() if stems[said] != arrows[said]]
    wrong += [f"stuttering at {node}" for node in small.graph if small.graph.nodes[node]["stutters"] != within[node]]
    wrong += [
        f"so many states at {node}" for node in small.graph
        if small.graph.nodes[node]["states"] != sum(home == node for home in homes.values())
    ]  # fmt: skip
    return wrong
