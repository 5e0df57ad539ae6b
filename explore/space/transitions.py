"""What can one actor do in one world, and what comes of it? Computed once for each question, and kept.

The core is slow beside the search, so it is never asked twice. Worlds, clients, witnesses, commands and responses are
interned to small ints, and a step is put together from tables that are filled as they are asked ("factored"):

- what the server answers is looked up in `explore.space.server_table`;
- what a client makes of the answer depends on the client and the responses alone;
- what is true of it afterwards, and which properties break, depends on the blanked worlds before and after, on the
  responses and on the witness; only properties marked `of_client` look at what the client believes;
- what others have to do with it, what they hear unasked and what the server keeps for them, is passed on to each.

`tests/test_reductions.py` compares every step with the same step computed in one piece.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from explore.properties import CONVERGENCE, Check, Property
from explore.scenario import Scenario
from explore.space import transition
from explore.space.interning import Interned
from explore.space.profile_set import Universe
from explore.space.reductions.dead_state import drop_unobserved_beliefs, settle
from explore.space.server_table import Answer, Answers, Execute
from explore.space.session_state import NOTHING, uids
from explore.space.transition import ActorStep, Successors
from explore.system import AGENT, Actor, GroundTruth, MessageIdentity, Observation, observation
from model import client as clients, protocol as p
from model.client import Client
from model.store import Action, World, agent

Checks = list[tuple[int, Check]]
Broken = tuple[int, ...]
_NOBODY = (Client(), Client())
State = tuple[int, ...]
"""A common world, then each actor, then how far the agent is: numbers into the tables."""


class Transitions:
    """The tables of one scenario, for clients of one manner, under all profiles of a universe, for one server. The number
    of an actor stands for those of its client, of its witness and of what the server keeps for it."""

    def __init__(
        self,
        scenario: Scenario,
        manner: str,
        universe: Universe,
        properties: tuple[Property, ...],
        execute: Execute,
        reductions: frozenset[str] = frozenset(),
    ) -> None:
        self.scenario, self.manner, self.universe = scenario, manner, universe
        self.reading = manner if manner in clients.MANNERS else clients.NAIVE
        self._properties = properties
        self._checks: dict[type, tuple[Checks, Checks, Checks]] = {}
        self.forget, self.fused = "known-contents" in reductions, "atomic-requests" in reductions
        asked = {prop.id for prop in properties}
        thoughtless = manner == clients.NAIVE and CONVERGENCE not in asked and not any(prop.of_client for prop in properties)
        self.answers = Answers(scenario, universe, execute, reductions)
        self.blind = "beliefs" in reductions and thoughtless and not scenario.own
        self._naive = self.reading == clients.NAIVE and not scenario.own and self.answers.known
        self._believing = not (self._naive and "beliefs" in reductions)
        self._nothing = self.answers.kept.add(NOTHING)
        self.actors: Interned[tuple[int, ...]] = Interned()
        self.clients: Interned[Client] = Interned()
        self.truths: Interned[GroundTruth] = Interned()
        self._branches: dict[tuple[int, int, int], tuple[ActorStep, ...]] = {}
        self._digests: dict[tuple[int, int, int], Successors] = {}
        self._sendings: dict[tuple[int, int], tuple[tuple[p.Command, int], ...]] = {}
        self._client_steps: dict[tuple[int, int, int, int, int], int] = {}
        self._truth_steps: dict[tuple[int, int, int, int, int, int], tuple[int, Broken, Observation]] = {}
        self._present: dict[int, int] = {}
        self._judged: dict[tuple[int, int, int, int, int, int], Broken] = {}
        self._judged_beliefs: dict[tuple[int, int, int, int, int, int, int, int], Broken] = {}
        self._plain_clients: dict[tuple[int, int], int] = {}
        self._heard: dict[tuple[int, int, p.Response], int] = {}
        self._passed: dict[tuple[int, int, int, int], int] = {}
        self._settled: dict[tuple[int, int], int] = {}
        self._prepare()

    def _concerned(self, act: p.Command | Action) -> tuple[Checks, Checks, Checks]:
        """The checks that such a step concerns, with their places among the properties: those that go by what is true now,
        those that look at what the witness remembers, and those that look at what a client believes."""
        found = self._checks.get(type(act))
        if found is None:
            sorts: tuple[Checks, Checks, Checks] = ([], [], [])
            for place, prop in enumerate(self._properties):
                if prop.check is not None and prop.concerns(act):
                    sorts[2 if prop.of_client else prop.of_past].append((place, prop.check))
            found = self._checks[type(act)] = sorts
        return found

    def _prepare(self) -> None:
        """More tables, of a kind of tables that needs more."""

    def place(self, world: World, actors: Iterable[int], step: int) -> State:
        """The state of that world and those actors, whatever was kept for them before, with the agent so far."""
        common, all_kept = self.answers.part(world)
        seated = []
        for actor, kept in zip(actors, all_kept, strict=True):
            client, truth, _, *more = self.actors.values[actor]
            seated.append(self.settle(common, self.actors.add((client, truth, kept, *more))))
        return (common, *seated, step)

    def world(self, state: State) -> World:
        """The server at that state."""
        return self.answers.whole(state[0], [self.actors.values[actor][2] for actor in state[1:-1]])

    def _plain_client(self, client: int, truth: int) -> int:
        """The id of the client that stands for this one, of which that is true."""
        if not self.forget and not self.blind:
            return client
        key = (client, truth)
        found = self._plain_clients.get(key)
        if found is None:
            believing, counted = self.clients.values[client], self.truths.values[truth].counted
            plain = unthinking(believing) if self.blind else forgetful(believing, counted)
            found = self._plain_clients[key] = self.clients.add(plain)
        return found

    def add_actor(self, actor: Actor) -> int:
        """The id of that actor, before it has its place (`place`)."""
        client = unthinking(actor.client) if self.blind else actor.client
        return self.actors.add((self.clients.add(client), self.truths.add(actor.truth), self._nothing))

    def actor(self, number: int) -> Actor:
        """The actor of that id."""
        client, truth, _ = self.actors.values[number]
        return Actor(self.clients.values[client], self.truths.values[truth])

    def options(self, world: int, sid: int, actor: int) -> tuple[ActorStep, ...]:
        """Everything that this actor can do in that world; for the agent, `actor` is how far it is."""
        key = (world, sid, actor)
        found = self._branches.get(key)
        if found is None:
            steps = self._acted(world, actor) if sid == AGENT else self._commanded(world, sid, actor)
            found = self._branches[key] = tuple(steps)
        return found

    def digest(self, world: int, sid: int, actor: int) -> Successors:
        """The same, digested."""
        key = (world, sid, actor)
        found = self._digests.get(key)
        if found is None:
            steps = self.options(world, sid, actor)
            found = self._digests[key] = transition.digest(steps, world, actor, self.answers.masks.setdefault)
        return found

    def hear(self, sid: int, actor: int, response: p.Response) -> int:
        """The actor after a response that it hears without having asked."""
        key = (sid, actor, response)
        found = self._heard.get(key)
        if found is None:
            client, truth = self.actor(actor)
            client = clients.receive(client, response, self.scenario.programs[sid], self.reading)
            if isinstance(response, p.Bye):
                truth = observation.closed(truth)
            kept = self.actors.values[actor][2]
            found = self._heard[key] = self.actors.add((self.clients.add(client), self.truths.add(truth), kept))
        return found

    def pass_on(self, target: State, sid: int, others: int) -> State:
        """That state after all but session `sid` have had to do with a step what they have (`ActorStep.others`)."""
        actors = list(target[1:-1])
        for to, actor in enumerate(actors):
            if to != sid:
                key = (others, target[0], to, actor)
                found = self._passed.get(key)
                if found is None:
                    found = self._passed[key] = self._passed_on(*key)
                actors[to] = found
        return (target[0], *actors, target[-1])

    def _passed_on(self, others: int, after: int, sid: int, actor: int) -> int:
        before, heard = self.answers.others.values[others - 1]
        for to, response in heard:
            if to == sid:
                actor = self.hear(sid, actor, response)
        client, truth, kept, *more = self.actors.values[actor]
        kept = self.answers.follow(before, after, sid, kept)
        return self.settle(after, self.actors.add((client, truth, kept, *more)))

    def settle(self, world: int, actor: int) -> int:
        """The actor that stands for this one in that world, and for all that differ from it only in what makes no difference
        there ("dead-state", "beliefs")."""
        if self._believing and not self.answers.burying:
            return actor
        key = (world, actor)
        found = self._settled.get(key)
        if found is None:
            client, truth, kept, *more = self.actors.values[actor]
            witness, alive = self.truths.values[truth], None
            if self.answers.burying:
                box = self.answers.worlds.values[world].by_id(witness.mailbox)
                truth, alive = self.truths.add(settle(witness, box)), uids(box)
            if self._naive:
                view = None if self._believing else self.answers.kept.values[kept].view
                believing, counted = self.clients.values[client], self._counted(actor)
                client = self.clients.add(drop_unobserved_beliefs(believing, counted, alive, view))
            found = self._settled[key] = self.actors.add((client, truth, kept, *more))
        return found

    def _counted(self, actor: int) -> tuple[MessageIdentity, ...]:
        """What that actor's client counts."""
        return self.truths.values[self.actors.values[actor][1]].counted

    def _acted(self, world: int, step: int) -> Iterator[ActorStep]:
        before = self.answers.worlds.values[world]
        for action in self.scenario.agent[step]:
            after = agent.act(before, action)
            seen = observation.observe(before, after, AGENT, action, (), _NOBODY, GroundTruth())
            broken = tuple(sorted(i for checks in self._concerned(action) for i, check in checks if check(seen)))
            number, _ = self.answers.part(after)
            if self.answers.excess(number):
                continue
            others = self.answers.side_effects(world, number, AGENT, ())
            yield ActorStep(self.universe.all, frozenset(), action, (), number, 0, broken, others)

    def left_out(self, world: int, sid: int, actor: int) -> Iterator[tuple[int, p.Command | Action, frozenset[str]]]:
        """The steps of this actor in that world that the scenario's bound leaves out: for which profiles, what would be
        done, and what there would be too many of (`Answers.excess`)."""
        if sid == AGENT:
            for action in self.scenario.agent[actor]:
                after, _ = self.answers.part(agent.act(self.answers.worlds.values[world], action))
                if self.answers.excess(after):
                    yield self.universe.all, action, self.answers.excess(after)
            return
        kept = self.actors.values[actor][2]
        for command in self._servable(sid, actor):
            for mask, excess in self.answers.left_out.get((world, sid, kept, self.answers.commands.add(command)), ()):
                yield mask, command, excess

    def _servable(self, sid: int, actor: int) -> Iterable[p.Command]:
        """The commands of that actor that can be answered next."""
        return [command for command, _ in self._choices(sid, self.actors.values[actor][0])]

    def _commanded(self, world: int, sid: int, actor: int) -> Iterator[ActorStep]:
        client, truth, kept = self.actors.values[actor]
        for command, number in self._choices(sid, client):
            for answer in self.answers.answer(world, sid, kept, number):
                believing = self._believe(sid, answer.seat, client, number, answer.said)
                truth_after, broken, seen = self._witness(answer, truth, number)
                if self._concerned(command)[2]:
                    broken = self._judge_belief(answer, client, believing, truth, number, seen, broken)
                client_after = self._plain_client(believing, truth_after)
                after = self.settle(answer.world, self.actors.add((client_after, truth_after, answer.kept)))
                yield ActorStep(
                    answer.mask, answer.used, command, answer.responses, answer.world, after, broken, answer.others
                )

    def _choices(self, sid: int, client: int) -> tuple[tuple[p.Command, int], ...]:
        """What that client may send next, each with its id."""
        key = (sid, client)
        found = self._sendings.get(key)
        if found is None:
            options = clients.options(self.clients.values[client], self.scenario.programs[sid])
            found = self._sendings[key] = tuple([(command, self.answers.commands.add(command)) for command in options])
        return found

    def _judge_belief(
        self, answer: Answer, client: int, after: int, truth: int, command: int, seen: Observation, broken: Broken
    ) -> Broken:
        """The properties that break there, where others are known to break: those that look at beliefs, too."""
        key = (answer.before, answer.after, answer.seat, client, after, truth, command, answer.said)
        found = self._judged_beliefs.get(key)
        if found is None:
            beliefs = self.clients.values
            seen = seen._replace(client=beliefs[client], client_after=beliefs[after])
            more = [place for place, check in self._concerned(seen.act)[2] if check(seen)]
            found = self._judged_beliefs[key] = tuple(sorted((*broken, *more)))
        return found

    def _believe(self, sid: int, seat: int, client: int, command: int, responses: int) -> int:
        """The id of the client after those responses, which go to it under the number `seat`."""
        key = (sid, seat, client, command, responses)
        found = self._client_steps.get(key)
        if found is None:
            program = self.scenario.programs[sid]
            after = clients.send(self.clients.values[client], self.answers.commands.values[command], self.reading)
            for to, response in self.answers.responses.values[responses]:
                if to == seat:
                    after = clients.receive(after, response, program, self.reading)
            found = self._client_steps[key] = self.clients.add(after)
        return found

    def _witness(self, answer: Answer, truth: int, command: int) -> tuple[int, Broken, Observation]:
        """The id of the witness after that answer, which properties broke, and what can be observed but for the client."""
        key = (answer.before, answer.after, answer.seat, truth, command, answer.said)
        found = self._truth_steps.get(key)
        if found is None:
            worlds, witness = self.answers.worlds.values, self.truths.values[truth]
            act, said = self.answers.commands.values[command], self.answers.responses.values[answer.said]
            before, after = worlds[answer.before], worlds[answer.after]
            seen = observation.observe(before, after, answer.seat, act, said, _NOBODY, witness)
            broken = self._judge(answer, truth, command, seen)
            past = [place for place, check in self._concerned(act)[1] if check(seen)]
            broken = tuple(sorted((*broken, *past))) if past else broken
            found = self._truth_steps[key] = (self.truths.add(seen.truth_after), broken, seen)
        return found

    def _judge(self, answer: Answer, truth: int, command: int, seen: Observation) -> Broken:
        """The properties that break there and go by what is true now."""
        present = self._present.get(truth)
        if present is None:
            witness = self.truths.values[truth]
            present = self._present[truth] = self.truths.add(GroundTruth(witness.mailbox, witness.counted, witness.highest))
        key = (answer.before, answer.after, answer.seat, present, command, answer.said)
        found = self._judged.get(key)
        if found is None:
            broken = [place for place, check in self._concerned(seen.act)[0] if check(seen)]
            found = self._judged[key] = tuple(broken)
        return found


def unthinking(client: Client) -> Client:
    """The naive client without what it believes: what it sends next does not depend on that."""
    return Client(connected=client.connected, step=client.step, busy=client.busy)


def forgetful(client: Client, counted: tuple[MessageIdentity, ...]) -> Client:
    """The client, which counts those messages, without the contents that it shows rightly.

    Content never changes, and nothing that a client does depends on one that it shows rightly: so whether it has seen it
    makes no difference to what can go wrong.
    """
    if all(entry.content is None for entry in client.shown):
        return client
    shown = tuple(
        entry._replace(content=None) if entry.content == content else entry
        for entry, (_, content) in zip(client.shown, counted, strict=False)
    )
    return client._replace(shown=shown + client.shown[len(shown) :])
