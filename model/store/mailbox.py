"""What is a mailbox, and what can happen to the messages in it?

Values only: every operation returns a new mailbox. UIDs ascend and are never given out twice (RFC 3501 §2.3.1.1).
Expunged messages stay in `expunged` as long as some session still counts them (the caller says which, `forget`);
whether they can still be read is for a strategy to say.
"""

from __future__ import annotations

from typing import NamedTuple

from model.protocol import Flags, changed


class Message(NamedTuple):
    """A message: its UID, flags, and content (an opaque token: what the message *is*; nothing changes it)."""

    uid: int
    flags: Flags
    content: str


class Mailbox(NamedTuple):
    """A mailbox. `id` is never reused; `ghost` is true once it is deleted but still open somewhere (RFC 2180 §3.2)."""

    id: int
    name: str
    uidvalidity: int
    uidnext: int
    messages: tuple[Message, ...]
    expunged: tuple[Message, ...] = ()
    ghost: bool = False


def append(mailbox: Mailbox, new: tuple[tuple[Flags, str], ...]) -> Mailbox:
    """The mailbox with messages of those flags and contents added, under the next UIDs."""
    added = tuple(Message(uid, flags, content) for uid, (flags, content) in enumerate(new, mailbox.uidnext))
    return mailbox._replace(uidnext=mailbox.uidnext + len(added), messages=mailbox.messages + added)


def expunge(mailbox: Mailbox, uids: frozenset[int]) -> Mailbox:
    """The mailbox with those messages removed; they are kept in `expunged` until forgotten."""
    gone = tuple(message for message in mailbox.messages if message.uid in uids)
    left = tuple(message for message in mailbox.messages if message.uid not in uids)
    return mailbox._replace(messages=left, expunged=tuple(sorted(mailbox.expunged + gone)))


def forget(mailbox: Mailbox, counted: frozenset[int]) -> Mailbox:
    """The mailbox without the expunged messages whose UID no session counts any more."""
    remembered = tuple(message for message in mailbox.expunged if message.uid in counted)
    return mailbox if len(remembered) == len(mailbox.expunged) else mailbox._replace(expunged=remembered)


def set_flags(mailbox: Mailbox, uids: frozenset[int], mode: str, flags: Flags) -> Mailbox:
    """The mailbox with `changed(...)` applied to the flags of those messages."""
    messages = tuple(
        message._replace(flags=changed(message.flags, mode, flags)) if message.uid in uids else message
        for message in mailbox.messages
    )
    return mailbox._replace(messages=messages)


