"""A question, searched to its verdict: jobs, processes, conditions, reports, seeded faults."""

from __future__ import annotations

from explore.check.checking import check
from explore.check.conditions import condition, relevant_decisions
from explore.check.explaining import ClientLike, Undetermined, client_named, explain, with_client
from explore.check.fault_hunt import Caught, FaultTable, hunt_all
from explore.check.faults import FAULTS, Fault, hunt, hunting_grounds
from explore.check.findings import LINKED, Row, growing
from explore.check.pipelining import (
    COMMANDS, PIPELINING_BOUND, RFC_DEPENDS, RFC_INVALID, RFC_VALID, SequenceVerdict, judge, safe_to_expunge_with,
    spelled, table_of_pairs,
)  # fmt: skip
from explore.check.processes import WorkerLost
from explore.check.report import Report
from explore.check.room import limits, sentences
from explore.check.verdict import Verdict
from explore.check.word import Word

__all__ = [
    "COMMANDS", "FAULTS", "LINKED", "PIPELINING_BOUND", "RFC_DEPENDS", "RFC_INVALID", "RFC_VALID", "Caught", "ClientLike",
    "Fault", "FaultTable", "Report", "Row", "SequenceVerdict", "Undetermined", "Verdict", "Word", "WorkerLost", "check",
    "client_named", "condition", "explain", "growing", "hunt", "hunt_all", "hunting_grounds", "judge", "limits",
    "relevant_decisions", "safe_to_expunge_with", "sentences", "spelled", "table_of_pairs", "with_client",
]  # fmt: skip
