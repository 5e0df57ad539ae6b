"""The properties of loops, each looked for by itself in a finished search, whatever that search was asked for."""

from __future__ import annotations

from explore.properties.catalogue import PROPERTIES
from explore.properties.loop import LoopCheck
from explore.search.breadth_first import Search
from explore.search.liveness_search import go_round, may_break

STARVATION, TOLD, RETRY_ENDS = "H-STARVATION", "O-TOLD", "O-RETRY-ENDS"
LOOPS: dict[str, LoopCheck] = {prop.id: check for prop in PROPERTIES for check in prop.loops}
BY_ID = {prop.id: prop for prop in PROPERTIES}


def look_for(found: Search, *names: str) -> None:
    """Add to that search whether some loop breaks the properties of those names (none: any of them)."""
    for name in names or LOOPS:
        go_round(found, name, LOOPS[name])


def suspected(found: Search) -> frozenset[str]:
    """The properties that may break by a loop there."""
    return frozenset(name for name, check in LOOPS.items() if may_break(found, BY_ID[name], check))
