"""What is true of one client, whatever server and client believe?

Which message each of its sequence numbers really is. It follows the client's own arithmetic (EXISTS adds, EXPUNGE removes)
and takes identities from the mailbox, never from the server's view of the session, so that a server whose view is wrong
is caught.
"""

from __future__ import annotations

from typing import NamedTuple

from model import protocol as p
from model.protocol import DELETED, Flags, sequence
from model.store import Action, Mailbox, World


MessageIdentity = tuple[int, str]
"""A message that a client counts: its UID and content (content never changes, so it outlives the message). UID 0 is
a number behind which there is no message at all."""


AGENT = -1
"""The number of the external agent, where others have that of their session."""
NOWHERE = -1
"""The id of no mailbox."""
PHANTOM: MessageIdentity = (0, "")
"""A number behind which there is no message at all."""


class GroundTruth(NamedTuple):
    """The truth about one client: the mailbox it has open (an id), the identity behind each number, the greatest UID it
    ever counted there, the messages whose \\Deleted is its own doing or was there when it opened the mailbox, the id and
    UIDVALIDITY of each name that it opened, and what a STORE answered NO had set all the same (UID, flags after)."""

    mailbox: int = NOWHERE
    counted: tuple[MessageIdentity, ...] = ()
    highest: int = 0
    marked: frozenset[int] = frozenset()
    opened: tuple[tuple[str, int, int], ...] = ()
    half_done: tuple[tuple[int, Flags], ...] = ()


def starting(world: World, sid: int) -> GroundTruth:
    """The truth about session `sid` of a world in which nothing has happened yet."""
    box = world.open_in(sid)
    return _opening(GroundTruth(), box, len(box.messages)) if box is not None else GroundTruth()


def _opening(truth: GroundTruth, box: Mailbox, count: int) -> GroundTruth:
    counted = tuple((message.uid, message.content) for message in box.messages[:count])
    opened = {name: (name, known, validity) for name, known, validity in truth.opened}
    opened[box.name] = (box.name, box.id, box.uidvalidity)
    return GroundTruth(
        box.id,
        counted,
        max((uid for uid, _ in counted), default=0),
        frozenset(message.uid for message in box.messages if DELETED in message.flags),
        tuple(sorted(opened.values())),
    )


def closed(truth: GroundTruth) -> GroundTruth:
    """The truth about a client that has no mailbox open any more; what it opened before stays known."""
    return GroundTruth(opened=truth.opened)


def unsolicited(truth: GroundTruth, response: p.Response, after: World) -> GroundTruth:
    """The truth about a client once it has read a response to somebody else's command (or to nobody's), which left that
    world (RFC 3501 §7: it must be ready for any, at any time)."""
    return after_response(truth, response, after, after, p.Noop())


def after_response(
    truth: GroundTruth, response: p.Response, before: World, after: World, act: p.Command | Action
) -> GroundTruth:
    match response:
        case p.Exists(count):
            if isinstance(act, p.Select):
                box = after.by_name(act.mailbox)
                return _opening(truth, box, count) if box is not None else truth
            return _count_up(truth, after.by_id(truth.mailbox), count)
        case p.Expunged(number) if 1 <= number <= len(truth.counted):
            return truth._replace(counted=truth.counted[: number - 1] + truth.counted[number:])
        case p.Bye():
            return closed(truth)
        case p.Tagged(status):
            return _completed(truth, status, before, after, act)
    return truth


def _count_up(truth: GroundTruth, box: Mailbox | None, count: int) -> GroundTruth:
    """EXISTS: the next messages, in UID order, that this client has never counted."""
    if count < len(truth.counted):
        return truth._replace(counted=truth.counted[:count])
    new = [(m.uid, m.content) for m in box.messages if m.uid > truth.highest] if box is not None else []
    more = count - len(truth.counted)
    added = tuple(new[:more]) + (PHANTOM,) * (more - len(new))
    highest = max([truth.highest, *(uid for uid, _ in added)])
    return truth._replace(counted=truth.counted + added, highest=highest)


def _completed(truth: GroundTruth, status: str, before: World, after: World, act: p.Command | Action) -> GroundTruth:
    match act:
        case p.Select() if status != "OK":
            return closed(truth)
        case p.Close() if status == "OK":
            return closed(truth)
        case p.Delete(name) if status == "OK":
            box = before.by_name(name)
            return closed(truth) if box is not None and box.id == truth.mailbox else truth
        case p.Store():
            return _stored(truth, status, before, after, act)
        case p.Append(name) | p.Copy(_, name) if status == "OK":
            return _added(truth, name, before, after)
    return truth


def _stored(truth: GroundTruth, status: str, before: World, after: World, act: p.Store) -> GroundTruth:
    """Whose \\Deleted is it, and what did a STORE do that was answered NO?"""
    old, new = before.by_id(truth.mailbox), after.by_id(truth.mailbox)
    if old is None or new is None:
        return truth
    flags = {message.uid: message.flags for message in old.messages}
    changed = tuple((m.uid, m.flags) for m in new.messages if flags.get(m.uid, m.flags) != m.flags)
    truth = truth._replace(half_done=changed if status == "NO" else ())
    if DELETED not in act.flags and act.mode:
        return truth
    meant = {uid for _, (uid, _) in meant_by(truth.counted, act.numbers, act.uid)} | {uid for uid, _ in changed}
    mine = frozenset(m.uid for m in new.messages if m.uid in meant and DELETED in m.flags)
    taken_back = frozenset(m.uid for m in new.messages if m.uid in meant and DELETED not in m.flags)
    return truth._replace(marked=(truth.marked | mine) - taken_back)


def _added(truth: GroundTruth, name: str, before: World, after: World) -> GroundTruth:
    """What a client has put into the mailbox that it has open, with \\Deleted, it has marked itself."""
    box, was = after.by_name(name), before.by_id(truth.mailbox)
    if box is None or was is None or box.id != truth.mailbox:
        return truth
    mine = frozenset(m.uid for m in box.messages if m.uid >= was.uidnext and DELETED in m.flags)
    return truth._replace(marked=truth.marked | mine)


def meant_by(
    counted: tuple[MessageIdentity, ...], numbers: sequence.SequenceSet, uid: bool
) -> tuple[tuple[int, MessageIdentity], ...]:
    """The messages that a client which counts those identities means by such a set, each with its number."""
    if uid:
        places = sequence.resolve_uids(numbers, tuple(value for value, _ in counted))
    else:
        places = sequence.resolve(numbers, len(counted)) or ()
    return tuple((place, counted[place - 1]) for place in places)
