"""How is a conversation drawn? As a sequence diagram: who says what to whom, from top to bottom, and who errs from when on.

The same diagram is made of a run of the model (with what each client comes to believe, and the step on which a property
breaks) and of a transcript file (with its comments).
"""

from __future__ import annotations

from typing import NamedTuple

from matplotlib.figure import Figure

from explore.figures.canvas import FAMILY, TYPEWRITER, Canvas, Curve, Point, Size, flowed, shortened, size_of, wrapped
from explore.figures.style import GREY, LARGE, OKABE_ITO, SMALL
from explore.properties import PROPERTIES
from explore.runs import Counterexample, Run, remarks, spoken
from explore.system import AGENT, gap
from model.notation import CLIENT, COMMENT, OTHERWISE, SERVER, Line, Transcript
from model.protocol import Tagged, response_text

WIDEST, TALLEST = 11.5, 16.0
"""No figure is larger than that, in inches, but for one with so many parties that there would be no room for words."""

MARGIN, PAD, SIDE = 0.25, 0.06, 1.4
GAPS = (1.6, 3.3)
NOTE_WIDTH = 2.3
BREAK_FILL, BREAK = "#FBE3D6", OKABE_ITO["vermillion"]
RIGHT = OKABE_ITO["blue"]
TAGGED, UNTAGGED, WRONG, RIGHT_AGAIN, NOTE, REMARK, BROKEN, GAP = (
    "tagged", "untagged", "wrong", "right again", "note", "remark", "broken", "gap",
)  # fmt: skip


LEGEND = {
    TAGGED: "command, or its completion", UNTAGGED: "untagged response", WRONG: "≠ begins to err",
    RIGHT_AGAIN: "= is right again",
}  # fmt: skip


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


def sequence_diagram(shown: Run | Counterexample | Transcript) -> Figure:
    """The sequence diagram of a run, a counterexample, or a transcript."""
    if isinstance(shown, Counterexample):
        shown = shown.run
    return _Page(of_run(shown) if isinstance(shown, Run) else of_transcript(shown)).figure()


# --- what is to be drawn --------------------------------------------------------------------------------------------


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


# --- drawing --------------------------------------------------------------------------------------------------------


class _Page:
    """Places a conversation on a page: the width follows from the parties, the height from the rows."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        lanes = len(talk.parties) - 1
        self.gap = min(max((WIDEST - 2 * SIDE) / max(lanes, 1), GAPS[0]), GAPS[1])
        self.width = 2 * SIDE + lanes * self.gap
        self.x = {party: SIDE + place * self.gap for place, party in enumerate(talk.parties)}
        self.texts: dict[Row, str] = {row: self._written(row) for row in talk.rows}

    def figure(self) -> Figure:
        talk = self.talk
        inner = self.width - 2 * MARGIN
        title = wrapped(shortened(talk.title), inner, LARGE, weight="bold")
        notes = [wrapped(shortened(note), inner) for note in talk.notes]
        y = MARGIN + size_of(title, LARGE, "bold").height + PAD
        tops = []
        for note in notes:
            tops.append(y)
            y += size_of(note).height + PAD
        heads = y + 2 * PAD
        start = heads + 0.4
        room = TALLEST - start - 0.7
        rows = self._fitting(room)
        end, entries = start + sum(map(self._height, rows)), self._entries(rows)
        canvas = Canvas(self.width, end + 0.6 + (entries[-1][2][1] if entries else 0.0))
        canvas.text((MARGIN, MARGIN), title, LARGE, weight="bold")
        for top, note in zip(tops, notes, strict=True):
            canvas.text((MARGIN, top), note)
        self._background(canvas, rows, start)
        for party, x in self.x.items():
            canvas.line(((x, heads + 0.26), (x, end + 0.1)), color=GREY, linewidth=0.8, zorder=1)
            canvas.box((x - 0.35, heads), Size(0.7, 0.26), facecolor="white", edgecolor="black", linewidth=1.0, zorder=2)
            canvas.text((x, heads + 0.13), party, weight="bold", ha="center", va="center_baseline", zorder=3)
        y = start
        for row in rows:
            self._draw(canvas, row, y)
            y += self._height(row)
        self._legend(canvas, entries, end + 0.35)
        return canvas.figure

    # --- sizes ------------------------------------------------------------------------------------------------------

    def _written(self, row: Row) -> str:
        text = shortened(row.text)
        if row.kind in (TAGGED, UNTAGGED):
            return wrapped(text, self.gap - 0.3, hanging="  ")
        if row.source:
            return wrapped(text, NOTE_WIDTH)
        return wrapped(text, self.width - 2 * MARGIN - 0.3, family=_font(row), weight=_weight(row))

    def _size(self, row: Row) -> Size:
        return size_of(self.texts[row], SMALL, _weight(row), _font(row))

    def _height(self, row: Row) -> float:
        height = self._size(row).height
        if row.kind in (TAGGED, UNTAGGED):
            return height + 0.19
        return height + (0.22 if row.source else 0.12)

    def _fitting(self, room: float) -> list[Row]:
        """The rows, as many as fit on a page: of more, the first and the last."""
        rows = list(self.talk.rows)
        if sum(map(self._height, rows)) <= room:
            return rows
        first: list[Row] = []
        last: list[Row] = []
        left = room - 0.4
        while rows and left > self._height(rows[0]):
            side = first if len(first) * 2 <= len(last) else last
            row = rows.pop(0 if side is first else -1)
            side.insert(len(first) if side is first else 0, row)
            left -= self._height(row)
        gap = Row(first[-1].turn, GAP, "", "", f"… {len(rows):,} lines left out: the page is full …")
        self.texts[gap] = gap.text
        return [*first, gap, *last]

    # --- drawing ----------------------------------------------------------------------------------------------------

    def _background(self, canvas: Canvas, rows: list[Row], start: float) -> None:
        """The step on which the property breaks, and the loop."""
        spans: dict[int, list[float]] = {}
        y = start
        for row in rows:
            span = spans.setdefault(row.turn, [y, y])
            y += self._height(row)
            span[1] = y
        broken, loop = self.talk.broken, self.talk.loop
        looping = [span for turn, span in spans.items() if loop and turn >= loop]
        breaking = looping or [span for turn, span in spans.items() if broken and turn == broken]
        wide = self.width - 2 * MARGIN
        if broken and breaking:
            top, bottom = breaking[0][0], breaking[-1][1]
            canvas.box((MARGIN, top), Size(wide, bottom - top), facecolor=BREAK_FILL, edgecolor="none", zorder=0)
            canvas.box((MARGIN, top), Size(0.06, bottom - top), facecolor=BREAK, edgecolor="none", zorder=1)
        if looping:
            top, bottom = looping[0][0] - 0.02, looping[-1][1] + 0.02
            frame = Size(wide + 0.1, bottom - top)
            canvas.box((MARGIN - 0.05, top), frame, facecolor="none", edgecolor="black", linewidth=1.0, linestyle="--")
            canvas.text((self.width - MARGIN - 0.05, top + 0.05), "for ever", ha="right", style="italic", zorder=4)

    def _draw(self, canvas: Canvas, row: Row, y: float) -> None:
        text, size = self.texts[row], self._size(row)
        if row.kind in (TAGGED, UNTAGGED):
            source, target = self.x[row.source], self.x[row.target]
            client = source if row.target == "S" else target
            middle = client + (self.gap / 2 if client < self.x["S"] else -self.gap / 2)
            canvas.text((middle, y + 0.03), text, ha="center", zorder=4)
            line = y + size.height + 0.09
            _arrow(canvas, (source, line), (target, line), row.kind)
        elif row.source:
            self._note(canvas, row, self.x[row.source], y + 0.05, size)
        elif row.kind == GAP:
            frame = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
            canvas.text((self.width / 2, y + 0.04), text, ha="center", style="italic", bbox=frame, zorder=4)
        else:
            frame = {"facecolor": BREAK_FILL if row.kind == BROKEN else "white", "edgecolor": "none", "pad": 1.0}
            canvas.text(
                (MARGIN + 0.15, y + 0.05), text, weight=_weight(row), family=_font(row), bbox=frame, zorder=4
            )

    def _note(self, canvas: Canvas, row: Row, x: float, y: float, size: Size) -> None:
        """A box on the lifeline of the client that it is about."""
        corner = (x - size.width / 2 - PAD, y)
        _note_box(canvas, corner, Size(size.width + 2 * PAD, size.height + 2 * PAD), row.kind)
        canvas.text((corner[0] + PAD, y + PAD), self.texts[row], zorder=5)

    def _entries(self, rows: list[Row]) -> list[tuple[str, str, Point]]:
        """The legend: each kind that occurs, in words, and where it goes."""
        kinds = {row.kind for row in rows}
        entries = [(kind, text) for kind, text in LEGEND.items() if kind in kinds]
        places = flowed([0.42 + size_of(text).width for _, text in entries], self.width - 2 * MARGIN, 0.25, 0.25)
        return [(kind, text, place) for (kind, text), place in zip(entries, places, strict=True)]

    def _legend(self, canvas: Canvas, entries: list[tuple[str, str, Point]], top: float) -> None:
        for kind, text, (right, down) in entries:
            x, y = MARGIN + right, top + down
            if kind in (TAGGED, UNTAGGED):
                _arrow(canvas, (x, y), (x + 0.35, y), kind)
            else:
                _note_box(canvas, (x + 0.02, y - 0.06), Size(0.3, 0.12), kind)
            canvas.text((x + 0.42, y), text, va="center")


def _arrow(canvas: Canvas, start: Point, end: Point, kind: str) -> None:
    """Commands and their completions are solid, untagged responses dashed."""
    style = "-" if kind == TAGGED else (0, (4, 2.5))
    canvas.arrow(Curve(start).straight(end), color="black", linewidth=1.0, linestyle=style, zorder=3)


def _note_box(canvas: Canvas, corner: Point, size: Size, kind: str) -> None:
    """The box of a note: thick where a client errs."""
    edge, width = (BREAK, 1.6) if kind == WRONG else (RIGHT, 0.8)
    canvas.box(corner, size, rounding=0.04, facecolor="white", edgecolor=edge, linewidth=width, zorder=4)


def _weight(row: Row) -> str:
    return "bold" if row.kind == BROKEN else "normal"


def _font(row: Row) -> str:
    """Comments that are set as a table keep their columns."""
    return TYPEWRITER if row.kind == REMARK and "  " in row.text else FAMILY
