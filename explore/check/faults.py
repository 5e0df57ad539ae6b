"""Can every obligation fail? Small wrong servers, each with a bug that real servers had, and the obligation it breaks."""

from __future__ import annotations

from explore.check import faults_of_effects, faults_of_numbering
from explore.check.checking import check
from explore.check.fault import Fault
from explore.check.report import Report
from explore.properties import PROPERTIES
from explore.scenario import Scenario
from explore.space import Universe
from strategies import Profile

__all__ = ["FAULTS", "Fault", "hunt"]

FAULTS: tuple[Fault, ...] = (*faults_of_numbering.FAULTS.faults, *faults_of_effects.FAULTS.faults)


def hunt(fault: Fault, scenarios: tuple[Scenario, ...]) -> Report:
    """What the obligations say of that faulty server, with clients of that manner, in those scenarios."""
    universe = Universe.of(Profile.parse(fault.profile))
    obligations = tuple(prop for prop in PROPERTIES if prop.kind == "obligation")
    return check(scenarios, universe, (fault.manner,), obligations, fault.execute)
