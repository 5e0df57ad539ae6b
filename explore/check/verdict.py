"""What was found about one property."""

from __future__ import annotations

import builtins
from typing import Any, NamedTuple

from explore.check.word import Word
from explore.properties import Property
from explore.runs import Counterexample


class Verdict(NamedTuple):
    """What was found about one property. `holds` (in runs of up to `Report.most_depth` steps) is None where the search
    ended before it could tell, or where nothing ever put the property to the test (`came_up`); `condition` says when it
    breaks (None where it doesn't), and `when` does as the end of a sentence; `strategies` is by spelling, see
    `conditions.verdict_by_strategy`, with UNDETERMINED for all that a search that ended early does not show, and `reason`
    why it does not."""

    property: Property
    holds: bool | None
    condition: str | None
    strategies: dict[str, Word]
    counterexample: Counterexample | None
    came_up: bool = True
    reason: str = ""
    when: str = ""

    @builtins.property
    def word(self) -> Word:
        """The verdict in one word."""
        if not self.came_up:
            return Word.UNREACHABLE
        return Word.UNDETERMINED if self.holds is None else Word.HOLDS if self.holds else Word.BREAKS

    def as_json(self) -> dict[str, Any]:
        """The verdict as plain data."""
        return {
            "property": self.property.id,
            "kind": self.property.kind,
            "statement": self.property.statement,
            "source": self.property.source,
            "holds": self.holds,
            "verdict": str(self.word),
            "reason": self.reason or None,
            "condition": self.condition,
            "strategies": self.strategies,
            "counterexample": self.counterexample.text if self.counterexample is not None else None,
        }

    def never(self) -> str:
        """What is said of a property that nothing put to the test."""
        needed = f": that needs {self.property.needs}" if self.property.needs else ""
        return f"never came up{needed}"

    def __repr__(self) -> str:
        said = {
            Word.BREAKS: f"breaks {self.when}", Word.UNDETERMINED: "is undetermined", Word.UNREACHABLE: self.never(),
        }.get(self.word, self.word)  # fmt: skip
        return f"{self.word.mark} {self.property.id} {said}"
