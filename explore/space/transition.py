"""In which ways can one actor's step go? Each way by itself, and all of them put together for the search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from explore.space.server_table import NO_OTHERS
from explore.system import Receipt, Responses, Sent
from model import protocol as p
from model.store import Action


class ActorStep(NamedTuple):
    """One way in which one actor's step can go: under which profiles, having consulted what; what was done and answered;
    the ids of the world and the actor after it; which properties (indices) broke, and which were put to the test; and its
    side effects on other sessions (`Transitions.pass_on`), NO_OTHERS if there are none."""

    mask: int
    used: frozenset[str]
    act: p.Command | Action | Sent | Receipt
    responses: Responses
    world: int
    actor: int
    broken: tuple[int, ...]
    arisen: tuple[int, ...] = ()
    others: int = NO_OTHERS


class Successors(NamedTuple):
    """The ways of one actor in one world, as the search wants them: how many there are for each set of profiles, with the
    strategies consulted and the properties put to the test; those that break something; and those that change anything,
    those to one target together: for which profiles, to which world and actor, with which side effects on other
    sessions, and which ways; for each of these, how many ways for each set of profiles, and the same for the ways that
    change nothing."""

    masks: tuple[tuple[int, int, frozenset[str], frozenset[int]], ...]
    broken: tuple[ActorStep, ...]
    moves: tuple[tuple[int, int, int, int, tuple[ActorStep, ...]], ...]
    counted: tuple[tuple[tuple[int, int], ...], ...]
    still: tuple[tuple[int, int], ...]


def successors(steps: tuple[ActorStep, ...], world: int, actor: int, setdefault: Callable[[int, int], int]) -> Successors:
    """The successors of that actor in that world, by those steps; `setdefault` is that of the table in which equal sets
    of profiles are kept once."""
    masks: dict[int, tuple[int, frozenset[str], frozenset[int]]] = {}
    moves: dict[tuple[int, int, int], list[ActorStep]] = {}
    still = []
    for step in steps:
        count, used, arisen = masks.get(step.mask, (0, frozenset(), frozenset()))
        masks[step.mask] = (count + 1, used | step.used, arisen.union(step.arisen))
        if step.world != world or step.actor != actor or step.others:
            moves.setdefault((step.world, step.actor, step.others), []).append(step)
        else:
            still.append(step)
    merged = []
    for (after, becomes, others), group in moves.items():
        mask = 0
        for step in group:
            mask |= step.mask
        merged.append((setdefault(mask, mask), after, becomes, others, tuple(group)))
    return Successors(
        tuple([(mask, *rest) for mask, rest in masks.items()]),
        tuple([step for step in steps if step.broken]),
        tuple(merged),
        tuple([_numbers(group) for group in moves.values()]),
        _numbers(still),
    )


def _numbers(steps: list[ActorStep]) -> tuple[tuple[int, int], ...]:
    """How many of those steps there are for each set of profiles."""
    return tuple(Counter([step.mask for step in steps]).items())
