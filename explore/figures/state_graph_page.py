"""How does a page with a state graph come about? Title, columns of nodes, arrows, legend and key, each in its place."""

from __future__ import annotations

from typing import NamedTuple

from matplotlib.figure import Figure

from explore.figures.canvas import Canvas, Curve, Point, Size, flowed, shortened, size_of, wrapped
from explore.figures.layers import Ends, Layout, layered
from explore.figures.style import GREY, LARGE, OKABE_ITO
from explore.graph import START, Bundle, StateGraph

WIDEST, TALLEST = 11.5, 16.0
"""No figure is larger than that, in inches: a page that can be read, and printed on A3."""

NARROWEST, NARROWEST_KEY = 7.5, 3.0
MARGIN, PAD, RIM = 0.25, 0.06, 0.035
WAY, PLAIN = OKABE_ITO["vermillion"], GREY
END_FILL = "#E4E4E4"
COLUMN_GAP, ROW = 0.3, 0.25


class Drawn(NamedTuple):
    """What is to be drawn, of which property (None: of all): nodes and arrows, the way to a violation, and what was left
    out: in sentences, and for each node how many arrows lead to nodes that are not shown."""

    shown: StateGraph
    name: str | None
    nodes: tuple[int, ...]
    bundles: dict[Ends, list[Bundle]]
    way: frozenset[Ends]
    notes: tuple[str, ...]
    hidden: dict[int, int]


class Page(NamedTuple):
    """What stands in each node and on each arrow, and the key to it: rows of short name and text."""

    nodes: dict[int, str]
    words: dict[Ends, str]
    key: tuple[tuple[str, str], ...]


class Drawing:
    """One attempt to draw a page of words; None comes of it if it would be too large."""

    def __init__(self, drawn: Drawn, page: Page) -> None:
        self.drawn, self.page, self.name = drawn, page, drawn.name
        self.data = drawn.shown.graph.nodes
        self.steps = sorted({self.data[node]["step"] for node in drawn.nodes})
        self.layers = {node: self.steps.index(self.data[node]["step"]) for node in drawn.nodes}
        self.violating = {node for node in drawn.nodes if self._breaks_at(node)}
        self.sizes = {
            node: _padded(text, PAD + RIM if node in self.violating else PAD) for node, text in page.nodes.items()
        }
        self.words = {ends: _padded(text, PAD / 3) for ends, text in page.words.items()}
        self.layout: Layout = layered(self.layers, self.sizes, self.words)

    def figure(self) -> Figure | None:
        """The figure, if it is no larger than a page: with the key below, as narrow as it can be, or as wide; or with the
        key beside the drawing."""
        narrow = max(self.layout.size.width + 2 * MARGIN, NARROWEST)
        ways = [(narrow, False)]
        if self.page.key and narrow < WIDEST:
            ways += [(WIDEST, False), (WIDEST, True)]
        figures = (self._figure(*way) for way in ways)
        return next((figure for figure in figures if figure is not None), None)

    def _figure(self, width: float, beside: bool) -> Figure | None:
        size, inner = self.layout.size, width - 2 * MARGIN
        title, notes = wrapped(self._title(), inner, LARGE, weight="bold"), [wrapped(note, inner) for note in self._notes()]
        tops = [MARGIN + size_of(title, LARGE, "bold").height + PAD]
        for note in notes:
            tops.append(tops[-1] + size_of(note).height + PAD)
        header = tops[-1] + PAD
        body = header + size_of("step 0").height + 2 * PAD
        key = _Key(self.page.key, inner - size.width - COLUMN_GAP if beside else inner, beside)
        legend = max(body + size.height, header + key.height if beside else 0.0) + 3 * PAD
        samples = self._samples(inner)
        below = legend + samples[-1][1][1] + ROW
        height = below + (key.height + MARGIN if key.places and not beside else PAD)
        if height > TALLEST or width > WIDEST or key.column < NARROWEST_KEY:
            return None
        canvas = Canvas(width, height)
        canvas.text((MARGIN, MARGIN), title, LARGE, weight="bold")
        for y, note in zip(tops, notes, strict=False):
            canvas.text((MARGIN, y), note)
        left = MARGIN if beside else (width - size.width) / 2
        for layer, x in self.layout.layers.items():
            canvas.text((left + x, header), f"step {self.steps[layer]}", color=GREY, ha="center")
        self._arrows(canvas, left, body)
        self._nodes(canvas, left, body)
        for sample, (x, y) in samples:
            sample(canvas, MARGIN + x, legend + y)
        key.draw(canvas, *((MARGIN + size.width + COLUMN_GAP, header) if beside else (MARGIN, below)))
        return canvas.figure

    def _title(self) -> str:
        what = self.drawn.shown.graph.graph
        by = f", merged by {what['by']}" if what["by"] != "none" else ""
        return f"State graph of {shortened(what['scenario'])}{by}{f': how {self.name} breaks' if self.name else ''}"

    def _notes(self) -> list[str]:
        what = self.drawn.shown.graph.graph
        profiles = f"{what['profiles']:,} profiles at once" if what["profiles"] > 1 else "one profile"
        why = f"As {what.get('unfinished')}" if what.get("unfinished") else "The search was cut"
        cut = () if what["complete"] else (f"{why}: this is a part of the graph.",)
        own = (f"{what.get('own_clients')}.",) if what.get("own_clients") else ()
        return [f"{shortened(what['title'])} ({what['manner']} clients, {profiles})", *own, *cut, *self.drawn.notes]

    # --- arrows -----------------------------------------------------------------------------------------------------

    def _arrows(self, canvas: Canvas, left: float, top: float) -> None:
        ports = self._ports()
        for ends in sorted(self.drawn.bundles, key=lambda ends: ends in self.drawn.way):
            on_way = ends in self.drawn.way
            curve = self._curve(ends, ports).moved(left, top)
            canvas.arrow(curve, zorder=1 + on_way, color=WAY if on_way else PLAIN, linewidth=2.2 if on_way else 0.8)
            x, y = self.layout.words[ends]
            breaks = any(bundle.breaks for bundle in self.drawn.bundles[ends])
            frame = {"edgecolor": WAY if breaks else "white", "linewidth": 0.8, "pad": 1.5, "facecolor": "white"}
            canvas.text((x + left, y + top), self.page.words[ends], ha="center", va="center", bbox=frame, zorder=3)

    def _ports(self) -> dict[tuple[Ends, bool], float]:
        """At which height each arrow leaves its source (True) and comes to its target (False): spread over the side, in
        the order of where they come from or go to."""
        sides: dict[tuple[int, bool], list[tuple[float, bool, Ends]]] = {}
        for ends, route in self.layout.routes.items():
            forward = self.layers[ends[1]] > self.layers[ends[0]]
            backward = self.layers[ends[1]] < self.layers[ends[0]]
            sides.setdefault((ends[0], not backward), []).append((route[0].y, False, ends))
            sides.setdefault((ends[1], not forward), []).append((route[-1].y, True, ends))
        ports = {}
        for (node, _), attached in sides.items():
            room = 0.75 * self.sizes[node].height
            gap = min(0.13, room / max(len(attached) - 1, 1))
            for place, (_, coming, ends) in enumerate(sorted(attached)):
                ports[ends, not coming] = self.layout.nodes[node][1] + (place - (len(attached) - 1) / 2) * gap
        return ports

    def _side(self, node: int, right: bool) -> float:
        return self.layout.nodes[node][0] + (1 if right else -1) * self.sizes[node].width / 2

    def _curve(self, ends: Ends, ports: dict[tuple[Ends, bool], float]) -> Curve:
        source, target = ends
        route = self.layout.routes[ends]
        forward, backward = self.layers[target] > self.layers[source], self.layers[target] < self.layers[source]
        curve = Curve((self._side(source, not backward), ports[ends, True]))
        if not forward and not backward:
            x, y = self.layout.words[ends][0] - self.words[ends].width / 2, route[0].y
            curve.bent((x, y - 0.02)).straight((x, y + 0.02))
        for passage in route if forward or backward else ():
            near, far = (passage.left, passage.right) if forward else (passage.right, passage.left)
            curve.bent((near, passage.y)).straight((far, passage.y))
        return curve.bent((self._side(target, not forward), ports[ends, False]))

    # --- nodes and legend -------------------------------------------------------------------------------------------

    def _nodes(self, canvas: Canvas, left: float, top: float) -> None:
        for node, (x, y) in self.layout.nodes.items():
            size = self.sizes[node]
            corner = (left + x - size.width / 2, top + y - size.height / 2)
            _node_box(canvas, corner, size, node == START, node in self.violating, self.data[node]["terminal"])
            at = (corner[0] + PAD + (RIM if node in self.violating else 0), top + y)
            canvas.text(at, self.page.nodes[node], va="center", zorder=5)

    def _breaks_at(self, node: int) -> bool:
        """Whether a property breaks there or on a step into it: the one asked for, if one is."""
        if self.name is None:
            return bool(self.data[node]["violating"])
        into = [data for _, _, data in self.drawn.shown.graph.in_edges(node, data=True)]
        return any(self.name in data["breaks"].split() for data in (self.data[node], *into))

    def _samples(self, width: float) -> list[tuple[_Sample, Point]]:
        """The legend: only what occurs, row by row, with the place of each sample."""
        nodes = self.drawn.nodes
        wanted = [(_Sample("start", "the start"), True)]
        wanted.append((_Sample("end", "a run can end here"), any(self.data[node]["terminal"] for node in nodes)))
        broken = f"{self.name or 'a property'} breaks here, or on a step to here"
        wanted.append((_Sample("violating", broken), bool(self.violating)))
        wanted.append((_Sample("way", f"a shortest way to break {self.name}"), bool(self.drawn.way)))
        breaks = any(bundle.breaks for several in self.drawn.bundles.values() for bundle in several)
        wanted.append((_Sample("cross", f"✗ {self.name or 'a property'} breaks on this step"), breaks))
        judged = any(" ≠ " in text for text in self.page.nodes.values()) or any(" ≠ " in text for _, text in self.page.key)
        wanted.append((_Sample("text", "=  what the client shows is so,  ≠  is not so"), judged))
        samples = [sample for sample, occurs in wanted if occurs]
        return list(zip(samples, flowed([sample.width for sample in samples], width, ROW, ROW), strict=True))


class _Sample(NamedTuple):
    """One entry of the legend."""

    kind: str
    text: str

    @property
    def width(self) -> float:
        return (0.0 if self.kind == "text" else 0.4) + size_of(self.text).width

    def __call__(self, canvas: Canvas, x: float, y: float) -> None:
        """Draw it, from there to the right."""
        if self.kind == "way":
            canvas.arrow(Curve((x, y)).straight((x + 0.3, y)), color=WAY, linewidth=2.2)
        elif self.kind == "cross":
            canvas.box((x, y - 0.07), Size(0.3, 0.14), facecolor="white", edgecolor=WAY, linewidth=0.8)
        elif self.kind != "text":
            flags = (self.kind == "start", self.kind == "violating", self.kind == "end")
            _node_box(canvas, (x + 0.01, y - 0.08), Size(0.28, 0.16), *flags)
        canvas.text((x if self.kind == "text" else x + 0.37, y), self.text, va="center")


class _Key:
    """What letters and numbers stand for, in columns."""

    def __init__(self, entries: tuple[tuple[str, str], ...], width: float, one_column: bool) -> None:
        count = 2 if width > 1.1 * NARROWEST and len(entries) > 3 and not one_column else 1
        self.column = (width - (count - 1) * COLUMN_GAP) / count
        self.indent = max((size_of(name).width for name, _ in entries), default=0.0) + 0.1
        texts = [(name, wrapped(text, max(self.column - self.indent, 0.5))) for name, text in entries]
        half = sum(size_of(text).height + PAD / 2 for _, text in texts) / count
        self.places: list[tuple[float, float, str, str]] = []
        x = y = self.height = 0.0
        for name, text in texts:
            if y >= half and not one_column:
                x, y = x + self.column + COLUMN_GAP, 0.0
            self.places.append((x, y, name, text))
            y += size_of(text).height + PAD / 2
            self.height = max(self.height, y)

    def draw(self, canvas: Canvas, left: float, top: float) -> None:
        """Write it there."""
        for x, y, name, text in self.places:
            canvas.text((left + x, top + y), name, weight="bold")
            canvas.text((left + x + self.indent, top + y), text)


def _node_box(canvas: Canvas, corner: Point, size: Size, start: bool, violating: bool, end: bool) -> None:
    edge = WAY if violating else "black"
    fill, width = END_FILL if end else "white", 2.2 if start else 0.8
    if violating:
        canvas.box(corner, size, facecolor="white", edgecolor=edge, linewidth=1.2, zorder=3)
        corner, size = (corner[0] + RIM, corner[1] + RIM), Size(size.width - 2 * RIM, size.height - 2 * RIM)
    canvas.box(corner, size, facecolor=fill, edgecolor=edge, linewidth=width, zorder=4)


def _padded(text: str, pad: float) -> Size:
    size = size_of(text)
    return Size(size.width + 2 * pad, size.height + 2 * pad)
