"""Is the state graph the search? (`explore.graph.build`)"""

from __future__ import annotations

import random

import networkx as nx
import pytest
from stages import DELETED, EXPUNGED
from state_graphs import QUIET, STARVING, complaints, searched

from explore.graph.analysis import describe, shortest_way, step_text
from explore.graph.build import state_graph
from explore.graph.quotient import START, ProfileWords, StateGraph
from explore.properties.catalogue import PROPERTIES
from explore.system.moves import act_text, actor_name
from explore.scenario.definition import Scenario
from explore.scenario.notation import parse
from explore.search.breadth_first import search
from explore.space.profile_set import Universe
from explore.space.state_space import REDUCTIONS, Space
from model.client.belief import NAIVE, RECKLESS
from strategies import Profile

TWINS = parse(
    "twins",
    """
Mailbox: FOO 2 messages, 2 \\Deleted
Selected: FOO by C1 C2
C1: EXPUNGE | FETCH 1:2 BODY[]
C2: EXPUNGE | FETCH 1:2 BODY[]
""",
)


@pytest.fixture(scope="module")
def expunged() -> StateGraph:
    return state_graph(searched(EXPUNGED))


# --- the graph is the search ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", [None, "fetch=4.1.3,delete=3.2"])
@pytest.mark.parametrize("scenario", [EXPUNGED, DELETED, QUIET, STARVING, TWINS], ids=lambda scenario: scenario.name)
def test_the_graph_is_the_search(scenario: Scenario, profile: str | None) -> None:
    found = searched(scenario, profile)
    shown = state_graph(found)
    space = found.space
    assert shown.graph.number_of_nodes() == len(found.reached)
    assert shown.graph.number_of_edges() == found.transitions
    clients = range(len(scenario.programs))
    states = {
        (space.world(state), tuple(space.participant(state, sid) for sid in clients), state[-1]) for state in found.reached
    }  # fmt: skip
    assert {tuple(here) for (here,) in shown.situations.values()} == states
    distances = nx.single_source_shortest_path_length(shown.graph, START)
    assert distances == {node: data["step"] for node, data in shown.graph.nodes(data=True)}
    assert max(distances.values()) == found.depth


def test_each_arrow_is_a_step(expunged: StateGraph) -> None:
    found = searched(EXPUNGED)
    space = found.space
    steps = [
        (actor_name(edge.sid), act_text(edge.way.act), edge.mask, edge.way.mask, edge.way.broken)
        for state, mask in found.reached.items()
        for edge in space.edges(state, mask)
    ]
    names = [prop.id for prop in PROPERTIES]
    arrows = []
    for arrow, data in expunged.arrows():
        broken = tuple(map(names.index, data["breaks"].split()))
        arrows.append((data["actor"], data["command"], expunged.masks[arrow], expunged.deciding[arrow], broken))
    assert sorted(arrows) == sorted(steps)


def test_attributes_say_how_things_stand() -> None:
    shown = state_graph(searched(QUIET, "delete=3.2"))
    node = next(target for _, target, data in shown.graph.out_edges(START, data=True) if data["command"] == "DELETE FOO")
    data = shown.graph.nodes[node]
    assert data["mailboxes"] == "FOO (deleted): 1"
    assert data["opened"] == "C2: FOO (deleted)"
    assert data["C2_shows"] == "FOO: 1"
    assert data["C2_right"] is False
    assert data["C2_errs"] == "has FOO open, which is deleted"
    assert data["C1_right"] is True
    assert data["terminal"] is False
    assert data["step"] == 1
    (arrow,) = shown.graph.get_edge_data(START, node).values()
    assert arrow["responses"] == "S1: tag OK Mailbox FOO is deleted"
    assert arrow["actor"] == "C1"
    ends = [data for _, data in shown.graph.nodes(data=True) if data["terminal"]]
    assert {end["breaks"] for end in ends} == {"", "H-CONVERGENCE"}
    assert all(end["violating"] == bool(end["breaks"]) for end in ends)


def test_a_read_only_session_and_a_disconnected_one_are_said_so() -> None:
    scenario = parse("x", "Mailbox: FOO 1 messages\nExamined: FOO by C1\nSelected: FOO by C2\nC2: LOGOUT\nC1: NOOP\n")
    shown = state_graph(searched(scenario, "default"))
    assert shown.graph.nodes[START]["opened"] == "C1: FOO (read-only); C2: FOO"
    assert any(data["opened"] == "C1: FOO (read-only); C2: disconnected" for _, data in shown.graph.nodes(data=True))


@pytest.mark.parametrize("scenario", [TWINS, EXPUNGED, DELETED], ids=lambda scenario: scenario.name)
def test_a_reduced_search_gives_the_unreduced_graph(scenario: Scenario) -> None:
    reduced, plain = state_graph(searched(scenario, None, REDUCTIONS)), state_graph(searched(scenario))
    assert nx.utils.graphs_equal(reduced.graph, plain.graph)
    assert reduced.masks == plain.masks


def test_requests_and_responses_can_be_steps_of_their_own() -> None:
    text = "Mailbox: FOO 2 messages, 2 \\Deleted\nSelected: FOO by C1 C2\nC1: EXPUNGE\nC2: FETCH 2 FLAGS\n"
    scenario = parse("linked", text)
    found = search(Space(scenario, RECKLESS, Universe.of(Profile.parse()), PROPERTIES))
    shown = state_graph(found)
    assert (shown.graph.number_of_nodes(), shown.graph.number_of_edges()) == (len(found.reached), found.transitions)
    said = {step_text(data) for _, data in shown.arrows()}
    assert {"C1: (sends) EXPUNGE", "C1: EXPUNGE", "C1: (reads) * 2 EXPUNGE", "C1: (reads) tag OK EXPUNGE completed"} <= said
    reduced = state_graph(search(Space(scenario, RECKLESS, Universe.of(Profile.parse()), PROPERTIES, reductions=REDUCTIONS)))
    assert nx.utils.graphs_equal(reduced.graph, shown.graph)
    assert complaints(shown, shown.project("views")) == []


def test_symmetry_would_have_mixed_up_the_clients() -> None:
    """Why reduced searches are searched again: in the reduced graph some client sends what it has sent already."""
    found = searched(TWINS, None, frozenset({"symmetry"}))
    space = found.space
    twice = False
    for state, mask in found.reached.items():
        for edge in space.edges(state, mask):
            steps = [space.participant(edge.target, sid).client.step for sid in (0, 1)]
            before = [space.participant(state, sid).client.step for sid in (0, 1)]
            twice = twice or steps[edge.sid] == before[edge.sid]
    assert twice
    shown = state_graph(found)
    for (source, target, _), data in shown.arrows():
        sid = int(data["actor"][1:]) - 1
        ends = [shown.situations[node][0].participants[sid].client.step for node in (source, target)]
        assert ends[1] == ends[0] + 1


def test_a_cut_search_gives_a_part_and_says_so() -> None:
    found = searched(EXPUNGED, None, most_states=30)
    shown = state_graph(found)
    assert not found.complete
    assert shown.graph.graph["complete"] is False
    assert shown.graph.number_of_nodes() == len(found.reached)
    whole = state_graph(searched(EXPUNGED))
    assert 0 < shown.graph.number_of_edges() < whole.graph.number_of_edges()
    assert "the search was cut" in describe(shown)


def test_the_search_given_stays_as_it_is() -> None:
    found = searched(STARVING)
    failing = dict(found.failing)
    shown = state_graph(found)
    assert found.failing == failing
    assert "H-STARVATION" not in failing
    assert "H-STARVATION" in shown.ways


# --- conditions and ways ----------------------------------------------------------------------------------------------


def holds(text: str, profile: Profile) -> bool:
    """Whether a condition, as it is written, holds for that profile."""
    if text in ("always", "never"):
        return text == "always"
    literals = [[literal.split("=", 1) for literal in cube.split(" and ")] for cube in text.split(" or ")]
    return any(all(profile.choices[name] in values.split("|") for name, values in cube) for cube in literals)


def test_conditions_say_just_under_which_profiles(expunged: StateGraph) -> None:
    picked = random.Random(1).sample(range(expunged.universe.size), 200)
    profiles = {index: expunged.universe.profile(index) for index in picked}
    seen = set()
    for arrow, data in expunged.arrows():
        assert data["profiles"] == expunged.masks[arrow].bit_count()
        for text, mask in ((data["condition"], expunged.masks[arrow]), (data["decides"], expunged.deciding[arrow])):
            if (text, mask) not in seen:
                seen.add((text, mask))
                assert [holds(text, one) for one in profiles.values()] == [bool(mask >> index & 1) for index in picked]
    assert len(seen) > 5


def test_a_long_condition_is_a_number() -> None:
    universe = Universe()
    wild = random.Random(2).getrandbits(universe.size)
    assert ProfileWords(universe, NAIVE).condition(wild) == f"{wild.bit_count():,} of 13,824 profiles"


@pytest.mark.parametrize("scenario", [EXPUNGED, DELETED, STARVING], ids=lambda scenario: scenario.name)
def test_the_shortest_way_is_one_that_some_profile_goes(scenario: Scenario) -> None:
    shown = state_graph(searched(scenario))
    assert shown.ways
    for name, way in shown.ways.items():
        mask, here = shown.universe.all, START
        for arrow in way:
            assert arrow[0] == here
            here, mask = arrow[1], mask & shown.deciding[arrow]
        assert mask
        last = shown.graph.edges[way[-1]]["breaks"].split()
        assert name in last or name in shown.graph.nodes[here]["breaks"].split()
        assert len(way) - shown.loops[name] >= len(shortest_way(shown.graph, name))
        if shown.loops[name]:
            assert way[-shown.loops[name]][0] == here
