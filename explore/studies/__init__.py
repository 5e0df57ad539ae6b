"""What do RFC 2180's remarks come to in numbers? One study for each "may be small", "may not be practical", "may not be
desirable": a question, parameters with units, a simulation of the actual semantics in time, and theory where there is any.

    from explore.studies import study
    frame = study("delete-refused").run({"clients": (10, 100)}, seed=7, jobs=-1)

`frame` is a tidy table, a row for each point and measure; `study(...).plot(frame)` draws it.
"""

from __future__ import annotations

from explore.studies.cost import COST
from explore.studies.design import Study
from explore.studies.ghosts import GHOSTS_STUDY
from explore.studies.refusals import DELETE_REFUSED, EXPUNGE_REFUSED
from explore.studies.staleness import STALENESS
from explore.studies.storing import STORE_REFUSED

STUDIES: tuple[Study, ...] = (DELETE_REFUSED, EXPUNGE_REFUSED, STORE_REFUSED, GHOSTS_STUDY, STALENESS, COST)
"""Every study, in the order of the paragraphs."""


def study(name: str) -> Study:
    """The study of that name. Raises ValueError, one line, that lists them, for another."""
    for one in STUDIES:
        if one.name == name:
            return one
    raise ValueError(f"{name!r} is no study; the studies are {', '.join(one.name for one in STUDIES)}")
