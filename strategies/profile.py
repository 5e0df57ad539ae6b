"""What is a server? A profile: one strategy for every decision.

`DECISIONS` is the one list of decisions and their strategies; everything else (spelling, enumeration, masks, tables)
is read off it. The first strategy of each decision is its default.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

from model import markup
from model.decisions import (
    BeyondStrategy, CopyStrategy, DeleteStrategy, DisconnectStrategy, ExpungeStrategy, FetchStrategy, OrderStrategy,
    RenameStrategy, SearchStrategy, StoreStrategy, TellStrategy,
)  # fmt: skip
from strategies import (
    copying, deleting, disconnecting, expunging, fetching, ordering, overshooting, renaming, searching, storing,
    telling,
)  # fmt: skip
from strategies.base import Strategy

DECISIONS: dict[str, tuple[Strategy, ...]] = {
    "delete": (deleting.Refuse(), deleting.Ghost(), deleting.Disconnect()),
    "rename": (renaming.Refuse(), renaming.Disconnect(), renaming.Relabel(), renaming.RelabelWithHint()),
    "expunge": (expunging.Allow(), expunging.Refuse()),
    "fetch": (fetching.ServeGhost(), fetching.Omit(), fetching.AnswerNil()),
    "store": (storing.SetTheRest(), storing.SetNothing()),
    "search": (searching.LeaveOut(), searching.FindGhosts()),
    "copy": (copying.Refuse(), copying.CopyGhosts()),
    "tell": (telling.Eager(), telling.Lazy(), telling.Any()),
    "order": (ordering.Ascending(), ordering.Descending()),
    "disconnect": (disconnecting.Now(), disconnecting.Late()),
    "beyond": (overshooting.Bad(), overshooting.No()),
}
"""Every decision with its strategies, in the order in which profiles spell them."""


class Profile(NamedTuple):
    """One strategy for every decision: what a server is, and what `model.server.execute` takes.

    `Profile.parse("delete=3.2,fetch=4.1.3")` names some and leaves the rest at their defaults; `str` gives the shortest
    spelling that parses back to the same profile.
    """

    delete: DeleteStrategy
    rename: RenameStrategy
    expunge: ExpungeStrategy
    fetch: FetchStrategy
    store: StoreStrategy
    search: SearchStrategy
    copy: CopyStrategy
    tell: TellStrategy
    order: OrderStrategy
    disconnect: DisconnectStrategy
    beyond: BeyondStrategy

    @classmethod
    def parse(cls, text: str = "") -> Profile:
        """The profile with that spelling; "" and "default" are all defaults.

        Raises ValueError that says which part is wrong and what the choices are.
        """
        chosen = {decision: choices[0] for decision, choices in DECISIONS.items()}
        parts = [] if text.strip() in ("", "default") else text.split(",")
        named: set[str] = set()
        for part in parts:
            decision, strategy = parse_choice(part)
            if decision in named:
                raise ValueError(f"{decision} is chosen twice in {text!r}; choose it once")
            named.add(decision)
            chosen[decision] = strategy
        return cls(**chosen)  # type: ignore[arg-type]

    @property
    def choices(self) -> dict[str, str]:
        """Decision to key, for every decision."""
        return {strategy.decision: strategy.key for strategy in _strategies(self)}

    @property
    def spelling(self) -> str:
        """The full spelling, every decision named."""
        return ",".join(strategy.spelling for strategy in _strategies(self))

    def __str__(self) -> str:
        changed = [s.spelling for s in _strategies(self) if s is not DECISIONS[s.decision][0]]
        return ",".join(changed) or "default"

    def _repr_html_(self) -> str:
        """How a notebook shows it: a row a decision, what is not the default in bold."""
        rows = [
            (s is not DECISIONS[s.decision][0], (s.decision, s.key, s.summary, s.source)) for s in _strategies(self)
        ]
        marked = [(new, (*cells, "" if new else "default")) for new, cells in rows]
        return markup.table(("decision", "strategy", "what the server does", "source", ""), marked)

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """How IPython shows it in a terminal."""
        printer.text(str(self))


def _strategies(profile: Profile) -> tuple[Strategy, ...]:
    return profile  # type: ignore[return-value]


def parse_choice(text: str) -> tuple[str, Strategy]:
    """The decision and strategy spelled `decision=key`.

    Raises ValueError that lists the decisions, or the strategies of this one.
    """
    decision, equals, key = (part.strip() for part in text.partition("="))
    if not equals or decision not in DECISIONS:
        raise ValueError(
            f"{text.strip()!r} names no decision; write decision=strategy, the decisions are {', '.join(DECISIONS)}"
        )
    for strategy in DECISIONS[decision]:
        if strategy.key == key:
            return decision, strategy
    known = ", ".join(strategy.key for strategy in DECISIONS[decision])
    raise ValueError(f"{key!r} is no strategy for {decision}; the choices are {known}")


def listed(decision: str) -> tuple[Strategy, ...]:
    """The strategies of that decision that an RFC lists."""
    return tuple(strategy for strategy in DECISIONS[decision] if strategy.listed)


def profiles() -> Iterator[Profile]:
    """Every profile made of listed strategies."""
    for combination in itertools.product(*(listed(decision) for decision in DECISIONS)):
        yield Profile(*combination)  # type: ignore[arg-type]


def everything() -> tuple[Strategy, ...]:
    """Every listed strategy, decision by decision."""
    return tuple(strategy for decision in DECISIONS for strategy in listed(decision))
