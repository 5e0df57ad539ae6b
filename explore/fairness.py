"""Can a command be refused for ever, although everybody keeps moving? (H-STARVATION)

Looked for as a fair cycle in the state graph, not only at its ends: a strongly connected component, under one profile,
in which the client that retries is refused at least once and never succeeds, and every other client either moves or is
done. Such a cycle can go round for ever: a lasso, its shortest stem from the start, then the loop.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

import networkx as nx

from explore.search import Search, Violation
from explore.factored import State
from explore.space import Edge, Space
from model import protocol as p
from model.client import current_step, options

PROPERTY = "H-STARVATION"
Lasso = list[tuple[State, Edge]]
"""Steps, each with the state before it: a loop, or just a set of them."""


def starvation(found: Search) -> None:
    """Add to a finished search, for every profile, whether some retried command can be refused for ever.

    Components are those of the graph of all profiles; profiles are told apart only by the steps within one.
    """
    space = found.space
    retriers = [sid for sid, program in enumerate(space.scenario.programs) if any(s.retry for s in program.steps)]
    if not retriers:
        return
    steps = [(state, edge) for state, mask in found.reached.items() for edge in space.edges(state, mask)]
    lassos = []
    for sid in retriers:
        for part in _components(_hopeless(space, steps, sid)):
            if any(edge.sid == sid and _retries(space, state, sid) for state, edge in part):
                for mask in _classes(part):
                    inside = [(state, edge) for state, edge in part if edge.mask & mask & -mask]
                    lassos += [(_length(found, loop, mask), mask, loop) for loop in _lassos(space, inside, sid)]
    for _, mask, loop in sorted(lassos, key=lambda lasso: lasso[0]):
        found.break_at(PROPERTY, mask, loop[0][0], None, tuple(loop))


def _length(found: Search, loop: Lasso, mask: int) -> int:
    index = (mask & -mask).bit_length() - 1
    return len(found.path(Violation(mask, loop[0][0], None), index)) + len(loop)


def _hopeless(space: Space, steps: Lasso, sid: int) -> Lasso:
    """The steps without those in which session `sid` tries again and is not refused."""
    return [(a, edge) for a, edge in steps if edge.sid != sid or not _retries(space, a, sid) or _refused(edge)]


def _components(steps: Lasso) -> Iterable[Lasso]:
    """The steps within each strongly connected component."""
    graph: nx.DiGraph[State] = nx.DiGraph((state, edge.target) for state, edge in steps)
    home = {state: number for number, part in enumerate(nx.strongly_connected_components(graph)) for state in part}
    inside: dict[int, Lasso] = {}
    for state, edge in steps:
        if home[state] == home[edge.target]:
            inside.setdefault(home[state], []).append((state, edge))
    return inside.values()


def _classes(steps: Lasso) -> list[int]:
    """The profiles that can take one of those steps, sorted into sets that none of the steps tells apart."""
    whole = 0
    for _, edge in steps:
        whole |= edge.mask
    classes = [whole]
    for mask in dict.fromkeys(edge.mask for _, edge in steps):
        classes = [part for group in classes for part in (group & mask, group & ~mask) if part]
    return classes


def _lassos(space: Space, steps: Lasso, sid: int) -> Iterator[Lasso]:
    """The fair loops among those steps in which session `sid` is refused and never succeeds."""
    others = [other for other in range(len(space.scenario.programs)) if other != sid]
    for loop in _components(_hopeless(space, steps, sid)):
        mine = [step for step in loop if step[1].sid == sid and _retries(space, step[0], sid)]
        if mine and mine[0][0][-1] == len(space.scenario.agent):
            moves = {other: [step for step in loop if step[1].sid == other] for other in others}
            if all(moves[other] or _idle(space, loop, other) for other in others):
                for refused in mine:
                    yield _walk(loop, refused, [moves[other] for other in others if moves[other]])


def _walk(loop: Lasso, refused: tuple[State, Edge], moves: list[Lasso]) -> Lasso:
    """A closed walk that begins with the step `refused` and has one step of each of `moves`, always the nearest."""
    graph: nx.DiGraph[State] = nx.DiGraph((state, edge.target) for state, edge in loop)
    first = {(state, edge.target): edge for state, edge in reversed(loop)}

    def way(here: State, there: State) -> Lasso:
        return [(a, first[a, b]) for a, b in itertools.pairwise(nx.shortest_path(graph, here, there))]

    walk, here = [refused], refused[1].target
    for steps in moves:
        if not any(step in walk for step in steps):
            distances = nx.single_source_shortest_path_length(graph, here)
            state, edge = min(steps, key=lambda step: distances[step[0]])
            walk += [*way(here, state), (state, edge)]
            here = edge.target
    return walk + way(here, refused[0])


def _retries(space: Space, state: State, sid: int) -> bool:
    client = space.actor(state, sid).client
    step = current_step(client, space.scenario.programs[sid])
    return step is not None and step.retry and not client.todo


def _refused(edge: Edge) -> bool:
    return any(to == edge.sid and isinstance(r, p.Tagged) and r.status == "NO" for to, r in edge.branch.responses)


def _idle(space: Space, loop: Lasso, sid: int) -> bool:
    """Whether that client has nothing to send somewhere on the way: not moving is then no injustice to it."""
    program = space.scenario.programs[sid]
    return any(not options(space.actor(state, sid).client, program) for state, _ in loop)
