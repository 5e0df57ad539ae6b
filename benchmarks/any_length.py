"""How far does a search get that covers all programs of any length?

    .venv/bin/python benchmarks/any_length.py

Each client gives any commands of an alphabet for ever, under all 13,824 profiles, with all reductions: so a verdict
covers every program of any length over it. Checked is everything that does not depend on what a client makes of the
answers (all obligations but one, and most hazards), or, where it says so, everything, for naive clients. A search that
takes longer than `MOST_SECONDS` is cut, and says so. `figure F` is the number of bounds that were searched to the end
within a minute of CPU time.
"""

from __future__ import annotations

from common import ALL_PROPERTIES, any_length, measure, say
from explore.space.profile_set import Universe
from explore.space.state_space import REDUCTIONS

MOST_SECONDS = 600
MINUTE = 60
TRUTHS = tuple(prop for prop in ALL_PROPERTIES if prop.check is not None and not prop.of_client)
BOUNDS = ((2, 2), (2, 3), (3, 2), (3, 3))


def main() -> None:
    """Print the table, and how many bounds took less than a minute last."""
    universe, quick = Universe(), 0
    say(f"programs of any length, {universe.size:,} profiles")
    for kind in ("message", "mailbox", ""):
        for properties, who in ((TRUTHS, "whatever clients believe"), (ALL_PROPERTIES, "naive clients, everything")):
            for clients, messages in BOUNDS:
                what = any_length(clients, messages, kind)
                took = measure(what, universe, properties, REDUCTIONS, most_seconds=MOST_SECONDS)
                quick += took.complete and took.cpu <= MINUTE
                say(f"{clients} x {messages}, {kind or 'all'} commands, {len(properties)} properties ({who}): {took}")
    say(f"figure {quick}")


if __name__ == "__main__":
    main()
