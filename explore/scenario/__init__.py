"""What is explored? A world to start from, and what each client and the external agent set out to do."""

from __future__ import annotations

from explore.scenario.complaints import described, place, short
from explore.scenario.custom_client import USUAL_COMMANDS, OwnClient, OwnClientError, load, own
from explore.scenario.definition import MAILBOX, MESSAGE, Scenario
from explore.scenario.notation import builtin, parse, scenario_text
from explore.scenario.placing import against, followed, must_be_named

__all__ = [
    "MAILBOX", "MESSAGE", "USUAL_COMMANDS", "OwnClient", "OwnClientError", "Scenario", "against", "builtin",
    "described", "followed", "load", "must_be_named", "own", "parse", "place", "scenario_text", "short",
]  # fmt: skip
