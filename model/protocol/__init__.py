"""Which commands and responses are there, and how are they written? The words of IMAP, as plain values."""

from __future__ import annotations

from model.protocol.commands import (
    COMMANDS, NUMBERED, SELECTED_ONLY, Append, Check, Close, Command, Copy, Create, Delete, Expunge, Fetch, List,
    Logout, Noop, Rename, Search, Select, Status, Store, Subscribe, forbids_expunged,
)  # fmt: skip
from model.protocol.flags import DELETED, FLAGGED, NIL, NO_FLAGS, SEEN, SYSTEM_FLAGS, Flags, canonical_flag, changed
from model.protocol.names import DELIMITER, INBOX, canonical_name
from model.protocol.parsing import Words, parse_command
from model.protocol.responses import (
    Bye, Exists, Expunged, Fetched, FlagsDefined, Found, Listed, Ok, Recent, Response, StatusOf, Tagged, Untagged,
)  # fmt: skip
from model.protocol.search_key import ALL, FLAG_KEYS, TEXT_KEYS, Key, numbers_beyond, reads_content
from model.protocol.sequence import SequenceSet, of, to_text
from model.protocol.writing import astring, command_text, flags_text, quoted, response_text

__all__ = [
    "ALL", "COMMANDS", "DELETED", "DELIMITER", "FLAGGED", "FLAG_KEYS", "INBOX", "NIL", "NO_FLAGS", "NUMBERED",
    "SEEN", "SELECTED_ONLY", "SYSTEM_FLAGS", "TEXT_KEYS", "Append", "Bye", "Check", "Close", "Command", "Copy",
    "Create", "Delete", "Exists", "Expunge", "Expunged", "Fetch", "Fetched", "Flags", "FlagsDefined", "Found", "Key",
    "List", "Listed", "Logout", "Noop", "Ok", "Recent", "Rename", "Response", "Search", "Select", "SequenceSet",
    "Status", "StatusOf", "Store", "Subscribe", "Tagged", "Untagged", "Words", "astring", "canonical_flag",
    "canonical_name", "changed", "command_text", "flags_text", "forbids_expunged", "numbers_beyond", "of",
    "parse_command", "quoted", "reads_content", "response_text", "to_text",
]  # fmt: skip
