"""Runs that Hypothesis draws: beyond exhaustive bounds, and as a check on them."""

from __future__ import annotations

from explore.generated.cross_check import RUNS, Agreement, compare
from explore.generated.runs import DrawnRun, find, interleavings
from explore.generated.stateful import MailboxMachine

__all__ = [
    "RUNS", "Agreement", "DrawnRun", "MailboxMachine", "compare", "find", "interleavings",
]  # fmt: skip
