"""Requests and responses as steps of their own: the same verdicts for clients that wait, and what happens to those that
do not. (RFC 3501 §5.5, RFC 2180 §4.4)"""

from __future__ import annotations

import functools
import itertools

import pytest

from explore.check.pipelining import COMMANDS, judge
from explore.properties.catalogue import PROPERTIES
from explore.runs.counterexample import shortest, tell
from explore.runs.regression import rerun
from explore.runs.run import play
from explore.runs.token import decode, encode
from explore.runs.transcript_replay import read, replay
from explore.scenario.definition import Scenario
from explore.scenario.notation import parse
from explore.search.breadth_first import Search, search
from explore.show.export import as_json
from explore.show.pytest_file import as_pytest
from explore.space.async_transitions import AsyncTransitions
from explore.space.profile_set import Universe
from explore.space.session_state import part, untold, whole
from explore.space.state_space import REDUCTIONS, Space
from model.client.belief import AWARE, DISCIPLINES, MANNERS, NAIVE, PIPELINING, RECKLESS
from model.client.sending import options
from model.store.world import World
from strategies import Profile

FULL = Universe()
HEAD = "Mailbox: FOO 2 messages, 1 \\Deleted\nMailbox: FRED\nSelected: FOO by C1 C2\n"
SCENARIOS = {
    "twins": "".join(f"C{c}: EXPUNGE | NOOP\nC{c}: STORE 1 +FLAGS.SILENT (\\Seen) | FETCH 1 BODY[]\n" for c in (1, 2)),
    "copies": "C1: EXPUNGE\nC2: NOOP | SEARCH 1\nC2: COPY 1 FRED | FETCH 1 FLAGS\nC2: NOOP\n",
    "thrown out": "C1: DELETE FOO\nC2: NOOP | STATUS FOO (MESSAGES)\nC2: NOOP | STORE 1 +FLAGS (\\Flagged)\nC2: NOOP\n",
    "renamed": "C1: RENAME FOO BAR\nC1: NOOP\nC2: APPEND FOO x | NOOP\nC2: APPEND FOO y | CLOSE\nC2: SELECT BAR\n",
    "outside": "C1: EXPUNGE | CLOSE\nC2: NOOP\nC2: STORE 2 +FLAGS (\\Deleted) | UID FETCH 1:* FLAGS\nAgent: EXPUNGE FOO 1\n",
}  # fmt: skip
EVERY = [parse(name, HEAD + text) for name, text in SCENARIOS.items()]
WHOLE: frozenset[str] = frozenset()


@functools.cache
def searched(scenario: Scenario, manner: str, reductions: frozenset[str] = WHOLE, linked: bool = True) -> Search:
    return search(Space(scenario, manner, FULL, PROPERTIES, reductions=reductions, linked=linked))


def settled(found: Search) -> set[tuple[World, int]]:
    """The worlds at rest, whoever is who, made plain, each with the profiles that lead to it."""
    worlds: dict[World, int] = {}
    space = found.space
    for state, mask in found.reached.items():
        if not any(space.edges(state, mask)):
            common, sessions = part(space.world(state))
            world = whole(common, tuple(map(untold, sessions)))
            world = world._replace(sessions=tuple(sorted(world.sessions, key=repr)))
            worlds[world] = worlds.get(world, 0) | mask
    return set(worlds.items())


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("scenario", EVERY, ids=lambda scenario: scenario.name)
def test_for_clients_that_wait_links_change_nothing(scenario: Scenario, manner: str) -> None:
    apart, fused = searched(scenario, manner), searched(scenario, manner, linked=False)
    assert len(apart.reached) > len(fused.reached)
    assert apart.failing == fused.failing
    assert settled(apart) == settled(fused)


@pytest.mark.parametrize("reduction", sorted(REDUCTIONS - {"write-only"}))
@pytest.mark.parametrize("manner", [*DISCIPLINES, AWARE])
@pytest.mark.parametrize("scenario", EVERY, ids=lambda scenario: scenario.name)
def test_a_reduction_changes_no_verdict(scenario: Scenario, manner: str, reduction: str) -> None:
    whole, reduced = searched(scenario, manner), searched(scenario, manner, frozenset({reduction}))
    assert len(reduced.reached) <= len(whole.reached)
    assert reduced.failing == whole.failing
    assert settled(reduced) == settled(whole)


@pytest.mark.parametrize("manner", DISCIPLINES)
@pytest.mark.parametrize("scenario", EVERY, ids=lambda scenario: scenario.name)
def test_all_reductions_together_change_no_verdict_and_save_much(scenario: Scenario, manner: str) -> None:
    whole, reduced = searched(scenario, manner), searched(scenario, manner, REDUCTIONS)
    assert reduced.failing == whole.failing
    assert len(reduced.reached) < 0.7 * len(whole.reached)


def test_letting_somebody_go_first_who_is_not_alone_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison can fail: here C2 goes first whenever it has anything to do, whatever that does to others."""
    monkeypatch.setattr(AsyncTransitions, "urgent", lambda self, sid, actor: sid == 1 and any(self.steps(0, sid, actor)))
    spoiled = search(Space(EVERY[1], RECKLESS, FULL, PROPERTIES, reductions=frozenset({"partial-order", "atomic-requests"})))
    assert spoiled.failing != searched(EVERY[1], RECKLESS).failing


def test_serving_ahead_of_the_queue_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may overtake on a line: here the request sent last is served first."""
    right, whole = AsyncTransitions._serve, settled(searched(EVERY[0], RECKLESS))  # noqa: SLF001

    def last_first(self, world, sid, actor, request):  # type: ignore[no-untyped-def]
        client, truth, kept, channel = self._of(actor)
        if channel.sent:
            channel, request = channel._replace(sent=(request, *channel.sent[:-1])), channel.sent[-1]
        return right(self, world, sid, self._add(client, truth, kept, channel), request)

    monkeypatch.setattr(AsyncTransitions, "_serve", last_first)
    spoiled = search(Space(EVERY[0], RECKLESS, FULL, PROPERTIES))
    assert settled(spoiled) != whole


# --- whose message is it? -------------------------------------------------------------------------------------------

WRONG = next(prop for prop in PROPERTIES if prop.id == "H-WRONG-MESSAGE")


@pytest.mark.parametrize("scenario", EVERY, ids=lambda scenario: scenario.name)
def test_who_obeys_the_rule_is_never_misunderstood(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 3501 §5.5. What clients mean that wait for each answer is not noted, as it cannot differ: here it is."""
    monkeypatch.setattr("explore.system.System.sends_ahead", True)
    for manner in (*MANNERS, PIPELINING):
        assert WRONG.id not in searched(scenario, manner).failing


def test_who_obeys_half_of_the_rule_is_misunderstood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explore.system.channel.may_follow", lambda earlier, later: True)
    assert search(Space(EVERY[1], PIPELINING, FULL, PROPERTIES)).failing[WRONG.id]


@pytest.mark.parametrize("first", COMMANDS)
def test_the_state_space_and_the_table_of_pairs_agree(first: str) -> None:
    """The pair goes wrong under just the profiles that `explore.check.pipelining` derives in its own way."""
    for second in COMMANDS:
        text = f"Mailbox: FOO 3 messages, 1 \\Deleted\nMailbox: FRED 1 messages\nSelected: FOO by C1\nC1: {first}\n"
        scenario = parse("pair", f"{text}C1: {second}\nAgent: EXPUNGE FOO 1\n")
        found = search(Space(scenario, RECKLESS, FULL, (WRONG,), reductions=REDUCTIONS))
        assert found.failing.get(WRONG.id, 0) == judge((first, second)).unsafe, second


def told(scenario: Scenario, manner: str = RECKLESS):  # type: ignore[no-untyped-def]
    found = searched(scenario, manner, REDUCTIONS, linked=False)
    best = shortest(found, WRONG.id, FULL.all)
    assert best is not None
    return tell(found, WRONG, *best)


def test_the_story_of_a_misunderstanding() -> None:
    story = told(EVERY[1])
    assert story.manner == RECKLESS
    assert [move.unread for move in story.schedule.moves][-1] > 0
    assert "<C2 sends this before it has read the answers to what it sent before>" in story.text
    assert "the client meant 'foo1' by message 1, and the server takes it for 'foo2'" in story.text
    assert replay(read(story.text)).ok


def test_it_is_passed_on_as_a_token_and_as_a_test() -> None:
    story = told(EVERY[1])
    assert decode(encode(story.run)).schedule == story.schedule
    run = play(story.schedule)
    broken = run.broken(WRONG)
    assert broken is not None
    written: dict[str, object] = {}
    exec(as_pytest(run, WRONG, broken), written)
    again = rerun(*(written[key] for key in ("PROPERTY", "PROFILE", "MANNER", "SCENARIO", "MOVES", "LOOP")))  # type: ignore[arg-type]
    assert again.broken == broken.reason
    assert '"unread": 3' in as_json(run, WRONG, broken)


def test_a_client_that_waits_is_not_misunderstood_on_the_same_schedule() -> None:
    schedule = told(EVERY[1]).schedule
    run = play(schedule._replace(manner=NAIVE, moves=tuple(move._replace(unread=0) for move in schedule.moves)))
    assert run.blocked_at is None
    assert run.broken(WRONG) is None


def test_every_counterexample_of_every_property_replays() -> None:
    for scenario, manner in itertools.product(EVERY, (*DISCIPLINES, NAIVE)):
        found = searched(scenario, manner, REDUCTIONS - {"atomic-requests"} if manner == NAIVE else REDUCTIONS)
        for prop in PROPERTIES:
            best = shortest(found, prop.id, FULL.all)
            if best is not None:
                story = tell(found, prop, *best)
                assert play(story.schedule).broken(prop) is not None, (scenario.name, manner, prop.id)
                assert replay(read(story.text)).ok


def test_what_a_client_shows_once_all_is_read_is_known_early() -> None:
    """The belief that the explorer compares with the truth is that of the client when nothing is on its way."""
    found = searched(EVERY[0], RECKLESS)
    space = found.space
    assert isinstance(space.tables, AsyncTransitions)
    for state in found.reached:
        for sid in range(2):
            now = space.system.everything_read(space.configuration(state))
            assert now.participants[sid] == space.participant(state, sid)
            assert space.tables.urgent(sid, space.state_of(now)[1 + sid]) is False


def test_at_most_two_commands_are_in_progress() -> None:
    program = "".join("C1: NOOP\n" for _ in range(4))
    found = search(Space(parse("four", program), RECKLESS, Universe.of(Profile.parse()), PROPERTIES))
    assert isinstance(found.space.tables, AsyncTransitions)
    most = max(len(client.ahead) + (client.busy is not None) for client in found.space.tables.clients.values)
    assert most == 2
    assert options(found.space.participant(found.space.start, 0).client, found.space.scenario.programs[0])
