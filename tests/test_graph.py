"""Is the state graph the search, is a quotient sound, and do analysis and export say what is there?"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Hashable
from dataclasses import replace
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from command_line import Ran, ran
from hypothesis import given, settings, strategies as st

from explore.graph.analysis import describe, dominators, necessary, rounds, shortest, spoken, terminals
from explore.graph.build import first_broken, smallest, state_graph
from explore.graph.export import FORMATS, as_dot, as_graphml, as_json
from explore.graph.quotient import COLLAPSE, KEEP, START, Arrow, Graph, StateGraph, Words
from explore.graph.readings import READINGS, Situation, facts
from explore.properties.catalogue import PROPERTIES
from explore.runs.schedule import act_text, actor_name
from explore.scenario.definition import Scenario
from explore.scenario.notation import builtin, parse
from explore.search.breadth_first import Search, search
from explore.space.profile_set import Universe
from explore.space.state_space import REDUCTIONS, Space
from model.client.belief import NAIVE, RECKLESS
from stages import DELETED, EXPUNGED
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
TWINS = parse(
    "twins",
    """
Mailbox: FOO 2 messages, 2 \\Deleted
Selected: FOO by C1 C2
C1: EXPUNGE | FETCH 1:2 BODY[]
C2: EXPUNGE | FETCH 1:2 BODY[]
""",
)


def searched(
    scenario: Scenario, profile: str | None = None, reductions: frozenset[str] = frozenset(), most_states: int = 10_000
) -> Search:
    universe = Universe() if profile is None else Universe.of(Profile.parse(profile))
    return search(Space(scenario, NAIVE, universe, PROPERTIES, reductions=reductions), most_states)


@pytest.fixture(scope="module")
def expunged() -> StateGraph:
    return state_graph(searched(EXPUNGED))


@pytest.fixture(scope="module")
def starving() -> StateGraph:
    return state_graph(searched(STARVING))


# --- the graph is the search ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", [None, "fetch=4.1.3,delete=3.2"])
@pytest.mark.parametrize("scenario", [EXPUNGED, DELETED, QUIET, STARVING, TWINS], ids=lambda scenario: scenario.name)
def test_the_graph_is_the_search(scenario: Scenario, profile: str | None) -> None:
    found = searched(scenario, profile)
    shown = state_graph(found)
    space = found.space
    assert shown.graph.number_of_nodes() == len(found.reached)
    assert shown.graph.number_of_edges() == found.transitions
    clients = range(len(scenario.programs))
    states = {(space.world(state), tuple(space.actor(state, sid) for sid in clients), state[-1]) for state in found.reached}
    assert {tuple(here) for (here,) in shown.situations.values()} == states
    distances = nx.single_source_shortest_path_length(shown.graph, START)
    assert distances == {node: data["step"] for node, data in shown.graph.nodes(data=True)}
    assert max(distances.values()) == found.depth


def test_each_arrow_is_a_step(expunged: StateGraph) -> None:
    found = searched(EXPUNGED)
    space = found.space
    steps = [
        (actor_name(edge.sid), act_text(edge.branch.act), edge.mask, edge.branch.mask, edge.branch.broken)
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
    said = {spoken(data) for _, data in shown.arrows()}
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
            steps = [space.actor(edge.target, sid).client.step for sid in (0, 1)]
            before = [space.actor(state, sid).client.step for sid in (0, 1)]
            twice = twice or steps[edge.sid] == before[edge.sid]
    assert twice
    shown = state_graph(found)
    for (source, target, _), data in shown.arrows():
        sid = int(data["actor"][1:]) - 1
        ends = [shown.situations[node][0].actors[sid].client.step for node in (source, target)]
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


# --- conditions and ways --------------------------------------------------------------------------------------------


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
    assert Words(universe, NAIVE).condition(wild) == f"{wild.bit_count():,} of 13,824 profiles"


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
        assert len(way) - shown.loops[name] >= len(shortest(shown.graph, name))
        if shown.loops[name]:
            assert way[-shown.loops[name]][0] == here


# --- quotients ------------------------------------------------------------------------------------------------------


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


def parity(here: Situation) -> Hashable:
    """A reading of one's own: how many messages there are, even or odd."""
    return sum(len(box.messages) for box in here.world.mailboxes) % 2


@pytest.mark.parametrize("stutter", [KEEP, COLLAPSE])
@pytest.mark.parametrize("by", [*READINGS, "none", parity], ids=lambda by: by if isinstance(by, str) else by.__name__)
@pytest.mark.parametrize("scenario", [EXPUNGED, DELETED, STARVING], ids=lambda scenario: scenario.name)
def test_quotients_are_sound(scenario: Scenario, by: str | Callable[[Situation], Hashable], stutter: str) -> None:
    full = state_graph(searched(scenario))
    small = full.project(by, stutter)
    assert complaints(full, small, stutter) == []
    assert sum(data["steps"] for _, data in small.arrows()) + sum(
        data["stutters"] for _, data in small.graph.nodes(data=True)
    ) == full.graph.number_of_edges()
    assert small.whole is full


@pytest.mark.parametrize("by", list(READINGS))
def test_states_are_merged_just_if_they_read_alike(expunged: StateGraph, by: str) -> None:
    read = [{READINGS[by](here) for here in several} for several in expunged.project(by).situations.values()]
    assert all(len(one) == 1 for one in read)
    assert len(set.union(*read)) == len(read)


def test_what_the_readings_tell_apart(expunged: StateGraph) -> None:
    """Written down by hand: the views are UIDs and flags as told, the beliefs who errs how."""
    labels = {by: {data["label"] for _, data in expunged.project(by).graph.nodes(data=True)} for by in READINGS}
    assert "C1 FOO: 1, 2 (\\Deleted), 3\nC2 FOO: 1, 2 (\\Deleted), 3" in labels["views"]
    assert "C1 FOO: 1,3\nC2 FOO: 1, 2 (\\Deleted), 3" in labels["views"]
    assert "C1 is right about FOO\nC2 counts 3 messages; its 2 is expunged" in labels["beliefs"]
    assert labels["mailboxes"] == {"FOO: C1 C2"}
    renamed = state_graph(searched(QUIET)).project("mailboxes")
    assert {data["label"] for _, data in renamed.graph.nodes(data=True)} == {
        "FOO: C2", "FOO (deleted): C2", "no mailbox but INBOX", "BAR: nobody", "BAR: C2",
    }  # fmt: skip


def test_every_run_is_a_way_through_the_quotient(expunged: StateGraph) -> None:
    small = expunged.project("beliefs")
    chance = random.Random(3)
    for _ in range(200):
        here, there = START, START
        while steps := list(expunged.graph.out_edges(here, keys=True, data=True)):
            _, here, _, data = chance.choice(steps)
            ways = [
                target for _, target, arrow in small.graph.out_edges(there, data=True)
                if spoken(arrow) == spoken(data) and arrow["responses"] == data["responses"]
                and here in [node for node, home in small.homes.items() if home == target]
            ]  # fmt: skip
            assert len(set(ways)) == 1
            there = ways[0]


def _lose_an_arrow(graph: Graph, arrow: Arrow) -> None:
    graph.remove_edge(*arrow)


def _make_one_up(graph: Graph, arrow: Arrow) -> None:
    graph.add_edge(arrow[1], arrow[0], **{**graph.edges[arrow], "command": "NOOP NOOP"})


def _bend_one(graph: Graph, arrow: Arrow) -> None:
    data = graph.edges[arrow]
    graph.remove_edge(*arrow)
    graph.add_edge(arrow[0], max(graph), **data)


def _miscount(graph: Graph, arrow: Arrow) -> None:
    graph.edges[arrow]["steps"] += 1


def _hush_up(graph: Graph, arrow: Arrow) -> None:
    graph.nodes[arrow[0]]["stutters"] += 1


def _forget_states(graph: Graph, arrow: Arrow) -> None:
    graph.nodes[arrow[0]]["states"] -= 1


@pytest.mark.parametrize("break_it", [_lose_an_arrow, _make_one_up, _bend_one, _miscount, _hush_up, _forget_states])
def test_a_broken_quotient_is_caught(expunged: StateGraph, break_it: Callable[[Graph, Arrow], None]) -> None:
    small = expunged.project("beliefs")
    arrow = next(arrow for arrow, _ in small.arrows() if arrow[0] != arrow[1])
    broken = replace(small, graph=small.graph.copy())
    before = set(small.graph.edges(keys=True))
    break_it(broken.graph, arrow)
    masks = dict.fromkeys(set(broken.graph.edges(keys=True)) - before, small.masks[arrow])
    assert complaints(expunged, replace(broken, masks={**small.masks, **masks}))


def test_profiles_and_homes_that_are_wrong_are_caught(expunged: StateGraph) -> None:
    small = expunged.project("beliefs")
    arrow = next(iter(small.masks))
    assert complaints(expunged, replace(small, masks={**small.masks, arrow: small.masks[arrow] & ~1 or 1}))
    mixed = {**small.situations, 1: small.situations[1][1:], 2: (*small.situations[2], small.situations[1][0])}
    assert complaints(expunged, replace(small, situations=mixed))
    assert complaints(expunged, replace(small, situations={**small.situations, 1: ()}))


def test_steps_that_break_something_are_never_collapsed(expunged: StateGraph) -> None:
    kept, collapsed = (expunged.project("mailboxes", stutter) for stutter in (KEEP, COLLAPSE))
    breaking = [data["breaks"] for _, data in kept.arrows() if data["breaks"]]
    assert breaking
    assert [data["breaks"] for _, data in collapsed.arrows()] == breaking
    assert collapsed.graph.nodes[START]["stutters"] == expunged.graph.number_of_edges() - sum(
        bool(data["breaks"]) for _, data in expunged.arrows()
    )


def test_ways_and_loops_are_kept_in_quotients(starving: StateGraph) -> None:
    for by in (*READINGS, "none"):
        small = starving.project(by)
        for name, way in small.ways.items():
            assert len(way) == len(starving.ways[name])
            assert [spoken(small.graph.edges[arrow]) for arrow in way] == [
                spoken(starving.graph.edges[arrow]) for arrow in starving.ways[name]
            ]
            assert small.loops == starving.loops
    collapsed = starving.project("mailboxes", COLLAPSE)
    loop = [spoken(collapsed.graph.edges[arrow]) for arrow in collapsed.ways["H-STARVATION"]]
    assert loop == ["C2: STORE 1:3 +FLAGS (\\Flagged)"], "what else is on the loop stutters, and breaks nothing"
    assert collapsed.loops["H-STARVATION"] == 1


def test_a_quotient_of_a_quotient_is_made_of_the_whole(expunged: StateGraph) -> None:
    again = expunged.project("mailboxes").project("views")
    assert nx.utils.graphs_equal(again.graph, expunged.project("views").graph)


def test_attributes_on_which_states_agree_are_kept(expunged: StateGraph) -> None:
    small = expunged.project("views")
    for node, several in small.situations.items():
        every = [facts(here) for here in several]
        for name, value in every[0].items():
            agree = all(one[name] == value for one in every)
            assert (name in small.graph.nodes[node]) is agree


@pytest.mark.parametrize(("by", "stutter"), [("colours", KEEP), ("views", "drop")])
def test_a_word_that_means_nothing_is_refused(expunged: StateGraph, by: str, stutter: str) -> None:
    with pytest.raises(ValueError, match=r"colours|drop"):
        expunged.project(by, stutter)


# --- analysis -------------------------------------------------------------------------------------------------------


def made(*arrows: str, ends: str = "", breaks: dict[int, str] | None = None) -> Graph:
    """A graph by hand: "0 a 1" is an arrow from 0 to 1 with the command a; "0 a! 1" one on which H breaks."""
    graph: Graph = nx.MultiDiGraph()
    for words in arrows:
        source, command, target = words.split()
        broken = "H" if command.endswith("!") else ""
        graph.add_edge(int(source), int(target), actor="C1", command=command.rstrip("!"), breaks=broken)
    for node in graph:
        graph.nodes[node].update(terminal=str(node) in ends.split(), breaks=(breaks or {}).get(node, ""))
    return graph


def test_dominators_of_a_small_graph() -> None:
    graph = made("0 a 1", "0 b 2", "1 c 3", "2 d 3", "3 e 4", "4 f 3", "4 g! 5", "4 h 5", "0 z 6", ends="5 6")
    assert dominators(graph, "H") == (0, 3, (3, 4, "C1: e"), 4, (4, 5, "C1: g"))
    assert necessary(graph, "H") == ("C1: e", "C1: g")
    assert [step[2][-1] for step in shortest(graph, "H")] in (["a", "c", "e", "g"], ["b", "d", "e", "g"])
    assert rounds(graph) == [(3, 4)]
    assert terminals(graph) == (5, 6)


def test_dominators_where_a_node_breaks() -> None:
    graph = made("0 a 1", "1 b 2", "2 c 1", "1 a 3", "3 b 3", breaks={2: "H", 3: "G"})
    assert dominators(graph, "H") == (0, (0, 1, "C1: a"), 1, (1, 2, "C1: b"), 2)
    assert necessary(graph, "H") == ("C1: a", "C1: b")
    assert necessary(graph, "G") == ("C1: a",)
    assert rounds(graph) == [(1, 2), (3,)]
    assert dominators(made("0 a 0", breaks={0: "H"}), "H") == (0,)


@pytest.mark.parametrize("ask", [dominators, necessary, shortest])
def test_what_does_not_break_has_no_dominators(ask: Callable[[Graph, str], Any]) -> None:
    with pytest.raises(ValueError, match="G does not break"):
        ask(made("0 a! 1"), "G")
    with pytest.raises(ValueError, match="H does not break"):
        ask(made("0 a 1", "2 b! 3"), "H")


NODES = st.integers(0, 6)


@settings(max_examples=60)
@given(st.lists(st.tuples(NODES, st.sampled_from("ab"), NODES), min_size=3, max_size=14), NODES)
def test_dominators_are_what_no_way_can_avoid(steps: list[tuple[int, str, int]], goal: int) -> None:
    graph = made("0 a 0", *(f"{source} {word} {target}" for source, word, target in steps), breaks={goal: "H"})
    if goal not in graph or not nx.has_path(graph, 0, goal):
        return
    passed = dominators(graph, "H")
    for node in graph:
        without = graph.copy()
        without.remove_node(node)
        avoidable = node not in (0, goal) and nx.has_path(without, 0, goal)
        assert (node in passed) is not avoidable
    for step in {(source, target, f"C1: {word}") for source, word, target in steps}:
        without = graph.copy()
        without.remove_edges_from([
            (source, target, key) for source, target, key, data in graph.edges(keys=True, data=True)
            if (source, target, spoken(data)) == step
        ])  # fmt: skip
        assert (step in passed) is not nx.has_path(without, 0, goal)


def test_the_gates_of_a_quotient_are_passed_by_every_run(expunged: StateGraph) -> None:
    small = expunged.project("beliefs")
    gates = [gate for gate in dominators(small.graph, "H-PHANTOM") if isinstance(gate, int)]
    assert len(gates) > 1
    breaking = [arrow for arrow, data in expunged.arrows() if "H-PHANTOM" in data["breaks"].split()]
    for source, _, _ in breaking:
        for path in nx.all_simple_paths(expunged.graph, START, source):
            assert set(gates) <= {small.homes[node] for node in path}


def test_the_summary_says_it_all(expunged: StateGraph, starving: StateGraph) -> None:
    text = describe(expunged.project("beliefs"), "H-PHANTOM")
    assert "72 states, 138 steps, up to 3 steps deep" in text
    assert "By beliefs: 11 nodes, 63 arrows" in text
    assert "→ [5] C2: FETCH 1:3 BODY[]   if fetch=4.1.3   ✗ H-PHANTOM" in text
    assert "never without: C1: EXPUNGE; C2: FETCH 1:3 BODY[]" in text
    assert "H-DOUBLE does not break here." in describe(expunged, "H-DOUBLE")
    assert "What breaks here: H-ALL-OR-NOTHING" in describe(expunged)
    assert "Nothing breaks here." in describe(state_graph(searched(ODD, "default")))
    assert "no run goes round" in text
    assert "with a cycle" in describe(starving)
    assert re.search(r"steps within a node are left out", describe(expunged.project("views", COLLAPSE)))


def test_a_scenario_in_which_it_breaks_is_found() -> None:
    found = first_broken([EXPUNGED, QUIET, STARVING], NAIVE, Universe(), BY_ID["H-STARVATION"])
    assert found is not None
    assert found.space.scenario is STARVING
    assert first_broken([QUIET], NAIVE, Universe(), BY_ID["H-PHANTOM"]) is None
    assert smallest(BUILTIN.values()) is QUIET


# --- export ---------------------------------------------------------------------------------------------------------


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


# --- the command line -----------------------------------------------------------------------------------------------

TINY = "Mailbox: FOO 2 messages, 2 \\Deleted\nSelected: FOO by C1 C2\n\nC1: EXPUNGE\nC2: FETCH 1:2 BODY.PEEK[]\n"


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Ran:
    return ran(capsys, "graph", *arguments)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    file = tmp_path / "tiny.txt"
    file.write_text(TINY, encoding="utf-8")
    return file


def test_the_command_prints_a_summary(capsys: pytest.CaptureFixture[str], tiny: Path) -> None:
    code, out, err = run(capsys, tiny, "--property", "h-phantom", "--by", "views")
    assert (code, err) == (0, "")
    found = search(Space(parse("tiny", TINY), NAIVE, Universe(), (BY_ID["H-PHANTOM"],)))
    assert out == describe(state_graph(found).project("views"), "H-PHANTOM")
    code, out, _ = run(capsys)
    assert code == 0
    assert out.startswith("3-quiet: ")
    code, out, err = run(capsys, tiny, "--property", "H-DOUBLE")
    assert code == 0
    assert "H-DOUBLE does not break here." in out
    assert err == "H-DOUBLE does not break in tiny\n"


@pytest.mark.parametrize("form", list(FORMATS))
def test_the_command_writes_each_format(capsys: pytest.CaptureFixture[str], tiny: Path, tmp_path: Path, form: str) -> None:
    _, printed, _ = run(capsys, tiny, "--format", form, "--by", "none", "--profile", "fetch=4.1.3")
    by_name, by_option = tmp_path / f"x.{form}", tmp_path / "y"
    assert run(capsys, tiny, "--out", by_name, "--by", "none", "--profile", "fetch=4.1.3") == (0, "", "")
    assert run(capsys, tiny, "--out", by_option, "--format", form, "--by", "none", "--profile", "fetch=4.1.3") == (0, "", "")
    assert by_name.read_text(encoding="utf-8") == by_option.read_text(encoding="utf-8") == printed
    profile = Universe.of(Profile.parse("fetch=4.1.3"))
    found = search(Space(parse("tiny", TINY), NAIVE, profile, PROPERTIES))
    assert printed == FORMATS[form](state_graph(found).project("none").graph)


def test_collapse_and_pictures(capsys: pytest.CaptureFixture[str], tiny: Path, tmp_path: Path) -> None:
    _, out, _ = run(capsys, tiny, "--collapse", "--by", "mailboxes")
    assert "steps within a node are left out" in out
    picture = tmp_path / "x.svg"
    code, out, err = run(capsys, tiny, "--plot", picture, "--property", "H-PHANTOM")
    assert (code, err) == (0, "")
    assert "how H-PHANTOM breaks" in picture.read_text(encoding="utf-8")
    code, _, err = run(capsys, tiny, "--plot", picture, "--property", "H-DOUBLE")
    assert code == 0
    assert err == "H-DOUBLE does not break in tiny\n"
    assert "breaks" not in picture.read_text(encoding="utf-8")


def test_the_scenario_in_which_it_breaks_is_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailrace.parameter_types.builtin", lambda: (QUIET, STARVING))
    code, out, _ = run(capsys, "--property", "H-STARVATION")
    assert code == 0
    assert out.startswith("5-starve-store: ")
    code, out, err = run(capsys, "--property", "H-DOUBLE")
    assert (code, err) == (0, "")
    assert out == "H-DOUBLE breaks in none of the scenarios; name one to see its graph\n"


def test_a_client_of_ones_own(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "graphed.py").write_text('def reader(mail):\n    yield "SELECT FOO"\n    yield "FETCH 1:* BODY.PEEK[]"\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    code, out, _ = run(capsys, "--client", "graphed:reader", "--property", "H-GONE-BUT-READABLE")
    assert code == 0
    assert "C1: FETCH 1:* BODY.PEEK[]" in out
    code, _, err = run(capsys, "--client", "graphed:nobody")
    assert code == 2
    assert err.count("\n") == 1


WRONG = {
    "no such scenario": (("nowhere",), "nowhere"),
    "a folder": ((".",), "cannot read"),
    "no property": (("3-quiet", "--property", "H-NOTHING"), "the properties are O-"),
    "no profile": (("3-quiet", "--profile", "fetch=9"), "the choices are 4.1.1"),
    "no manner": (("3-quiet", "--client", "rude"), "the choices are naive"),
    "no reading": (("3-quiet", "--by", "colour"), "views"),
    "no format": (("3-quiet", "--out", "x.xyz"), ".graphml"),
    "no kind of picture": (("3-quiet", "--plot", "x.gif"), ".png, .svg, .pdf"),
    "no folder for it": (("3-quiet", "--plot", "/no/such/folder/x.png"), "there is no folder"),
    "no folder for the file": (("3-quiet", "--out", "/no/such/folder/x.json"), "there is no folder"),
}


@pytest.mark.parametrize(("arguments", "says"), WRONG.values(), ids=WRONG)
def test_wrong_input_is_one_line_before_the_search(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("searched all the same")

    for name in ("search", "first_broken", "state_graph"):
        monkeypatch.setattr(f"mailrace.graphing.{name}", never)
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith("mailrace: ")
    assert says in err


def test_a_file_that_is_a_folder_is_not_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "x.png").mkdir()
    code, _, err = run(capsys, "3-quiet", "--plot", tmp_path / "x.png")
    assert code == 2
    assert "it is a folder" in err
