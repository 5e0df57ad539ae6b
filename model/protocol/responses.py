"""Which responses can a server give?

Plain values, without tags (the link adds those) and without strings to parse. Responses are named by the participle:
`Expunge` is the command, `Expunged` the untagged EXPUNGE response. Source: RFC 3501 §7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from model.protocol.flags import Flags


@dataclass(frozen=True, slots=True)
class Exists:
    """`* n EXISTS`, RFC 3501 §7.3.1."""

    count: int


@dataclass(frozen=True, slots=True)
class Recent:
    """`* n RECENT`, RFC 3501 §7.3.2. Always 0: \\Recent is not modelled."""

    count: int


@dataclass(frozen=True, slots=True)
class Expunged:
    """`* n EXPUNGE`, RFC 3501 §7.4.1."""

    number: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """`* n FETCH (...)`, RFC 3501 §7.4.2. Each fact is None where the response doesn't carry it.

    `contents` are the names of the items that show what the message is (ENVELOPE, BODY[TEXT], ...), all of which
    are rendered from `content`; `mailbox.NIL` there is RFC 2180 §4.1.3's NIL data.
    """

    number: int
    flags: Flags | None = None
    uid: int | None = None
    contents: tuple[str, ...] = ()
    content: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """`* SEARCH n ...`, RFC 3501 §7.2.5: sequence numbers, or UIDs for UID SEARCH."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """`* LIST (...) "/" name`, RFC 3501 §7.2.2, or LSUB, §7.2.3."""

    name: str
    attributes: tuple[str, ...] = ()
    subscribed: bool = False


@dataclass(frozen=True, slots=True)
class StatusOf:
    """`* STATUS name (...)`, RFC 3501 §7.2.4; items as (name, number)."""

    name: str
    items: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class FlagsDefined:
    """`* FLAGS (...)`, RFC 3501 §7.2.6."""

    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ok:
    """`* OK [code] text`, RFC 3501 §7.1.1, untagged."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Bye:
    """`* BYE text`, RFC 3501 §7.1.5; the connection ends after it."""

    text: str


@dataclass(frozen=True, slots=True)
class Tagged:
    """The tagged completion of the command in progress, RFC 3501 §7.1: status OK, NO or BAD."""

    status: str
    text: str
    code: str | None = None


Untagged = Union[Exists, Recent, Expunged, Fetched, Found, Listed, StatusOf, FlagsDefined, Ok, Bye]


Response = Union[Untagged, Tagged]
