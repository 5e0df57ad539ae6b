"""Is every seeded fault caught, and by the obligation that it was made for? The table of fault × invariant."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from explore.check.fault import Fault
from explore.check.faults import hunt
from explore.runs import Counterexample
from explore.scenario import Scenario


class Caught(NamedTuple):
    """A fault, and for each obligation that catches it the steps of the shortest counterexample and its transcript."""

    fault: Fault
    steps: dict[str, int]
    text: dict[str, str]

    @property
    def right(self) -> bool:
        """Whether it is caught by the obligation that it was made for."""
        return self.fault.breaks in self.steps


@dataclass
class FaultTable:
    """What was found about each fault; `interrupted`: Ctrl-C came before all were tried."""

    of: int
    rows: list[Caught] = field(default_factory=list)
    seconds: float = 0.0
    interrupted: bool = False

    @property
    def missed(self) -> list[str]:
        """The faults that were tried and not caught by the obligation they were made for."""
        return [row.fault.name for row in self.rows if not row.right]

    def summary(self) -> str:
        """The last line."""
        right = sum(row.right for row in self.rows)
        text = f"{right} of {self.of} faults are caught, each by the obligation it was made for"
        untried = f"; {self.of - len(self.rows)} were not tried" if self.interrupted else ""
        return text + (f"; missed: {', '.join(self.missed)}" if self.missed else "") + untried

    def as_json(self) -> dict[str, Any]:
        """The table as plain data."""
        return {
            "faults": [
                {
                    "fault": row.fault.name,
                    "story": row.fault.story,
                    "profile": row.fault.profile,
                    "made_for": row.fault.breaks,
                    "caught_by": row.steps,
                    "caught": row.right,
                    "counterexample": row.text.get(row.fault.breaks),
                }
                for row in self.rows
            ],
            "caught": sum(row.right for row in self.rows),
            "of": self.of,
            "complete": not self.interrupted,
            "seconds": round(self.seconds, 3),
        }


def hunt_all(
    faults: Iterable[Fault], scenarios: tuple[Scenario, ...], progress: Callable[[Fault], None] | None = None
) -> FaultTable:
    """Every fault hunted in those scenarios; `progress` is told each before it is tried. Ctrl-C ends it early."""
    faults = tuple(faults)
    table, started = FaultTable(len(faults)), time.perf_counter()
    try:
        for fault in faults:
            if progress is not None:
                progress(fault)
            report = hunt(fault, scenarios)
            if report.interrupted:
                table.interrupted = True
                break
            table.rows.append(_caught(fault, report.counterexamples))
    except KeyboardInterrupt:
        table.interrupted = True
    table.seconds = time.perf_counter() - started
    return table


def _caught(fault: Fault, stories: dict[str, Counterexample]) -> Caught:
    """The obligations that catch it, the one it was made for first; what is wrong is put in front of each transcript."""
    names = sorted(stories, key=lambda name: (name != fault.breaks, stories[name].steps, name))
    remark = f"# The server is wrong ({fault.name}): it {fault.story}.\n"
    texts = {name: remark + stories[name].text for name in names}
    return Caught(fault, {name: stories[name].steps for name in names}, texts)


