"""Where do two servers part? The same schedule under two profiles, as two sequence diagrams in one figure.

They stand side by side where there is room for words, else one below the other. What is the same comes first in both, on
the same height; then a line says that from there on they differ.
"""

from __future__ import annotations

from matplotlib.figure import Figure

from explore.figures.canvas import Canvas, Point, Size, shortened, size_of, wrapped
from explore.figures.conversation import REMARK, Row, Talk, of_run, placed
from explore.figures.sequence import MARGIN, PAD, WIDEST, Page
from explore.figures.style import DOTS_PER_INCH, LARGE, PALE
from explore.properties import Property, property_named
from explore.runs import Run, play
from explore.system import actor_name
from strategies import Profile

PARTING = "▼ from here on, the two servers differ"
WIDEST_PAIR = 12.5
"""Inches that two diagrams side by side may take."""


def side_by_side(own: Run, other: Profile, known: Property | None = None) -> Figure:
    """That run, and the same schedule under that other profile, each as far as the clients still send what it says; and
    where that property (None: the one of its schedule, which must be in the catalogue) breaks."""
    prop = property_named(own.schedule.property) if known is None else known
    against = play(own.schedule, other, own)
    both = (_panel(own, prop), _panel(against, prop))
    parties = placed(sorted({party for talk in both for party in talk.parties} - {"S"}))
    both = _parted(*(talk._replace(parties=parties) for talk in both))
    pages = [Page(talk, (WIDEST_PAIR - MARGIN) / 2) for talk in both]
    beside = sum(page.width for page in pages) <= WIDEST_PAIR
    return _together(_heading(own, prop), pages if beside else [Page(talk, WIDEST) for talk in both], beside)


def _heading(run: Run, prop: Property) -> tuple[str, ...]:
    """What stands above both: the property, its statement and the scenario."""
    scenario = run.schedule.scenario
    return (
        f"{prop.id}, the same schedule under two servers", prop.statement,
        f"Scenario {scenario.name}: {scenario.title}; {scenario.players(run.schedule.manner)}",
    )  # fmt: skip


def _panel(run: Run, prop: Property) -> Talk:
    """One of the two diagrams, titled by its profile."""
    talk = of_run(run, prop)
    verdict = f"{prop.id} {'breaks' if talk.broken else 'does not break'} here"
    if run.blocked_at is not None:
        stays = f"{actor_name(run.blocked_at.sid)} does not send {str(run.blocked_at).partition(': ')[2]} here"
        connected = run.participant(-1, run.blocked_at.sid).client.connected
        why = stays if connected else f"{actor_name(run.blocked_at.sid)} is disconnected"
        ended = Row(len(run.turns), REMARK, "", "", f"It goes no further like this: {why}.")
        talk = talk._replace(rows=(*talk.rows, ended))
    return talk._replace(title=f"Profile {run.profile}", notes=(verdict,))


def _parted(left: Talk, right: Talk) -> tuple[Talk, Talk]:
    """Both, with a line before the first row that differs, unless they differ from the start or not at all."""
    pairs = enumerate(zip(left.rows, right.rows, strict=False))
    first = next((place for place, (row, other) in pairs if row != other), min(len(left.rows), len(right.rows)))
    if not first or left.rows == right.rows:
        return left, right
    line = Row(left.rows[first - 1].turn, REMARK, "", "", PARTING)

    def marked(talk: Talk) -> Talk:
        return talk._replace(rows=(*talk.rows[:first], line, *talk.rows[first:]))

    return marked(left), marked(right)


def _together(heading: tuple[str, ...], pages: list[Page], beside: bool) -> Figure:
    """The pages in one figure, below that heading."""
    figure = Figure(dpi=DOTS_PER_INCH, facecolor="white", edgecolor="white")
    drawn = [page.drawn(figure) for page in pages]
    width = sum(canvas.size.width for canvas in drawn) if beside else max(canvas.size.width for canvas in drawn)
    title = wrapped(heading[0], width - 2 * MARGIN, LARGE, weight="bold")
    notes = "\n".join(wrapped(shortened(note), width - 2 * MARGIN) for note in heading[1:])
    top = MARGIN + size_of(title, LARGE, "bold").height + PAD + size_of(notes).height + MARGIN / 2
    corners = _corners(pages, drawn, top, beside)
    height = max(corner[1] + canvas.size.height for corner, canvas in zip(corners, drawn, strict=True))
    whole = Canvas(width, height, figure)
    figure.set_size_inches(width, height)
    whole.text((MARGIN, MARGIN), title, LARGE, weight="bold")
    whole.text((MARGIN, MARGIN + size_of(title, LARGE, "bold").height + PAD), notes)
    for corner, canvas in zip(corners, drawn, strict=True):
        _put(canvas, corner, whole.size)
    between = corners[1]
    end = (between[0], height - MARGIN) if beside else (width - MARGIN, between[1])
    start = (between[0], top + MARGIN / 2) if beside else (MARGIN, between[1])
    whole.line((start, end), color=PALE, linewidth=1.0)
    return figure


def _corners(pages: list[Page], drawn: list[Canvas], top: float, beside: bool) -> list[Point]:
    """The upper left corner of each page: side by side with the parties on one height, or one below the other."""
    if not beside:
        return [(0.0, top), (0.0, top + drawn[0].size.height)]
    lowest = max(page.heads for page in pages)
    return [(x, top + lowest - page.heads) for x, page in zip((0.0, drawn[0].size.width), pages, strict=True)]


def _put(canvas: Canvas, corner: Point, whole: Size) -> None:
    """Move what is drawn on that canvas to that corner of a figure of that size."""
    (x, y), (width, height) = corner, canvas.size
    canvas.axes.set_position(
        (x / whole.width, 1 - (y + height) / whole.height, width / whole.width, height / whole.height)
    )
