"""Servers that count wrong, or tell wrong: each breaks an obligation on numbers, UIDs, or what is told when."""

from __future__ import annotations

import itertools

from explore.check.fault import FaultRegister, announcing_expunges, own_responses, status_of
from model import protocol as p, server
from model.client import AWARE
from model.server import Outcome, Profile as ServerProfile
from model.store import World, arrivals, world as worlds

FAULTS = FaultRegister()


@FAULTS.server("expunge-in-fetch", "announces expunges while FETCH, STORE or SEARCH is in progress", "O-EXPUNGE-TIMING")
def expunge_in_fetch(world: World, sid: int, command: p.Command, profile: ServerProfile) -> tuple[Outcome, ...]:
    outcomes = server.execute(world, sid, command, profile)
    return announcing_expunges(sid, outcomes, profile) if p.forbids_expunged(command) else outcomes


@FAULTS.spoiled(
    "expunge-unasked", "sends EXPUNGE to the other sessions at once, in the middle of nothing", "O-EXPUNGE-TIMING"
)
def expunge_unasked(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    box = world.open_in(sid)
    if not isinstance(command, p.Expunge) or box is None:
        return outcome
    numbers = [response for to, response in outcome.responses if isinstance(response, p.Expunged)]
    others = outcome.world.users_of(box.id, besides=sid)
    return outcome._replace(responses=outcome.responses + tuple((to, number) for to in others for number in numbers))


@FAULTS.spoiled("off-by-one", "counts messages from 0 in FETCH responses", "O-SEQ-RANGE")
def off_by_one(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    def change(response: p.Response) -> tuple[p.Response, ...]:
        if isinstance(response, p.Fetched):
            return (p.Fetched(response.number - 1, response.flags, response.uid, response.contents, response.content),)
        return (response,)

    return own_responses(sid, outcome, change)


@FAULTS.spoiled("expunge-not-renumbered", "announces neighbours as 4, 5, 6, 7 where it should be 4, 4, 4, 4", "O-SEQ-RANGE")
def expunge_not_renumbered(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    sent = 0

    def change(response: p.Response) -> tuple[p.Response, ...]:
        nonlocal sent
        if isinstance(response, p.Expunged):
            sent += 1
            return (p.Expunged(response.number + sent - 1),)
        return (response,)

    return own_responses(sid, outcome, change)


def _forgetting_view(world: World, sid: int) -> World:
    """The world in which the session's view is the mailbox, without a word to the client."""
    box = world.open_in(sid)
    if box is None:
        return world
    view = tuple((message.uid, message.flags) for message in box.messages)
    return worlds.set_session(world, sid, world.sessions[sid]._replace(view=view))


@FAULTS.server("no-view", "resolves numbers against the mailbox as it is, not as this client knows it", "O-SEQ-IDENTITY")
def no_view(world: World, sid: int, command: p.Command, profile: ServerProfile) -> tuple[Outcome, ...]:
    return server.execute(_forgetting_view(world, sid), sid, command, profile)


@FAULTS.server("store-without-view", "resolves the numbers of STORE against the mailbox as it is", "O-WRONG-MESSAGE")
def store_without_view(world: World, sid: int, command: p.Command, profile: ServerProfile) -> tuple[Outcome, ...]:
    return server.execute(_forgetting_view(world, sid) if isinstance(command, p.Store) else world, sid, command, profile)


@FAULTS.spoiled("exists-shrinks", "reports a smaller EXISTS instead of EXPUNGE", "O-EXISTS")
def exists_shrinks(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    box = outcome.world.open_in(sid)
    if box is None or not isinstance(command, p.Noop):
        return outcome
    count = len(box.messages)
    return own_responses(sid, outcome, lambda r: (p.Exists(count),) if isinstance(r, p.Expunged) else (r,))


@FAULTS.spoiled("uid-reuse", "gives a new message the next UID that nobody counts, used before or not", "O-UID")
def uid_reuse(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    if not isinstance(command, (p.Append, p.Copy)) or status_of(sid, outcome) != "OK":
        return outcome
    box = outcome.world.by_name(command.mailbox)
    was = world.by_id(box.id) if box is not None else None
    if box is None or was is None:
        return outcome
    counted = {message.uid for message in box.expunged}
    free = (uid for uid in itertools.count(was.messages[-1].uid + 1 if was.messages else 1) if uid not in counted)
    given = {message.uid: uid for message, uid in zip(box.messages[len(was.messages) :], free, strict=False)}
    return _with_uids(outcome, box.id, given)


def _with_uids(outcome: Outcome, mailbox: int, given: dict[int, int]) -> Outcome:
    """The outcome with other UIDs for messages of that mailbox, in it and in what each session counts."""
    box = outcome.world.by_id(mailbox)
    assert box is not None
    messages = tuple(message._replace(uid=given.get(message.uid, message.uid)) for message in box.messages)
    sessions = tuple(
        session._replace(view=tuple((given.get(uid, uid), flags) for uid, flags in session.view))
        if session.mailbox == mailbox else session
        for session in outcome.world.sessions
    )  # fmt: skip
    world = outcome.world._replace(sessions=sessions)
    return outcome._replace(world=worlds.replace(world, box._replace(messages=messages)))


@FAULTS.spoiled(
    "uidvalidity-kept", "gives a name that is used again the UIDVALIDITY it had before", "O-UIDVALIDITY", "delete=3.2"
)
def uidvalidity_kept(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    return outcome._replace(world=outcome.world._replace(retired=()))


@FAULTS.spoiled("expunge-twice", "announces every expunge twice", "O-EXPUNGED-ONCE")
def expunge_twice(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    return own_responses(sid, outcome, lambda r: (r, r) if isinstance(r, p.Expunged) else (r,))


@FAULTS.spoiled("expunge-wrong-message", "announces the expunge of message 1, whichever it was", "O-EXPUNGED-ONCE")
def expunge_wrong_message(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    return own_responses(sid, outcome, lambda r: (p.Expunged(1),) if isinstance(r, p.Expunged) else (r,))


@FAULTS.spoiled("deaf-noop", "answers NOOP and CHECK without any news", "O-TOLD", "tell=lazy")
def deaf_noop(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    if not isinstance(command, (p.Noop, p.Check)):
        return outcome
    return Outcome(world, tuple(pair for pair in outcome.responses if isinstance(pair[1], p.Tagged)))


@FAULTS.spoiled("arrivals-untold", "never tells a selected session of new messages", "O-TOLD")
def arrivals_untold(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    box, session = outcome.world.open_in(sid), outcome.world.sessions[sid]
    if isinstance(command, p.Select) or box is None or world.open_in(sid) is None:
        return outcome
    new = len(arrivals(world.sessions[sid].view, box))
    announced = any(isinstance(response, p.Exists) for to, response in outcome.responses if to == sid)
    if not new or not announced:
        return outcome
    view = tuple(entry for entry in session.view if entry[0] in world.sessions[sid].uids)
    quiet = own_responses(sid, outcome, lambda response: () if isinstance(response, p.Exists) else (response,))
    return quiet._replace(world=worlds.set_session(outcome.world, sid, session._replace(view=view)))


@FAULTS.spoiled(
    "noop-repeats-size", "answers NOOP and CHECK with the size, again and again, and never with an expunge", "O-TOLD"
)
def noop_repeats_size(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    if not isinstance(command, (p.Noop, p.Check)) or not any(isinstance(r, p.Expunged) for _, r in outcome.responses):
        return outcome
    size = p.Exists(len(world.sessions[sid].view))
    return Outcome(world, ((sid, size), outcome.responses[-1]))


@FAULTS.spoiled("newname-circle", "hints [NEWNAME] with the very name that it refuses", "O-RETRY-ENDS", manner=AWARE)
def newname_circle(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    if not isinstance(command, (p.Append, p.Copy, p.Status)) or status_of(sid, outcome) != "NO":
        return outcome
    hint = p.Tagged("NO", "Mailbox has been renamed", f"NEWNAME {command.mailbox} {command.mailbox}")
    return own_responses(sid, outcome, lambda response: (hint,) if isinstance(response, p.Tagged) else (response,))
