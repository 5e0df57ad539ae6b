"""What can never matter again? Of a message that is expunged, what was told of its flags, and who has marked it.

("Dead variables": Bozga, Fernandez and Ghirvu, "State Space Reduction Based on Live Variables Analysis", SAS 1999.) An
expunged message never comes back, and its UID is never used again; for a server of somebody else's making nobody knows.
"""

from __future__ import annotations

from explore.space.session_state import uids
from explore.system import GroundTruth
from model.store import Mailbox


def canonical_truth(truth: GroundTruth, box: Mailbox | None) -> GroundTruth:
    """The truth about a client in whose mailbox are the messages of that box: who has marked an expunged message does
    not matter, nor which UID was the greatest, as long as the messages that are there are on the same side of it."""
    alive = uids(box)
    known = [uid for uid in (*alive, *(uid for uid, _ in truth.counted)) if uid <= truth.highest]
    return truth._replace(
        highest=max(known, default=0),
        marked=truth.marked & alive,
        half_done=tuple([pair for pair in truth.half_done if pair[0] in alive]),
    )


