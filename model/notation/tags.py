"""How are commands tagged? As in RFC 2180's examples."""

from __future__ import annotations


def command_tag(sid: int, number: int) -> str:
    """The tag of a client's command of that number (from 1), as RFC 2180 has them: A001, B001, ...

    >>> command_tag(1, 12)
    'B012'
    """
    letter = chr(ord("A") + sid) if sid < 26 else f"T{sid + 1}."
    return f"{letter}{number:03}"
