"""Which states are there, and which steps lead from one to another?

A state is what all sessions share of a world, for each client what it believes, what is true of it and what the server
keeps for it alone, and how far the external agent is: a tuple of small ints, numbers into the tables of `explore.space.transitions`.
A lockstep client's sending, the server's answering and the client's reading are one step: nobody else can tell whether
anything came between. Where they are to be steps of their own, a state has what is on its way as well (`explore.space.async_transitions`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from explore.properties import CONVERGENCE, Property
from explore.scenario import Scenario
from explore.space.async_transitions import AsyncTransitions
from explore.space.profile_set import Universe
from explore.space.reductions.symmetry import Symmetry
from explore.space.server_table import Execute
from explore.space.transition import ActorStep, Receipt, Sent
from explore.space.transitions import State, Transitions
from explore.system import AGENT, Actor, GroundTruth, Observation, observation
from model import client as clients, protocol as p, server
from model.client import DISCIPLINES, Client
from model.server import Outcome
from model.store import Action, World, agent


REDUCTIONS = frozenset({"partial-order", "beliefs", "known-contents", "dead-state", "atomic-requests", "write-only", "symmetry"})
"""Everything that can make a space smaller: see `Space`."""


class Transition(NamedTuple):
    """A step between two states: for which profiles, who (`AGENT` for the agent), and which branch."""

    mask: int
    sid: int
    target: State
    branch: ActorStep


class Space:
    """The state space of one scenario, for clients of one manner, under all profiles of a universe.

    `execute` is the server (a faulty one, to see whether the properties catch it); `properties` are those checked on
    every step, and `ActorStep.broken` are indices into them. `reductions` make it smaller without changing any verdict:

    - "beliefs": what a naive client believes is not part of the state, as far as no property that is to be checked looks at
      it, nor at what becomes of it;
    - "known-contents": what a client rightly shows as a message's content is not part of the state;
    - "dead-state": of an expunged message, what was told of its flags and who has marked it is not part of the state;
    - "write-only": of a mailbox that nobody ever looks into, only the contents are part of it;
    - "symmetry": clients with the same program are interchangeable; of the states that differ only in who is who, one
      stands for all;
    - "atomic-requests" and "partial-order" are those of `explore.space.async_transitions`, and mean nothing elsewhere.

    `linked` makes requests and responses steps of their own, as they always are for clients that do not wait.
    """

    def __init__(
        self,
        scenario: Scenario,
        manner: str,
        universe: Universe,
        properties: tuple[Property, ...],
        execute: Execute = server.execute,
        reductions: frozenset[str] = frozenset(),
        linked: bool = False,
    ) -> None:
        self.scenario, self.manner, self.universe, self.properties = scenario, manner, universe, properties
        self.execute, self.reductions = execute, reductions
        self.converging = any(prop.id == CONVERGENCE for prop in properties)
        self.linked = linked or manner in DISCIPLINES
        kind = AsyncTransitions if self.linked else Transitions
        self.tables = kind(scenario, manner, universe, properties, execute, reductions)
        self._symmetry = Symmetry(scenario.programs, self.tables) if "symmetry" in reductions else None
        self.wrong_at_the_end: dict[tuple[int, int, int], str | None] = {}
        world = scenario.world
        actors = [
            Actor(clients.starting(world, sid), observation.starting(world, sid)) for sid in range(len(world.sessions))
        ]
        self.start: State = self.tables.place(world, map(self.tables.add_actor, actors), 0)

    def canonical(self, state: State) -> State:
        """The state that stands for this one, and for all that differ from it only in who is who."""
        return state if self._symmetry is None else self._symmetry.canonical(state)

    def world(self, state: State) -> World:
        """The server at that state."""
        return self.tables.world(state)

    def actor(self, state: State, sid: int) -> Actor:
        """The client of session `sid` at that state, and the truth about it."""
        return self.tables.actor(state[1 + sid])

    def edges(self, state: State, mask: int) -> Iterator[Transition]:
        """Every step from that state that some profile of the set can take, to states that stand for themselves."""
        if self._symmetry is None:
            return self.real_edges(state, mask)
        canonical = self._symmetry.canonical
        return (edge._replace(target=canonical(edge.target)) for edge in self.real_edges(state, mask))

    def numbered(self, state: State, mask: int) -> Iterator[tuple[State, int, int]]:
        """The same steps, with those to one state that the same profiles can take together: the state, the profiles, and
        how many steps."""
        world, first = state[0], self.urgent(state)
        for sid in range(len(state) - 2) if first is None else (first,):
            numbers = self.tables.digest(world, sid, state[1 + sid])
            for profiles, number in numbers.still:
                if mask & profiles:
                    yield state, mask & profiles, number
            for (_, after, actor, others, _), counted in zip(numbers.moves, numbers.counted, strict=True):
                target = (after, *state[1 : 1 + sid], actor, *state[2 + sid :])
                target = self.canonical(self.tables.pass_on(target, sid, others) if others else target)
                for profiles, number in counted:
                    if mask & profiles:
                        yield target, mask & profiles, number
        if first is None:
            for edge in self.agent_edges(state, mask):
                yield self.canonical(edge.target), edge.mask, 1

    def real_edges(self, state: State, mask: int) -> Iterator[Transition]:
        """Every step from that state that some profile of the set can take, to where it really leads."""
        first = self.urgent(state)
        for sid in range(len(state) - 2) if first is None else (first,):
            for branch in self.tables.options(state[0], sid, state[1 + sid]):
                if mask & branch.mask:
                    yield Transition(mask & branch.mask, sid, self.target(state, sid, branch), branch)
        if first is None:
            yield from self.agent_edges(state, mask)

    def urgent(self, state: State) -> int | None:
        """The client whose steps from that state stand for everybody's ("partial-order"), if there is one."""
        if "partial-order" in self.reductions and isinstance(self.tables, AsyncTransitions):
            urgent = self.tables.urgent
            return next((sid for sid in range(len(state) - 2) if urgent(sid, state[1 + sid])), None)
        return None

    def agent_edges(self, state: State, mask: int) -> Iterator[Transition]:
        """The steps that the external agent can take from that state."""
        if state[-1] < len(self.scenario.agent):
            for branch in self.tables.options(state[0], AGENT, state[-1]):
                yield Transition(mask, AGENT, self.target(state, AGENT, branch), branch)

    def left_out(self, state: State, mask: int) -> Iterator[tuple[int, p.Command | Action, frozenset[str]]]:
        """The steps from that state that some profile of the set could take, but for the scenario's bound: who, what would
        be done, and what there would be too many of (MESSAGE, MAILBOX)."""
        if self.scenario.most_uids is None and self.scenario.most_mailboxes is None:
            return
        for sid, actor in self.movers(state):
            for profiles, act, excess in self.tables.left_out(state[0], sid, actor):
                if mask & profiles:
                    yield sid, act, excess

    def movers(self, state: State) -> list[tuple[int, int]]:
        """Those who may have a step to take from that state: the sessions, and the agent, each with its actor."""
        first = self.urgent(state)
        if first is not None:
            return [(first, state[1 + first])]
        clients = list(enumerate(state[1:-1]))
        return [*clients, (AGENT, state[-1])] if state[-1] < len(self.scenario.agent) else clients

    def edge(self, state: State, mask: int, sid: int, branch: ActorStep) -> Transition:
        """The step of `edges` in which client `sid` takes that branch."""
        return next(edge for edge in self.edges(state, mask) if edge.sid == sid and edge.branch is branch)

    def target(self, state: State, sid: int, branch: ActorStep) -> State:
        """Where that branch of session `sid` (or of the agent) really leads from that state."""
        if sid == AGENT:
            target = (branch.world, *state[1:-1], state[-1] + 1)
        else:
            target = (branch.world, *state[1 : 1 + sid], branch.actor, *state[2 + sid :])
        return self.tables.pass_on(target, sid, branch.others) if branch.others else target

    def observe(self, before: World, sid: int, actor: Actor, command: p.Command, outcome: Outcome) -> Observation:
        """The observation of that command with that outcome."""
        program = self.scenario.programs[sid]
        after = clients.send(actor.client, command, self.tables.reading)
        for to, response in outcome.responses:
            if to == sid:
                after = clients.receive(after, response, program, self.tables.reading)
        return observation.observe(
            before, outcome.world, sid, command, outcome.responses, (actor.client, after), actor.truth
        )

    def observation_of(self, state: State, edge: Transition) -> Observation:
        """The observation of a step, computed in one piece: for explaining it."""
        before, branch = self.world(state), edge.branch
        after = self.world(self.target(state, edge.sid, branch))
        assert not isinstance(branch.act, (Sent, Receipt))
        if isinstance(branch.act, agent.ACTIONS):
            return observation.observe(before, after, AGENT, branch.act, (), (Client(), Client()), GroundTruth())
        outcome = Outcome(after, branch.responses)
        return self.observe(before, edge.sid, self.actor(state, edge.sid), branch.act, outcome)
