"""Scenarios that the tests of the check search, and what its reports say."""

from __future__ import annotations

import json
from typing import Any

from explore.check.report import Report
from explore.scenario.notation import builtin, parse
from explore.space.profile_set import Universe

BUILTIN = {scenario.name: scenario for scenario in builtin()}
FULL = Universe()
ENDLESS = parse("endless", "Mailbox: FOO 1 messages\nSelected: FOO by C2\nC1: retry DELETE FOO\nC2: forever\nC2: NOOP\n")
GROWING = parse("growing", "Mailbox: FOO 1 messages\nSelected: FOO by C1\nC1: forever\nC1: APPEND FOO x | NOOP\nC2: NOOP\n")
QUIET = BUILTIN["3-quiet"]


def told(text: str) -> str:
    """What was printed, without regard to where the lines were broken."""
    return " ".join(text.split())


def plain(report: Report) -> Any:
    return json.loads(json.dumps(report.as_json(measured=False)))
