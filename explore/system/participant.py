"""Who takes part? A client, and the truth about it."""

from __future__ import annotations

from typing import NamedTuple

from explore.system.observation import GroundTruth
from model.client import Client


class Actor(NamedTuple):
    """A client as the explorer sees it: what it believes, and what is true."""

    client: Client
    truth: GroundTruth
