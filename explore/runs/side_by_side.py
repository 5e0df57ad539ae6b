"""Where do two servers part? The same schedule under two profiles, side by side.

The same commands are sent in the same order, as long as each client would still send them.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from explore.properties import Property
from explore.runs.counterexample import head, spoken
from explore.runs.run import Run, play
from explore.runs.transcript_replay import NARROWEST, Replay, in_columns, read, replay
from strategies import Profile

_DRIVEN = re.compile(r"^. (?:C\d+|Agent): ", re.M)


class Versus(NamedTuple):
    """Two profiles on one schedule: the page to show, and a sentence that says under which the property breaks."""

    text: str
    sentence: str


def versus(run: Run, prop: Property, other: Profile, width: int = 100) -> Versus:
    """That run beside the same schedule under another profile."""
    against = play(run.schedule, other, run)
    rows = [*head(run, ""), *(row for turn in run.turns[: len(against.turns)] for row in ("", *spoken(turn)))]
    lines = [f"{prop.id}: {prop.statement}", ""]
    if against.turns:
        lines.append(columns(replay(read("\n".join(rows) + "\n"), other), width))
    if against.blocked_at is not None:
        who, _, what = str(against.blocked_at).partition(": ")
        connected = against.participant(-1, against.blocked_at.sid).client.connected
        instead = f"{who} does not send {what} here" if connected else f"{who} is disconnected"
        lines += ["", f"  Under {other} it goes no further like this: {instead}."]
    return Versus("\n".join(lines) + "\n", _sentence(prop, run, against, other))


def columns(result: Replay, width: int = 100) -> str:
    """A replay side by side, each column headed by its profile; says so if nothing differs."""
    column = (max(width, NARROWEST) - 5) // 2
    _, _, rows = in_columns(result, width).partition("\n")
    rows = _DRIVEN.sub("\n\\g<0>", rows)
    left, right = result.transcript.profile or "default", str(result.profile)
    note = "\n\n  Nothing differs." if result.ok else ""
    return f"  {left:{column}}   {right}\n{rows}{note}"


def _sentence(prop: Property, run: Run, against: Run, other: Profile) -> str:
    here, there = run.broken(prop), against.broken(prop)
    first = f"{prop.id} {'breaks' if here else 'does not break'} here under {run.profile}"
    if here and there:
        return f"{first}, and under {other}, too"
    also = "breaks" if there else "does not break"
    return f"{first}; under {other} it {also} on this schedule"
