"""What is a server? A profile: one strategy for every decision.

`DECISIONS` is the one list of decisions and their strategies; everything else (spelling, enumeration, masks, tables)
is read off it. The first strategy of each decision is its default.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

from model.server import (
    BeyondStrategy, CopyStrategy, DeleteStrategy, DisconnectStrategy, ExpungeStrategy, FetchStrategy, OrderStrategy,
    RenameStrategy, SearchStrategy, StoreStrategy, TellStrategy,
)  # fmt: skip
from strategies import beyond, copy, delete, disconnect, expunge, fetch, order, rename, search, store, tell
from strategies.base import Strategy

DECISIONS: dict[str, tuple[Strategy, ...]] = {
    "delete": (delete.Refuse(), delete.Ghost(), delete.Disconnect()),
    "rename": (rename.Refuse(), rename.Disconnect(), rename.ChangeName(), rename.ChangeNameWithHint()),
    "expunge": (expunge.Allow(), expunge.Refuse()),
    "fetch": (fetch.ServeGhost(), fetch.Omit(), fetch.AnswerNil()),
    "store": (store.SetTheRest(), store.SetNothing()),
    "search": (search.LeaveOut(), search.FindGhosts()),
    "copy": (copy.Refuse(), copy.CopyGhosts()),
    "tell": (tell.Eager(), tell.Lazy(), tell.Any()),
    "order": (order.Ascending(), order.Descending()),
    "disconnect": (disconnect.Now(), disconnect.Late()),
    "beyond": (beyond.Bad(), beyond.No()),
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

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


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


def is_registered(strategy: object) -> bool:
    """Whether a profile's spelling leads to that strategy: it is one of `DECISIONS`."""
    return any(strategy in choices for choices in DECISIONS.values())


def listed(decision: str) -> tuple[Strategy, ...]:
    """The strategies of that decision that an RFC lists."""
    return tuple(strategy for strategy in DECISIONS[decision] if strategy.listed)


def profiles() -> Iterator[Profile]:
    """Every profile made of listed strategies."""
    for combination in itertools.product(*(listed(decision) for decision in DECISIONS)):
        yield Profile(*combination)  # type: ignore[arg-type]
