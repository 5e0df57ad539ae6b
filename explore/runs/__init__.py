"""What is one run? Played, kept, shortened, passed on, and told."""

from __future__ import annotations

from explore.runs.counterexample import Counterexample, remarks, shortest, spoken, tell, transcript
from explore.runs.regression import rerun
from explore.runs.schedule import BrokenAt, Run, Schedule, act_text, actor_name, play
from explore.runs.side_by_side import columns, versus
from explore.runs.token import TokenError, decode, encode, is_token
from explore.runs.transcript_replay import check_marks, in_columns, marked, read

__all__ = [
    "BrokenAt", "Counterexample", "Run", "Schedule", "TokenError", "act_text", "actor_name", "check_marks",
    "columns", "decode", "encode", "in_columns", "is_token", "marked", "play", "read", "remarks", "rerun",
    "shortest", "spoken", "tell", "transcript", "versus",
]  # fmt: skip
