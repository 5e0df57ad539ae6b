"""What is the whole server at one moment, and what can happen to mailboxes by name?

A world is every mailbox and every session. Operations are pure and do as they are told: whether something *may* happen
is decided by the server's commands and the strategies. The rules kept here: mailbox ids are never reused; a name used
again for another mailbox gets a greater UIDVALIDITY (RFC 3501 §2.3.1.1); a ghost goes when its last session leaves
(RFC 2180 §3.2); an expunged message goes when no view counts it.
"""

from __future__ import annotations

from typing import NamedTuple

from model.protocol import DELIMITER, INBOX, Flags
from model.store import mailbox as mailboxes
from model.store.mailbox import Mailbox
from model.store.session import AUTHENTICATED, DOOMED, LOGGED_OUT, SELECTED, Session, counts


class World(NamedTuple):
    """Every mailbox and every session, at one moment.

    `retired` remembers, for names that once had a mailbox, the greatest UIDVALIDITY seen under them; `subscribed` is
    what LSUB lists; `next_id` is the id of the next mailbox.
    """

    mailboxes: tuple[Mailbox, ...]
    sessions: tuple[Session, ...]
    next_id: int
    subscribed: frozenset[str] = frozenset()
    retired: tuple[tuple[str, int], ...] = ()

    def by_id(self, mailbox_id: int) -> Mailbox | None:
        """The mailbox (or ghost) with that id."""
        for box in self.mailboxes:
            if box.id == mailbox_id:
                return box
        return None

    def by_name(self, name: str) -> Mailbox | None:
        """The mailbox of that name that anyone can open; never a ghost."""
        for box in self.mailboxes:
            if box.name == name and not box.ghost:
                return box
        return None

    def ghost_named(self, name: str) -> Mailbox | None:
        """The deleted but still open mailbox that keeps that name from being used again (RFC 2180 §3.2)."""
        return next((box for box in self.mailboxes if box.name == name and box.ghost), None)

    def open_in(self, sid: int) -> Mailbox | None:
        """The mailbox that session `sid` has selected."""
        session = self.sessions[sid]
        return self.by_id(session.mailbox) if session.state == SELECTED else None

    def users_of(self, mailbox_id: int, besides: int = -1) -> tuple[int, ...]:
        """The sessions that have that mailbox accessed (RFC 2180 §2), leaving out `besides`."""
        return tuple(
            [
                sid
                for sid, session in enumerate(self.sessions)
                if session.mailbox == mailbox_id and session.state == SELECTED and sid != besides
            ]
        )


def empty(sessions: int) -> World:
    """A server with an empty INBOX and that many authenticated sessions."""
    return create(World((), (Session(),) * sessions, 1), INBOX)


def create(world: World, name: str) -> World:
    """The world with a new, empty mailbox of that name."""
    validity = dict(world.retired).get(name, 0) + 1
    new = Mailbox(world.next_id, name, validity, 1, ())
    return world._replace(mailboxes=(*world.mailboxes, new), next_id=world.next_id + 1)


def replace(world: World, mailbox: Mailbox) -> World:
    """The world with that mailbox in the place of the one with its id."""
    return world._replace(mailboxes=tuple(mailbox if box.id == mailbox.id else box for box in world.mailboxes))


def set_session(world: World, sid: int, session: Session) -> World:
    """The world with session `sid` as given."""
    return world._replace(sessions=(*world.sessions[:sid], session, *world.sessions[sid + 1 :]))


def release(world: World, sid: int, state: int = AUTHENTICATED) -> World:
    """The world after session `sid` let go of its mailbox; `state` is what it is in then."""
    return set_session(world, sid, Session(state))


def doom(world: World, sids: tuple[int, ...]) -> World:
    """The world in which those sessions lost their mailbox and are to be disconnected."""
    for sid in sids:
        world = release(world, sid, DOOMED)
    return world


def remove(world: World, mailbox: Mailbox) -> World:
    """The world without that mailbox. Whoever had it open must be released first."""
    return _retire(world._replace(mailboxes=tuple(box for box in world.mailboxes if box.id != mailbox.id)), mailbox)


def make_ghost(world: World, mailbox: Mailbox) -> World:
    """The world in which that mailbox is deleted, but stays for the sessions that have it open."""
    return replace(world, mailbox._replace(ghost=True))


def _retire(world: World, mailbox: Mailbox) -> World:
    names = dict(world.retired)
    names[mailbox.name] = max(names.get(mailbox.name, 0), mailbox.uidvalidity)
    return world._replace(retired=tuple(sorted(names.items())))


def family(world: World, mailbox: Mailbox) -> tuple[Mailbox, ...]:
    """What RENAME of that mailbox touches: itself and its inferiors, but no inferiors of INBOX (RFC 3501 §6.3.5)."""
    if mailbox.name == INBOX:
        return (mailbox,)
    prefix = mailbox.name + DELIMITER
    below = (box for box in world.mailboxes if box.name.startswith(prefix) and not box.ghost)
    return (mailbox, *below)


def taken(world: World, mailbox: Mailbox, name: str) -> str | None:
    """The first name that RENAME of that mailbox to `name` would need and that a mailbox or a ghost has."""
    targets = (name + box.name[len(mailbox.name) :] for box in family(world, mailbox))
    used = {box.name for box in world.mailboxes}
    return next((target for target in targets if target in used), None)


def rename(world: World, mailbox: Mailbox, name: str) -> World:
    """The world after RENAME (RFC 3501 §6.3.5).

    Inferiors move along. Renaming INBOX moves its messages to a new mailbox and leaves INBOX empty. A mailbox that
    comes to a name under which a mailbox with an equal or greater UIDVALIDITY was known gets a greater one.
    """
    if mailbox.name == INBOX:
        moved = tuple((message.flags, message.content) for message in mailbox.messages)
        world = create(world, name)
        target = world.mailboxes[-1]
        world = replace(world, mailboxes.append(target, moved))
        return replace(world, mailboxes.expunge(mailbox, frozenset(message.uid for message in mailbox.messages)))
    for box in family(world, mailbox):
        new_name = name + box.name[len(mailbox.name) :]
        world = _retire(world, box)
        known = dict(world.retired).get(new_name, 0)
        world = replace(world, box._replace(name=new_name, uidvalidity=max(box.uidvalidity, known + 1)))
    return world


def append(world: World, mailbox: Mailbox, new: tuple[tuple[Flags, str], ...]) -> World:
    """The world with those messages (flags, content) added to that mailbox."""
    return replace(world, mailboxes.append(mailbox, new))


def tidy(world: World) -> World:
    """The world without ghosts that nobody has open and without expunged messages that nobody counts."""
    for box in world.mailboxes:
        users = world.users_of(box.id)
        if box.ghost and not users:
            world = remove(world, box)
        elif box.expunged:
            views = [world.sessions[sid].view for sid in users]
            counted = frozenset([gone.uid for gone in box.expunged if any(counts(view, gone.uid) for view in views)])
            world = replace(world, mailboxes.forget(box, counted))
    return world


def is_over(world: World, sid: int) -> bool:
    """Whether the connection of session `sid` has ended."""
    return world.sessions[sid].state == LOGGED_OUT
