"""What was found, as pictures: each a function that gives a `matplotlib` figure, which a notebook shows; `save` writes it.

- `state_diagram`: a state graph or a quotient of one (`explore.graph`), the path to a violation in front;
- `sequence_diagram`: a run, a counterexample or a transcript, who says what to whom, and who errs from when on;
- `side_by_side`: a schedule under two profiles, as two sequence diagrams;
- `matrix`: which strategy is to blame for which hazard (`explore.check.Report`);
- `timeline`: what clients counted and what was true, over the time of a simulation (`explore.simulated.record`).

All are told apart by more than colour, have no text under 8 points, and come out the same, byte for byte, when made again.
"""

from __future__ import annotations

from explore.figures.matrix import matrix
from explore.figures.sent_ahead import ResponsePlace, sent_ahead
from explore.figures.sequence import sequence_diagram
from explore.figures.side_by_side import side_by_side
from explore.figures.state_graph import state_diagram
from explore.figures.style import GREY, OKABE_ITO, SMALL, Drawing, as_png, new_figure, save, size_on_page, suffix_of
from explore.figures.timeline import timeline

__all__ = [
    "GREY", "OKABE_ITO", "SMALL", "Drawing", "ResponsePlace", "as_png", "matrix", "new_figure", "save", "sent_ahead",
    "sequence_diagram", "side_by_side", "size_on_page", "state_diagram", "suffix_of", "timeline",
]  # fmt: skip
