"""What is explored? A world to start from, and what each client and the external agent set out to do."""

from __future__ import annotations

from explore.scenario.custom_client import OwnClient, OwnClientError, against, load, own
from explore.scenario.definition import MAILBOX, MESSAGE, Scenario
from explore.scenario.notation import builtin, parse, scenario_text

__all__ = [
    "MAILBOX", "MESSAGE", "OwnClient", "OwnClientError", "Scenario", "against", "builtin", "load", "own", "parse",
    "scenario_text",
]  # fmt: skip
