"""Can the figures be read? No text on another, none too small or cut off; and they show what is so."""

from __future__ import annotations

import functools
import html
import io
import itertools
import random
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import networkx as nx
import numpy as np
import pytest
from command_line import ran
from matplotlib import image
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from rich.console import Console

import mailrace
from explore.check.checking import check
from explore.check.report import Report
from explore.check.word import Word
from explore.figures.canvas import Canvas, Size, drawable, size_of, wrapped
from explore.figures.layers import GAP, layered
from explore.figures.matrix import FILLS, matrix, table
from explore.figures.sequence import BREAK_FILL, of_run, of_transcript, sequence_diagram
from explore.figures.state_graph import MOST_NODES, state_diagram
from explore.figures.state_graph_page import TALLEST, WAY, WIDEST
from explore.figures.style import OKABE_ITO, SMALL, SUFFIXES, new_figure, save, suffix_of
from explore.figures.timeline import BEHIND, WRONG, behind_spans, timeline, wrong_spans
from explore.graph.build import state_graph
from explore.graph.quotient import START, Arrow, Graph, StateGraph
from explore.properties.catalogue import PROPERTIES
from explore.runs.schedule import Move, Run, Schedule, begin, extend, play
from explore.runs.transcript_replay import examples, read
from explore.scenario.definition import Scenario
from explore.scenario.notation import builtin, parse, scenario_text
from explore.search.breadth_first import search
from explore.show.report_table import show_report
from explore.simulated.recording import Moment, Thought, Timeline, record
from explore.space.profile_set import Universe
from explore.space.state_space import Space
from explore.system.belief import gap
from model.client.belief import NAIVE, RECKLESS
from model.notation.transcript import start
from model.protocol.parsing import parse_command
from model.store.agent import Deliver, Purge, Relabel, parse_action
from model.time.processes import Simulation, fixed, script
from stages import DELETED, EXPUNGED
from strategies import Profile

BUILTIN = {scenario.name: scenario for scenario in builtin()}
SMALL_ONES = ("3-quiet", "3-inbox", "4-outside", "5-starve-store")
UNIVERSE = Universe.of(Profile.parse())


# --- reading a figure -----------------------------------------------------------------------------------------------


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


def test_what_cannot_be_read_is_noticed() -> None:
    canvas = Canvas(3.0, 2.0)
    canvas.text((0.5, 0.5), "one")
    canvas.text((0.5, 1.0), "two")
    assert complaints(canvas.figure) == []
    canvas.text((0.55, 0.55), "three")
    assert complaints(canvas.figure) == ["on each other: 'one' and 'three'"]
    canvas.text((2.9, 1.5), "four")
    assert "outside: four" in complaints(canvas.figure)
    canvas.text((1.5, 1.5), "five", 7.0)
    assert "too small: five" in complaints(canvas.figure)
    canvas.figure.set_facecolor("none")
    assert "not on white" in complaints(canvas.figure)


def test_a_careless_layout_of_a_graph_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = graph_of(EXPUNGED).project("beliefs")
    assert complaints(state_diagram(shown, "H-PHANTOM")) == []
    monkeypatch.setattr("explore.plot_layers._heights", lambda columns, *_: {s: 0.1 for c in columns.values() for s in c})
    assert complaints(state_diagram(shown, "H-PHANTOM"))


# --- state graphs ---------------------------------------------------------------------------------------------------


@functools.cache
def graph_of(scenario: Scenario, profile: str | None = None) -> StateGraph:
    universe = Universe() if profile is None else Universe.of(Profile.parse(profile))
    return state_graph(search(Space(scenario, NAIVE, universe, PROPERTIES)))


def within_a_page(figure: Figure) -> bool:
    width, height = figure.get_size_inches()
    return bool(width <= WIDEST + 1e-9 and height <= TALLEST + 1e-9)


@pytest.mark.parametrize(
    ("scenario", "by", "name"),
    [
        (EXPUNGED, "beliefs", "H-PHANTOM"), (EXPUNGED, "none", "H-MISSED"),
        (DELETED, "mailboxes", "H-WRONG-MAILBOX"), (DELETED, "none", "H-CONVERGENCE"), (BUILTIN["3-quiet"], "none", None),
        (BUILTIN["3-inbox"], "mailboxes", "H-INBOX-VANISHES"), (BUILTIN["5-starve-delete"], "beliefs", "H-STARVATION"),
    ],
)  # fmt: skip
def test_state_graphs_can_be_read(scenario: Scenario, by: str, name: str | None) -> None:
    shown = graph_of(scenario)
    figure = state_diagram(shown if by == "none" else shown.project(by), name)
    assert complaints(figure) == []
    assert within_a_page(figure)
    assert any("[0]" in text for text in said(figure))


def invented(nodes: int, arrows: int, seed: int) -> StateGraph:
    """A graph of nothing in particular, with long words, in which H breaks at the end of a way of five steps."""
    chance = random.Random(seed)
    graph: Graph = nx.MultiDiGraph(
        scenario="invented", title="nothing in particular", manner=NAIVE, profiles=1, by="dice", start=START, complete=True
    )
    for node in range(nodes):
        words = " ".join(chance.choices(["counts", "shows", "1:3", "(\\Deleted)", "FOO"], k=chance.randrange(3, 12)))
        graph.add_node(
            node, label=f"C1 {words}\nC2 is right", step=min(node, 5) if node < 6 else chance.randrange(1, 6), states=1,
            stutters=0, breaks="", terminal=False, violating=False, open=False,
        )  # fmt: skip
    ends = [(node, node + 1) for node in range(5)]
    ends += [(chance.randrange(nodes), node) for node in range(6, nodes)]
    ends += [(chance.randrange(nodes), chance.randrange(nodes)) for _ in range(arrows - len(ends))]
    masks: dict[Arrow, int] = {}
    for source, target in ends:
        command = f"STORE {chance.randrange(9)} +FLAGS (\\Seen)"
        breaks = "H" if (source, target) == (4, 5) else ""
        key = graph.add_edge(
            source, target, actor=f"C{chance.randrange(1, 4)}", command=command, responses="", decides="always",
            condition="always", profiles=1, breaks=breaks, steps=1,
        )  # fmt: skip
        masks[source, target, key] = 1
    way = tuple((node, node + 1, 0) for node in range(5))
    return StateGraph(graph, {}, UNIVERSE, NAIVE, masks, masks, {"H": way}, {"H": 0}, {}, None)


@pytest.mark.parametrize("seed", range(2))
def test_forty_nodes_are_all_shown_and_can_be_read(seed: int) -> None:
    figure = state_diagram(invented(MOST_NODES, 60, seed), "H")
    assert complaints(figure) == []
    assert within_a_page(figure)
    shown = said(figure)
    assert all(any(text.startswith(f"[{node}]") for text in shown) for node in range(MOST_NODES))
    assert not any("nodes are shown" in text for text in shown)


@pytest.mark.parametrize("name", ["H", None])
def test_of_more_nodes_the_nearest_are_shown_and_it_says_so(name: str | None) -> None:
    many = invented(90, 140, 4)
    figure = state_diagram(replace(many, whole=many), name)
    assert complaints(figure) == []
    assert within_a_page(figure)
    shown = said(figure)
    (note,) = [text for text in shown if "nodes are shown" in text]
    match = re.match(r"(\d+) of 90 nodes are shown, those nearest to (.*)\.", note)
    assert match is not None
    boxes = {text.partition(" ")[0].partition("\n")[0] for text in shown if text.startswith("[")}
    assert len(boxes) == int(match[1]) <= MOST_NODES
    assert match[2] == ("the shortest way to break H" if name else "the start")
    if name:
        assert {f"[{node}]" for node in range(6)} <= boxes
    assert any("arrow not shown" in text or "arrows not shown" in text for text in shown)


def test_of_a_way_that_is_too_long_the_end_is_shown() -> None:
    long = invented(6, 5, 1)
    for node in range(6, 80):
        long.graph.add_node(node, **{**long.graph.nodes[5], "step": node, "label": "C1 " + "FOO " * 2000})
        long.graph.add_edge(node - 1, node, **{**long.graph.edges[3, 4, 0], "command": "APPEND " + "x" * 5000})
        long.masks[node - 1, node, 0] = 1
    long.graph.edges[4, 5, 0]["breaks"], long.graph.edges[78, 79, 0]["breaks"] = "", "H"
    long = replace(long, whole=long, ways={"H": tuple((node, node + 1, 0) for node in range(79))})
    figure = state_diagram(long, "H")
    assert complaints(figure) == []
    assert within_a_page(figure)
    shown = said(figure)
    (note,) = [text for text in shown if "nodes are shown" in text]
    assert re.fullmatch(r"\d+ of 80 nodes are shown, the last ones on the shortest way to break H\.", note)
    assert any(text.startswith("[79]") for text in shown)
    assert not any(text.startswith("[0]") for text in shown)


def test_a_large_state_graph_is_merged_and_says_so() -> None:
    shown = graph_of(EXPUNGED)
    assert shown.graph.number_of_nodes() > MOST_NODES
    figure = state_diagram(shown, "H-PHANTOM")
    notes = said(figure)
    assert "Too many states to draw (72): merged by views." in notes
    assert any(re.match(r"Steps within a node are not drawn \(\d+\), unless", note) for note in notes)


def arrows_of(figure: Figure, colour: str) -> list[FancyArrowPatch]:
    return [arrow for arrow in figure.findobj(FancyArrowPatch) if to_hex(arrow.get_edgecolor()) == colour.lower()]


def test_the_way_to_the_violation_stands_out() -> None:
    shown = graph_of(EXPUNGED, "fetch=4.1.3").project("beliefs")
    figure = state_diagram(shown, "H-PHANTOM")
    in_legend = 1
    way = {arrow[:2] for arrow in shown.ways["H-PHANTOM"]}
    assert len(arrows_of(figure, WAY)) == len(way) + in_legend
    assert min(arrow.get_linewidth() for arrow in arrows_of(figure, WAY)) > 2
    thick = [box for box in figure.findobj(FancyBboxPatch) if to_hex(box.get_edgecolor()) == WAY.lower()]
    breaking = [node for node, data in shown.graph.nodes(data=True) if any(
        "H-PHANTOM" in said["breaks"].split() for _, _, said in shown.graph.in_edges(node, data=True)
    )]  # fmt: skip
    assert breaking
    assert len(thick) >= 2 * len(breaking)
    assert any("\u2717 H-PHANTOM" in text for text in said(figure))
    assert not arrows_of(state_diagram(shown), WAY)


def test_what_does_not_break_cannot_be_shown() -> None:
    with pytest.raises(ValueError, match="H-DOUBLE does not break in this graph"):
        state_diagram(graph_of(BUILTIN["3-quiet"]), "H-DOUBLE")


@pytest.mark.parametrize("seed", range(4))
def test_a_layout_keeps_everything_apart(seed: int) -> None:
    chance = random.Random(seed)
    layers = {node: 0 if not node else chance.randrange(1, 5) for node in range(12)}
    nodes = {node: Size(chance.uniform(0.2, 2), chance.uniform(0.1, 1)) for node in layers}
    ends = {(chance.randrange(12), chance.randrange(12)) for _ in range(25)}
    words = {pair: Size(chance.uniform(0.1, 2), chance.uniform(0.1, 0.6)) for pair in sorted(ends)}
    layout = layered(layers, nodes, words)
    placed = [(layout.nodes[node], nodes[node]) for node in nodes] + [(layout.words[pair], words[pair]) for pair in words]
    for ((x, y), size), ((u, v), other) in itertools.combinations(placed, 2):
        apart = abs(x - u) >= (size.width + other.width) / 2 or abs(y - v) >= (size.height + other.height) / 2 + GAP - 1e-9
        assert apart
    for (x, y), size in placed:
        assert x - size.width / 2 >= -1e-9
        assert x + size.width / 2 <= layout.size.width + 1e-9
        assert y - size.height / 2 >= -1e-9
        assert y + size.height / 2 <= layout.size.height + 1e-9
    for pair, route in layout.routes.items():
        for passage in route[1:]:
            for node, (x, y) in layout.nodes.items():
                if passage.left <= x <= passage.right:
                    assert abs(passage.y - y) > nodes[node].height / 2, (pair, node)


# --- text -----------------------------------------------------------------------------------------------------------


def test_lines_are_wrapped_and_nothing_is_lost() -> None:
    text = "C2: STORE 1:3 +FLAGS (\\Flagged) if delete=3.2|3.3 and disconnect=late " + "x" * 90
    for width in (0.4, 1.0, 2.5):
        lines = wrapped(text, width, hanging="  ").split("\n")
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert all(size_of(line).width <= width * 1.03 + 0.02 for line in lines)
    assert wrapped("one two", 5) == "one two"
    assert wrapped("one\ntwo", 5) == "one\ntwo"


def test_letters_that_the_font_lacks_are_escaped() -> None:
    assert drawable("\u4e2d\u00e9\u2717\x07$x$") == "\\u4e2d\u00e9\u2717\\x07$x$"
    scenario = parse("odd", 'Mailbox: FOO\nSelected: FOO by C1\nC1: APPEND FOO "\u4e2d $x^2$"\n')
    figure = state_diagram(graph_of(scenario, "default"))
    assert complaints(figure) == []
    assert any('"\\u4e2d $x^2$"' in " ".join(text.split()) for text in said(figure))


# --- sequence diagrams ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def report() -> Report:
    return check([BUILTIN[name] for name in SMALL_ONES])


def test_counterexamples_can_be_read_and_are_complete(report: Report) -> None:
    assert len(report.counterexamples) >= 8
    for name, story in report.counterexamples.items():
        figure = sequence_diagram(story)
        assert complaints(figure) == [], name
        shown = " ".join(" ".join(text.split()) for text in said(figure))
        for line in story.text.splitlines():
            spoken = re.fullmatch(r"(?:[CS]\d+|Agent): (.*)", line)
            if spoken is not None:
                assert spoken[1] in shown
        assert f"\u2717 {name} breaks: " in shown
        assert any(to_hex(box.get_facecolor()) == BREAK_FILL.lower() for box in figure.findobj(FancyBboxPatch))
        loop = story.schedule.loop
        assert ("for ever" in said(figure)) is bool(loop)


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
    made = tuple(Move(int(move[0]) - 1, parse_command(move[2:])) for move in moves)
    return play(Schedule(name, READER, NAIVE, Profile.parse(profile), made))


def test_who_errs_from_when_on_and_where_it_breaks() -> None:
    run = course("H-PHANTOM", "fetch=4.1.3", "1 EXPUNGE", "2 FETCH 1:2 BODY.PEEK[]", "2 NOOP")
    talk = of_run(run)
    assert talk.parties == ("C1", "S", "C2")
    assert [(row.turn, row.kind, row.source, row.target) for row in talk.rows] == [
        (1, "tagged", "C1", "S"), (1, "untagged", "S", "C1"), (1, "tagged", "S", "C1"), (1, "wrong", "C2", ""),
        (2, "tagged", "C2", "S"), (2, "untagged", "S", "C2"), (2, "untagged", "S", "C2"), (2, "tagged", "S", "C2"),
        (2, "wrong", "C2", ""), (2, "broken", "", ""),
        (3, "tagged", "C2", "S"), (3, "untagged", "S", "C2"), (3, "untagged", "S", "C2"), (3, "tagged", "S", "C2"),
        (3, "right again", "C2", ""),
    ]  # fmt: skip
    assert (talk.broken, talk.loop) == (2, 0)
    assert talk.rows[3].text == "≠ counts 2 messages; its 2 is expunged"
    assert talk.rows[-1].text == "= is right about everything again"
    assert complaints(sequence_diagram(run)) == []


def test_a_property_that_holds_is_said_to() -> None:
    talk = of_run(course("H-PHANTOM", "fetch=4.1.2", "1 EXPUNGE", "2 FETCH 1:2 BODY.PEEK[]"))
    assert talk.broken == 0
    assert talk.rows[-1].text == "H-PHANTOM does not break here"


def test_a_client_that_sends_ahead_is_remarked_on() -> None:
    run = play(Schedule(
        "H-PHANTOM", READER, RECKLESS, Profile.parse(),
        (Move(1, parse_command("FETCH 1:2 BODY.PEEK[]")), Move(1, parse_command("NOOP"), 0, 1)),
    ))  # fmt: skip
    assert run.stuck is None
    rows = of_run(run).rows
    (place,) = [place for place, row in enumerate(rows) if row.kind == "note"]
    assert rows[place].text.startswith("sends this before it has read")
    assert rows[place + 1].text == "B002 NOOP"
    assert complaints(sequence_diagram(run)) == []


@pytest.mark.parametrize("name", ["3.2-delete", "4.1.2-fetch", "4.4.2-second", "3.1-delete"])
def test_transcripts_can_be_read_and_are_complete(name: str) -> None:
    transcript = read(dict(examples())[name])
    figure = sequence_diagram(transcript)
    assert complaints(figure) == []
    shown = " ".join(" ".join(text.split()) for text in said(figure))
    assert all(line.text in shown for line in transcript.lines)
    assert transcript.title in shown
    kinds = [row.kind for row in of_transcript(transcript).rows]
    answers = [line.text for line in transcript.lines if line.kind == "server"]
    untagged = sum(answer.startswith("*") for answer in answers)
    commands = sum(line.kind in ("client", "agent") for line in transcript.lines)
    assert (kinds.count("untagged"), kinds.count("tagged")) == (untagged, commands + len(answers) - untagged)


def test_a_long_transcript_says_what_it_leaves_out() -> None:
    lines = [f"C{1 + number % 2}: {'AB'[number % 2]}{number:03} NOOP" for number in range(100)]
    figure = sequence_diagram(read("Mailbox: FOO\n\n" + "\n".join(lines)))
    assert complaints(figure) == []
    assert figure.get_size_inches()[1] <= TALLEST
    shown = [text for text in said(figure) if text.endswith("NOOP")]
    (gap,) = [text for text in said(figure) if "left out" in text]
    assert gap == f"… {100 - len(shown)} lines left out: the page is full …"
    assert {"A000 NOOP", "B099 NOOP"} <= set(shown)


def test_a_text_without_end_is_cut() -> None:
    text = f'Title: {"T" * 999}\nMailbox: FOO\n\nC1: A001 APPEND FOO "{"x y" * 2000}"\nS1: A001 OK {"z" * 5000}\n'
    figure = sequence_diagram(read(text))
    assert complaints(figure) == []
    assert within_a_page(figure)
    assert sum(text.endswith("…") for text in said(figure)) == 3


def test_many_clients_still_fit() -> None:
    lines = [f"C{number}: X{number:03} STATUS FOO (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)" for number in range(1, 10)]
    assert complaints(sequence_diagram(read("Mailbox: FOO\n\n" + "\n".join(lines)))) == []


# --- the matrix -----------------------------------------------------------------------------------------------------


def printed(report: Report) -> dict[str, list[str]]:
    """The marks of the table that `mailrace check` prints, by strategy."""
    console = Console(width=160, file=io.StringIO(), highlight=False)
    show_report(report, console)
    rows = {}
    for line in console.file.getvalue().splitlines():  # type: ignore[attr-defined]
        words = line.split()
        if words and re.fullmatch(r"[a-z]+=[^\s,]+", words[0]):
            rows[words[0]] = [word for word in words if word in {word.mark for word in Word}]
    return rows


def drawn(figure: Figure, report: Report) -> dict[str, list[str]]:
    """The marks of the figure, by strategy: those at the height of its name, from left to right."""
    found = texts(figure)
    marks = [(box, text.get_text()) for text, box in found if text.get_text() in {word.mark for word in Word}]
    names = {strategy.spelling for choices in report.universe.choices.values() for strategy in choices}
    rows = {}
    for text, box in found:
        if text.get_text() in names:
            middle = (box.y0 + box.y1) / 2
            row = [(mark.x0, word) for mark, word in marks if mark.y0 - 3 <= middle <= mark.y1 + 3]
            rows[text.get_text()] = [word for _, word in sorted(row)]
    return rows


def test_the_matrix_is_the_table() -> None:
    report = check([EXPUNGED])
    figure = matrix(report)
    assert complaints(figure) == []
    assert drawn(figure, report) == printed(report)
    assert {mark for row in printed(report).values() for mark in row} == {"✗", "✓", "–"}
    shown = said(figure)
    hazards = [prop.id for prop in PROPERTIES if prop.kind == "hazard"]
    assert [text for text in shown if text in hazards] == hazards
    fills = [to_hex(box.get_facecolor()).upper() for box in figure.findobj(FancyBboxPatch)]
    marks = [mark for row in printed(report).values() for mark in row]
    assert fills.count(FILLS[Word.BREAKS].upper()) == marks.count("✗") + 1, "one is in the legend"


def test_a_matrix_of_a_search_that_was_cut() -> None:
    report = check([EXPUNGED], most_states=20)
    figure = matrix(report)
    assert complaints(figure) == []
    assert drawn(figure, report) == printed(report)
    assert any("?" in row for row in printed(report).values())
    assert any("the search was cut" in text for text in said(figure))


def test_a_matrix_of_one_server() -> None:
    profile = Profile.parse("fetch=4.1.3")
    report = check([EXPUNGED], Universe.of(profile), (NAIVE,))
    (((spelling, _, words),),) = table(report).groups
    assert spelling == "fetch=4.1.3"
    hazards = [prop for prop in PROPERTIES if prop.kind == "hazard"]
    assert words == tuple("holds" if report.verdict(prop).holds else "breaks" for prop in hazards)
    assert words[0] == "breaks"
    assert complaints(matrix(report)) == []
    with pytest.raises(ValueError, match="no hazard"):
        matrix(check([EXPUNGED], Universe.of(profile), (NAIVE,), PROPERTIES[:3]))


def test_violated_obligations_are_named() -> None:
    report = check([EXPUNGED], Universe.of(Profile.parse()), (NAIVE,))
    assert table(report).obligations.startswith("Obligations: all ")
    report.failing["O-UID"] = {NAIVE: 1}
    assert "1 of " in table(report).obligations
    assert table(report).obligations.endswith("violated: O-UID.")


# --- timelines ------------------------------------------------------------------------------------------------------

BY_HAND = Timeline(
    "FOO", ("C1", "C2"),
    (
        Moment(0.0, 3, (Thought(3), Thought(None))),
        Moment(1.0, 2, (Thought(3, "counts 3 messages; its 2 is expunged"), Thought(None))),
        Moment(2.0, 2, (Thought(3, "counts 3 messages; its 2 is expunged"), Thought(2))),
        Moment(3.0, 3, (Thought(2), Thought(2))),
        Moment(4.5, None, (Thought(3), Thought(3, "has FOO open, which is deleted"))),
    ),
    6.0,
)  # fmt: skip


def test_the_spans_of_a_timeline() -> None:
    assert wrong_spans(BY_HAND, 0) == [(1.0, 3.0)]
    assert wrong_spans(BY_HAND, 1) == [(4.5, 6.0)]
    assert behind_spans(BY_HAND, 0) == [(3.0, 6.0)]
    assert behind_spans(BY_HAND, 1) == [(3.0, 4.5)]


def test_a_timeline_shows_the_spans_and_the_counts() -> None:
    figure = timeline(BY_HAND)
    assert complaints(figure) == []
    for client, axes in enumerate(figure.axes):
        truth, counts = (line.get_ydata() for line in axes.lines)
        np.testing.assert_array_equal(truth, [3, 2, 2, 3, np.nan, np.nan])
        mine = [moment.clients[client].counts for moment in BY_HAND.moments]
        np.testing.assert_array_equal(counts, [np.nan if value is None else value for value in (*mine, mine[-1])])
        spans = {
            look["hatch"]: [
                (patch.get_x(), patch.get_x() + patch.get_width())  # type: ignore[attr-defined]
                for patch in axes.patches if patch.get_hatch() == look["hatch"]
            ]
            for look in (WRONG, BEHIND)
        }  # fmt: skip
        assert spans == {"///": wrong_spans(BY_HAND, client), "..": behind_spans(BY_HAND, client)}
    own = Figure()
    above, below = own.subplots(2)
    assert timeline(BY_HAND, [above, below]) is own
    with pytest.raises(ValueError, match="1 axes for 2 clients"):
        timeline(BY_HAND, [above])
    with pytest.raises(ValueError, match="nothing to show"):
        timeline(BY_HAND._replace(end=0.0))


def test_of_many_clients_those_are_shown_that_err_longest() -> None:
    errs = [Thought(1, "x") if sid % 2 else Thought(1) for sid in range(14)]
    many = Timeline("FOO", tuple(f"C{sid + 1}" for sid in range(14)), (Moment(0.0, 1, tuple(errs)),), 2.0)
    figure = timeline(many)
    assert complaints(figure) == []
    names = [text for text in said(figure) if re.fullmatch(r"C\d+", text)]
    assert {f"C{sid + 1}" for sid in range(1, 14, 2)} <= set(names)
    assert len(names) == 10
    assert any("10 of 14 clients" in text for text in said(figure))


HEAD = "Mailbox: FOO 3 messages, 2 \\Deleted\nMailbox: FRED\nSelected: FOO by C1 C2"


def test_a_recorded_run_is_what_happened() -> None:
    """Every message takes half a second; C1 expunges at 0.5, hears of it at 1; C2 asks at 3, is told at 4."""
    simulation = Simulation(start(HEAD), Profile.parse("tell=lazy"), latency=fixed(0.5))
    simulation.add(0, script(["EXPUNGE"]))
    simulation.add(1, script(["NOOP", "CLOSE"], fixed(3.0)))
    simulation.add_agent([(2.0, parse_action('DELIVER FOO "new"'))])
    shown = record(simulation)
    assert shown.names == ("C1", "C2")
    error = "counts 3 messages; its 2 is expunged"
    assert shown.moments == (
        Moment(0.0, 3, (Thought(3), Thought(3))),
        Moment(0.5, 2, (Thought(3, error), Thought(3, error))),
        Moment(1.0, 2, (Thought(2), Thought(3, error))),
        Moment(2.0, 3, (Thought(2), Thought(3, error))),
        Moment(4.0, 3, (Thought(2), Thought(3))),
        Moment(8.0, 3, (Thought(2), Thought(None))),
    )
    assert shown.end == 8.0
    assert wrong_spans(shown, 1) == [(0.5, 4.0)]
    assert behind_spans(shown, 0) == [(2.0, 8.0)]


@pytest.mark.parametrize("profile", ["fetch=4.1.3", "fetch=4.1.1,tell=any", "delete=3.2,rename=3.4"])
def test_a_recorded_run_ends_where_the_explorer_says(profile: str) -> None:
    """Without latency, a simulated run is a course of the explorer: what it says of the clients at the end is the same."""
    programs = [["EXPUNGE", "STORE 1 +FLAGS (\\Seen)"], ["FETCH 1:3 BODY.PEEK[]", "STORE 1 +FLAGS (\\Deleted)"]]
    scenario = parse("x", HEAD + "\n" + "\n".join(f"C{c}: {text}" for c, ones in enumerate(programs, 1) for text in ones))
    simulation = Simulation(start(HEAD), Profile.parse(profile), seed=5)
    for sid, texts_of in enumerate(programs):
        simulation.add(sid, script(texts_of, fixed(1.0 + sid / 2)))
    shown = record(simulation)
    run = begin(Schedule("H-PHANTOM", scenario, NAIVE, Profile.parse(profile), ()), Profile.parse(profile))
    for step in simulation.journal:
        assert not isinstance(step.act, (Deliver, Purge, Relabel))
        run = extend(run, Move(step.sid, step.act), step.responses)
    assert run.stuck is None
    world = run.space.world(run.states[-1])
    for sid, thought in enumerate(shown.moments[-1].clients):
        actor = run.space.actor(run.states[-1], sid)
        assert thought == Thought(len(actor.client.shown), "; ".join(gap(world, actor)))


def test_a_recording_follows_the_mailbox_and_late_clients_do_no_harm() -> None:
    simulation = Simulation(start(HEAD), Profile.parse("rename=3.4"), latency=fixed(0.1))
    simulation.add(0, script(["RENAME FOO BAR", "STORE 1 +FLAGS (\\Deleted)", "EXPUNGE"]))

    def connect(_: object) -> None:
        simulation.connect()

    simulation.env.timeout(0.05).callbacks.append(connect)
    shown = record(simulation, until=5.0)
    assert shown.moments[-1].truth == 1
    assert shown.end == 5.0
    assert shown.moments[-1].clients[1].error.startswith("has FOO open, which is called BAR now")
    assert len(shown.moments[-1].clients) == 2


def test_what_cannot_be_recorded_is_refused() -> None:
    with pytest.raises(ValueError, match="no mailbox 'BAR' to watch; there are INBOX, FOO, FRED"):
        record(Simulation(start(HEAD), Profile.parse()), "BAR")
    simulation = Simulation(start(HEAD), Profile.parse())

    def meddle(_: object) -> None:
        simulation.world = simulation.world._replace(mailboxes=simulation.world.mailboxes[:1])

    simulation.env.timeout(1).callbacks.append(meddle)
    with pytest.raises(ValueError, match="its journal does not tell"):
        record(simulation)


# --- style ----------------------------------------------------------------------------------------------------------

FIGURES: dict[str, Callable[[], Figure]] = {
    "state graph": lambda: state_diagram(graph_of(BUILTIN["3-quiet"]).project("mailboxes"), "H-CONVERGENCE"),
    "sequence": lambda: sequence_diagram(course("H-PHANTOM", "fetch=4.1.3", "1 EXPUNGE", "2 FETCH 1:2 BODY.PEEK[]")),
    "timeline": lambda: timeline(BY_HAND),
}


KINDS = [(name, suffix) for name in FIGURES for suffix in SUFFIXES if suffix != ".pdf" or name == "sequence"]


@pytest.mark.parametrize(("name", "suffix"), KINDS)
def test_a_figure_made_again_is_the_same_file(name: str, suffix: str, tmp_path: Path) -> None:
    settings = dict(mpl.rcParams)
    files = [tmp_path / f"{number}{suffix}" for number in range(2)]
    for file in files:
        save(FIGURES[name](), file)
    once, again = (file.read_bytes() for file in files)
    assert once == again
    assert len(once) > 1000
    assert dict(mpl.rcParams) == settings
    assert not re.search(rb"<dc:date>|CreationDate|20[2-9]\d-\d\d-\d\d", once)


def test_text_stays_text_in_svg(tmp_path: Path) -> None:
    figure = FIGURES["state graph"]()
    save(figure, tmp_path / "x.SVG")
    written = (tmp_path / "x.SVG").read_text(encoding="utf-8")
    for text in said(figure):
        for line in text.splitlines():
            assert html.escape(line.strip(), quote=False) in written
    assert "<text" in written


def test_the_background_is_opaque_white(tmp_path: Path) -> None:
    save(FIGURES["sequence"](), tmp_path / "x.png")
    pixels = image.imread(tmp_path / "x.png")
    corners = pixels[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert (corners[:, :3] == 1).all()
    assert pixels.shape[2] == 3 or (pixels[:, :, 3] == 1).all()


@pytest.mark.parametrize("name", ["x.gif", "x", "x.png.txt"])
def test_another_suffix_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    figure, _ = new_figure(1, 1)
    with pytest.raises(ValueError, match=r"its name must end in \.png, \.svg, \.pdf$") as raised:
        save(figure, tmp_path / name)
    assert "\n" not in str(raised.value)
    assert not list(tmp_path.iterdir())
    assert suffix_of("x.PDF") == ".pdf"


def test_new_figures_are_laid_out_and_told_apart_by_more_than_colour() -> None:
    figure, grid = new_figure(6, 4, 2, 3)
    assert grid.shape == (2, 3)
    assert new_figure(2, 2)[1].shape == (1, 1)
    for number in range(8):
        grid[0, 0].plot([1, 2], [number, number + 1], label=str(number))
    grid[0, 0].set_xlabel("below")
    grid[1, 2].set_title("above")
    assert complaints(figure) == []
    looks = [(line.get_color(), line.get_linestyle()) for line in grid[0, 0].lines]
    assert len(set(looks)) == len(looks)
    assert {colour for colour, _ in looks} <= set(OKABE_ITO.values())
    for sizes in ((0, 1), (1, -1)):
        with pytest.raises(ValueError, match="is none"):
            new_figure(*sizes)


def test_nothing_goes_through_pyplot() -> None:
    code = "import sys, explore.plots, explore.graph; sys.exit('matplotlib.pyplot' in sys.modules)"
    folder = Path(mailrace.__file__).parent.parent
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=folder).returncode == 0


# --- the command line -----------------------------------------------------------------------------------------------


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    file = tmp_path / "tiny.txt"
    file.write_text(scenario_text(READER), encoding="utf-8")
    return file


def test_check_and_explain_draw(capsys: pytest.CaptureFixture[str], tiny: Path, tmp_path: Path) -> None:
    picture = tmp_path / "x.svg"
    code, out, _ = ran(capsys, "check", tiny, "--client", "naive", "--plot", picture)
    assert code == 0
    assert "Hazards × strategies" in out
    assert "Which strategy is to blame for which hazard" in picture.read_text(encoding="utf-8")
    code, out, _ = ran(capsys, "explain", "H-PHANTOM", tiny, "--plot", picture)
    assert code == 0
    assert out.startswith("Title: H-PHANTOM breaks")
    assert "✗ H-PHANTOM breaks: " in picture.read_text(encoding="utf-8")
    picture.unlink()
    code, _, _ = ran(capsys, "explain", "H-DOUBLE", tiny, "--plot", picture)
    assert code == 0
    assert not picture.exists(), "it holds: there is nothing to draw"


@pytest.mark.parametrize("command", [("check",), ("explain", "H-PHANTOM")])
@pytest.mark.parametrize(("name", "says"), [("x.gif", ".png, .svg, .pdf"), ("no/x.png", "there is no folder")])
def test_a_picture_that_cannot_be_is_refused_before_the_search(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: tuple[str, ...], name: str,
    says: str,
) -> None:  # fmt: skip
    def never(*_: object, **__: object) -> None:
        raise AssertionError("searched all the same")

    monkeypatch.setattr("mailrace.checking.search_all", never)
    code, out, err = ran(capsys, *command, "--plot", tmp_path / name)
    assert (code, out) == (2, "")
    assert err.startswith("mailrace: ")
    assert err.count("\n") == 1
    assert says in err
