"""How is a conversation written down? RFC 2180's notation, read and written."""

from __future__ import annotations

from model.notation.tags import command_tag
from model.notation.transcript import (
    AGENT, CLIENT, COMMENT, MOST_CLIENTS, OTHERWISE, SERVER, Head, Line, Transcript, TranscriptError, build_world,
    parse, read_client, read_head, read_line, says, start,
)  # fmt: skip

__all__ = [
    "AGENT", "CLIENT", "COMMENT", "MOST_CLIENTS", "OTHERWISE", "SERVER", "Head", "Line", "Transcript",
    "TranscriptError", "build_world", "command_tag", "parse", "read_client", "read_head", "read_line", "says",
    "start",
]  # fmt: skip
