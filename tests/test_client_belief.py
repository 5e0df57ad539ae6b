"""Is what a client believes right, after any history, and does it come to its end? (`model.client`)"""

from __future__ import annotations

from typing import NamedTuple

import pytest
from commands import Step, commands, profiles, sequence_sets, steps, worlds
from hypothesis import Phase, given, settings, strategies as st
from telling_clients import NOTHING, THOUGHTFUL

from model import client as clients, protocol as p
from model.client import receiving
from model.client.belief import NAIVE, Client
from model.client.program import Program, ProgramStep as Planned
from model.protocol.flags import SEEN
from model.protocol.sequence import STAR
from model.server.decisions import Profile as ServerProfile
from model.server.execution import execute
from model.store import agent
from model.store.session import SELECTED
from model.store.world import World
from strategies.profile import Profile

MOST_EXTRA = 4
"""No recovery of RFC 2180 needs more: NEWNAME, NOOP, the command again, NOOP."""


class Pair(NamedTuple):
    """A naive client, and whether its belief was led astray in a way that no client could notice."""

    client: Client
    misled: bool = False


def wrong(world: World, sid: int, client: Client) -> str:
    """Where that client's belief is not the server's view; "" if nowhere."""
    session = world.sessions[sid]
    if session.state != SELECTED:
        return "shows messages of no mailbox" if client.connected and client.shown and session.state < SELECTED else ""
    if len(client.shown) != len(session.view):
        return f"shows {len(client.shown)} messages, {len(session.view)} are counted"
    for number, (entry, (uid, flags)) in enumerate(zip(client.shown, session.view, strict=True), 1):
        if entry.uid not in (None, uid) or entry.flags not in (None, flags):
            return f"shows {number} as {entry}, it is {uid} {set(flags)}"
    return ""


def follow(world: World, profile: ServerProfile, course: list[Step], every_store: bool) -> None:
    """Naive clients apply every response of that course of events, and are right at every moment.

    What no client can notice is left out: a mailbox that was renamed under it and that it then deletes under its new
    name, or whose old name (now another mailbox's) it deletes. Unless `every_store`, so are silent STOREs of `*`, and by
    UID where it doesn't know all UIDs.
    """
    pairs = [Pair(clients.starting(world, sid)) for sid in range(len(world.sessions))]
    for who, what, pick in course:
        if isinstance(what, (agent.Deliver, agent.Purge, agent.Relabel)):
            world = agent.act(world, what)
            continue
        if not pairs[who].client.connected or (not every_store and _ambiguous(what, pairs[who].client)):
            continue
        box = world.open_in(who)
        if isinstance(what, p.Delete) and box is not None and box.name != pairs[who].client.name:
            pairs[who] = pairs[who]._replace(misled=True)
        if isinstance(what, (p.Select, p.Close)):
            pairs[who] = pairs[who]._replace(misled=False)
        pairs[who] = pairs[who]._replace(client=clients.send(pairs[who].client, what, NAIVE))
        outcomes = execute(world, who, what, profile)
        world, responses = outcomes[pick % len(outcomes)]
        for to, response in responses:
            client = clients.receive(pairs[to].client, response, NOTHING, NAIVE)
            pairs[to] = pairs[to]._replace(client=client)
        for sid, pair in enumerate(pairs):
            assert pair.misled or not wrong(world, sid, pair.client), (sid, wrong(world, sid, pair.client))


def _ambiguous(command: p.Command, client: Client) -> bool:
    if not isinstance(command, p.Store) or not command.silent:
        return False
    star = any(STAR in pair for pair in command.numbers)
    return star or (command.uid and any(entry.uid is None for entry in client.shown))


@settings(max_examples=200)
@given(worlds(), profiles(), steps(most=14))
def test_a_naive_client_that_applies_all_responses_has_the_servers_view(
    world: World, profile: Profile, course: list[Step]
) -> None:
    follow(world, profile, course, every_store=False)


_modes, _flags = st.sampled_from("+-"), st.just(frozenset({SEEN}))
_silent = st.builds(p.Store, sequence_sets(3), _modes, _flags, st.just(True), st.booleans())
_stirring: tuple[st.SearchStrategy[p.Command], ...] = (
    _silent,
    st.sampled_from((p.Noop(), p.Expunge(), p.Append("FOO", "x"), p.Select("FOO"), p.Fetch(((1, STAR),), ("FLAGS",)))),
)


def stores() -> st.SearchStrategy[list[Step]]:
    """Silent STOREs while messages come and go."""
    return st.lists(st.builds(Step, st.integers(0, 1), st.one_of(*_stirring), st.integers(0, 7)), min_size=4, max_size=10)


@settings(max_examples=200)
@given(worlds(2), profiles(), stores())
def test_the_same_while_messages_come_and_go(world: World, profile: Profile, course: list[Step]) -> None:
    follow(world, profile, course, every_store=False)


def search_for_wrong_belief(course: st.SearchStrategy[list[Step]], every_store: bool = False) -> None:
    """Random histories, ended by the first wrong belief."""

    @settings(max_examples=1000, database=None, phases=[Phase.generate], derandomize=True)
    @given(worlds(), profiles(), course)
    def check(world: World, profile: Profile, course: list[Step]) -> None:
        follow(world, profile, course, every_store)

    check()


def test_the_same_with_every_silent_store() -> None:
    search_for_wrong_belief(stores(), every_store=True)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("_forget", lambda client, number: client._replace(shown=client.shown[:-1])),
        ("_succeeded", lambda client, command: client),
        ("_learn", lambda client, response, manner: client),
    ],
)
def test_a_wrong_belief_is_found(monkeypatch: pytest.MonkeyPatch, name: str, fault: object) -> None:
    monkeypatch.setattr(receiving, name, fault)
    with pytest.raises(AssertionError):
        search_for_wrong_belief(steps(most=14))


def recover(
    world: World, profile: ServerProfile, before: list[Step], command: p.Command, manner: str, picks: list[int]
) -> None:
    """Others act, C1 takes part as its manner has it; then C1 gives one command, and nobody else moves: it ends."""
    client = clients.starting(world, 0)
    for who, what, pick in before:
        if isinstance(what, (agent.Deliver, agent.Purge, agent.Relabel)):
            world = agent.act(world, what)
            continue
        if who == 0:
            continue
        outcomes = execute(world, who, what, profile)
        world, responses = outcomes[pick % len(outcomes)]
        for to, response in responses:
            if to == 0:
                client = clients.receive(client, response, NOTHING, manner)
    todo = Program((Planned((command,)),))
    sent = 0
    while options := clients.options(client, todo):
        sent += 1
        assert sent <= 1 + MOST_EXTRA, "no end"
        client = clients.send(client, options[0], manner)
        outcomes = execute(world, 0, options[0], profile)
        world, responses = outcomes[picks[sent % len(picks)] % len(outcomes)]
        for to, response in responses:
            if to == 0:
                client = clients.receive(client, response, todo, manner)
    assert client.busy is None, "unanswered"
    assert client.pursuit is None, "a pursuit that was not ended"
    assert client.doubt == (), "a doubt that was not resolved"
    assert client.todo == ()


RECOVERIES = (
    worlds(), profiles(), steps(most=10), commands(), st.sampled_from(THOUGHTFUL),
    st.lists(st.integers(0, 7), min_size=1, max_size=4),
)  # fmt: skip


@settings(max_examples=250)
@given(*RECOVERIES)
def test_recovery_ends_when_nobody_else_moves(
    world: World, profile: Profile, before: list[Step], command: p.Command, manner: str, picks: list[int]
) -> None:
    recover(world, profile, before, command, manner, picks)


def test_recovery_without_end_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "_resolve", lambda client, *_: client._replace(todo=(p.Noop(),)))

    @settings(max_examples=1000, database=None, phases=[Phase.generate], derandomize=True)
    @given(*RECOVERIES)
    def check(
        world: World, profile: Profile, before: list[Step], command: p.Command, manner: str, picks: list[int]
    ) -> None:
        recover(world, profile, before, command, manner, picks)

    with pytest.raises(AssertionError, match="no end"):
        check()
