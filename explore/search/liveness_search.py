"""What can go wrong for ever, although everybody keeps moving? The properties of loops, looked for in the state graph.

Each is a loop (`explore.properties.loop`), under one profile, that goes wrong for somebody. A loop counts if it is *fair*:
every client moves on it, or has nothing to send. That is weak fairness ("justice": Manna and Pnueli, "The Temporal Logic of
Reactive and Concurrent Systems", 1992; Baier and Katoen, "Principles of Model Checking", 2008, §3.5): who can move from some
point on at any time, moves again and again. Strong fairness ("compassion": who can move again and again, moves again and
again) would here be the same: whether a client can move depends on itself alone, and only BYE, after which it never moves
again, comes from outside. What a client chooses to send, what the server chooses to answer, and who comes first is left
free: RFC 2180 §3.1 (b) is about just those clients that always come when the mailbox is in use. A client that is
stopped by a scenario's bound could move, but for the bound: no loop without it counts. The external agent acts a given
number of times, and has done all of it before any loop.

New messages for ever are more than finitely many UIDs can show, and one UID is expunged once. So no loop has an expunge on
it, and a client whose retry never ends on a loop is not kept busy by real news.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import operator
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import networkx as nx

from explore.properties import RETRY_FOR_EVER, LoopCheck, LoopStep, Property, is_fair
from explore.search.breadth_first import DEFAULT_MOST_STATES, Search, Violation, search
from explore.search.fair_cycles import Fairness, StepFrom, fair_components, shortest_loop
from explore.space import ActorStep, Space, State
from explore.system import AGENT, GroundTruth
from model import server
from model.client import Client
from model.store import World

_THE_POINT = 1
"""The requirement of a loop to do what makes it wrong; the requirement that client `sid` moves is bit 1 + sid."""
Wrong = tuple[int, int, tuple[StepFrom, ...]]
"""A lasso: its length, the profiles, and the loop."""


class Place(NamedTuple):
    """A state of a space, as a moment of a loop (`explore.properties.loop.Moment`)."""

    space: Space
    state: State

    @property
    def world(self) -> World:
        """The server there."""
        return self.space.world(self.state)

    def client(self, sid: int) -> Client:
        """That client, once it has read all that is on its way."""
        return self.space.participant(self.state, sid).client

    def truth(self, sid: int) -> GroundTruth:
        """What is true of it."""
        return self.space.participant(self.state, sid).truth


OBSTRUCTED = "it would break on a run without end, but that the scenario's bound stops somebody who would go on"
"""Why there are properties (`Search.obstructed`) of which nobody can say whether they hold within a scenario's bound."""


def liveness(result: Search, most_states: int = DEFAULT_MOST_STATES, most_seconds: float = math.inf) -> Search:
    """That search, if it is complete, with those properties of loops checked that its space asks for.

    Whoever is exchanged with another client on the way round ("symmetry") has not gone round. So where clients are
    interchangeable, and something may be wrong (`may_break`), it is another search, of the space without that reduction,
    within those limits; where nothing can be wrong, the reduced one is enough, and costs nothing.
    """
    space = result.space
    asked = [(prop, check) for prop in space.properties for check in prop.loops]
    if not asked or not result.complete:
        return result
    wrong = [(prop, check) for prop, check in asked if may_break(result, prop, check)]
    if wrong and "symmetry" in space.reductions:
        apart = Space(
            space.scenario, space.manner, space.universe, space.properties, space.execute,
            space.reductions - {"symmetry"}, space.linked,
        )  # fmt: skip
        again = search(apart, most_states, None, most_seconds)
        if not again.complete:
            return dataclasses.replace(result, complete=False, interrupted=again.interrupted)
        again.arisen |= result.arisen
        result = again
    if result.complete:
        for prop, check in wrong:
            go_round(result, prop.id, check)
    return result


# --- a quick look ---------------------------------------------------------------------------------------------------


def may_break(result: Search, prop: Property, check: LoopCheck) -> bool:
    """Whether that property may break by a loop there; quick, and right up to a permutation of the clients.

    It holds where no step makes anybody the subject of such a loop; and, if a subject has to come back alone (and the server
    is ours, which sends nothing but BYE to who has not asked), where none of the clients, taken by itself, can come back to
    what it believed by steps that stay. Only programs that repeat or retry, and what clients do before their program goes
    on, make loops at all. Nothing is said so quickly of a property that does not declare what it reads.
    """
    if prop.reads is None:
        result.arisen.add(prop.id)
        return True
    steps = list(_local_steps(result, check, result.failing.get(prop.id, 0)))
    subjects = check.subjects(steps)
    if any(check.point(subject, step) for subject in subjects for step in steps):
        result.arisen.add(prop.id)
    if not subjects:
        return False
    if check.alone and result.space.execute is server.execute:
        staying = [step for step in steps for subject in subjects if subject.sid == step.sid and check.stays(subject, step)]
        return _comes_back(staying)
    return result.space.scenario.endless or _comes_back(_local_steps(result, RETRY_FOR_EVER, 0))


class LocalPlace(NamedTuple):
    """One client in one common world, as a moment of a loop; of others nothing is said."""

    space: Space
    common: int
    mover: int
    actor: int

    @property
    def world(self) -> World:
        """The server there, as far as it concerns that client."""
        return self.space.tables.seen_by(self.common, self.mover, self.actor)

    def client(self, sid: int) -> Client:
        """That client, once it has read all that is on its way."""
        return self.space.tables.participant(sid, self.actor).client

    def truth(self, sid: int) -> GroundTruth:
        """What is true of it."""
        return self.space.tables.participant(sid, self.actor).truth


def _local_steps(result: Search, check: LoopCheck, known: int) -> Iterator[LoopStep]:
    """The steps that concern that check, of one client in one common world, each once: of others nothing is said. Those are
    left out that can be taken only under the profiles `known` to break the property anyway."""
    space, movers = result.space, dict[tuple[int, int], bool]()
    for world, sid, actor in result.local:
        moving = movers.get((sid, actor))
        if moving is None:
            client = space.tables.participant(sid, actor).client
            moving = movers[sid, actor] = check.mover(client, space.scenario.programs[sid])
        for way in space.tables.steps(world, sid, actor) if moving else ():
            if way.mask & ~known and (not check.acts or isinstance(way.act, check.acts)):
                moments = LocalPlace(space, world, sid, actor), LocalPlace(space, way.world, sid, way.actor)
                yield LoopStep(sid, way.act, way.responses, *moments, space.scenario.programs[sid])


def _loop_step(space: Space, state: State, sid: int, way: ActorStep, after: State) -> LoopStep:
    """That step, as the definitions of loops want it."""
    program = space.scenario.programs[max(sid, 0)]
    return LoopStep(sid, way.act, way.responses, Place(space, state), Place(space, after), program)


def _comes_back(steps: Iterable[LoopStep]) -> bool:
    """Whether some client can go round from belief to belief by steps of those."""
    graph: nx.DiGraph[tuple[int, Client]] = nx.DiGraph()
    for step in steps:
        if step.served:
            graph.add_edge((step.sid, step.mover), (step.sid, step.after.client(step.sid)))
    return not nx.is_directed_acyclic_graph(graph)


# --- the search for loops -------------------------------------------------------------------------------------------


def go_round(result: Search, name: str, check: LoopCheck) -> None:
    """Add to a finished search whether some loop is wrong by that check. Raises ValueError where what clients believe is not
    known ("beliefs")."""
    space, steps = result.space, _steps(result)
    if space.tables.blind:
        raise ValueError("what a client believes can't be seen in a space that forgets beliefs; ask it for the property")
    every = {id(edge): _loop_step(space, state, edge.sid, edge.way, edge.target) for state, edge in steps}
    wrong: list[Wrong] = []
    around: list[_Around] = []
    for subject in check.subjects(every.values()):
        staying = [step for step in steps if check.stays(subject, every[id(step[1])])]
        point = {id(edge) for _, edge in staying if check.point(subject, every[id(edge)])}
        around += [_Around(space, staying, subject.sid, point)] if point else []
    for candidate in around:
        wrong += _loops(result, name, candidate)
    for _, mask, loop in sorted(wrong, key=lambda lasso: lasso[0]):
        result.break_at(name, mask, loop[0][0], None, loop)
    left = space.universe.all & ~result.failing.get(name, 0)
    if left and space.scenario.bounded and any(candidate.obstructed(left) for candidate in around):
        result.obstructed.add(name)


def _steps(result: Search) -> list[StepFrom]:
    """Every step of the graph. Raises ValueError where clients are interchangeable: a loop may then be none."""
    space = result.space
    if "symmetry" in space.reductions:
        raise ValueError("who goes round a loop can't be told in a space with symmetry; search it without")
    return [(state, edge) for state, mask in result.reached.items() for edge in space.edges(state, mask)]


class _Around(NamedTuple):
    """The steps of which a wrong loop can be made, for client `sid`, and those (by `id`) of which one has to be in it."""

    space: Space
    steps: list[StepFrom]
    sid: int
    point: set[int]

    @property
    def fairness(self) -> Fairness:
        """What such a loop must do to count."""
        return Fairness(self._satisfied, self._required)

    def obstructed(self, profiles: int) -> bool:
        """Whether under some of those profiles there is a loop that would count if the scenario's bound did not stop
        somebody on it. Whether that one would go on, and end the loop, is not known."""
        fairness = Fairness(self._satisfied, lambda part: self._required(part, _stopped(self.space, part)))
        return any(True for _ in fair_components(self.steps, profiles, fairness))

    def _satisfied(self, step: StepFrom) -> int:
        _, edge = step
        return (_THE_POINT if id(edge) in self.point else 0) | 2 << edge.sid if edge.sid >= 0 else 0

    def _required(self, part: list[StepFrom], stopped: frozenset[int] = frozenset()) -> int | None:
        state, movers = part[0][0], {edge.sid for _, edge in part} - {AGENT}
        scenario = self.space.scenario
        if state[-1] < len(scenario.agent) and AGENT not in stopped:
            return None
        if not is_fair(Place(self.space, state), scenario.programs, movers | {self.sid} | stopped):
            return None
        return _THE_POINT | sum(2 << other for other in movers | {self.sid})


def _stopped(space: Space, part: list[StepFrom]) -> frozenset[int]:
    """Those (AGENT: the agent) who somewhere in that component have something to do, and the scenario's bound leaves out all
    of it, at least under some profiles."""
    stopped = set()
    for state in dict.fromkeys(state for state, _ in part):
        for sid, actor in space.movers(state):
            ways = space.tables.steps(state[0], sid, actor)
            if functools.reduce(operator.or_, (way.mask for way in ways), 0) != space.universe.all:
                stopped |= {sid} if any(True for _ in space.tables.left_out(state[0], sid, actor)) else set()
    return frozenset(stopped)


def _loops(result: Search, name: str, around: _Around) -> list[Wrong]:
    """A shortest lasso for each set of profiles that have a fair loop of those steps. Profiles for which that is known
    already are left out."""
    wrong = []
    fairness, universe = around.fairness, result.space.universe
    for mask, part in fair_components(around.steps, universe.all & ~result.failing.get(name, 0), fairness):
        simplest = universe.index(universe.simplest(mask))

        def depth(state: State, mask: int = mask, index: int = simplest) -> int:
            return len(result.path(Violation(mask, state, None), index))

        loop = shortest_loop(part, fairness, depth)
        wrong.append((depth(loop[0][0]) + len(loop), mask, tuple(loop)))
    return wrong
