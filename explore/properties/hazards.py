"""What does a user expect that a legal server may break? For each hazard we find out which server, for which client.

These are not bugs of a server: RFC 2180 allows every one of them. A check looks at one step, and at the truth.
"""

from __future__ import annotations

from explore.properties import arising
from explore.properties.liveness import STARVATION
from explore.properties.property import ERRORS, HAZARD, HISTORY, Property, Register
from explore.properties.quiescence import diverges
from explore.system import AGENT, Step
from model import protocol as p
from model.protocol import DELETED, INBOX
from model.server import lookup
from model.store import Mailbox, matches

HAZARDS = Register(HAZARD)
_hazard = HAZARDS.step


@_hazard(
    "H-PHANTOM",
    "What my client shows as a message's content is that message's content.",
    "RFC 2180 §4 (d), §4.1.3 (f)",
    reads=frozenset({ERRORS}),
    arises=arising.shows_content,
    needs="FETCH of content",
)
def phantom(step: Step) -> str | None:
    shown, counted = step.client_after.shown, step.truth_after.counted
    if shown == step.client.shown:
        return None
    for number, (entry, (_, content)) in enumerate(zip(shown, counted, strict=False), 1):
        if entry.content is not None and entry.content != content:
            says = repr(entry.content) if entry.content else "an empty message"
            return f"the client shows message {number} as {says}; it is {content!r}"
    return None


@_hazard(
    "H-GONE-BUT-READABLE",
    "Once a DELETE or EXPUNGE was answered OK, nobody can read the content any more.",
    "RFC 2180 §3.2 (f), §4.1.1 (b), §5 (b, c)",
    acts=(p.Fetch, p.Copy),
    arises=arising.names_deleted,
    needs="FETCH or COPY of an expunged message, or in a deleted mailbox",
)
def gone_but_readable(step: Step) -> str | None:
    act = step.act
    if not isinstance(act, (p.Fetch, p.Copy)):
        return None
    alive = {message.content for box in step.before.mailboxes if not box.ghost for message in box.messages}
    if isinstance(act, p.Copy):
        copied = [content for _, (_, content) in step.meant(act.numbers, act.uid) if content not in alive]
        if step.status == "OK" and copied:
            return f"{copied[0]!r} is deleted, and COPY brings it to {act.mailbox}"
        return None
    for response, counted in step.trace:
        if isinstance(response, p.Fetched) and response.content and 1 <= response.number <= len(counted):
            _, content = counted[response.number - 1]
            if content not in alive and response.content == content:
                return f"{content!r} is deleted, and FETCH still shows it"
    return None


@_hazard(
    "H-LOST-UPDATE",
    "What was answered OK (STORE, APPEND, COPY) can be seen by somebody who opens the mailbox later.",
    "RFC 2180 §3.2 (b)",
    acts=(p.Store, p.Append, p.Copy),
    arises=arising.succeeds,
    needs="STORE, APPEND or COPY that is answered OK",
)
def lost_update(step: Step) -> str | None:
    act = step.act
    if step.status != "OK":
        return None
    reached: Mailbox | None = None
    if isinstance(act, p.Store):
        kept, _ = step.split()
        reached = step.box if kept else None
    elif isinstance(act, (p.Append, p.Copy)):
        reached = lookup(step.before, step.sid, act.mailbox)
    if reached is not None and reached.ghost:
        return f"{type(act).__name__.upper()} is OK, but {reached.name} is deleted and goes when its last user leaves"
    return None


@_hazard(
    "H-SILENT-LOSS",
    "When part of what I asked for was not done, I am told, at the latest with the command's completion.",
    "RFC 2180 §4.2.1, §4.3, §4.1.4",
    acts=(p.Store, p.Fetch, p.Search, p.Close),
    arises=arising.succeeds,
    needs="STORE, FETCH, SEARCH or CLOSE that is answered OK",
)
def silent_loss(step: Step) -> str | None:
    act = step.act
    if step.status != "OK":
        return None
    if isinstance(act, (p.Store, p.Fetch)):
        _, gone = step.split()
        answered = {response.number for response in step.own if isinstance(response, p.Fetched)}
        for number, identity in gone.items():
            if number not in answered and step.still_counts(identity):
                return f"{type(act).__name__.upper()} is OK; message {number}, {identity[1]!r}, is expunged: not a word"
    if isinstance(act, p.Search):
        return missed(step)
    if isinstance(act, p.Close) and not step.before.sessions[step.sid].read_only and step.box_after is not None:
        left = [message.content for message in step.box_after.messages if DELETED in message.flags]
        if left:
            return f"CLOSE is OK, and {left[0]!r}, marked \\Deleted, is still there"
    return None


@_hazard(
    "H-WRONG-MAILBOX",
    'What I put into (or ask about) "FOO" reaches the mailbox that I have open as FOO.',
    "RFC 2180 §3.4 (c)",
    reads=frozenset({ERRORS}),
    acts=(p.Append, p.Copy, p.Status),
    arises=arising.names_own_mailbox,
    needs="APPEND, COPY or STATUS of the name of the mailbox that the client has open",
)
def wrong_mailbox(step: Step) -> str | None:
    act = step.act
    if not isinstance(act, (p.Append, p.Copy, p.Status)) or act.mailbox != step.client.name or step.status != "OK":
        return None
    reached = lookup(step.before, step.sid, act.mailbox)
    if reached is None or reached.id == step.truth.mailbox:
        return None
    now = f"is called {step.box.name} now" if step.box is not None else "is gone"
    return f"{type(act).__name__.upper()} reaches another {act.mailbox} than the one the client has open, which {now}"


@_hazard(
    "H-DEAD-NAME",
    "The name of the mailbox that I have open works, as long as I do not change it.",
    "RFC 2180 §3.2, §3.4 (c)",
    reads=frozenset({ERRORS}),
    acts=(p.Append, p.Copy, p.Status),
    arises=arising.names_own_mailbox,
    needs="APPEND, COPY or STATUS of the name of the mailbox that the client has open",
)
def dead_name(step: Step) -> str | None:
    act = step.act
    if not isinstance(act, (p.Append, p.Copy, p.Status)) or act.mailbox != step.client.name or step.status != "NO":
        return None
    if lookup(step.before, step.sid, act.mailbox) is not None:
        return None
    return f"the client has {act.mailbox} open, and {type(act).__name__.upper()} says that there is no such mailbox"


@_hazard(
    "H-THROWN-OUT",
    "My connection does not end because of somebody else's command.",
    "RFC 2180 §3.3",
    arises=arising.deletes_or_renames,
    needs="DELETE or RENAME",
)
def thrown_out(step: Step) -> str | None:
    for sid, response in step.others:
        if isinstance(response, p.Bye):
            return f"C{sid + 1} is disconnected because of C{step.sid + 1}'s {type(step.act).__name__.upper()}"
    if any(isinstance(response, p.Bye) for response in step.own) and not isinstance(step.act, p.Logout):
        return f"C{step.sid + 1} is disconnected, for no command of its own"
    return None


HAZARDS.add(Property(
    "H-STARVATION", HAZARD,
    "My DELETE, RENAME, EXPUNGE or STORE succeeds at last if I keep trying, whatever the others keep doing.",
    "RFC 2180 §3.1 (b), §4.1.4 (b), §4.2.4 (d); checked on fair cycles of the state graph",
    loops=(STARVATION,),
    reads=frozenset({ERRORS}),
    needs="a program with 'retry' that is refused",
))  # fmt: skip


@_hazard(
    "H-ALL-OR-NOTHING",
    "One vanished message does not stop my STORE or COPY of the others.",
    "RFC 2180 §4.2.4, §4.4.1",
    acts=(p.Store, p.Copy),
    arises=arising.names_both,
    needs="STORE or COPY of an expunged message together with one that is there",
)
def all_or_nothing(step: Step) -> str | None:
    act = step.act
    if not isinstance(act, (p.Store, p.Copy)) or step.status != "NO":
        return None
    kept, gone = step.split()
    if not kept or not gone or any(isinstance(response, p.Fetched) for response in step.own):
        return None
    if isinstance(act, p.Copy) and lookup(step.before, step.sid, act.mailbox) is None:
        return None
    if isinstance(act, p.Store) and step.before.sessions[step.sid].read_only:
        return None
    what = f"{len(kept)} message{'s are' if len(kept) > 1 else ' is'} there, {len(gone)} expunged"
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
    acts=(p.Search,),
    arises=arising.succeeds,
    needs="SEARCH",
)
def missed(step: Step) -> str | None:
    act, box = step.act, step.box
    if not isinstance(act, p.Search) or step.status != "OK" or box is None:
        return None
    found = {number for response in step.own if isinstance(response, p.Found) for number in response.numbers}
    known = {message.uid: message for message in (*box.expunged, *box.messages)}
    counted = step.truth.counted
    last = counted[-1][0] if counted else 0
    for number, (uid, content) in enumerate(counted, 1):
        if uid not in known or (uid if act.uid else number) in found or not step.still_counts((uid, content)):
            continue
        if matches(act.key, number, known[uid], len(counted), last):
            return f"SEARCH leaves out message {number}, {content!r}, which the client shows and which matches"
    return None


HAZARDS.add(Property(
    "H-CONVERGENCE", HAZARD,
    "When all is quiet and everyone has said NOOP, what each client shows is so: the mailbox of that name has those "
    "messages, flags and contents.",
    "RFC 3501 §6.1.2, RFC 2180 §3.2 (b), §3.4 (c); checked where every client has come to its end",
    at_rest=diverges,
    reads=frozenset({ERRORS}),
    needs="a client that has a mailbox open when all is quiet",
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
