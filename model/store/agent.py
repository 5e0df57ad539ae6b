"""What can happen to mailboxes without any session? RFC 2180 §3 and §4's "external agent".

It delivers, expunges and renames; nothing can refuse it, and no session is told at once: each finds the news as always.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from model.protocol import DELIMITER, NO_FLAGS, SequenceSet, Words, astring, canonical_name, quoted, sequence
from model.store import mailbox as mailboxes, world as worlds
from model.store.world import World


@dataclass(frozen=True, slots=True)
class Deliver:
    """A new message arrives in the mailbox."""

    mailbox: str
    content: str


@dataclass(frozen=True, slots=True)
class Purge:
    """Those of the mailbox's messages with these UIDs are removed, whatever their flags."""

    mailbox: str
    uids: SequenceSet


@dataclass(frozen=True, slots=True)
class Relabel:
    """The mailbox gets another name."""

    mailbox: str
    new_name: str


Action = Union[Deliver, Purge, Relabel]
ACTIONS = (Deliver, Purge, Relabel)


def act(world: World, action: Action) -> World:
    """The world after the action; the same world where there is nothing of that name to act on."""
    mailbox = world.by_name(action.mailbox)
    if mailbox is None:
        return world
    match action:
        case Deliver(_, content):
            return worlds.append(world, mailbox, ((NO_FLAGS, content),))
        case Purge(_, uids):
            known = tuple(message.uid for message in mailbox.messages)
            gone = frozenset(known[place - 1] for place in sequence.resolve_uids(uids, known))
            return worlds.tidy(worlds.replace(world, mailboxes.expunge(mailbox, gone)))
        case Relabel(_, new_name):
            name = canonical_name(new_name.removesuffix(DELIMITER))
            if worlds.taken(world, mailbox, name) is not None:
                return world
            return worlds.tidy(worlds.rename(world, mailbox, name))


def parse_action(text: str) -> Action:
    """The action written as `DELIVER FOO "m8"`, `EXPUNGE FOO 2:3` (UIDs) or `RENAME FOO BAR`.

    Raises ValueError that says what was expected.
    """
    words = Words(text)
    verb = words.take("DELIVER, EXPUNGE or RENAME").upper()
    action: Action
    if verb == "DELIVER":
        action = Deliver(words.name(), words.string("the message as a quoted string"))
    elif verb == "EXPUNGE":
        action = Purge(words.name(), words.numbers())
    elif verb == "RENAME":
        action = Relabel(words.name(), words.name())
    else:
        raise ValueError(f"the agent can DELIVER, EXPUNGE or RENAME, not {verb}")
    words.end()
    return action


def action_text(action: Action) -> str:
    """The action as `parse_action` reads it."""
    match action:
        case Deliver(name, content):
            return f"DELIVER {astring(name)} {quoted(content)}"
        case Purge(name, uids):
            return f"EXPUNGE {astring(name)} {sequence.to_text(uids)}"
        case Relabel(name, new_name):
            return f"RENAME {astring(name)} {astring(new_name)}"
