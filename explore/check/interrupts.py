"""Who hears Ctrl-C, and when?

It is for the parent alone: the processes that search start, and stay, deaf to it, and are told in the control block
(`explore.check.control_block`).
"""

from __future__ import annotations

import importlib
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


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
    # by name: needed only where several processes search, as joblib is
    importlib.import_module("multiprocessing.resource_tracker").ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def ignore_interrupts() -> None:
    """Pay no attention to Ctrl-C between two searches."""
    signal.signal(signal.SIGINT, _no_action)


def _no_action(number: int, frame: FrameType | None) -> None:
    """Nothing."""
