"""Scenarios and transcripts that the tests of the command line write to files, and the command line as a program."""

from __future__ import annotations

from pathlib import Path

SCENARIO = """\
Title: one expunges, one reads
Mailbox: FOO 2 messages, 2 \\Deleted
Selected: FOO by C1 C2

C1: EXPUNGE
C2: FETCH 1:2 BODY.PEEK[]
"""


def written(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8")
    return file
