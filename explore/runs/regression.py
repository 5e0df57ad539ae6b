"""Does it still break? What a test that `mailrace explain --format pytest` has written calls."""

from __future__ import annotations

from typing import NamedTuple

from explore.properties import property_named
from explore.runs.counterexample import transcript
from explore.runs.run import play
from explore.runs.schedule import Schedule, ScheduledMove
from explore.scenario import parse
from explore.system import AGENT
from model.protocol import parse_command
from model.store import parse_action
from strategies import Profile


class Rerun(NamedTuple):
    """Why the property breaks, in a sentence (None: it does not), and the whole story as a transcript."""

    broken: str | None
    story: str


Written = tuple[str, str, int] | tuple[str, str, int, int]


def rerun(
    name: str, profile: str, manner: str, scenario: str, moves: tuple[Written, ...], loop: int = 0
) -> Rerun:
    """The property of that name, on those moves (who, what, which answer, how many responses unread) under that profile.

    Raises ValueError where something can't be read.
    """
    prop = property_named(name)
    read = tuple(_move(*move) for move in moves)
    run = play(Schedule(name, parse("rerun", scenario), manner, Profile.parse(profile), read, loop))
    broken = run.broken(prop)
    return Rerun(None if broken is None else broken.reason, transcript(run, prop, broken))


def _move(who: str, what: str, outcome: int, unread: int = 0) -> ScheduledMove:
    if who == "Agent":
        return ScheduledMove(AGENT, parse_action(what), outcome)
    return ScheduledMove(int(who.removeprefix("C")) - 1, parse_command(what), outcome, unread)
