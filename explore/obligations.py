"""What does a server owe under every strategy? A violation of one of these is a bug in the server (or in us)."""

from __future__ import annotations

from explore.effects import EFFECTS
from explore.numbering import NUMBERING
from explore.properties import Property

OBLIGATIONS: tuple[Property, ...] = (*NUMBERING.properties, *EFFECTS.properties)
