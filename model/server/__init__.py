"""What does the server answer? `execute` is the whole of it; where an RFC lets it choose, it asks a profile."""

from __future__ import annotations

from model.server.decisions import (
    BeyondStrategy, CopyStrategy, DeleteStrategy, DisconnectStrategy, ExpungeStrategy, FetchRuling, FetchStrategy,
    OrderStrategy, Profile, RenameStrategy, Ruling, SearchStrategy, StoreRuling, StoreStrategy, TellStrategy,
)  # fmt: skip
from model.server.execution import HANDLERS, Outcome, announce, execute
from model.server.mailbox_commands import lookup

__all__ = [
    "HANDLERS", "BeyondStrategy", "CopyStrategy", "DeleteStrategy", "DisconnectStrategy", "ExpungeStrategy",
    "FetchRuling", "FetchStrategy", "OrderStrategy", "Outcome", "Profile", "RenameStrategy", "Ruling",
    "SearchStrategy", "StoreRuling", "StoreStrategy", "TellStrategy", "announce", "execute", "lookup",
]  # fmt: skip
