"""What may a strategy, or a check of steps, read that declares something? All else is hidden from it, and an error.

The listed strategies and the catalogue's properties are held to what they declare by the tests; others whenever they are
asked (`explore.space.own_strategy`, `explore.space.own_property`).
"""

from __future__ import annotations

from typing import Any

from explore.properties import ERRORS, HISTORY
from explore.system import GroundTruth, Step
from model.client import Client
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


# --- steps ------------------------------------------------------------------------------------------------------------


class _HiddenTruth(GroundTruth):
    """What is true, without what it remembers of earlier steps."""

    marked = hidden("which messages the client has marked (HISTORY)")
    opened = hidden("which mailboxes the client has opened (HISTORY)")
    half_done = hidden("what a refused STORE had done (HISTORY)")
    highest = hidden("the greatest UID that the client has counted (HISTORY)")


class _HiddenErrors(Client):
    """A client of which only is known what it shows, where, and what it still has to do."""

    memory = hidden("what a client was told")
    pursuit = hidden("what a client is after")
    meant = hidden("what a client meant")
    touched = hidden("what a client has touched")
    doubt = hidden("what a client doubts")
    step = hidden("where a client is in its program")


class _HiddenClient(_HiddenErrors):
    """A client of which nothing is known."""

    name = hidden("which mailbox a client believes to have open (ERRORS)")
    shown = hidden("what a client shows (ERRORS)")
    todo = hidden("what a client still has to do (ERRORS)")
    busy = hidden("what a client is waiting for (ERRORS)")


def _without_views(world: World) -> World:
    return world._replace(sessions=tuple(HiddenSession(*session) for session in world.sessions))


def step_as_declared(step: Step, reads: frozenset[str]) -> Step:
    """The step as a check may look at it that declares that."""
    client = _HiddenErrors if ERRORS in reads else _HiddenClient
    truth = GroundTruth if HISTORY in reads else _HiddenTruth
    return step._replace(
        before=_without_views(step.before), after=_without_views(step.after),
        client=client(*step.client), client_after=client(*step.client_after),
        truth=truth(*step.truth), truth_after=truth(*step.truth_after),
    )  # fmt: skip
