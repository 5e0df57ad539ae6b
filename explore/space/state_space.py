"""Which states are there, and which steps lead from one to another?

A state is what all sessions share of a world, for each client what it believes, what is true of it and what the server
keeps for it alone, and how far the external agent is: a tuple of small ints, numbers into `explore.space.transitions`.
A lockstep client's sending, the server's answering and the client's reading are one step: nobody else can tell whether
anything came between. Where they are to be steps of their own, a state has what is on its way as well
(`explore.space.async_transitions`).

The steps are those of `explore.system`, for all profiles at once; what makes them fast leaves out what can make no
difference, and `sound` says where it can't.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from explore.properties import ERRORS, HISTORY, Property, Scope
from explore.scenario import Scenario
from explore.space.async_transitions import AsyncTransitions
from explore.space.own_property import held_to_reads
from explore.space.profile_set import Universe, decide
from explore.space.reductions.symmetry import Symmetry
from explore.space.transition import ActorStep
from explore.space.transitions import State, Transitions
from explore.system import AGENT, Configuration, Execute, Participant, Responses, System
from model import protocol as p, server
from model.client import DISCIPLINES, NAIVE
from model.protocol import reads_content
from model.store import World

REDUCTIONS = frozenset({
    "atomic-requests", "beliefs", "dead-state", "known-contents", "partial-order", "symmetry", "write-only",
})  # fmt: skip
"""Everything that can make a space smaller: see `Space`."""
OF_KNOWN_SERVERS = frozenset({"dead-state", "known-contents", "symmetry", "write-only"})
"""Those that rely on what the server looks at and answers."""


class Transition(NamedTuple):
    """A step between two states: for which profiles, who (`AGENT` for the agent), and which way."""

    mask: int
    sid: int
    target: State
    way: ActorStep


class Sound(NamedTuple):
    """Which reductions are sound, and whether anything may be left out of the worlds that server and properties see."""

    reductions: frozenset[str]
    projected: bool


def sound(
    reductions: frozenset[str], scenario: Scenario, manner: str, universe: Universe, properties: tuple[Property, ...],
    execute: Execute,
) -> Sound:  # fmt: skip
    """Those of the reductions that can change no answer there.

    What mailrace doesn't know may look at everything: a server that is not its own, a strategy or a property that does not
    declare what it reads (`Strategy.reads`, `Property.reads`), a client of somebody's own making. And an aware client that
    searches for words looks at the contents that it shows (RFC 2180 §4.3: it says NOOP if one is missing that it expected).
    """
    for prop in properties:
        if prop.reads is not None and not prop.reads <= {ERRORS, HISTORY}:
            unknown = ", ".join(sorted(prop.reads - {ERRORS, HISTORY}))
            raise ValueError(f"{prop.id} declares that it reads {unknown}; what can be declared is ERRORS and HISTORY")
    strategies = [strategy for choices in universe.choices.values() for strategy in choices]
    known_server = execute is server.execute and all(strategy.declared is not None for strategy in strategies)
    if not all(prop.reads is not None for prop in properties):
        return Sound(frozenset(), False)
    if not known_server:
        reductions -= OF_KNOWN_SERVERS
    if scenario.own or (manner != NAIVE and manner not in DISCIPLINES and _searches_contents(scenario)):
        reductions -= {"known-contents"}
    return Sound(reductions, known_server)


def _searches_contents(scenario: Scenario) -> bool:
    """Whether some client may give a SEARCH that looks into messages."""
    commands = (command for program in scenario.programs for step in program.steps for command in step.choices)
    return any(isinstance(command, p.Search) and reads_content(command.key) for command in commands)


class Space:
    """The state space of one scenario, for clients of one manner, under all profiles of a universe.

    `execute` is the server (a faulty one, to see whether the properties catch it); `properties` are those checked on
    every step, and `ActorStep.broken` are indices into them. `reductions`, as far as they are sound there, make it smaller
    without changing any verdict:

    - "beliefs": what a naive client believes is not part of the state, as far as no property that is to be checked looks at
      it, nor at what becomes of it;
    - "known-contents": what a client rightly shows as a message's content is not part of the state;
    - "dead-state": of an expunged message, what was told of its flags and who has marked it is not part of the state;
    - "write-only": of a mailbox that nobody ever looks into, only the contents are part of it;
    - "symmetry": clients with the same program are interchangeable; of the states that are equal up to a permutation of
      the clients, one stands for all;
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
        self.system = System(scenario, manner, execute, linked)
        self.scenario, self.manner, self.universe, self.properties = scenario, manner, universe, properties
        self.execute, self.linked = execute, self.system.takes_time
        self.reductions, self.projected = sound(reductions, scenario, manner, universe, properties, execute)
        kind = AsyncTransitions if self.linked else Transitions
        held = tuple(map(held_to_reads, properties))
        self.tables = kind(self.system, universe, held, self.reductions, self.projected)
        self._symmetry = Symmetry(scenario.programs, self.tables) if "symmetry" in self.reductions else None
        self._at_rest = [(index, prop) for index, prop in enumerate(properties) if Scope.QUIESCENCE in prop.scopes]
        self._wrong_at_rest: dict[tuple[int, int, int, int], int] = {}
        self.start: State = self.state_of(self.system.start())

    # --- states and configurations ----------------------------------------------------------------------------------

    def state_of(self, now: Configuration) -> State:
        """The state that stands for that configuration, and for all that differ from it only in what is left out."""
        channels = now.channels or (None,) * len(now.participants)
        actors = [self.tables.add_actor(*pair) for pair in zip(now.participants, channels, strict=True)]
        return self.tables.place(now.world, actors, now.agent)

    def configuration(self, state: State) -> Configuration:
        """A configuration that the state stands for."""
        pairs = [self.tables.now(sid, actor) for sid, actor in enumerate(state[1:-1])]
        channels = tuple([channel for _, channel in pairs if channel is not None])
        return Configuration(self.world(state), tuple([person for person, _ in pairs]), channels, state[-1])

    def canonical(self, state: State) -> State:
        """The state that stands for this one, and for all that are equal to it up to a permutation of the clients."""
        return state if self._symmetry is None else self._symmetry.canonical(state)

    def world(self, state: State) -> World:
        """The server at that state."""
        return self.tables.world(state)

    def participant(self, state: State, sid: int) -> Participant:
        """The client of session `sid` at that state, once it has read all that is on its way, and the truth about it."""
        return self.tables.participant(sid, state[1 + sid])

    @property
    def commands(self) -> list[p.Command]:
        """The commands that have been given, each once."""
        return self.tables.server.commands.values

    @property
    def responses(self) -> list[Responses]:
        """The answers that have been given, each once."""
        return self.tables.server.responses.values

    def intern(self, mask: int) -> int:
        """That set of profiles, kept once: there are few, and each takes a bit a profile."""
        return self.tables.server.masks.setdefault(mask, mask)

    def plain(self, world: World) -> World:
        """The world that stands for this one, and for all that differ from it only in what is unobservable."""
        return self.tables.server.plain(world)

    # --- steps ------------------------------------------------------------------------------------------------------

    def edges(self, state: State, mask: int) -> Iterator[Transition]:
        """Every step from that state that some profile of the set can take, to states that stand for themselves."""
        if self._symmetry is None:
            return self.real_edges(state, mask)
        canonical = self._symmetry.canonical
        return (edge._replace(target=canonical(edge.target)) for edge in self.real_edges(state, mask))

    def numbered(self, state: State, mask: int) -> Iterator[tuple[State, int, int]]:
        """The steps of `edges`, with those to one state that the same profiles can take together: the state, the profiles,
        and how many steps. The loop of `real_edges` over merged ways, as in `explore.search.breadth_first`, to be fast."""
        world, first = state[0], self.urgent(state)
        for sid in range(len(state) - 2) if first is None else (first,):
            numbers = self.tables.successors(world, sid, state[1 + sid])
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
        """Every step from that state that some profile of the set can take, to where it really leads. `numbered`, and
        `explore.search.breadth_first`, go round the same steps in loops of their own, to be fast."""
        first = self.urgent(state)
        for sid in range(len(state) - 2) if first is None else (first,):
            for way in self.tables.steps(state[0], sid, state[1 + sid]):
                if mask & way.mask:
                    yield Transition(mask & way.mask, sid, self.target(state, sid, way), way)
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
            for way in self.tables.steps(state[0], AGENT, state[-1]):
                yield Transition(mask, AGENT, self.target(state, AGENT, way), way)

    def movers(self, state: State) -> list[tuple[int, int]]:
        """Those who may have a step to take from that state: the sessions, and the agent, each with its actor."""
        first = self.urgent(state)
        if first is not None:
            return [(first, state[1 + first])]
        clients = list(enumerate(state[1:-1]))
        return [*clients, (AGENT, state[-1])] if state[-1] < len(self.scenario.agent) else clients

    def edge(self, state: State, mask: int, sid: int, way: ActorStep) -> Transition:
        """The step of `edges` in which client `sid` goes that way."""
        return next(edge for edge in self.edges(state, mask) if edge.sid == sid and edge.way is way)

    def target(self, state: State, sid: int, way: ActorStep) -> State:
        """Where that way of session `sid` (or of the agent) really leads from that state."""
        if sid == AGENT:
            target = (way.world, *state[1:-1], state[-1] + 1)
        else:
            target = (way.world, *state[1 : 1 + sid], way.actor, *state[2 + sid :])
        return self.tables.pass_on(target, sid, way.others) if way.others else target

    # --- where nobody has anything left to do -----------------------------------------------------------------------

    @property
    def looks_at_rest(self) -> bool:
        """Whether some property is about states in which nobody has anything left to do."""
        return bool(self._at_rest)

    def is_at_rest(self, state: State) -> bool:
        """Whether nobody has anything left to do there; who is only stopped by the scenario's bound has, or by its own."""
        can_move = self.tables.can_move
        over = state[-1] == len(self.scenario.agent)
        return over and not any(can_move(sid, actor) for sid, actor in enumerate(state[1:-1]))

    def at_rest(self, state: State) -> list[tuple[int, int]]:
        """The properties (indices) that break in that state, in which nobody has anything left to do, each with the profiles
        under which it does."""
        masks = [(index, self._wrong(state, index, prop)) for index, prop in self._at_rest]
        return [(index, mask) for index, mask in masks if mask]

    def tested_at_rest(self, state: State, known: set[int]) -> set[int]:
        """The properties (indices), besides those known to be, that are put to the test there, where nobody has anything
        left to do."""
        waiting = [(index, prop) for index, prop in self._at_rest if index not in known]
        clients = [self.participant(state, sid).client for sid in range(len(state) - 2)] if waiting else []
        return {index for index, prop in waiting if prop.tested_at_rest(clients)}

    def _wrong(self, state: State, index: int, prop: Property) -> int:
        """The profiles under which something is wrong with some client; a check that declares what it reads is asked
        once for each client in each common world."""
        wrong = 0
        for sid in range(len(state) - 2):
            key = (index, state[0], sid, state[1 + sid])
            cached = self._wrong_at_rest.get(key) if prop.reads is not None else None
            if cached is None:
                cached = self._wrong_at_rest[key] = self._profiles_at_rest(state, prop, sid)
            wrong |= cached
        return wrong

    def _profiles_at_rest(self, state: State, prop: Property, sid: int) -> int:
        now, wrong = self.configuration(state), 0
        for assignment, reason in decide(self.universe, lambda who: prop.at_rest(self.system, now, sid, who)):
            if reason is not None:
                wrong |= self.universe.where(assignment)
        return wrong
