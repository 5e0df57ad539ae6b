"""The core in simulated time: SimPy processes, links with latency."""

from __future__ import annotations

from model.time.processes import Connection, Ended, Executed, Latency, Process, Simulation, fixed, programmed, script

__all__ = [
    "Connection", "Ended", "Executed", "Latency", "Process", "Simulation", "fixed", "programmed", "script",
]  # fmt: skip
