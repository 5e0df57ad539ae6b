"""Which commands does the most general client choose from? `any` in a scenario stands for such an alphabet.

At each step the client may give any command of its alphabet, so that repeated for ever it is every program of any
length. An alphabet names each message alone and all of them together; that is enough for every mixture of expunged and
living messages, as those are what differs between commands.
"""

from __future__ import annotations

from model import protocol as p
from model.protocol import ALL, DELETED, NO_FLAGS, sequence

MESSAGES, MAILBOXES = "message", "mailbox"
SPARE_NAME = "BAR"


def messages(count: int, target: str) -> tuple[p.Command, ...]:
    """The commands on messages 1 to `count`, COPY going to the mailbox `target`."""
    each = [sequence.of([number]) for number in range(1, count + 1)]
    everything = sequence.of(range(1, count + 1))
    deleted = frozenset({DELETED})
    return (
        *(p.Fetch(numbers, ("BODY.PEEK[]",)) for numbers in each),
        p.Fetch(everything, ("FLAGS", "BODY.PEEK[]")),
        *(p.Store(numbers, "+", deleted) for numbers in each),
        p.Store(everything, "-", deleted, silent=True),
        p.Search(ALL),
        p.Copy(everything, target),
        p.Fetch(((1, sequence.STAR),), ("FLAGS",), uid=True),
        p.Expunge(),
        p.Noop(),
    )


def mailboxes(name: str, spare: str = SPARE_NAME) -> tuple[p.Command, ...]:
    """The commands on a mailbox of that name, and on a name that nobody uses at the start."""
    return (
        p.Select(name),
        p.Close(),
        p.Delete(name),
        p.Rename(name, spare),
        p.Create(name),
        p.Status(name, ("MESSAGES",)),
        p.Append(name, "new", NO_FLAGS),
        p.Noop(),
    )


def alphabet(kind: str, name: str, count: int, target: str) -> tuple[p.Command, ...]:
    """The alphabet of that kind: MESSAGES, MAILBOXES, or, for any other, both."""
    if kind == MESSAGES:
        return messages(count, target)
    if kind == MAILBOXES:
        return mailboxes(name)
    return tuple(dict.fromkeys((*messages(count, target), *mailboxes(name))))
