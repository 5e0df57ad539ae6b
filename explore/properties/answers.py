"""Is every command answered as the protocol says, and is what was refused not done? Obligations on answers."""

from __future__ import annotations

from explore.properties import arising
from explore.properties.property import NOTHING_MORE, OBLIGATION, Register
from explore.system import AGENT, Step
from model import protocol as p
from model.protocol import SEEN
from model.store import LOGGED_OUT, World

ANSWERS = Register(OBLIGATION)
_obligation = ANSWERS.step


@_obligation(
    "O-REFUSED",
    "A command answered NO or BAD has changed nothing, except for the partial STORE of RFC 2180 §4.2.3 and \\Seen on "
    "messages whose content a partial FETCH (§4.1.2) has delivered.",
    "RFC 3501 §7.1",
    reads=NOTHING_MORE,
    arises=arising.is_refused,
    needs="a command that is answered NO or BAD",
)
def refused(step: Step) -> str | None:
    if step.status not in ("NO", "BAD") or (isinstance(step.act, p.Store) and step.status == "NO"):
        return None
    if not step.moved and step.before.subscribed == step.after.subscribed:
        return None
    delivered: set[int] = set()
    if isinstance(step.act, p.Fetch):
        shown = {r.number for r in step.own if isinstance(r, p.Fetched) and r.content is not None}
        delivered = {uid for number, (uid, _) in enumerate(step.truth.counted, 1) if number in shown}
    before, after = (_lasting(world, step.truth.mailbox, delivered) for world in (step.before, step.after))
    if before != after:
        return f"{type(step.act).__name__.upper()} is answered {step.status}, but something has changed"
    return None


def _lasting(world: World, opened: int, delivered: set[int]) -> tuple[object, ...]:
    """What of a world outlives every session (a ghost does not), but for \\Seen on the messages delivered."""
    boxes = set()
    for box in world.mailboxes:
        messages = box.messages
        if box.id == opened:
            messages = tuple(m._replace(flags=m.flags | {SEEN}) if m.uid in delivered else m for m in messages)
        if not box.ghost:
            boxes.add(box._replace(messages=messages, expunged=()))
    return boxes, world.subscribed


@_obligation(
    "O-ANSWERED",
    "Each command gets exactly one tagged response, as the last one, or BYE and the end; nothing comes after BYE.",
    "RFC 3501 §2.2.1, §7.1.5",
    reads=NOTHING_MORE,
    arises=arising.is_clients,
    needs="a command",
)
def answered(step: Step) -> str | None:
    if step.sid == AGENT:
        return None
    kinds = [type(response) for response in step.own]
    byes, tagged = kinds.count(p.Bye), kinds.count(p.Tagged)
    if isinstance(step.act, p.Logout) and tagged:
        return None if kinds[-2:] == [p.Bye, p.Tagged] and tagged == byes == 1 else "LOGOUT is not answered by BYE and OK"
    if byes:
        over = step.after.sessions[step.sid].state == LOGGED_OUT
        return None if byes == 1 and kinds[-1] is p.Bye and over else "something comes after BYE"
    if tagged != 1 or kinds[-1] is not p.Tagged:
        return f"{type(step.act).__name__.upper()} gets {tagged} tagged responses"
    return None


@_obligation(
    "O-GHOST-HIDDEN",
    "The name of a deleted mailbox that is still open somewhere is not listed to, and not usable by, those who do not "
    "have it open, and cannot be used again, until the last one leaves.",
    "RFC 2180 §3.2 (c, d, e, g)",
    reads=NOTHING_MORE,
    arises=arising.meets_ghost,
    needs="a DELETE of a mailbox that stays open for others (delete=3.2), and a command after it",
)
def ghost_hidden(step: Step) -> str | None:
    ghosts = {box.name: box.id for box in step.before.mailboxes if box.ghost}
    left = {box.name for box in step.after.mailboxes if box.ghost}
    if step.sid == AGENT or not ghosts:
        return None
    hidden = {name for name, mailbox in ghosts.items() if mailbox != step.truth.mailbox}
    for response in step.own:
        if isinstance(response, p.Listed) and response.name in hidden:
            return f"the ghost {response.name} is listed to a client that does not have it open"
    if step.status != "OK":
        return None
    used: set[str] = set()
    match step.act:
        case p.Create(name) | p.Rename(_, name):
            used = {name} & left
        case p.Select(name) | p.Status(name) | p.Append(name) | p.Copy(_, name) | p.Delete(name):
            used = {name} & hidden
        case p.Subscribe(name, False):
            used = {name} & hidden
    if used:
        return f"{type(step.act).__name__.upper()} {min(used)} works although that mailbox is deleted and still open"
    return None
