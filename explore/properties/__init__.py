"""What must hold, and what does a user hope for? Properties as values, and the catalogue of them."""

from __future__ import annotations

from explore.properties.answers import ANSWERS
from explore.properties.catalogue import OBLIGATIONS, PROPERTIES, property_named
from explore.properties.effects import EFFECTS
from explore.properties.hazards import HAZARDS
from explore.properties.hazards_of_commands import HAZARDS_OF_COMMANDS
from explore.properties.liveness import RETRY_FOR_EVER, News, news
from explore.properties.loop import LoopCheck, LoopStep, Moment, Subject, is_fair
from explore.properties.numbering import NUMBERING
from explore.properties.property import ERRORS, HAZARD, HISTORY, NOTHING_MORE, OBLIGATION, Check, Property, Scope

__all__ = [
    "ANSWERS", "EFFECTS", "ERRORS", "HAZARD", "HAZARDS", "HAZARDS_OF_COMMANDS", "HISTORY", "NOTHING_MORE",
    "NUMBERING", "OBLIGATION", "OBLIGATIONS", "PROPERTIES", "RETRY_FOR_EVER", "Check", "LoopCheck", "LoopStep",
    "Moment", "News", "Property", "Scope", "Subject", "is_fair", "news", "property_named",
]  # fmt: skip
