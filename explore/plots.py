"""The figures of mailrace, each a function that returns a `matplotlib` figure; `explore.style.save` writes it.

- `state_diagram`: a state graph or a quotient of one (`explore.graph`), the way to a violation in front;
- `sequence_diagram`: a run, a counterexample or a transcript, who says what to whom, and who errs from when on;
- `matrix`: which strategy is to blame for which hazard (`explore.verdicts.Report`);
- `timeline`: what clients counted and what was so, over the time of a simulation (`explore.plot_record.record`);
- `growth`: how the state space grows with its bounds, from a pandas frame.

All are told apart by more than colour, have no text under 8 points, and come out the same, byte for byte, when made again.
"""

from __future__ import annotations

from explore.plot_graph import state_diagram
from explore.plot_growth import growth
from explore.plot_matrix import matrix
from explore.plot_record import record
from explore.plot_sequence import sequence_diagram
from explore.plot_timeline import timeline
from explore.style import save

__all__ = ["growth", "matrix", "record", "save", "sequence_diagram", "state_diagram", "timeline"]
