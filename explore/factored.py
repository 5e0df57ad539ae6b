"""What can one actor do in one world, and what comes of it? Computed once for each question, and kept.

The core is slow beside the search, so it is never asked twice. Worlds, clients, witnesses, commands and responses are
interned to small ints, and a step is put together from tables that are filled as they are asked ("factored"):

- what the server answers depends on the command and on a small part of the world: the rest is blanked first and put back
  afterwards (`explore.blanking`; not for a server of somebody else's making, of which we know nothing);
- what a client makes of the answer depends on the client and the responses alone;
- what is true of it afterwards, and which properties break, depends on the blanked worlds before and after, on the
  responses and on the witness; only properties marked `of_client` look at what the client believes.

`tests/test_reductions.py` compares every step with the same step computed in one piece.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from explore import blanking, observation
from explore.blanking import Sort
from explore.interned import Interned
from explore.observation import AGENT, Identity, Observation, Witness
from explore.properties import CONVERGENCE, Check, Property
from explore.scenario import Scenario
from explore.sealing import seal, sealed
from explore.universe import Universe, decide
from model import agent, client as clients, protocol as p, server
from model.agent import Action
from model.client import Client
from model.decisions import Strategy
from model.server import Outcome
from model.world import World

Execute = Callable[[World, int, p.Command, Strategy], tuple[Outcome, ...]]
Responses = tuple[tuple[int, p.Response], ...]
Checks = list[tuple[int, Check]]
_NOBODY = (Client(), Client())
State = tuple[int, ...]
"""World, then each client, then how far the agent is: numbers into the tables."""


class Actor(NamedTuple):
    """A client as the explorer sees it: what it believes, and what is true."""

    client: Client
    truth: Witness


class Sent(NamedTuple):
    """A client sends a command, which is not served yet (`explore.linked`)."""

    command: p.Command


class Receipt(NamedTuple):
    """A client reads a response that was on its way (`explore.linked`)."""

    response: p.Response


class Branch(NamedTuple):
    """One way in which one actor's step can go: under which profiles, having consulted what; what was done and answered;
    the ids of the world and the actor after it; and which properties (indices) broke."""

    mask: int
    used: frozenset[str]
    act: p.Command | Action | Sent | Receipt
    responses: Responses
    world: int
    actor: int
    broken: tuple[int, ...]
    overheard: bool = False
    """Whether other sessions hear of it, too."""


class Digest(NamedTuple):
    """The branches of one actor in one world, as the search wants them: how many there are for each set of profiles, with
    the strategies consulted; those that break something; and those that change anything, those to one target together:
    for which profiles, to which world and actor, whether others hear of it, and which branches; for each of these, how many
    branches for each set of profiles, and the same for the branches that change nothing."""

    masks: tuple[tuple[int, int, frozenset[str]], ...]
    broken: tuple[Branch, ...]
    moves: tuple[tuple[int, int, int, bool, tuple[Branch, ...]], ...]
    counted: tuple[tuple[tuple[int, int], ...], ...]
    still: tuple[tuple[int, int], ...]


class _Answer(NamedTuple):
    """One answer of the server: as in Branch, with ids of the blanked worlds before and after, and of the responses; in
    the blanked worlds the session has the number `seat`, and the responses to it are `said`."""

    mask: int
    used: frozenset[str]
    responses: int
    world: int
    before: int
    after: int
    seat: int
    said: int


class Tables:
    """The tables of one scenario, for clients of one manner, under all profiles of a universe, for one server."""

    def __init__(
        self,
        scenario: Scenario,
        manner: str,
        universe: Universe,
        properties: tuple[Property, ...],
        execute: Execute,
        reductions: frozenset[str] = frozenset(),
    ) -> None:
        self.scenario, self.manner, self.universe, self.execute = scenario, manner, universe, execute
        self.reading = manner if manner in clients.MANNERS else clients.NAIVE
        self._properties = properties
        self._checks: dict[type, tuple[Checks, Checks]] = {}
        self.forget, self.fused = "contents" in reductions, "fused" in reductions
        asked = {prop.id for prop in properties}
        thoughtless = manner == clients.NAIVE and CONVERGENCE not in asked and not any(prop.of_client for prop in properties)
        self.blind = "beliefs" in reductions and thoughtless and not scenario.own
        self._sealed = sealed(scenario) if "sealed" in reductions else frozenset()
        self.worlds: Interned[World] = Interned()
        self.actors: Interned[tuple[int, ...]] = Interned()
        self.clients: Interned[Client] = Interned()
        self.truths: Interned[Witness] = Interned()
        self.commands: Interned[p.Command] = Interned()
        self.responses: Interned[Responses] = Interned()
        self.masks: dict[int, int] = {}
        self._branches: dict[tuple[int, int, int], tuple[Branch, ...]] = {}
        self._digests: dict[tuple[int, int, int], Digest] = {}
        self._answers: dict[tuple[int, int, int], tuple[_Answer, ...]] = {}
        self._sorts: dict[int, Sort] = {}
        self._blank_worlds: dict[tuple[int, int, Sort], int] = {}
        self._restored: dict[tuple[int, int, int, int], int] = {}
        self._blanked: dict[tuple[int, int, int], tuple[tuple[int, frozenset[str], Outcome], ...]] = {}
        self._client_steps: dict[tuple[int, int, int, int], int] = {}
        self._truth_steps: dict[tuple[int, int, int, int, int, int], tuple[int, tuple[int, ...], Observation]] = {}
        self._actor_steps: dict[tuple[int, int, int, int, int, int], tuple[int, tuple[int, ...]]] = {}
        self._heard: dict[tuple[int, int, p.Response], int] = {}
        self._prepare()

    def _concerned(self, act: p.Command | Action) -> tuple[Checks, Checks]:
        """The checks that such a step concerns, with their places among the properties: those that go by what is true, and
        those that look at what a client believes."""
        found = self._checks.get(type(act))
        if found is None:
            both: tuple[Checks, Checks] = ([], [])
            for place, prop in enumerate(self._properties):
                if prop.check is not None and prop.concerns(act):
                    both[prop.of_client].append((place, prop.check))
            found = self._checks[type(act)] = both
        return found

    def _prepare(self) -> None:
        """More tables, of a kind of tables that needs more."""

    def add_world(self, world: World) -> int:
        """The id of that world, or of the one that stands for it."""
        return self.worlds.add(self.plain(world))

    def plain(self, world: World) -> World:
        """The world that stands for this one, and for all that differ from it only in what nobody can ever see."""
        return seal(world, self._sealed, self.scenario.most_uids is None) if self._sealed else world

    def _plain_client(self, client: int, counted: tuple[Identity, ...]) -> int:
        """The id of the client that stands for this one, which counts those messages."""
        believing = self.clients.values[client]
        return self.clients.add(unthinking(believing) if self.blind else forgetful(believing, counted))

    def add_actor(self, actor: Actor) -> int:
        """The id of that actor."""
        return self.actors.add((self.clients.add(actor.client), self.truths.add(actor.truth)))

    def actor(self, number: int) -> Actor:
        """The actor of that id."""
        client, truth = self.actors.values[number]
        return Actor(self.clients.values[client], self.truths.values[truth])

    def options(self, world: int, sid: int, actor: int) -> tuple[Branch, ...]:
        """Everything that this actor can do in that world; for the agent, `actor` is how far it is."""
        key = (world, sid, actor)
        found = self._branches.get(key)
        if found is None:
            steps = self._acted(world, actor) if sid == AGENT else self._commanded(world, sid, actor)
            found = self._branches[key] = tuple(steps)
        return found

    def digest(self, world: int, sid: int, actor: int) -> Digest:
        """The same, digested."""
        key = (world, sid, actor)
        found = self._digests.get(key)
        if found is None:
            found = self._digests[key] = self._digested(self.options(world, sid, actor), world, sid, actor)
        return found

    def _digested(self, branches: tuple[Branch, ...], world: int, sid: int, actor: int) -> Digest:
        masks: dict[int, tuple[int, frozenset[str]]] = {}
        moves: dict[tuple[int, int, Responses], list[Branch]] = {}
        still = []
        for branch in branches:
            count, used = masks.get(branch.mask, (0, frozenset()))
            masks[branch.mask] = (count + 1, used | branch.used)
            if branch.world != world or branch.actor != actor or branch.overheard:
                heard = tuple([one for one in branch.responses if one[0] != sid]) if branch.overheard else ()
                moves.setdefault((branch.world, branch.actor, heard), []).append(branch)
            else:
                still.append(branch)
        merged = []
        for (after, becomes, heard), group in moves.items():
            mask = 0
            for branch in group:
                mask |= branch.mask
            merged.append((self.masks.setdefault(mask, mask), after, becomes, bool(heard), tuple(group)))
        return Digest(
            tuple([(mask, count, used) for mask, (count, used) in masks.items()]),
            tuple([branch for branch in branches if branch.broken]),
            tuple(merged),
            tuple([_numbers(group) for group in moves.values()]),
            _numbers(still),
        )

    def hear(self, sid: int, actor: int, response: p.Response) -> int:
        """The actor after a response that it hears without having asked."""
        key = (sid, actor, response)
        found = self._heard.get(key)
        if found is None:
            client, truth = self.actor(actor)
            client = clients.receive(client, response, self.scenario.programs[sid], self.reading)
            if isinstance(response, p.Bye):
                truth = observation.closed(truth)
            found = self._heard[key] = self.add_actor(Actor(client, truth))
        return found

    def _acted(self, world: int, step: int) -> Iterator[Branch]:
        before = self.worlds.values[world]
        for action in self.scenario.agent[step]:
            after = agent.act(before, action)
            seen = observation.observe(before, after, AGENT, action, (), _NOBODY, Witness())
            broken = tuple(sorted(i for checks in self._concerned(action) for i, check in checks if check(seen)))
            yield Branch(self.universe.all, frozenset(), action, (), self.add_world(after), 0, broken)

    def _commanded(self, world: int, sid: int, actor: int) -> Iterator[Branch]:
        client = self.clients.values[self.actors.values[actor][0]]
        for command in clients.options(client, self.scenario.programs[sid]):
            number = self.commands.add(command)
            for answer in self._answer(world, sid, number):
                if not self._within(answer.world):
                    continue
                after, broken = self._step(answer, sid, actor, number)
                responses = self.responses.values[answer.responses]
                overheard = any(to != sid for to, _ in responses)
                yield Branch(answer.mask, answer.used, command, responses, answer.world, after, broken, overheard)

    def _within(self, world: int) -> bool:
        """Whether that world is within the scenario's bound."""
        uids, mailboxes = self.scenario.most_uids, self.scenario.most_mailboxes
        if uids is None and mailboxes is None:
            return True
        after = self.worlds.values[world]
        if mailboxes is not None and after.next_id - 1 > mailboxes:
            return False
        return uids is None or all(box.uidnext - 1 <= uids for box in after.mailboxes)

    def _answer(self, world: int, sid: int, command: int) -> tuple[_Answer, ...]:
        key = (world, sid, command)
        found = self._answers.get(key)
        if found is None:
            blanked = self._blank(world, sid, command)
            seat = sid if blanked == world else blanking.seat(self.worlds.values[blanked], sid)
            answers = []
            for mask, used, outcome in self._ask(blanked, seat, command):
                after = self.worlds.add(outcome.world)
                restored = world if after == blanked else self._restore(world, sid, blanked, after)
                said = responses = self.responses.add(outcome.responses)
                if seat != sid:
                    responses = self.responses.add(tuple([(sid, response) for _, response in outcome.responses]))
                answers.append(_Answer(mask, used, responses, restored, blanked, after, seat, said))
            found = self._answers[key] = tuple(answers)
        return found

    def _blank(self, world: int, sid: int, command: int) -> int:
        if self.execute is not server.execute:
            return world
        sort = self._sorts.get(command)
        if sort is None:
            sort = self._sorts[command] = blanking.sort_of(self.commands.values[command])
        key = (world, sid, sort)
        found = self._blank_worlds.get(key)
        if found is None:
            found = self._blank_worlds[key] = self.worlds.add(blanking.blank(self.worlds.values[world], sid, sort))
        return found

    def _restore(self, world: int, sid: int, blanked: int, after: int) -> int:
        key = (world, sid, blanked, after)
        found = self._restored.get(key)
        if found is None:
            values = self.worlds.values
            whole = values[after]
            if blanked != world:
                whole = blanking.restore(values[world], sid, values[blanked], whole)
            found = self._restored[key] = self.add_world(whole)
        return found

    def _ask(self, blanked: int, sid: int, command: int) -> tuple[tuple[int, frozenset[str], Outcome], ...]:
        """Every answer of the server in a blanked world: profiles, strategies consulted, outcome."""
        key = (blanked, sid, command)
        found = self._blanked.get(key)
        if found is None:
            world, asked = self.worlds.values[blanked], self.commands.values[command]
            merged: dict[Outcome, tuple[int, frozenset[str]]] = {}
            for assignment, outcomes in decide(self.universe, lambda who: self.execute(world, sid, asked, who)):
                where = self.universe.where(assignment)
                used = frozenset(strategy.spelling for _, strategy in assignment)
                for outcome in outcomes:
                    mask, others = merged.get(outcome, (0, frozenset()))
                    merged[outcome] = (mask | where, others | used)
            found = self._blanked[key] = tuple(
                (self.masks.setdefault(mask, mask), used, outcome) for outcome, (mask, used) in merged.items()
            )
        return found

    def _step(self, answer: _Answer, sid: int, actor: int, command: int) -> tuple[int, tuple[int, ...]]:
        """The actor after that answer, and the properties that broke."""
        key = (answer.before, answer.after, sid, actor, command, answer.said)
        found = self._actor_steps.get(key)
        if found is None:
            client, truth = self.actors.values[actor]
            client_after = self._believe(sid, client, command, answer.responses)
            truth_after, broken, seen = self._witness(
                answer.before, answer.after, answer.seat, truth, command, answer.said
            )
            _, checks = self._concerned(seen.act)
            if checks:
                beliefs = self.clients.values
                seen = seen._replace(client=beliefs[client], client_after=beliefs[client_after])
                broken += tuple([i for i, check in checks if check(seen)])
            if self.forget or self.blind:
                client_after = self._plain_client(client_after, seen.truth_after.counted)
            found = self._actor_steps[key] = (self.actors.add((client_after, truth_after)), tuple(sorted(broken)))
        return found

    def _believe(self, sid: int, client: int, command: int, responses: int) -> int:
        key = (sid, client, command, responses)
        found = self._client_steps.get(key)
        if found is None:
            program = self.scenario.programs[sid]
            after = clients.send(self.clients.values[client], self.commands.values[command], self.reading)
            for to, response in self.responses.values[responses]:
                if to == sid:
                    after = clients.receive(after, response, program, self.reading)
            found = self._client_steps[key] = self.clients.add(after)
        return found

    def _witness(
        self, before: int, after: int, sid: int, truth: int, command: int, responses: int
    ) -> tuple[int, tuple[int, ...], Observation]:
        key = (before, after, sid, truth, command, responses)
        found = self._truth_steps.get(key)
        if found is None:
            worlds, witness = self.worlds.values, self.truths.values[truth]
            act, answer = self.commands.values[command], self.responses.values[responses]
            seen = observation.observe(worlds[before], worlds[after], sid, act, answer, _NOBODY, witness)
            checks, _ = self._concerned(act)
            broken = tuple([i for i, check in checks if check(seen)])
            found = self._truth_steps[key] = (self.truths.add(seen.truth_after), broken, seen)
        return found


def _numbers(branches: list[Branch]) -> tuple[tuple[int, int], ...]:
    """How many of those branches there are for each set of profiles."""
    return tuple(Counter([branch.mask for branch in branches]).items())


def unthinking(client: Client) -> Client:
    """The naive client without what it believes: what it sends next does not depend on that."""
    return Client(connected=client.connected, step=client.step, busy=client.busy)


def forgetful(client: Client, counted: tuple[Identity, ...]) -> Client:
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
