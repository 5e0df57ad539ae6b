"""Does a strategy of somebody's own making read only what it declares? What else it touches is an error, in one line.

The listed strategies are held to what they declare by the tests. One that is not listed is asked twice where it is shown a
world: first with all hidden that it has not declared, then really.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from model.protocol import INBOX
from model.store import Mailbox, Session, World
from strategies import NOTHING, Strategy


class Undeclared(Exception):
    """Something was read that was not declared: what, in words."""


def hidden(what: str) -> Any:
    """An attribute that must not be read."""

    def read(self: object) -> Any:
        raise Undeclared(what)

    return property(read)


class HiddenSession(Session):
    """A session of which only is known which mailbox it has open, and how."""

    view = hidden("what a session counts")
    uids = hidden("the UIDs of a session")


class _Occupant(HiddenSession):
    """A session of which only is known which mailbox it has open."""

    read_only = hidden("whether a session may write")


class HiddenMailbox(Mailbox):
    """A mailbox into which nobody looks."""

    messages = hidden("a mailbox's messages")
    expunged = hidden("a mailbox's expunged messages")
    uidnext = hidden("a mailbox's UIDNEXT")


class _HiddenWorld(World):
    """A world of which nothing is known."""

    mailboxes = hidden("which mailboxes there are")
    sessions = hidden("which sessions there are")
    subscribed = hidden("which names are subscribed")


def occupied(world: World) -> World:
    """The world as a strategy may look at it that declares OCCUPANCY."""
    boxes = tuple(HiddenMailbox(*box) for box in world.mailboxes)
    return world._replace(mailboxes=boxes, sessions=tuple(_Occupant(*session) for session in world.sessions))


def held_to_declaration(strategy: Strategy) -> Strategy:
    """The strategy, or, if it declares something and is not listed, one that does the same and raises ValueError when it
    reads something else."""
    if strategy.listed or strategy.declared is None:
        return strategy
    return _Held(strategy)  # type: ignore[return-value]


class _Held:
    """A strategy that is shown what it declares before it is shown all."""

    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy

    def __eq__(self, other: object) -> bool:
        return self._strategy == (other._strategy if isinstance(other, _Held) else other)

    def __hash__(self) -> int:
        return hash(self._strategy)

    def __repr__(self) -> str:
        return repr(self._strategy)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._strategy, name)
        return self._held(found) if callable(found) else found

    def _held(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            if given and isinstance(given[0], World) and given[2].name != INBOX:
                try:
                    method(*self._shown(*given))
                except Undeclared as read:
                    word = "NOTHING" if self._strategy.declared == NOTHING else "OCCUPANCY"
                    says = f"declares {word} and reads {read}; declare what it reads, or leave `reads` out"
                    raise ValueError(f"{self._strategy.spelling} {says}") from None
            return method(*given)

        return call

    def _shown(self, world: World, sid: int, mailbox: Mailbox, *more: Any) -> tuple[Any, ...]:
        """What it may look at of that. (RENAME of INBOX, which moves messages, is not hidden: RFC 3501 §6.3.5.)"""
        seen = _HiddenWorld(*world) if self._strategy.declared == NOTHING else occupied(world)
        return (seen, sid, HiddenMailbox(*mailbox), *more)
