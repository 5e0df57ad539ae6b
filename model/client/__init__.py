"""What does a client believe from the wire alone, and what does it send next?"""

from __future__ import annotations

from model.client.belief import AWARE, DISCIPLINES, MANNERS, NAIVE, RECKLESS, Client, Entry, Pursuit, starting
from model.client.program import Program, ProgramStep, User
from model.client.receiving import receive
from model.client.sending import current_step, cut, options, options_ahead, send

__all__ = [
    "AWARE", "DISCIPLINES", "MANNERS", "NAIVE", "RECKLESS", "Client", "Entry", "Program", "ProgramStep", "Pursuit", "User",
    "current_step", "cut", "options", "options_ahead", "receive", "send", "starting",
]  # fmt: skip
