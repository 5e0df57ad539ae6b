"""Does a client that counts as it is told count right? Obligations on numbers, UIDs, and what is told when.

All of them go by the identities that the client's own arithmetic gives (`explore.system.GroundTruth`).
"""

from __future__ import annotations

from explore.properties import arising
from explore.properties.liveness import RETRY_FOR_EVER, UNTOLD
from explore.properties.property import ERRORS, HISTORY, NOTHING_MORE, OBLIGATION, Property, Register
from explore.system import Step
from model import protocol as p
from model.protocol import NIL
from model.store import matches

NUMBERING = Register(OBLIGATION)
_obligation = NUMBERING.step


@_obligation(
    "O-EXPUNGE-TIMING",
    "No EXPUNGE response unless a command is in progress in that session, and it is not FETCH, STORE or SEARCH.",
    "RFC 3501 §7.4.1, RFC 2180 §4 (c)",
    reads=NOTHING_MORE,
    arises=arising.counts_expunged,
    needs="a command of a client that counts an expunged message",
)
def expunge_timing(step: Step) -> str | None:
    for sid, response in step.others:
        if isinstance(response, p.Expunged):
            return f"C{sid + 1} is sent an EXPUNGE while it has no command in progress"
    if not isinstance(step.act, (p.Fetch, p.Store, p.Search)) or step.act.uid:
        return None
    if any(isinstance(response, p.Expunged) for response in step.own):
        return f"an EXPUNGE is sent while {type(step.act).__name__.upper()} is in progress"
    return None


@_obligation(
    "O-SEQ-RANGE",
    "Every sequence number the server sends is between 1 and the number of messages that this client counts then.",
    "RFC 3501 §2.3.1.2, §7",
    reads=NOTHING_MORE,
    arises=arising.sends_numbers,
    needs="FETCH, STORE, SEARCH, or an EXPUNGE that is told",
)
def seq_range(step: Step) -> str | None:
    for response, counted in step.trace:
        numbers: tuple[int, ...] = ()
        if isinstance(response, (p.Fetched, p.Expunged)):
            numbers = (response.number,)
        elif isinstance(response, p.Found) and isinstance(step.act, p.Search) and not step.act.uid:
            numbers = response.numbers
        for number in numbers:
            if not 1 <= number <= len(counted):
                return f"number {number} is sent to a client that counts {len(counted)} messages"
    return None


@_obligation(
    "O-SEQ-IDENTITY",
    "A number in a response is the message that this client, by applying all responses so far, calls by that number: "
    "FETCH shows that message's UID and never another message's content, SEARCH finds only what matches.",
    "RFC 3501 §2.3.1.2",
    reads=NOTHING_MORE,
    arises=arising.shows_messages,
    needs="FETCH of a UID or of content, or SEARCH",
)
def seq_identity(step: Step) -> str | None:
    for response, counted in step.trace:
        if isinstance(response, p.Fetched) and 1 <= response.number <= len(counted):
            uid, content = counted[response.number - 1]
            if response.uid not in (None, uid):
                return f"message {response.number} of this client has UID {uid}, the response says {response.uid}"
            if response.content not in (None, content, NIL) and _is_somewhere(step, response.content):
                return f"message {response.number} of this client is {content!r}, the response shows {response.content!r}"
        if isinstance(response, p.Found) and isinstance(step.act, p.Search):
            wrong = sorted(set(response.numbers) - set(_matching(step, step.act)))
            if wrong:
                return f"SEARCH finds {wrong[0]}, which does not match by this client's numbering"
    return None


def _is_somewhere(step: Step, content: str | None) -> bool:
    boxes = (*step.before.mailboxes, *step.after.mailboxes)
    return any(message.content == content for box in boxes for message in box.messages)


def _matching(step: Step, search: p.Search) -> tuple[int, ...]:
    """What that SEARCH can find, going by the identities: numbers, or UIDs for UID SEARCH; expunged ones included."""
    box = step.box
    if box is None:
        return ()
    known = {message.uid: message for message in (*box.messages, *box.expunged)}
    counted = step.truth.counted
    last = counted[-1][0] if counted else 0
    return tuple(
        uid if search.uid else number
        for number, (uid, _) in enumerate(counted, 1)
        if uid in known and matches(search.key, number, known[uid], len(counted), last)
    )


@_obligation(
    "O-EXISTS",
    "The number in EXISTS is not below what the client counts (a message not yet announced as expunged counts), and not "
    "above what there is to count.",
    "RFC 3501 §7.3.1, §7.4.1",
    reads=NOTHING_MORE,
    arises=arising.counts_messages,
    needs="SELECT, or a message that arrives in an open mailbox",
)
def exists(step: Step) -> str | None:
    for response, counted in step.trace:
        if isinstance(response, p.Exists):
            if response.count < len(counted):
                return f"EXISTS says {response.count} to a client that counts {len(counted)} messages"
            if isinstance(step.act, p.Select):
                box = step.after.by_name(step.act.mailbox)
                if box is not None and response.count != len(box.messages):
                    return f"EXISTS says {response.count} on opening a mailbox of {len(box.messages)} messages"
    if any(uid == 0 for uid, _ in step.truth_after.counted):
        return "EXISTS counts a message that is not there"
    return None


@_obligation(
    "O-UID",
    "UIDs rise with sequence numbers; under one UIDVALIDITY a new message gets a UID that was never given out before; "
    "the mailbox's UIDNEXT never falls.",
    "RFC 3501 §2.3.1.1",
    reads=NOTHING_MORE,
    arises=arising.changes_mailboxes,
    needs="a command or an action that changes a mailbox",
)
def uid(step: Step) -> str | None:
    if not step.moved:
        return None
    old = {box.id: box for box in step.before.mailboxes}
    for box in step.after.mailboxes:
        uids = [message.uid for message in box.messages]
        if uids != sorted(set(uids)):
            return f"the UIDs of {box.name} do not rise: {uids}"
        was = old.get(box.id)
        if was is None or was.uidvalidity != box.uidvalidity:
            continue
        if box.uidnext < was.uidnext:
            return f"UIDNEXT of {box.name} falls from {was.uidnext} to {box.uidnext}"
        known = {message.uid for message in was.messages}
        for value in uids:
            if value not in known and value < was.uidnext:
                return f"UID {value} of {box.name} is used again (UIDNEXT was {was.uidnext})"
            if value >= box.uidnext:
                return f"UID {value} of {box.name} is not below UIDNEXT {box.uidnext}"
    return None


@_obligation(
    "O-UIDVALIDITY",
    "A client that opens a name it has opened before, and gets a different mailbox, is given a greater UIDVALIDITY.",
    "RFC 3501 §2.3.1.1, §6.3.3",
    reads=frozenset({HISTORY}),
    acts=(p.Select,),
    arises=arising.opens_again,
    needs="a client that opens a name that it has opened before",
)
def uidvalidity(step: Step) -> str | None:
    if not isinstance(step.act, p.Select) or step.status != "OK":
        return None
    known = {name: (mailbox, validity) for name, mailbox, validity in step.truth.opened}
    codes = [r.code for r in step.own if isinstance(r, p.Ok) and r.code.startswith("UIDVALIDITY ")]
    if step.act.mailbox not in known or not codes:
        return None if codes else "SELECT gives no UIDVALIDITY"
    mailbox, validity = known[step.act.mailbox]
    now = int(codes[0].split()[1])
    if step.truth_after.mailbox != mailbox and now <= validity:
        return f"{step.act.mailbox} is another mailbox now, but its UIDVALIDITY went from {validity} to {now}"
    return None


@_obligation(
    "O-EXPUNGED-ONCE",
    "Each EXPUNGE response is about a message that is expunged and that this client still counts.",
    "RFC 3501 §7.4.1",
    reads=NOTHING_MORE,
    arises=arising.announces_expunge,
    needs="EXPUNGE, and a client that is told of it",
)
def expunged_once(step: Step) -> str | None:
    box = step.box_after
    alive = {message.uid for message in box.messages} if box is not None else set()
    for response, counted in step.trace:
        if isinstance(response, p.Expunged) and 1 <= response.number <= len(counted):
            identity = counted[response.number - 1]
            if identity[0] in alive:
                return f"EXPUNGE of {response.number}, which this client knows as {identity[1]!r} and which is still there"
    return None


@_obligation(
    "O-TOLD",
    "A client that keeps sending NOOP is told of every expunge, arrival and flag change: no NOOP leaves it as it was "
    "while there is something to tell, and nothing stays untold for ever.",
    "RFC 3501 §5.2, §6.1.2, RFC 2180 §4.1.1 (c); that nothing stays untold is checked on fair cycles of the state graph",
    reads=frozenset({ERRORS}),
    acts=(p.Noop, p.Check),
    loops=(UNTOLD,),
    arises=arising.answers,
    needs="NOOP or CHECK in an open mailbox",
)
def told(step: Step) -> str | None:
    """The half of O-TOLD that one step shows; `explore.properties.liveness.UNTOLD` is the other, and neither implies the
    other."""
    box = step.box_after
    if not isinstance(step.act, (p.Noop, p.Check)) or step.status != "OK" or box is None:
        return None
    if any(isinstance(response, (p.Exists, p.Expunged, p.Fetched)) for response in step.own):
        return None
    counted = [uid for uid, _ in step.truth_after.counted]
    if counted != [message.uid for message in box.messages]:
        return f"the client counts UIDs {counted}, the mailbox has others, and NOOP tells nothing"
    for number, (entry, message) in enumerate(zip(step.client_after.shown, box.messages, strict=False), 1):
        if entry.flags is not None and entry.flags != message.flags:
            return f"the flags of message {number} have changed, and NOOP tells nothing"
    return None


NUMBERING.add(Property(
    "O-RETRY-ENDS", OBLIGATION,
    "A client that does after a NO what RFC 2180 tells it to do (NOOP, then the command again for what is left, or under "
    "the new name) comes to an end of it, unless there is new news for ever.",
    "RFC 2180 §3.4 (e), §4.1.2 (b, c, d), §4.2.3 (b, c, d), §4.2.4 (b, c); checked on fair cycles of the state graph",
    loops=(RETRY_FOR_EVER,),
    reads=frozenset({ERRORS}),
    needs="an aware or reissuing client that is answered NO",
))  # fmt: skip
