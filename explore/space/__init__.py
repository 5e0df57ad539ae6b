"""All states under all profiles at once, and fast: the same steps as in `explore.system`, from tables."""

from __future__ import annotations

from explore.space.interning import Interned
from explore.space.own_strategy import StrategyError
from explore.space.profile_set import Universe, decide
from explore.space.state_space import REDUCTIONS, Space, Transition, sound
from explore.space.transition import ActorStep
from explore.space.transitions import State

__all__ = [
    "REDUCTIONS", "ActorStep", "Interned", "Space", "State", "StrategyError", "Transition", "Universe", "decide", "sound",
]  # fmt: skip
