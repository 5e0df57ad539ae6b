"""The exit codes of every command, besides 0."""

from __future__ import annotations

VIOLATED, USAGE, INTERRUPTED = 1, 2, 130
