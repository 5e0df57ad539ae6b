"""When all is quiet and everyone has said NOOP, does each client show what is so? (H-CONVERGENCE)"""

from __future__ import annotations

from explore.space.state_space import Space
from explore.space.transitions import State
from explore.system import Actor
from model import protocol as p
from model.server import Outcome
from model.store import World
from strategies import Profile


def diverges(space: Space, state: State) -> str | None:
    """What some client shows and is not so, after each has said NOOP at that (final) state; None where all is well."""
    for sid in range(len(space.scenario.programs)):
        key = (state[0], sid, state[1 + sid])
        if key not in space.wrong_at_the_end:
            space.wrong_at_the_end[key] = _wrong(space, space.world(state), sid, space.actor(state, sid))
        wrong = space.wrong_at_the_end[key]
        if wrong is not None:
            return f"C{sid + 1} {wrong}"
    return None


def _wrong(space: Space, world: World, sid: int, actor: Actor) -> str | None:
    if not actor.client.connected or actor.client.name is None:
        return None
    asked = Actor(actor.client._replace(todo=(p.Noop(),)), actor.truth)
    outcome: Outcome = space.execute(world, sid, p.Noop(), Profile.parse())[0]
    seen = space.observe(world, sid, asked, p.Noop(), outcome)
    client, world = seen.client_after, outcome.world
    if client.name is None:
        return None
    box = world.by_name(client.name)
    if box is None:
        return f"shows {client.name}, which does not exist any more"
    if box.id != seen.truth_after.mailbox:
        return f"shows {client.name}, but another mailbox has that name now"
    if len(client.shown) != len(box.messages):
        return f"shows {len(client.shown)} messages, {client.name} has {len(box.messages)}"
    for number, (entry, message) in enumerate(zip(client.shown, box.messages, strict=True), 1):
        if entry.content not in (None, message.content):
            return f"shows message {number} as {entry.content or 'empty'!r}, it is {message.content!r}"
        if entry.flags not in (None, message.flags):
            return f"shows message {number} with other flags than it has"
    return None
