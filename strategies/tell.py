"""When to send news that need not be sent yet: always, never, or either (RFC 3501 §5.2, §7).

News goes with the responses to this client's own commands. NOOP and CHECK must tell everything, COPY and EXPUNGE must
tell expunges, APPEND to the selected mailbox must tell arrivals; FETCH, STORE and SEARCH can't tell expunges.
"""

from __future__ import annotations

from model.store import ARRIVALS, EXPUNGES, FLAG_CHANGES
from strategies.base import NOTHING, Strategy


class Eager(Strategy):
    """RFC 3501 §5.2: all that is allowed, with every command."""

    decision, key, source = "tell", "eager", "RFC 3501 §5.2"
    summary = "at every chance"
    reads = NOTHING

    def tell(self, must: int, may: int) -> tuple[int, ...]:
        return (may,)


class Lazy(Strategy):
    """RFC 3501 §6.1.2: only what this command must tell."""

    decision, key, source = "tell", "lazy", "RFC 3501 §6.1.2"
    summary = "only when it must"
    reads = NOTHING

    def tell(self, must: int, may: int) -> tuple[int, ...]:
        return (must,)


class Any(Strategy):
    """RFC 3501 §7: any kind of news that is allowed, or not, as it happens. Not deterministic: each is explored."""

    decision, key, source = "tell", "any", "RFC 3501 §7"
    summary = "at any moment allowed"
    reads = NOTHING

    def tell(self, must: int, may: int) -> tuple[int, ...]:
        free = [kind for kind in (EXPUNGES, ARRIVALS, FLAG_CHANGES) if kind & may & ~must]
        choices = [must]
        for kind in free:
            choices += [choice | kind for choice in choices]
        return tuple(choices)
