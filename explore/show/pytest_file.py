"""A counterexample as a test that can be run."""

from __future__ import annotations

from explore.properties import Property
from explore.runs import BrokenAt, Run, must_be_known
from explore.scenario import OwnClient, Scenario, scenario_text
from explore.system import act_text, actor_name

_TEST = '''\
"""{statement}

It can break like this, and the test fails as long as it does. `mailrace explain {id} --format pytest` wrote it down;
it needs mailrace, and {needs}.

Try another server: put its profile into PROFILE. The test passes if the property does not break although the clients go
the same way, as far as they still would.
"""

from explore import rerun

PROPERTY = {id!r}
PROFILE = {profile!r}
MANNER = {manner!r}
SCENARIO = (
{scenario})
MOVES = (  # who, what, which of the answers that the profile allows (and how many responses are unread by then)
{moves})
LOOP = {loop}  # so many moves at the end go on for ever


def test_{name}() -> None:
    run = rerun(PROPERTY, PROFILE, MANNER, SCENARIO, MOVES, LOOP)
    assert run.broken is None, run.story
'''


def _needs(scenario: Scenario) -> str:
    """What the test needs besides mailrace."""
    users = [program.user for program in scenario.programs if isinstance(program.user, OwnClient)]
    words = " and ".join(dict.fromkeys(user.word for user in users if user.word is not None))
    return f"{words}, found from where pytest runs" if words else "no other file"


def as_pytest(run: Run, prop: Property, broken: BrokenAt | None) -> str:
    """A file for pytest that plays the schedule and asserts that the property does not break. Raises what
    `must_be_known` does."""
    schedule = run.schedule
    must_be_known(schedule)
    moves = [
        (actor_name(move.sid), act_text(move.act), move.outcome, *((move.unread,) if move.unread else ()))
        for move in schedule.moves
    ]
    return _TEST.format(
        statement=prop.statement.replace("\\", "\\\\").replace('"""', "'''"),
        id=prop.id,
        needs=_needs(schedule.scenario),
        profile=str(schedule.profile),
        manner=schedule.manner,
        scenario="".join(f"    {row!r}\n" for row in scenario_text(schedule.scenario).splitlines(keepends=True)),
        moves="".join(f"    {move!r},\n" for move in moves),
        loop=schedule.loop,
        name=prop.id.lower().replace("-", "_"),
    )
