"""How many clients have a mailbox open, if they come and go as they like? The theory: M/G/∞.

Clients come at the moments of a Poisson process and stay for times that are independent of all else, of any distribution
with a mean m. In the steady state the number inside is Poisson with mean ρ = λm, whatever the distribution (Takács,
Introduction to the Theory of Queues, 1962, ch. 3): nobody is in with probability exp(−ρ).

`rest` (of a `Length`) is the share R(t) of the time spent inside that is still to come t later, R(t) = ∫ₜ^∞ P(S > u) du / m.
Everything below follows from it: those inside at a time whose stay is not over t later are Poisson with mean ρR(t); and
whenever the mailbox falls empty, all begins anew, so that the chance to find it empty again t later is exp(−ρ(1 − R(t))).
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import integrate, special, stats

Array = npt.NDArray[np.float64]

SPREAD = 1.0
"""σ of the lognormal: the standard deviation is 1.31 means."""
TAIL = 4.0
"""α of the Pareto distribution (of the second kind, Lomax): the standard deviation is 1.41 means. (With 3, the rest of a
stay, and so the time to success, would have no variance, and no interval for it would hold.)"""
RARE, SLOW = 0.1, 5.0
"""Of the hyperexponential: this share of the stays is that many means long; the standard deviation is 2.13 means."""
MODERATE = (1 - RARE * SLOW) / (1 - RARE)
NODES = 96


class Length(NamedTuple):
    """A distribution of session lengths: a draw with a given mean, and R(t) for a mean of 1."""

    name: str
    draw: Callable[[random.Random, float], float]
    rest: Callable[[Array], Array]


def _lognormal_rest(t: Array) -> Array:
    with np.errstate(divide="ignore"):
        far = np.log(t)
    return np.asarray(special.ndtr(SPREAD / 2 - far / SPREAD) - t * special.ndtr(-SPREAD / 2 - far / SPREAD))


LENGTHS = (
    Length("exponential", lambda source, mean: source.expovariate(1 / mean), lambda t: np.exp(-t)),
    Length("deterministic", lambda source, mean: mean, lambda t: np.maximum(0.0, 1 - t)),
    Length(
        "hyperexponential",
        lambda source, mean: source.expovariate(1 / (mean * (SLOW if source.random() < RARE else MODERATE))),
        lambda t: RARE * SLOW * np.exp(-t / SLOW) + (1 - RARE * SLOW) * np.exp(-t / MODERATE),
    ),
    Length(
        "lognormal",
        lambda source, mean: mean * math.exp(source.gauss(-(SPREAD**2) / 2, SPREAD)),
        _lognormal_rest,
    ),
    Length(
        "pareto",
        lambda source, mean: mean * (TAIL - 1) * (source.paretovariate(TAIL) - 1),
        lambda t: (1 + t / (TAIL - 1)) ** (1 - TAIL),
    ),
)
"""All with a finite variance; "deterministic" is always the mean."""
NAMES = tuple(length.name for length in LENGTHS)


def length(name: str) -> Length:
    """The distribution of that name. Raises KeyError."""
    return {distribution.name: distribution for distribution in LENGTHS}[name]


def occupied(load: float, since: float = math.inf, lengths: Length = LENGTHS[0]) -> float:
    """The probability that somebody is in: with load ρ, `since` mean stays after all began with nobody inside."""
    rest = 0.0 if math.isinf(since) else float(lengths.rest(np.asarray(since)))
    return -math.expm1(-load * (1 - rest))


class Campaign(NamedTuple):
    """What comes of trying until nobody is in, or at most so many times: the mean number of gaps between tries that it
    takes, and the probability that the last try fails as well."""

    gaps: float
    gave_up: float


def campaign(load: float, lengths: Length, gap: float, periodic: bool, tries: int) -> Campaign:
    """Theory for tries that are `gap` mean stays apart: always, or (not periodic) on average, exponential.

    With uₙ the chance to find the mailbox empty n gaps after it was empty, and pₙ that to succeed first at the n-th try
    after the first, exp(−ρ) = p₀uₙ + … + pₙu₀ (Feller, vol. 1, ch. XIII). By Wald's identity the mean time is that of the
    number of gaps, times the gap.
    """
    numbers = np.arange(tries, dtype=float)
    if periodic:
        again: Array = np.exp(-load * (1 - lengths.rest(numbers * gap)))
    else:
        nodes, weights = special.roots_legendre(NODES)
        times = np.asarray(stats.gamma.ppf((nodes + 1) / 2, numbers[1:, None], scale=gap), float)
        again = np.append(1.0, np.exp(-load * (1 - lengths.rest(times))) @ (weights / 2))
    first = np.zeros(tries)
    for n in range(tries):
        first[n] = math.exp(-load) - first[:n] @ again[n:0:-1]
    open_still = 1 - np.cumsum(first)
    return Campaign(float(open_still[: tries - 1].sum()), max(0.0, float(open_still[-1])))


def last_leaves(load: float, lengths: Length, since: float = math.inf) -> float:
    """How long, in mean stays, until the last of those inside at a random moment has left (0 if nobody is in); `since`
    mean stays after all began with nobody inside."""

    def still(t: float) -> float:
        later: Any = lengths.rest(np.asarray([t, t + since if math.isfinite(since) else t]))
        left = later[0] - (later[1] if math.isfinite(since) else 0.0)
        return -math.expm1(-load * left)

    cuts = (0.0, 1.0, 10.0, 100.0)
    parts = [integrate.quad(still, low, high, limit=200)[0] for low, high in pairwise(cuts)]
    return float(sum(parts) + integrate.quad(still, cuts[-1], np.inf, limit=200)[0])
