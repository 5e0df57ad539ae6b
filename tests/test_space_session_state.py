"""A world taken apart, and put together again: what one session alone has, and what becomes of it when others move."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from explore.scenario.notation import builtin
from explore.space.reductions.dead_state import canonical_truth
from explore.space.reductions.irrelevant_beliefs import drop_unobserved_beliefs
from explore.space.session_state import (
    NOTHING, SessionState, affects_others, after_others_step, as_seen_by, part, untold, whole,
)  # fmt: skip
from explore.system.ground_truth import GroundTruth
from model import server
from model.client.belief import Client, Entry
from model.protocol.flags import DELETED, NO_FLAGS, SEEN
from model.server.execution import Outcome
from model.store import agent
from model.store.mailbox import Message
from model.store.session import pending
from model.store.world import World, set_session
from strategies import Profile

PROFILES = ("delete=3.2", "delete=3.3,rename=3.3", "delete=3.3,disconnect=late", "rename=3.4,tell=any,fetch=4.1.3")
MOST_WORLDS = 400
SCENARIOS = [one for one in builtin() if one.name in ("3-delete", "3-inbox", "3-rename", "4-close", "4-outside", "4-three")]
Step = tuple[World, int, World]


def steps(profile: str, name: str) -> Iterator[Step]:
    """Steps of sessions (and of the agent, -1) in worlds that come about if all commands of a scenario are given in any
    order, as often as one likes."""
    scenario = next(one for one in SCENARIOS if one.name == name)
    strategy = Profile.parse(profile)
    known = dict.fromkeys([scenario.world])
    waiting = [scenario.world]
    for world in waiting:
        for sid, program in enumerate(scenario.programs):
            for command in dict.fromkeys(command for step in program.steps for command in step.choices):
                for outcome in server.execute(world, sid, command, strategy):
                    yield world, sid, outcome.world
                    if outcome.world not in known and len(known) < MOST_WORLDS:
                        known[outcome.world] = None
                        waiting.append(outcome.world)
        for actions in scenario.agent:
            for action in actions:
                yield world, -1, agent.act(world, action)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", [one.name for one in SCENARIOS])
def test_a_world_is_its_parts_and_a_session_follows_what_others_do(profile: str, name: str) -> None:
    moved = 0
    for before, sid, after in steps(profile, name):
        common, kept = part(before)
        assert whole(common, kept) == before
        assert not any(session.view for session in common.sessions)
        assert not any(box.expunged for box in common.mailboxes)
        common_after, kept_after = part(after)
        for other, (was, now) in enumerate(zip(kept, kept_after, strict=True)):
            if other != sid:
                assert after_others_step(common, common_after, other, was) == now
                assert affects_others(common, common_after, sid) or was == now
                moved += was != now
    assert moved or name in ("3-delete", "3-rename"), "nothing to follow: the test shows nothing"


@pytest.mark.parametrize("profile", PROFILES)
def test_what_others_keep_changes_no_answer(profile: str) -> None:
    """A command given by a session is answered alike where nobody else counts anything."""
    scenario, strategy = SCENARIOS[-1], Profile.parse(profile)
    for before in dict.fromkeys(before for before, _, _ in steps(profile, scenario.name)):
        common, kept = part(before)
        for sid, program in enumerate(scenario.programs):
            for command in dict.fromkeys(command for step in program.steps for command in step.choices):
                real = server.execute(before, sid, command, strategy)
                lonely = server.execute(as_seen_by(common, sid, kept[sid]), sid, command, strategy)
                assert [Outcome(part(o.world)[0], o.responses) for o in lonely] == [
                    Outcome(part(o.world)[0], o.responses) for o in real
                ]
                assert [part(o.world)[1][sid] for o in lonely] == [part(o.world)[1][sid] for o in real]


def test_who_has_no_mailbox_any_more_keeps_nothing() -> None:
    common, kept = part(SCENARIOS[0].world)
    gone = set_session(common, 0, common.sessions[0]._replace(state=2, mailbox=-1))
    assert kept[0] != NOTHING
    assert after_others_step(common, gone, 0, kept[0]) == NOTHING


def test_what_was_told_of_an_expunged_message_is_forgotten_and_of_others_is_not() -> None:
    flags = frozenset({SEEN})
    kept = SessionState(((1, flags), (2, flags)), (Message(1, flags, "one"),))
    assert untold(kept) == SessionState(((1, NO_FLAGS), (2, flags)), (Message(1, flags, "one"),))


@pytest.mark.parametrize("profile", PROFILES)
def test_dropping_dead_state_changes_nothing_that_is_still_to_be_told(profile: str) -> None:
    changed = 0
    for before, _, _ in steps(profile, "4-three"):
        common, sessions = part(before)
        reduced = whole(common, tuple(map(untold, sessions)))
        changed += reduced != before
        assert reduced.mailboxes == before.mailboxes
        for sid, session in enumerate(before.sessions):
            box = before.open_in(sid)
            if box is not None:
                assert pending(session.view, box) == pending(reduced.sessions[sid].view, box)
    assert changed


def test_the_truth_is_about_what_is_there() -> None:
    box = SCENARIOS[-1].world.by_name("FOO")
    assert box is not None
    first, *_, last = (message.uid for message in box.messages)
    left = box._replace(messages=box.messages[:1])
    marked = GroundTruth(box.id, ((first, "a"),), last, frozenset({first, last}), half_done=((last, frozenset({DELETED})),))
    assert canonical_truth(marked, left) == GroundTruth(box.id, ((first, "a"),), first, frozenset({first}))
    assert canonical_truth(marked, None) == GroundTruth(box.id, ((first, "a"),), first)
    assert canonical_truth(marked, box) == marked


def test_a_naive_client_forgets_what_it_is_told_anyway() -> None:
    seen, counted = frozenset({SEEN}), ((1, "a"), (2, "b"))
    client = Client(name="FOO", shown=(Entry(1, seen, "x"), Entry(2, seen)))
    assert drop_unobserved_beliefs(client, counted) == client
    assert drop_unobserved_beliefs(client, counted, alive=frozenset({2})).shown == (Entry(1, None, "x"), Entry(2, seen))
    told = drop_unobserved_beliefs(client, counted, view=((1, seen), (2, NO_FLAGS)))
    assert told.shown == (Entry(None, None, "x"), Entry(None, seen))
