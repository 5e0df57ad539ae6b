"""What does the server answer? Asked of the core once for each question, and kept.

What it answers depends on the command and on a small part of the world: what other sessions alone have is left out
(`explore.space.session_state`), and of the rest, what that command can't look at is blanked and put back afterwards
(`explore.space.footprint`). Not so for a server of somebody else's making, of which we know nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from explore.scenario import Scenario
from explore.space import footprint, session_state
from explore.space.footprint import Footprint
from explore.space.interning import Interned
from explore.space.profile_set import Universe, decide
from explore.space.reductions.write_only import with_only_contents, write_only_mailboxes
from explore.space.session_state import NOTHING, SessionState
from explore.system import Execute, Responses, act_text
from model import protocol as p
from model.server import Outcome
from model.store import World

class Answer(NamedTuple):
    """One answer of the server: for which profiles, having consulted what; the responses; the ids of the common world and
    of what is kept for the session afterwards; its side effects on others (`ServerTable.side_effects`); the ids of the
    blanked worlds before and after; in the blanked worlds the session has the number `projected_sid`, and the responses
    to it are `said` (an id)."""

    mask: int
    used: frozenset[str]
    responses: Responses
    world: int
    session: int
    others: int
    before: int
    after: int
    projected_sid: int
    said: int


NO_OTHERS = 0


class ServerTable:
    """The answers of one server in one scenario, under all profiles of a universe. Worlds, what is kept, commands,
    responses and sets of profiles are each held once, and all but the last go by a number.

    Only if it is `projected` is anything left out of the worlds that server, strategies and properties are shown.
    """

    def __init__(
        self, scenario: Scenario, universe: Universe, execute: Execute, reductions: frozenset[str], projected: bool
    ) -> None:
        self.scenario, self.universe, self.execute = scenario, universe, execute
        self.projected = projected
        self.drops_dead_state = self.projected and "dead-state" in reductions
        self._write_only = write_only_mailboxes(scenario) if projected and "write-only" in reductions else frozenset()
        self.worlds: Interned[World] = Interned()
        self.session_states: Interned[SessionState] = Interned()
        self.commands: Interned[p.Command] = Interned()
        self.responses: Interned[Responses] = Interned()
        self.masks: dict[int, int] = {}
        self._answers: dict[tuple[int, int, int, int], tuple[Answer, ...]] = {}
        self._footprints: dict[int, Footprint] = {}
        self._as_seen_by: dict[tuple[int, int, int], World] = {}
        self._blank_worlds: dict[tuple[int, int, int, Footprint], int] = {}
        self._restored: dict[tuple[int, int, int, int, int], tuple[int, int]] = {}
        self._asked: dict[tuple[int, int, int], tuple[tuple[int, frozenset[str], Outcome], ...]] = {}
        self._followed: dict[tuple[int, int, int, int], int] = {}
        self._affecting: dict[tuple[int, int, int], bool] = {}
        self.others: Interned[tuple[int, Responses]] = Interned()
        self._excess: dict[int, frozenset[str]] = {}
        self.left_out: dict[tuple[int, int, int, int], list[tuple[int, frozenset[str]]]] = {}

    def part(self, world: World) -> tuple[int, tuple[int, ...]]:
        """The ids of the common world and of what is kept for each session."""
        world = with_only_contents(world, self._write_only, self.scenario.most_uids is None) if self._write_only else world
        if not self.projected:
            return self.worlds.add(world), (self.session_states.add(NOTHING),) * len(world.sessions)
        common, sessions = session_state.part(world)
        return self.worlds.add(common), tuple([self._keep(session) for session in sessions])

    def whole(self, world: int, sessions: Iterable[int]) -> World:
        """The world of those parts."""
        common, values = self.worlds.values[world], self.session_states.values
        return session_state.whole(common, tuple([values[session] for session in sessions])) if self.projected else common

    def plain(self, world: World) -> World:
        """The world that stands for this one, and for all that differ from it only in what is unobservable."""
        return self.whole(*self.part(world)) if self._write_only or self.drops_dead_state else world

    def _keep(self, session: SessionState) -> int:
        return self.session_states.add(session_state.untold(session) if self.drops_dead_state else session)

    def answer(self, world: int, sid: int, session: int, command: int) -> tuple[Answer, ...]:
        """Every answer to that command of session `sid`, for which that is kept, within the scenario's bound; `left_out` has
        the others: for which profiles, and what there would be too many of."""
        key = (world, sid, session, command)
        cached = self._answers.get(key)
        if cached is None:
            blanked = self._blank(world, sid, session, command)
            index = footprint.index_in_projection(self.worlds.values[blanked], sid) if self.projected else sid
            answers = []
            for mask, used, outcome in self._ask(blanked, index, command):
                after, said = self.worlds.add(outcome.world), self.responses.add(outcome.responses)
                restored, left = self._restore(world, sid, session, blanked, after)
                if self.excess(restored):
                    self.left_out.setdefault(key, []).append((mask, self.excess(restored)))
                    continue
                responses = self.responses.values[said]
                if index != sid:
                    mine = tuple([(sid, response) for _, response in responses])
                    responses = self.responses.values[self.responses.add(mine)]
                others = self.side_effects(world, restored, sid, responses)
                answers.append(Answer(mask, used, responses, restored, left, others, blanked, after, index, said))
            cached = self._answers[key] = tuple(answers)
        return cached

    def after_others_step(self, before: int, after: int, sid: int, session: int) -> int:
        """What is kept for session `sid` after somebody else's step from one common world to the other."""
        key = (before, after, sid, session)
        cached = self._followed.get(key)
        if cached is None:
            worlds, own = self.worlds.values, self.session_states.values[session]
            followed = session_state.after_others_step(worlds[before], worlds[after], sid, own)
            cached = self._followed[key] = self._keep(followed)
        return cached

    def side_effects(self, before: int, after: int, sid: int, responses: Responses) -> int:
        """The side effects on other sessions of a step of session `sid` from one common world to the other: NO_OTHERS, or
        one more than the number (in `others`) of the world before it and of what they hear unasked."""
        heard = tuple([response for response in responses if response[0] != sid])
        return 1 + self.others.add((before, heard)) if heard or self._affects(before, after, sid) else NO_OTHERS

    def excess(self, world: int) -> frozenset[str]:
        """What there are more of in that common world than the scenario's bound allows."""
        cached = self._excess.get(world)
        if cached is None:
            cached = self._excess[world] = self.scenario.excess(self.worlds.values[world])
        return cached

    def _affects(self, before: int, after: int, sid: int) -> bool:
        if before == after or not self.projected:
            return False
        key = (before, after, sid)
        cached = self._affecting.get(key)
        if cached is None:
            worlds = self.worlds.values
            cached = self._affecting[key] = session_state.affects_others(worlds[before], worlds[after], sid)
        return cached

    def seen_by(self, world: int, sid: int, session: int) -> World:
        """The world as far as it concerns session `sid`, for which that is kept; the whole one, if it is not `projected`."""
        if not self.projected:
            return self.worlds.values[world]
        key = (world, sid, session)
        cached = self._as_seen_by.get(key)
        if cached is None:
            common, own = self.worlds.values[world], self.session_states.values[session]
            cached = self._as_seen_by[key] = session_state.as_seen_by(common, sid, own)
        return cached

    def _blank(self, world: int, sid: int, session: int, command: int) -> int:
        if not self.projected:
            return world
        looks_at = self._footprints.get(command)
        if looks_at is None:
            looks_at = self._footprints[command] = footprint.footprint_of(self.commands.values[command])
        key = (world, sid, session, looks_at)
        cached = self._blank_worlds.get(key)
        if cached is None:
            blanked = footprint.blank(self.seen_by(world, sid, session), sid, looks_at)
            cached = self._blank_worlds[key] = self.worlds.add(blanked)
        return cached

    def _restore(self, world: int, sid: int, session: int, blanked: int, after: int) -> tuple[int, int]:
        """The ids of the common world and of what is kept for that session, after what happened to the blanked world."""
        if after == blanked:
            return world, session
        key = (world, sid, session, blanked, after)
        cached = self._restored.get(key)
        if cached is None:
            values = self.worlds.values
            happened = values[after]
            if self.projected:
                happened = footprint.restore(self.seen_by(world, sid, session), sid, values[blanked], happened)
            common, all_kept = self.part(happened)
            cached = self._restored[key] = common, all_kept[sid]
        return cached

    def _ask(self, blanked: int, sid: int, command: int) -> tuple[tuple[int, frozenset[str], Outcome], ...]:
        """Every answer of the server in a blanked world: profiles, strategies consulted, outcome."""
        key = (blanked, sid, command)
        cached = self._asked.get(key)
        if cached is None:
            world, asked = self.worlds.values[blanked], self.commands.values[command]
            merged: dict[Outcome, tuple[int, frozenset[str]]] = {}
            for assignment, outcomes in decide(self.universe, lambda who: self.execute(world, sid, asked, who)):
                where = self.universe.where(assignment)
                if not outcomes:
                    raise ValueError(f"the server gives no outcome of {act_text(asked)}; it must give at least one")
                used = frozenset(profile.spelling for _, profile in assignment)
                for outcome in outcomes:
                    mask, others = merged.get(outcome, (0, frozenset()))
                    merged[outcome] = (mask | where, others | used)
            cached = self._asked[key] = tuple(
                (self.masks.setdefault(mask, mask), used, outcome) for outcome, (mask, used) in merged.items()
            )
        return cached
