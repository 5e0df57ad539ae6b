"""Every study, and finding one by its name."""

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
    for known in STUDIES:
        if known.name == name:
            return known
    raise ValueError(f"{name!r} is no study; the studies are {', '.join(known.name for known in STUDIES)}")
