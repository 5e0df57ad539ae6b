"""Small scenarios that several tests explore."""

from __future__ import annotations

from explore.scenario.notation import parse

EXPUNGED = parse(
    "expunged",
    """
Mailbox: FOO 3 messages, 2 \\Deleted
Selected: FOO by C1 C2
C1: EXPUNGE
C2: FETCH 1:3 BODY[] | STORE 2:3 +FLAGS (\\Seen) | SEARCH ALL | COPY 2:3 FOO
C2: NOOP | FETCH 2 FLAGS
""",
)
DELETED = parse(
    "deleted",
    """
Mailbox: FOO 1 messages
Selected: FOO by C2
C1: DELETE FOO | RENAME FOO BAR
C2: APPEND FOO "new" | STATUS FOO (MESSAGES)
C2: NOOP
C3: CREATE FOO
""",
)
RENAMED = parse(
    "renamed",
    """
Mailbox: FOO 1 messages
Selected: FOO by C2
C1: RENAME FOO BAR
C2: APPEND FOO "new" | STATUS FOO (MESSAGES) | COPY 1 FOO
C3: CREATE FOO
""",
)
HALF_DONE = parse(
    "half done",
    """
Mailbox: FOO 2 messages, 1 \\Deleted
Selected: FOO by C1 C2
C1: EXPUNGE
C1: STORE 1 -FLAGS (\\Seen)
C2: STORE 1:2 +FLAGS (\\Seen)
""",
)
