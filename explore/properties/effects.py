"""Does a command do what its answer says, to the right messages, and nothing else? Obligations on effects."""

from __future__ import annotations

from explore.properties import arising
from explore.properties.property import NOTHING_MORE, OBLIGATION, Register
from explore.system import AGENT, Step
from model import protocol as p
from model.protocol import DELETED, INBOX, NIL, changed
from model.store import Message

EFFECTS = Register(OBLIGATION)
_obligation = EFFECTS.step


@_obligation(
    "O-STORE-EFFECT",
    "A STORE answered OK has set the flags of every message it named that is not expunged; one answered NO has set none, "
    "or just those that its FETCH responses report; these report what was set.",
    "RFC 3501 §6.4.6, RFC 2180 §4.2.1 (a, b), §4.2.3, §4.2.4",
    reads=NOTHING_MORE,
    acts=(p.Store,),
    arises=arising.answers,
    needs="STORE",
)
def store_effect(step: Step) -> str | None:
    act, box = step.act, step.box_after
    if not isinstance(act, p.Store) or box is None or step.status not in ("OK", "NO"):
        return None
    present, _ = step.split()
    now = {message.uid: message.flags for message in box.messages}
    reported = {response.number: response.flags for response in step.own if isinstance(response, p.Fetched)}
    for number, message in present.items():
        wanted, flags = changed(message.flags, act.mode, act.flags), now.get(message.uid)
        if step.status == "OK" and flags != wanted:
            return f"STORE is OK, but message {number} ({message.content!r}) does not have the flags"
        if step.status == "NO" and flags not in (wanted, message.flags):
            return f"STORE is NO, and message {number} ({message.content!r}) has flags that nobody asked for"
        if step.status == "NO" and not act.silent and flags != message.flags and number not in reported:
            return f"STORE is NO, and sets message {number} ({message.content!r}) without saying so"
        if not act.uid and reported.get(number, flags) not in (None, flags):
            return f"the FETCH response to STORE reports other flags than message {number} has"
    return None


@_obligation(
    "O-COPY-ATOMIC",
    "A COPY answered NO leaves the destination as it was; one answered OK has copied every message it named, by their "
    "numbers before any EXPUNGE sent with it.",
    "RFC 3501 §6.4.7, RFC 2180 §4.4.1 (c), §4.4.2 (c, e)",
    reads=NOTHING_MORE,
    acts=(p.Copy,),
    needs="COPY",
)
def copy_atomic(step: Step) -> str | None:
    act = step.act
    if not isinstance(act, p.Copy):
        return None
    for box in step.after.mailboxes:
        was = step.before.by_id(box.id)
        added = sorted(message.content for message in box.messages[len(was.messages) if was is not None else 0 :])
        if step.status != "OK" and added:
            return f"COPY is {step.status or 'not completed'}, but {box.name} has {len(added)} more messages"
        if step.status == "OK" and box.name == act.mailbox and not (box.ghost and step.before.by_name(act.mailbox)):
            wanted = sorted(content for _, (_, content) in step.meant(act.numbers, act.uid))
            if added != wanted:
                return f"COPY is OK; it named {', '.join(wanted) or 'nothing'} and copied {', '.join(added) or 'nothing'}"
    return None


@_obligation(
    "O-COPY-TELLS", "Pending EXPUNGE responses are sent with COPY.", "RFC 2180 §4.4.1 (b), §4.4.2 (b)",
    reads=NOTHING_MORE,
    acts=(p.Copy,),
    arises=arising.counts_expunged,
    needs="COPY by a client that counts an expunged message",
)
def copy_tells(step: Step) -> str | None:
    box = step.box_after
    if not isinstance(step.act, p.Copy) or step.status not in ("OK", "NO") or box is None:
        return None
    alive = {message.uid for message in box.messages}
    for number, (uid, content) in enumerate(step.truth_after.counted, 1):
        if uid not in alive:
            return f"after COPY the client still counts {content!r} (its number {number}), which is expunged"
    return None


@_obligation(
    "O-WRONG-MESSAGE",
    "For a client that obeys RFC 3501 §5.5, STORE, COPY and FETCH touch no message other than those that it counts at "
    "the numbers when it sends them.",
    "RFC 3501 §2.3.1.2, §5.5, RFC 2180 §4 (b)",
    reads=NOTHING_MORE,
    acts=(p.Fetch, p.Store, p.Copy),
    arises=arising.answers,
    needs="FETCH, STORE or COPY",
)
def wrong_message(step: Step) -> str | None:
    act, box, after = step.act, step.box, step.box_after
    if not isinstance(act, p.NUMBERED) or box is None or after is None:
        return None
    if not step.moved and not isinstance(act, p.Fetch):
        return None
    meant = dict(step.meant(act.numbers, act.uid))
    uids = {uid for uid, _ in meant.values()}
    flags = {message.uid: message.flags for message in box.messages}
    for message in after.messages:
        if message.uid in flags and message.uid not in uids and flags[message.uid] != message.flags:
            return f"{message.content!r}, which the client did not name, has its flags changed"
    if isinstance(act, p.Fetch):
        for response in step.own:
            if isinstance(response, p.Fetched) and response.content is not None and response.number not in meant:
                return f"FETCH answers with the content of message {response.number}, which was not asked for"
    return None


@_obligation(
    "O-ONLY-DELETED",
    "Only EXPUNGE and CLOSE remove messages, and only those with \\Deleted (RENAME INBOX moves its messages away, DELETE "
    "takes the mailbox); an expunged message never comes back.",
    "RFC 3501 §6.3.5, §6.4.2, §6.4.3",
    reads=NOTHING_MORE,
    arises=arising.changes_mailboxes,
    needs="a command that changes a mailbox",
)
def only_deleted(step: Step) -> str | None:
    if step.sid == AGENT or not step.moved:
        return None
    for box in step.after.mailboxes:
        was = step.before.by_id(box.id)
        if was is None:
            continue
        left = {message.uid for message in box.messages}
        back = left & {message.uid for message in was.expunged}
        if back:
            return f"UID {min(back)} of {box.name} was expunged and is back"
        removed = [message for message in was.messages if message.uid not in left]
        moved = isinstance(step.act, p.Rename) and step.act.mailbox == INBOX == box.name
        if not removed or moved:
            continue
        if not isinstance(step.act, (p.Expunge, p.Close)) or box.id != step.truth.mailbox:
            return f"{removed[0].content!r} is removed from {box.name} by {type(step.act).__name__.upper()}"
        innocent = [message for message in removed if DELETED not in message.flags]
        if innocent:
            return f"{innocent[0].content!r} is removed although it does not have \\Deleted"
    return None


@_obligation(
    "O-EXPUNGE-REPORTED",
    "EXPUNGE announces to its own session, before its OK, every message that it removed; CLOSE announces none to its own.",
    "RFC 3501 §6.4.2, §6.4.3",
    reads=NOTHING_MORE,
    acts=(p.Expunge, p.Close),
    arises=arising.answers,
    needs="EXPUNGE or CLOSE",
)
def expunge_reported(step: Step) -> str | None:
    if isinstance(step.act, p.Close) and any(isinstance(response, p.Expunged) for response in step.own):
        return "CLOSE sends an EXPUNGE response"
    box, after = step.box, step.box_after
    if not isinstance(step.act, p.Expunge) or step.status != "OK" or box is None or after is None:
        return None
    left = {message.uid for message in after.messages}
    for message in box.messages:
        if message.uid not in left and step.still_counts((message.uid, message.content)):
            return f"EXPUNGE removed {message.content!r} and does not announce it"
    return None


@_obligation(
    "O-FLAGS-MERGE",
    "+FLAGS and -FLAGS of two sessions on one message both take effect: a STORE leaves flags alone that it does not name.",
    "RFC 3501 §6.4.6",
    reads=NOTHING_MORE,
    acts=(p.Store,),
    arises=arising.answers,
    needs="STORE of +FLAGS or -FLAGS",
)
def flags_merge(step: Step) -> str | None:
    act, box, after = step.act, step.box, step.box_after
    if not isinstance(act, p.Store) or not act.mode or box is None or after is None:
        return None
    was = {message.uid: message.flags for message in box.messages}
    for message in after.messages:
        other = (was.get(message.uid, message.flags) ^ message.flags) - act.flags
        if other:
            return f"STORE of {' '.join(sorted(act.flags))} changes {' '.join(sorted(other))} of {message.content!r} too"
    return None


@_obligation(
    "O-IMMUTABLE",
    "What a UID shows (date, size, envelope, structure, text) never changes, also once the message is expunged; NIL data "
    "stands only for expunged messages.",
    "RFC 3501 §2.3.1.1, RFC 2180 §4.1.1, §4.1.3",
    reads=NOTHING_MORE,
    arises=arising.shows_content,
    needs="FETCH of content",
)
def immutable(step: Step) -> str | None:
    for box in step.after.mailboxes if step.moved else ():
        was = step.before.by_id(box.id)
        contents = {message.uid: message.content for message in was.messages} if was is not None else {}
        for message in box.messages:
            if contents.get(message.uid, message.content) != message.content:
                return f"UID {message.uid} of {box.name} was {contents[message.uid]!r} and is {message.content!r}"
    opened = step.box
    alive: dict[int, Message] = {message.uid: message for message in opened.messages} if opened is not None else {}
    for response, counted in step.trace:
        if isinstance(response, p.Fetched) and response.content is not None and 1 <= response.number <= len(counted):
            uid, content = counted[response.number - 1]
            if response.content != content and (uid in alive or response.content != NIL):
                state = "there" if uid in alive else "expunged"
                return f"message {response.number} is {content!r} and {state}, the response shows {response.content!r}"
    return None


@_obligation(
    "O-READ-ONLY", "A session opened with EXAMINE changes nothing in the mailbox it has open.", "RFC 3501 §6.3.2",
    reads=NOTHING_MORE,
    acts=(p.Fetch, p.Store, p.Search, p.Expunge, p.Close),
    arises=arising.is_read_only,
    needs="FETCH, STORE, SEARCH, EXPUNGE or CLOSE by a client that has its mailbox open by EXAMINE",
)
def read_only(step: Step) -> str | None:
    if step.sid == AGENT or not step.before.sessions[step.sid].read_only:
        return None
    box, after = step.box, step.box_after
    if box is None or after is None or not isinstance(step.act, (p.Fetch, p.Store, p.Search, p.Expunge, p.Close)):
        return None
    return None if box.messages == after.messages else "a session opened read-only has changed the mailbox"
