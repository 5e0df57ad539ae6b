"""The guard for as long as you like: `.venv/bin/python benchmarks/against_plain.py [SECONDS [SEED]]`.

Compares the fast search with the plain system on random scenarios, servers, strategies, properties and reductions
(`tests/guard.py`), says how much it compared, and shows every difference. Exit code 1 if there is one. Every ten seconds it
says how far it is; Ctrl-C ends it with what it has compared until then. The last line is `figure F`: how many differences.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from guard import Tally, run

A_WORD = 10.0
"""Seconds between two lines of progress."""


def main(seconds: float, seed: int) -> int:
    """Compare for so long; the exit code."""
    total, until, part = Tally(), time.monotonic() + seconds, 0
    try:
        while time.monotonic() < until:
            total += run(seed * 1000 + part, min(A_WORD, until - time.monotonic()), most_differences=10)
            part += 1
            print(total, file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        pass
    print("\n\n".join((*total.differences, str(total))))
    print(f"figure {len(total.differences)}")
    return bool(total.differences)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description="Compare the fast search with the plain system on random scenarios.")
    asked.add_argument("seconds", type=float, nargs="?", default=60.0, help="how long (default: 60)")
    asked.add_argument("seed", type=int, nargs="?", default=1, help="what the scenarios are drawn from (default: 1)")
    given = asked.parse_args()
    if not 0 < given.seconds < math.inf:
        asked.error("SECONDS must be a number above 0")
    sys.exit(main(given.seconds, given.seed))
