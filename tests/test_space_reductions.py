"""What makes a state space smaller changes no verdict: compared with the whole on everything small enough for both."""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest

from explore.check.checking import check
from explore.properties.catalogue import PROPERTIES
from explore.properties.property import Property, Scope
from explore.scenario.definition import Scenario
from explore.scenario.notation import builtin, parse
from explore.search.breadth_first import Search, search
from explore.search.counting import count
from explore.space import footprint
from explore.space.profile_set import Universe
from explore.space.reductions.dead_state import canonical_truth
from explore.space.reductions.write_only import write_only_mailboxes
from explore.space.session_state import SessionState
from explore.space.state_space import REDUCTIONS, Space, Transition
from explore.space.transitions import State
from explore.system.configuration import Participant
from explore.system.ground_truth import GroundTruth
from explore.system.moves import Act, Exchange, Receipt, Sent
from explore.system.step import Step
from model.client.belief import AWARE, MANNERS, NAIVE, Client
from model.client.sending import options
from model.protocol.flags import NO_FLAGS
from model.store.agent import ACTIONS
from model.store.mailbox import Mailbox
from model.store.session import Session
from model.store.world import World

FULL = Universe()
TWINS = """
Mailbox: FOO 2 messages, 1 \\Deleted
Mailbox: FRED
Selected: FOO by C1 C2 C3
"""
STEPS = (
    "EXPUNGE | FETCH 1:2 BODY[] | STORE 2 +FLAGS (\\Deleted)",
    "FETCH 1:2 BODY.PEEK[] | SEARCH ALL | COPY 1:2 FRED | NOOP",
)
SCENARIOS = {
    "twins": TWINS + "\n".join(f"C{client}: {step}" for client in (1, 2) for step in STEPS) + "\nC3: NOOP",
    "triplets": TWINS + "\n".join(f"C{client}: {STEPS[0]}" for client in (1, 2, 3)),
    "agent": TWINS + "\n".join(f"C{c}: FETCH 1:2 BODY[] | NOOP" for c in (1, 2)) + "\nC3: NOOP\nAgent: EXPUNGE FOO 2",
    "thrown out": "Mailbox: FOO 1 messages\nSelected: FOO by C1 C2\n"
    "C1: DELETE FOO | NOOP\nC2: DELETE FOO | NOOP\nC3: CREATE FOO",
    "for ever": "Mailbox: FOO 1 messages\nSelected: FOO by C1 C2\nBound: 1 uids, 2 mailboxes\n"
    + "\n".join(f"C{client}: forever\nC{client}: any message command" for client in (1, 2)),
    "reopened": "Mailbox: FOO 1 messages\nSelected: FOO by C1 C2\nBound: 1 uids, 2 mailboxes\nC1: forever\n"
    "C1: SELECT FOO | UID FETCH 1 (FLAGS BODY[]) | UID STORE 1 +FLAGS.SILENT (\\Deleted) | NOOP | STORE 1 -FLAGS (\\Deleted)"
    "\n"
    "C2: forever\nC2: STORE 1 +FLAGS (\\Deleted) | EXPUNGE | NOOP",
}
QUICK = ("3-inbox", "3-quiet", "3-recycle", "4-append", "4-expunge")
EVERY = [parse(name, text) for name, text in SCENARIOS.items()] + [s for s in builtin() if s.name in QUICK]


@functools.cache
def searched(scenario: Scenario, manner: str, *reductions: str) -> Search:
    return search(Space(scenario, manner, FULL, PROPERTIES, reductions=frozenset(reductions)))


@pytest.mark.parametrize("reduction", sorted(REDUCTIONS))
@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("scenario", EVERY, ids=lambda scenario: scenario.name)
def test_every_verdict_is_the_same_under_every_profile(scenario: Scenario, manner: str, reduction: str) -> None:
    whole, reduced = searched(scenario, manner), searched(scenario, manner, reduction)
    assert len(reduced.reached) <= len(whole.reached)
    assert reduced.failing == whole.failing
    if reduction == "symmetry":
        assert reduced.depth == whole.depth


@pytest.mark.parametrize("scenario", EVERY, ids=lambda scenario: scenario.name)
def test_all_reductions_together_are_sound_as_well(scenario: Scenario) -> None:
    assert searched(scenario, AWARE, *sorted(REDUCTIONS)).failing == searched(scenario, AWARE).failing


def settled(found: Search, plain: Callable[[World], World] | None = None) -> set[tuple[World, int]]:
    """The worlds at rest, whoever is who, made plain if asked, each with the profiles that lead to it."""
    space = found.space
    worlds: dict[World, int] = {}
    for state, mask in found.reached.items():
        programs = space.scenario.programs
        done = [not options(space.participant(state, sid).client, program) for sid, program in enumerate(programs)]
        if all(done) and state[-1] == len(space.scenario.agent):
            world = plain(space.world(state)) if plain is not None else space.world(state)
            ranked = world._replace(sessions=tuple(sorted(world.sessions, key=repr)))
            worlds[ranked] = worlds.get(ranked, 0) | mask
    return set(worlds.items())


@pytest.mark.parametrize("reduction", sorted(REDUCTIONS))
@pytest.mark.parametrize("scenario", EVERY, ids=lambda scenario: scenario.name)
def test_the_worlds_at_rest_are_the_same(scenario: Scenario, reduction: str) -> None:
    whole, reduced = searched(scenario, NAIVE), searched(scenario, NAIVE, reduction)
    plain = reduced.space.plain
    assert settled(reduced, plain) == settled(whole, plain)
    assert reduction in ("dead-state", "write-only") or plain(whole.space.scenario.world) is whole.space.scenario.world


@pytest.mark.parametrize("scenario", EVERY, ids=lambda scenario: scenario.name)
def test_a_reduced_search_stands_for_just_as_many_interleavings(scenario: Scenario) -> None:
    assert count(searched(scenario, NAIVE, *sorted(REDUCTIONS))) == count(searched(scenario, NAIVE))


@pytest.mark.parametrize("scenario", EVERY, ids=lambda scenario: scenario.name)
def test_a_way_back_is_real_and_just_as_short(scenario: Scenario) -> None:
    """Counterexamples are told with every client under its own name."""
    whole, reduced = searched(scenario, NAIVE), searched(scenario, NAIVE, *sorted(REDUCTIONS))
    for name, violations in reduced.violations.items():
        for violation in violations:
            index = (violation.mask & -violation.mask).bit_length() - 1
            path = reduced.path(violation, index)
            state = reduced.space.start
            for before, edge in path:
                assert before == state
                assert edge in list(reduced.space.real_edges(state, 1 << index))
                state = edge.target
            length = min(len(whole.path(v, index)) for v in whole.violations[name] if v.mask >> index & 1)
            assert len(path) == length


def test_twins_are_halved_and_triplets_are_nearly_a_sixth() -> None:
    twins, triplets = EVERY[0], EVERY[1]
    assert len(searched(twins, NAIVE, "symmetry").reached) < 0.55 * len(searched(twins, NAIVE).reached)
    assert len(searched(triplets, NAIVE, "symmetry").reached) < 0.3 * len(searched(triplets, NAIVE).reached)


def test_what_is_shown_rightly_is_forgotten() -> None:
    scenario = EVERY[1]
    assert len(searched(scenario, NAIVE, "known-contents").reached) < len(searched(scenario, NAIVE).reached)


TRUTHS = tuple(prop for prop in PROPERTIES if not prop.of_beliefs and Scope.STEP in prop.scopes)


@pytest.mark.parametrize("scenario", EVERY, ids=lambda scenario: scenario.name)
def test_what_nobody_asks_about_a_naive_client_makes_no_difference(scenario: Scenario) -> None:
    """Reduction "beliefs": for what a server owes, it does not matter what a client makes of it."""
    whole = search(Space(scenario, NAIVE, FULL, TRUTHS))
    blind = search(Space(scenario, NAIVE, FULL, TRUTHS, reductions=frozenset({"beliefs"})))
    assert whole.failing
    assert (blind.failing, settled(blind)) == (whole.failing, settled(whole))
    assert blind.depth <= whole.depth
    assert len(blind.reached) <= len(whole.reached)


def test_what_a_naive_client_is_told_anyway_is_no_state_of_its_own() -> None:
    """Reduction "beliefs", where some properties look at beliefs."""
    scenario = next(one for one in EVERY if one.name == "reopened")
    assert len(searched(scenario, NAIVE, "beliefs").reached) < 0.8 * len(searched(scenario, NAIVE).reached)
    assert len(searched(scenario, AWARE, "beliefs").reached) == len(searched(scenario, AWARE).reached)


def test_forgetting_what_a_naive_client_wrongly_believes_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless(client: Client, *truth: object) -> Client:
        return client._replace(name=None)

    scenario = next(one for one in EVERY if one.name == "3-quiet")
    assert "H-CONVERGENCE" in searched(scenario, NAIVE, "beliefs").failing
    monkeypatch.setattr("explore.space.transitions.drop_unobserved_beliefs", nameless)
    spoiled = search(Space(scenario, NAIVE, FULL, PROPERTIES, reductions=frozenset({"beliefs"})))
    assert "H-CONVERGENCE" not in spoiled.failing


def test_beliefs_are_kept_where_they_matter() -> None:
    def states(manner: str, asked: tuple[Property, ...]) -> int:
        return len(search(Space(EVERY[-6], manner, FULL, asked, reductions=frozenset({"beliefs"}))).reached)

    assert states(NAIVE, TRUTHS) < states(NAIVE, PROPERTIES) <= states(AWARE, TRUTHS)


def test_an_aware_client_that_does_not_think_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an aware client does depends on what it believes."""
    monkeypatch.setattr("explore.space.transitions.clients.NAIVE", AWARE)
    spoiled = search(Space(EVERY[0], AWARE, FULL, TRUTHS, reductions=frozenset({"beliefs"})))
    monkeypatch.undo()
    assert spoiled.depth != search(Space(EVERY[0], AWARE, FULL, TRUTHS)).depth


def test_a_symmetry_that_mixes_up_the_sessions_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison can fail: clients are exchanged, and their sessions are not."""
    monkeypatch.setattr("explore.space.reductions.symmetry.Symmetry._permute", lambda self, world, order: world)
    spoiled = search(Space(EVERY[3], NAIVE, FULL, PROPERTIES, reductions=frozenset({"symmetry"})))
    whole = searched(EVERY[3], NAIVE)
    assert settled(spoiled) != settled(whole) or spoiled.failing != whole.failing


def test_forgetting_what_is_wrong_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(client: Client, truth: object) -> Client:
        return client._replace(shown=tuple(entry._replace(flags=None) for entry in client.shown))

    monkeypatch.setattr("explore.space.transitions.forgetful", forgetful)
    spoiled = search(Space(EVERY[-1], AWARE, FULL, PROPERTIES, reductions=frozenset({"known-contents"})))
    whole = searched(EVERY[-1], AWARE)
    assert settled(spoiled) != settled(whole) or spoiled.failing != whole.failing or spoiled.depth != whole.depth


def test_forgetting_who_marked_what_is_still_there_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def unmarked(truth: GroundTruth, box: Mailbox | None) -> GroundTruth:
        return canonical_truth(truth, None)

    text = "Mailbox: FOO 1 messages\nSelected: FOO by C1\nC1: STORE 1 +FLAGS (\\Deleted)\nC1: EXPUNGE\n"
    space = Space(parse("mine", text), NAIVE, FULL, PROPERTIES, reductions=frozenset({"dead-state"}))
    assert "H-COLLATERAL" not in search(space).failing
    monkeypatch.setattr("explore.space.transitions.canonical_truth", unmarked)
    spoiled = Space(space.scenario, NAIVE, FULL, PROPERTIES, reductions=frozenset({"dead-state"}))
    assert "H-COLLATERAL" in search(spoiled).failing


def test_forgetting_what_was_told_of_what_is_still_there_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def untold(kept: SessionState) -> SessionState:
        return kept._replace(view=tuple((uid, NO_FLAGS) for uid, _ in kept.view))

    monkeypatch.setattr("explore.space.session_state.untold", untold)
    spoiled = search(Space(EVERY[0], NAIVE, FULL, PROPERTIES, reductions=frozenset({"dead-state"})))
    whole = searched(EVERY[0], NAIVE)
    assert settled(spoiled) != settled(whole) or spoiled.failing != whole.failing


def test_what_is_dead_is_no_state_of_its_own() -> None:
    scenario = EVERY[4]
    assert len(searched(scenario, NAIVE, "dead-state").reached) < 0.8 * len(searched(scenario, NAIVE).reached)


def test_leaving_out_a_mailbox_that_is_looked_into_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explore.space.server_table.write_only_mailboxes", lambda scenario: frozenset({"FOO"}))
    spoiled = search(Space(EVERY[0], NAIVE, FULL, PROPERTIES, reductions=frozenset({"write-only"})))
    assert spoiled.failing != searched(EVERY[0], NAIVE).failing


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("C1: COPY 1 FRED | APPEND FRED x", {"INBOX", "FRED"}),
        ("C1: COPY 1 INBOX\nC2: SELECT FRED", {"INBOX"}),
        ("C1: RENAME FOO BAR\nC2: STATUS FRED (MESSAGES)", {"INBOX"}),
        ("C1: RENAME FRED FOO/FRED", {"INBOX"}),
        ("C1: CREATE INBOX\nAgent: DELIVER FRED x", set()),
    ],
)
def test_a_mailbox_is_write_only_if_nobody_can_look_into_it(text: str, names: set[str]) -> None:
    scenario = parse("x", f"Mailbox: FOO 1 messages\nMailbox: FRED 1 messages\nSelected: FOO by C1\n{text}\n")
    assert write_only_mailboxes(scenario) == names


def test_an_inferior_of_what_is_renamed_is_not_write_only() -> None:
    text = "Mailbox: FOO\nMailbox: FOO/FRED\nC1: RENAME FOO BAR\nC2: COPY 1 FOO/FRED\n"
    assert write_only_mailboxes(parse("x", text)) == {"INBOX"}


def test_a_report_is_the_same_with_and_without() -> None:
    pair = TWINS.replace(" C3", "") + "\n".join(f"C{client}: {step}" for client in (1, 2) for step in STEPS)
    scenarios = (parse("pair", pair), EVERY[3])
    reduced, whole = check(scenarios), check(scenarios, reductions=frozenset())
    assert reduced.failing == whole.failing
    assert {name: story.steps for name, story in reduced.counterexamples.items()} == {
        name: story.steps for name, story in whole.counterexamples.items()
    }


def in_one_piece(space: Space, state: State, edge: Transition) -> Step:
    """The same step in the plain system, under one of its profiles."""
    profile, act = space.universe.profile((edge.mask & -edge.mask).bit_length() - 1), edge.way.act
    if isinstance(act, ACTIONS):
        ways = space.system.apply(space.configuration(state), Act(act), profile)
    else:
        assert not isinstance(act, (Sent, Receipt))
        ways = space.system.apply(space.configuration(state), Exchange(edge.sid, act), profile)
    (step,) = [
        step for step, after in ways
        if step is not None and step.responses == edge.way.responses and space.state_of(after) == edge.target
    ]  # fmt: skip
    return step


@pytest.mark.parametrize("manner", [NAIVE, AWARE])
@pytest.mark.parametrize("scenario", EVERY, ids=lambda scenario: scenario.name)
def test_a_step_in_one_piece_is_the_step_put_together_from_tables(scenario: Scenario, manner: str) -> None:
    """`explore.space.transitions` and `explore.space.footprint` against `explore.system` and all the checks, on every step
    of a scenario: the rest of the world makes no difference, and no check has anything to say of commands that do not
    concern it."""
    found = searched(scenario, manner)
    space = found.space
    for state, mask in found.reached.items():
        for edge in space.real_edges(state, mask):
            seen = in_one_piece(space, state, edge)
            broken = [index for index, prop in enumerate(PROPERTIES) if prop.check(seen)]
            assert tuple(broken) == edge.way.broken
            if edge.sid >= 0:
                assert space.participant(edge.target, edge.sid) == Participant(seen.client_after, seen.truth_after)


@pytest.mark.parametrize("scenario", EVERY, ids=lambda scenario: scenario.name)
def test_only_checks_that_say_so_look_at_what_the_truth_remembers(scenario: Scenario) -> None:
    """`of_history`: what other checks say is kept for all clients of which the same is true now."""

    def forgetting(truth: GroundTruth) -> GroundTruth:
        return GroundTruth(truth.mailbox, truth.counted, truth.highest)

    found = searched(scenario, NAIVE)
    for state, mask in found.reached.items():
        for edge in found.space.real_edges(state, mask):
            seen = in_one_piece(found.space, state, edge)
            scrubbed = seen._replace(truth=forgetting(seen.truth), truth_after=forgetting(seen.truth_after))
            for prop in PROPERTIES:
                if not prop.of_history:
                    assert prop.check(scrubbed) == prop.check(seen)


COPIED = parse(
    "copied",
    "Mailbox: FOO 1 messages, 1 \\Deleted\nMailbox: FRED\nSelected: FOO by C1 C2\n"
    "C1: COPY 1 FRED\nC1: EXPUNGE\nC2: FETCH 1 BODY[]\n",
)


def test_what_is_gone_here_and_kept_elsewhere_is_not_gone() -> None:
    assert "H-GONE-BUT-READABLE" not in searched(COPIED, NAIVE).failing


def test_blanking_what_is_kept_elsewhere_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explore.space.footprint._gone", lambda box: frozenset())
    assert "H-GONE-BUT-READABLE" in search(Space(COPIED, NAIVE, FULL, PROPERTIES)).failing


def test_blanking_who_else_is_there_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = footprint.blank

    def alone(world: World, sid: int, sort: footprint.Footprint) -> World:
        blanked = right(world, sid, sort)
        alone_there = footprint.index_in_projection(blanked, 1) == 0
        return blanked._replace(sessions=(blanked.sessions[0], Session())) if alone_there else blanked

    monkeypatch.setattr("explore.space.footprint.blank", alone)
    assert search(Space(EVERY[1], NAIVE, FULL, PROPERTIES)).failing != searched(EVERY[1], NAIVE).failing
