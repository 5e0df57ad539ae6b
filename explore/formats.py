"""In which forms can a counterexample be had? Transcript, diagrams, plain data, and a test that can be run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from explore.belief import EXPUNGED, Belief, Fact, belief
from explore.counterexample import transcript
from explore.course import Break, Run, actor_name, act_text
from explore.diagrams import dot, mermaid
from explore.properties import Property
from explore.token import encode, scenario_text
from model.mailbox import Flags
from model.syntax import flags_text, response_text

Writer = Callable[[Run, Property, Break | None], str]


# --- plain data -----------------------------------------------------------------------------------------------------


def as_json(run: Run, prop: Property, broken: Break | None) -> str:
    """Every step with who did what, the answers, and, for each client, what it believes and what is so."""
    schedule = run.schedule
    steps = []
    for number, turn in enumerate(run.turns):
        steps.append({
            "actor": actor_name(turn.move.sid),
            "tag": turn.tag or None,
            "command": act_text(turn.move.act),
            "unread": turn.move.unread,
            "responses": [{"to": f"C{to + 1}", "text": response_text(told, turn.tag)} for to, told in turn.responses],
            "beliefs": _beliefs(run, number + 1),
        })
    plain = {
        "property": prop.id,
        "statement": prop.statement,
        "scenario": schedule.scenario.name,
        "profile": str(run.space.universe.profile(0)),
        "manner": schedule.manner,
        "token": encode(schedule),
        "start": _beliefs(run, 0),
        "steps": steps,
        "loop": schedule.loop,
        "breaks": {"step": broken.turn, "reason": broken.reason} if broken is not None else None,
    }
    return json.dumps(plain, indent=1, ensure_ascii=False) + "\n"


def _beliefs(run: Run, number: int) -> dict[str, Any]:
    state = run.states[number]
    world = run.space.world(state)
    return {f"C{sid + 1}": _belief(belief(world, run.space.actor(state, sid))) for sid in run.cast}


def _belief(seen: Belief) -> dict[str, Any]:
    pairs = [{"believed": _fact(one.believed), "real": _fact(one.real), "agree": one.agree} for one in seen.messages]
    return {
        "connected": seen.connected,
        "mailbox": {"believed": seen.name, "real": seen.real_name},
        "right": seen.right,
        "messages": pairs,
    }


def _fact(fact: Fact | None) -> dict[str, Any] | None:
    if fact is None:
        return None
    number = None if fact.number == EXPUNGED else fact.number
    return {"number": number, "uid": fact.uid, "flags": _flags(fact.flags), "content": fact.content}


def _flags(flags: Flags | None) -> list[str] | None:
    return None if flags is None else flags_text(flags)[1:-1].split()


# --- a test ---------------------------------------------------------------------------------------------------------

_TEST = '''\
"""{statement}

It can break like this, and the test fails as long as it does. `mailrace explain {id} --format pytest` wrote it down;
it needs mailrace, and no other file. Try another server: put its profile into PROFILE. The test passes if the property
does not break although the clients go the same way, as far as they still would.
"""

from explore.rerun import rerun

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


def as_pytest(run: Run, prop: Property, broken: Break | None) -> str:
    """A file for pytest that plays the schedule and asserts that the property does not break."""
    schedule = run.schedule
    moves = [
        (actor_name(move.sid), act_text(move.act), move.outcome, *((move.unread,) if move.unread else ()))
        for move in schedule.moves
    ]
    return _TEST.format(
        statement=prop.statement.replace("\\", "\\\\").replace('"""', "'''"),
        id=prop.id,
        profile=str(schedule.profile),
        manner=schedule.manner,
        scenario="".join(f"    {row!r}\n" for row in scenario_text(schedule.scenario).splitlines(keepends=True)),
        moves="".join(f"    {move!r},\n" for move in moves),
        loop=schedule.loop,
        name=prop.id.lower().replace("-", "_"),
    )


FORMATS: dict[str, Writer] = {
    "transcript": transcript, "mermaid": mermaid, "dot": dot, "json": as_json, "pytest": as_pytest,
}  # fmt: skip
