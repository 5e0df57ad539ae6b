"""What can be set in a study? Parameters with their units, defaults and limits; reading them is strict.

Where a parameter takes several values, each of them is a point of the study (with each value of the others).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

Point = Mapping[str, Any]
"""One value (int, float or str) for every parameter of a study, by name."""


class Numbers(NamedTuple):
    """Numbers from `least` to `most`; `above`: without `least` itself; `whole`: without fractions."""

    least: float = 0.0
    most: float = 1e6
    above: bool = True
    whole: bool = False

    def read(self, word: object) -> float | int:
        """That word or number as a number. Raises ValueError if it is none, or not within the limits."""
        if isinstance(word, bool) or not isinstance(word, (str, int, float)):
            raise ValueError
        number = float(word)
        if not math.isfinite(number) or not self.least <= number <= self.most or (self.above and number == self.least):
            raise ValueError
        if self.whole and number != int(number):
            raise ValueError
        return int(number) if self.whole else number

    @property
    def words(self) -> str:
        """What is right, in words."""
        what = "whole numbers" if self.whole else "numbers"
        return f"{what} {'above' if self.above else 'from'} {self.least:g} {'up ' if self.above else ''}to {self.most:,g}"


class OneOfWords(NamedTuple):
    """One of these words."""

    options: tuple[str, ...]

    def read(self, word: object) -> str:
        """That word. Raises ValueError if it is another."""
        if not isinstance(word, str) or word.strip() not in self.options:
            raise ValueError
        return word.strip()

    @property
    def words(self) -> str:
        """What is right, in words."""
        return f"one of {', '.join(self.options)}"


class Parameter(NamedTuple):
    """A parameter: its default (a tuple if `several`), its unit ("" if it has none), what it means, what is right."""

    name: str
    default: Any
    unit: str
    meaning: str
    kind: Numbers | OneOfWords
    several: bool = False

    @property
    def right(self) -> str:
        """What may be given for it, in words."""
        unit = f" ({self.unit})" if self.unit else ""
        return f"{self.kind.words}{unit}{', several with commas between, each once' if self.several else ''}"

    def read(self, given: object) -> Any:
        """Its value from text or from values; a tuple of them if it takes several.

        Raises ValueError, one line, which says what would be right.
        """
        words = given.split(",") if isinstance(given, str) and self.several else [given]
        if self.several and isinstance(given, Iterable) and not isinstance(given, str):
            words = list(given)
        try:
            values = tuple(self.kind.read(word) for word in words)
            if not values or len(set(values)) < len(values):
                raise ValueError
        except ValueError:
            raise ValueError(f"{self.name}={plain(given)} is not right; give {self.right}") from None
        return values if self.several else values[0]


def plain(value: object) -> str:
    """A value as it can be given on the command line.

    >>> plain((5, 2.5, "periodic"))
    '5,2.5,periodic'
    """
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ",".join(plain(item) for item in value)
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def with_defaults(study: str, parameters: tuple[Parameter, ...], given: Mapping[str, object]) -> dict[str, Any]:
    """The value of every parameter: what is given, and for the others their defaults.

    Raises ValueError, one line, for a name that is no parameter of that study and for a value that is not right.
    """
    known = {parameter.name: parameter for parameter in parameters}
    for name in given:
        if name not in known:
            raise ValueError(f"{name!r} is no parameter of {study}; its parameters are {', '.join(known)}")
    return {
        name: parameter.read(given[name]) if name in given else parameter.default for name, parameter in known.items()
    }


def points(parameters: tuple[Parameter, ...], settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every point of the study with those settings: each value of a parameter with each of the others."""
    values = [settings[parameter.name] if parameter.several else (settings[parameter.name],) for parameter in parameters]
    names = [parameter.name for parameter in parameters]
    return [dict(zip(names, combination, strict=True)) for combination in itertools.product(*values)]
