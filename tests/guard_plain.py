"""The yardstick of the guard: every configuration of a plain system under one profile, one after the other.

Written on `explore.system` and the definitions of the properties alone: no tables, no sets of profiles, nothing left out.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import networkx as nx

from explore.properties.loop import LoopCheck, LoopStep, Subject
from explore.properties.property import Property, Scope
from explore.system import Configuration, Exchange, Receipt, Responses, Send, Sent, Serve, System
from explore.system.moves import Act, Move, Read
from explore.system.step import Step
from model import client as clients
from model.server.decisions import Profile


@dataclass
class Found:
    """Every configuration with the fewest moves to it; for each property that breaks on a step or at rest, the fewest moves
    to that (`steps`); which break by a loop; the configurations in which nobody has anything left to do; and which
    properties were put to the test at all."""

    depths: dict[Configuration, int] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)
    loops: set[str] = field(default_factory=set)
    at_rest: list[Configuration] = field(default_factory=list)
    arisen: set[str] = field(default_factory=set)
    edges: list[tuple[Configuration, LoopStep, Configuration]] = field(default_factory=list)

    @property
    def broken(self) -> set[str]:
        """The properties that break."""
        return {*self.steps, *self.loops}


def explore(system: System, properties: tuple[Property, ...], profile: Profile, most: int) -> Found | None:
    """Everything that can happen in that system under that profile; None if there are more than `most` configurations."""
    found, start = Found(), system.start()
    found.depths[start] = 0
    waiting = deque([start])
    while waiting:
        now = waiting.popleft()
        depth = found.depths[now]
        if system.is_at_rest(now):
            found.at_rest.append(now)
            _rest(system, properties, profile, now, depth, found)
        for move, step, after in system.ways(now, profile):
            if step is not None:
                _judge(properties, step, depth + 1, found)
            if after not in found.depths:
                if len(found.depths) >= most:
                    return None
                found.depths[after] = depth + 1
                waiting.append(after)
            found.edges.append((now, _loop_step(system, now, move, step, after), after))
    for prop in properties:
        if any(_goes_wrong(system, found, check) for check in prop.loops):
            found.loops.add(prop.id)
    found.arisen |= found.broken
    return found


def _judge(properties: tuple[Property, ...], step: Step, depth: int, found: Found) -> None:
    for prop in properties:
        if prop.concerns(step.act):
            if prop.arises is None or prop.arises(step):
                found.arisen.add(prop.id)
            if prop.id not in found.steps and prop.check(step) is not None:
                found.steps[prop.id] = depth


def _rest(
    system: System, properties: tuple[Property, ...], profile: Profile, now: Configuration, depth: int, found: Found
) -> None:
    everybody = range(len(now.participants))
    people = [now.client(sid) for sid in everybody]
    for prop in properties:
        if Scope.QUIESCENCE in prop.scopes and (prop.arises_at_rest is None or any(map(prop.arises_at_rest, people))):
            found.arisen.add(prop.id)
        wrong = prop.id not in found.steps and any(prop.at_rest(system, now, sid, profile) is not None for sid in everybody)
        if wrong:
            found.steps[prop.id] = depth


def _loop_step(system: System, now: Configuration, move: Move, step: Step | None, after: Configuration) -> LoopStep:
    """That move, as the definitions of loops want it: with every client as it is once it has read everything."""
    responses: Responses = step.responses if step is not None else ()
    match move:
        case Exchange(_, command):
            act: object = command
        case Send(_, command):
            act = Sent(command)
        case Serve(sid):
            act = now.channels[sid].sent[0].command
        case Read(sid):
            act = Receipt(now.channels[sid].coming[0][0])
        case Act(action):
            act = action
    before, later = system.everything_read(now), system.everything_read(after)
    program = system.scenario.programs[max(move.sid, 0)]
    return LoopStep(move.sid, act, responses, before, later, program)  # type: ignore[arg-type]


def _goes_wrong(system: System, found: Found, check: LoopCheck) -> bool:
    """Whether some fair loop is wrong by that check: a strongly connected part of the steps that stay, with a step to the
    point, in which everybody else moves or has nothing to send, and the agent is done."""
    if nx.is_directed_acyclic_graph(nx.DiGraph((now, after) for now, _, after in found.edges)):
        return False
    return any(_wrong_for(system, found, check, subject) for subject in check.subjects([e[1] for e in found.edges]))


def _wrong_for(system: System, found: Found, check: LoopCheck, subject: Subject) -> bool:
    staying = [edge for edge in found.edges if check.stays(subject, edge[1])]
    graph = nx.DiGraph((now, after) for now, _, after in staying)
    home = {now: number for number, part in enumerate(nx.strongly_connected_components(graph)) for now in part}
    parts: dict[int, list[tuple[Configuration, LoopStep]]] = {}
    for now, step, after in staying:
        if home[now] == home[after]:
            parts.setdefault(home[now], []).append((now, step))
    return any(_fair(system, part) and any(check.point(subject, step) for _, step in part) for part in parts.values())


def _fair(system: System, part: list[tuple[Configuration, LoopStep]]) -> bool:
    """Whether everybody moves in that part, or has nothing to send and nothing under way."""
    now, movers = part[0][1].before, {step.sid for _, step in part}
    assert isinstance(now, Configuration)
    programs = system.scenario.programs
    idle = {
        sid for sid, program in enumerate(programs)
        if now.client(sid).busy is None and not clients.options(now.client(sid), program)
        and not clients.cut(now.client(sid), program)
    }  # fmt: skip
    return now.agent == len(system.scenario.agent) and set(range(len(programs))) <= movers | idle
