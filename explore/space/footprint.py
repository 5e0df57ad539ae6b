"""What of a world can the answer to one command depend on? The rest is blanked, so that the core is asked once.

A command on messages depends on the mailbox that its session has open, on whether others have it open, and on nothing
else; a command that names mailboxes depends on all names, and on what is in those that it looks into. What other
sessions have been told matters to neither: it says when an expunged message is forgotten, which is done afterwards.

- `blank` is the part of a world that matters for that session's command, everything else in one standard shape, and,
  for a command on messages, the session first and all others as one (`index_in_projection`);
- `restore` is the whole world after the command, from the world before it and the blanked worlds around it.

The properties look at blanked worlds, too: so contents stay where a property asks whether a message that is gone can be
had elsewhere (H-GONE-BUT-READABLE). `tests/test_space_reductions.py` compares every step with the same step in the whole
world.
"""

from __future__ import annotations

from collections.abc import Iterable

from model import protocol as p
from model.protocol import INBOX, NO_FLAGS
from model.store import NO_MAILBOX, SELECTED, Mailbox, Message, Session, View, World, world as worlds

ON_MESSAGES = (p.Fetch, p.Store, p.Search, p.Expunge, p.Close, p.Noop, p.Check)
"""Commands that look at no name, and at no other mailbox than the one the session has open."""
_NO_NAMES = 0
"""The `next_id` of a world that is blanked for a command on messages."""
_ELSEWHERE = Mailbox(NO_MAILBOX - 1, "", 1, 1, ())


class Footprint(tuple[bool, bool, frozenset[str]]):
    """What a command looks at: whether it has names, whether it reads contents, and the mailboxes it looks into.
    Commands of one footprint see the same blanked world."""

    __slots__ = ()


def footprint_of(command: p.Command) -> Footprint:
    """The footprint of that command."""
    looked_into: frozenset[str] = frozenset()
    match command:
        case p.Select(name) | p.Status(name):
            looked_into = frozenset({name})
        case p.Rename(old) if old == INBOX:
            looked_into = frozenset({INBOX})
    return Footprint((not isinstance(command, ON_MESSAGES), isinstance(command, (p.Fetch, p.Copy)), looked_into))


def blank(world: World, sid: int, footprint: Footprint) -> World:
    """The world as a command of that footprint, given by session `sid`, can tell it from others."""
    names, reads, looked_into = footprint
    session = world.sessions[sid]
    opened = session.mailbox if session.state == SELECTED else NO_MAILBOX
    own = next((_own(box, session) for box in world.mailboxes if box.id == opened), None)
    wanted = _gone(own) if reads and own is not None else frozenset()
    if names and session.state <= SELECTED:
        boxes = tuple([
            own if own is not None and box.id == opened else box if box.name in looked_into else _closed(box, wanted)
            for box in world.mailboxes
        ])  # fmt: skip
        views = {box.id: _every(box) for box in boxes}
        sessions = [Session(other.state, other.mailbox, view=views.get(other.mailbox, ())) for other in world.sessions]
        sessions[sid] = session
        return world._replace(mailboxes=boxes, sessions=tuple(sessions))
    together = Session(SELECTED, opened, view=_every(own)) if own is not None else Session()
    elsewhere = [message for box in world.mailboxes if box.id != opened for message in _closed(box, wanted).messages]
    boxes = () if own is None else (own, _elsewhere(elsewhere)) if elsewhere else (own,)
    shared = own is not None and len(world.users_of(own.id, besides=sid)) > 0
    return World(boxes, (session, together if shared else Session()), _NO_NAMES)


def index_in_projection(blanked: World, sid: int) -> int:
    """The number that session `sid` has in its blanked world: the first, where all others are as one."""
    return 0 if blanked.next_id == _NO_NAMES else sid


def restore(world: World, sid: int, blanked: World, after: World) -> World:
    """The world after a command of session `sid` that led from `blanked` (this world, blanked) to `after`."""
    was, now = {box.id: box for box in blanked.mailboxes}, {box.id: box for box in after.mailboxes}
    session = world.sessions[sid]
    opened = session.mailbox if session.state == SELECTED else NO_MAILBOX
    boxes, removed = [], []
    for box in world.mailboxes:
        if box.id in now:
            changed = now.pop(box.id)
            boxes.append(_reopened(box, was[box.id], changed, box.id == opened))
        elif box.id in was:
            removed.append(box)
        else:
            boxes.append(box)
    boxes += [box for box in now.values() if box.id != _ELSEWHERE.id]
    if blanked.next_id != _NO_NAMES:
        sessions = [
            _changed_as(real, before, later)
            for real, before, later in zip(world.sessions, blanked.sessions, after.sessions, strict=True)
        ]
        sessions[sid] = after.sessions[sid]
        return worlds.tidy(after._replace(mailboxes=tuple(boxes), sessions=tuple(sessions)))
    restored = worlds.set_session(world._replace(mailboxes=(*boxes, *removed)), sid, after.sessions[0])
    for box in removed:
        restored = worlds.remove(restored, box)
    return worlds.tidy(restored)


def _changed_as(real: Session, before: Session, after: Session) -> Session:
    """The real session, with what changed in the blanked one; one that lost its mailbox is as it is then."""
    if before == after:
        return real
    if before.mailbox != after.mailbox:
        return after
    return Session._make(now if now != was else value for value, was, now in zip(real, before, after, strict=True))


def _elsewhere(messages: list[Message]) -> Mailbox:
    """The mailbox that stands for all that the command does not look into, with the contents that can be had there."""
    contents = only_contents(messages)
    return _ELSEWHERE._replace(messages=contents, uidnext=len(contents) + 1)


def _own(box: Mailbox, session: Session) -> Mailbox:
    """The open mailbox, without the expunged messages that only others count."""
    if not box.expunged:
        return box
    counted = {uid for uid, _ in session.view}
    return box._replace(expunged=tuple([message for message in box.expunged if message.uid in counted]))


def _gone(box: Mailbox) -> frozenset[str]:
    """The contents in that mailbox that are deleted, as far as its session counts them."""
    return frozenset([message.content for message in (*box.expunged, *(box.messages if box.ghost else ()))])


def _closed(box: Mailbox, wanted: frozenset[str]) -> Mailbox:
    """A mailbox that the command does not look into: of its messages only which of the wanted contents anybody can have
    there."""
    messages = () if box.ghost or not wanted else only_contents([m for m in box.messages if m.content in wanted])
    return box._replace(messages=messages, expunged=(), uidnext=len(messages) + 1)


def only_contents(messages: Iterable[Message]) -> tuple[Message, ...]:
    """The contents of those messages, each once, in one standard shape."""
    contents = sorted({message.content for message in messages})
    return tuple([Message(uid, NO_FLAGS, content) for uid, content in enumerate(contents, 1)])


def _every(box: Mailbox) -> View:
    """The view that counts every message there, so that none is forgotten."""
    return tuple([(message.uid, NO_FLAGS) for message in sorted((*box.messages, *box.expunged), key=_by_uid)])


def _by_uid(message: Message) -> int:
    return message.uid


def _reopened(real: Mailbox, was: Mailbox, now: Mailbox, own: bool) -> Mailbox:
    """The real mailbox after what happened to the blanked one."""
    if own:
        uids = {message.uid for message in was.expunged}
        others = [message for message in real.expunged if message.uid not in uids]
        return now._replace(expunged=tuple(sorted([*now.expunged, *others]))) if others else now
    if was.messages == real.messages and was.uidnext == real.uidnext and was.expunged == real.expunged:
        return now
    shift = real.uidnext - was.uidnext
    added = [message._replace(uid=message.uid + shift) for message in now.messages[len(was.messages) :]]
    return now._replace(
        messages=(*real.messages, *added), uidnext=now.uidnext + shift, expunged=real.expunged
    )
