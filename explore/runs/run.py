"""One run: what was done, what came of it, and how things stood before and after each move.

A run is made by playing a schedule (`play`), by following the path of a search (`along`), or move by move (`begin`,
`extend`); it is executed once, and whatever is shown or passed on is made from it. Played under the profile it was
found with, it is the counterexample; under another one it shows where the two part, and ends where a client would no
longer send what the schedule has it send.
"""

from __future__ import annotations

from typing import NamedTuple

from explore.properties import LoopStep, Property, is_fair
from explore.runs.schedule import Schedule, ScheduledMove
from explore.space import REDUCTIONS, Space, State, Transition, Universe
from explore.system import (
    AGENT, Act, Configuration, Exchange, Execute, Participant, Receipt, Responses, Send, Sent, Serve, Step, System,
)  # fmt: skip
from model import protocol as p, server
from model.notation import command_tag
from model.store import ACTIONS, Action, World
from strategies import Profile


class Turn(NamedTuple):
    """One move that was made: its tag ("" for the agent), what was answered to whom, and the step, to be judged (None where
    the connection was over before the command was served)."""

    move: ScheduledMove
    tag: str
    responses: Responses
    step: Step | None


class BrokenAt(NamedTuple):
    """Where a property breaks: on which turn (from 1; 0 is before the first), and how, in a sentence."""

    turn: int
    reason: str


class Run(NamedTuple):
    """A schedule that was played: the turns, and how things stood before the first and after each; `blocked_at` is the first
    move that could not be made, because that client does not send this there."""

    schedule: Schedule
    system: System
    turns: tuple[Turn, ...]
    configurations: tuple[Configuration, ...]
    blocked_at: ScheduledMove | None = None

    @property
    def profile(self) -> Profile:
        """The profile under which it was played."""
        return self.schedule.profile

    def after(self, turn: int) -> Configuration:
        """How things stand after that turn (0: at the start; -1: at the end), once every client has read all that is on its
        way to it."""
        return self.system.everything_read(self.configurations[turn])

    def participant(self, turn: int, sid: int) -> Participant:
        """The client of session `sid` then, and the truth about it."""
        return self.after(turn).participants[sid]

    def world(self, turn: int) -> World:
        """The server then."""
        return self.configurations[turn].world

    @property
    def involved(self) -> tuple[int, ...]:
        """The sessions that have a part in it: they move, or are told something; if only one moves, all that have a
        mailbox open."""
        movers = {move.sid for move in self.schedule.moves} - {AGENT}
        hearers = {to for turn in self.turns for to, _ in turn.responses}
        sessions = self.world(0).sessions
        watching = {sid for sid, session in enumerate(sessions) if session.name} if len(movers) < 2 else set()
        return tuple(sorted(movers | hearers | watching))

    # --- is a property broken? --------------------------------------------------------------------------------------

    def broken(self, prop: Property) -> BrokenAt | None:
        """Where that property breaks first, or None."""
        for number, turn in enumerate(self.turns, 1):
            reason = prop.check(turn.step) if turn.step is not None and prop.concerns(turn.step.act) else None
            if reason is not None:
                return BrokenAt(number, reason)
        reason = self._at_rest(prop) or self._for_ever(prop)
        return None if reason is None else BrokenAt(len(self.turns), reason)

    def _at_rest(self, prop: Property) -> str | None:
        now = self.after(-1)
        if not self.system.is_at_rest(now):
            return None
        for sid in range(len(now.participants)):
            reason = prop.at_rest(self.system, now, sid, self.profile)
            if reason is not None:
                return f"C{sid + 1} {reason}"
        return None

    def _for_ever(self, prop: Property) -> str | None:
        if not prop.loops or not self.goes_round(prop):
            return None
        steps = self.loop_steps()
        breaks = (check.broken(steps) for check in prop.loops)
        return next((broken[1] for broken in breaks if broken is not None), None)

    def goes_round(self, prop: Property) -> bool:
        """Whether the loop comes back to where it began, but for what can make no difference to that property, and everybody
        moves on it or has nothing to send."""
        loop, scenario = self.schedule.loop, self.schedule.scenario
        if not 0 < loop < len(self.configurations) or self.blocked_at is not None:
            return False
        now, before = self.after(-1), self.after(-1 - loop)
        space = Space(
            scenario, self.schedule.manner, Universe.of(self.profile), (prop,), self.system.execute,
            REDUCTIONS - {"symmetry"}, self.system.linked,
        )  # fmt: skip
        if space.state_of(now) != space.state_of(before):
            return False
        movers = {turn.move.sid for turn in self.turns[-loop:]}
        return now.agent == len(scenario.agent) and is_fair(now, scenario.programs, movers)

    def loop_steps(self) -> list[LoopStep]:
        """The steps of the loop."""
        first, programs = len(self.turns) - self.schedule.loop, self.schedule.scenario.programs
        return [
            LoopStep(
                turn.move.sid, turn.move.act, turn.responses, self.after(number), self.after(number + 1),
                programs[max(turn.move.sid, 0)],
            )
            for number, turn in enumerate(self.turns[first:], first)
        ]  # fmt: skip


# --- making one -----------------------------------------------------------------------------------------------------


def begin(schedule: Schedule, profile: Profile | None = None, execute: Execute = server.execute) -> Run:
    """The run of that schedule, under its own profile or that one, before its first move."""
    linked = any(move.unread for move in schedule.moves)
    system = System(schedule.scenario, schedule.manner, execute, linked)
    return Run(schedule._replace(profile=profile or schedule.profile), system, (), (system.start(),))


def extend(run: Run, move: ScheduledMove, wanted: Responses | None = None) -> Run:
    """The run with one more move; blocked there, if that client does not send this now, or the scenario's bound stops it.

    Where the profile allows several answers, it is the one that the move names (the last, if there are fewer), or, if
    there is such a one, that with the responses `wanted`.
    """
    ways = _ways(run, move) if run.blocked_at is None and move.act in choices(run, move.sid, move.unread) else []
    if not ways:
        return run._replace(blocked_at=run.blocked_at or move)
    named = min(move.outcome, len(ways) - 1)
    chosen = next((way for way in ways if _said(way[0]) == wanted), ways[named])
    return _with(run, move, *chosen)


def _with(run: Run, move: ScheduledMove, step: Step | None, after: Configuration) -> Run:
    """The run with that move, which went like this."""
    tag = "" if move.sid == AGENT else command_tag(move.sid, 1 + sum(turn.move.sid == move.sid for turn in run.turns))
    turn = Turn(move, tag, _said(step), step)
    return run._replace(turns=(*run.turns, turn), configurations=(*run.configurations, after))


def _said(step: Step | None) -> Responses:
    """What was answered to whom in that step, in the order of the wire."""
    return () if step is None else step.responses


def _ways(run: Run, move: ScheduledMove) -> list[tuple[Step | None, Configuration]]:
    """Every way in which that move, one of the `choices`, can go."""
    system, now, profile, act = run.system, run.configurations[-1], run.profile, move.act
    if isinstance(act, ACTIONS):
        return list(system.apply(now, Act(act), profile))
    if not system.takes_time:
        return list(system.apply(now, Exchange(move.sid, act), profile))
    ((_, sent),) = system.apply(_having_read(run, move.sid, move.unread), Send(move.sid, act), profile)
    return list(system.apply(sent, Serve(move.sid), profile))


def _having_read(run: Run, sid: int, unread: int) -> Configuration:
    """How things stand once that client has read all but the last `unread` responses on their way."""
    now = run.configurations[-1]
    while run.system.takes_time and len(now.channels[sid].coming) > unread:
        now = run.system.read(now, sid)
    return now


def answers(run: Run, move: ScheduledMove) -> int:
    """In how many ways that move, one of the `choices`, can go."""
    return len(_ways(run, move))


def unread(run: Run, sid: int) -> int:
    """How many responses are on their way to that client."""
    return len(run.configurations[-1].channels[sid].coming) if run.system.takes_time and sid != AGENT else 0


def choices(run: Run, sid: int, unread: int = 0) -> tuple[p.Command | Action, ...]:
    """What that session (or the agent) can do next, before it has read so many of the responses to it."""
    scenario, now = run.system.scenario, run.configurations[-1]
    if sid == AGENT:
        return scenario.agent[now.agent] if now.agent < len(scenario.agent) else ()
    return run.system.sendable(_having_read(run, sid, unread), sid)


def play(
    schedule: Schedule, profile: Profile | None = None, like: Run | None = None, execute: Execute = server.execute
) -> Run:
    """The schedule, played under its own profile or that one, until a client does not send what it is to send.

    Where the profile allows several answers, the one that came in the run `like` is preferred.
    """
    run = begin(schedule, profile, execute)
    for number, move in enumerate(schedule.moves):
        run = extend(run, move, like.turns[number].responses if like is not None else None)
    return run


# --- from the path of a search --------------------------------------------------------------------------------------


def along(
    space: Space, name: str, profile: Profile, stem: list[tuple[State, Transition]], loop: list[tuple[State, Transition]]
) -> Run:
    """The run of that path through that space (which a search found for the property of that name), and then of that
    loop, as it goes in the plain system: each command where it is served."""
    run = Run(Schedule(name, space.scenario, space.manner, profile, ()), space.system, (), (space.system.start(),))
    log = _ChannelLog(space)
    for _, edge in stem:
        run = _follow(run, space, edge, log)
    length = len(run.turns)
    for _, edge in loop:
        run = _follow(run, space, edge, log)
    moves = tuple(turn.move for turn in run.turns)
    return run._replace(schedule=run.schedule._replace(moves=moves, loop=len(moves) - length if loop else 0))


def _follow(run: Run, space: Space, edge: Transition, log: _ChannelLog) -> Run:
    """The run with one more step of the path."""
    act, sid = edge.way.act, edge.sid
    if isinstance(act, Receipt):
        log.read[sid] += 1
        return run
    if isinstance(act, Sent):
        log.waiting[sid].append(log.read[sid])
        return run
    move = ScheduledMove(sid, act, 0, 0 if sid == AGENT else log.served(sid, edge.way.responses))
    ways, wanted = _ways(run, move), space.world(edge.target)
    number = next(
        number for number, (step, after) in enumerate(ways)
        if _said(step) == edge.way.responses and space.plain(after.world) == wanted
    )  # fmt: skip
    return _with(run, move._replace(outcome=number), *ways[number])


class _ChannelLog:
    """For each client, how many responses were sent to it, how many it has read, and for each request on its way, how
    many it had read when it sent it."""

    def __init__(self, space: Space) -> None:
        everybody = range(len(space.scenario.programs))
        self.linked = space.linked
        self.told, self.read = [0 for _ in everybody], [0 for _ in everybody]
        self.waiting: list[list[int]] = [[] for _ in everybody]

    def served(self, sid: int, responses: Responses) -> int:
        """How many responses that client had not read when it sent what is served now."""
        had_read = self.waiting[sid].pop(0) if self.waiting[sid] else self.read[sid]
        unread = self.told[sid] - had_read if self.linked else 0
        for to, _ in responses:
            self.told[to] += 1
        return unread
