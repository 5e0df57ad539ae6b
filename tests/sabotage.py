"""Tables and reductions spoiled one at a time: what the guard must find, or it guards nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from explore.properties.property import Property
from explore.scenario.definition import Scenario
from explore.space import (
    async_transitions, footprint, profile_set, server_table, session_state, state_space, transitions,
)  # fmt: skip
from explore.space.judging import Judge
from explore.space.profile_set import Universe
from explore.space.reductions import symmetry
from explore.space.server_table import ServerTable
from explore.space.state_space import Space
from explore.space.transitions import Transitions
from guard import Focus
from model import client as clients
from model.client.belief import AWARE, NAIVE, RECKLESS
from model.store.session import Session

Patch = Callable[[pytest.MonkeyPatch], None]


class Sabotage(NamedTuple):
    """What is spoiled, in words; how; where the guard looks for it (None: anywhere), and from which
    question on."""

    name: str
    spoil: Patch
    focus: Focus | None = None
    first: int = 0


SABOTAGES: list[Sabotage] = []


GHOSTS, FLAGS, NAMES, CONTENTS, COPIES = range(5)


def _sabotage(
    name: str, theme: int | None = None, manner: str = NAIVE, clients: int = 2, bounded: bool = False, first: int = 0
) -> Callable[[Patch], Patch]:
    def register(spoil: Patch) -> Patch:
        SABOTAGES.append(Sabotage(name, spoil, None if theme is None else Focus(theme, manner, clients, bounded), first))
        return spoil

    return register


@_sabotage("symmetry sorts the clients and not their sessions")
def symmetry_without_sessions(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(symmetry.Symmetry, "_numbered", lambda self, world: ())


@_sabotage("in a projected world nobody else has the mailbox open", FLAGS)
def nobody_else(patch: pytest.MonkeyPatch) -> None:
    real = footprint.blank

    def blank(world: Any, sid: int, looks_at: Any) -> Any:
        made = real(world, sid, looks_at)
        return made._replace(sessions=(made.sessions[0], Session())) if footprint.index_in_projection(made, 5) == 0 else made

    patch.setattr(footprint, "blank", blank)


@_sabotage("what lies in other mailboxes is never seen", COPIES)
def nothing_elsewhere(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(footprint, "_gone", lambda box: frozenset())


@_sabotage("the stand-in for mailboxes out of sight has UIDNEXT 1", COPIES)
def stand_in_without_uids(patch: pytest.MonkeyPatch) -> None:
    real = footprint._elsewhere  # noqa: SLF001
    patch.setattr(footprint, "_elsewhere", lambda messages: real(messages)._replace(uidnext=1))


@_sabotage("what somebody else expunges is not kept for those who count it", GHOSTS)
def expunged_not_kept(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(session_state, "_lost", lambda before, after, mailbox: [])


@_sabotage("who has marked a message is forgotten", FLAGS)
def marks_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(transitions, "canonical_truth", lambda truth, box: truth._replace(marked=frozenset()))


@_sabotage("contents are forgotten, though an aware client searches for them", CONTENTS, AWARE)
def searched_contents_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(state_space, "_searches_contents", lambda scenario: False)


@_sabotage("beliefs are no part of a state, though properties look at them", GHOSTS)
def beliefs_dropped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Property, "of_beliefs", property(lambda prop: False))


@_sabotage("a mailbox that is opened later counts as write-only", GHOSTS)
def too_much_sealed(patch: pytest.MonkeyPatch) -> None:
    def sealed(scenario: Scenario) -> frozenset[str]:
        opened = {session.name for session in scenario.world.sessions}
        return frozenset(box.name for box in scenario.world.mailboxes if box.name not in opened)

    patch.setattr(server_table, "write_only_mailboxes", sealed)


@_sabotage("a step never has side effects on others", GHOSTS)
def no_side_effects(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ServerTable, "side_effects", lambda *_: server_table.NO_OTHERS)


@_sabotage("beliefs are judged once for all clients", GHOSTS)
def one_judgement_of_beliefs(patch: pytest.MonkeyPatch) -> None:
    real = Judge.with_beliefs
    kept: dict[Any, Any] = {}

    def with_beliefs(self: Any, answer: Any, clients: Any, truth: int, command: int, step: Any, known: Any) -> Any:
        key = (id(self), answer.before, answer.after, answer.projected_sid, command)
        if key not in kept:
            kept[key] = real(self, answer, clients, truth, command, step, known)
        return kept[key]

    patch.setattr(Judge, "with_beliefs", with_beliefs)


@_sabotage("what a client makes of an answer is kept without the client", FLAGS, AWARE)
def one_belief_for_all(patch: pytest.MonkeyPatch) -> None:
    real = Transitions._believe  # noqa: SLF001
    kept: dict[Any, int] = {}

    def believe(self: Any, sid: int, index: int, client: int, command: int, responses: int) -> int:
        key = (id(self), self.clients.values[client].step, sid, index, command, responses)
        if key not in kept:
            kept[key] = real(self, sid, index, client, command, responses)
        return kept[key]

    patch.setattr(Transitions, "_believe", believe)


@_sabotage("strategies and properties that declare nothing are shown projected worlds", first=35)
def strangers_projected(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(state_space, "sound", lambda reductions, *_: state_space.Sound(reductions, True))


@_sabotage("clients that need not wait for answers do wait", GHOSTS, RECKLESS, 1)
def everybody_waits(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(async_transitions, "sendable", lambda manner, client, program: clients.options(client, program))


@_sabotage("the scenario's bound is not kept", COPIES, bounded=True)
def no_bound(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ServerTable, "excess", lambda self, world: frozenset())


@_sabotage("what is wrong at rest is kept for all worlds", NAMES)
def one_rest_for_all(patch: pytest.MonkeyPatch) -> None:
    real = Space._profiles_at_rest  # noqa: SLF001
    kept: dict[Any, int] = {}

    def profiles_at_rest(self: Any, state: Any, prop: Any, sid: int) -> int:
        key = (id(self), prop.id, sid)
        if key not in kept:
            kept[key] = real(self, state, prop, sid)
        return kept[key]

    patch.setattr(Space, "_profiles_at_rest", profiles_at_rest)


@_sabotage("a set of profiles leaves out the last choice it depends on", first=20)
def last_choice_ignored(patch: pytest.MonkeyPatch) -> None:
    real = Universe.where
    patch.setattr(profile_set.Universe, "where", lambda self, assignment: real(self, assignment[:-1]))


@_sabotage("others' flags of expunged messages and all views are one", FLAGS)
def views_forgotten(patch: pytest.MonkeyPatch) -> None:
    real = session_state.untold
    patch.setattr(
        session_state, "untold",
        lambda kept: real(kept)._replace(view=tuple((uid, frozenset()) for uid, _ in kept.view)),
    )  # fmt: skip
