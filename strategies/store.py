"""STORE that names messages that are expunged and not yet announced: set the rest, or nothing (RFC 2180 §4.2)."""

from __future__ import annotations

from model.server import StoreRuling
from strategies.base import NOTHING, Strategy


class _Store(Strategy):
    """What both strategies share: §4.2.1 and §4.2.2."""

    decision = "store"
    reads = NOTHING

    def store(self, gone: int, present: int, silent: bool) -> StoreRuling:
        if silent:
            return self.silently()
        if not present:
            return self.only_expunged()
        return self.mixture()

    def silently(self) -> StoreRuling:
        """RFC 2180 §4.2.1 (a, b): .SILENT sets the flags of those that are there, and the answer is OK."""
        return StoreRuling(set_the_rest=True, ok=True)

    def only_expunged(self) -> StoreRuling:
        """RFC 2180 §4.2.2: nothing to set, and only a tagged NO."""
        return StoreRuling(set_the_rest=False, ok=False)

    def mixture(self) -> StoreRuling:
        """RFC 2180 §4.2.3 or §4.2.4."""
        raise NotImplementedError


class SetTheRest(_Store):
    """RFC 2180 §4.2.3: the flags of the others are set, with FETCH responses; the tagged response is NO all the same."""

    key, source = "4.2.3", "RFC 2180 §4.2.3"
    summary = "set the others' flags, answer NO"
    reads = NOTHING

    def mixture(self) -> StoreRuling:
        return StoreRuling(set_the_rest=True, ok=False)


class SetNothing(_Store):
    """RFC 2180 §4.2.4: no flag is set, and NO."""

    key, source = "4.2.4", "RFC 2180 §4.2.4"
    summary = "set nothing, answer NO"
    reads = NOTHING

    def mixture(self) -> StoreRuling:
        return StoreRuling(set_the_rest=False, ok=False)
