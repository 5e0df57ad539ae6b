"""What do processes that search together share? A little memory: what each search is to do, and how far it is."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from types import TracebackType

RUN, STOP, KILL = 0, 1, 2
PAUSE = 0.1
"""Seconds between two looks at the control block."""
NUMBER = struct.Struct("=q")


class ControlBlock:
    """A file that is memory of several processes: for each search, a command, and how many states it has."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)

    @classmethod
    def new(cls, path: Path, searches: int) -> ControlBlock:
        """A new control block for so many searches."""
        path.write_bytes(bytes(2 * NUMBER.size * searches))
        return cls(path)

    def __enter__(self) -> ControlBlock:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._memory.close()

    def give(self, search: int, command: int) -> None:
        """Give that search a command: RUN, STOP or KILL."""
        NUMBER.pack_into(self._memory, 2 * search * NUMBER.size, command)

    def command(self, search: int) -> int:
        """The command that was given to that search last; RUN before any."""
        return int(NUMBER.unpack_from(self._memory, 2 * search * NUMBER.size)[0])

    def report(self, search: int, states: int) -> None:
        """Report how many states that search has."""
        NUMBER.pack_into(self._memory, (2 * search + 1) * NUMBER.size, states)

    def states(self, search: int) -> int:
        """How many states that search has; 0 before it begins."""
        return int(NUMBER.unpack_from(self._memory, (2 * search + 1) * NUMBER.size)[0])
