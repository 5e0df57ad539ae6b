"""The SimPy processes under control: somebody else makes every choice, and looks on."""

from __future__ import annotations

from explore.simulated.choice_environment import MOVE, REPLY, Label
from explore.simulated.controlled import ChoiceSource, Play, Setup
from explore.simulated.recording import Snapshot, Timeline, record

__all__ = [
    "MOVE", "REPLY", "ChoiceSource", "Label", "Play", "Setup", "Snapshot", "Timeline", "record",
]  # fmt: skip
