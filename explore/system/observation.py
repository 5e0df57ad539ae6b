"""What happened in one step, and what is true whatever server and client believe?

A step is one command with all its responses (or one action of the external agent). Next to each client goes a
*witness*, a ghost variable that neither side sees: which message each of its sequence numbers really is. The witness
follows the client's own arithmetic (EXISTS adds, EXPUNGE removes) and takes identities from the mailbox, never from the
server's view of the session, so that a server whose view is wrong is caught.
"""

from __future__ import annotations

from typing import NamedTuple

from model import protocol as p
from model.client import Client
from model.protocol import DELETED, Flags, sequence
from model.store import Action, Mailbox, Message, World

MessageIdentity = tuple[int, str]
"""A message that a client counts: its UID and content (content never changes, so it outlives the message). UID 0 is
a number behind which there is no message at all."""

AGENT = -1
NOWHERE = -1
PHANTOM: MessageIdentity = (0, "")


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


class Observation(NamedTuple):
    """One step: the worlds around it, who did what, the responses (own, and those to other sessions), the client and
    its witness before and after, and for each own response the identities that the client counted when it came.

    `status` is that of the tagged response ("" where there was none); `box` is the mailbox that the client really had
    open before the step, `box_after` the same mailbox after it; `moved` says whether any mailbox changed at all. `intended`
    is what the client meant by its numbers when it sent the command, where that can be earlier than it was served.
    """

    before: World
    after: World
    sid: int
    act: p.Command | Action
    own: tuple[p.Response, ...]
    others: tuple[tuple[int, p.Response], ...]
    client: Client
    client_after: Client
    truth: GroundTruth
    truth_after: GroundTruth
    trace: tuple[tuple[p.Response, tuple[MessageIdentity, ...]], ...]
    status: str
    box: Mailbox | None
    box_after: Mailbox | None
    moved: bool
    intended: tuple[tuple[int, MessageIdentity], ...] = ()

    def meant(self, numbers: sequence.SequenceSet, uid: bool) -> tuple[tuple[int, MessageIdentity], ...]:
        """The messages that the client means by such a set, each with its number, by its own count."""
        return meant_by(self.truth.counted, numbers, uid)

    def split(self) -> tuple[dict[int, Message], dict[int, MessageIdentity]]:
        """The messages that a FETCH, STORE or COPY means, by number: those in the mailbox, and the expunged ones."""
        act = self.act
        assert isinstance(act, p.NUMBERED)
        box = self.box
        alive = {message.uid: message for message in box.messages} if box is not None else {}
        meant = self.meant(act.numbers, act.uid)
        kept = {number: alive[identity[0]] for number, identity in meant if identity[0] in alive}
        gone = {number: identity for number, identity in meant if identity[0] not in alive}
        return kept, gone

    def still_counts(self, identity: MessageIdentity) -> bool:
        """Whether, after the step, the client still counts that message: nobody has told it that it is gone."""
        return identity in self.truth_after.counted


def starting(world: World, sid: int) -> GroundTruth:
    """The witness of session `sid` at the start."""
    box = world.open_in(sid)
    return _opening(GroundTruth(), box, len(box.messages)) if box is not None else GroundTruth()


def _opening(witness: GroundTruth, box: Mailbox, count: int) -> GroundTruth:
    counted = tuple((message.uid, message.content) for message in box.messages[:count])
    opened = {name: (name, known, validity) for name, known, validity in witness.opened}
    opened[box.name] = (box.name, box.id, box.uidvalidity)
    return GroundTruth(
        box.id,
        counted,
        max((uid for uid, _ in counted), default=0),
        frozenset(message.uid for message in box.messages if DELETED in message.flags),
        tuple(sorted(opened.values())),
    )


def observe(
    before: World,
    after: World,
    sid: int,
    act: p.Command | Action,
    responses: tuple[tuple[int, p.Response], ...],
    clients: tuple[Client, Client],
    truth: GroundTruth,
) -> Observation:
    """The observation of one step; `clients` are the client before and after, `truth` its witness before."""
    own = tuple([response for to, response in responses if to == sid])
    others = tuple([pair for pair in responses if pair[0] != sid])
    trace = []
    status = ""
    witness = truth._replace(counted=()) if isinstance(act, p.Select) else truth
    for response in own:
        trace.append((response, witness.counted))
        witness = _witness(witness, response, before, after, act)
        if isinstance(response, p.Tagged):
            status = response.status
    box, box_after = before.by_id(truth.mailbox), after.by_id(truth.mailbox)
    moved = before.mailboxes != after.mailboxes
    return Observation(
        before, after, sid, act, own, others, *clients, truth, witness, tuple(trace), status, box, box_after, moved
    )


def closed(witness: GroundTruth) -> GroundTruth:
    """The witness of a client that has no mailbox open any more; what it opened before stays known."""
    return GroundTruth(opened=witness.opened)


def _witness(
    witness: GroundTruth, response: p.Response, before: World, after: World, act: p.Command | Action
) -> GroundTruth:
    match response:
        case p.Exists(count):
            if isinstance(act, p.Select):
                box = after.by_name(act.mailbox)
                return _opening(witness, box, count) if box is not None else witness
            return _count_up(witness, after.by_id(witness.mailbox), count)
        case p.Expunged(number) if 1 <= number <= len(witness.counted):
            return witness._replace(counted=witness.counted[: number - 1] + witness.counted[number:])
        case p.Bye():
            return closed(witness)
        case p.Tagged(status):
            return _completed(witness, status, before, after, act)
    return witness


def _count_up(witness: GroundTruth, box: Mailbox | None, count: int) -> GroundTruth:
    """EXISTS: the next messages, in UID order, that this client has never counted."""
    if count < len(witness.counted):
        return witness._replace(counted=witness.counted[:count])
    new = [(m.uid, m.content) for m in box.messages if m.uid > witness.highest] if box is not None else []
    more = count - len(witness.counted)
    added = tuple(new[:more]) + (PHANTOM,) * (more - len(new))
    highest = max([witness.highest, *(uid for uid, _ in added)])
    return witness._replace(counted=witness.counted + added, highest=highest)


def _completed(witness: GroundTruth, status: str, before: World, after: World, act: p.Command | Action) -> GroundTruth:
    match act:
        case p.Select() if status != "OK":
            return closed(witness)
        case p.Close() if status == "OK":
            return closed(witness)
        case p.Delete(name) if status == "OK":
            box = before.by_name(name)
            return closed(witness) if box is not None and box.id == witness.mailbox else witness
        case p.Store():
            return _stored(witness, status, before, after, act)
        case p.Append(name) | p.Copy(_, name) if status == "OK":
            return _added(witness, name, before, after)
    return witness


def _stored(witness: GroundTruth, status: str, before: World, after: World, act: p.Store) -> GroundTruth:
    """Whose \\Deleted is it, and what did a STORE do that was answered NO?"""
    old, new = before.by_id(witness.mailbox), after.by_id(witness.mailbox)
    if old is None or new is None:
        return witness
    flags = {message.uid: message.flags for message in old.messages}
    changed = tuple((m.uid, m.flags) for m in new.messages if flags.get(m.uid, m.flags) != m.flags)
    witness = witness._replace(half_done=changed if status == "NO" else ())
    if DELETED not in act.flags and act.mode:
        return witness
    meant = {uid for _, (uid, _) in meant_by(witness.counted, act.numbers, act.uid)} | {uid for uid, _ in changed}
    mine = frozenset(m.uid for m in new.messages if m.uid in meant and DELETED in m.flags)
    taken_back = frozenset(m.uid for m in new.messages if m.uid in meant and DELETED not in m.flags)
    return witness._replace(marked=(witness.marked | mine) - taken_back)


def _added(witness: GroundTruth, name: str, before: World, after: World) -> GroundTruth:
    """What a client has put into the mailbox that it has open, with \\Deleted, it has marked itself."""
    box, was = after.by_name(name), before.by_id(witness.mailbox)
    if box is None or was is None or box.id != witness.mailbox:
        return witness
    mine = frozenset(m.uid for m in box.messages if m.uid >= was.uidnext and DELETED in m.flags)
    return witness._replace(marked=witness.marked | mine)


def meant_by(
    counted: tuple[MessageIdentity, ...], numbers: sequence.SequenceSet, uid: bool
) -> tuple[tuple[int, MessageIdentity], ...]:
    """The messages that a client which counts those identities means by such a set, each with its number."""
    if uid:
        places = sequence.resolve_uids(numbers, tuple(value for value, _ in counted))
    else:
        places = sequence.resolve(numbers, len(counted)) or ()
    return tuple((place, counted[place - 1]) for place in places)
