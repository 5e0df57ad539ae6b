"""Wrong servers that only a loop shows, or that look like one: what the tests of liveness run.

Each is the right server with the outcome of some commands spoiled.
"""

from __future__ import annotations

from collections.abc import Callable

from explore.system.transition_system import Execute
from model import protocol as p, server
from model.server.decisions import Profile
from model.server.execution import Outcome
from model.store import world as worlds
from model.store.session import ARRIVALS, EXPUNGES, FLAG_CHANGES, pending
from model.store.world import World


def spoiled(spoil: Callable[[World, int, p.Command, Outcome, Profile], Outcome]) -> Execute:
    """The right server with each outcome spoiled."""

    def execute(world: World, sid: int, command: p.Command, profile: Profile) -> tuple[Outcome, ...]:
        right = server.execute(world, sid, command, profile)
        return tuple(spoil(world, sid, command, outcome, profile) for outcome in right)

    return execute


def is_poll(command: p.Command) -> bool:
    return isinstance(command, (p.Noop, p.Check))


def telling(world: World, sid: int, outcome: Outcome, kinds: int, profile: Profile) -> Outcome:
    """The outcome of a NOOP that tells the news of those kinds."""
    box = world.open_in(sid)
    if box is None:
        return outcome
    after, told = server.announce(world, sid, box, kinds, profile)
    return Outcome(after, (*((sid, response) for response in told), outcome.responses[-1]))


@spoiled
def flags_first(world: World, sid: int, command: p.Command, outcome: Outcome, profile: Profile) -> Outcome:
    """One kind of news at each NOOP: flags before arrivals before expunges."""
    box = world.open_in(sid)
    if not is_poll(command) or box is None:
        return outcome
    there = pending(world.sessions[sid].view, box)
    kind = next((kind for kind in (FLAG_CHANGES, ARRIVALS, EXPUNGES) if kind & there), 0)
    return telling(world, sid, outcome, kind, profile)


@spoiled
def expunges_first(world: World, sid: int, command: p.Command, outcome: Outcome, profile: Profile) -> Outcome:
    """One kind of news at each NOOP: what happens once before what can happen over and over."""
    box = world.open_in(sid)
    if not is_poll(command) or box is None:
        return outcome
    there = pending(world.sessions[sid].view, box)
    kind = next((kind for kind in (EXPUNGES, ARRIVALS, FLAG_CHANGES) if kind & there), 0)
    return telling(world, sid, outcome, kind, profile)


def is_marked(world: World, sid: int) -> bool:
    return world.sessions[sid].name.endswith(MARK)


def marked(world: World, sid: int, there: bool) -> World:
    """A server that remembers something of a session, where nobody looks: in the name that it was opened under."""
    session = world.sessions[sid]
    return worlds.set_session(world, sid, session._replace(name=session.name.removesuffix(MARK) + MARK * there))


MARK = "!"


@spoiled
def every_second(world: World, sid: int, command: p.Command, outcome: Outcome, profile: Profile) -> Outcome:
    """Every other NOOP of a client tells nothing."""
    if not is_poll(command) or world.open_in(sid) is None:
        return outcome
    told = outcome if is_marked(world, sid) else telling(world, sid, outcome, 0, profile)
    return told._replace(world=marked(told.world, sid, not is_marked(world, sid)))


@spoiled
def after_the_others(world: World, sid: int, command: p.Command, outcome: Outcome, profile: Profile) -> Outcome:
    """A NOOP is told the news only if somebody else has sent something since the last one."""
    told = telling(world, sid, outcome, 0, profile) if is_poll(command) and not is_marked(world, sid) else outcome
    after = told.world
    for other in range(len(after.sessions)):
        if after.open_in(other) is not None and (other != sid or is_poll(command)):
            after = marked(after, other, other != sid)
    return told._replace(world=after)


@spoiled
def deaf(world: World, sid: int, command: p.Command, outcome: Outcome, profile: Profile) -> Outcome:
    """NOOP never tells anything."""
    return telling(world, sid, outcome, 0, profile) if is_poll(command) else outcome


@spoiled
def always_no(world: World, sid: int, command: p.Command, outcome: Outcome, profile: Profile) -> Outcome:
    """NO to everything, and not a word of news."""
    return Outcome(world, ((sid, p.Tagged("NO", "not today")),))


@spoiled
def mints_again(world: World, sid: int, command: p.Command, outcome: Outcome, profile: Profile) -> Outcome:
    """NO to every STORE; and at each NOOP the first message is said to be gone, and one more to be there."""
    if isinstance(command, p.Store):
        return Outcome(world, ((sid, p.Tagged("NO", "Some of the messages no longer exist")),))
    if is_poll(command) and world.open_in(sid) is not None:
        counted = len(world.sessions[sid].view)
        return Outcome(world, ((sid, p.Expunged(1)), (sid, p.Exists(counted)), outcome.responses[-1]))
    return outcome


@spoiled
def no_then_ok(world: World, sid: int, command: p.Command, outcome: Outcome, profile: Profile) -> Outcome:
    """A client's first DELETE is refused, its second succeeds, and so on."""
    if not isinstance(command, p.Delete):
        return outcome
    status = "OK" if is_marked(world, sid) else "NO"
    return Outcome(marked(world, sid, status == "NO"), ((sid, p.Tagged(status, "DELETE")),))
