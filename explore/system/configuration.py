"""How do things stand at one moment? The server, each client with the truth about it, what is on the way, and the agent."""

from __future__ import annotations

from typing import NamedTuple

from explore.system.channel import Channel
from explore.system.ground_truth import GroundTruth
from model.client import Client
from model.store import World


class Participant(NamedTuple):
    """A client as the explorer sees it: what it believes, and what is true of it."""

    client: Client
    truth: GroundTruth


class Configuration(NamedTuple):
    """The whole at one moment: the server's world; for each session its client and the truth about it; where requests and
    responses take time, what is on the way to and from each (otherwise `channels` is empty); and how many of its actions
    the external agent has taken.

    Of a client to which responses are on the way, `participants` has what it believes now, and what is true once it has
    read them: the truth is about what was sent.
    """

    world: World
    participants: tuple[Participant, ...]
    channels: tuple[Channel, ...] = ()
    agent: int = 0

    def client(self, sid: int) -> Client:
        """What that client believes now."""
        return self.participants[sid].client

    def truth(self, sid: int) -> GroundTruth:
        """What is true of that client."""
        return self.participants[sid].truth

    def with_participant(self, sid: int, participant: Participant) -> Configuration:
        """The configuration with that participant in the place of session `sid`'s."""
        people = self.participants
        return self._replace(participants=(*people[:sid], participant, *people[sid + 1 :]))

    def with_channel(self, sid: int, channel: Channel) -> Configuration:
        """The configuration with that channel in the place of session `sid`'s."""
        return self._replace(channels=(*self.channels[:sid], channel, *self.channels[sid + 1 :]))
