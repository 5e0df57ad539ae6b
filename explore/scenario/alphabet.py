"""Which commands does the most general client choose from? `any` in a scenario stands for such an alphabet.

At each step the client may give any command of its alphabet, so that repeated for ever it is every program of any
length. Together the alphabets have every command of `model.protocol` in every form (UID, .SILENT, EXAMINE, UNSUBSCRIBE,
LSUB). Of the forms that differ in their arguments alone they have those that can matter to a property:

- Messages: FETCH of content and STORE that adds \\Deleted name by sequence number each alone, up to the most that there
  can be, and all together (`1:*`); COPY, SEARCH, and STORE that takes flags away or replaces them, all together. By UID it
  is all together, too: where some of them are expunged, or all, is a matter of the state. Left out are sets of some of the
  messages, and COPY, SEARCH and those STOREs of a single one.
- Flags: \\Deleted alone. What becomes of a flag is the same for all of them, and EXPUNGE goes by this one. STORE adds it,
  takes it away and replaces all flags; APPEND brings a message with it.
- Items: content without \\Seen being set (BODY.PEEK[]), and flags. FETCH of content that sets \\Seen is left out: it would
  give every message a second flag, which makes the states five times as many for one message. The scenarios of
  RFC 2180 §4 have it, in mailboxes opened by SELECT and by EXAMINE.
- SEARCH: for everything, and for what a flag decides.
- Arrivals: APPEND to the mailbox itself, COPY to another one.
- Names: the mailbox that all is about, and one that nobody uses at the start, to which it is renamed. Nothing renames it
  back, as that would raise UIDVALIDITYs without end (RFC 3501 §2.3.1.1).

Names, contents and numbers of items that no property looks at are left to be chosen.
"""

from __future__ import annotations

from model import protocol as p
from model.protocol import ALL, DELETED, NO_FLAGS, sequence

MESSAGES, MAILBOXES = "message", "mailbox"
SPARE_NAME = "BAR"
ARRIVAL = "new"


def messages(count: int, name: str, target: str) -> tuple[p.Command, ...]:
    """The commands on the messages of the mailbox `name`, 1 to `count`, COPY going to the mailbox `target`."""
    each = [sequence.of([number]) for number in range(1, count + 1)]
    everything = ((1, sequence.STAR),)
    deleted = frozenset({DELETED})
    return (
        *(p.Fetch(numbers, ("BODY.PEEK[]",)) for numbers in each),
        p.Fetch(everything, ("FLAGS", "BODY.PEEK[]")),
        p.Fetch(everything, ("FLAGS",), uid=True),
        *(p.Store(numbers, "+", deleted) for numbers in each),
        p.Store(everything, "-", deleted, silent=True),
        p.Store(everything, "+", deleted, silent=True, uid=True),
        p.Store(everything, "", NO_FLAGS, uid=True),
        p.Search(ALL),
        p.Search(("DELETED",), uid=True),
        p.Copy(everything, target),
        p.Copy(everything, target, uid=True),
        p.Append(name, ARRIVAL, NO_FLAGS),
        p.Append(name, ARRIVAL, deleted),
        p.Expunge(),
        p.Check(),
        p.Noop(),
        p.Logout(),
    )


def mailboxes(name: str, spare: str = SPARE_NAME) -> tuple[p.Command, ...]:
    """The commands on a mailbox of that name, and on a name that nobody uses at the start."""
    return (
        p.Select(name),
        p.Select(name, read_only=True),
        p.Close(),
        p.Delete(name),
        p.Rename(name, spare),
        p.Create(name),
        p.Subscribe(name),
        p.Subscribe(name, undo=True),
        p.List("", "*"),
        p.List("", "*", subscribed=True),
        p.Status(name, ("MESSAGES",)),
        p.Append(name, ARRIVAL, NO_FLAGS),
        p.Noop(),
        p.Logout(),
    )


def alphabet(kind: str, name: str, count: int, target: str) -> tuple[p.Command, ...]:
    """The alphabet of that kind: MESSAGES, MAILBOXES, or, for any other, both."""
    if kind == MESSAGES:
        return messages(count, name, target)
    if kind == MAILBOXES:
        return mailboxes(name)
    return tuple(dict.fromkeys((*messages(count, name, target), *mailboxes(name))))
