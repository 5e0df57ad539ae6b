"""How are mailboxes named? Source: RFC 3501 §5.1."""

from __future__ import annotations


INBOX = "INBOX"


DELIMITER = "/"


def canonical_name(name: str) -> str:
    """INBOX is case-insensitive (RFC 3501 §5.1); other names stay as they are."""
    return INBOX if name.isascii() and name.upper() == INBOX else name
