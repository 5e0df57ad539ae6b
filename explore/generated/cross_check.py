"""Do runs drawn by Hypothesis (`explore.generated.runs`) find of each property what the exhaustive search found?

A property that holds: no drawn run breaks it, whatever the clients and the external agent do under any profile. One that
breaks: drawn runs of the scenario in which the search found it break it too, for the same profile and manner of client;
and where the search says that a profile or manner does not break it, no drawn run of the searched scenarios does, and none
of drawn programs (of clients that need not wait for answers, only runs of the scenarios that were searched for them: of
what they would do elsewhere the search says nothing). Drawn programs are not those of the scenarios, so that a
disagreement can also mean that the scenarios leave something out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random
from typing import Any, NamedTuple

import hypothesis
from hypothesis import HealthCheck, Phase, strategies as st
from hypothesis.errors import NoSuchExample

from explore.check import Report
from explore.generated.runs import DrawnRun, interleavings
from explore.properties import Property, Scope
from explore.runs import Counterexample
from explore.scenario import Scenario
from explore.space import Universe
from model.client import DISCIPLINES, MANNERS
from strategies import Profile

RUNS, SEED = 100, 0
AGREES = "drawn runs agree"
ENDLESS = "no drawn run can tell, as only one without end breaks it"
CUT = "not compared, as the search was cut"
UNTESTED = "not compared, as it never came up"
OWN = "not compared, as drawn programs are not those of a client of one's own"


class Agreement(NamedTuple):
    """Whether drawn runs agree (None: they can't tell), in words; if they don't, the run that shows it, if one does."""

    agrees: bool | None
    words: str
    run: DrawnRun | None = None


def compare(
    report: Report, properties: Iterable[Property], runs: int = RUNS, progress: Callable[[str], None] | None = None
) -> dict[str, Agreement]:
    """What drawn runs say of each of those properties of the report, by id, from at most so many runs for each question.

    `progress` is told the id of the property that is next.
    """
    if any(row.scenario.own for row in report.rows):
        return {prop.id: Agreement(None, OWN) for prop in properties}
    agreements: dict[str, Agreement] = {}
    verdicts = {prop.id: report.verdict(prop) for prop in properties}
    holding = tuple(verdict.property for verdict in verdicts.values() if verdict.holds)
    if holding and progress is not None:
        progress(holding[0].id)
    agreements.update(_unbroken(holding, report.manners, runs))
    for name, verdict in verdicts.items():
        if name in agreements:
            continue
        if progress is not None:
            progress(name)
        if not verdict.came_up:
            agreements[name] = Agreement(None, UNTESTED)
        elif verdict.counterexample is None or not report.complete:
            agreements[name] = Agreement(None, CUT)
        elif not _drawable(verdict.property):
            agreements[name] = Agreement(None, ENDLESS)
        else:
            agreements[name] = _broken(report, verdict.property, verdict.counterexample, runs)
    return {name: agreements[name] for name in verdicts}


def _drawable(prop: Property) -> bool:
    """Whether a drawn run, which has an end, can break it."""
    return bool(prop.scopes - {Scope.LOOP})


def _unbroken(properties: tuple[Property, ...], manners: tuple[str, ...], runs: int) -> dict[str, Agreement]:
    """No drawn run breaks any of those; one that does is found for each that is broken."""
    agreements = {prop.id: Agreement(True, AGREES) if _drawable(prop) else Agreement(None, ENDLESS) for prop in properties}
    left = tuple(prop for prop in properties if _drawable(prop))
    while left:
        run = _search(runs, properties=left, agent=True, manners=manners)
        if run is None:
            break
        for name in run.violations:
            agreements[name] = Agreement(False, f"a drawn run breaks it under {run.profile}", run)
        left = tuple(prop for prop in left if prop.id not in run.violations)
    return agreements


def _broken(report: Report, prop: Property, shortest: Counterexample, runs: int) -> Agreement:
    """Drawn runs break it where the search found that it breaks, and not where it says that it doesn't."""
    here = shortest.schedule.scenario
    only: dict[str, Any] = {"properties": (prop,), "profiles": Universe.of(shortest.profile), "manners": (shortest.manner,)}
    if _search(runs, (here,), **only) is None:
        return Agreement(False, f"no drawn run of {shortest.scenario} breaks it under {shortest.profile}")
    waiting = tuple(manner for manner in report.manners if manner in MANNERS)
    for alike in (waiting, *((manner,) for manner in report.manners if manner in DISCIPLINES)):
        searched = tuple(dict.fromkeys(row.scenario for row in report.rows if row.manner in alike))
        first = (here,) if here in searched else ()
        drawn: tuple[Scenario | None, ...] = (None,) if alike == waiting else ()
        for profile, manners in _spared(report, alike, prop, shortest.profile).items():
            only = {"properties": (prop,), "profiles": Universe.of(profile), "manners": manners}
            questions = [scenarios for scenarios in (first, searched, drawn) if scenarios]
            run = next((run for run in (_search(runs, asked, **only) for asked in questions) if run is not None), None)
            if run is not None:
                return Agreement(False, f"a drawn run breaks it under {profile} too, with {run.manner} clients", run)
    return Agreement(True, AGREES)


def _spared(report: Report, manners: tuple[str, ...], prop: Property, profile: Profile) -> dict[Profile, tuple[str, ...]]:
    """A profile under which it does not break, for each of the manners for which there is one: that one, or the
    simplest."""
    spared: dict[Profile, tuple[str, ...]] = {}
    for manner in manners:
        rest = report.universe.all & ~report.failing[prop.id].get(manner, 0)
        if rest:
            same = rest >> report.universe.index(profile) & 1
            chosen = profile if same else report.universe.simplest(rest)
            spared[chosen] = (*spared.get(chosen, ()), manner)
    return spared


def _search(runs: int, scenarios: tuple[Scenario | None, ...] = (None,), **plan: Any) -> DrawnRun | None:
    """A run of one of those scenarios (None: of drawn programs) that breaks something, if one of so many does. The same
    every time."""
    effort = hypothesis.settings(
        max_examples=runs, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    drawn = st.sampled_from(scenarios).flatmap(lambda scenario: interleavings(scenario, until_broken=True, **plan))
    try:
        return hypothesis.find(drawn, lambda run: bool(run.violations), settings=effort, random=Random(SEED))
    except NoSuchExample:
        return None
