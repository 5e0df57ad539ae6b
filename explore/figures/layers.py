"""Where do the nodes and the words of a directed graph go, so that nothing lies on anything else?

Layered drawing (Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System Structures", 1981):
nodes stand in columns, and the words of an arrow stand in a column of their own between two columns of nodes, as nodes do,
so that they cannot overlap. An arrow over several columns has a place in each. The order within a column is improved by
barycentres; the heights are the least squares fit to the neighbours' that keeps everything apart (isotonic regression by
pooling adjacent violators: Ayer et al. 1955).
"""

from __future__ import annotations

import itertools
from bisect import bisect_right, insort
from collections.abc import Hashable, Mapping
from typing import NamedTuple

from explore.figures.canvas import Point, Size

SWEEPS = 12
GAP = 0.11
"""Between one thing and the next in a column, in inches."""

CHANNEL = 0.30
"""Between two columns, for the bends of arrows, in inches."""

THIN = Size(0.0, 0.03)
Node = int
Ends = tuple[int, int]
Slot = Hashable
"""A node, or (source, target, column): an arrow's place in a column."""


class Passage(NamedTuple):
    """How an arrow passes a column: from its left to its right side (or back), at that height."""

    left: float
    right: float
    y: float


class Layout(NamedTuple):
    """Centre of each node and of each arrow's words, in inches from the upper left corner, y downwards; the columns that an
    arrow passes on its way from the source to the target, in order; the middle of each layer; and the size of it all."""

    nodes: dict[Node, Point]
    words: dict[Ends, Point]
    routes: dict[Ends, tuple[Passage, ...]]
    layers: dict[int, float]
    size: Size


def layered(layers: Mapping[Node, int], nodes: Mapping[Node, Size], words: Mapping[Ends, Size]) -> Layout:
    """The layout of a graph with nodes of those sizes in those layers, and arrows with words of those sizes."""
    chains = {ends: _chain(ends, layers) for ends in words}
    columns: dict[int, list[Slot]] = {}
    sizes: dict[Slot, Size] = {}
    sizes.update(nodes.items())
    for node in sorted(layers, key=lambda node: (layers[node], node)):
        columns.setdefault(2 * layers[node], []).append(node)
    for ends, chain in chains.items():
        for place, column in enumerate(chain):
            slot = (*ends, column)
            columns.setdefault(column, []).append(slot)
            sizes[slot] = THIN if place else words[ends]
    links = _links(chains)
    _order(columns, links)
    heights = _heights(columns, sizes, links)
    sides, width = _sides(columns, sizes)
    top = min(heights[slot] - sizes[slot].height / 2 for slot in heights)
    bottom = max(heights[slot] + sizes[slot].height / 2 for slot in heights)

    def middle(column: int) -> float:
        return sum(sides[column]) / 2

    def passage(slot: Slot, column: int) -> Passage:
        return Passage(*sides[column], heights[slot] - top)

    routes = {ends: tuple(passage((*ends, column), column) for column in chain) for ends, chain in chains.items()}
    return Layout(
        {node: (middle(2 * layer), heights[node] - top) for node, layer in layers.items()},
        {ends: (middle(chain[0]), routes[ends][0].y) for ends, chain in chains.items()},
        routes,
        {layer: middle(2 * layer) for layer in layers.values()},
        Size(width, bottom - top),
    )


def _chain(ends: Ends, layers: Mapping[Node, int]) -> list[int]:
    """The columns that an arrow passes; its words stand in the first one."""
    source, target = 2 * layers[ends[0]], 2 * layers[ends[1]]
    if target > source:
        return list(range(source + 1, target))
    return [source + 1] if source == target else list(range(source - 1, target, -1))


def _links(chains: Mapping[Ends, list[int]]) -> dict[Slot, list[Slot]]:
    """For each slot, those that it should stand near to."""
    links: dict[Slot, list[Slot]] = {}
    for (source, target), chain in chains.items():
        way: list[Slot] = [source, *((source, target, column) for column in chain), target]
        for before, after in itertools.pairwise(way):
            links.setdefault(before, []).append(after)
            links.setdefault(after, []).append(before)
    return links


def _column_of(columns: Mapping[int, list[Slot]]) -> dict[Slot, int]:
    return {slot: column for column, slots in columns.items() for slot in slots}


def _order(columns: dict[int, list[Slot]], links: Mapping[Slot, list[Slot]]) -> None:
    """Put the slots of each column into an order with few crossings: the best of several sweeps."""
    home = _column_of(columns)
    best, fewest = {column: list(slots) for column, slots in columns.items()}, _crossings(columns, links, home)
    for sweep in range(SWEEPS):
        for column in sorted(columns, reverse=bool(sweep % 2)):
            beside = columns.get(column + (1 if sweep % 2 else -1), [])
            means = _means(columns[column], beside, links)
            columns[column].sort(key=means.__getitem__)
        crossings = _crossings(columns, links, home)
        if crossings < fewest:
            best, fewest = {column: list(slots) for column, slots in columns.items()}, crossings
    columns.update(best)


def _means(slots: list[Slot], beside: list[Slot], links: Mapping[Slot, list[Slot]]) -> dict[Slot, float]:
    """For each slot the mean place (from 0 to 1) of those that it is linked to in the column beside; its own place if there
    are none."""
    places = {slot: index / len(beside) for index, slot in enumerate(beside)}
    means = {}
    for index, slot in enumerate(slots):
        near = [places[other] for other in links.get(slot, ()) if other in places]
        means[slot] = sum(near) / len(near) if near else index / len(slots)
    return means


def _crossings(columns: Mapping[int, list[Slot]], links: Mapping[Slot, list[Slot]], home: Mapping[Slot, int]) -> int:
    """How many pairs of lines between adjacent columns cross."""
    place = {slot: index for slots in columns.values() for index, slot in enumerate(slots)}
    total = 0
    for column, slots in columns.items():
        earlier: list[int] = []
        for slot in slots:
            ends = [place[other] for other in links.get(slot, ()) if home[other] == column + 1]
            total += sum(len(earlier) - bisect_right(earlier, end) for end in ends)
            for end in ends:
                insort(earlier, end)
    return total


def _heights(
    columns: Mapping[int, list[Slot]], sizes: Mapping[Slot, Size], links: Mapping[Slot, list[Slot]]
) -> dict[Slot, float]:
    """The y of each slot's centre: near its neighbours', and apart from what is above and below it."""
    heights: dict[Slot, float] = {}
    for slots in columns.values():
        apart = _apart(slots, sizes)
        for slot, y in zip(slots, apart, strict=True):
            heights[slot] = y - apart[-1] / 2
    for sweep in range(2 * SWEEPS):
        for column in sorted(columns, reverse=bool(sweep % 2)):
            slots = columns[column]
            wanted = []
            for slot in slots:
                near = links.get(slot, ())
                wanted.append(sum(heights[other] for other in near) / len(near) if near else heights[slot])
            apart = _apart(slots, sizes)
            fitted = _isotonic([y - offset for y, offset in zip(wanted, apart, strict=True)])
            for slot, y, offset in zip(slots, fitted, apart, strict=True):
                heights[slot] = y + offset
    return heights


def _apart(slots: list[Slot], sizes: Mapping[Slot, Size]) -> list[float]:
    """How far below the first slot's centre each one's must be at least."""
    offsets = [0.0]
    for above, below in itertools.pairwise(slots):
        offsets.append(offsets[-1] + (sizes[above].height + sizes[below].height) / 2 + GAP)
    return offsets


def _isotonic(values: list[float]) -> list[float]:
    """The sequence that never falls and is nearest to those values in the sum of squares.

    >>> _isotonic([1.0, 3.0, 2.0, 4.0])
    [1.0, 2.5, 2.5, 4.0]
    """
    pools: list[tuple[float, int]] = []
    for value in values:
        total, count = value, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            before, number = pools.pop()
            total, count = total + before, count + number
        pools.append((total, count))
    return [total / count for total, count in pools for _ in range(count)]


def _sides(columns: Mapping[int, list[Slot]], sizes: Mapping[Slot, Size]) -> tuple[dict[int, tuple[float, float]], float]:
    """The left and the right side of each column, and the width of all."""
    sides, x = {}, 0.0
    for column in sorted(columns):
        width = max(sizes[slot].width for slot in columns[column])
        sides[column] = (x, x + width)
        x += width + CHANNEL
    return sides, x - CHANNEL
