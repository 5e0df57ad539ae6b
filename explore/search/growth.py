"""What did a scenario's bounds leave out? For each verb that makes messages or mailboxes more: whether it had room; and
which clients of one's own were not followed to their end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from explore.scenario import MAILBOX, MESSAGE
from explore.space import Space, State
from explore.system import Receipt, Sent
from model import client as clients, protocol as p
from model.store import ACTIONS, Action, World, agent


class Growth(NamedTuple):
    """Steps of one verb that would make MESSAGE (or MAILBOX) more: whether the bound `stopped` some, and whether some were
    `done`."""

    what: str
    verb: str
    stopped: bool
    done: bool


class Unfinished(NamedTuple):
    """A client of somebody's own making that was followed for so many commands, and would have gone on."""

    client: str
    commands: int

    def __str__(self) -> str:
        return f"{self.client} goes on after {self.commands} command{'' if self.commands == 1 else 's'}"


def unfinished(space: Space, looked_at: Iterable[tuple[State, int]]) -> tuple[Unfinished, ...]:
    """The clients that would have gone on in one of those states."""
    programs = space.scenario.programs
    own = [(sid, user) for sid, program in enumerate(programs) if (user := program.user) is not None]
    actors = {(sid, state[1 + sid]) for state, mask in looked_at if mask for sid, _ in own} if own else set()
    cut = {sid for sid, actor in actors if clients.cut(space.tables.now(sid, actor)[0].client, programs[sid])}
    return tuple(dict.fromkeys(Unfinished(user.name, user.commands) for sid, user in own if sid in cut))


def growth(space: Space, looked_at: Iterable[tuple[State, int]]) -> tuple[Growth, ...]:
    """What became more, and what did not for want of room, on the steps from those states, each under those profiles;
    nothing where the scenario has no bound."""
    bounds = ((MESSAGE, space.scenario.most_uids), (MAILBOX, space.scenario.most_mailboxes))
    bounded = {what for what, most in bounds if most is not None}
    stopped, done = set[tuple[str, str]](), set[tuple[str, str]]()
    looked: set[tuple[int, int, int, int]] = set()
    for state, mask in looked_at if bounded else ():
        for sid, actor in space.movers(state):
            here = (state[0], sid, actor, mask)
            if here not in looked:
                looked.add(here)
                done |= _done(space, *here)
                left_out = space.tables.left_out(*here[:3])
                stopped |= {(what, verb(act)) for profiles, act, excess in left_out if mask & profiles for what in excess}
    return tuple(
        Growth(what, name, (what, name) in stopped, (what, name) in done)
        for what, name in sorted(stopped | done)
        if what in bounded
    )


def _done(space: Space, world: int, sid: int, actor: int, mask: int) -> set[tuple[str, str]]:
    """What the steps of that actor in that world make more, and how."""
    world_of = space.tables.common_world
    return {
        (what, verb(way.act))
        for way in space.tables.steps(world, sid, actor)
        if way.world != world and mask & way.mask and not isinstance(way.act, (Sent, Receipt))
        for what in _more(world_of(world), world_of(way.world))
    }


def _more(before: World, after: World) -> list[str]:
    """What there was given out more of in the second world."""
    uids = {box.id: box.uidnext for box in before.mailboxes}
    arrived = any(box.uidnext > uids.get(box.id, box.uidnext) for box in after.mailboxes)
    return [what for what, more in ((MESSAGE, arrived), (MAILBOX, after.next_id > before.next_id)) if more]


def verb(act: p.Command | Action) -> str:
    """What a step is called: APPEND, DELIVER, ...; UID COPY is COPY."""
    return agent.action_text(act).partition(" ")[0] if isinstance(act, ACTIONS) else type(act).__name__.upper()
