"""How does a conversation look in a notebook? As HTML that is safe, and readable on white and on black.

Everything is escaped. Styles stand on the elements themselves, and what they tell apart is also told by weight, slant or
the words: some viewers drop all styles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

CALM, ALARM = "color:#2E86C8", "color:#D9601A"
"""Blue and vermillion with a contrast of more than 3.5 to 1 on white and on black."""
FAINT = "opacity:.75"

_REQUEST = re.compile(r"(?:C\d*|Agent): ")
_HEADER = re.compile(r"(?:Title|Profile|Mailbox|Selected|Examined|Bound|Clients): ")
_PRE = "line-height:1.35;white-space:pre-wrap;background:none;color:inherit"


def element(name: str, content: str, style: str = "") -> str:
    """An element around HTML that is escaped already."""
    return f'<{name} style="{style}">{content}</{name}>' if style else f"<{name}>{content}</{name}>"


def conversation(rows: Iterable[str]) -> str:
    """The lines of a transcript as HTML: requests are bold, untagged responses blue, refusals (NO, BAD, BYE) vermillion,
    comments in italics, the header faint."""
    lines = []
    for row in rows:
        style = _style(row)
        lines.append(element("span", escape(row), style) if style else escape(row))
    return element("pre", "\n".join(lines), _PRE)


def _style(row: str) -> str:
    if row.startswith("<"):
        return f"font-style:italic;{FAINT}"
    if _REQUEST.match(row):
        return "font-weight:bold"
    if _HEADER.match(row):
        return FAINT
    if re.match(r"S\d*: (?:\S+ (?:NO|BAD)\b|\* BYE\b)", row):
        return ALARM
    return CALM if re.match(r"S\d*: \*", row) else ""


def table(headings: Iterable[str], rows: Iterable[tuple[bool, Iterable[str]]]) -> str:
    """A table of plain text; each row is marked (bold) or not."""
    head = "".join(element("th", escape(text), "text-align:left") for text in headings)
    body = [
        element("tr", "".join(element("td", escape(cell), _cell(marked)) for cell in cells)) for marked, cells in rows
    ]
    return element("table", element("thead", element("tr", head)) + element("tbody", "".join(body)))


def _cell(marked: bool) -> str:
    return "text-align:left;font-weight:bold" if marked else "text-align:left"


def folded(summary: str, content: str) -> str:
    """HTML that is shown when one clicks on the summary (plain text)."""
    return element("details", element("summary", escape(summary)) + content)
