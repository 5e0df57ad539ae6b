"""Who moves when? A schedule is one course of events, apart from the server it is run on."""

from __future__ import annotations

from typing import NamedTuple

from explore.scenario import Scenario
from explore.system import act_text, actor_name
from model import protocol as p
from model.store import Action
from strategies import Profile


class ScheduledMove(NamedTuple):
    """One move: who (a session, or AGENT) does what, which of the answers that the profile allows comes, and how many of
    the responses to it this client has not read when it does it: by then it has read all others."""

    sid: int
    act: p.Command | Action
    outcome: int = 0
    unread: int = 0

    def __str__(self) -> str:
        return f"{actor_name(self.sid)}: {act_text(self.act)}"


class Schedule(NamedTuple):
    """A course of events that is to show something of a property: in which scenario, for clients of which manner, under
    which profile; the last `loop` moves go on for ever."""

    property: str
    scenario: Scenario
    manner: str
    profile: Profile
    moves: tuple[ScheduledMove, ...]
    loop: int = 0
