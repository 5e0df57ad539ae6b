"""All scenarios, for all manners of client, under all profiles: searched, and reported."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping

from explore.check.executor import Progress, run
from explore.check.findings import Findings, Job, findings_of
from explore.check.report import Report
from explore.properties import PROPERTIES, Property
from explore.scenario import Scenario, builtin, followed
from explore.search import DEFAULT_MOST_STATES, KEEP_LENGTH, Search, count, count_bounded, liveness, search, uncollected
from explore.space import REDUCTIONS, Space, Universe
from explore.system import Execute
from model import server
from model.client import ALL_MANNERS, must_be_a_manner
from strategies import is_registered


def check(
    scenarios: Iterable[Scenario] | Scenario,
    universe: Universe | None = None,
    manners: tuple[str, ...] | None = None,
    properties: tuple[Property, ...] = PROPERTIES,
    execute: Execute = server.execute,
    most_states: int = DEFAULT_MOST_STATES,
    progress: Progress | None = None,
    most_seconds: float = math.inf,
    reductions: frozenset[str] = REDUCTIONS,
    most_depth: int | None = None,
    jobs: int | None = 1,
    finished: Callable[[int], None] | None = None,
    client_commands: int | None = None,
) -> Report:
    """Search every scenario (or that one) for every manner (None: for those that each scenario is meant for), and report.

    `most_states` cuts each search off, `most_seconds` and Ctrl-C all of them; the report then says what was found until
    then. `most_depth` is a bound instead: all runs of up to so many steps. `reductions` are those of `Space`, where they
    are sound. `jobs` is in how many processes; None: as many as there are cores, if it is worth it. What is found is the
    same. `progress` is told the scenario, the manner and the number of states, now and then, `finished` how many searches
    are finished. Clients of one's own are followed for `client_commands` (None: as many as they were made with). Raises
    `WorkerLost` if a process is ended from outside, and ValueError for what can't be used: OwnClientError, StrategyError.
    """
    limits = {"most_states": most_states, "most_depth": most_depth, "jobs": jobs, "most_seconds": most_seconds}
    _must_be_known(reductions, manners or (), limits)
    given = _given(scenarios, client_commands)
    pairs = [(scenario, manner) for scenario in given for manner in manners or scenario.manners]
    every = manners or tuple(manner for manner in ALL_MANNERS if manner in {kind for _, kind in pairs})
    report = Report(universe or Universe(), every, properties, most_depth=most_depth, reductions=reductions)
    report.asked = _words(report, given) if execute is server.execute else None
    started = time.monotonic()
    asked = _jobs(report, pairs, execute, most_states, started + most_seconds)
    ran = run(asked, _explore, jobs, progress, finished)
    for findings in ran.findings:
        report.add(findings)
    report.untried, report.processes = len(asked) - len(report.rows), ran.processes
    report.complete, report.interrupted = report.complete and not report.untried, ran.interrupted or report.interrupted
    report.elapsed = time.monotonic() - started
    return report


def _must_be_known(reductions: Iterable[str], manners: Iterable[str], limits: Mapping[str, float | None]) -> None:
    for what, number in limits.items():
        least, real = int(what in ("most_states", "jobs")), what == "most_seconds"
        if number is not None and (not isinstance(number, (int, float) if real else int) or not number >= least):
            raise ValueError(f"{what} must be a {'' if real else 'whole '}number of at least {least}, not {number!r}")
    unknown = sorted(set(reductions) - REDUCTIONS)
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no reduction; the choices are {', '.join(sorted(REDUCTIONS))}")
    for manner in manners:
        must_be_a_manner(manner)


def _jobs(
    report: Report, pairs: list[tuple[Scenario, str]], execute: Execute, most_states: int, deadline: float
) -> list[Job]:
    """The searches that such a report asks for, one for each scenario and manner."""
    return [
        Job(
            scenario, manner, report.universe, report.properties, execute,
            _asked_for(scenario, report.reductions, report.most_depth), most_states, report.most_depth, deadline,
        )
        for scenario, manner in pairs
    ]  # fmt: skip


def _words(report: Report, given: tuple[Scenario, ...]) -> str | None:
    """What a command needs to ask the same of our own server; None if none can: not everything has a name."""
    known = builtin()
    registered = all(is_registered(strategy) for choices in report.universe.choices.values() for strategy in choices)
    if not registered or not set(report.properties) <= set(PROPERTIES) or not set(given) <= set(known):
        return None
    names = [] if set(given) == set(known) else [scenario.name for scenario in given]
    depth = [] if report.most_depth is None else ["--depth", str(report.most_depth)]
    return "".join(f" {word}" for word in (*names, *depth))


def _given(scenarios: Iterable[Scenario] | Scenario, client_commands: int | None) -> tuple[Scenario, ...]:
    """Those scenarios, with clients of one's own followed for so many commands, if it is said."""
    given = (scenarios,) if isinstance(scenarios, Scenario) else tuple(scenarios)
    return given if client_commands is None else tuple(followed(scenario, client_commands) for scenario in given)


def _asked_for(scenario: Scenario, reductions: frozenset[str], most_depth: int | None) -> frozenset[str]:
    """Those of the reductions that are of use there: where somebody retries, loops are looked for, and these need to
    tell the clients apart (`explore.search.liveness`); a bound on depth needs to know how long each run is."""
    if scenario.retried:
        reductions -= {"symmetry"}
    return reductions if most_depth is None else reductions & KEEP_LENGTH


def _explore(job: Job, on_progress: Callable[[int], None]) -> Findings:
    """Do one search."""
    with uncollected():
        return _explored(job, on_progress)


def _explored(job: Job, on_progress: Callable[[int], None]) -> Findings:
    started = time.perf_counter()
    linked = "atomic-requests" not in job.reductions
    space = Space(job.scenario, job.manner, job.universe, job.properties, job.execute, job.reductions, linked)
    result = search(space, job.most_states, on_progress, job.deadline - time.monotonic(), job.most_depth)
    result, interleavings = _afterthoughts(result, job.most_states, job.deadline)
    if result.bounded:
        interleavings = _runs(result)
    try:
        return findings_of(result, time.perf_counter() - started, interleavings)
    except KeyboardInterrupt:
        result.interrupted = True
        return findings_of(result, time.perf_counter() - started, interleavings)


def _runs(result: Search) -> int | None:
    """The number of runs that a search with a bound on depth stands for."""
    try:
        return count_bounded(result)
    except KeyboardInterrupt:
        result.interrupted = True
        return None


def _afterthoughts(result: Search, most_states: int, deadline: float) -> tuple[Search, int | None]:
    """What needs the whole state graph: what can go wrong for ever, and the number of interleavings. The search is
    another one where that needs it."""
    try:
        result = liveness(result, most_states, deadline - time.monotonic())
        if result.complete and not (result.space.linked and "partial-order" in result.space.reductions):
            return result, count(result)
    except KeyboardInterrupt:
        result.complete, result.interrupted = False, True
    return result, None
