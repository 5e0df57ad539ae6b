"""How is what was found shown? In a terminal, in a notebook, in files."""

from __future__ import annotations

from explore.show.export import FORMATS
from explore.show.fault_table import show_faults
from explore.show.pipelining_table import show_pipelining
from explore.show.replay_report import Score, beside, example_scores, play_back, read_all
from explore.show.report_table import remedy, show_report, strategy_table

__all__ = [
    "FORMATS", "Score", "beside", "example_scores", "play_back", "read_all", "remedy", "show_faults", "show_pipelining",
    "show_report", "strategy_table",
]  # fmt: skip
