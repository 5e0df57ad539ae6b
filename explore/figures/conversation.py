"""What is there to draw of a conversation? Who says what to whom, and from when on who errs, row by row.

The same is made of a run of the model (with what each client comes to believe, and the step on which a property breaks)
and of a transcript file (with its comments).
"""

from __future__ import annotations

from typing import NamedTuple

from explore.properties import PROPERTIES
from explore.runs import Run, remarks, spoken
from explore.system import AGENT, gap
from model.notation import CLIENT, COMMENT, OTHERWISE, SERVER, Line, Transcript
from model.protocol import Tagged, response_text

TAGGED, UNTAGGED, WRONG, RIGHT_AGAIN, NOTE, REMARK, BROKEN, GAP = (
    "tagged", "untagged", "wrong", "right again", "note", "remark", "broken", "gap",
)  # fmt: skip


class Row(NamedTuple):
    """One thing on the page, in the course of that turn: a message from one party to another ("tagged": also a request),
    or a note to one party or (`source` is "") to all."""

    turn: int
    kind: str
    source: str
    target: str
    text: str


class Talk(NamedTuple):
    """A conversation to be drawn; `broken` is the turn on which a property breaks, and `loop` the first one of those that
    go on for ever (0: none)."""

    title: str
    notes: tuple[str, ...]
    parties: tuple[str, ...]
    rows: tuple[Row, ...]
    broken: int = 0
    loop: int = 0


def of_run(run: Run) -> Talk:
    """A run: what is said, what clients come to believe that is not so, and where its property breaks."""
    schedule = run.schedule
    prop = next(prop for prop in PROPERTIES if prop.id == schedule.property)
    broken = run.broken(prop)
    rows: list[Row] = []
    for number, (turn, remarked) in enumerate(zip(run.turns, remarks(run), strict=True), 1):
        who, _, what = spoken(turn)[0].partition(": ")
        about = [_about(run, number, remark) for remark in remarked]
        rows += [row for row in about if row.kind == NOTE]
        rows.append(Row(number, TAGGED, who, "S", what))
        for to, response in turn.responses:
            kind = TAGGED if isinstance(response, Tagged) else UNTAGGED
            rows.append(Row(number, kind, "S", f"C{to + 1}", response_text(response, turn.tag)))
        rows += [row for row in about if row.kind != NOTE]
        if broken is not None and number == max(broken.turn, 1):
            rows.append(Row(number, BROKEN, "", "", f"✗ {prop.id} breaks: {broken.reason}"))
    if broken is None:
        rows.append(Row(len(run.turns), REMARK, "", "", f"{prop.id} does not break here"))
    acting = [f"C{sid + 1}" for sid in run.involved] + ["Agent"] * any(turn.move.sid == AGENT for turn in run.turns)
    own = any(program.user is not None for program in schedule.scenario.programs)
    server = f"Profile {run.profile}; the {'other ' if own else ''}clients are {schedule.manner}"
    notes = (prop.statement, f"{server}; scenario {schedule.scenario.name}: {schedule.scenario.title}")
    loop = len(run.turns) - schedule.loop + 1 if schedule.loop else 0
    title = f"{prop.id}{'' if broken is None else ' breaks'}"
    return Talk(title, notes, _placed(acting), tuple(rows), max(broken.turn, 1) if broken is not None else 0, loop)


def _about(run: Run, turn: int, remark: str) -> Row:
    """A remark on a client: that it begins to err, that it is right again, or something else."""
    who, _, what = remark.partition(" ")
    sid = int(who[1:]) - 1
    errs = gap(run.world(turn), run.participant(turn, sid))
    if any(what.startswith(error) for error in errs):
        return Row(turn, WRONG, who, "", f"≠ {what}")
    right = what.startswith("is right about everything")
    return Row(turn, RIGHT_AGAIN if right else NOTE, who, "", f"= {what}" if right else what)


def of_transcript(transcript: Transcript) -> Talk:
    """A transcript as it is written, with its comments."""
    rows: list[Row] = []
    acting: dict[str, None] = {}
    turn = 0
    for line in transcript.lines:
        who = f"C{line.who + 1}" if line.kind in (CLIENT, SERVER) else "Agent"
        turn += line.kind not in (SERVER, COMMENT, OTHERWISE)
        if line.kind == COMMENT:
            rows.append(Row(turn, REMARK, "", "", line.text))
            continue
        if line.kind == OTHERWISE:
            rows.append(Row(turn, REMARK, "", "", f"(otherwise with {line.text})"))
            continue
        acting[who] = None
        rows.append(_said(turn, who, line))
    notes = (f"Profile {transcript.profile}",) if transcript.profile else ()
    return Talk(transcript.title or "A transcript", notes, _placed(list(acting)), tuple(rows))


def _said(turn: int, who: str, line: Line) -> Row:
    if line.kind == SERVER:
        return Row(turn, UNTAGGED if line.text.startswith("*") else TAGGED, "S", who, line.text)
    return Row(turn, TAGGED, who, "S", f"{line.tag} {line.text}".strip())


def _placed(acting: list[str]) -> tuple[str, ...]:
    """The parties from left to right: the server beside the first client, the agent last."""
    clients = sorted((name for name in acting if name != "Agent"), key=lambda name: int(name[1:]))
    return (*clients[:1], "S", *clients[1:], *(["Agent"] if "Agent" in acting else []))
