"""The exit codes of every command, besides 0."""

from __future__ import annotations

VIOLATED, USAGE, INTERRUPTED, PIPE_CLOSED = 1, 2, 130, 141
