"""What can be done in one step, and by whom? Values of a few kinds."""

from __future__ import annotations

from typing import NamedTuple, Union

from explore.system.ground_truth import AGENT
from model import protocol as p
from model.protocol import command_text, response_text
from model.store import ACTIONS, Action, agent


class Exchange(NamedTuple):
    """A client that waits for answers sends that command, the server serves it, and the client reads all of the answer:
    nobody else can tell whether anything came between."""

    sid: int
    command: p.Command


class Send(NamedTuple):
    """A client sends that command; it is on its way."""

    sid: int
    command: p.Command


class Serve(NamedTuple):
    """The server serves the oldest request of that session."""

    sid: int


class Read(NamedTuple):
    """A client reads the oldest response on its way."""

    sid: int


class Act(NamedTuple):
    """The external agent acts."""

    action: Action

    @property
    def sid(self) -> int:
        """Who moves, as for the other kinds."""
        return AGENT


Move = Union[Exchange, Send, Serve, Read, Act]


class Sent(NamedTuple):
    """What is done in a step that only sends a command."""

    command: p.Command


class Receipt(NamedTuple):
    """What is done in a step in which a client only reads a response."""

    response: p.Response


def actor_name(sid: int) -> str:
    """C1, C2, ... or Agent."""
    return "Agent" if sid == AGENT else f"C{sid + 1}"


def act_text(act: p.Command | Action | Sent | Receipt) -> str:
    """The command or action, as in a transcript; or a stage of one."""
    if isinstance(act, Sent):
        return f"sends {command_text(act.command)}"
    if isinstance(act, Receipt):
        return f"reads {response_text(act.response, '')}".rstrip()
    return agent.action_text(act) if isinstance(act, ACTIONS) else command_text(act)
