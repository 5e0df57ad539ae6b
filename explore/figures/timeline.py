"""When did which client believe what, and when was it not so? A recorded run over time, a panel a client."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from explore.figures.canvas import drawable
from explore.figures.style import LARGE, OKABE_ITO, SMALL, new_figure
from explore.simulated import Snapshot, Timeline

WIDTH, PANEL, REST = 9.0, 1.15, 1.3
"""Of the figure, of a panel, and of all that is above and below the panels: inches."""

MOST_PANELS = 10
TRUTH: dict[str, Any] = {"color": "black", "linestyle": "-", "linewidth": 1.4}
THOUGHT: dict[str, Any] = {"color": OKABE_ITO["blue"], "linestyle": (0, (4, 1.5)), "linewidth": 2.0}
WRONG: dict[str, Any] = {"facecolor": "#FBE3D6", "edgecolor": OKABE_ITO["vermillion"], "hatch": "///", "linewidth": 0.0}
BEHIND: dict[str, Any] = {"facecolor": "#E3F1FA", "edgecolor": OKABE_ITO["sky blue"], "hatch": "..", "linewidth": 0.0}

Span = tuple[float, float]


def timeline(shown: Timeline, axes: Sequence[Axes] | None = None) -> Figure:
    """The timeline of a recorded run: how many messages the mailbox holds, how many each client counts, when a client shows
    what is not so (hatched), and when it only has not been told yet of a message (dotted).

    With `axes`, one for each client, it is drawn there. Of more than MOST_PANELS clients those are shown that err longest.
    Raises ValueError if there is nothing to show, or for another number of axes than clients.
    """
    if not shown.names or not shown.moments or shown.end <= shown.moments[0].at:
        raise ValueError("nothing to show: no client was recorded, or no time has passed")
    if axes is not None and len(axes) != len(shown.names):
        raise ValueError(f"{len(axes)} axes for {len(shown.names)} clients; give one for each")
    clients = list(range(len(shown.names)))
    if axes is None:
        longest = sorted(clients, key=lambda client: -sum(end - start for start, end in wrong_spans(shown, client)))
        clients = sorted(longest[:MOST_PANELS])
        figure, grid = new_figure(WIDTH, REST + PANEL * len(clients), rows=len(clients))
        axes = list(grid[:, 0])
        figure.suptitle(_title(shown, len(clients)), fontsize=LARGE, parse_math=False)
        figure.legend(handles=_legend(), loc="outside lower center", ncols=4, fontsize=SMALL, frameon=False)
    else:
        axes[0].legend(handles=_legend(), fontsize=SMALL)
    for panel, client in zip(axes, clients, strict=True):
        _panel(panel, shown, client)
    axes[-1].set_xlabel("simulated seconds")
    whole = axes[0].get_figure(root=True)
    assert whole is not None
    return whole


def wrong_spans(shown: Timeline, client: int) -> list[Span]:
    """From when to when that client shows what is not so."""
    return _spans(shown, [moment.clients[client].wrong for moment in shown.moments])


def behind_spans(shown: Timeline, client: int) -> list[Span]:
    """From when to when that client shows nothing that is not so, but counts otherwise than the mailbox does."""
    return _spans(shown, [_behind(moment, client) for moment in shown.moments])


def _behind(moment: Snapshot, client: int) -> bool:
    thought = moment.clients[client]
    return not thought.wrong and thought.counts is not None and thought.counts != moment.truth


def _spans(shown: Timeline, marked: list[bool]) -> list[Span]:
    """The spans between moments that are marked, those without a gap taken together."""
    ends = [moment.at for moment in shown.moments[1:]] + [shown.end]
    spans: list[Span] = []
    for moment, end, mark in zip(shown.moments, ends, marked, strict=True):
        if mark and spans and spans[-1][1] == moment.at:
            spans[-1] = (spans[-1][0], end)
        elif mark:
            spans.append((moment.at, end))
    return [(start, end) for start, end in spans if end > start]


def _panel(axes: Axes, shown: Timeline, client: int) -> None:
    times = [moment.at for moment in shown.moments] + [shown.end]
    for spans, look in ((wrong_spans(shown, client), WRONG), (behind_spans(shown, client), BEHIND)):
        for start, end in spans:
            axes.axvspan(start, end, zorder=0, **look)
    truth = [moment.truth for moment in shown.moments]
    counts = [moment.clients[client].counts for moment in shown.moments]
    for values, look in ((truth, TRUTH), (counts, THOUGHT)):
        drawn = [math.nan if value is None else float(value) for value in values]
        axes.step(times, [*drawn, drawn[-1]], where="post", marker="", **look)
    known = [value for value in (*truth, *counts) if value is not None]
    axes.set_ylim(-0.4, max(known, default=0) + 0.6)
    axes.set_xlim(times[0], times[-1])
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.set_ylabel(drawable(shown.names[client]), rotation=0, ha="right", va="center", parse_math=False)


def _title(shown: Timeline, panels: int) -> str:
    title = f"Messages in {drawable(shown.mailbox)}, and what each client counts"
    return title + (f"\n(the {panels} of {len(shown.names)} clients that err longest)" if panels < len(shown.names) else "")


def _legend() -> list[Line2D | Patch]:
    return [
        Line2D([], [], label="in the mailbox", **TRUTH), Line2D([], [], label="counted by the client", **THOUGHT),
        Patch(label="it shows what is not so", **WRONG), Patch(label="not yet told of a message", **BEHIND),
    ]  # fmt: skip
