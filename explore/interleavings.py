"""How many full interleavings does a search stand for?

A full interleaving is a run from the start to a state where nobody has anything left to do: who moves when, which of
its commands it gives, what the server answers and what becomes of it; two runs that differ in any of these are two. A
run counts if there is a profile under which it can happen, and once however many there are. Exact: each path keeps the
set of profiles that can take all of its steps. Without end where programs repeat or retry.
"""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from explore.factored import State
from explore.search import Search



def count(found: Search) -> int | None:
    """The number of full interleavings; None if some run never ends."""
    space = found.space
    steps = {state: list(space.edges(state, mask)) for state, mask in found.reached.items()}
    sorter: TopologicalSorter[State] = TopologicalSorter()
    for state, edges in steps.items():
        sorter.add(state)
        for edge in edges:
            sorter.add(edge.target, state)
    try:
        order = list(sorter.static_order())
    except CycleError:
        return None
    ways: dict[State, dict[int, int]] = {space.canonical(space.start): {space.universe.all: 1}}
    total = 0
    for state in order:
        arriving = ways.pop(state, {})
        if not steps.get(state):
            total += sum(arriving.values())
        for edge in steps.get(state, ()):
            onward = ways.setdefault(edge.target, {})
            for mask, number in arriving.items():
                common = mask & edge.mask
                if common:
                    onward[common] = onward.get(common, 0) + number
    return total
