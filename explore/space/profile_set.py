"""All profiles at once: a set of profiles is an int, one bit a profile.

A profile's number is its choices read as digits of a mixed-radix number, in the order of `strategies.DECISIONS`. A step
that consults a decision splits the set at hand into one set for each answer (featured transition systems: Classen et
al., "Featured Transition Systems", IEEE TSE 39(8), 2013); a step that consults none keeps it whole.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, get_type_hints

from explore.space.own_strategy import held
from strategies import DECISIONS, Profile, Strategy, listed

Assignment = tuple[tuple[str, Strategy], ...]
Result = TypeVar("Result")


PROTOCOLS: Mapping[str, type] = get_type_hints(Profile)
"""What a strategy for each decision must be (`model.server.decisions`)."""


class Universe:
    """The profiles under exploration: every combination of the given strategies, `{"fetch": (...,), ...}`; for a decision
    that is not given, of all listed ones. Raises ValueError for what is no such choice: another decision's strategies, two
    of one spelling, or one without its methods."""

    def __init__(self, choices: Mapping[str, tuple[Strategy, ...]] | None = None) -> None:
        given = choices or {}
        if not isinstance(given, Mapping) or not set(given) <= set(DECISIONS):
            known = ", ".join(DECISIONS)
            raise ValueError(f"expected strategies by decision, {{'fetch': (...,)}}; the decisions are {known}")
        self.choices = {decision: tuple(given.get(decision) or listed(decision)) for decision in DECISIONS}
        _must_be_choices(self.choices)
        self.held = {choice.spelling: held(choice) for strategies in self.choices.values() for choice in strategies}
        self.size = 1
        for strategies in self.choices.values():
            self.size *= len(strategies)
        self.all = (1 << self.size) - 1
        self._masks: dict[str, int] = {}
        weight = self.size
        for strategies in self.choices.values():
            period, weight = weight, weight // len(strategies)
            repeated = self.all // ((1 << period) - 1)
            for digit, strategy in enumerate(strategies):
                self._masks[strategy.spelling] = repeated * (((1 << weight) - 1) << (digit * weight))

    @classmethod
    def of(cls, profile: Profile) -> Universe:
        """The universe of just that profile."""
        return cls({decision: (getattr(profile, decision),) for decision in DECISIONS})

    def mask(self, strategy: Strategy) -> int:
        """The profiles that have made that choice."""
        return self._masks.get(strategy.spelling, 0)

    def where(self, assignment: Assignment) -> int:
        """The profiles that have made all those choices."""
        mask = self.all
        for _, strategy in assignment:
            mask &= self.mask(strategy)
        return mask

    def index(self, profile: Profile) -> int:
        """The number of that profile."""
        number = 0
        for decision, strategies in self.choices.items():
            number = number * len(strategies) + strategies.index(getattr(profile, decision))
        return number

    def profile(self, index: int) -> Profile:
        """The profile of that number."""
        chosen: dict[str, Strategy] = {}
        for decision, strategies in reversed(self.choices.items()):
            index, digit = divmod(index, len(strategies))
            chosen[decision] = strategies[digit]
        return Profile(**chosen)  # type: ignore[arg-type]

    def simplest(self, mask: int) -> Profile:
        """The profile in that set (not empty) that differs from the defaults in the fewest decisions; of several, the
        first."""
        defaults = [self.mask(DECISIONS[decision][0]) for decision in self.choices]
        for changes in range(len(defaults) + 1):
            for changed in itertools.combinations(range(len(defaults)), changes):
                left = mask
                for place, default in enumerate(defaults):
                    if place not in changed:
                        left &= default
                if left:
                    return self.profile((left & -left).bit_length() - 1)
        raise ValueError("no profile is in the empty set")


def _must_be_choices(choices: dict[str, tuple[Strategy, ...]]) -> None:
    for decision, strategies in choices.items():
        needed = [name for name in vars(PROTOCOLS[decision]) if not name.startswith("_")]
        for number, strategy in enumerate(strategies):
            if not isinstance(strategy, Strategy) or strategy.decision != decision:
                raise ValueError(f"{getattr(strategy, 'spelling', repr(strategy))} is no strategy for {decision}")
            missing = [name for name in needed if not callable(getattr(strategy, name, None))]
            if missing:
                raise ValueError(f"{strategy.spelling} has no method {missing[0]!r} (model/server/decisions.py)")
            if strategy.spelling in {other.spelling for other in strategies[:number]}:
                raise ValueError(f"two strategies are called {strategy.spelling}; give each a key of its own")


class Undecided(Exception):
    """The core has consulted a decision that the partial profile has not made."""

    def __init__(self, decision: str) -> None:
        self.decision = decision


class _Partial:
    """A profile that has made some choices, and raises `Undecided` when asked for another; asked for more than one of them,
    it is the profile that has made them all."""

    def __init__(self, assignment: Assignment, held: Mapping[str, Strategy]) -> None:
        self.__dict__.update((decision, held[strategy.spelling]) for decision, strategy in assignment)

    def __getattr__(self, name: str) -> Any:
        if name in DECISIONS:
            raise Undecided(name)
        return getattr(self._whole(), name)

    def _whole(self) -> Profile:
        for decision in DECISIONS:
            if decision not in self.__dict__:
                raise Undecided(decision)
        return Profile(**self.__dict__)

    def __eq__(self, other: object) -> bool:
        return self._whole() == other

    def __hash__(self) -> int:
        return hash(self._whole())

    def __iter__(self) -> Iterator[Any]:
        return iter(self._whole())

    def __getitem__(self, place: int) -> Any:
        return self._whole()[place]

    def __len__(self) -> int:
        return len(DECISIONS)

    def __repr__(self) -> str:
        return repr(self._whole())

    def __str__(self) -> str:
        return str(self._whole())


def decide(universe: Universe, ask: Callable[[Profile], Result]) -> Iterator[tuple[Assignment, Result]]:
    """Every answer of `ask`, each with just the choices that it depended on.

    `ask` is given a partial profile, and run again for every answer to each decision it consults: so it must be pure.
    """
    waiting: list[Assignment] = [()]
    while waiting:
        assignment = waiting.pop()
        try:
            yield assignment, ask(_Partial(assignment, universe.held))  # type: ignore[arg-type]
        except Undecided as undecided:
            choices = universe.choices[undecided.decision]
            waiting += [(*assignment, (undecided.decision, strategy)) for strategy in reversed(choices)]
