"""When all is quiet and everyone has said NOOP, does each client show what is true? (H-CONVERGENCE)"""

from __future__ import annotations

from explore.system import Configuration, Exchange, System
from model import protocol as p
from model.server import Profile


def diverges(system: System, now: Configuration, sid: int, profile: Profile) -> str | None:
    """What that client shows and is not true, once it has said NOOP in that configuration, in which nobody has anything
    left to do; None where all is well, in whatever way NOOP is answered under that profile."""
    client = system.aware(now, sid)
    if not client.connected or client.name is None:
        return None
    asking = now._replace(channels=()).with_participant(
        sid, now.participants[sid]._replace(client=client._replace(todo=(p.Noop(),)))
    )
    quiet = system._replace(linked=False, manner=system.reading)
    reasons = (_wrong(after, sid) for _, after in quiet.apply(asking, Exchange(sid, p.Noop()), profile))
    return next((reason for reason in reasons if reason is not None), None)


def _wrong(after: Configuration, sid: int) -> str | None:
    client, world = after.client(sid), after.world
    if client.name is None:
        return None
    box = world.by_name(client.name)
    if box is None:
        return f"shows {client.name}, which does not exist any more"
    if box.id != after.truth(sid).mailbox:
        return f"shows {client.name}, but another mailbox has that name now"
    if len(client.shown) != len(box.messages):
        return f"shows {len(client.shown)} messages, {client.name} has {len(box.messages)}"
    for number, (entry, message) in enumerate(zip(client.shown, box.messages, strict=True), 1):
        if entry.content not in (None, message.content):
            return f"shows message {number} as {entry.content or 'empty'!r}, it is {message.content!r}"
        if entry.flags not in (None, message.flags):
            return f"shows message {number} with other flags than it has"
    return None
