"""How much does it save to explore all server profiles at once, instead of one by one?

    .venv/bin/python benchmarks/one_by_one.py

The model: 2 clients, 3 messages, every program of 3 commands; all 13,824 profiles. One by one is timed on a random
sample of profiles (seeded, as many for each strategy of `tell`) and extrapolated. Both sides run
the same search without properties; the time with all properties is printed beside it. `ratio R` is one by one / at once.
"""

from __future__ import annotations

import random
import statistics

from common import ALL_PROPERTIES, every_program, measure, no_arguments, say
from explore.space.profile_set import Universe

CLIENTS, MESSAGES, COMMANDS = 2, 3, 3
SAMPLE, SEED = 21, 2180


def sample(universe: Universe, size: int = SAMPLE, seed: int = SEED) -> list[int]:
    """The numbers of that many profiles, as many of them for each strategy of `tell` (the only one that makes a server
    nondeterministic, and a search several times longer)."""
    chance = random.Random(seed)
    tellers = universe.choices["tell"]
    chosen: list[int] = []
    for place, strategy in enumerate(tellers):
        share = size // len(tellers) + (place < size % len(tellers))
        mask = universe.mask(strategy)
        chosen += chance.sample([number for number in range(universe.size) if mask >> number & 1], share)
    return chosen


def main() -> None:
    """Time both sides, and print the ratio last."""
    universe, what = Universe(), every_program(CLIENTS, MESSAGES, COMMANDS)
    numbers = sample(universe)
    say(f"{CLIENTS} clients, {MESSAGES} messages, every program of {COMMANDS} commands, {universe.size:,} profiles")
    say(f"at once, before the sample:  {(before := measure(what, universe))}")
    alone = [measure(what, Universe.of(universe.profile(number))) for number in numbers]
    for number, took in zip(numbers, alone, strict=True):
        say(f"  alone: {took}  {universe.profile(number)}")
    say(f"at once, after it:           {(after := measure(what, universe))}")
    say(f"at once, all properties:     {measure(what, universe, ALL_PROPERTIES)}")
    mean = statistics.mean(took.cpu for took in alone)
    error = statistics.stdev(took.cpu for took in alone) / len(alone) ** 0.5
    total, together = mean * universe.size, statistics.mean((before.cpu, after.cpu))
    rate = sum(took.states for took in alone) / sum(took.cpu for took in alone)
    say(f"one by one: {mean:.2f} ± {error:.2f} s a profile, {rate:,.0f} states/s, {total:,.0f} s for all")
    say(f"at once: {together:.1f} s, {before.states / together:,.0f} states/s")
    say(f"ratio {total / together:.3g}")


if __name__ == "__main__":
    no_arguments(__doc__)
    main()
