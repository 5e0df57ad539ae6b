"""Which beliefs of a naive client make no difference? Those that no property asks about, as it acts on none.

A naive client sends what its program says, whatever it believes. So where no property looks at beliefs, there are none. And
where they do look, they ask for where it shows something that is not true (`explore.properties.ERRORS`): flags that are just
what the server has told it are none of that, as a server tells whatever is not so any more.
"""

from __future__ import annotations

from explore.system import MessageIdentity
from model.client import Client, Entry
from model.store import View


def unthinking(client: Client) -> Client:
    """The naive client without what it believes: what it sends next does not depend on that."""
    return Client(connected=client.connected, step=client.step, busy=client.busy)


def drop_unobserved_beliefs(
    client: Client, counted: tuple[MessageIdentity, ...], alive: frozenset[int] | None = None, view: View | None = None
) -> Client:
    """The naive client, which counts those messages, without beliefs that make no difference to what it sends, and that no
    check asks for.

    If it is known which UIDs are `alive`: the flags of others. If the server's `view` is known: flags that are just what
    the server has told, as it tells whatever is not so any more; flags of messages that are not in the view, as a waiting
    client counts such messages only once the server has let go of its session, and then its next command is answered with
    BYE; and UIDs, as they say no more than for which messages a silent UID STORE leaves it knowing the flags.
    """
    flags = dict(view) if view is not None else {}
    shown = []
    for entry, (uid, _) in zip(client.shown, counted, strict=False):
        known = (alive is not None and uid not in alive) or (view is not None and flags.get(uid, entry.flags) == entry.flags)
        shown.append(Entry(entry.uid if view is None else None, None if known else entry.flags, entry.content))
    return client._replace(shown=(*shown, *client.shown[len(shown) :]))
