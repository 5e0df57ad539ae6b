"""What is one step of the whole? The plain transition system, which is what everything else here is compared with."""

from __future__ import annotations

from explore.system.belief import EXPUNGED, Belief, Fact, belief_of, gap, table
from explore.system.channel import WINDOW, Channel, Intended, Request, counts, flying, intends, sendable
from explore.system.observation import AGENT, GroundTruth, MessageIdentity, Observation, observe
from explore.system.ordering import may_follow, numbers_of
from explore.system.participant import Actor

__all__ = [
    "AGENT", "EXPUNGED", "WINDOW", "Actor", "Belief", "Channel", "Fact", "GroundTruth", "Intended",
    "MessageIdentity", "Observation", "Request", "belief_of", "counts", "flying", "gap", "intends", "may_follow",
    "numbers_of", "observe", "sendable", "table",
]  # fmt: skip
