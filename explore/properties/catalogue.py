"""What does a server owe under every strategy? A violation of one of these is a bug in the server (or in us)."""

from __future__ import annotations

from explore.properties.answers import ANSWERS
from explore.properties.effects import EFFECTS
from explore.properties.hazards import HAZARDS
from explore.properties.numbering import NUMBERING
from explore.properties.property import Property

OBLIGATIONS: tuple[Property, ...] = (*NUMBERING.properties, *EFFECTS.properties, *ANSWERS.properties)

PROPERTIES: tuple[Property, ...] = (*OBLIGATIONS, *HAZARDS.properties)
