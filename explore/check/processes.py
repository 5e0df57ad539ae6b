"""How do several processes search at once, and stop together? (joblib's loky)

A process that searches can't be asked anything. So all share a little memory, the control block
(`explore.check.control_block`): there each search says how many states it has, and is told to stop. Ctrl-C is for the parent
alone (`explore.check.interrupts`): the others are told in the control block; what they have found until then comes back like
any other findings.
"""

from __future__ import annotations

import importlib
import os
import signal
import warnings
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from pathlib import Path
from pickle import PicklingError
from tempfile import TemporaryDirectory

from explore.check.control_block import KILL, PAUSE, STOP, ControlBlock
from explore.check.findings import Explore, Findings, Job
from explore.check.interrupts import deferred_interrupts, ignore_interrupts, interrupts_blocked
from explore.check.worker import Order, perform
from strategies import Profile

OnProgress = Callable[[int, int], None]
"""Told the number of a search and of its states, now and then."""
OnFinished = Callable[[int], None]
"""Told how many searches are finished."""


class WorkerLost(RuntimeError):
    """A process that searched is gone, and nobody knows why: probably it took too much memory."""


class NotPicklable(RuntimeError):
    """What is to be searched can't be sent to another process."""


def spread(
    jobs: list[Job], explore: Explore, processes: int, on_progress: OnProgress, finished: OnFinished
) -> tuple[dict[int, Findings], bool]:
    """Do those searches in so many processes, the longest first.

    Gives back the findings by the number of the search, of those that were begun, and whether Ctrl-C ended it.
    `on_progress` and `finished` may raise KeyboardInterrupt, too. Raises WorkerLost, NotPicklable, and what `explore`
    raises in the first search that fails.
    """
    _can_be_sent(jobs)
    numbers = sorted(range(len(jobs)), key=lambda number: (-jobs[number].size, number))
    with (
        TemporaryDirectory(prefix="mailrace-") as folder,
        ControlBlock.new(Path(folder) / "control", len(jobs)) as control,
        warnings.catch_warnings(),
        deferred_interrupts() as pressed,
        _executor(processes) as executor,
    ):
        warnings.filterwarnings("ignore", "A worker stopped")  # it had grown big, and another takes its place
        with interrupts_blocked():
            futures = {
                executor.submit(perform, Order(number, jobs[number], explore, Path(folder) / "control", os.getpid())): number
                for number in numbers
            }
        return _Collector(jobs, futures, control, pressed).collect(on_progress, finished)


def _executor(processes: int) -> Executor:
    # by name: joblib is heavy, not typed, and needed only where several processes search
    loky = importlib.import_module("joblib.externals.loky")
    try:
        executor: Executor = loky.ProcessPoolExecutor(processes, initializer=ignore_interrupts)
    except (OSError, NotImplementedError) as error:  # a system without semaphores
        raise NotPicklable(str(error)) from error
    return executor


def cores() -> int:
    """How many cores this process may use."""
    # by name: as in `_executor`
    return int(importlib.import_module("joblib").cpu_count())


class _Collector:
    """The findings as they come in."""

    def __init__(
        self, jobs: list[Job], futures: dict[Future[Findings | None], int], control: ControlBlock, pressed: list[int]
    ) -> None:
        self.jobs, self.futures, self.control, self.pressed = jobs, futures, control, pressed
        self.findings: dict[int, Findings] = {}
        self.failed: dict[int, BaseException] = {}
        self.heeded = 0

    def collect(self, on_progress: OnProgress, finished: OnFinished) -> tuple[dict[int, Findings], bool]:
        """Wait for all of them. Ctrl-C stops all searches; once more, and the processes end at once.

        A future that was cancelled is waited for no more: if its process is gone, nobody marks it as done.
        """
        pending = set(self.futures)
        while pending:
            done, pending = wait(pending, PAUSE, FIRST_COMPLETED)
            try:
                for future in done:
                    self._take(future, on_progress, finished)
                running = (n for n in self.futures.values() if n not in self.findings and self.control.states(n))
                for number in running:
                    on_progress(number, self.control.states(number))
                    break
            except KeyboardInterrupt:
                self.pressed.append(signal.SIGINT)
            if len(self.pressed) > self.heeded:
                self.heeded = len(self.pressed)
                self._end(-1, STOP if self.heeded == 1 else KILL)
            pending = {future for future in pending if not future.cancelled()}
        if self.failed and not self.pressed:
            raise self.failed[min(self.failed)]
        return dict(sorted(self.findings.items())), bool(self.pressed)

    def _take(self, future: Future[Findings | None], on_progress: OnProgress, finished: OnFinished) -> None:
        number = self.futures[future]
        if future.cancelled():
            return
        error = future.exception()
        if error is not None:
            self.failed[number] = _plain(error)
            self._end(number, STOP)
            return
        findings = future.result()
        if findings is not None:
            self.findings[number] = _received(findings, self.jobs[number])
            on_progress(number, findings.row.states)
            finished(len(self.findings))

    def _end(self, after: int, command: int) -> None:
        """End all searches that come after that one."""
        for future, number in self.futures.items():
            if number > after and not future.done():
                future.cancel()
                self.control.give(number, command)


def _can_be_sent(jobs: list[Job]) -> None:
    # by name: as in `_executor`
    reduction = importlib.import_module("joblib.externals.loky.backend.reduction")
    try:
        reduction.dumps(jobs)
    except (PicklingError, TypeError, AttributeError, ValueError, RuntimeError, OSError) as error:
        raise NotPicklable(str(error)) from error


def _plain(error: BaseException) -> BaseException:
    """What went wrong: a process is gone, could not read what it was sent, or it is the search's own error."""
    kinds = [kind.__name__ for kind in type(error).__mro__]
    if "TerminatedWorkerError" in kinds:
        return WorkerLost("a process that searched was ended from outside, probably for want of memory")
    return NotPicklable(str(error)) if "BrokenProcessPool" in kinds else error


def _received(findings: Findings, job: Job) -> Findings:
    """Those findings, in terms of this process's scenario, strategies and properties."""
    stories = {}
    for name, story in findings.counterexamples.items():
        keys = story.profile.choices
        chosen = {
            decision: next(strategy for strategy in choices if strategy.key == keys[decision])
            for decision, choices in job.universe.choices.items()
        }
        profile = Profile(**chosen)  # type: ignore[arg-type]
        schedule = story.schedule._replace(scenario=job.scenario, profile=profile)
        run = story.run._replace(schedule=schedule, system=story.run.system._replace(scenario=job.scenario))
        about = next(prop for prop in job.properties if prop.id == name)
        stories[name] = story._replace(profile=profile, run=run, about=about)
    return findings._replace(row=findings.row._replace(scenario=job.scenario), counterexamples=stories)
