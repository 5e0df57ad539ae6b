"""What does a client that need not wait mean by its numbers? An account of what it has sent and what is on its way to it."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from explore.system import Intended, MessageIdentity, intends
from model import protocol as p
from model.client import Client


class Sending(NamedTuple):
    """One command as it was sent: what its client meant by the numbers, how many responses it had read by then, and
    whether it was waiting for an answer."""

    intended: Intended
    read: int
    early: bool


class Account:
    """What the messages are that one client counts by what it has read, and once it has read each response that is on
    its way (`coming`); what it has sent that is not served; how many responses it was sent, and has read."""

    def __init__(self, counted: tuple[MessageIdentity, ...]) -> None:
        self.counted = counted
        self.coming: deque[tuple[MessageIdentity, ...]] = deque()
        self.sent: deque[Sending] = deque()
        self.told = self.read = 0

    def sends(self, client: Client, command: p.Command) -> None:
        """The client, as it is before, sends that command."""
        self.sent.append(Sending(intends(client, self.counted, command), self.read, client.busy is not None))

    def hears(self, counted: tuple[MessageIdentity, ...]) -> None:
        """A response sets out after which the client counts those messages."""
        self.coming.append(counted)
        self.told += 1

    def reads(self) -> None:
        """The client reads the oldest response."""
        self.counted = self.coming.popleft()
        self.read += 1
