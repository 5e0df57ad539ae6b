"""How do several processes search at once, and stop together? (joblib's loky)

A process that searches can't be asked anything. So all share a little memory, the board: on it each search says how many
states it has, and is told to stop. Ctrl-C is for the parent alone: the others start, and stay, deaf to it, and are told on
the board; what they have found until then comes back like any other findings. A process whose parent is gone ends itself.

What is sent are copies. A strategy is a choice by being itself, so that a process puts its own in the place of copies.
"""

from __future__ import annotations

import _thread
import importlib
import mmap
import os
import signal
import struct
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import contextmanager
from pathlib import Path
from pickle import PicklingError
from tempfile import TemporaryDirectory
from types import FrameType, TracebackType
from typing import Any, NamedTuple

from explore.check.findings import Explore, Findings, Job
from explore.space import Universe
from strategies import DECISIONS, Profile, Strategy

RUN, STOP, KILL = 0, 1, 2
PAUSE = 0.1
"""Seconds between two looks at the board."""
NUMBER = struct.Struct("=q")
OnProgress = Callable[[int, int], None]
"""Told the number of a search and of its states, now and then."""
OnFinished = Callable[[int], None]
"""Told how many searches are finished."""


class WorkerLost(RuntimeError):
    """A process that searched is gone, and nobody knows why: probably it took too much memory."""


class NotPicklable(RuntimeError):
    """What is to be searched can't be sent to another process."""


class ControlBlock:
    """A file that is memory of several processes: for each search, what it is told, and how many states it has."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)

    @classmethod
    def new(cls, path: Path, searches: int) -> ControlBlock:
        """A new board for so many searches."""
        path.write_bytes(bytes(2 * NUMBER.size * searches))
        return cls(path)

    def __enter__(self) -> ControlBlock:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._memory.close()

    def order(self, search: int, what: int) -> None:
        """Tell that search to RUN, STOP or KILL."""
        NUMBER.pack_into(self._memory, 2 * search * NUMBER.size, what)

    def ordered(self, search: int) -> int:
        """What that search is told."""
        return int(NUMBER.unpack_from(self._memory, 2 * search * NUMBER.size)[0])

    def say(self, search: int, states: int) -> None:
        """Say how many states that search has."""
        NUMBER.pack_into(self._memory, (2 * search + 1) * NUMBER.size, states)

    def states(self, search: int) -> int:
        """How many states that search has; 0 before it begins."""
        return int(NUMBER.unpack_from(self._memory, (2 * search + 1) * NUMBER.size)[0])


class Order(NamedTuple):
    """What a process is sent: the search of that number, how to do it, where the board is, and who sends it."""

    number: int
    job: Job
    explore: Explore
    board: Path
    parent: int


def spread(
    jobs: list[Job], explore: Explore, processes: int, told: OnProgress, finished: OnFinished
) -> tuple[dict[int, Findings], bool]:
    """Do those searches in so many processes, the longest first.

    Gives back the findings by the number of the search, of those that were begun, and whether Ctrl-C ended it. `told` and
    `finished` may raise KeyboardInterrupt, too. Raises WorkerLost, NotPicklable, and what `explore` raises in the first
    search that fails.
    """
    _can_be_sent(jobs)
    numbers = sorted(range(len(jobs)), key=lambda number: (-jobs[number].size, number))
    with (
        TemporaryDirectory(prefix="mailrace-") as folder,
        ControlBlock.new(Path(folder) / "board", len(jobs)) as board,
        warnings.catch_warnings(),
        deferred_interrupts() as pressed,
        _executor(processes) as executor,
    ):
        warnings.filterwarnings("ignore", "A worker stopped")  # it had grown big, and another takes its place
        with interrupts_blocked():
            futures = {
                executor.submit(_do, Order(number, jobs[number], explore, Path(folder) / "board", os.getpid())): number
                for number in numbers
            }
        return _Collector(jobs, futures, board, pressed).collect(told, finished)


def _executor(processes: int) -> Executor:
    loky = importlib.import_module("joblib.externals.loky")
    try:
        executor: Executor = loky.ProcessPoolExecutor(processes, initializer=ignore_interrupts)
    except (OSError, NotImplementedError) as error:  # a system without semaphores
        raise NotPicklable(str(error)) from error
    return executor


def cores() -> int:
    """How many cores this process may use."""
    return int(importlib.import_module("joblib").cpu_count())


class _Collector:
    """The findings as they come in."""

    def __init__(
        self, jobs: list[Job], futures: dict[Future[Findings | None], int], board: ControlBlock, pressed: list[int]
    ) -> None:
        self.jobs, self.futures, self.board, self.pressed = jobs, futures, board, pressed
        self.findings: dict[int, Findings] = {}
        self.failed: dict[int, BaseException] = {}
        self.heeded = 0

    def collect(self, told: OnProgress, finished: OnFinished) -> tuple[dict[int, Findings], bool]:
        """Wait for all of them. Ctrl-C stops all searches; once more, and the processes end at once.

        A future that was cancelled is waited for no more: if its process is gone, nobody marks it as done.
        """
        pending = set(self.futures)
        while pending:
            done, pending = wait(pending, PAUSE, FIRST_COMPLETED)
            try:
                for future in done:
                    self._take(future, told, finished)
                running = (n for n in self.futures.values() if n not in self.findings and self.board.states(n))
                for number in running:
                    told(number, self.board.states(number))
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

    def _take(self, future: Future[Findings | None], told: OnProgress, finished: OnFinished) -> None:
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
            told(number, findings.row.states)
            finished(len(self.findings))

    def _end(self, after: int, what: int) -> None:
        """End all searches that come after that one."""
        for future, number in self.futures.items():
            if number > after and not future.done():
                future.cancel()
                self.board.order(number, what)


def _can_be_sent(jobs: list[Job]) -> None:
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
    """Those findings, in terms of this process's scenario and strategies."""
    stories = {}
    for name, story in findings.counterexamples.items():
        keys = story.profile.choices
        chosen = {
            decision: next(one for one in choices if one.key == keys[decision])
            for decision, choices in job.universe.choices.items()
        }
        profile = Profile(**chosen)  # type: ignore[arg-type]
        schedule = story.schedule._replace(scenario=job.scenario, profile=profile)
        stories[name] = story._replace(profile=profile, schedule=schedule)
    return findings._replace(row=findings.row._replace(scenario=job.scenario), counterexamples=stories)


@contextmanager
def deferred_interrupts() -> Iterator[list[int]]:
    """While it lasts, Ctrl-C raises nothing, but is noted."""
    pressed: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        pressed.append(number)

    before: Any = signal.getsignal(signal.SIGINT)
    hears = threading.current_thread() is threading.main_thread() and before is not signal.SIG_IGN
    if hears:
        signal.signal(signal.SIGINT, note)
    try:
        yield pressed
    finally:
        if hears:
            signal.signal(signal.SIGINT, before)


@contextmanager
def interrupts_blocked() -> Iterator[None]:
    """Processes and threads that begin meanwhile are deaf to Ctrl-C; who presses it then is heard afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    importlib.import_module("multiprocessing.resource_tracker").ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# --- in the other processes -----------------------------------------------------------------------------------------


def ignore_interrupts() -> None:
    """Pay no attention to Ctrl-C between two searches."""
    signal.signal(signal.SIGINT, _no_action)


def _no_action(number: int, frame: FrameType | None) -> None:
    """Nothing."""


def _do(order: Order) -> Findings | None:
    """Do a search, unless it is over before it begins, and say on the board how far it is."""
    with ControlBlock(order.board) as board:
        job = order.job
        if board.ordered(order.number) != RUN or time.monotonic() > job.deadline:
            return None
        findings, over = None, threading.Event()
        watcher = threading.Thread(target=_watch, args=(board, order, over), daemon=True)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        watcher.start()
        try:
            findings = order.explore(
                job._replace(universe=_own(job.universe)), lambda states: board.say(order.number, states)
            )
        except KeyboardInterrupt:
            pass
        finally:
            findings = _unwatched(over, watcher, findings)
        return findings


def _unwatched(over: threading.Event, watcher: threading.Thread, findings: Findings | None) -> Findings | None:
    """The findings, once nobody watches any more: whatever interrupts this, the watcher has to hear that it is over."""
    while watcher.is_alive():
        try:
            over.set()
            watcher.join()
        except KeyboardInterrupt:
            continue
    signal.signal(signal.SIGINT, _no_action)
    return findings


def _watch(board: ControlBlock, order: Order, over: threading.Event) -> None:
    """Interrupt the search when it is to stop; end the process when it is to die, or when its parent is gone."""
    stopped = False
    while not over.wait(PAUSE):
        what = board.ordered(order.number)
        if what == KILL or os.getppid() != order.parent:
            os._exit(1)
        if what == STOP and not stopped:
            stopped = True
            _thread.interrupt_main()


def _own(universe: Universe) -> Universe:
    """The same universe, with this process's own strategies instead of their copies."""
    return Universe({decision: tuple(map(_itself, choices)) for decision, choices in universe.choices.items()})


def _itself(strategy: Strategy) -> Strategy:
    known = (one for one in DECISIONS[strategy.decision] if type(one) is type(strategy) and one.key == strategy.key)
    return next(known, strategy)
