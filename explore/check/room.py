"""For what did the bounds of the scenarios leave no room? It is part of every verdict, as nobody looked at it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from explore.check.findings import Row
from explore.scenario import MAILBOX, MESSAGE, Scenario
from explore.search import Growth

CAN = {MESSAGE: "message can arrive", MAILBOX: "mailbox can be made"}
HAS = {MESSAGE: "message has arrived", MAILBOX: "mailbox has been made"}
"""The same where not everything was explored."""
MORE = {MESSAGE: "further messages", MAILBOX: "further mailboxes"}


class LeftOut(NamedTuple):
    """Steps that a scenario's own bound left out: of which verb, what they would have made more ("message", "mailbox"), and
    whether `every` such step was left out, or only some, for want of room for more."""

    what: str
    verb: str
    every: bool


def left_out(rows: Iterable[Row]) -> dict[str, tuple[LeftOut, ...]]:
    """What the bounds left out, by scenario, the manners of client taken together; scenarios without any are not there."""
    by_scenario: dict[str, dict[tuple[str, str], list[Growth]]] = {}
    for row in rows:
        for growth in row.growth:
            by_scenario.setdefault(row.scenario.name, {}).setdefault((growth.what, growth.verb), []).append(growth)
    left = {
        name: tuple(
            LeftOut(what, verb, not any(growth.done for growth in several))
            for (what, verb), several in sorted(kinds.items())
            if any(growth.stopped for growth in several)
        )
        for name, kinds in by_scenario.items()
    }
    return {name: kinds for name, kinds in left.items() if kinds}


def sentences(rows: Iterable[Row]) -> dict[str, list[str]]:
    """The same in words, each a sentence about a scenario, without its name."""
    known = tuple(rows)
    done = {(row.scenario.name, growth.what) for row in known for growth in row.growth if growth.done}
    cut = {row.scenario.name for row in known if not row.complete}
    return {
        name: [
            sentence
            for what, none in (HAS if name in cut else CAN).items()
            for sentence in _said([kind for kind in kinds if kind.what == what], what, none, (name, what) in done)
        ]
        for name, kinds in left_out(known).items()
    }


def _said(kinds: list[LeftOut], what: str, none: str, some_done: bool) -> list[str]:
    """What there is to say of the steps that would have made that more; `some_done`: others have."""
    never, partly = ([kind.verb for kind in kinds if kind.every is every] for every in (True, False))
    said = []
    if never:
        by = f" by {_listed(never, 'or')}" if some_done else f": every {_listed(never, 'and')} that would do it is left out"
        said.append(f"no {none} within this bound{by}")
    if partly:
        said.append(f"{MORE[what]} by {_listed(partly, 'and')} are left out")
    return said


def _listed(verbs: list[str], conjunction: str) -> str:
    *others, last = verbs
    return f"{', '.join(others)} {conjunction} {last}" if others else last


def limits(scenario: Scenario) -> str | None:
    """The scenario's own bound in words; None if it has none."""
    bounds = ((scenario.most_uids, "UIDs in a mailbox"), (scenario.most_mailboxes, "mailboxes"))
    said = [f"{most} {what}" for most, what in bounds if most is not None]
    return f"at most {' and '.join(said)}" if said else None
