"""How does the search grow with clients, messages and commands?

    .venv/bin/python benchmarks/growth.py

Every program of so many commands, all 13,824 profiles, all properties, all reductions: states, steps and seconds for each
bound of up to 3 clients, messages and commands. A search that takes longer than `MOST_SECONDS` is cut, and says so. Then
the factor by which the states grow for each client, message and command more: least squares on the logarithms of those
that were not cut (a factor each, independent of the others). `figure F` is the factor a command.
"""

from __future__ import annotations

import itertools
import math

from common import ALL_PROPERTIES, Took, every_program, measure, no_arguments, say
from explore.space.profile_set import Universe
from explore.space.state_space import REDUCTIONS

Bound = tuple[int, int, int]


BOUNDS: tuple[Bound, ...] = tuple(itertools.product((1, 2, 3), (1, 2, 3), (1, 2, 3)))
"""Clients, messages and commands a client, of each bound."""
MOST_SECONDS = 900


def factors(points: dict[Bound, float]) -> tuple[float, ...]:
    """The factors a, b, c for which constant × a^clients × b^messages × c^commands fits those values best.

    >>> [round(factor, 6) for factor in factors({(c, m, n): 5 * 2**c * 3**m * 7**n for c, m, n in BOUNDS})]
    [2.0, 3.0, 7.0]
    """
    rows = [(1.0, *map(float, bound)) for bound in points]
    values = [math.log(value) for value in points.values()]
    size = len(rows[0])
    normal = [[sum(row[i] * row[j] for row in rows) for j in range(size)] for i in range(size)]
    right = [sum(row[i] * value for row, value in zip(rows, values, strict=True)) for i in range(size)]
    return tuple(math.exp(slope) for slope in _solve(normal, right)[1:])


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """The solution of a linear system, by Gauss and Jordan with pivoting."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for column in range(len(rows)):
        pivot = max(range(column, len(rows)), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        head = rows[column][column]
        rows[column] = [value / head for value in rows[column]]
        for row in range(len(rows)):
            if row != column:
                factor = rows[row][column]
                rows[row] = [value - factor * top for value, top in zip(rows[row], rows[column], strict=True)]
    return [row[-1] for row in rows]


def main() -> None:
    """Print the table, and the factor a command last."""
    universe = Universe()
    took: dict[Bound, Took] = {}
    say(f"every program, {universe.size:,} profiles\nclients messages commands      states       steps  CPU seconds    MiB")
    for bound in BOUNDS:
        result = measure(every_program(*bound), universe, ALL_PROPERTIES, REDUCTIONS, most_seconds=MOST_SECONDS)
        clients, messages, commands = bound
        say(
            f"{clients:7} {messages:8} {commands:8} {result.states:11,} {result.transitions:11,} {result.cpu:12.2f} "
            f"{result.memory:6.0f}{'' if result.complete else '  cut short'}"
        )
        if result.complete:
            took[bound] = result
    by_states = factors({bound: result.states for bound, result in took.items()})
    by_seconds = factors({bound: max(result.cpu, 0.001) for bound, result in took.items()})
    say("one more:            client   message   command")
    for name, fitted in (("states grow by", by_states), ("seconds grow by", by_seconds)):
        say(f"{name:17}" + "".join(f"{factor:10.2f}" for factor in fitted))
    say(f"figure {by_states[2]:.3g}")


if __name__ == "__main__":
    no_arguments(__doc__)
    main()
