"""Under which strategies, and for which clients, does a property break? The shortest answer.

The failing profiles (a bitmask for each kind of client) are a Boolean function of many-valued variables: one variable a
decision, one for the client's manner. Variables that make no difference are dropped; the prime implicants of what is
left are found exactly, by recursion on the first variable, and a smallest cover of them is chosen (two-level
minimisation over many-valued logic: Quine 1952, McCluskey 1956, with sets of values as literals).
"""

from __future__ import annotations

import itertools
from functools import cache
from typing import NamedTuple

from explore.check.word import Word
from explore.space import Universe
from strategies import Strategy

Cube = tuple[frozenset[int], ...]
CLIENT = "client"


class Condition(NamedTuple):
    """A disjunction of cubes over the variables that matter; each variable has a name and the names of its values.

    No variables and one (empty) cube is "always"; no cubes is "never".
    """

    variables: tuple[tuple[str, tuple[str, ...]], ...]
    cubes: tuple[Cube, ...]

    def __str__(self) -> str:
        if not self.cubes:
            return "never"
        return " or ".join(sorted((self._cube(cube) for cube in self.cubes), key=lambda text: (len(text), text)))

    def _cube(self, cube: Cube) -> str:
        literals = [
            f"{name}={'|'.join(values[value] for value in sorted(chosen))}"
            for (name, values), chosen in zip(self.variables, cube, strict=True)
            if len(chosen) < len(values)
        ]
        return " and ".join(literals) or "always"

    def holds(self, choices: dict[str, str]) -> bool:
        """Whether a profile with those choices (and `client`) is among those that break."""
        return any(
            all(values.index(choices[name]) in chosen for (name, values), chosen in zip(self.variables, cube, strict=True))
            for cube in self.cubes
        )


def condition(universe: Universe, failing: dict[str, int]) -> Condition:
    """The condition for a property that breaks, for each manner, under that set of profiles."""
    if not any(failing.values()):
        return Condition((), ())
    names = {decision: tuple(s.key for s in strategies) for decision, strategies in universe.choices.items()}
    relevant = relevant_decisions(universe, failing)
    manners = tuple(failing)
    variables = tuple((decision, names[decision]) for decision in relevant)
    if len(set(failing.values())) > 1:
        variables += ((CLIENT, manners),)
    table = truth_table(universe, failing, relevant, len(set(failing.values())) > 1)
    sizes = tuple(len(values) for _, values in variables)
    return Condition(variables, _cover(sorted(_primes(table, sizes), key=_cost), table, sizes))


def relevant_decisions(universe: Universe, failing: dict[str, int]) -> tuple[str, ...]:
    """The decisions that make a difference to one of those sets."""
    relevant = []
    for decision, strategies in universe.choices.items():
        base = universe.mask(strategies[0])
        for other in strategies[1:]:
            shift = _lowest(universe.mask(other)) - _lowest(base)
            if any((mask & base) << shift != mask & universe.mask(other) for mask in failing.values()):
                relevant.append(decision)
                break
    return tuple(relevant)


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1


def truth_table(universe: Universe, failing: dict[str, int], relevant: tuple[str, ...], by_client: bool) -> tuple[bool, ...]:
    """Whether each combination breaks: of the relevant decisions, and last, if it matters, of the clients."""
    table = []
    for combination in itertools.product(*(universe.choices[decision] for decision in relevant)):
        where = universe.where(tuple(zip(relevant, combination, strict=True)))
        bit = where & -where
        masks = list(failing.values())
        table += [bool(mask & bit) for mask in (masks if by_client else masks[:1])]
    return tuple(table)


@cache
def _primes(table: tuple[bool, ...], sizes: tuple[int, ...]) -> frozenset[Cube]:
    """The maximal cubes within the function (variables in order, the first one most significant)."""
    if not any(table):
        return frozenset()
    if not sizes:
        return frozenset({()})
    width = len(table) // sizes[0]
    slices = [table[value * width : (value + 1) * width] for value in range(sizes[0])]
    found: set[Cube] = set()
    for count in range(sizes[0], 0, -1):
        for values in itertools.combinations(range(sizes[0]), count):
            common = tuple(all(cell) for cell in zip(*(slices[value] for value in values), strict=True))
            for rest in _primes(common, sizes[1:]):
                cube = (frozenset(values), *rest)
                if not any(_within(cube, other) for other in found):
                    found.add(cube)
    return frozenset(found)


def _within(cube: Cube, other: Cube) -> bool:
    return all(a <= b for a, b in zip(cube, other, strict=True))


def _cost(cube: Cube) -> tuple[int, tuple[tuple[int, ...], ...]]:
    return -sum(map(len, cube)), tuple(tuple(sorted(values)) for values in cube)


def _cover(primes: list[Cube], table: tuple[bool, ...], sizes: tuple[int, ...]) -> tuple[Cube, ...]:
    """A smallest set of primes that covers every failing combination (of equals, the first in the given order)."""
    cells = [cell for cell, fails in zip(itertools.product(*map(range, sizes)), table, strict=True) if fails]
    covers = {prime: frozenset(i for i, cell in enumerate(cells) if _contains(prime, cell)) for prime in primes}
    for count in range(len(primes) + 1):
        chosen = _choose(primes, covers, frozenset(range(len(cells))), count)
        if chosen is not None:
            return chosen
    raise AssertionError("the primes of a function cover it")


def _choose(
    primes: list[Cube], covers: dict[Cube, frozenset[int]], left: frozenset[int], count: int
) -> tuple[Cube, ...] | None:
    if not left:
        return ()
    if not count:
        return None
    hardest = min(left, key=lambda cell: (sum(cell in covers[prime] for prime in primes), cell))
    for prime in primes:
        if hardest in covers[prime]:
            rest = _choose(primes, covers, left - covers[prime], count - 1)
            if rest is not None:
                return (prime, *rest)
    return None


def _contains(cube: Cube, cell: tuple[int, ...]) -> bool:
    return all(value in values for value, values in zip(cell, cube, strict=True))


def blame(universe: Universe, failing: dict[str, int], strategy: Strategy) -> dict[str, int]:
    """For each manner, the failing profiles with that strategy that choosing otherwise at this one decision, all else
    equal, would cure."""
    mine = universe.mask(strategy)
    blamed = dict.fromkeys(failing, 0)
    for other in universe.choices[strategy.decision]:
        shift = _lowest(universe.mask(other)) - _lowest(mine)
        for manner, mask in failing.items():
            cured = universe.mask(other) & ~mask
            blamed[manner] |= mask & mine & (cured >> shift if shift >= 0 else cured << -shift)
    return blamed


def verdict_by_strategy(universe: Universe, failing: dict[str, int], used: set[str]) -> dict[str, Word]:
    """For each strategy, "decision=key" to BREAKS, HOLDS or UNREACHABLE.

    A strategy *breaks* a property if it is to blame (`blame`) under some profile, or if no decision makes any difference
    and the property breaks all the same. It is unreachable if no step ever consulted it.
    """
    always = any(mask == universe.all for mask in failing.values()) and not relevant_decisions(universe, failing)
    verdicts = {}
    for strategies in universe.choices.values():
        for strategy in strategies:
            if strategy.spelling not in used:
                verdicts[strategy.spelling] = Word.UNREACHABLE
            else:
                guilty = always or any(blame(universe, failing, strategy).values())
                verdicts[strategy.spelling] = Word.BREAKS if guilty else Word.HOLDS
    return verdicts
