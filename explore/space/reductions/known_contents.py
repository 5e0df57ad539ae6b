"""Which contents that a client shows make no difference? Those that it shows rightly.

Content never changes, and nothing that a client does depends on one that it shows rightly: so whether it has seen it
makes no difference to what can go wrong. Not so for a client of somebody's own making, which may do what it likes.
"""

from __future__ import annotations

from explore.system import MessageIdentity
from model.client import Client


def forgetful(client: Client, counted: tuple[MessageIdentity, ...]) -> Client:
    """The client, which counts those messages, without the contents that it shows rightly."""
    if all(entry.content is None for entry in client.shown):
        return client
    shown = tuple(
        entry._replace(content=None) if entry.content == content else entry
        for entry, (_, content) in zip(client.shown, counted, strict=False)
    )
    return client._replace(shown=shown + client.shown[len(shown) :])
