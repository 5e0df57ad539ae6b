"""What is said of a property, or of a strategy and a property: one word, with its mark and what it means in a table."""

from __future__ import annotations

from enum import StrEnum


class Word(StrEnum):
    """HOLDS: never broken within the bound. BREAKS: broken somewhere (of a strategy: it is to blame). UNREACHABLE: nothing
    ever asked. UNDETERMINED: the search ended before it could tell."""

    HOLDS = "holds"
    BREAKS = "breaks"
    UNREACHABLE = "unreachable"
    UNDETERMINED = "undetermined"

    @property
    def mark(self) -> str:
        """The one character that stands for it."""
        return {Word.HOLDS: "✓", Word.BREAKS: "✗", Word.UNREACHABLE: "–", Word.UNDETERMINED: "?"}[self]

    @property
    def meaning(self) -> str:
        """What it says of a strategy in the table of strategies and hazards."""
        return {
            Word.HOLDS: "not to blame",
            Word.BREAKS: "to blame: choosing otherwise here can cure it, or nothing can",
            Word.UNREACHABLE: "never came up",
            Word.UNDETERMINED: "undetermined",
        }[self]
