"""In which forms can a counterexample be had? Transcript, diagrams, plain data, and a test that can be run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from explore.properties import Property
from explore.runs import BrokenAt, Run, TokenError, encode, transcript
from explore.scenario import OwnClientError
from explore.show.dot import dot
from explore.show.mermaid import mermaid
from explore.show.pytest_file import as_pytest
from explore.system import EXPUNGED, Belief, Fact, act_text, actor_name, belief_of
from model.protocol import Flags, flags_text, response_text

Writer = Callable[[Run, Property, BrokenAt | None], str]


# --- plain data -----------------------------------------------------------------------------------------------------


def as_json(run: Run, prop: Property, broken: BrokenAt | None) -> str:
    """Every step with who did what, the answers, and, for each client, what it believes and what is true."""
    schedule = run.schedule
    steps = []
    for number, turn in enumerate(run.turns):
        steps.append({
            "actor": actor_name(turn.move.sid),
            "tag": turn.tag or None,
            "command": act_text(turn.move.act),
            "unread": turn.move.unread,
            "responses": [{"to": f"C{to + 1}", "text": response_text(answer, turn.tag)} for to, answer in turn.responses],
            "beliefs": _beliefs(run, number + 1),
        })
    plain = {
        "property": prop.id,
        "statement": prop.statement,
        "scenario": schedule.scenario.name,
        "profile": str(run.profile),
        "manner": schedule.manner,
        "own_clients": {who: user.bound for who, user in schedule.scenario.own_clients.items()},
        "token": _token(run),
        "start": _beliefs(run, 0),
        "steps": steps,
        "loop": schedule.loop,
        "breaks": {"step": broken.turn, "reason": broken.reason} if broken is not None else None,
    }
    return json.dumps(plain, indent=1, ensure_ascii=False) + "\n"


def _token(run: Run) -> str | None:
    """The token of that run; None where something of one's own has no name that a token could have."""
    try:
        return encode(run)
    except (OwnClientError, TokenError):
        return None


def _beliefs(run: Run, number: int) -> dict[str, Any]:
    world = run.world(number)
    return {f"C{sid + 1}": _belief(belief_of(world, run.participant(number, sid))) for sid in run.involved}


def _belief(belief: Belief) -> dict[str, Any]:
    pairs = [
        {"believed": _fact(message.believed), "real": _fact(message.real), "agree": message.agree}
        for message in belief.messages
    ]
    return {
        "connected": belief.connected,
        "mailbox": {"believed": belief.name, "real": belief.real_name},
        "right": belief.right,
        "messages": pairs,
    }


def _fact(fact: Fact | None) -> dict[str, Any] | None:
    if fact is None:
        return None
    number = None if fact.number == EXPUNGED else fact.number
    return {"number": number, "uid": fact.uid, "flags": _flags(fact.flags), "content": fact.content}


def _flags(flags: Flags | None) -> list[str] | None:
    return None if flags is None else flags_text(flags)[1:-1].split()


# --- all forms ------------------------------------------------------------------------------------------------------


FORMATS: dict[str, Writer] = {
    "transcript": transcript, "mermaid": mermaid, "dot": dot, "json": as_json, "pytest": as_pytest,
}  # fmt: skip
