r'''mailrace from Python: what can happen to a mailbox that several IMAP clients use at once, under every legal server?

A scenario says what there is, and what each client sets out to do (`|`: one or the other). `check` tries every order under
all profiles at once:

    >>> from explore import check, explain, parse
    >>> scenario = parse("expunged", r"""Mailbox: FOO 3 messages, 2 \Deleted
    ... Selected: FOO by C1 C2
    ...
    ... C1: EXPUNGE
    ... C2: FETCH 2 BODY[] | NOOP
    ... """)
    >>> report = check([scenario])
    >>> [verdict for verdict in report.verdicts() if verdict.holds is False]
    [✗ H-GONE-BUT-READABLE breaks if expunge=allow and fetch=4.1.1]

`explain` finds a shortest way to break one property, a transcript with remarks, or None if nothing breaks it:

    >>> found = explain("H-GONE-BUT-READABLE", scenario, client="aware")
    >>> found.steps, str(found.profile), found.text.splitlines()[-1]
    (2, 'default', "<H-GONE-BUT-READABLE: 'foo2' is deleted, and FETCH still shows it>")
    >>> print(explain("H-GONE-BUT-READABLE", scenario, profile="fetch=4.1.2"))
    None

A client of one's own is a generator. It is put before every server that RFC 2180 allows, beside others that expunge,
delete and rename:

    >>> def reader(mail):
    ...     yield "SELECT FOO"
    ...     yield "FETCH 1:* BODY.PEEK[]"
    >>> print(explain("H-PHANTOM", client=reader).profile)
    fetch=4.1.3

These names are what README, the notebooks and the files that mailrace writes use:

- scenarios: `Scenario`, `parse`, `builtin`, `scenario_text`; own clients in them: `own`, `load`, `against`;
- questions: `check`, `explain`; `PROPERTIES`, the profiles in question (`Universe`), wrong servers (`FAULTS`, `hunt`);
- answers: `Report`, `Verdict`, `Word`, `Counterexample`;
- transcripts: `examples`, `read`, `replay`, `marked`, `columns`;
- runs: `play`, `spoken`, `shown_and_so`, `versus`, `rerun`, and as one line of text `encode`, `decode`; simulated: `record`;
- state graphs: `scenario_graph`, `StateGraph`, `describe`, `necessary`;
- figures (matplotlib): `sequence_diagram`, `state_diagram`, `matrix`, `timeline`, `save`;
- drawn by Hypothesis: `interleavings`, `find`, `MailboxMachine`;
- studies in simulated time: `study`, `STUDIES`.

Strategies and profiles are in `strategies`, simulated time in `model.time`. Figures, Hypothesis and the studies are loaded
when they are first used. In IPython and Jupyter, reports, verdicts and counterexamples show themselves as HTML.
'''

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from explore.check import (
    FAULTS, Fault, Report, Undetermined, Verdict, Word, check, explain, hunt,
)  # fmt: skip
from explore.graph import StateGraph, describe, necessary, scenario_graph
from explore.properties import PROPERTIES, Property, property_named
from explore.runs import (
    Counterexample, Schedule, TokenError, columns, decode, encode, examples, marked, play, read, replay, rerun,
    shown_and_so, spoken, versus,
)  # fmt: skip
from explore.scenario import OwnClientError, Scenario, against, builtin, load, own, parse, scenario_text
from explore.simulated import Timeline, record
from explore.space import Universe

if TYPE_CHECKING:
    from explore.figures import matrix, save, sequence_diagram, state_diagram, timeline
    from explore.generated import MailboxMachine, find, interleavings
    from explore.studies import STUDIES, study

__all__ = [
    "FAULTS", "PROPERTIES", "STUDIES", "Counterexample", "Fault", "MailboxMachine", "OwnClientError", "Property", "Report",
    "Scenario", "Schedule", "StateGraph", "Timeline", "TokenError", "Undetermined", "Universe", "Verdict", "Word",
    "against", "builtin", "check", "columns", "decode", "describe", "encode", "examples", "explain", "find", "hunt",
    "interleavings", "load", "marked", "matrix", "necessary", "own", "parse", "play", "property_named", "read", "record",
    "replay", "rerun", "save", "scenario_graph", "scenario_text", "sequence_diagram", "shown_and_so", "spoken",
    "state_diagram", "study", "timeline", "versus",
]  # fmt: skip

FIGURES = frozenset({"matrix", "save", "sequence_diagram", "state_diagram", "timeline"})
GENERATED = frozenset({"MailboxMachine", "find", "interleavings"})
STUDYING = frozenset({"STUDIES", "study"})
"""The names in rooms that are heavy to load."""

if not TYPE_CHECKING:  # type checkers would take every name for one of this module's

    def __getattr__(name: str) -> object:
        """A name of a room that is loaded now, as it is used (PEP 562)."""
        if name in FIGURES:
            from explore import figures

            return getattr(figures, name)
        if name in GENERATED:
            from explore import generated

            return getattr(generated, name)
        if name in STUDYING:
            from explore import studies

            return getattr(studies, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _in_ipython() -> bool:
    """Whether this is IPython, or a notebook's kernel."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None


if _in_ipython():
    from explore.show import notebook as notebook
