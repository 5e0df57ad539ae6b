"""What can one actor do in one world, and what comes of it? Computed once for each question, and kept.

The core is slow beside the search, so it is never asked twice. Worlds, clients, truths, commands and responses are
interned to small ints, and a step is put together from tables that are filled as they are asked ("factored"):

- what the server answers is looked up in `explore.space.server_table`;
- what a client makes of the answer depends on the client and the responses alone;
- what is true of it afterwards depends on the projected worlds before and after, on the responses and on what was true;
- which properties break is looked up in `explore.space.judging`;
- the side effects on others, what they hear unasked and what the server keeps for them, are passed on to each.

The steps are those of `explore.system`; `tests/test_guard.py` compares them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from explore.properties import Property, Scope
from explore.space import transition
from explore.space.interning import Interned
from explore.space.judging import Judge, Judgement
from explore.space.profile_set import Universe
from explore.space.reductions.dead_state import canonical_truth
from explore.space.reductions.irrelevant_beliefs import drop_unobserved_beliefs, unthinking
from explore.space.reductions.known_contents import forgetful
from explore.space.server_table import Answer, ServerTable
from explore.space.session_state import NOTHING, uids
from explore.space.transition import ActorStep, Successors
from explore.system import (
    AGENT, NOBODY, Channel, GroundTruth, MessageIdentity, Participant, Step, System, ground_truth, observe,
)  # fmt: skip
from model import client as clients, protocol as p
from model.client import Client
from model.store import Action, World, agent

State = tuple[int, ...]
"""A common world, then each actor, then how far the agent is: numbers into the tables."""


class Transitions:
    """The tables of one system, under all profiles of a universe. The number of an actor stands for those of its client, of
    what is true of it and of what the server keeps for it. `reductions` must be sound there
    (`explore.space.state_space.sound`)."""

    def __init__(
        self,
        system: System,
        universe: Universe,
        properties: tuple[Property, ...],
        reductions: frozenset[str] = frozenset(),
        projected: bool = True,
    ) -> None:
        self.system, self.scenario, self.universe, self.reading = system, system.scenario, universe, system.reading
        self.forget, self.atomic = "known-contents" in reductions, "atomic-requests" in reductions
        self.server = ServerTable(self.scenario, universe, system.execute, reductions, projected)
        self.actors: Interned[tuple[int, ...]] = Interned()
        self.clients: Interned[Client] = Interned()
        self.truths: Interned[GroundTruth] = Interned()
        self.judge = Judge(properties, self.truths, self.clients)
        unobserved = not any(prop.of_beliefs or prop.scopes - {Scope.STEP} for prop in properties)
        lockstep = system.manner == clients.NAIVE and not self.scenario.own
        self.blind = "beliefs" in reductions and lockstep and unobserved
        self._naive = self.reading == clients.NAIVE and not self.scenario.own and self.server.projected
        self._believing = not (self._naive and "beliefs" in reductions)
        self._nothing = self.server.session_states.add(NOTHING)
        self._steps: dict[tuple[int, int, int], tuple[ActorStep, ...]] = {}
        self._successors: dict[tuple[int, int, int], Successors] = {}
        self._sendings: dict[tuple[int, int], tuple[tuple[p.Command, int], ...]] = {}
        self._client_steps: dict[tuple[int, int, int, int, int], int] = {}
        self._truth_steps: dict[tuple[int, int, int, int, int, int], tuple[int, Judgement, Step]] = {}
        self._plain_clients: dict[tuple[int, int], int] = {}
        self._heard: dict[tuple[int, int, p.Response, int], int] = {}
        self._passed: dict[tuple[int, int, int, int], int] = {}
        self._canonical: dict[tuple[int, int], int] = {}
        self._prepare()

    def _prepare(self) -> None:
        """More tables, of a kind of tables that needs more."""

    # --- states and configurations ----------------------------------------------------------------------------------

    def place(self, world: World, actors: Iterable[int], step: int) -> State:
        """The state of that world and those actors, whatever was kept for them before, with the agent so far."""
        common, sessions = self.server.part(world)
        placed = []
        for actor, session in zip(actors, sessions, strict=True):
            client, truth, _, *more = self.actors.values[actor]
            plain = self._plain_client(client, truth)
            placed.append(self.canonical_actor(common, self.actors.add((plain, truth, session, *more))))
        return (common, *placed, step)

    def world(self, state: State) -> World:
        """The server at that state."""
        return self.server.whole(state[0], [self.actors.values[actor][2] for actor in state[1:-1]])

    def add_actor(self, participant: Participant, channel: Channel | None = None) -> int:
        """The id of that participant, before it has its place (`place`)."""
        client = unthinking(participant.client) if self.blind else participant.client
        return self.actors.add((self.clients.add(client), self.truths.add(participant.truth), self._nothing))

    def common_world(self, number: int) -> World:
        """The common world of that number."""
        return self.server.worlds.values[number]

    def seen_by(self, world: int, sid: int, actor: int) -> World:
        """The common world of that number as far as it concerns that actor, for which that is kept."""
        return self.server.seen_by(world, sid, self.actors.values[actor][2])

    def participant(self, sid: int, actor: int) -> Participant:
        """The client of session `sid`, once it has read all that is on its way, and what is true of it."""
        client, truth, _ = self.actors.values[actor]
        return Participant(self.clients.values[client], self.truths.values[truth])

    def now(self, sid: int, actor: int) -> tuple[Participant, Channel | None]:
        """The client as it is, what is true of it, and what is on its way."""
        return self.participant(sid, actor), None

    # --- steps ------------------------------------------------------------------------------------------------------

    def steps(self, world: int, sid: int, actor: int) -> tuple[ActorStep, ...]:
        """Everything that this actor can do in that world; for the agent, `actor` is how far it is."""
        key = (world, sid, actor)
        cached = self._steps.get(key)
        if cached is None:
            ways = self._acted(world, actor) if sid == AGENT else self._commanded(world, sid, actor)
            cached = self._steps[key] = tuple(ways)
        return cached

    def successors(self, world: int, sid: int, actor: int) -> Successors:
        """The same, put together for the search."""
        key = (world, sid, actor)
        cached = self._successors.get(key)
        if cached is None:
            ways = self.steps(world, sid, actor)
            cached = self._successors[key] = transition.successors(ways, world, actor, self.server.masks.setdefault)
        return cached

    def _acted(self, world: int, step: int) -> Iterator[ActorStep]:
        before = self.server.worlds.values[world]
        for action in self.scenario.agent[step]:
            after = agent.act(before, action)
            if not self.scenario.allows(after):
                continue
            broken, arisen = self.judge.agents(observe(before, after, AGENT, action, (), NOBODY, GroundTruth()))
            number, _ = self.server.part(after)
            others = self.server.side_effects(world, number, AGENT, ())
            yield ActorStep(self.universe.all, frozenset(), action, (), number, 0, broken, arisen, others)

    def left_out(self, world: int, sid: int, actor: int) -> Iterator[tuple[int, p.Command | Action, frozenset[str]]]:
        """The steps of this actor in that world that the scenario's bound leaves out: for which profiles, what would be
        done, and what there would be too many of (`Scenario.excess`)."""
        if sid == AGENT:
            for action in self.scenario.agent[actor]:
                excess = self.scenario.excess(agent.act(self.server.worlds.values[world], action))
                if excess:
                    yield self.universe.all, action, excess
            return
        session = self.actors.values[actor][2]
        for command in self._servable(sid, actor):
            for mask, excess in self.server.left_out.get((world, sid, session, self.server.commands.add(command)), ()):
                yield mask, command, excess

    def _servable(self, sid: int, actor: int) -> Iterable[p.Command]:
        """The commands of that actor that can be answered next."""
        return [command for command, _ in self._choices(sid, self.actors.values[actor][0])]

    def _commanded(self, world: int, sid: int, actor: int) -> Iterator[ActorStep]:
        client, truth, session = self.actors.values[actor]
        for command, number in self._choices(sid, client):
            for answer in self.server.answer(world, sid, session, number):
                believing = self._believe(sid, answer.projected_sid, client, number, answer.said)
                truth_after, known, step = self._observed(answer, truth, number)
                broken, arisen = self.judge.with_beliefs(answer, (client, believing), truth, number, step, known)
                client_after = self._plain_client(believing, truth_after)
                after = self.canonical_actor(answer.world, self.actors.add((client_after, truth_after, answer.session)))
                yield ActorStep(
                    answer.mask, answer.used, command, answer.responses, answer.world, after, broken, arisen, answer.others
                )

    def can_move(self, sid: int, actor: int) -> bool:
        """Whether that client has anything left to do, though the scenario's bound may stop it, or its own."""
        client = self.actors.values[actor][0]
        return bool(self._choices(sid, client)) or clients.cut(self.clients.values[client], self.scenario.programs[sid])

    def _choices(self, sid: int, client: int) -> tuple[tuple[p.Command, int], ...]:
        """What that client may send next, each with its id."""
        key = (sid, client)
        cached = self._sendings.get(key)
        if cached is None:
            options = clients.options(self.clients.values[client], self.scenario.programs[sid])
            cached = self._sendings[key] = tuple([(command, self.server.commands.add(command)) for command in options])
        return cached

    def _believe(self, sid: int, index: int, client: int, command: int, responses: int) -> int:
        """The id of the client after those responses, which go to it under the number `index`."""
        key = (sid, index, client, command, responses)
        cached = self._client_steps.get(key)
        if cached is None:
            sent = clients.send(self.clients.values[client], self.server.commands.values[command], self.reading)
            said = [response for to, response in self.server.responses.values[responses] if to == index]
            cached = self._client_steps[key] = self.clients.add(self.system.hear(sid, sent, said))
        return cached

    def _observed(self, answer: Answer, truth: int, command: int) -> tuple[int, Judgement, Step]:
        """The id of what is true after that answer, what is said by the properties that don't look at beliefs, and the step
        but for the client."""
        key = (answer.before, answer.after, answer.projected_sid, truth, command, answer.said)
        cached = self._truth_steps.get(key)
        if cached is None:
            worlds, now = self.server.worlds.values, self.truths.values[truth]
            act, said = self.server.commands.values[command], self.server.responses.values[answer.said]
            step = observe(worlds[answer.before], worlds[answer.after], answer.projected_sid, act, said, NOBODY, now)
            known = self.judge.without_beliefs(answer, truth, command, step)
            cached = self._truth_steps[key] = (self.truths.add(step.truth_after), known, step)
        return cached

    # --- side effects on others -------------------------------------------------------------------------------------

    def receive_unsolicited(self, sid: int, actor: int, response: p.Response, after: int) -> int:
        """The actor after a response that it hears without having asked, to what left that common world."""
        key = (sid, actor, response, 0 if isinstance(response, p.Bye) else after)
        cached = self._heard.get(key)
        if cached is None:
            client, truth = self.participant(sid, actor)
            client = self.system.hear(sid, client, [response])
            truth = ground_truth.unsolicited(truth, response, self.server.worlds.values[after])
            session = self.actors.values[actor][2]
            cached = self._heard[key] = self.actors.add((self.clients.add(client), self.truths.add(truth), session))
        return cached

    def pass_on(self, target: State, sid: int, others: int) -> State:
        """That state after the side effects of a step (`ActorStep.others`) on all but session `sid`."""
        actors = list(target[1:-1])
        for to, actor in enumerate(actors):
            if to != sid:
                key = (others, target[0], to, actor)
                cached = self._passed.get(key)
                if cached is None:
                    cached = self._passed[key] = self._passed_on(*key)
                actors[to] = cached
        return (target[0], *actors, target[-1])

    def _passed_on(self, others: int, after: int, sid: int, actor: int) -> int:
        before, heard = self.server.others.values[others - 1]
        for to, response in heard:
            if to == sid:
                actor = self.receive_unsolicited(sid, actor, response, after)
        client, truth, session, *more = self.actors.values[actor]
        session = self.server.after_others_step(before, after, sid, session)
        return self.canonical_actor(after, self.actors.add((client, truth, session, *more)))

    # --- what makes no difference -----------------------------------------------------------------------------------

    def _plain_client(self, client: int, truth: int) -> int:
        """The id of the client that stands for this one, of which that is true."""
        if not self.forget and not self.blind:
            return client
        key = (client, truth)
        cached = self._plain_clients.get(key)
        if cached is None:
            believing, counted = self.clients.values[client], self.truths.values[truth].counted
            plain = unthinking(believing) if self.blind else forgetful(believing, counted)
            cached = self._plain_clients[key] = self.clients.add(plain)
        return cached

    def canonical_actor(self, world: int, actor: int) -> int:
        """The actor that stands for this one in that world, and for all that differ from it only in what makes no difference
        there ("dead-state", "beliefs")."""
        if self._believing and not self.server.drops_dead_state:
            return actor
        key = (world, actor)
        cached = self._canonical.get(key)
        if cached is None:
            client, truth, session, *more = self.actors.values[actor]
            now, alive = self.truths.values[truth], None
            if self.server.drops_dead_state:
                box = self.server.worlds.values[world].by_id(now.mailbox)
                truth, alive = self.truths.add(canonical_truth(now, box)), uids(box)
            if self._naive:
                view = None if self._believing else self.server.session_states.values[session].view
                believing, counted = self.clients.values[client], self._counted(actor)
                client = self.clients.add(drop_unobserved_beliefs(believing, counted, alive, view))
            cached = self._canonical[key] = self.actors.add((client, truth, session, *more))
        return cached

    def _counted(self, actor: int) -> tuple[MessageIdentity, ...]:
        """What that actor's client counts."""
        return self.truths.values[self.actors.values[actor][1]].counted
