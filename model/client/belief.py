"""What does a client believe, knowing nothing but the wire, and what does it send next?

Pure: `options` says what it may send, `send` what it is like then, `receive` what a response makes of it. The *manner*
is how it reads the ambiguous answers of RFC 2180:

- naive: believes what it was sent, as if no other client existed, and goes on.
- aware: does what RFC 2180 tells clients to do. After a tagged NO it says NOOP, and then works out from the EXPUNGE and
  FETCH responses what is still to be done, or re-issues the command for that (§4.1.2, §4.2.3); it doubts NIL data until
  a NOOP has shown that the message is still there (§4.1.3); it says NOOP when SEARCH misses what it expected (§4.3);
  it follows [NEWNAME] (§3.4).
- reissuing: the same, except that it re-issues the whole command for the messages that are left: the other half of
  RFC 2180's "either ... or".
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

from model import protocol as p
from model.protocol import Flags
from model.store import World

NAIVE, AWARE, REISSUING = "naive", "aware", "reissuing"
MANNERS = (NAIVE, AWARE, REISSUING)
PIPELINING, RECKLESS = "pipelining", "reckless"
DISCIPLINES = (PIPELINING, RECKLESS)
"""Manners of clients that need not wait for an answer before they send the next command, and read like naive ones: where
RFC 3501 §5.5 allows it, or whenever they like."""
ALL_MANNERS = (*MANNERS, *DISCIPLINES)


def must_be_a_manner(word: str, besides: str = "") -> None:
    """Raises ValueError, one line, if there are no clients of that manner; it lists those that there are, and what can be
    said `besides`."""
    if word not in ALL_MANNERS:
        raise ValueError(f"{word!r} is no manner of client; the choices are {', '.join(ALL_MANNERS)}{besides}")


class Entry(NamedTuple):
    """What a client knows of one message; None is "don't know", content NIL is "it is empty"."""

    uid: int | None = None
    flags: Flags | None = None
    content: str | None = None


class Pursuit(NamedTuple):
    """A numbered command that an aware client sees to its end: the sequence numbers it still stands for, those that
    were answered by a FETCH response, and whether one of them turned out to be expunged."""

    command: p.Fetch | p.Store | p.Copy
    targets: tuple[int, ...]
    answered: tuple[int, ...] = ()
    lost: bool = False


class Ahead(NamedTuple):
    """A command that was sent before the last one was completed; `meant` and `touched` as in `Client`."""

    command: p.Command
    meant: tuple[int, ...]
    touched: tuple[int, ...]


class Client(NamedTuple):
    """A client's belief (the name of the mailbox it has open, what it shows for each sequence number) and progress.

    `step` is the next step of its program, `busy` the command in progress, `ahead` what was sent after it, `todo` what
    it will send before the next step, `doubt` the sequence numbers whose NIL data it doesn't believe yet, `meant` those
    that the silent STORE in progress surely means, `touched` those that it may mean; `trying` says that a step to be
    retried was answered NO, and that `todo` is how it is tried again; `memory` is a `User`'s own.
    """

    connected: bool = True
    name: str | None = None
    shown: tuple[Entry, ...] = ()
    step: int = 0
    busy: p.Command | None = None
    todo: tuple[p.Command, ...] = ()
    pursuit: Pursuit | None = None
    doubt: tuple[int, ...] = ()
    meant: tuple[int, ...] = ()
    touched: tuple[int, ...] = ()
    trying: bool = False
    memory: tuple[Hashable, ...] = ()
    ahead: tuple[Ahead, ...] = ()


def starting(world: World, sid: int) -> Client:
    """The client of session `sid` of a world in which it already knows UIDs and flags of what it has open."""
    session = world.sessions[sid]
    if world.open_in(sid) is None:
        return Client()
    return Client(name=session.name, shown=tuple(Entry(uid, flags) for uid, flags in session.view))


