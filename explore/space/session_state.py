"""Which part of a server is one session's alone? What the others do is the same whatever it is.

A world is taken apart into what all sessions share (the *common* world: mailboxes, names, and who has what open) and what
the server *keeps* for each of them: its view, and the expunged messages that it still counts. A command depends on the
common world and on what is kept for its own session, and changes just these; what is kept for others changes only when
messages go that they count (they are expunged for them, too), or when they lose their mailbox. So there are few questions
to ask (`explore.space.server_table`): not one for each combination of views.
"""

from __future__ import annotations

from typing import NamedTuple

from model.protocol import NO_FLAGS
from model.store import SELECTED, Mailbox, Message, View, World, counts, set_session


class SessionState(NamedTuple):
    """What a server keeps for one session: its view, and the expunged messages that it counts, by UID."""

    view: View = ()
    expunged: tuple[Message, ...] = ()


NOTHING = SessionState()


def part(world: World) -> tuple[World, tuple[SessionState, ...]]:
    """The common world, and what is kept for each session."""
    expunged = {box.id: box.expunged for box in world.mailboxes if box.expunged}
    private = []
    for session in world.sessions:
        gone = expunged.get(session.mailbox, ())
        private.append(SessionState(session.view, tuple([message for message in gone if counts(session.view, message.uid)])))
    boxes = tuple([box._replace(expunged=()) if box.expunged else box for box in world.mailboxes])
    sessions = tuple([session._replace(view=()) if session.view else session for session in world.sessions])
    return world._replace(mailboxes=boxes, sessions=sessions), tuple(private)


def whole(common: World, private: tuple[SessionState, ...]) -> World:
    """The world of those parts."""
    expunged: dict[int, set[Message]] = {}
    for session, (_, gone) in zip(common.sessions, private, strict=True):
        if gone:
            expunged.setdefault(session.mailbox, set()).update(gone)
    boxes = tuple([box._replace(expunged=tuple(sorted(expunged.get(box.id, ())))) for box in common.mailboxes])
    sessions = tuple([session._replace(view=view) for session, (view, _) in zip(common.sessions, private, strict=True)])
    return common._replace(mailboxes=boxes, sessions=sessions)


def as_seen_by(common: World, sid: int, private: SessionState) -> World:
    """The world as far as it concerns session `sid`: nobody else counts anything."""
    session = common.sessions[sid]
    world = set_session(common, sid, session._replace(view=private.view))
    if not private.expunged:
        return world
    boxes = [box._replace(expunged=private.expunged) if box.id == session.mailbox else box for box in common.mailboxes]
    return world._replace(mailboxes=tuple(boxes))


def after_others_step(before: World, after: World, sid: int, private: SessionState) -> SessionState:
    """What is kept for session `sid` after somebody else's step from one common world to the other."""
    session = after.sessions[sid]
    if session.state != SELECTED:
        return NOTHING
    lost = [message for message in _lost(before, after, session.mailbox) if counts(private.view, message.uid)]
    return private._replace(expunged=tuple(sorted([*private.expunged, *lost]))) if lost else private


def affects_others(before: World, after: World, sid: int) -> bool:
    """Whether a step of session `sid` (or, for another number, of the agent) from one common world to the other can
    change what is kept for others: a message went, or somebody lost a mailbox."""
    others = zip(before.sessions, after.sessions, strict=True)
    if any(was.mailbox != now.mailbox for other, (was, now) in enumerate(others) if other != sid):
        return True
    return before.mailboxes != after.mailboxes and any(_lost(before, after, box.id) for box in before.mailboxes)


def _lost(before: World, after: World, mailbox: int) -> list[Message]:
    """The messages that went from that mailbox; all of them, if the mailbox went."""
    was, now = before.by_id(mailbox), after.by_id(mailbox)
    if was is None or (now is not None and now.messages == was.messages):
        return []
    left = uids(now)
    return [message for message in was.messages if message.uid not in left]


def uids(box: Mailbox | None) -> frozenset[int]:
    """The UIDs of the messages in that mailbox."""
    return frozenset([message.uid for message in box.messages]) if box is not None else frozenset()


def untold(private: SessionState) -> SessionState:
    """The same without what was told of the flags of expunged messages: they can't change, and nobody tells them again."""
    gone = {message.uid for message in private.expunged}
    return private._replace(view=tuple([(uid, NO_FLAGS if uid in gone else flags) for uid, flags in private.view]))
