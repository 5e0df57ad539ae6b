"""The guard for as long as you like: `benchmarks/against_plain.py [SECONDS [SEED]]`.

Compares the fast search with the plain system on random scenarios, servers, strategies, properties and reductions
(`tests/guard.py`), says how much it compared, and shows every difference. Exit code 1 if there is one. Every ten seconds it
says how far it is; Ctrl-C ends it with what it has compared until then.
"""

from __future__ import annotations

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
    return bool(total.differences)


if __name__ == "__main__":
    given = [*sys.argv[1:], *("60", "1")[len(sys.argv) - 1 :]]
    sys.exit(main(float(given[0]), int(given[1])))
