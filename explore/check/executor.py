"""Who does the searches: this process, one after the other, or several at once? What they find is the same."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from explore.check import processes as pool
from explore.check.findings import Explore, Findings, Job
from explore.scenario import Scenario

WORTH = 5000
"""How big (`Job.size`) searches must be, taken together, to be worth more processes: some seconds' work."""
ONE_PROFILE = 0.2
"""How big a search under one profile is, against one under all."""
Progress = Callable[[Scenario, str, int], None]
"""Told the scenario, the manner and the number of states, now and then."""


class Execution(NamedTuple):
    """The findings of the searches that were begun, in their order; whether Ctrl-C ended it; in how many processes."""

    findings: tuple[Findings, ...]
    interrupted: bool
    processes: int


def run(
    jobs: list[Job],
    explore: Explore,
    processes: int | None = 1,
    progress: Progress | None = None,
    finished: pool.OnFinished | None = None,
) -> Execution:
    """Do those searches in at most so many processes; None: as many as there are cores, if it is worth it.

    `finished` is told how many are finished. What can't be sent to another process is done in this one. Raises
    `WorkerLost` if a process is ended from outside.
    """
    wanted = processes if processes is not None else pool.cores() if _worth_it(jobs) else 1
    wanted = min(wanted, len(jobs))

    def on_progress(number: int, states: int) -> None:
        if progress is not None:
            progress(jobs[number].scenario, jobs[number].manner, states)

    def counted(done: int) -> None:
        if finished is not None:
            finished(done)

    if wanted > 1:
        try:
            findings, interrupted = pool.spread(jobs, explore, wanted, on_progress, counted)
            return Execution(tuple(findings.values()), interrupted, wanted)
        except pool.NotPicklable:
            pass
    return _here(jobs, explore, on_progress, counted)


def _worth_it(jobs: list[Job]) -> bool:
    return len(jobs) > 1 and sum(job.size * (1 if job.universe.size > 1 else ONE_PROFILE) for job in jobs) >= WORTH


def _here(jobs: list[Job], explore: Explore, on_progress: pool.OnProgress, finished: pool.OnFinished) -> Execution:
    """Do them in this process, in their order."""
    all_findings: list[Findings] = []
    try:
        for number, job in enumerate(jobs):
            if all_findings and time.monotonic() > job.deadline:
                break
            all_findings.append(explore(job, lambda states, number=number: on_progress(number, states)))  # type: ignore[misc]
            finished(len(all_findings))
            if all_findings[-1].interrupted:
                break
    except KeyboardInterrupt:
        return Execution(tuple(all_findings), True, 1)
    return Execution(tuple(all_findings), any(findings.interrupted for findings in all_findings), 1)
