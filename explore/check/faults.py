"""Can every obligation fail? Small wrong servers, each with a bug that real servers had, and the obligation it breaks.

A fault is the right server with one thing spoiled: its command, its world or its responses. It runs under one profile,
the one that brings the bug out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from explore.check.checking import check
from explore.check.report import Report
from explore.properties import PROPERTIES
from explore.scenario import Scenario
from explore.space import Universe
from explore.system import Execute
from model import protocol as p, server
from model.client import AWARE, NAIVE
from model.protocol import DELETED, NIL, SEEN, changed
from model.server import Outcome, Profile as ServerProfile
from model.store import EXPUNGES, Mailbox, Message, World, arrivals, mailbox as mailboxes, world as worlds
from strategies import Profile

Spoil = Callable[[World, int, p.Command, Outcome], Outcome]


class Fault(NamedTuple):
    """A wrong server: its name, what it does wrong, the obligation that must catch it, its profile, the server, and the
    manner of the clients that bring it out."""

    name: str
    story: str
    breaks: str
    profile: str
    execute: Execute
    manner: str = NAIVE


FAULTS: list[Fault] = []


def _fault(name: str, story: str, breaks: str, profile: str = "default") -> Callable[[Execute], Execute]:
    def register(execute: Execute) -> Execute:
        FAULTS.append(Fault(name, story, breaks, profile, execute))
        return execute

    return register


def _spoiled(
    name: str, story: str, breaks: str, profile: str = "default", manner: str = NAIVE
) -> Callable[[Spoil], Spoil]:
    """Register a server that spoils the outcome of the right one."""

    def register(spoil: Spoil) -> Spoil:
        def execute(world: World, sid: int, command: p.Command, profile: ServerProfile) -> tuple[Outcome, ...]:
            right = server.execute(world, sid, command, profile)
            return tuple(spoil(world, sid, command, outcome) for outcome in right)

        FAULTS.append(Fault(name, story, breaks, profile, execute, manner))
        return spoil

    return register


def hunt(fault: Fault, scenarios: tuple[Scenario, ...]) -> Report:
    """What the obligations say of that faulty server, with clients of that manner, in those scenarios."""
    universe = Universe.of(Profile.parse(fault.profile))
    obligations = tuple(prop for prop in PROPERTIES if prop.kind == "obligation")
    return check(scenarios, universe, (fault.manner,), obligations, fault.execute)


def _own(sid: int, outcome: Outcome, change: Callable[[p.Response], tuple[p.Response, ...]]) -> Outcome:
    """The outcome with each of the session's own responses replaced."""
    responses: list[tuple[int, p.Response]] = []
    for to, response in outcome.responses:
        responses += [(to, new) for new in change(response)] if to == sid else [(to, response)]
    return outcome._replace(responses=tuple(responses))


def _status(sid: int, outcome: Outcome) -> str:
    return next((r.status for to, r in outcome.responses if to == sid and isinstance(r, p.Tagged)), "")


def _edit(outcome: Outcome, mailbox_id: int, change: Callable[[Mailbox], Mailbox]) -> Outcome:
    """The outcome with that mailbox changed in its world."""
    box = outcome.world.by_id(mailbox_id)
    return outcome if box is None else outcome._replace(world=worlds.replace(outcome.world, change(box)))


@_fault("expunge-in-fetch", "announces expunges while FETCH, STORE or SEARCH is in progress", "O-EXPUNGE-TIMING")
def expunge_in_fetch(world: World, sid: int, command: p.Command, profile: ServerProfile) -> tuple[Outcome, ...]:
    outcomes = server.execute(world, sid, command, profile)
    if not p.forbids_expunged(command):
        return outcomes
    spoiled = []
    for outcome in outcomes:
        box = outcome.world.open_in(sid)
        if box is not None and _status(sid, outcome) in ("OK", "NO"):
            after, news = server.announce(outcome.world, sid, box, EXPUNGES, profile)
            told = tuple((sid, response) for response in news)
            outcome = Outcome(worlds.tidy(after), (*outcome.responses[:-1], *told, outcome.responses[-1]))
        spoiled.append(outcome)
    return tuple(spoiled)


@_spoiled("expunge-unasked", "sends EXPUNGE to the other sessions at once, in the middle of nothing", "O-EXPUNGE-TIMING")
def expunge_unasked(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    box = world.open_in(sid)
    if not isinstance(command, p.Expunge) or box is None:
        return outcome
    numbers = [response for to, response in outcome.responses if isinstance(response, p.Expunged)]
    others = outcome.world.users_of(box.id, besides=sid)
    return outcome._replace(responses=outcome.responses + tuple((to, number) for to in others for number in numbers))


@_spoiled("off-by-one", "counts messages from 0 in FETCH responses", "O-SEQ-RANGE")
def off_by_one(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    def change(response: p.Response) -> tuple[p.Response, ...]:
        if isinstance(response, p.Fetched):
            return (p.Fetched(response.number - 1, response.flags, response.uid, response.contents, response.content),)
        return (response,)

    return _own(sid, outcome, change)


@_spoiled("expunge-not-renumbered", "announces neighbours as 4, 5, 6, 7 where it should be 4, 4, 4, 4", "O-SEQ-RANGE")
def expunge_not_renumbered(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    sent = 0

    def change(response: p.Response) -> tuple[p.Response, ...]:
        nonlocal sent
        if isinstance(response, p.Expunged):
            sent += 1
            return (p.Expunged(response.number + sent - 1),)
        return (response,)

    return _own(sid, outcome, change)


def _forgetting_view(world: World, sid: int) -> World:
    """The world in which the session's view is the mailbox, without a word to the client."""
    box = world.open_in(sid)
    if box is None:
        return world
    view = tuple((message.uid, message.flags) for message in box.messages)
    return worlds.set_session(world, sid, world.sessions[sid]._replace(view=view))


@_fault("no-view", "resolves numbers against the mailbox as it is, not as this client knows it", "O-SEQ-IDENTITY")
def no_view(world: World, sid: int, command: p.Command, profile: ServerProfile) -> tuple[Outcome, ...]:
    return server.execute(_forgetting_view(world, sid), sid, command, profile)


@_fault("store-without-view", "resolves the numbers of STORE against the mailbox as it is", "O-WRONG-MESSAGE")
def store_without_view(world: World, sid: int, command: p.Command, profile: ServerProfile) -> tuple[Outcome, ...]:
    return server.execute(_forgetting_view(world, sid) if isinstance(command, p.Store) else world, sid, command, profile)


@_spoiled("exists-shrinks", "reports a smaller EXISTS instead of EXPUNGE", "O-EXISTS")
def exists_shrinks(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    box = outcome.world.open_in(sid)
    if box is None or not isinstance(command, p.Noop):
        return outcome
    count = len(box.messages)
    return _own(sid, outcome, lambda r: (p.Exists(count),) if isinstance(r, p.Expunged) else (r,))


@_spoiled("uid-reuse", "gives a new message the UID after the last one that is there", "O-UID")
def uid_reuse(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    if not isinstance(command, (p.Append, p.Copy)) or _status(sid, outcome) != "OK":
        return outcome
    box = outcome.world.by_name(command.mailbox)
    was = world.by_id(box.id) if box is not None else None
    if box is None or was is None:
        return outcome
    first = was.messages[-1].uid + 1 if was.messages else 1
    new = tuple(m._replace(uid=uid) for uid, m in enumerate(box.messages[len(was.messages) :], first))
    return _edit(outcome, box.id, lambda box: box._replace(messages=was.messages + new, uidnext=first + len(new)))


@_spoiled("uidvalidity-kept", "gives a name that is used again the UIDVALIDITY it had before", "O-UIDVALIDITY", "delete=3.2")
def uidvalidity_kept(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    return outcome._replace(world=outcome.world._replace(retired=()))


@_spoiled("expunge-twice", "announces every expunge twice", "O-EXPUNGED-ONCE")
def expunge_twice(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    return _own(sid, outcome, lambda response: (response, response) if isinstance(response, p.Expunged) else (response,))


@_spoiled("expunge-wrong-message", "announces the expunge of message 1, whichever it was", "O-EXPUNGED-ONCE")
def expunge_wrong_message(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    return _own(sid, outcome, lambda response: (p.Expunged(1),) if isinstance(response, p.Expunged) else (response,))


@_spoiled("deaf-noop", "answers NOOP and CHECK without any news", "O-TOLD", "tell=lazy")
def deaf_noop(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    if not isinstance(command, (p.Noop, p.Check)):
        return outcome
    return Outcome(world, tuple(pair for pair in outcome.responses if isinstance(pair[1], p.Tagged)))


@_spoiled("arrivals-untold", "never tells a selected session of new messages", "O-TOLD")
def arrivals_untold(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    box, session = outcome.world.open_in(sid), outcome.world.sessions[sid]
    if isinstance(command, p.Select) or box is None or world.open_in(sid) is None:
        return outcome
    new = len(arrivals(world.sessions[sid].view, box))
    told = any(isinstance(response, p.Exists) for to, response in outcome.responses if to == sid)
    if not new or not told:
        return outcome
    view = tuple(seen for seen in session.view if seen[0] in world.sessions[sid].uids)
    quiet = _own(sid, outcome, lambda response: () if isinstance(response, p.Exists) else (response,))
    return quiet._replace(world=worlds.set_session(outcome.world, sid, session._replace(view=view)))


@_spoiled("noop-repeats-size", "answers NOOP and CHECK with the size, again and again, and never with an expunge", "O-TOLD")
def noop_repeats_size(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    if not isinstance(command, (p.Noop, p.Check)) or not any(isinstance(r, p.Expunged) for _, r in outcome.responses):
        return outcome
    size = p.Exists(len(world.sessions[sid].view))
    return Outcome(world, ((sid, size), outcome.responses[-1]))


@_spoiled("newname-circle", "hints [NEWNAME] with the very name that it refuses", "O-RETRY-ENDS", manner=AWARE)
def newname_circle(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    if not isinstance(command, (p.Append, p.Copy, p.Status)) or _status(sid, outcome) != "NO":
        return outcome
    hint = p.Tagged("NO", "Mailbox has been renamed", f"NEWNAME {command.mailbox} {command.mailbox}")
    return _own(sid, outcome, lambda response: (hint,) if isinstance(response, p.Tagged) else (response,))


@_spoiled("store-forgets", "says OK to STORE and leaves the first message as it was", "O-STORE-EFFECT")
def store_forgets(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    box = world.open_in(sid)
    if not isinstance(command, p.Store) or box is None or not box.messages:
        return outcome
    first = box.messages[0]
    return _edit(outcome, box.id, lambda after: mailboxes.set_flags(after, frozenset({first.uid}), "", first.flags))


@_spoiled("copy-half-done", "answers NO to COPY, and leaves a message in the destination", "O-COPY-ATOMIC")
def copy_half_done(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    if not isinstance(command, p.Copy) or _status(sid, outcome) != "NO":
        return outcome
    box = outcome.world.by_name(command.mailbox)
    if box is None:
        return outcome
    return _edit(outcome, box.id, lambda box: mailboxes.append(box, ((frozenset(), "half"),)))


@_spoiled("copy-short", "says OK to COPY and copies one message less", "O-COPY-ATOMIC", "copy=4.4.2")
def copy_short(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    if not isinstance(command, p.Copy) or _status(sid, outcome) != "OK":
        return outcome
    box = outcome.world.by_name(command.mailbox)
    if box is None or not box.messages:
        return outcome
    return _edit(outcome, box.id, lambda box: box._replace(messages=box.messages[:-1]))


@_spoiled("copy-tells-nothing", "keeps pending EXPUNGEs to itself at COPY", "O-COPY-TELLS")
def copy_tells_nothing(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    box = world.open_in(sid)
    if not isinstance(command, p.Copy) or box is None:
        return outcome
    quiet = _own(sid, outcome, lambda response: (response,) if isinstance(response, p.Tagged) else ())
    untold = quiet._replace(world=worlds.set_session(outcome.world, sid, world.sessions[sid]))
    return _edit(untold, box.id, lambda after: after._replace(expunged=box.expunged))


@_spoiled("expunge-everything", "expunges messages without \\Deleted as well", "O-ONLY-DELETED")
def expunge_everything(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    box = world.open_in(sid)
    if not isinstance(command, p.Close) or box is None:
        return outcome
    return _edit(outcome, box.id, lambda box: mailboxes.expunge(box, frozenset(m.uid for m in box.messages)))


@_spoiled("logout-expunges", "expunges on LOGOUT", "O-ONLY-DELETED")
def logout_expunges(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    box = world.open_in(sid)
    if not isinstance(command, p.Logout) or box is None:
        return outcome
    marked = frozenset(message.uid for message in box.messages if DELETED in message.flags)
    return _edit(outcome, box.id, lambda box: mailboxes.expunge(box, marked))


@_spoiled("expunge-unreported", "does not tell the session that expunged", "O-EXPUNGE-REPORTED")
def expunge_unreported(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    if not isinstance(command, p.Expunge):
        return outcome
    return _own(sid, outcome, lambda response: () if isinstance(response, p.Expunged) else (response,))


@_spoiled("close-reports", "sends EXPUNGE responses during CLOSE", "O-EXPUNGE-REPORTED")
def close_reports(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    box = world.open_in(sid)
    if not isinstance(command, p.Close) or box is None:
        return outcome
    numbers = [n for n, message in enumerate(box.messages, 1) if DELETED in message.flags]
    told = tuple((sid, p.Expunged(number)) for number in reversed(numbers))
    return outcome._replace(responses=told + outcome.responses)


@_spoiled("flags-lost", "writes back all flags of a message as the session last knew them", "O-FLAGS-MERGE")
def flags_lost(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    box = world.open_in(sid)
    if not isinstance(command, p.Store) or not command.mode or box is None or _status(sid, outcome) != "OK":
        return outcome
    known = dict(world.sessions[sid].view)

    def rewrite(message: Message) -> Message:
        flags = changed(known.get(message.uid, message.flags), command.mode, command.flags)
        return message._replace(flags=flags)

    return _edit(outcome, box.id, lambda box: box._replace(messages=tuple(map(rewrite, box.messages))))


@_spoiled("nil-for-the-living", "answers NIL data for messages that are there", "O-IMMUTABLE")
def nil_for_the_living(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    def change(response: p.Response) -> tuple[p.Response, ...]:
        if isinstance(response, p.Fetched) and response.content:
            return (p.Fetched(response.number, response.flags, response.uid, response.contents, NIL),)
        return (response,)

    return _own(sid, outcome, change)


@_spoiled("examine-writes", "sets \\Seen for a session that opened the mailbox with EXAMINE", "O-READ-ONLY")
def examine_writes(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    box = world.open_in(sid)
    if not isinstance(command, p.Fetch) or box is None or not world.sessions[sid].read_only:
        return outcome
    uids = frozenset(message.uid for message in box.messages)
    return _edit(outcome, box.id, lambda box: mailboxes.set_flags(box, uids, "+", frozenset({SEEN})))


@_spoiled("refused-but-done", "answers NO to EXPUNGE, and expunges all the same", "O-REFUSED", "expunge=4.1.4")
def refused_but_done(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    box = world.open_in(sid)
    if not isinstance(command, p.Expunge) or box is None or _status(sid, outcome) != "NO":
        return outcome
    marked = frozenset(message.uid for message in box.messages if DELETED in message.flags)
    return _edit(outcome, box.id, lambda box: mailboxes.expunge(box, marked))


@_spoiled("silence", "does not complete STATUS of a mailbox that is not there", "O-ANSWERED")
def silence(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    if not isinstance(command, p.Status) or _status(sid, outcome) != "NO":
        return outcome
    return _own(sid, outcome, lambda response: () if isinstance(response, p.Tagged) else (response,))


@_spoiled("talks-after-bye", "completes a command after BYE", "O-ANSWERED", "delete=3.3,disconnect=late")
def talks_after_bye(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    if isinstance(command, p.Logout):
        return outcome
    return _own(sid, outcome, lambda r: (r, p.Tagged("OK", "done")) if isinstance(r, p.Bye) else (r,))


@_spoiled("ghost-listed", "lists a deleted mailbox as long as somebody has it open", "O-GHOST-HIDDEN", "delete=3.2")
def ghost_listed(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    if not isinstance(command, p.List):
        return outcome
    shown = tuple((sid, p.Listed(box.name)) for box in world.mailboxes if box.ghost)
    return outcome._replace(responses=shown + outcome.responses)


@_fault("ghost-name-free", "lets a ghost's name be used again while the ghost is open", "O-GHOST-HIDDEN", "delete=3.2")
def ghost_name_free(world: World, sid: int, command: p.Command, profile: ServerProfile) -> tuple[Outcome, ...]:
    if isinstance(command, p.Create) and world.by_name(command.mailbox) is None and world.ghost_named(command.mailbox):
        return (Outcome(worlds.create(world, command.mailbox), ((sid, p.Tagged("OK", "CREATE completed")),)),)
    return server.execute(world, sid, command, profile)
