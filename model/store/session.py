"""What does the server know of one connection, and what does it still have to tell it?

The *view* is, for each sequence number, the UID and flags that this client has been told. Sequence numbers are always
resolved through the view, never through the mailbox. What is still to be told ("news") is the difference between the
view and the mailbox: there is no queue that could get out of step. Source: RFC 3501 §7, §7.4.1, §5.2.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

from model.protocol import Flags
from model.store.mailbox import Mailbox

AUTHENTICATED, SELECTED, DOOMED, LOGGED_OUT = 0, 1, 2, 3
"""Session states of RFC 3501 §3, and DOOMED: the server has decided to disconnect, but not yet said BYE."""

NO_MAILBOX = -1

EXPUNGES, ARRIVALS, FLAG_CHANGES = 1, 2, 4
"""Kinds of news, as bits: untagged EXPUNGE, EXISTS, and FETCH with changed FLAGS."""
ALL_NEWS = EXPUNGES | ARRIVALS | FLAG_CHANGES

Seen = tuple[int, Flags]
View = tuple[Seen, ...]


class Session(NamedTuple):
    """One connection: its state, the mailbox it has selected (an id) under which name, and its view of it."""

    state: int = AUTHENTICATED
    mailbox: int = NO_MAILBOX
    name: str = ""
    read_only: bool = False
    view: View = ()

    @property
    def uids(self) -> tuple[int, ...]:
        """The UIDs that this client counts, in the order of its sequence numbers."""
        return tuple(uid for uid, _ in self.view)


def selected(mailbox: Mailbox, read_only: bool) -> Session:
    """The session right after SELECT or EXAMINE: it counts every message that is there."""
    return Session(SELECTED, mailbox.id, mailbox.name, read_only, tuple((m.uid, m.flags) for m in mailbox.messages))


def pending(view: View, mailbox: Mailbox) -> int:
    """Which kinds of news the mailbox holds for that view, as bits."""
    flags = {message.uid: message.flags for message in mailbox.messages}
    kinds = ARRIVALS if arrivals(view, mailbox) else 0
    for uid, known in view:
        now = flags.get(uid)
        if now is None:
            kinds |= EXPUNGES
        elif now != known:
            kinds |= FLAG_CHANGES
    return kinds


def counts(view: View, uid: int) -> bool:
    """Whether that view counts the message with that UID; UIDs ascend in a view (RFC 3501 §2.3.1.1)."""
    place = bisect_left(view, (uid,))
    return place < len(view) and view[place][0] == uid


def arrivals(view: View, mailbox: Mailbox) -> View:
    """What the view lacks at its end: messages with a UID above all that it counts, in UID order.

    A message below the view's last UID that the view does not count was announced as expunged, or was gone before
    this session could be told that it had come.
    """
    last = view[-1][0] if view else 0
    return tuple((message.uid, message.flags) for message in mailbox.messages if message.uid > last)


def expunged_positions(view: View, mailbox: Mailbox) -> tuple[int, ...]:
    """The sequence numbers, ascending, of messages that this client counts and that are expunged."""
    alive = {message.uid for message in mailbox.messages}
    return tuple(number for number, (uid, _) in enumerate(view, 1) if uid not in alive)


def renumber(order: tuple[int, ...]) -> tuple[int, ...]:
    """The numbers to send in EXPUNGE responses so that the messages at the positions `order` go in that order.

    Each EXPUNGE moves the later messages down by one at once (RFC 3501 §7.4.1), so a message's number falls by the count of
    smaller positions already announced.

    >>> renumber((4, 5, 6, 7))
    (4, 4, 4, 4)
    >>> renumber((7, 6, 5, 4))
    (7, 6, 5, 4)
    """
    sent = []
    for index, position in enumerate(order):
        sent.append(position - sum(earlier < position for earlier in order[:index]))
    return tuple(sent)


def without(view: View, positions: tuple[int, ...]) -> View:
    """The view after the messages at those sequence numbers were announced as expunged."""
    gone = set(positions)
    return tuple(entry for number, entry in enumerate(view, 1) if number not in gone)


def with_flags(view: View, number: int, flags: Flags) -> View:
    """The view after the client was told the flags of message `number`."""
    uid, known = view[number - 1]
    return view if known == flags else (*view[: number - 1], (uid, flags), *view[number:])
