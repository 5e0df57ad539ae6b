"""What must hold, and what does a user hope for? Properties as values, and the catalogue of them."""

from __future__ import annotations

from explore.properties.catalogue import OBLIGATIONS, PROPERTIES
from explore.properties.effects import EFFECTS
from explore.properties.hazards import HAZARDS
from explore.properties.numbering import NUMBERING
from explore.properties.property import CONVERGENCE, HAZARD, OBLIGATION, Check, Property

__all__ = [
    "CONVERGENCE", "EFFECTS", "HAZARD", "HAZARDS", "NUMBERING", "OBLIGATION", "OBLIGATIONS", "PROPERTIES", "Check",
    "Property",
]  # fmt: skip
