"""A plain search for what can go round for ever: no components, no tables, no sets of profiles.

Back to where it began, after everyone who can move has moved, and what is wrong has been wrong all the way.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, Protocol, TypeVar

from explore.system.ground_truth import AGENT


class Moved(Protocol):
    """Who moves, and where to."""

    @property
    def sid(self) -> int: ...

    @property
    def there(self) -> Any: ...


Place = TypeVar("Place", bound=Hashable)
Move = TypeVar("Move", bound=Moved)


def graph_of(start: Place, moves: Callable[[Place], Iterable[Move]]) -> dict[Place, list[Move]]:
    """Every place that can be reached, and the moves from it."""
    graph = {start: list(moves(start))}
    waiting = [start]
    while waiting:
        for move in graph[waiting.pop()]:
            if move.there not in graph:
                graph[move.there] = list(moves(move.there))
                waiting.append(move.there)
    return graph


def goes_round(
    graph: dict[Place, list[Move]], start: Place, point: Callable[[Move], bool], stays: Callable[[Move], bool]
) -> bool:
    """Whether a closed walk of moves that stay has one that is to the point, and lets everyone move who can."""
    can = frozenset(move.sid for move in graph[start])
    if AGENT in can:
        return False
    first: tuple[Place, frozenset[int], bool] = (start, frozenset(), False)
    known, waiting = {first}, [first]
    while waiting:
        here, moved, hit = waiting.pop()
        if here == start and hit and moved >= can:
            return True
        for move in graph[here]:
            onward = (move.there, moved | {move.sid}, hit or point(move))
            if stays(move) and onward not in known:
                known.add(onward)
                waiting.append(onward)
    return False
