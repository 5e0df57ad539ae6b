"""What is one step of the whole? The plain transition system, which is what everything else here is compared with."""

from __future__ import annotations

from explore.system.belief import EXPUNGED, Belief, Fact, belief_of, belief_rows, gap
from explore.system.channel import WINDOW, Channel, Intended, RequestInFlight, counts, flying, intends, sendable
from explore.system.configuration import Configuration, Participant
from explore.system.ground_truth import AGENT, GroundTruth, MessageIdentity
from explore.system.moves import Act, Exchange, Move, Read, Receipt, Send, Sent, Serve, act_text, actor_name
from explore.system.ordering import may_follow, numbers_of
from explore.system.step import Step, observe
from explore.system.transition_system import NOBODY, Execute, Responses, System

__all__ = [
    "AGENT", "EXPUNGED", "NOBODY", "WINDOW", "Act", "Belief", "Channel", "Configuration", "Exchange", "Execute", "Fact",
    "GroundTruth", "Intended", "MessageIdentity", "Move", "Participant", "Read", "Receipt", "RequestInFlight", "Responses",
    "Send", "Sent", "Serve", "Step", "System", "act_text", "actor_name", "belief_of", "belief_rows", "counts", "flying",
    "gap", "intends", "may_follow", "numbers_of", "observe", "sendable",
]  # fmt: skip
