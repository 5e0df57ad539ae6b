"""What may a strategy read that declares something? All else is hidden from it, and an error.

The listed strategies are held to what they declare by the tests; those that are not listed whenever they are asked
(`explore.space.own_strategy`).
"""

from __future__ import annotations

from typing import Any

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


class HiddenWorld(World):
    """A world of which nothing is known."""

    mailboxes = hidden("which mailboxes there are")
    sessions = hidden("which sessions there are")
    subscribed = hidden("which names are subscribed")


def occupied(world: World) -> World:
    """The world as a strategy may look at it that declares OCCUPANCY."""
    boxes = tuple(HiddenMailbox(*box) for box in world.mailboxes)
    return world._replace(mailboxes=boxes, sessions=tuple(_Occupant(*session) for session in world.sessions))


def as_declared(strategy: Strategy, world: World, sid: int, mailbox: Mailbox, *more: Any) -> tuple[Any, ...]:
    """What that strategy, which declares something, is asked, with all hidden that it has not declared."""
    shown = HiddenWorld(*world) if strategy.declared == NOTHING else occupied(world)
    return (shown, sid, HiddenMailbox(*mailbox), *more)
