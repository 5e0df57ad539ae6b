"""How sure is a mean? Confidence intervals from independent replications.

Every estimate is a ratio of sums over a replication (waits by the number of attempts, NOs by the number of useful
commands). Replications are independent, each with its own warm-up deleted (replication and deletion: Law and Kelton,
Simulation Modeling and Analysis, 3rd ed. 2000, ch. 9), so a ratio's interval is Student's t over them (Cochran, Sampling
Techniques, 3rd ed. 1977, ch. 6; with equal denominators it is the interval of a mean). Batch means of one long run would
save warm-ups, but batches are only nearly independent, and one run can't be shared out to several cores; the warm-ups here
are short. Where the means of replications are skewed (times to success), such an interval contains the truth somewhat less
often than it says.

A share of which there are hardly any events (or hardly anything but events) gets the interval of Clopper and Pearson
(Biometrika 26, 1934), as Student's would have no width when all replications agree. It takes attempts to be independent
of each other; where they are rare, they are nearly so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

LEVEL = 0.95
FEW = 10
"""With fewer events, or fewer attempts without, a share's interval is that of Clopper and Pearson."""


class Estimate(NamedTuple):
    """A value with its confidence interval; NaN where there is not enough to say."""

    value: float
    low: float
    high: float

    def covers(self, theory: float) -> bool:
        """Whether the interval contains that value, but for rounding."""
        slack = 1e-9 * max(1.0, abs(theory))
        return self.low - slack <= theory <= self.high + slack


NOTHING = Estimate(math.nan, math.nan, math.nan)


def ratio(numerators: Sequence[float], denominators: Sequence[float], level: float = LEVEL) -> Estimate:
    """The sum of the numerators by that of the denominators, one pair a replication, with its interval at that level.

    NaN without anything to divide by; the limits are NaN for fewer than two replications.

    >>> ratio([1.0, 2.0, 3.0], [1.0, 1.0, 1.0]).value
    2.0
    """
    above, below = np.asarray(numerators, float), np.asarray(denominators, float)
    if len(above) != len(below):
        raise ValueError(f"{len(above)} numerators and {len(below)} denominators; one pair a replication is right")
    count, total = len(above), float(below.sum())
    if total == 0:
        return NOTHING
    value = float(above.sum()) / total
    if count < 2:
        return Estimate(value, math.nan, math.nan)
    rest = above - value * below
    error = math.sqrt(float((rest**2).sum()) / (count - 1) / count) / (total / count)
    reach = float(stats.t.ppf((1 + level) / 2, count - 1)) * error
    return Estimate(value, value - reach, value + reach)


def share(events: Sequence[float], attempts: Sequence[float], level: float = LEVEL) -> Estimate:
    """Like `ratio`, for a share of attempts, between 0 and 1."""
    estimate = ratio(events, attempts, level)
    happened, tried = float(np.sum(events)), float(np.sum(attempts))
    if tried and min(happened, tried - happened) < FEW:
        return Estimate(estimate.value, *exact(happened, tried, level))
    return estimate._replace(low=max(estimate.low, 0.0), high=min(estimate.high, 1.0))


def exact(events: float, attempts: float, level: float = LEVEL) -> tuple[float, float]:
    """The interval of Clopper and Pearson for a share of independent attempts."""
    tail = (1 - level) / 2
    low = float(stats.beta.ppf(tail, events, attempts - events + 1)) if events else 0.0
    high = float(stats.beta.ppf(1 - tail, events + 1, attempts - events)) if events < attempts else 1.0
    return low, high
