"""What do RFC 2180's remarks come to in numbers? One study for each "may be small", "may not be practical", "may not be
desirable": a question, parameters with units, a simulation of the actual semantics in time, and theory where there is any.

    from explore.studies import study
    frame = study("delete-refused").run({"clients": (10, 100)}, seed=7, jobs=-1)

`frame` is a tidy table, a row for each point and measure; `study(...).plot(frame)` draws it.
"""

from __future__ import annotations

from explore.studies.catalogue import STUDIES, study
from explore.studies.design import COMPARED, Study, StudyResult
from explore.studies.parameters import Numbers, Parameter, plain
from explore.studies.statistics import LEVEL, Estimate

__all__ = [
    "COMPARED", "LEVEL", "STUDIES", "Estimate", "Numbers", "Parameter", "Study", "StudyResult", "plain", "study",
]  # fmt: skip
