"""How is a conversation drawn? As a sequence diagram: who says what to whom, from top to bottom, and who errs from when on.

The same diagram is made of a run of the model (with what each client comes to believe, and the step on which a property
breaks) and of a transcript file (with its comments).
"""

from __future__ import annotations

from typing import NamedTuple

from matplotlib.figure import Figure

from explore.figures.canvas import FAMILY, TYPEWRITER, Canvas, Curve, Point, Size, flowed, shortened, size_of, wrapped
from explore.figures.sent_ahead import Moment, sent_ahead
from explore.figures.style import GREY, LARGE, OKABE_ITO, SMALL
from explore.properties import PROPERTIES
from explore.runs import Counterexample, Run, play, remarks, spoken
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
TAGGED, UNTAGGED, AHEAD, SERVED, WRONG, RIGHT_AGAIN, NOTE, REMARK, BROKEN, GAP = (
    "tagged", "untagged", "ahead", "served", "wrong", "right again", "note", "remark", "broken", "gap",
)  # fmt: skip
ARROWS = (TAGGED, UNTAGGED, AHEAD, SERVED)
"""What goes from one party to another: a command sent ahead leaves on the row AHEAD, and is served on the row SERVED."""


LEGEND = {
    TAGGED: "command, or its completion", UNTAGGED: "untagged response",
    AHEAD: "command sent ahead, until it is served", WRONG: "≠ begins to err", RIGHT_AGAIN: "= is right again",
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
    go on for ever (0: none); `ahead` are the rows on which a command is sent ahead, each with that on which it is served."""

    title: str
    notes: tuple[str, ...]
    parties: tuple[str, ...]
    rows: tuple[Row, ...]
    broken: int = 0
    loop: int = 0
    ahead: tuple[tuple[Row, Row], ...] = ()


def sequence_diagram(shown: Run | Counterexample | Transcript) -> Figure:
    """The sequence diagram of a run, a counterexample, or a transcript."""
    if isinstance(shown, Counterexample):
        shown = play(shown.schedule)
    return Page(of_run(shown) if isinstance(shown, Run) else of_transcript(shown)).drawn().figure


# --- what is to be drawn --------------------------------------------------------------------------------------------


def of_run(run: Run) -> Talk:
    """A run: what is said, what clients come to believe that is not so, and where its property breaks."""
    schedule = run.schedule
    prop = next(prop for prop in PROPERTIES if prop.id == schedule.property)
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
            for later in moments.get(Moment(number - 1, place), ()):
                ahead[later] = _sent_ahead(run, number, later)
                rows += [_about(run, later + 1, said[later][0])._replace(turn=number), ahead[later][0]]
            kind = TAGGED if isinstance(response, Tagged) else UNTAGGED
            rows.append(Row(number, kind, "S", f"C{to + 1}", response_text(response, turn.tag)))
        rows += [row for row in about if row.kind != NOTE]
        if broken is not None and number == max(broken.turn, 1):
            rows.append(Row(number, BROKEN, "", "", f"✗ {prop.id} breaks: {broken.reason}"))
    if broken is None:
        rows.append(Row(len(run.turns), REMARK, "", "", f"{prop.id} does not break here"))
    acting = [f"C{sid + 1}" for sid in run.cast] + ["Agent"] * any(turn.move.sid == AGENT for turn in run.turns)
    own = any(program.user is not None for program in schedule.scenario.programs)
    server = f"Profile {run.space.universe.profile(0)}; the {'other ' if own else ''}clients are {schedule.manner}"
    notes = (prop.statement, f"{server}; scenario {schedule.scenario.name}: {schedule.scenario.title}")
    loop = len(run.turns) - schedule.loop + 1 if schedule.loop and run.stuck is None else 0
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
    state, sid = run.states[turn], int(who[1:]) - 1
    errs = gap(run.space.world(state), run.space.actor(state, sid))
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


# --- drawing --------------------------------------------------------------------------------------------------------


class Page:
    """Places a conversation on a page: the width follows from the parties, the height from the rows."""

    def __init__(self, talk: Talk, widest: float = WIDEST) -> None:
        self.talk = talk
        lanes = len(talk.parties) - 1
        self.gap = min(max((widest - 2 * SIDE) / max(lanes, 1), GAPS[0]), GAPS[1])
        self.width = 2 * SIDE + lanes * self.gap
        self.x = {party: SIDE + place * self.gap for place, party in enumerate(talk.parties)}
        self.texts: dict[Row, str] = {row: self._written(row) for row in talk.rows}
        self.served_on = dict(talk.ahead)
        self.shown: frozenset[Row] = frozenset()
        """The rows for which there is room."""
        self.waiting: dict[Row, tuple[Point, int]] = {}
        """By the row on which it is served, where a command sent ahead left its client, and how many waited by then."""
        self.heads = 0.0
        """How far down the names of the parties are."""

    def drawn(self, figure: Figure | None = None) -> Canvas:
        """The page, as a figure of its own, or on that one."""
        talk = self.talk
        inner = self.width - 2 * MARGIN
        title = wrapped(shortened(talk.title), inner, LARGE, weight="bold")
        notes = [wrapped(shortened(note), inner) for note in talk.notes]
        y = MARGIN + size_of(title, LARGE, "bold").height + PAD
        tops = []
        for note in notes:
            tops.append(y)
            y += size_of(note).height + PAD
        heads = self.heads = y + 2 * PAD
        start = heads + 0.4
        room = TALLEST - start - 0.7
        rows = self._fitting(room)
        self.shown = frozenset(rows)
        end, entries = start + sum(map(self._height, rows)), self._entries(rows)
        canvas = Canvas(self.width, end + 0.6 + (entries[-1][2][1] if entries else 0.0), figure)
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
        return canvas

    # --- sizes ------------------------------------------------------------------------------------------------------

    def _written(self, row: Row) -> str:
        text = shortened(row.text)
        if row.kind in ARROWS:
            return wrapped(text, self.gap - 0.3, hanging="  ")
        if row.source:
            return wrapped(text, NOTE_WIDTH)
        return wrapped(text, self.width - 2 * MARGIN - 0.3, family=_font(row), weight=_weight(row))

    def _size(self, row: Row) -> Size:
        return size_of(self.texts[row], SMALL, _weight(row), _font(row))

    def _height(self, row: Row) -> float:
        height = self._size(row).height
        if row.kind in ARROWS:
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
        if row.kind in ARROWS:
            source, target = self.x[row.source], self.x[row.target]
            client = source if row.target == "S" else target
            middle = client + (self.gap / 2 if client < self.x["S"] else -self.gap / 2)
            canvas.text((middle, y + 0.03), text, ha="center", zorder=4)
            line = y + size.height + 0.09
            self._arrow(canvas, row, (source, line), (target, line))
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

    def _arrow(self, canvas: Canvas, row: Row, start: Point, end: Point) -> None:
        """The arrow of that row; that of a command sent ahead waits beside the server until it is served."""
        if row in self.served_on and self.served_on[row] in self.shown:
            self.waiting[self.served_on[row]] = (start, len(self.waiting))
        elif row in self.waiting:
            left, before = self.waiting.pop(row)
            beside = end[0] + min(0.1 + 0.03 * before, 0.14) * (1 if start[0] > end[0] else -1)
            _arrow(canvas, (left, (beside, left[1]), (beside, end[1]), end), TAGGED)
        else:
            _arrow(canvas, (start, end), row.kind)

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
            if kind == AHEAD:
                _arrow(canvas, ((x, y - 0.06), (x + 0.25, y - 0.06), (x + 0.25, y + 0.06), (x + 0.35, y + 0.06)), kind)
            elif kind in ARROWS:
                _arrow(canvas, ((x, y), (x + 0.35, y)), kind)
            else:
                _note_box(canvas, (x + 0.02, y - 0.06), Size(0.3, 0.12), kind)
            canvas.text((x + 0.42, y), text, va="center")


def _arrow(canvas: Canvas, points: tuple[Point, ...], kind: str) -> None:
    """Untagged responses are dashed, all else is solid."""
    style = (0, (4, 2.5)) if kind == UNTAGGED else "-"
    curve = Curve(points[0])
    for point in points[1:]:
        curve.straight(point)
    canvas.arrow(curve, color="black", linewidth=1.0, linestyle=style, joinstyle="miter", zorder=3)


def _note_box(canvas: Canvas, corner: Point, size: Size, kind: str) -> None:
    """The box of a note: thick where a client errs."""
    edge, width = (BREAK, 1.6) if kind == WRONG else (RIGHT, 0.8)
    canvas.box(corner, size, rounding=0.04, facecolor="white", edgecolor=edge, linewidth=width, zorder=4)


def _weight(row: Row) -> str:
    return "bold" if row.kind == BROKEN else "normal"


def _font(row: Row) -> str:
    """Comments that are set as a table keep their columns."""
    return TYPEWRITER if row.kind == REMARK and "  " in row.text else FAMILY
