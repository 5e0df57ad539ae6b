"""When does a session that is to be disconnected (RFC 2180 §3.3) hear BYE? RFC 3501 §7.1.5 allows any moment."""

from __future__ import annotations

from strategies.base import NOTHING, Strategy


class Now(Strategy):
    """RFC 3501 §7.1.5: right after the command that made its mailbox go."""

    decision, key, source = "disconnect", "now", "RFC 3501 §7.1.5"
    summary = "at once"
    reads = NOTHING

    def at_once(self) -> bool:
        return True


class Late(Strategy):
    """RFC 3501 §7.1.5: in answer to the victim's next command."""

    decision, key, source = "disconnect", "late", "RFC 3501 §7.1.5"
    summary = "at its next command"
    reads = NOTHING

    def at_once(self) -> bool:
        return False
