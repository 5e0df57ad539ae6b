"""What does a figure say, and can it be read? No text on another, none too small or cut off."""

from __future__ import annotations

import functools
import itertools
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from explore.figures.state_graph_page import TALLEST, WIDEST
from explore.figures.style import SMALL
from explore.graph.build import state_graph
from explore.graph.quotient import StateGraph
from explore.properties.catalogue import PROPERTIES
from explore.runs.run import Run, play
from explore.runs.schedule import Schedule, ScheduledMove
from explore.scenario.definition import Scenario
from explore.scenario.notation import builtin, parse
from explore.search.breadth_first import search
from explore.simulated.recording import Snapshot, Thought, Timeline
from explore.space.profile_set import Universe
from explore.space.state_space import Space
from model.client.belief import NAIVE
from model.protocol.parsing import parse_command
from strategies import Profile

BUILTIN = {scenario.name: scenario for scenario in builtin()}


def texts(figure: Figure) -> list[tuple[Text, Bbox]]:
    """Every text that is really drawn, with the box that it takes, in pixels."""
    renderer: Any = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    every = figure.findobj(Text)
    drawn: set[str] = set()
    for number, text in enumerate(every):
        text.set_gid(str(number))
    for method in dir(renderer):
        if method.startswith("draw_"):
            setattr(renderer, method, lambda *_, **__: None)
    renderer.open_group = lambda kind, gid=None: drawn.add(gid) if kind == "text" else None
    figure.draw(renderer)
    found = [(text, text.get_window_extent(renderer)) for number, text in enumerate(every) if str(number) in drawn]
    for text in every:
        text.set_gid(None)
    FigureCanvasAgg(figure)  # the one above draws nothing any more
    return [(text, box) for text, box in found if isinstance(text, Text) and text.get_text().strip()]


def said(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if isinstance(text, Text) and text.get_text().strip()]


def complaints(figure: Figure) -> list[str]:
    """What makes that figure hard to read."""
    found = texts(figure)
    width, height = figure.bbox.width, figure.bbox.height
    wrong = [f"too small: {text.get_text()}" for text, _ in found if float(text.get_fontsize()) < SMALL]
    wrong += [
        f"outside: {text.get_text()}" for text, box in found
        if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height
    ]  # fmt: skip
    boxes = [(text.get_text(), float(box.x0), float(box.y0), float(box.x1), float(box.y1)) for text, box in found]
    for (text, left, low, right, high), (other, l2, b2, r2, t2) in itertools.combinations(boxes, 2):
        if left < r2 and l2 < right and low < t2 and b2 < high:
            wrong.append(f"on each other: {text!r} and {other!r}")
    wrong += ["not on white"] if to_hex(figure.get_facecolor(), keep_alpha=True) != "#ffffffff" else []
    return wrong


@functools.cache
def graph_of(scenario: Scenario, profile: str | None = None) -> StateGraph:
    universe = Universe() if profile is None else Universe.of(Profile.parse(profile))
    return state_graph(search(Space(scenario, NAIVE, universe, PROPERTIES)))


def within_a_page(figure: Figure) -> bool:
    width, height = figure.get_size_inches()
    return bool(width <= WIDEST + 1e-9 and height <= TALLEST + 1e-9)


READER = parse(
    "reader",
    """
Mailbox: FOO 2 messages, 2 \\Deleted
Selected: FOO by C1 C2
C1: EXPUNGE
C2: FETCH 1:2 BODY.PEEK[]
C2: NOOP
""",
)


def course(name: str, profile: str, *moves: str) -> Run:
    """READER played like that: "1 NOOP" is a move of C1."""
    made = tuple(ScheduledMove(int(move[0]) - 1, parse_command(move[2:])) for move in moves)
    return play(Schedule(name, READER, NAIVE, Profile.parse(profile), made))


BY_HAND = Timeline(
    "FOO", ("C1", "C2"),
    (
        Snapshot(0.0, 3, (Thought(3), Thought(None))),
        Snapshot(1.0, 2, (Thought(3, "counts 3 messages; its 2 is expunged"), Thought(None))),
        Snapshot(2.0, 2, (Thought(3, "counts 3 messages; its 2 is expunged"), Thought(2))),
        Snapshot(3.0, 3, (Thought(2), Thought(2))),
        Snapshot(4.5, None, (Thought(3), Thought(3, "has FOO open, which is deleted"))),
    ),
    6.0,
)  # fmt: skip
