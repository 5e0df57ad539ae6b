"""Scenes to draw runs in: a mailbox that several clients have open, and what they and the agent can do to it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from hypothesis import strategies as st

from explore.scenario import Scenario
from model import protocol as p
from model.notation import transcript
from model.protocol import parse_command
from model.store import Action, parse_action

KINDS = ("", "\\Deleted", "\\Seen", "empty")
"""What a message of a drawn mailbox can be."""

ON_ALL = (
    "NOOP", "EXPUNGE", "FETCH 1:* (FLAGS BODY.PEEK[])", "STORE 1:* +FLAGS (\\Deleted)", "STORE 1:* +FLAGS (\\Flagged)",
    "STORE 1:* +FLAGS.SILENT (\\Seen)", "SEARCH ALL", "COPY 1:* FRED", "UID FETCH 1:* FLAGS",
)  # fmt: skip
ON_ONE = ("FETCH {} BODY.PEEK[]", "STORE {} +FLAGS (\\Deleted)", "STORE {} -FLAGS (\\Deleted)")
ON_MAILBOXES = (
    'APPEND FOO "new"', "STATUS FOO (MESSAGES)", "SELECT FOO", "CLOSE", "RENAME FOO BAR", "CREATE FOO", "DELETE FOO",
)  # fmt: skip


@st.composite
def drawn_scenarios(draw: st.DrawFn, clients: int = 3, messages: int = 3) -> Scenario:
    """A scenario without programs: up to so many clients have a mailbox open, with up to so many messages in it."""
    count = draw(st.integers(1, clients))
    return scene(count, draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=messages)))


def scene(clients: int, kinds: Sequence[str]) -> Scenario:
    """That many clients have FOO open, with messages of those `KINDS`; FRED is empty."""
    marks = "".join(f", {number} {kind}" for number, kind in enumerate(kinds, 1) if kind)
    header = (
        f"Mailbox: FOO {len(kinds)} messages{marks}",
        "Mailbox: FRED",
        f"Selected: FOO by {' '.join(f'C{number}' for number in range(1, clients + 1))}",
    )
    return Scenario("drawn", "a drawn run", transcript.start("\n".join(header)), (), (), header)


@cache
def usual_commands(messages: int) -> st.SearchStrategy[p.Command]:
    """What clients send in a scene of up to so many messages. Which commands there are does not depend on how many there
    really are, so that taking one away leaves the rest of a run as it is."""
    on_one = [command.format(number) for number in range(1, messages + 1) for command in ON_ONE]
    return st.sampled_from([parse_command(text) for text in (*ON_ALL, *on_one, *ON_MAILBOXES)])


@cache
def usual_actions(messages: int) -> st.SearchStrategy[Action]:
    """What the agent does in a scene of up to so many messages."""
    purges = [f"EXPUNGE FOO {uid}" for uid in range(1, messages + 1)]
    return st.sampled_from([parse_action(text) for text in ('DELIVER FOO "late"', *purges, "RENAME FOO BAR")])
