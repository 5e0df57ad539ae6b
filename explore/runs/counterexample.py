"""How is a violation told to a mail person? As a transcript in RFC 2180's notation that can be replayed.

Between the lines stands what is not on the wire: for each client whose belief parts from the truth, what it believes
and what is true, whenever that changes; at the end, what each client shows beside the truth, and, in a sentence, what
has broken.
"""

from __future__ import annotations

import builtins
from typing import NamedTuple

from explore.properties import Property
from explore.runs.run import BrokenAt, Run, Turn, along, choices, play
from explore.runs.schedule import Schedule
from explore.scenario import OwnClient, followed
from explore.search import Search, Violation
from explore.system import act_text, belief_of, belief_rows, gap
from model.protocol import response_text
from strategies import Profile


class Counterexample(NamedTuple):
    """A shortest way to break a property: in which scenario, under which profile, for clients of which manner, in how
    many steps; `text` is the transcript, a file that `mailrace replay` accepts; `run` is what happened, and `about` the
    property itself."""

    property: str
    scenario: str
    profile: Profile
    manner: str
    steps: int
    text: str
    run: Run
    about: Property

    @builtins.property
    def schedule(self) -> Schedule:
        """What happened, to be played again."""
        return self.run.schedule

    def __repr__(self) -> str:
        return self.text.rstrip()


def shortest(result: Search, name: str, within: int) -> tuple[Violation, int] | None:
    """The first violation of that property under some profile of the set `within`, and the simplest such profile."""
    best: tuple[int, Violation, int] | None = None
    for violation in result.violations.get(name, []):
        if violation.mask & within:
            universe = result.space.universe
            index = universe.index(universe.simplest(violation.mask & within))
            length = len(result.path(violation, index)) + len(violation.loop)
            if best is None or length < best[0]:
                best = (length, violation, index)
    return None if best is None else best[1:]


def tell(result: Search, prop: Property, violation: Violation, index: int) -> Counterexample:
    """The counterexample for that violation under the profile of that number."""
    space, profile = result.space, result.space.universe.profile(index)
    run = along(space, prop.id, profile, result.path(violation, index), list(violation.loop))
    _done_again(run)
    moves = run.schedule.moves
    text = transcript(run, prop, run.broken(prop) or BrokenAt(len(moves), prop.statement))
    return Counterexample(prop.id, space.scenario.name, profile, space.manner, len(moves), text, run, prop)


def _done_again(run: Run) -> None:
    """Play the run once more with clients of one's own of which nothing is known. Raises OwnClientError for one that does
    something else than it did in the search."""
    schedule = run.schedule
    if not schedule.scenario.own:
        return
    again = play(schedule._replace(scenario=followed(schedule.scenario)), like=run, execute=run.system.execute)
    blocked = again.blocked_at
    user = None if blocked is None else again.system.scenario.programs[blocked.sid].user
    if blocked is not None and isinstance(user, OwnClient):
        instead = [act_text(act) for act in choices(again._replace(blocked_at=None), blocked.sid, blocked.unread)]
        raise user.unsteady(act_text(blocked.act), instead[0] if instead else None)


def transcript(run: Run, prop: Property, broken: BrokenAt | None) -> str:
    """The whole transcript of that run, with the remarks."""
    schedule = run.schedule
    said = remarks(run)
    title = f"{prop.id}{' breaks' if broken is not None else ''}: {prop.statement}"
    lines = [*head(run, title), "", f"<{schedule.scenario.players(schedule.manner)}>"]
    for number, turn in enumerate(run.turns):
        if schedule.loop and number == len(schedule.moves) - schedule.loop:
            lines.append("<from here on, for ever:>")
        lines += ["", *spoken(turn), *(f"<{remark}>" for remark in said[number])]
    lines += ["", *(f"<{row}>" for row in shown_and_so(run, -1))]
    lines.append(f"<{conclusion(prop, broken)}>")
    return "\n".join(lines) + "\n"


def conclusion(prop: Property, broken: BrokenAt | None) -> str:
    """In one line: why that property breaks, or that it does not."""
    return f"{prop.id}: {broken.reason}" if broken is not None else f"{prop.id} does not break here"


def head(run: Run, title: str) -> list[str]:
    """The header lines of a transcript of that run."""
    return [f"Title: {title}", f"Profile: {run.profile}", *run.schedule.scenario.header]


def spoken(turn: Turn) -> list[str]:
    """One turn as lines of a transcript, without remarks."""
    who, _, what = str(turn.move).partition(": ")
    tag = f"{turn.tag} " if turn.tag else ""
    return [f"{who}: {tag}{what}", *(f"S{to + 1}: {response_text(answer, turn.tag)}" for to, answer in turn.responses)]


def remarks(run: Run) -> list[list[str]]:
    """For each turn, what clients that have a part in it come to believe that is not so."""
    known: dict[int, tuple[str, ...]] = dict.fromkeys(run.involved, ())
    remarked = []
    for number, turn in enumerate(run.turns, 1):
        new = []
        if turn.move.unread:
            new.append(f"C{turn.move.sid + 1} sends this before it has read the answers to what it sent before")
        for sid, before in known.items():
            now = known[sid] = gap(run.world(number), run.participant(number, sid))
            fresh = [remark for remark in now if remark not in before]
            if fresh:
                new.append(f"C{sid + 1} {'; '.join(fresh)}")
            elif before and not now:
                new.append(f"C{sid + 1} is right about everything again")
        remarked.append(new)
    return remarked


def shown_and_so(run: Run, turn: int) -> list[str]:
    """What each client that has a part in it shows after that turn, beside what is true."""
    world = run.world(turn)
    return [row for sid in run.involved for row in belief_rows(f"C{sid + 1}", belief_of(world, run.participant(turn, sid)))]
