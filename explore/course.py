"""Who moves when, and what comes of it? A schedule is one course of events, apart from the server it is run on.

Played again under the profile it was found with, it is the counterexample; under another one it shows where the two
part, and ends where a client would no longer send what the schedule has it send.
"""

from __future__ import annotations

from typing import NamedTuple

from explore.convergence import diverges
from explore.factored import Actor, Execute, Responses, State
from explore.observation import AGENT, Observation, Witness, observe
from explore.properties import Property
from explore.scenario import Scenario
from explore.space import Edge, Space
from explore.universe import Universe
from model import agent, client as clients, link, protocol as p, server
from model.agent import Action, action_text
from model.client import Client
from model.syntax import command_text
from strategies import Profile

CONVERGENCE, STARVATION = "H-CONVERGENCE", "H-STARVATION"


class Move(NamedTuple):
    """One move: who (a session, or AGENT) does what, and which of the answers that the profile allows comes."""

    sid: int
    act: p.Command | Action
    outcome: int = 0

    def __str__(self) -> str:
        return f"{actor_name(self.sid)}: {act_text(self.act)}"


class Schedule(NamedTuple):
    """A course of events that is to show something of a property: in which scenario, for clients of which manner, under
    which profile; the last `loop` moves go on for ever."""

    property: str
    scenario: Scenario
    manner: str
    profile: Profile
    moves: tuple[Move, ...]
    loop: int = 0


class Turn(NamedTuple):
    """One move that was made: its tag ("" for the agent), what was answered to whom, and all that can be observed."""

    move: Move
    tag: str
    responses: Responses
    seen: Observation


class Break(NamedTuple):
    """Where a property breaks: on which turn (from 1; 0 is before the first), and how, in a sentence."""

    turn: int
    reason: str


class Run(NamedTuple):
    """A schedule that was played: the turns, and the state before the first and after each; `stuck` is the first move
    that could not be made, because that client does not send this there."""

    schedule: Schedule
    space: Space
    turns: tuple[Turn, ...]
    states: tuple[State, ...]
    stuck: Move | None

    @property
    def cast(self) -> tuple[int, ...]:
        """The sessions that have a part in it: they move, or are told something; if only one moves, all that have a
        mailbox open."""
        movers = {move.sid for move in self.schedule.moves} - {AGENT}
        told = {to for turn in self.turns for to, _ in turn.responses}
        sessions = self.space.world(self.states[0]).sessions
        watching = {sid for sid, session in enumerate(sessions) if session.name} if len(movers) < 2 else set()
        return tuple(sorted(movers | told | watching))

    def broken(self, prop: Property) -> Break | None:
        """Where that property breaks first, or None."""
        if prop.check is not None:
            reasons = ((number, prop.check(turn.seen)) for number, turn in enumerate(self.turns, 1))
            return next((Break(number, reason) for number, reason in reasons if reason is not None), None)
        reason = None
        if prop.id == CONVERGENCE and self._quiet():
            reason = diverges(self.space, self.states[-1])
        elif prop.id == STARVATION:
            reason = self._starves()
        return None if reason is None else Break(len(self.turns), reason)

    def _quiet(self) -> bool:
        state, scenario = self.states[-1], self.schedule.scenario
        idle = [not self._options(state, sid) for sid in range(len(scenario.programs))]
        return all(idle) and state[-1] == len(scenario.agent)

    def _options(self, state: State, sid: int) -> tuple[p.Command, ...]:
        return clients.options(self.space.actor(state, sid).client, self.schedule.scenario.programs[sid])

    def _starves(self) -> str | None:
        """How the loop, if it comes back to where it began, has somebody try again and be refused every time."""
        loop = self.schedule.loop
        if not loop or self.stuck is not None or self.states[-1] != self.states[-1 - loop]:
            return None
        answers: dict[int, set[str]] = {}
        for turn in self.turns[-loop:]:
            sid = turn.move.sid
            if sid != AGENT and not turn.seen.client.todo:
                step = clients.current_step(turn.seen.client, self.schedule.scenario.programs[sid])
                if step is not None and step.retry:
                    answers.setdefault(sid, set()).add(turn.seen.status)
        hopeless = next((sid for sid, statuses in answers.items() if statuses == {"NO"}), None)
        if hopeless is None:
            return None
        others = sorted({actor_name(turn.move.sid) for turn in self.turns[-loop:]} - {actor_name(hopeless)})
        moving = f"{' and '.join(others)} keep{'' if len(others) > 1 else 's'} moving"
        meanwhile = moving if others else "nobody else has anything left to do"
        return f"{actor_name(hopeless)} is refused every time, while {meanwhile}"


def begin(schedule: Schedule, profile: Profile, execute: Execute = server.execute) -> Run:
    """The run of that schedule under that profile before its first move."""
    space = Space(schedule.scenario, schedule.manner, Universe.of(profile), (), execute)
    return Run(schedule, space, (), (space.start,), None)


def extend(run: Run, move: Move, wanted: Responses | None = None) -> Run:
    """The run with one more move; stuck there, if that client does not send this now.

    Where the profile allows several answers, it is the one that the move names (the last, if there are fewer), or, if
    there is such a one, that with the responses `wanted`.
    """
    if run.stuck is not None or move.act not in choices(run.space, run.states[-1], move.sid):
        return run._replace(stuck=run.stuck or move)
    turn, state = _take(run, move, wanted)
    return run._replace(turns=(*run.turns, turn), states=(*run.states, state))


def play(
    schedule: Schedule, profile: Profile | None = None, like: Run | None = None, execute: Execute = server.execute
) -> Run:
    """The schedule, played under its own profile or that one, until a client does not send what it is to send.

    Where the profile allows several answers, the one that came in the run `like` is preferred.
    """
    run = begin(schedule, profile or schedule.profile, execute)
    for number, move in enumerate(schedule.moves):
        run = extend(run, move, like.turns[number].responses if like is not None else None)
    return run


def choices(space: Space, state: State, sid: int) -> tuple[p.Command | Action, ...]:
    """What that session (or the agent) can do in that state."""
    scenario = space.scenario
    if sid == AGENT:
        return scenario.agent[state[-1]] if state[-1] < len(scenario.agent) else ()
    return clients.options(space.actor(state, sid).client, scenario.programs[sid])


def _take(run: Run, move: Move, wanted: Responses | None) -> tuple[Turn, State]:
    """One move, and the state after it."""
    space, state, sid, act = run.space, run.states[-1], move.sid, move.act
    before, tables = space.world(state), space.tables
    if isinstance(act, (agent.Deliver, agent.Purge, agent.Relabel)):
        after = agent.act(before, act)
        acted = observe(before, after, AGENT, act, (), (Client(), Client()), Witness())
        return Turn(move, "", (), acted), (tables.worlds.add(after), *state[1:-1], state[-1] + 1)
    outcomes = space.execute(before, sid, act, space.universe.profile(0))
    named = outcomes[min(move.outcome, len(outcomes) - 1)]
    outcome = next((one for one in outcomes if one.responses == wanted), named)
    seen = space.observe(before, sid, space.actor(state, sid), act, outcome)
    actors = list(state[1:-1])
    actors[sid] = tables.add_actor(Actor(seen.client_after, seen.truth_after))
    for to, response in outcome.responses:
        if to != sid:
            actors[to] = tables.hear(to, actors[to], response)
    tag = link.tag(sid, 1 + sum(turn.move.sid == sid for turn in run.turns))
    return Turn(move, tag, outcome.responses, seen), (tables.worlds.add(outcome.world), *actors, state[-1])


def recorded(space: Space, profile: Profile, path: list[tuple[State, Edge]]) -> tuple[Move, ...]:
    """The moves of a path through that space under that profile, as they go in the whole world."""
    moves, world = [], space.scenario.world
    for _, edge in path:
        act, number = edge.branch.act, 0
        if isinstance(act, (agent.Deliver, agent.Purge, agent.Relabel)):
            world = agent.act(world, act)
        else:
            wanted = server.Outcome(space.world(edge.target), edge.branch.responses)
            outcomes = space.execute(world, edge.sid, act, profile)
            plain = [outcome._replace(world=space.tables.plain(outcome.world)) for outcome in outcomes]
            number = plain.index(wanted)
            world = outcomes[number].world
        moves.append(Move(edge.sid, act, number))
    return tuple(moves)


def actor_name(sid: int) -> str:
    """C1, C2, ... or Agent."""
    return "Agent" if sid == AGENT else f"C{sid + 1}"


def act_text(act: p.Command | Action) -> str:
    """The command or action, as in a transcript."""
    return action_text(act) if isinstance(act, (agent.Deliver, agent.Purge, agent.Relabel)) else command_text(act)
