"""Under which strategies, and for which clients, does a property break? The shortest answer.

The failing profiles (a bitmask for each kind of client) are a Boolean function of many-valued variables: one variable a
decision, one for the client's manner. Variables that make no difference are dropped, and of all the ways to write what
is left as `delete=3.2 or delete=3.3 and disconnect=late` (alternatives, each a choice of values for some variables), the
shortest is chosen.

Shortest is meant as a reader sees it: the fewest characters. Each alternative, variable and value counts by what it adds
to the line, and nothing is said twice: where 3.2 alone is enough, the other alternative need not say `delete=3.2|3.3`. Of
equally long ones, the one with the fewest alternatives is chosen.

It is found exactly (but see `MOST_STEPS`). The prime implicants, by recursion on the first variable (Quine 1952, McCluskey
1956, with sets of values as literals), say which variables an alternative can do without. Their parts are what there is to
choose from, and branch and bound finds the cheapest of them that cover it all, with dual prices as bounds (as Balas and Ho
1980).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from explore.check.word import Word
from explore.space import Universe
from strategies import Strategy

Cube = tuple[frozenset[int], ...]
CLIENT = "client"
CHARACTER = 1000
"""What each character of a condition costs, where each cube costs 1 more: so much that the characters decide."""
MOST_STEPS = 50_000
"""After so many steps the shortest that was found until then will do. The conditions of the built-in scenarios take a step
for each alternative, or little more; 150 functions of 73 to 128 combinations, drawn at random, took 13,463 at most."""


class Condition(NamedTuple):
    """A disjunction of cubes over the variables that matter; each variable has a name and the names of its values.

    No variables and one (empty) cube is "always"; no cubes is "never".
    """

    variables: tuple[tuple[str, tuple[str, ...]], ...]
    cubes: tuple[Cube, ...]

    def __str__(self) -> str:
        if not self.cubes:
            return "never"
        return " or ".join(sorted((self.spelled(cube) for cube in self.cubes), key=lambda text: (len(text), text)))

    def spelled(self, cube: Cube) -> str:
        """One alternative, as text."""
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
    return Condition(variables, _Cover(variables, table).shortest())


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
    cubes: set[Cube] = set()
    for count in range(sizes[0], 0, -1):
        for values in itertools.combinations(range(sizes[0]), count):
            common = tuple(all(cell) for cell in zip(*(slices[value] for value in values), strict=True))
            for rest in _primes(common, sizes[1:]):
                cube = (frozenset(values), *rest)
                if not any(_within(cube, other) for other in cubes):
                    cubes.add(cube)
    return frozenset(cubes)


def _within(cube: Cube, other: Cube) -> bool:
    return all(a <= b for a, b in zip(cube, other, strict=True))


def _parts(prime: Cube, sizes: tuple[int, ...]) -> Iterator[Cube]:
    """The cubes within a prime that have all values of a variable wherever the prime has: any other would only be longer."""
    choices = []
    for values, size in zip(prime, sizes, strict=True):
        counts = range(len(values) if len(values) == size else 1, len(values) + 1)
        choices.append([frozenset(part) for count in counts for part in itertools.combinations(sorted(values), count)])
    return itertools.product(*choices)


class _Part(NamedTuple):
    """A cube to choose: what it costs, the cells it covers (a bit each), and for a fixed order, its values."""

    price: int
    covers: int
    values: tuple[tuple[int, ...], ...]


class _Cover:
    """The search for the cheapest cubes that cover just the cells (combinations of values) that break."""

    def __init__(self, variables: tuple[tuple[str, tuple[str, ...]], ...], table: tuple[bool, ...]) -> None:
        self.condition = Condition(variables, ())
        sizes = tuple(len(values) for _, values in variables)
        cells = list(itertools.compress(itertools.product(*map(range, sizes)), table))
        having = [
            [sum(1 << number for number, cell in enumerate(cells) if cell[place] == value) for value in range(size)]
            for place, size in enumerate(sizes)
        ]
        cubes = {cube for prime in _primes(table, sizes) for cube in _parts(prime, sizes)}
        self.parts: list[_Part] = []
        for part in sorted((self._part(cube, having, len(cells)) for cube in cubes), key=_cheapest_first):
            if not any(part.covers & ~other.covers == 0 for other in self.parts):
                self.parts.append(part)
        self.within = [[n for n, part in enumerate(self.parts) if part.covers >> cell & 1] for cell in range(len(cells))]
        self.steps = 0
        self.least: float = math.inf
        self.best: tuple[int, ...] = ()

    def _part(self, cube: Cube, having: list[list[int]], cells: int) -> _Part:
        covers = (1 << cells) - 1
        for values, chosen in zip(having, cube, strict=True):
            covers &= sum(values[value] for value in chosen)
        price = CHARACTER * len(f" or {self.condition.spelled(cube)}") + 1
        return _Part(price, covers, tuple(tuple(sorted(values)) for values in cube))

    def shortest(self) -> tuple[Cube, ...]:
        """The cubes of the shortest condition."""
        self._search((), 0, frozenset(range(len(self.within))), frozenset(range(len(self.parts))))
        return tuple(tuple(map(frozenset, self.parts[part].values)) for part in sorted(self.best))

    def _search(self, chosen: tuple[int, ...], paid: int, left: frozenset[int], usable: frozenset[int]) -> None:
        """Try every choice that goes on from there, and may be cheaper than the best one known, to cover the cells left."""
        if not left:
            if paid < self.least:
                self.least, self.best = paid, chosen
            return
        self.steps += 1
        if self.best and self.steps > MOST_STEPS:
            return
        ways = {cell: [part for part in self.within[cell] if part in usable] for cell in left}
        order = sorted(left, key=lambda cell: (len(ways[cell]), cell))
        bound, slack = self._bound([ways[cell] for cell in order])
        if not ways[order[0]] or paid + bound >= self.least:
            return
        usable = frozenset(part for part, more in slack.items() if paid + bound + more < self.least)
        hardest = min(order, key=lambda cell: (len(usable.intersection(ways[cell])), cell))
        for part in sorted(usable.intersection(ways[hardest]), key=lambda part: (slack[part], part)):
            rest = frozenset(cell for cell in left if not self.parts[part].covers >> cell & 1)
            self._search((*chosen, part), paid + self.parts[part].price, rest, usable)
            usable -= {part}

    def _bound(self, ways: list[list[int]]) -> tuple[int, dict[int, int]]:
        """What it costs at least to cover cells that can be covered in those ways; and how much more, with each part.

        Each cell in turn pays what the parts that cover it still allow: no part is paid more than its price.
        """
        slack = {part: self.parts[part].price for parts in ways for part in parts}
        bound = 0
        for parts in ways:
            pays = min((slack[part] for part in parts), default=0)
            bound += pays
            for part in parts:
                slack[part] -= pays
        return bound, slack


def _cheapest_first(part: _Part) -> tuple[int, int, tuple[tuple[int, ...], ...]]:
    return part.price, -part.covers.bit_count(), part.values


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
