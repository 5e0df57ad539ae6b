"""How is a conversation drawn? As a sequence diagram: who says what to whom, top to bottom, and who errs from when on."""

from __future__ import annotations

from matplotlib.figure import Figure

from explore.figures.canvas import FAMILY, TYPEWRITER, Canvas, Curve, Point, Size, flowed, shortened, size_of, wrapped
from explore.figures.conversation import (
    AHEAD, ARROWS, BROKEN, GAP, REMARK, RIGHT_AGAIN, TAGGED, UNTAGGED, WRONG, Row, Talk, of_run, of_transcript,
)  # fmt: skip
from explore.figures.style import GREY, LARGE, OKABE_ITO, SMALL
from explore.runs import Counterexample, Run
from model.notation import Transcript

WIDEST, TALLEST = 11.5, 16.0
"""No figure is larger than that, in inches, but for one with so many parties that there would be no room for words."""

MARGIN, PAD, SIDE = 0.25, 0.06, 1.4
GAPS = (1.6, 3.3)
NOTE_WIDTH = 2.3
BREAK_FILL, BREAK = "#FBE3D6", OKABE_ITO["vermillion"]
RIGHT = OKABE_ITO["blue"]
LEGEND = {
    TAGGED: "command, or its completion", UNTAGGED: "untagged response",
    AHEAD: "command sent ahead, until it is served", WRONG: "≠ begins to err", RIGHT_AGAIN: "= is right again",
}  # fmt: skip


def sequence_diagram(shown: Run | Counterexample | Transcript) -> Figure:
    """The sequence diagram of a run, a counterexample, or a transcript."""
    if isinstance(shown, Counterexample):
        return Page(of_run(shown.run, shown.about)).drawn().figure
    return Page(of_run(shown) if isinstance(shown, Run) else of_transcript(shown)).drawn().figure


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
