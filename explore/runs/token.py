"""How is a counterexample passed on in one line? As a token: `mr1:` and a few hundred letters, from which the model
plays it again.

A token is base64url of compressed JSON: the scenario (a built-in one by its name, with a checksum of its text), the
clients' manner, the profile, the property, and for each move who it is, which of its choices it takes and which of the
server's answers comes. A client of one's own is named in the scenario, as `module:Name`, and is loaded and asked; its moves
have checksums of what it sent. Nothing in a token is trusted: whatever does not fit is a TokenError, in one line.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from typing import Any

from explore.properties import PROPERTIES, property_named
from explore.runs.run import Run, answers, begin, choices, extend, unread
from explore.runs.schedule import Schedule, ScheduledMove
from explore.scenario import Scenario, builtin, must_be_named, parse, scenario_text
from explore.system import act_text, actor_name
from model import protocol as p
from model.client import ALL_MANNERS
from strategies import Profile, is_registered

VERSION = 1
LONGEST = 1_000_000
DAMAGED = "the token is damaged, or cut off"
CHANGED = "the model has changed since the token was made, or the token was altered"
_TOKEN = re.compile(r"mr(\d{1,9}):(.*)", re.S)
_MOVE = re.compile(r"(\d{1,4})(?:\.(\d{1,4}))?(?:\.(\d{1,4}))?(?:\.(\d{1,4}))?(?:=([0-9a-f]{8}))?")
_KEYS = {"scenario": str, "is": str, "manner": str, "profile": str, "property": str, "moves": str, "loop": int}


class TokenError(ValueError):
    """A token that cannot be played: why not, in one line."""


def is_token(word: str) -> bool:
    """Whether that is meant as a token (and no file's name)."""
    return _TOKEN.fullmatch(word.strip()) is not None


def must_be_known(schedule: Schedule) -> None:
    """Raises TokenError if its property or a strategy is not registered, OwnClientError if a client of one's own has no name
    that leads to it: what is written down could not be played again."""
    must_be_named(schedule.scenario)
    if schedule.property not in {prop.id for prop in PROPERTIES}:
        raise TokenError(f"{schedule.property} is a property of one's own, so no token and no test can name it")
    for decision, choice in zip(schedule.profile._fields, schedule.profile, strict=True):
        if not is_registered(choice):
            raise TokenError(f"the {decision} strategy is one's own and not registered, so no token and no test can name it")


def encode(run: Run) -> str:
    """The token of that run's schedule (a counterexample has its run as `run`). Raises TokenError and OwnClientError as
    `must_be_known` does."""
    schedule, moves = run.schedule, []
    must_be_known(schedule)
    for number, move in enumerate(schedule.moves[: len(run.turns)]):
        before = run._replace(turns=run.turns[:number], configurations=run.configurations[: number + 1])
        place = choices(before, move.sid, move.unread).index(move.act)
        numbers = f"{move.sid + 1}.{place}.{move.outcome}.{move.unread}"
        own = f"={_checksum(act_text(move.act))}" if actor_name(move.sid) in schedule.scenario.own_clients else ""
        moves.append(numbers.removesuffix(".0").removesuffix(".0").removesuffix(".0") + own)
    scenario = schedule.scenario
    known = {scenario.name: scenario for scenario in builtin()}
    text = scenario_text(scenario)
    plain = {
        "scenario": scenario.name,
        "is": _checksum(text) if known.get(scenario.name) == scenario else text,
        "manner": schedule.manner,
        "profile": str(schedule.profile),
        "property": schedule.property,
        "moves": " ".join(moves),
        "loop": schedule.loop,
    }
    written = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return f"mr{VERSION}:{base64.urlsafe_b64encode(zlib.compress(written, 9)).decode().rstrip('=')}"


def decode(token: str) -> Run:
    """The run of that token, played. Raises TokenError, and OwnClientError for a client of one's own that goes wrong."""
    plain = _plain("".join(token.split()))
    name, manner = plain["property"], plain["manner"]
    for word, known in ((manner, ALL_MANNERS), (name, tuple(prop.id for prop in PROPERTIES))):
        if word not in known:
            raise TokenError(f"the token is about {word!r}, which this mailrace does not know")
    try:
        profile = Profile.parse(plain["profile"])
    except ValueError as error:
        raise TokenError(f"the token's profile is none: {error}") from None
    moves = [_numbers(written) for written in plain["moves"].split()]
    waits = tuple(ScheduledMove(sid, p.Noop(), outcome, unread) for sid, _, outcome, unread, _ in moves)
    run = begin(Schedule(name, _scenario(plain), manner, profile, waits))
    for numbers in moves:
        move = _move(run, *numbers)
        if move.outcome >= answers(run, move) or move.unread > unread(run, move.sid):
            raise TokenError(f"the token's step {len(run.turns) + 1} can't be made: {CHANGED}")
        run = extend(run, move)
    if not 0 <= plain["loop"] <= len(run.turns) > 0:
        raise TokenError(DAMAGED)
    made = tuple(turn.move for turn in run.turns)
    run = run._replace(schedule=run.schedule._replace(moves=made, loop=plain["loop"]))
    if plain["loop"] and not run.goes_round(property_named(name)):
        raise TokenError(f"the token's last {plain['loop']} steps are no loop: {CHANGED}")
    return run


def _plain(token: str) -> dict[str, Any]:
    """What is packed in that token. Raises TokenError."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise TokenError("expected a token such as mr1:...")
    if int(match[1]) != VERSION:
        raise TokenError(f"the token is of version {match[1]}; this mailrace reads version {VERSION}")
    try:
        packed = base64.b64decode(match[2] + "=" * (-len(match[2]) % 4), altchars="-_", validate=True)
        unpacking = zlib.decompressobj()
        written = unpacking.decompress(packed, LONGEST)
        plain = json.loads(written.decode())
        json.dumps(plain, ensure_ascii=False).encode()
    except (binascii.Error, zlib.error, ValueError, RecursionError):
        raise TokenError(DAMAGED) from None
    whole = unpacking.eof and not unpacking.unused_data
    if not whole or not isinstance(plain, dict) or {key: type(value) for key, value in plain.items()} != _KEYS:
        raise TokenError(DAMAGED)
    return plain


def _numbers(written: str) -> tuple[int, int, int, int, str]:
    """A move as it is written: who, which choice, which answer, how many responses unread, and, of a client of one's own,
    the checksum of what it sent. Raises TokenError."""
    match = _MOVE.fullmatch(written)
    if match is None:
        raise TokenError(DAMAGED)
    return int(match[1]) - 1, int(match[2] or 0), int(match[3] or 0), int(match[4] or 0), match[5] or ""


def _move(run: Run, sid: int, place: int, outcome: int, unread: int, sent: str) -> ScheduledMove:
    """The next move of that run. Raises TokenError where it can't be made."""
    known, user = sid < len(run.schedule.scenario.programs), run.schedule.scenario.own_clients.get(actor_name(sid))
    possible = choices(run, sid, unread) if known else ()
    step = len(run.turns) + 1
    if user is not None and (not possible or _checksum(act_text(possible[0])) != sent):
        now = act_text(possible[0]) if possible else "nothing"
        changed = f"{user.name} sends {now} there, which is not what it sent when the token was made"
        raise TokenError(f"the token's step {step} can't be made: {changed}")
    if place >= len(possible):
        raise TokenError(f"the token's step {step} can't be made: {CHANGED}")
    return ScheduledMove(sid, possible[place], outcome, unread)


def _scenario(plain: dict[str, Any]) -> Scenario:
    """The scenario of the token. Raises TokenError."""
    name, text = plain["scenario"], plain["is"]
    if re.fullmatch(r"[0-9a-f]{8}", text):
        scenario = next((scenario for scenario in builtin() if scenario.name == name), None)
        if scenario is None:
            raise TokenError(f"the token is of the built-in scenario {name!r}, which this mailrace does not have")
        if _checksum(scenario_text(scenario)) != text:
            raise TokenError(f"the built-in scenario {name} has changed since the token was made")
        return scenario
    try:
        return parse(name, text)
    except ValueError as error:
        raise TokenError(f"the token's scenario can't be read: {error}") from None


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"


