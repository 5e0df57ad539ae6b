"""What does it cost to check all properties on the way?

    .venv/bin/python benchmarks/properties_cost.py

The model: 2 clients, 3 messages, every program of 3 commands, all 13,824 profiles. The search is timed without
properties, with all of them, and without again, so that a slow drift of the machine cancels out. `ratio R` is
(with - without) / without.
"""

from __future__ import annotations

import statistics

from common import ALL_PROPERTIES, NO_PROPERTIES, Took, every_program, measure, no_arguments, say
from explore.space.profile_set import Universe

CLIENTS, MESSAGES, COMMANDS = 2, 3, 3
TURNS = 3


def main() -> None:
    """Time both sides, and print the ratio last."""
    universe, what = Universe(), every_program(CLIENTS, MESSAGES, COMMANDS)
    say(f"{CLIENTS} clients, {MESSAGES} messages, every program of {COMMANDS} commands, {universe.size:,} profiles")
    without: list[Took] = []
    checked: list[Took] = []
    for turn in range(TURNS):
        side, properties = (checked, ALL_PROPERTIES) if turn % 2 else (without, NO_PROPERTIES)
        side.append(measure(what, universe, properties))
        say(f"{len(properties):2} properties: {side[-1]}")
    base, full = (statistics.mean(took.cpu for took in side) for side in (without, checked))
    say(f"ratio {(full - base) / base:.3g}")


if __name__ == "__main__":
    no_arguments(__doc__)
    main()
