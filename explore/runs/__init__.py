"""What is one run? Played, kept, shortened, passed on, and told."""

from __future__ import annotations

from explore.runs.counterexample import (
    Counterexample, conclusion, remarks, shortest, shown_and_so, spoken, tell, transcript,
)  # fmt: skip
from explore.runs.regression import rerun
from explore.runs.run import BrokenAt, Run, Turn, along, begin, choices, extend, play
from explore.runs.schedule import Schedule, ScheduledMove
from explore.runs.side_by_side import columns, versus
from explore.runs.token import TokenError, decode, encode, is_token, must_be_known
from explore.runs.transcript_replay import check_marks, examples, in_columns, marked, read, replay

__all__ = [
    "BrokenAt",
    "Counterexample",
    "Run",
    "Schedule",
    "ScheduledMove",
    "TokenError",
    "Turn",
    "along",
    "begin",
    "check_marks",
    "choices",
    "columns",
    "conclusion",
    "decode",
    "encode",
    "examples",
    "extend",
    "in_columns",
    "is_token",
    "marked",
    "must_be_known",
    "play",
    "read",
    "remarks",
    "replay",
    "rerun",
    "shortest",
    "shown_and_so",
    "spoken",
    "tell",
    "transcript",
    "versus",
]  # fmt: skip
