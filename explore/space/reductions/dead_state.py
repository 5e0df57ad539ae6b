"""What can never matter again? Of a message that is expunged, what was told of its flags, and who has marked it.

("Dead variables": Bozga, Fernandez and Ghirvu, "State Space Reduction Based on Live Variables Analysis", SAS 1999.) An
expunged message never comes back, and its UID is never used again; for a server of somebody else's making nobody knows.
"""

from __future__ import annotations

from explore.space.session_state import part, uids, untold, whole
from explore.system import GroundTruth, MessageIdentity
from model.client import Client, Entry
from model.store import Mailbox, View, World


def bury(world: World) -> World:
    """The world that stands for this one, and for all that differ from it only in what was told of expunged messages."""
    common, kept = part(world)
    return whole(common, tuple(map(untold, kept)))


def settle(truth: GroundTruth, box: Mailbox | None) -> GroundTruth:
    """The witness, in whose mailbox are the messages of that box: who has marked an expunged message does not matter, nor
    which UID was the greatest, as long as the messages that are there are on the same side of it."""
    alive = uids(box)
    known = [uid for uid in (*alive, *(uid for uid, _ in truth.counted)) if uid <= truth.highest]
    return truth._replace(
        highest=max(known, default=0),
        marked=truth.marked & alive,
        half_done=tuple([pair for pair in truth.half_done if pair[0] in alive]),
    )


def drop_unobserved_beliefs(
    client: Client, counted: tuple[MessageIdentity, ...], alive: frozenset[int] | None = None, view: View | None = None
) -> Client:
    """The naive client, which counts those messages, without beliefs that make no difference to what it sends, and that no
    check asks for.

    If it is known which UIDs are `alive`: the flags of others. If the server's `view` is known: flags that are just what
    the server has told, as it tells whatever is not so any more; and UIDs, as they say no more than for which messages a
    silent UID STORE leaves it knowing the flags.
    """
    told = dict(view) if view is not None else {}
    shown = []
    for entry, (uid, _) in zip(client.shown, counted, strict=False):
        known = (alive is not None and uid not in alive) or told.get(uid) == entry.flags
        shown.append(Entry(entry.uid if view is None else None, None if known else entry.flags, entry.content))
    return client._replace(shown=(*shown, *client.shown[len(shown) :]))
