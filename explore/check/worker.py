"""What does a process do that was sent a search? It does it, says how far it is, and ends when it is told to.

What it is sent are copies. A strategy is a choice by being itself, so that a process puts its own in the place of copies.
A process whose parent is gone ends itself.
"""

from __future__ import annotations

import _thread
import os
import signal
import threading
import time
from pathlib import Path
from typing import NamedTuple

from explore.check.control_block import KILL, PAUSE, RUN, STOP, ControlBlock
from explore.check.findings import Explore, Findings, Job
from explore.check.interrupts import ignore_interrupts
from explore.space import Universe
from strategies import DECISIONS, Strategy


class Order(NamedTuple):
    """What a process is sent: the search of that number, how to do it, where the control block is, and who sends it."""

    number: int
    job: Job
    explore: Explore
    control: Path
    parent: int


def perform(order: Order) -> Findings | None:
    """Do a search, unless it is over before it begins, and say in the control block how far it is."""
    with ControlBlock(order.control) as control:
        job = order.job
        if control.command(order.number) != RUN or time.monotonic() > job.deadline:
            return None
        findings, over = None, threading.Event()
        watcher = threading.Thread(target=_watch, args=(control, order, over), daemon=True)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        watcher.start()
        try:
            findings = order.explore(
                job._replace(universe=_own(job.universe)), lambda states: control.report(order.number, states)
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
    ignore_interrupts()
    return findings


def _watch(control: ControlBlock, order: Order, over: threading.Event) -> None:
    """Interrupt the search when it is to stop; end the process when it is to die, or when its parent is gone."""
    stopped = False
    while not over.wait(PAUSE):
        command = control.command(order.number)
        if command == KILL or os.getppid() != order.parent:
            os._exit(1)
        if command == STOP and not stopped:
            stopped = True
            _thread.interrupt_main()


def _own(universe: Universe) -> Universe:
    """The same universe, with this process's own strategies instead of their copies."""
    return Universe({decision: tuple(map(_itself, choices)) for decision, choices in universe.choices.items()})


def _itself(strategy: Strategy) -> Strategy:
    choices = DECISIONS[strategy.decision]
    known = (choice for choice in choices if type(choice) is type(strategy) and choice.key == strategy.key)
    return next(known, strategy)
