"""What can never matter again? Of a message that is expunged, what was told of its flags, and who has marked it.

("Dead variables": Bozga, Fernandez and Ghirvu, "State Space Reduction Based on Live Variables Analysis", SAS 1999.) An
expunged message never comes back, and its UID is never used again; for a server of somebody else's making nobody knows.
"""

from __future__ import annotations

from explore.observation import Witness
from explore.parting import part, uids, untold, whole
from model.client import Client
from model.mailbox import Mailbox
from model.world import World


def bury(world: World) -> World:
    """The world that stands for this one, and for all that differ from it only in what was told of expunged messages."""
    common, kept = part(world)
    return whole(common, tuple(map(untold, kept)))


def settle(truth: Witness, box: Mailbox | None) -> Witness:
    """The witness, in whose mailbox are the messages of that box: who has marked an expunged message does not matter, nor
    which UID was the greatest, as long as the messages that are there are on the same side of it."""
    alive = uids(box)
    known = [uid for uid in (*alive, *(uid for uid, _ in truth.counted)) if uid <= truth.highest]
    return truth._replace(
        highest=max(known, default=0),
        marked=truth.marked & alive,
        half_done=tuple([pair for pair in truth.half_done if pair[0] in alive]),
    )


def shrug(client: Client, counted: tuple[tuple[int, str], ...], box: Mailbox | None) -> Client:
    """The naive client, which counts those messages, without what it believes of the flags of expunged ones: it sends the
    same whatever they are, and no check asks for them."""
    alive = uids(box)
    if all(entry.flags is None or uid in alive for entry, (uid, _) in zip(client.shown, counted, strict=False)):
        return client
    shown = tuple([
        entry if uid in alive else entry._replace(flags=None)
        for entry, (uid, _) in zip(client.shown, counted, strict=False)
    ])  # fmt: skip
    return client._replace(shown=shown + client.shown[len(shown) :])
