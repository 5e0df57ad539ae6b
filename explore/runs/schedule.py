"""Who moves when, and what comes of it? A schedule is one course of events, apart from the server it is run on.

Played again under the profile it was found with, it is the counterexample; under another one it shows where the two
part, and ends where a client would no longer send what the schedule has it send.
"""

from __future__ import annotations

from typing import NamedTuple

from explore.properties import CONVERGENCE, Property
from explore.scenario import Scenario
from explore.search import RETRY_ENDS, STARVATION, TOLD, is_idle, news
from explore.space import (
    AsyncTransitions, Execute, Receipt, Responses, Sent, Space, State, Transition, Universe, bury, diverges,
    drop_unobserved_beliefs, forgetful, seal, sealed, settle, uids, unthinking,
)  # fmt: skip
from explore.system import AGENT, Actor, GroundTruth, Observation, observe
from model import client as clients, protocol as p, server
from model.client import NAIVE, Client
from model.notation import command_tag
from model.protocol import command_text, response_text
from model.store import Action, World, action_text, agent
from strategies import Profile


class Move(NamedTuple):
    """One move: who (a session, or AGENT) does what, which of the answers that the profile allows comes, and how many of
    the responses to it this client has not read when it does it: by then it has read all others."""

    sid: int
    act: p.Command | Action
    outcome: int = 0
    unread: int = 0

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


class BrokenAt(NamedTuple):
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

    def broken(self, prop: Property) -> BrokenAt | None:
        """Where that property breaks first, or None."""
        if prop.check is not None:
            reasons = ((number, prop.check(turn.seen)) for number, turn in enumerate(self.turns, 1))
            first = next((BrokenAt(number, reason) for number, reason in reasons if reason is not None), None)
            if first is not None:
                return first
        reason = None
        if prop.id == CONVERGENCE and self._quiet():
            reason = diverges(self.space, self.states[-1])
        elif prop.id in _FOR_EVER and self._goes_round(prop.id == TOLD):
            reason = _FOR_EVER[prop.id](self)
        return None if reason is None else BrokenAt(len(self.turns), reason)

    def _quiet(self) -> bool:
        state, scenario = self.states[-1], self.schedule.scenario
        idle = [not self._options(state, sid) for sid in range(len(scenario.programs))]
        return all(idle) and state[-1] == len(scenario.agent)

    def _options(self, state: State, sid: int) -> tuple[p.Command, ...]:
        return clients.options(self.space.actor(state, sid).client, self.schedule.scenario.programs[sid])

    def _goes_round(self, believing: bool) -> bool:
        """Whether the loop comes back to where it began, and everybody moves on it or has nothing to send. What a naive
        client believes decides nothing that it sends: unless it is asked about (`believing`), it need not come back."""
        loop, state = self.schedule.loop, self.states[-1]
        if not 0 < loop < len(self.states) or self.stuck is not None:
            return False
        if self._settled(state, believing) != self._settled(self.states[-1 - loop], believing):
            return False
        movers = {turn.move.sid for turn in self.turns[-loop:]}
        sessions = range(len(self.schedule.scenario.programs))
        agent_done = state[-1] == len(self.schedule.scenario.agent)
        return agent_done and all(sid in movers or is_idle(self.space, state, sid) for sid in sessions)

    def _settled(self, state: State, believing: bool) -> tuple[object, ...]:
        """That state once every client has read all that is on its way to it, without what can make no difference any
        more: contents that are rightly shown, what lies in mailboxes that nobody looks into, and what becomes of expunged
        messages."""
        space, scenario = self.space, self.schedule.scenario
        world = space.world(state)
        actors = [space.actor(state, sid) for sid in range(len(scenario.programs))]
        if not scenario.own:
            actors = [self._without(actor, world, sid, believing) for sid, actor in enumerate(actors)]
        if self.space.tables.answers.known:
            world = bury(world)
        return seal(world, sealed(scenario), scenario.most_uids is None), tuple(actors), state[-1]

    def _without(self, actor: Actor, world: World, sid: int, believing: bool) -> Actor:
        """That actor, session `sid` of that world, without what can make no difference."""
        client, truth = actor
        thoughtless = self.space.tables.reading == NAIVE
        client = unthinking(client) if thoughtless and not believing else forgetful(client, truth.counted)
        if self.space.tables.answers.known:
            box, view = world.by_id(truth.mailbox), world.sessions[sid].view
            if thoughtless:
                client = drop_unobserved_beliefs(client, truth.counted, uids(box), view)
            truth = settle(truth, box)
        return Actor(client, truth)

    def _round(self) -> dict[int, list[Turn]]:
        """The turns of the loop, by client."""
        turns: dict[int, list[Turn]] = {}
        for turn in self.turns[-self.schedule.loop :]:
            turns.setdefault(turn.move.sid, []).append(turn)
        return dict(sorted(turns.items()))

    def starves(self) -> str | None:
        """How the loop has somebody try again and be refused every time."""
        for sid, turns in self._round().items():
            program = self.schedule.scenario.programs[sid]
            steps = [(turn.seen, clients.current_step(turn.seen.client, program)) for turn in turns]
            tries = [seen for seen, step in steps if step is not None and step.retry and not seen.client.todo]
            if tries and {seen.status for seen in tries} == {"NO"}:
                return f"{actor_name(sid)} is refused every time, {self._while_others(sid)}"
        return None

    def passes_over(self) -> str | None:
        """What the loop never tells a client that asks again and again."""
        for sid, turns in self._round().items():
            asked = next((turn.move.act for turn in turns if isinstance(turn.move.act, (p.Noop, p.Check))), None)
            states = self.states[-1 - self.schedule.loop :]
            untold = frozenset.intersection(*(news(self.space, state, sid) for state in states))
            if asked is not None and untold:
                says = f"{actor_name(sid)} says {act_text(asked)} again and again"
                return f"{says}, and is never told {min(untold)}, {self._while_others(sid)}"
        return None

    def never_done(self) -> str | None:
        """What a client does on the loop, over and over, after a command that was refused."""
        for sid, turns in self._round().items():
            if all(turn.seen.client.todo for turn in turns):
                sent = " and ".join(dict.fromkeys(act_text(turn.move.act) for turn in turns))
                return f"{actor_name(sid)} sends {sent} again and again, and never comes to an end of it"
        return None

    def _while_others(self, sid: int) -> str:
        others = [actor_name(other) for other in self._round() if other != sid]
        moving = f"while {' and '.join(others)} keep{'' if len(others) > 1 else 's'} moving"
        return moving if others else "while nobody else has anything left to do"


_FOR_EVER = {STARVATION: Run.starves, TOLD: Run.passes_over, RETRY_ENDS: Run.never_done}
"""What a loop that goes round for ever shows of each of these properties: how it breaks, or None."""


def begin(schedule: Schedule, profile: Profile, execute: Execute = server.execute) -> Run:
    """The run of that schedule under that profile before its first move."""
    linked = any(move.unread for move in schedule.moves)
    space = Space(schedule.scenario, schedule.manner, Universe.of(profile), (), execute, linked=linked)
    return Run(schedule, space, (), (space.start,), None)


def extend(run: Run, move: Move, wanted: Responses | None = None) -> Run:
    """The run with one more move; stuck there, if that client does not send this now.

    Where the profile allows several answers, it is the one that the move names (the last, if there are fewer), or, if
    there is such a one, that with the responses `wanted`.
    """
    if run.stuck is not None or move.act not in choices(run.space, run.states[-1], move.sid, move.unread):
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


def choices(space: Space, state: State, sid: int, unread: int = 0) -> tuple[p.Command | Action, ...]:
    """What that session (or the agent) can do in that state, before it has read so many of the responses to it."""
    scenario = space.scenario
    if sid == AGENT:
        return scenario.agent[state[-1]] if state[-1] < len(scenario.agent) else ()
    if isinstance(space.tables, AsyncTransitions):
        return space.tables.sendable(sid, space.tables.read(sid, state[1 + sid], unread))
    return clients.options(space.actor(state, sid).client, scenario.programs[sid])


def _take(run: Run, move: Move, wanted: Responses | None) -> tuple[Turn, State]:
    """One move, and the state after it."""
    space, state, sid, act = run.space, run.states[-1], move.sid, move.act
    before, tables = space.world(state), space.tables
    if isinstance(act, agent.ACTIONS):
        after = agent.act(before, act)
        acted = observe(before, after, AGENT, act, (), (Client(), Client()), GroundTruth())
        return Turn(move, "", (), acted), tables.place(after, state[1:-1], state[-1] + 1)
    outcomes = space.execute(before, sid, act, space.universe.profile(0))
    named = outcomes[min(move.outcome, len(outcomes) - 1)]
    outcome = next((one for one in outcomes if one.responses == wanted), named)
    actors = list(state[1:-1])
    if isinstance(tables, AsyncTransitions):
        ready = tables.read(sid, actors[sid], move.unread)
        actors[sid], seen = tables.serve(before, sid, ready, act, outcome)
    else:
        seen = space.observe(before, sid, space.actor(state, sid), act, outcome)
        actors[sid] = tables.add_actor(Actor(seen.client_after, seen.truth_after))
    for to, response in outcome.responses:
        if to != sid:
            actors[to] = tables.hear(to, actors[to], response)
    tag = command_tag(sid, 1 + sum(turn.move.sid == sid for turn in run.turns))
    return Turn(move, tag, outcome.responses, seen), tables.place(outcome.world, actors, state[-1])


def recorded(space: Space, profile: Profile, path: list[tuple[State, Transition]]) -> tuple[Move, ...]:
    """The moves of a path through that space under that profile, as they go in the whole world: each command where it
    is served."""
    moves: list[Move] = []
    world, lines = space.scenario.world, _ChannelLog(space)
    for _, edge in path:
        act, sid = edge.branch.act, edge.sid
        if isinstance(act, agent.ACTIONS):
            world = agent.act(world, act)
            moves.append(Move(sid, act))
        elif isinstance(act, Receipt):
            lines.read[sid] += 1
        elif isinstance(act, Sent):
            lines.waiting[sid].append(lines.read[sid])
        else:
            wanted = server.Outcome(space.world(edge.target), edge.branch.responses)
            outcomes = space.execute(world, sid, act, profile)
            plain = [outcome._replace(world=space.tables.answers.plain(outcome.world)) for outcome in outcomes]
            number = plain.index(wanted)
            world = outcomes[number].world
            moves.append(Move(sid, act, number, lines.served(sid, edge.branch.responses)))
    return tuple(moves)


class _ChannelLog:
    """For each client, how many responses were sent to it, how many it has read, and for each request on its way, how
    many it had read when it sent it."""

    def __init__(self, space: Space) -> None:
        clients = range(len(space.scenario.programs))
        self.linked = space.linked
        self.told, self.read = [0 for _ in clients], [0 for _ in clients]
        self.waiting: list[list[int]] = [[] for _ in clients]

    def served(self, sid: int, responses: Responses) -> int:
        """How many responses that client had not read when it sent what is served now."""
        had_read = self.waiting[sid].pop(0) if self.waiting[sid] else self.read[sid]
        unread = self.told[sid] - had_read if self.linked else 0
        for to, _ in responses:
            self.told[to] += 1
        return unread


def actor_name(sid: int) -> str:
    """C1, C2, ... or Agent."""
    return "Agent" if sid == AGENT else f"C{sid + 1}"


def act_text(act: p.Command | Action | Sent | Receipt) -> str:
    """The command or action, as in a transcript; or a stage of one."""
    if isinstance(act, Sent):
        return f"sends {command_text(act.command)}"
    if isinstance(act, Receipt):
        return f"reads {response_text(act.response, '')}".rstrip()
    return action_text(act) if isinstance(act, agent.ACTIONS) else command_text(act)
