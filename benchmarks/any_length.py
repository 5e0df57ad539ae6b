"""How far does a search get that covers all programs of any length?

    .venv/bin/python benchmarks/any_length.py

Each client gives any commands of an alphabet for ever, under all 13,824 profiles, with all reductions: so a verdict
covers every program of any length over it. Checked is everything that does not depend on what a client makes of the
answers (all obligations but one, and most hazards), or, where it says so, everything, for naive clients.

A bound is the number of clients, of messages in FOO at the start, and of arrivals for which there is room in each mailbox,
and of mailboxes that can be made; what it has no room for is left out. With no room no
APPEND or CREATE can succeed, and no COPY of a message. A search that takes longer than `MOST_SECONDS` (of waiting) is cut,
and says so; a larger bound is not begun then. `figure F` is the number of bounds that were searched to the end within a
minute of CPU time.

`any_length.py KIND CLIENTS MESSAGES MORE [--all]` is one search of it: of KIND "message", "mailbox" or "any", and with
`--all` for naive clients and everything.
"""

from __future__ import annotations

import argparse


from common import ALL_PROPERTIES, Took, any_length, measure, say
from explore.properties.property import Scope
from explore.space.profile_set import Universe
from explore.space.state_space import REDUCTIONS

MOST_SECONDS = 600
MINUTE = 60
TRUTHS = tuple(prop for prop in ALL_PROPERTIES if Scope.STEP in prop.scopes and not prop.of_beliefs)
KINDS = {"message": "message", "mailbox": "mailbox", "any": ""}
BOUNDS = ((2, 1, 1), (3, 1, 1), (2, 2, 1), (3, 2, 0), (2, 3, 0), (3, 2, 1), (2, 3, 1))
"""From small to large."""


def one(kind: str, bound: tuple[int, int, int], everything: bool) -> Took:
    """One search; prints what it took."""
    clients, messages, more = bound
    what, properties = any_length(clients, messages, KINDS[kind], more), ALL_PROPERTIES if everything else TRUTHS
    took = measure(what, Universe(), properties, REDUCTIONS, most_seconds=MOST_SECONDS)
    who = "naive clients, everything" if everything else "whatever clients believe"
    say(f"{clients} x {messages} and {more} more, {kind} commands, {len(properties)} properties ({who}): {took}")
    return took


def _given() -> argparse.Namespace:
    """What was asked for: nothing, or one search."""
    asked = argparse.ArgumentParser(description="What any length takes; or one search of it.")
    asked.add_argument("kind", nargs="?", choices=sorted(KINDS))
    asked.add_argument("numbers", nargs="*", type=int, metavar="CLIENTS MESSAGES MORE")
    asked.add_argument("--all", action="store_true", help="every property, not only those on the truth")
    given = asked.parse_args()
    if given.kind is not None and (len(given.numbers) != 3 or min(given.numbers) < 0 or given.numbers[0] < 1):
        asked.error("give KIND CLIENTS MESSAGES MORE, e.g. message 2 2 1")
    return given


def main() -> None:
    """Print the table, and how many bounds took less than a minute last."""
    given = _given()
    if given.kind is not None:
        one(given.kind, tuple(given.numbers), given.all)
        return
    quick = 0
    say(f"programs of any length, {Universe().size:,} profiles")
    for kind in KINDS:
        for everything in (False, True):
            for bound in BOUNDS:
                took = one(kind, bound, everything)
                quick += took.complete and took.cpu <= MINUTE
                if not took.complete:
                    break
    say(f"figure {quick}")


if __name__ == "__main__":
    main()
