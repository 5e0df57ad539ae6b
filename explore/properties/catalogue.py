"""What does a server owe under every strategy? A violation of one of these is a bug in the server (or in us)."""

from __future__ import annotations

from explore.properties.answers import ANSWERS
from explore.properties.effects import EFFECTS
from explore.properties.hazards import HAZARDS
from explore.properties.numbering import NUMBERING
from explore.properties.property import Property

OBLIGATIONS: tuple[Property, ...] = (*NUMBERING.properties, *EFFECTS.properties, *ANSWERS.properties)

PROPERTIES: tuple[Property, ...] = (*OBLIGATIONS, *HAZARDS.properties)


def property_named(name: str) -> Property:
    """The property of that id, in upper or lower case. Raises ValueError, one line, that lists them, for another."""
    for prop in PROPERTIES:
        if prop.id == name.upper():
            return prop
    raise ValueError(f"{name!r} is no property; the properties are {', '.join(prop.id for prop in PROPERTIES)}")
