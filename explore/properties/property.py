"""What is a property? An id, one precise sentence, its source, and checks that can fail.

An *obligation* is what a server owes under every profile: a violation is a bug. A *hazard* is what a user expects and a
legal server may break for some clients. Where it can be seen is its *scope*, or several:

- STEP: a check looks at one step (`explore.system.Step`) and answers with a sentence that says what is wrong, or None;
- QUIESCENCE: a check looks at a configuration in which nobody has anything left to do;
- LOOP: a check says which loops of the state graph are wrong (`explore.properties.loop`).

A check may look at everything, the truth included, and is given the whole step, unless it declares what it reads
(`reads`): then it may be asked once for all steps that differ in nothing it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NamedTuple

from explore.properties.loop import LoopCheck
from explore.system import Configuration, Step, System
from model import protocol as p
from model.client import Client
from model.server import Profile

OBLIGATION, HAZARD = "obligation", "hazard"

ERRORS, HISTORY = "errors", "history"
"""What the checks of a property can declare to read besides what every one may. ERRORS: of what the client believes
(`client`, `client_after`) the name of its mailbox, what it still has to do, and where it shows something that is not true;
flags only as long as the server keeps its session, not while it is yet to say BYE. HISTORY: what the truth remembers of
earlier steps (`opened`, and of messages that are there `marked`, `half_done`, `highest`). Whoever reads more declares
nothing."""
NOTHING_MORE: frozenset[str] = frozenset()
"""Declared by a check that reads only what every one may: what was done, by a client (whichever) or the agent, the responses
and what the client counted when each came, the mailbox it has open before and after, names and users of all mailboxes, and
of the others no more than the command puts there, names, or could bring back (`explore.space.footprint`). At rest and on
loops: one client, and the mailbox that it has open."""

Check = Callable[[Step], str | None]
RestCheck = Callable[[System, Configuration, int, Profile], str | None]
"""Looks at one client (its session) in a configuration in which nobody has anything left to do, under a profile."""


class Scope(StrEnum):
    """Where a property can be seen to break."""

    STEP = "step"
    QUIESCENCE = "quiescence"
    LOOP = "loop"


def silent(step: Step) -> str | None:
    """The check of a property that no single step shows."""
    return None


def content(system: System, now: Configuration, sid: int, profile: Profile) -> str | None:
    """The check of a property that no configuration at rest shows."""
    return None


class Property(NamedTuple):
    """A named property. `check` is of steps, `at_rest` of configurations in which nobody has anything left to do, `loops`
    of what can go on for ever; those that are not given find nothing.

    `reads` is what all its checks read (None: they may read anything); `acts` are the commands on which it can break
    (none: on every step). `arises` says of such a step whether the property is put to the test there, `arises_at_rest` of
    a client at rest (None: of each), and `needs` in words what must be there for it ever to be.
    """

    id: str
    kind: str
    statement: str
    source: str
    check: Check = silent
    at_rest: RestCheck = content
    loops: tuple[LoopCheck, ...] = ()
    reads: frozenset[str] | None = None
    acts: tuple[type[p.Command], ...] = ()
    arises: Callable[[Step], bool] | None = None
    needs: str = ""
    arises_at_rest: Callable[[Client], bool] | None = None

    def __repr__(self) -> str:
        return f"<{self.id}>"

    @property
    def scopes(self) -> frozenset[Scope]:
        """Where it can be seen to break."""
        where = {Scope.STEP: self.check is not silent, Scope.QUIESCENCE: self.at_rest is not content}
        return frozenset(scope for scope, there in {**where, Scope.LOOP: bool(self.loops)}.items() if there)

    @property
    def of_whole_runs(self) -> bool:
        """Whether it takes a run's end, or one without end, to see that the property holds."""
        return self.scopes != {Scope.STEP}

    @property
    def of_beliefs(self) -> bool:
        """Whether its check of steps may look at what the client believes."""
        return self.reads is None or ERRORS in self.reads

    @property
    def of_history(self) -> bool:
        """Whether its check of steps may look at what the truth remembers of earlier steps."""
        return self.reads is None or HISTORY in self.reads

    def tested_at_rest(self, clients: Iterable[Client]) -> bool:
        """Whether it is put to the test where nobody has anything left to do, and these are the clients."""
        arises = self.arises_at_rest
        return Scope.QUIESCENCE in self.scopes and (arises is None or any(arises(client) for client in clients))

    def concerns(self, act: object) -> bool:
        """Whether it can break on a step of that command (or action)."""
        return Scope.STEP in self.scopes and (not self.acts or isinstance(act, self.acts))


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
        *,
        reads: frozenset[str] | None = None,
        acts: tuple[type[p.Command], ...] = (),
        arises: Callable[[Step], bool] | None = None,
        needs: str = "",
        loops: tuple[LoopCheck, ...] = (),
    ) -> Callable[[Check], Check]:
        """Register a check of steps under that id."""

        def register(check: Check) -> Check:
            self.properties.append(
                Property(
                    name, self.kind, statement, source, check, loops=loops, reads=reads, acts=acts, arises=arises,
                    needs=needs
                )
            )  # fmt: skip
            return check

        return register

    def add(self, prop: Property) -> None:
        """Register a property that is not of steps."""
        self.properties.append(prop)
