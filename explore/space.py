"""Which states can be reached, under which profiles, and which properties break on the way?

Breadth first over states, each paired with the set of profiles (a bitmask, `explore.universe`) under which it is
reachable; a state is visited again only for profiles not yet seen there. So the first way found to a violation, for
every profile, is a shortest one.

A lockstep client's sending, the server's answering and the client's reading are one step: nobody else can tell whether
anything came between. The core is never asked the same question twice: worlds and clients (with their witnesses) are
interned to small ints, and what a client can do in a world is computed once, with the properties that break on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from explore import observation
from explore.observation import AGENT, Observation, Witness
from explore.properties import Property
from explore.scenario import Scenario
from explore.universe import Assignment, Universe, decide
from model import agent, client as clients, protocol as p, server
from model.agent import Action
from model.client import Client
from model.decisions import Strategy
from model.server import Outcome
from model.world import World

Execute = Callable[[World, int, p.Command, Strategy], tuple[Outcome, ...]]
State = tuple[int, ...]
"""World, then each client, then how far the agent is: ids into the explorer's tables."""


class Actor(NamedTuple):
    """A client as the explorer sees it: what it believes, and what is true."""

    client: Client
    truth: Witness


class Branch(NamedTuple):
    """One way in which one actor's step can go, seen from a world and that actor alone."""

    mask: int
    used: frozenset[str]
    act: p.Command | Action
    responses: tuple[tuple[int, p.Response], ...]
    world: int
    actor: int
    broken: tuple[int, ...]


class Edge(NamedTuple):
    """A step between two states: for which profiles, who (`AGENT` for the agent), and which branch."""

    mask: int
    sid: int
    target: State
    branch: Branch


class Space:
    """The state space of one scenario, for clients of one manner, under all profiles of a universe.

    `execute` is the server (a faulty one, to see whether the properties catch it); `properties` are those checked on
    every step, and `Branch.broken` are indices into them.
    """

    def __init__(
        self,
        scenario: Scenario,
        manner: str,
        universe: Universe,
        properties: tuple[Property, ...],
        execute: Execute = server.execute,
    ) -> None:
        self.scenario, self.manner, self.universe, self.properties = scenario, manner, universe, properties
        self.execute = execute
        self._worlds: list[World] = []
        self._world_ids: dict[World, int] = {}
        self._actors: list[Actor] = []
        self._actor_ids: dict[Actor, int] = {}
        self._branches: dict[tuple[int, int, int], tuple[Branch, ...]] = {}
        self._heard: dict[tuple[int, int, p.Response], int] = {}
        world = scenario.world
        actors = [
            Actor(clients.starting(world, sid), observation.starting(world, sid)) for sid in range(len(world.sessions))
        ]
        self.start: State = (self._world(world), *map(self._actor, actors), 0)

    def _world(self, world: World) -> int:
        number = self._world_ids.setdefault(world, len(self._worlds))
        if number == len(self._worlds):
            self._worlds.append(world)
        return number

    def _actor(self, actor: Actor) -> int:
        number = self._actor_ids.setdefault(actor, len(self._actors))
        if number == len(self._actors):
            self._actors.append(actor)
        return number

    def world(self, state: State) -> World:
        """The server at that state."""
        return self._worlds[state[0]]

    def actor(self, state: State, sid: int) -> Actor:
        """The client of session `sid` at that state, and the truth about it."""
        return self._actors[state[1 + sid]]

    def edges(self, state: State, mask: int) -> Iterator[Edge]:
        """Every step from that state that some profile of the set can take."""
        last = len(state) - 1
        for sid in range(last - 1):
            for branch in self._options(state[0], sid, state[1 + sid]):
                common = mask & branch.mask
                if common:
                    target = (branch.world, *state[1 : 1 + sid], branch.actor, *state[2 + sid :])
                    yield Edge(common, sid, self._pass_on(target, sid, branch), branch)
        if state[last] < len(self.scenario.agent):
            for branch in self._options(state[0], AGENT, state[last]):
                yield Edge(mask, AGENT, (branch.world, *state[1:last], state[last] + 1), branch)

    def masks(self) -> frozenset[int]:
        """The sets into which the steps asked for so far have split the profiles."""
        return frozenset(branch.mask for branches in self._branches.values() for branch in branches)

    def _pass_on(self, target: State, sid: int, branch: Branch) -> State:
        """What other clients hear of this step without having asked."""
        for to, response in branch.responses:
            if to != sid:
                key = (to, target[1 + to], response)
                heard = self._heard.get(key)
                if heard is None:
                    heard = self._heard[key] = self._actor(self._hear(to, self._actors[target[1 + to]], response))
                target = (*target[: 1 + to], heard, *target[2 + to :])
        return target

    def _hear(self, sid: int, actor: Actor, response: p.Response) -> Actor:
        client = clients.receive(actor.client, response, self.scenario.programs[sid], self.manner)
        truth = Witness(opened=actor.truth.opened) if isinstance(response, p.Bye) else actor.truth
        return Actor(client, truth)

    def _options(self, world: int, sid: int, actor: int) -> tuple[Branch, ...]:
        key = (world, sid, actor)
        found = self._branches.get(key)
        if found is None:
            before = self._worlds[world]
            if sid == AGENT:
                branches = [self._acted(before, action) for action in self.scenario.agent[actor]]
            else:
                branches = list(self._commanded(before, sid, self._actors[actor]))
            found = self._branches[key] = tuple(branches)
        return found

    def _acted(self, before: World, action: Action) -> Branch:
        after = agent.act(before, action)
        seen = observation.observe(before, after, AGENT, action, (), (Client(), Client()), Witness())
        return Branch(self.universe.all, frozenset(), action, (), self._world(after), 0, self._broken(seen))

    def _commanded(self, before: World, sid: int, actor: Actor) -> Iterator[Branch]:
        for command in clients.options(actor.client, self.scenario.programs[sid]):
            merged: dict[Outcome, tuple[int, frozenset[str]]] = {}
            for assignment, outcomes in self._answers(before, sid, command):
                where = self.universe.where(assignment)
                used = frozenset(strategy.spelling for _, strategy in assignment)
                for outcome in outcomes:
                    mask, others = merged.get(outcome, (0, frozenset()))
                    merged[outcome] = (mask | where, others | used)
            for outcome, (mask, used) in merged.items():
                seen = self.observe(before, sid, actor, command, outcome)
                after = self._actor(Actor(seen.client_after, seen.truth_after))
                world = self._world(outcome.world)
                yield Branch(mask, used, command, outcome.responses, world, after, self._broken(seen))

    def _answers(self, before: World, sid: int, command: p.Command) -> Iterator[tuple[Assignment, tuple[Outcome, ...]]]:
        return decide(self.universe, lambda profile: self.execute(before, sid, command, profile))

    def observe(self, before: World, sid: int, actor: Actor, command: p.Command, outcome: Outcome) -> Observation:
        """The observation of that command with that outcome."""
        program = self.scenario.programs[sid]
        after = clients.send(actor.client, command, self.manner)
        for to, response in outcome.responses:
            if to == sid:
                after = clients.receive(after, response, program, self.manner)
        return observation.observe(
            before, outcome.world, sid, command, outcome.responses, (actor.client, after), actor.truth
        )

    def _broken(self, seen: Observation) -> tuple[int, ...]:
        return tuple(i for i, prop in enumerate(self.properties) if prop.check is not None and prop.check(seen))

    def observation_of(self, state: State, edge: Edge) -> Observation:
        """The observation of a step that the search has made: for explaining it."""
        before = self.world(state)
        branch = edge.branch
        after = self._worlds[branch.world]
        if edge.sid == AGENT:
            return observation.observe(before, after, AGENT, branch.act, (), (Client(), Client()), Witness())
        assert not isinstance(branch.act, (agent.Deliver, agent.Purge, agent.Relabel))
        outcome = Outcome(after, branch.responses)
        return self.observe(before, edge.sid, self.actor(state, edge.sid), branch.act, outcome)
