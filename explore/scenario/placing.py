"""Into which scenarios is a client of one's own put?"""

from __future__ import annotations

from explore.scenario.custom_client import OwnClient
from explore.scenario.definition import Scenario
from explore.scenario.notation import parse
from model.client import Program

SCENARIOS = {
    "own-expunged": """Title: your client, while C2 marks, expunges and stores
Mailbox: FOO 3 messages, 2 \\Deleted
Mailbox: FRED
Selected: FOO by C2
C1: NOOP
C2: EXPUNGE | STORE 1 +FLAGS (\\Seen \\Deleted)
C2: EXPUNGE | STORE 1:3 -FLAGS (\\Seen) | APPEND FOO "new"
""",
    "own-deleted": """Title: your client, while C2 deletes or renames its mailbox and uses the name again
Mailbox: FOO 3 messages
Selected: FOO by C2
C1: NOOP
C2: DELETE FOO | RENAME FOO BAR
C2: CREATE FOO
C2: APPEND FOO "other"
""",
    "own-agent": """Title: your client, while messages come and go from outside
Mailbox: FOO 3 messages
C1: NOOP
Agent: EXPUNGE FOO 1 | EXPUNGE FOO 2:3
Agent: DELIVER FOO "late"
""",
}
"""Where a client of one's own is put as C1 when no scenario is given; it has not opened anything yet."""


def against(
    client: OwnClient, scenarios: tuple[Scenario, ...] = (), commands: int | None = None
) -> tuple[Scenario, ...]:
    """The scenarios (by default, `SCENARIOS`) with that client in the place of C1, followed for so many commands (None: as
    it was made)."""
    stages = scenarios or tuple(parse(name, text) for name, text in SCENARIOS.items())
    placed = client if commands is None else client.followed(commands)
    return tuple(
        stage._replace(programs=(Program((), None, placed.at(stage.world, 0)), *stage.programs[1:])) for stage in stages
    )


def must_be_named(scenario: Scenario) -> None:
    """Raises OwnClientError if a client of one's own is in that scenario that has no name as module:Name: what is written
    down could not be played again."""
    for program in scenario.programs:
        if isinstance(program.user, OwnClient):
            program.user.must_be_named()


def followed(scenario: Scenario, commands: int | None = None) -> Scenario:
    """That scenario with each client of one's own followed for so many commands (None: as many as before), and asked
    anew."""
    users = [program.user for program in scenario.programs]
    asked = [
        user.followed(user.commands if commands is None else commands) if isinstance(user, OwnClient) else user
        for user in users
    ]  # fmt: skip
    programs = [program._replace(user=user) for program, user in zip(scenario.programs, asked, strict=True)]
    return scenario._replace(programs=tuple(programs))
