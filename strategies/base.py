"""What is a strategy? One choice at one decision, with its name, its source and a line that says what it does.

Subclass `Strategy`, set the four class attributes, implement the one method that the decision's protocol in
`model.server.decisions` asks for, and register an instance in `strategies.profile.DECISIONS`.
"""

from __future__ import annotations

from typing import ClassVar


NOTHING: frozenset[str] = frozenset()
"""Declared by a strategy that looks at nothing but the values that it is handed, and answers with these: of a mailbox no
more than its id and its name, and not at which session it is (`sid`)."""
OCCUPANCY = frozenset({"occupancy"})
"""Declared by a strategy that looks, besides, at which mailboxes there are, under which names, and how many others have each
open (for DELETE and RENAME), or at whether any other session has the mailbox open (for EXPUNGE); not at who that is, nor at
whether it is there to read only."""
METADATA = frozenset({"decision", "key", "source", "summary", "listed", "hint"})
"""What a class may set that inherits a declaration: words, and `hint`, which is handed no world."""


class Strategy:
    """One choice at one decision.

    `decision` and `key` make its spelling `decision=key`; `source` is the paragraph that allows it; `summary` is one
    line; `listed` is false for a behaviour that real servers show but RFC 2180 (or RFC 3501) doesn't list: it can be
    named in a profile, but `profiles()` leaves it out.

    `reads` is what it looks at: `NOTHING` but the values that it is handed, or of a world that it is handed its `OCCUPANCY`,
    besides handing it on; and that its answer is made of these. None, which is what it is if nothing is said: it may look at
    everything and answer anything, and exploration leaves nothing out (and takes longer).
    """

    decision: ClassVar[str]
    key: ClassVar[str]
    source: ClassVar[str]
    summary: ClassVar[str]
    listed: ClassVar[bool] = True
    reads: ClassVar[frozenset[str] | None] = None

    @property
    def declared(self) -> frozenset[str] | None:
        """What it reads, as far as that was said by whoever wrote its methods: a class that inherits the declaration and
        sets anything but `METADATA` has to declare anew; of an object with attributes of its own nothing is known. Raises
        ValueError for what can't be declared."""
        if vars(self):
            return None
        for kind in type(self).__mro__:
            if "reads" in vars(kind):
                return self._checked(kind.reads)  # type: ignore[attr-defined]
            if any(name not in METADATA and not name.startswith("__") for name in vars(kind)):
                return None
        return None

    def _checked(self, reads: frozenset[str] | None) -> frozenset[str] | None:
        if reads is not None and not reads <= OCCUPANCY:
            unknown = ", ".join(sorted(reads - OCCUPANCY))
            raise ValueError(f"{self.spelling} declares that it reads {unknown}; declare NOTHING or OCCUPANCY")
        return reads

    @property
    def spelling(self) -> str:
        """`decision=key`, as profiles spell it."""
        return f"{self.decision}={self.key}"

    def __repr__(self) -> str:
        return f"<{self.spelling}: {self.summary} ({self.source})>"
