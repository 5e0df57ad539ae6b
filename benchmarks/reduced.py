"""What does each reduction save?

    .venv/bin/python benchmarks/reduced.py

The same search without any, with each alone, with all but each, and with all: states, steps, CPU seconds and memory. For
clients that wait: 2 clients, 3 messages, every program of 2 commands; for clients that need not wait, the built-in
scenario 5-pipelining. All 13,824 profiles, all properties, and for clients that wait also those alone that no belief matters
to. `ratio R` is the states without reductions by those with all, for clients that wait, all properties.
"""

from __future__ import annotations

from common import ALL_PROPERTIES, Took, every_program, measure, no_arguments, say
from explore.properties.property import Property, Scope
from explore.scenario.definition import Scenario
from explore.scenario.notation import builtin
from explore.space.profile_set import Universe
from explore.space.state_space import REDUCTIONS
from model.client.belief import NAIVE, RECKLESS

ON_LINES = frozenset({"partial-order", "atomic-requests"})
TRUTHS = tuple(prop for prop in ALL_PROPERTIES if Scope.STEP in prop.scopes and not prop.of_beliefs)
UNIVERSE = Universe()


def compare(what: Scenario, manner: str, names: frozenset[str], properties: tuple[Property, ...]) -> tuple[Took, Took]:
    """Print a line for every choice of those reductions; return the costs without any and with all."""

    def cost(label: str, reductions: frozenset[str]) -> Took:
        took = measure(what, UNIVERSE, properties, reductions, manner)
        say(f"  {label:18} {took}")
        return took

    none = cost("none", frozenset())
    for name in sorted(names):
        cost(f"{name} alone", frozenset({name}))
        cost(f"all but {name}", names - {name})
    return none, cost("all", names)


def main() -> None:
    """Print the tables, and the ratio last."""
    waiting = REDUCTIONS - ON_LINES
    what = every_program(2, 3, 2)
    say(f"{what.name}, every program of 2 commands, naive clients, all properties")
    none, every = compare(what, NAIVE, waiting, ALL_PROPERTIES)
    say("the same, but for the properties that look at beliefs")
    compare(what, NAIVE, waiting, TRUTHS)
    pipelined = next(scenario for scenario in builtin() if scenario.name == "5-pipelining")
    say(f"{pipelined.name}, reckless clients, all properties")
    compare(pipelined, RECKLESS, waiting | ON_LINES, ALL_PROPERTIES)
    say(f"ratio {none.states / every.states:.3g}")


if __name__ == "__main__":
    no_arguments(__doc__)
    main()
