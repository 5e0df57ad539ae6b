"""In which ways can one actor's step go? Each way by itself, and all of them digested for the search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from explore.space.server_table import NO_OTHERS, Responses
from model import protocol as p
from model.store import Action


class Sent(NamedTuple):
    """A client sends a command, which is not served yet (`explore.space.async_transitions`)."""

    command: p.Command


class Receipt(NamedTuple):
    """A client reads a response that was on its way (`explore.space.async_transitions`)."""

    response: p.Response


class ActorStep(NamedTuple):
    """One way in which one actor's step can go: under which profiles, having consulted what; what was done and answered;
    the ids of the world and the actor after it; which properties (indices) broke; and what others have to do with it
    (`Transitions.pass_on`), NO_OTHERS if nothing."""

    mask: int
    used: frozenset[str]
    act: p.Command | Action | Sent | Receipt
    responses: Responses
    world: int
    actor: int
    broken: tuple[int, ...]
    others: int = NO_OTHERS


class Successors(NamedTuple):
    """The branches of one actor in one world, as the search wants them: how many there are for each set of profiles, with
    the strategies consulted; those that break something; and those that change anything, those to one target together:
    for which profiles, to which world and actor, what others have to do with it, and which branches; for each of these,
    how many branches for each set of profiles, and the same for the branches that change nothing."""

    masks: tuple[tuple[int, int, frozenset[str]], ...]
    broken: tuple[ActorStep, ...]
    moves: tuple[tuple[int, int, int, int, tuple[ActorStep, ...]], ...]
    counted: tuple[tuple[tuple[int, int], ...], ...]
    still: tuple[tuple[int, int], ...]


def digest(branches: tuple[ActorStep, ...], world: int, actor: int, one: Callable[[int, int], int]) -> Successors:
    """The digest of the branches of that actor in that world; `one` keeps equal sets of profiles once."""
    masks: dict[int, tuple[int, frozenset[str]]] = {}
    moves: dict[tuple[int, int, int], list[ActorStep]] = {}
    still = []
    for branch in branches:
        count, used = masks.get(branch.mask, (0, frozenset()))
        masks[branch.mask] = (count + 1, used | branch.used)
        if branch.world != world or branch.actor != actor or branch.others:
            moves.setdefault((branch.world, branch.actor, branch.others), []).append(branch)
        else:
            still.append(branch)
    merged = []
    for (after, becomes, others), group in moves.items():
        mask = 0
        for branch in group:
            mask |= branch.mask
        merged.append((one(mask, mask), after, becomes, others, tuple(group)))
    return Successors(
        tuple([(mask, count, used) for mask, (count, used) in masks.items()]),
        tuple([branch for branch in branches if branch.broken]),
        tuple(merged),
        tuple([_numbers(group) for group in moves.values()]),
        _numbers(still),
    )


def _numbers(branches: list[ActorStep]) -> tuple[tuple[int, int], ...]:
    """How many of those branches there are for each set of profiles."""
    return tuple(Counter([branch.mask for branch in branches]).items())
