"""Counterexamples of every hazard, and how each is cured."""

from __future__ import annotations

from pathlib import Path

import pytest

import mailrace
from explore.check.checking import check
from explore.properties.catalogue import PROPERTIES
from explore.properties.hazards import HAZARDS
from explore.properties.property import Property
from explore.runs.counterexample import Counterexample
from explore.runs.run import Run, play
from explore.scenario.notation import builtin, parse
from explore.show.export import FORMATS

ROOT = Path(mailrace.__file__).parent.parent
BY_ID = {prop.id: prop for prop in PROPERTIES}
BUILTIN = {scenario.name: scenario for scenario in builtin()}
EXPUNGED = """\
Mailbox: FOO 2 messages, 2 \\Deleted
Mailbox: FRED
Selected: FOO by C1 C2

C1: EXPUNGE
C1: STORE 1 -FLAGS (\\Seen)
C2: FETCH 1:2 BODY[] | STORE 1:2 +FLAGS (\\Seen) | SEARCH ALL | COPY 1:2 FRED | STORE 2 +FLAGS.SILENT (\\Seen)
"""
NAMED = """\
Mailbox: FOO 1 messages
Selected: FOO by C2

C1: RENAME FOO BAR | DELETE FOO
C2: APPEND FOO "new" | STORE 1 +FLAGS (\\Seen)
C3: CREATE FOO | NOOP
"""
MARKED = """\
Mailbox: INBOX 2 messages
Selected: INBOX by C1 C2

C1: STORE 1 +FLAGS.SILENT (\\Deleted) | RENAME INBOX OLD
C2: EXPUNGE | NOOP
"""
NASTY = """\
Mailbox: FOO 2 messages, 2 \\Deleted key;word#9
Selected: FOO by C1 C2

C1: APPEND FOO "end; \\"x\\" #1 %% <b> {a} \\\\ END loop"
C1: EXPUNGE
C2: FETCH 1:* BODY.PEEK[] | SEARCH ALL
"""
SCENARIOS = (
    parse("expunged", EXPUNGED), parse("named", NAMED), parse("marked", MARKED), parse("nasty", NASTY),
    BUILTIN["3-quiet"], BUILTIN["5-starve-delete"], BUILTIN["5-starve-store"], BUILTIN["5-pipelining"],
)  # fmt: skip
CURES = {
    "H-PHANTOM": "fetch=4.1.2", "H-GONE-BUT-READABLE": "fetch=4.1.2", "H-LOST-UPDATE": "default",
    "H-SILENT-LOSS": "expunge=4.1.4", "H-WRONG-MAILBOX": "default", "H-DEAD-NAME": "default",
    "H-THROWN-OUT": "default", "H-STARVATION": "delete=3.2,rename=3.4,expunge=4.1.4", "H-ALL-OR-NOTHING": "copy=4.4.2",
    "H-COLLATERAL": "expunge=4.1.4", "H-MISSED": "search=ghosts", "H-CONVERGENCE": "default", "H-DOUBLE": "store=4.2.4",
    "H-INBOX-VANISHES": "default", "H-WRONG-MESSAGE": "expunge=4.1.4",
}  # fmt: skip


def everything() -> list[Counterexample]:
    """The shortest counterexample of every hazard in every scenario, and of the nasty one all over again."""
    reports = [check((scenario,), properties=tuple(HAZARDS.properties)) for scenario in SCENARIOS]
    return [story for report in reports for story in report.counterexamples.values()]


STORIES = everything()
SHORTEST = {name: min((s for s in STORIES if s.property == name), key=lambda s: s.steps) for name in CURES}
stories = pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story.property}-{story.scenario}")


def played(story: Counterexample) -> tuple[Run, Property]:
    return play(story.schedule), BY_ID[story.property]


def written(form: str, story: Counterexample) -> str:
    run, prop = played(story)
    return FORMATS[form](run, prop, run.broken(prop))
