"""Which command does less, or more, than its user meant by it? Hazards of single commands: of STORE, COPY, EXPUNGE, SEARCH,
NOOP and RENAME, and of the numbers in any of them."""

from __future__ import annotations

from explore.properties import arising
from explore.properties.property import ERRORS, HAZARD, HISTORY, NOTHING_MORE, Property, Register
from explore.properties.quiescence import diverges
from explore.system import AGENT, Step
from model import protocol as p
from model.protocol import INBOX
from model.server import lookup
from model.store import matches

HAZARDS_OF_COMMANDS = Register(HAZARD)
_hazard = HAZARDS_OF_COMMANDS.step


@_hazard(
    "H-ALL-OR-NOTHING",
    "One vanished message does not stop my STORE or COPY of the others.",
    "RFC 2180 §4.2.4, §4.4.1",
    reads=NOTHING_MORE,
    acts=(p.Store, p.Copy),
    arises=arising.names_both,
    needs="STORE or COPY of an expunged message together with one that is there",
)
def all_or_nothing(step: Step) -> str | None:
    act = step.act
    if not isinstance(act, (p.Store, p.Copy)) or step.status != "NO":
        return None
    present, gone = step.split()
    if not present or not gone or any(isinstance(response, p.Fetched) for response in step.own):
        return None
    if isinstance(act, p.Copy) and lookup(step.before, step.sid, act.mailbox) is None:
        return None
    if isinstance(act, p.Store) and step.before.sessions[step.sid].read_only:
        return None
    what = f"{len(present)} message{'s are' if len(present) > 1 else ' is'} there, {len(gone)} expunged"
    return f"{type(act).__name__.upper()} does nothing at all: {what}"


@_hazard(
    "H-COLLATERAL",
    "EXPUNGE and CLOSE remove only messages that I marked, or that were marked when I opened the mailbox.",
    "RFC 4315 §1, RFC 3501 §6.4.3",
    reads=frozenset({HISTORY}),
    acts=(p.Expunge, p.Close),
    arises=arising.removes_messages,
    needs="EXPUNGE or CLOSE that removes a message",
)
def collateral(step: Step) -> str | None:
    box, after = step.box, step.box_after
    if not isinstance(step.act, (p.Expunge, p.Close)) or box is None or after is None:
        return None
    left = {message.uid for message in after.messages}
    for message in box.messages:
        if message.uid not in left and message.uid not in step.truth.marked:
            return f"{type(step.act).__name__.upper()} removes {message.content!r}, which another client has marked"
    return None


@_hazard(
    "H-MISSED",
    "SEARCH finds every message that my client shows and that matches.",
    "RFC 2180 §4 (d), §4.3",
    reads=NOTHING_MORE,
    acts=(p.Search,),
    arises=arising.succeeds,
    needs="SEARCH",
)
def missed(step: Step) -> str | None:
    act, box = step.act, step.box
    if not isinstance(act, p.Search) or step.status != "OK" or box is None:
        return None
    hits = {number for response in step.own if isinstance(response, p.Found) for number in response.numbers}
    known = {message.uid: message for message in (*box.expunged, *box.messages)}
    counted = step.truth.counted
    last = counted[-1][0] if counted else 0
    for number, (uid, content) in enumerate(counted, 1):
        if uid not in known or (uid if act.uid else number) in hits or not step.still_counts((uid, content)):
            continue
        if matches(act.key, number, known[uid], len(counted), last):
            return f"SEARCH leaves out message {number}, {content!r}, which the client shows and which matches"
    return None


HAZARDS_OF_COMMANDS.add(Property(
    "H-CONVERGENCE", HAZARD,
    "When all is quiet and everyone has said NOOP, what each client shows is so: the mailbox of that name has those "
    "messages, flags and contents.",
    "RFC 3501 §6.1.2, RFC 2180 §3.2 (b), §3.4 (c); checked where every client has come to its end",
    at_rest=diverges,
    reads=frozenset({ERRORS}),
    needs="a client that has a mailbox open when all is quiet",
    arises_at_rest=arising.shows_a_mailbox,
))  # fmt: skip


@_hazard(
    "H-DOUBLE",
    "Re-issuing a command after NO does not do a thing twice.",
    "RFC 2180 §4.2.3 (c)",
    reads=frozenset({ERRORS, HISTORY}),
    acts=(p.Store,),
    arises=arising.is_reissued,
    needs="an aware or reissuing client that repeats a STORE after NO",
)
def double(step: Step) -> str | None:
    box, after = step.box, step.box_after
    if not isinstance(step.act, p.Store) or not step.client.todo or box is None or after is None:
        return None
    was = {message.uid: message.flags for message in box.messages}
    now = {message.uid: message.flags for message in after.messages}
    for uid, flags in step.truth.half_done:
        if uid in was and (was[uid] ^ now.get(uid, was[uid])) & (flags ^ was[uid]):
            content = next(content for known, content in step.truth.counted if known == uid)
            return f"the STORE answered NO had set the flags of {content!r}; they were changed since, and are set again"
    return None


@_hazard(
    "H-INBOX-VANISHES",
    "My INBOX does not empty under me.",
    "RFC 3501 §6.3.5",
    reads=NOTHING_MORE,
    acts=(p.Rename,),
    arises=arising.renames_inbox,
    needs="RENAME of INBOX",
)
def inbox_vanishes(step: Step) -> str | None:
    act = step.act
    if not isinstance(act, p.Rename) or act.mailbox != INBOX or step.status != "OK" or step.sid == AGENT:
        return None
    box = step.before.by_name(INBOX)
    if box is None or not box.messages:
        return None
    for sid in step.after.users_of(box.id, besides=step.sid):
        return f"C{sid + 1} has INBOX open, and its {len(box.messages)} messages are in {act.new_name} now"
    return None


@_hazard(
    "H-WRONG-MESSAGE",
    "A number that I send means the message that I mean by it, however early I send it.",
    "RFC 3501 §5.5, RFC 2180 §4.4 (a, b)",
    reads=frozenset({ERRORS}),
    acts=(p.Fetch, p.Store, p.Copy, p.Search),
    arises=arising.meant_by_number,
    needs="a client that need not wait (pipelining or reckless), and commands with message numbers",
)
def wrong_message(step: Step) -> str | None:
    counted = step.truth.counted
    answered = {response.number for response in step.own if isinstance(response, p.Fetched)}
    for number, (uid, content) in step.intended:
        if number <= len(counted) and counted[number - 1][0] != uid and (step.status == "OK" or number in answered):
            taken = counted[number - 1][1]
            return f"the client meant {content!r} by message {number}, and the server takes it for {taken!r}"
    return None
