"""What does a client believe from the wire alone, and what does it send next?"""

from __future__ import annotations

from model.client.belief import (
    ALL_MANNERS, AWARE, DISCIPLINES, MANNERS, NAIVE, RECKLESS, Client, Entry, Pursuit, must_be_a_manner, starting,
)  # fmt: skip
from model.client.program import Program, ProgramStep, User
from model.client.receiving import receive
from model.client.sending import current_step, cut, options, options_ahead, send

__all__ = [
    "ALL_MANNERS", "AWARE", "DISCIPLINES", "MANNERS", "NAIVE", "RECKLESS", "Client", "Entry", "Program", "ProgramStep",
    "Pursuit", "User", "current_step", "cut", "must_be_a_manner", "options", "options_ahead", "receive", "send", "starting",
]  # fmt: skip
