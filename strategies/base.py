"""What is a strategy? One choice at one decision, with its name, its source and a line that says what it does.

Subclass `Strategy`, set the four class attributes, implement the one method that the decision's protocol in
`model.server.decisions` asks for, and register an instance in `strategies.profile.DECISIONS`.
"""

from __future__ import annotations

from typing import ClassVar


class Strategy:
    """One choice at one decision.

    `decision` and `key` make its spelling `decision=key`; `source` is the paragraph that allows it; `summary` is one
    line; `listed` is false for a behaviour that real servers show but RFC 2180 (or RFC 3501) doesn't list: it can be
    named in a profile, but `profiles()` leaves it out.
    """

    decision: ClassVar[str]
    key: ClassVar[str]
    source: ClassVar[str]
    summary: ClassVar[str]
    listed: ClassVar[bool] = True

    @property
    def spelling(self) -> str:
        """`decision=key`, as profiles spell it."""
        return f"{self.decision}={self.key}"

    def __repr__(self) -> str:
        return f"<{self.spelling}: {self.summary} ({self.source})>"
