"""DOT's quoting."""

from __future__ import annotations


def dot_string(text: str, left: bool = False) -> str:
    r"""Text as a quoted string of DOT; with `left`, its lines set flush left.

    >>> dot_string('say "\\Seen"')
    '"say \\"\\\\Seen\\""'
    """
    end = "\\l" if left else "\\n"
    rows = [row.replace("\\", "\\\\").replace('"', '\\"') for row in text.splitlines()]
    return f'"{end.join(rows)}{end if left else ""}"'
