"""What is a property? An id, one precise sentence, its source, and a check that can fail.

An *obligation* is what a server owes under every strategy: a violation is a bug. A *hazard* is what a user expects and
a legal server may break for some clients. A check looks at one step (`Observation`) and answers with a sentence that
says what is wrong, or None; it may look at everything, the truth included.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from explore.system import Observation
from model import protocol as p

OBLIGATION, HAZARD = "obligation", "hazard"
CONVERGENCE = "H-CONVERGENCE"
"""Checked where every client has come to its end (`explore.space.quiescence`)."""

Check = Callable[[Observation], str | None]


class Property(NamedTuple):
    """A named property. `check` is None where a step can't show it (the explorer then checks runs: see `source`);
    `of_client`: it looks at what the client believes, and not only at what it was sent and what is true; `of_past`: it looks
    at what the witness remembers, and not only at what the client counts and has counted; `acts`: it has nothing to say of
    any other commands (none: of all)."""

    id: str
    kind: str
    statement: str
    source: str
    check: Check | None
    of_client: bool = False
    of_past: bool = False
    acts: tuple[type[p.Command], ...] = ()

    def concerns(self, act: object) -> bool:
        """Whether it can break on a step of that command (or action)."""
        return not self.acts or isinstance(act, self.acts)


class Register:
    """A list of properties that grows by decoration, in order of definition."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.properties: list[Property] = []

    def step(
        self,
        name: str,
        statement: str,
        source: str,
        of_client: bool = False,
        of_past: bool = False,
        acts: tuple[type[p.Command], ...] = (),
    ) -> Callable[[Check], Check]:
        """Register a check of steps under that id."""

        def register(check: Check) -> Check:
            self.properties.append(Property(name, self.kind, statement, source, check, of_client, of_past, acts))
            return check

        return register

    def run(self, name: str, statement: str, source: str) -> None:
        """Register a property of whole runs, which the explorer checks itself."""
        self.properties.append(Property(name, self.kind, statement, source, None))
