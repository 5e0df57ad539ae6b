"""What does a user expect that a legal server may break? For each hazard we find out which server, for which client.

Here are those of what a client shows, of names and of connections; and all of them together. These are not bugs of a
server: RFC 2180 allows every one of them. A check looks at one step, and at the truth.
"""

from __future__ import annotations

from explore.properties import arising
from explore.properties.hazards_of_commands import HAZARDS_OF_COMMANDS, missed
from explore.properties.liveness import STARVATION
from explore.properties.property import ERRORS, HAZARD, NOTHING_MORE, Property, Register
from explore.system import Step
from model import protocol as p
from model.protocol import DELETED
from model.server import lookup
from model.store import Mailbox

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
    "Once a message is expunged, or its mailbox deleted, nobody can read the content any more.",
    "RFC 2180 §3.2 (f), §4.1.1 (b), §5 (b, c)",
    reads=NOTHING_MORE,
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
    reads=NOTHING_MORE,
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
        present, _ = step.split()
        reached = step.box if present else None
    elif isinstance(act, (p.Append, p.Copy)):
        reached = lookup(step.before, step.sid, act.mailbox)
    if reached is not None and reached.ghost:
        return f"{type(act).__name__.upper()} is OK, but {reached.name} is deleted and goes when its last user leaves"
    return None


@_hazard(
    "H-SILENT-LOSS",
    "When part of what I asked for was not done, I am told, at the latest with the command's completion.",
    "RFC 2180 §4.2.1, §4.3, §4.1.4",
    reads=NOTHING_MORE,
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
    reads=NOTHING_MORE,
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
    needs="a program with 'retry'",
))  # fmt: skip


for _prop in HAZARDS_OF_COMMANDS.properties:
    HAZARDS.add(_prop)
