"""All states under all profiles at once, and fast: the same steps as in `explore.system`, from tables."""

from __future__ import annotations

from explore.space.async_transitions import AsyncTransitions
from explore.space.interning import Interned
from explore.space.profile_set import Universe, decide
from explore.space.quiescence import diverges
from explore.space.reductions.dead_state import bury, drop_unobserved_beliefs, settle
from explore.space.reductions.write_only import seal, sealed
from explore.space.server_table import MAILBOX, MESSAGE, Execute, Responses
from explore.space.session_state import uids
from explore.space.state_space import REDUCTIONS, Space, Transition
from explore.space.transition import ActorStep, Receipt, Sent
from explore.space.transitions import State, Transitions, forgetful, unthinking

__all__ = [
    "MAILBOX", "MESSAGE", "REDUCTIONS", "ActorStep",
    "AsyncTransitions", "Execute", "Interned", "Receipt", "Responses", "Sent", "Space",
    "State", "Transition", "Transitions", "Universe", "bury", "decide", "diverges", "drop_unobserved_beliefs",
    "forgetful", "seal", "sealed", "settle", "uids", "unthinking",
]  # fmt: skip
