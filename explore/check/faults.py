"""Can every obligation fail? Small wrong servers, each with a bug that real servers had, and the obligation it breaks."""

from __future__ import annotations

from explore.check import faults_of_effects, faults_of_numbering
from explore.check.checking import check
from explore.check.fault import Fault
from explore.check.report import Report
from explore.properties import OBLIGATION, PROPERTIES
from explore.scenario import Scenario, builtin, parse
from explore.space import Universe
from strategies import Profile

__all__ = ["FAULTS", "Fault", "hunt", "hunting_grounds"]

FAULTS: tuple[Fault, ...] = (*faults_of_numbering.FAULTS.faults, *faults_of_effects.FAULTS.faults)


EVERY_MESSAGE = parse(
    "every message command, no arrivals",
    """Mailbox: FOO 1 messages
Selected: FOO by C1 C2
Bound: 0 more uids

C1: forever
C1: any message command
C2: forever
C2: any message command
""",
)


def hunting_grounds() -> tuple[Scenario, ...]:
    """Scenarios in which every fault is caught: the built-in ones, but in place of those with every command (`6-`) a smaller
    one without arrivals, as fewer reductions are sound for a server that mailrace does not know."""
    return (*(scenario for scenario in builtin() if not scenario.name.startswith("6-")), EVERY_MESSAGE)


def hunt(fault: Fault, scenarios: tuple[Scenario, ...]) -> Report:
    """What the obligations say of that faulty server, with clients of that manner, in those scenarios."""
    universe = Universe.of(Profile.parse(fault.profile))
    obligations = tuple(prop for prop in PROPERTIES if prop.kind == OBLIGATION)
    return check(scenarios, universe, (fault.manner,), obligations, fault.execute)
