"""What is there to draw of a conversation? Who says what to whom, and from when on who errs, row by row.

The same is made of a run of the model (with what each client comes to believe, and the step on which a property breaks)
and of a transcript file (with its comments).
"""

from __future__ import annotations

from typing import NamedTuple

from explore.figures.sent_ahead import ResponsePlace, sent_ahead
from explore.properties import Property, property_named
from explore.runs import Run, remarks, spoken
from explore.system import AGENT, gap
from model.notation import CLIENT, COMMENT, OTHERWISE, SERVER, Line, Transcript
from model.protocol import Tagged, response_text

TAGGED, UNTAGGED, AHEAD, SERVED, WRONG, RIGHT_AGAIN, NOTE, REMARK, BROKEN, GAP = (
    "tagged", "untagged", "ahead", "served", "wrong", "right again", "note", "remark", "broken", "gap",
)  # fmt: skip
ARROWS = (TAGGED, UNTAGGED, AHEAD, SERVED)
"""What goes from one party to another: a command sent ahead leaves on the row AHEAD, and is served on the row SERVED."""


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
    go on for ever (0: none); `ahead` are the rows on which a command is sent ahead, each with that on which it is served."""

    title: str
    notes: tuple[str, ...]
    parties: tuple[str, ...]
    rows: tuple[Row, ...]
    broken: int = 0
    loop: int = 0
    ahead: tuple[tuple[Row, Row], ...] = ()


def of_run(run: Run, known: Property | None = None) -> Talk:
    """A run: what is said, what clients come to believe that is not so, and where that property (None: the one of its
    schedule, which must be in the catalogue) breaks."""
    schedule = run.schedule
    prop = property_named(schedule.property) if known is None else known
    broken = run.broken(prop)
    rows: list[Row] = []
    said = remarks(run)
    moments = sent_ahead(run)
    ahead: dict[int, tuple[Row, Row]] = {}
    for number, turn in enumerate(run.turns, 1):
        who, _, what = spoken(turn)[0].partition(": ")
        about = [_about(run, number, remark) for remark in said[number - 1]]
        rows.append(ahead[number - 1][1] if number - 1 in ahead else Row(number, TAGGED, who, "S", what))
        for place, (to, response) in enumerate(turn.responses):
            for later in moments.get(ResponsePlace(number - 1, place), ()):
                ahead[later] = _sent_ahead(run, number, later)
                rows += [_about(run, later + 1, said[later][0])._replace(turn=number), ahead[later][0]]
            kind = TAGGED if isinstance(response, Tagged) else UNTAGGED
            rows.append(Row(number, kind, "S", f"C{to + 1}", response_text(response, turn.tag)))
        rows += [row for row in about if row.kind != NOTE]
        if broken is not None and number == max(broken.turn, 1):
            rows.append(Row(number, BROKEN, "", "", f"✗ {prop.id} breaks: {broken.reason}"))
    if broken is None:
        rows.append(Row(len(run.turns), REMARK, "", "", f"{prop.id} does not break here"))
    acting = [f"C{sid + 1}" for sid in run.involved] + ["Agent"] * any(turn.move.sid == AGENT for turn in run.turns)
    server = f"Profile {run.profile}; {schedule.scenario.players(schedule.manner)}"
    notes = (prop.statement, f"{server}; scenario {schedule.scenario.name}: {schedule.scenario.title}")
    loop = len(run.turns) - schedule.loop + 1 if schedule.loop and run.blocked_at is None else 0
    title = f"{prop.id}{'' if broken is None else ' breaks'}"
    breaking = max(broken.turn, 1) if broken is not None else 0
    return Talk(title, notes, placed(acting), tuple(rows), breaking, loop, tuple(ahead.values()))


def _sent_ahead(run: Run, number: int, later: int) -> tuple[Row, Row]:
    """The rows of a command that is sent ahead in the course of turn `number`, and served in the turn at place `later`."""
    turn = run.turns[later]
    who, _, what = spoken(turn)[0].partition(": ")
    return Row(number, AHEAD, who, "S", what), Row(later + 1, SERVED, who, "S", f"({turn.tag} is served)")


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
    return Talk(transcript.title or "A transcript", notes, placed(list(acting)), tuple(rows))


def _said(turn: int, who: str, line: Line) -> Row:
    if line.kind == SERVER:
        return Row(turn, UNTAGGED if line.text.startswith("*") else TAGGED, "S", who, line.text)
    return Row(turn, TAGGED, who, "S", f"{line.tag} {line.text}".strip())


def placed(acting: list[str]) -> tuple[str, ...]:
    """The parties from left to right: the server beside the first client, the agent last."""
    clients = sorted((name for name in acting if name != "Agent"), key=lambda name: int(name[1:]))
    return (*clients[:1], "S", *clients[1:], *(["Agent"] if "Agent" in acting else []))
