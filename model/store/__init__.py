"""What does a server hold, and what can happen to it? Mailboxes, sessions, the whole world, and the agent outside."""

from __future__ import annotations

from model.store.agent import ACTIONS, Action, parse_action
from model.store.mailbox import Mailbox, Message
from model.store.search import matches
from model.store.session import (
    ALL_NEWS, ARRIVALS, DOOMED, EXPUNGES, FLAG_CHANGES, LOGGED_OUT, NO_MAILBOX, SELECTED, Session, View, arrivals,
    counts, expunged_positions, pending, renumber, selected, with_flags, without,
)  # fmt: skip
from model.store.world import World, set_session

__all__ = [
    "ACTIONS", "ALL_NEWS", "ARRIVALS", "DOOMED", "EXPUNGES", "FLAG_CHANGES", "LOGGED_OUT", "NO_MAILBOX", "SELECTED",
    "Action", "Mailbox", "Message", "Session", "View", "World", "arrivals", "counts", "expunged_positions",
    "matches", "parse_action", "pending", "renumber", "selected", "set_session", "with_flags", "without",
]  # fmt: skip
