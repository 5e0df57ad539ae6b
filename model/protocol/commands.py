"""Which commands can a client send, and which responses can a server give?

Plain values, without tags (the link adds those) and without strings to parse (see `model.notation.transcript` for those).
Dataclasses and not NamedTuples, because two NamedTuples with the same fields are equal: NOOP would be CHECK.
Responses are named by the participle: `Expunge` is the command, `Expunged` the untagged EXPUNGE response.
Source: RFC 3501 §6 (commands), §7 (responses).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Union, get_args

from model.protocol.flags import NO_FLAGS, Flags
from model.protocol.search_key import Key
from model.protocol.sequence import SequenceSet

# --- commands -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Noop:
    """NOOP, RFC 3501 §6.1.2: the client's way to ask for news."""


@dataclass(frozen=True, slots=True)
class Check:
    """CHECK, RFC 3501 §6.4.1."""


@dataclass(frozen=True, slots=True)
class Logout:
    """LOGOUT, RFC 3501 §6.1.3."""


@dataclass(frozen=True, slots=True)
class Close:
    """CLOSE, RFC 3501 §6.4.2: expunge without a word, and deselect."""


@dataclass(frozen=True, slots=True)
class Expunge:
    """EXPUNGE, RFC 3501 §6.4.3."""


@dataclass(frozen=True, slots=True)
class Select:
    """SELECT, RFC 3501 §6.3.1, or EXAMINE (`read_only`), §6.3.2."""

    mailbox: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Create:
    """CREATE, RFC 3501 §6.3.3."""

    mailbox: str


@dataclass(frozen=True, slots=True)
class Delete:
    """DELETE, RFC 3501 §6.3.4, RFC 2180 §3."""

    mailbox: str


@dataclass(frozen=True, slots=True)
class Rename:
    """RENAME, RFC 3501 §6.3.5, RFC 2180 §3."""

    mailbox: str
    new_name: str


@dataclass(frozen=True, slots=True)
class Subscribe:
    """SUBSCRIBE, RFC 3501 §6.3.6, or UNSUBSCRIBE (`undo`), §6.3.7."""

    mailbox: str
    undo: bool = False


@dataclass(frozen=True, slots=True)
class List:
    """LIST, RFC 3501 §6.3.8, or LSUB (`subscribed`), §6.3.9."""

    reference: str
    pattern: str
    subscribed: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """STATUS, RFC 3501 §6.3.10; items are MESSAGES, RECENT, UIDNEXT, UIDVALIDITY, UNSEEN."""

    mailbox: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Append:
    """APPEND, RFC 3501 §6.3.11."""

    mailbox: str
    content: str
    flags: Flags = NO_FLAGS


@dataclass(frozen=True, slots=True)
class Fetch:
    """FETCH or UID FETCH, RFC 3501 §6.4.5, §6.4.8; items in wire spelling, e.g. `BODY.PEEK[TEXT]`."""

    numbers: SequenceSet
    items: tuple[str, ...]
    uid: bool = False


@dataclass(frozen=True, slots=True)
class Store:
    """STORE or UID STORE, RFC 3501 §6.4.6; mode "+", "-" or ""."""

    numbers: SequenceSet
    mode: str
    flags: Flags
    silent: bool = False
    uid: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """SEARCH or UID SEARCH, RFC 3501 §6.4.4."""

    key: Key
    uid: bool = False


@dataclass(frozen=True, slots=True)
class Copy:
    """COPY or UID COPY, RFC 3501 §6.4.7."""

    numbers: SequenceSet
    mailbox: str
    uid: bool = False


Command = Union[
    Noop, Check, Logout, Close, Expunge, Select, Create, Delete, Rename, Subscribe, List, Status, Append, Fetch, Store,
    Search, Copy,
]  # fmt: skip

COMMANDS: tuple[type[Any], ...] = get_args(Command)
"""The class of each command."""

SELECTED_ONLY = (Check, Close, Expunge, Fetch, Store, Search, Copy)
"""Commands that are BAD unless a mailbox is selected (RFC 3501 §6.4)."""

NUMBERED = (Fetch, Store, Copy)
"""Commands that name messages by a sequence set."""


def forbids_expunged(command: Command) -> bool:
    """Whether no EXPUNGE response may be sent while this command is in progress (RFC 3501 §7.4.1)."""
    return isinstance(command, (Fetch, Store, Search)) and not command.uid


# --- responses ------------------------------------------------------------------------------------------------------


