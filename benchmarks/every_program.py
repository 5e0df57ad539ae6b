"""How long does it take to check everything on one middling bound?

    .venv/bin/python benchmarks/every_program.py

2 clients, 3 messages, every program of 3 commands, for naive and for aware clients, all 13,824 profiles, all properties:
one search each, side by side on two processes, as `mailrace check` does it. `figure F` is the wall seconds for both.
"""

from __future__ import annotations

import time

from common import every_program, no_arguments, say
from explore.check.checking import check
from explore.space.profile_set import Universe
from model.client.belief import AWARE, NAIVE

NO_LIMIT = 1 << 60


def main() -> None:
    """Run the check, and print the wall seconds last."""
    started = time.perf_counter()
    report = check((every_program(2, 3, 3),), Universe(), (NAIVE, AWARE), most_states=NO_LIMIT, jobs=2)
    seconds = time.perf_counter() - started
    for row in report.rows:
        say(f"{row.manner}: {row.states:,} states, {row.transitions:,} steps, depth {row.depth}, {row.seconds:.1f} s")
    say(f"{sum(verdict.holds is not False for verdict in report.verdicts())} of {len(report.properties)} properties hold")
    say(f"figure {seconds:.1f}")


if __name__ == "__main__":
    no_arguments(__doc__)
    main()
