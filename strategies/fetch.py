"""FETCH of messages that are expunged and not yet announced: serve, omit, or answer NIL (RFC 2180 §4.1.1 to §4.1.3)."""

from __future__ import annotations

from model.protocol import NIL, NO_FLAGS
from model.server import FetchRuling
from model.store import Message
from strategies.base import NOTHING, Strategy


class ServeGhost(Strategy):
    """RFC 2180 §4.1.1: the messages stay readable until this client can be told of the EXPUNGE."""

    decision, key, source = "fetch", "4.1.1", "RFC 2180 §4.1.1"
    summary = "serve the ghost"
    reads = NOTHING

    def fetch(self, ghosts: tuple[Message, ...], asked: int) -> FetchRuling:
        return FetchRuling(ghosts, True)


class Omit(Strategy):
    """RFC 2180 §4.1.2: FETCH responses for the others only, and a tagged NO."""

    decision, key, source = "fetch", "4.1.2", "RFC 2180 §4.1.2"
    summary = "leave it out, answer NO"
    reads = NOTHING

    def fetch(self, ghosts: tuple[Message, ...], asked: int) -> FetchRuling:
        return FetchRuling((None,) * len(ghosts), False)


class AnswerNil(Strategy):
    """RFC 2180 §4.1.3 (a, b, e): NIL data for the expunged ones and a tagged OK; only a tagged NO if all are expunged.

    A UID, asked for or implied by UID FETCH, is still the message's: there is no empty UID.
    """

    decision, key, source = "fetch", "4.1.3", "RFC 2180 §4.1.3"
    summary = "answer NIL, and OK unless all are gone"
    reads = NOTHING

    def fetch(self, ghosts: tuple[Message, ...], asked: int) -> FetchRuling:
        if len(ghosts) == asked:
            return FetchRuling((None,) * len(ghosts), False)
        return FetchRuling(tuple(Message(ghost.uid, NO_FLAGS, NIL) for ghost in ghosts), True)
