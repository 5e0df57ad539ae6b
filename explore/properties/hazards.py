"""What does a user expect that a legal server may break? For each hazard we find out which server, for which client.

These are not bugs of a server: RFC 2180 allows every one of them. A check looks at one step, and at the truth.
"""

from __future__ import annotations

from explore.properties.property import HAZARD, Register
from explore.system import AGENT, Observation
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
    of_client=True,
)
def phantom(seen: Observation) -> str | None:
    shown, counted = seen.client_after.shown, seen.truth_after.counted
    if shown == seen.client.shown:
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
)
def gone_but_readable(seen: Observation) -> str | None:
    act = seen.act
    if not isinstance(act, (p.Fetch, p.Copy)):
        return None
    alive = {message.content for box in seen.before.mailboxes if not box.ghost for message in box.messages}
    if isinstance(act, p.Copy):
        copied = [content for _, (_, content) in seen.meant(act.numbers, act.uid) if content not in alive]
        if seen.status == "OK" and copied:
            return f"{copied[0]!r} is deleted, and COPY brings it to {act.mailbox}"
        return None
    for response, counted in seen.trace:
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
)
def lost_update(seen: Observation) -> str | None:
    act = seen.act
    if seen.status != "OK":
        return None
    reached: Mailbox | None = None
    if isinstance(act, p.Store):
        kept, _ = seen.split()
        reached = seen.box if kept else None
    elif isinstance(act, (p.Append, p.Copy)):
        reached = lookup(seen.before, seen.sid, act.mailbox)
    if reached is not None and reached.ghost:
        return f"{type(act).__name__.upper()} is OK, but {reached.name} is deleted and goes when its last user leaves"
    return None


@_hazard(
    "H-SILENT-LOSS",
    "When part of what I asked for was not done, I am told, at the latest with the command's completion.",
    "RFC 2180 §4.2.1, §4.3, §4.1.4",
    acts=(p.Store, p.Fetch, p.Search, p.Close),
)
def silent_loss(seen: Observation) -> str | None:
    act = seen.act
    if seen.status != "OK":
        return None
    if isinstance(act, (p.Store, p.Fetch)):
        _, gone = seen.split()
        answered = {response.number for response in seen.own if isinstance(response, p.Fetched)}
        for number, identity in gone.items():
            if number not in answered and seen.still_counts(identity):
                return f"{type(act).__name__.upper()} is OK; message {number}, {identity[1]!r}, is expunged: not a word"
    if isinstance(act, p.Search):
        return missed(seen)
    if isinstance(act, p.Close) and not seen.before.sessions[seen.sid].read_only and seen.box_after is not None:
        left = [message.content for message in seen.box_after.messages if DELETED in message.flags]
        if left:
            return f"CLOSE is OK, and {left[0]!r}, marked \\Deleted, is still there"
    return None


@_hazard(
    "H-WRONG-MAILBOX",
    'What I put into (or ask about) "FOO" reaches the mailbox that I have open as FOO.',
    "RFC 2180 §3.4 (c)",
    of_client=True,
    acts=(p.Append, p.Copy, p.Status),
)
def wrong_mailbox(seen: Observation) -> str | None:
    act = seen.act
    if not isinstance(act, (p.Append, p.Copy, p.Status)) or act.mailbox != seen.client.name or seen.status != "OK":
        return None
    reached = lookup(seen.before, seen.sid, act.mailbox)
    if reached is None or reached.id == seen.truth.mailbox:
        return None
    now = f"is called {seen.box.name} now" if seen.box is not None else "is gone"
    return f"{type(act).__name__.upper()} reaches another {act.mailbox} than the one the client has open, which {now}"


@_hazard(
    "H-DEAD-NAME",
    "The name of the mailbox that I have open works, as long as I do not change it.",
    "RFC 2180 §3.2, §3.4 (c)",
    of_client=True,
    acts=(p.Append, p.Copy, p.Status),
)
def dead_name(seen: Observation) -> str | None:
    act = seen.act
    if not isinstance(act, (p.Append, p.Copy, p.Status)) or act.mailbox != seen.client.name or seen.status != "NO":
        return None
    if lookup(seen.before, seen.sid, act.mailbox) is not None:
        return None
    return f"the client has {act.mailbox} open, and {type(act).__name__.upper()} says that there is no such mailbox"


@_hazard(
    "H-THROWN-OUT",
    "My connection does not end because of somebody else's command.",
    "RFC 2180 §3.3",
)
def thrown_out(seen: Observation) -> str | None:
    for sid, response in seen.others:
        if isinstance(response, p.Bye):
            return f"C{sid + 1} is disconnected because of C{seen.sid + 1}'s {type(seen.act).__name__.upper()}"
    if any(isinstance(response, p.Bye) for response in seen.own) and not isinstance(seen.act, p.Logout):
        return f"C{seen.sid + 1} is disconnected, for no command of its own"
    return None


HAZARDS.run(
    "H-STARVATION",
    "My DELETE, RENAME, EXPUNGE or STORE succeeds at last if I keep trying, whatever the others keep doing.",
    "RFC 2180 §3.1 (b), §4.1.4 (b), §4.2.4 (d); checked on fair cycles of the state graph",
)


@_hazard(
    "H-ALL-OR-NOTHING",
    "One vanished message does not stop my STORE or COPY of the others.",
    "RFC 2180 §4.2.4, §4.4.1",
    acts=(p.Store, p.Copy),
)
def all_or_nothing(seen: Observation) -> str | None:
    act = seen.act
    if not isinstance(act, (p.Store, p.Copy)) or seen.status != "NO":
        return None
    kept, gone = seen.split()
    if not kept or not gone or any(isinstance(response, p.Fetched) for response in seen.own):
        return None
    if isinstance(act, p.Copy) and lookup(seen.before, seen.sid, act.mailbox) is None:
        return None
    if isinstance(act, p.Store) and seen.before.sessions[seen.sid].read_only:
        return None
    what = f"{len(kept)} message{'s are' if len(kept) > 1 else ' is'} there, {len(gone)} expunged"
    return f"{type(act).__name__.upper()} does nothing at all: {what}"


@_hazard(
    "H-COLLATERAL",
    "EXPUNGE and CLOSE remove only messages that I marked, or that were marked when I opened the mailbox.",
    "RFC 4315 §1, RFC 3501 §6.4.3",
    of_past=True,
    acts=(p.Expunge, p.Close),
)
def collateral(seen: Observation) -> str | None:
    box, after = seen.box, seen.box_after
    if not isinstance(seen.act, (p.Expunge, p.Close)) or box is None or after is None:
        return None
    left = {message.uid for message in after.messages}
    for message in box.messages:
        if message.uid not in left and message.uid not in seen.truth.marked:
            return f"{type(seen.act).__name__.upper()} removes {message.content!r}, which another client has marked"
    return None


@_hazard(
    "H-MISSED",
    "SEARCH finds every message that my client shows and that matches.",
    "RFC 2180 §4 (d), §4.3",
    acts=(p.Search,),
)
def missed(seen: Observation) -> str | None:
    act, box = seen.act, seen.box
    if not isinstance(act, p.Search) or seen.status != "OK" or box is None:
        return None
    found = {number for response in seen.own if isinstance(response, p.Found) for number in response.numbers}
    known = {message.uid: message for message in (*box.expunged, *box.messages)}
    counted = seen.truth.counted
    last = counted[-1][0] if counted else 0
    for number, (uid, content) in enumerate(counted, 1):
        if uid not in known or (uid if act.uid else number) in found or not seen.still_counts((uid, content)):
            continue
        if matches(act.key, number, known[uid], len(counted), last):
            return f"SEARCH leaves out message {number}, {content!r}, which the client shows and which matches"
    return None


HAZARDS.run(
    "H-CONVERGENCE",
    "When all is quiet and everyone has said NOOP, what each client shows is so: the mailbox of that name has those "
    "messages, flags and contents.",
    "RFC 3501 §6.1.2, RFC 2180 §3.2 (b), §3.4 (c); checked where every client has come to its end",
)


@_hazard(
    "H-DOUBLE",
    "Re-issuing a command after NO does not do a thing twice.",
    "RFC 2180 §4.2.3 (c)",
    of_client=True,
    of_past=True,
    acts=(p.Store,),
)
def double(seen: Observation) -> str | None:
    box, after = seen.box, seen.box_after
    if not isinstance(seen.act, p.Store) or not seen.client.todo or box is None or after is None:
        return None
    was = {message.uid: message.flags for message in box.messages}
    now = {message.uid: message.flags for message in after.messages}
    for uid, flags in seen.truth.half_done:
        if uid in was and (was[uid] ^ now.get(uid, was[uid])) & (flags ^ was[uid]):
            content = next(content for known, content in seen.truth.counted if known == uid)
            return f"the STORE answered NO had set the flags of {content!r}; they were changed since, and are set again"
    return None


@_hazard(
    "H-INBOX-VANISHES",
    "My INBOX does not empty under me.",
    "RFC 3501 §6.3.5",
    acts=(p.Rename,),
)
def inbox_vanishes(seen: Observation) -> str | None:
    act = seen.act
    if not isinstance(act, p.Rename) or act.mailbox != INBOX or seen.status != "OK" or seen.sid == AGENT:
        return None
    box = seen.before.by_name(INBOX)
    if box is None or not box.messages:
        return None
    for sid in seen.after.users_of(box.id, besides=seen.sid):
        return f"C{sid + 1} has INBOX open, and its {len(box.messages)} messages are in {act.new_name} now"
    return None


@_hazard(
    "H-WRONG-MESSAGE",
    "A number that I send means the message that I mean by it, however early I send it.",
    "RFC 3501 §5.5, RFC 2180 §4.4 (a, b)",
    of_client=True,
    acts=(p.Fetch, p.Store, p.Copy, p.Search),
)
def wrong_message(seen: Observation) -> str | None:
    counted = seen.truth.counted
    answered = {response.number for response in seen.own if isinstance(response, p.Fetched)}
    for number, (uid, content) in seen.intended:
        if number <= len(counted) and counted[number - 1][0] != uid and (seen.status == "OK" or number in answered):
            taken = counted[number - 1][1]
            return f"the client meant {content!r} by message {number}, and the server takes it for {taken!r}"
    return None
