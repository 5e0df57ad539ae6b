"""Servers that do something else than they say: each breaks an obligation on what commands do, to whom, and when."""

from __future__ import annotations

from explore.check.fault import FaultRegister, own_responses, status_of, with_mailbox
from model import protocol as p, server
from model.protocol import DELETED, NIL, SEEN, changed
from model.server import Outcome, Profile as ServerProfile
from model.store import Message, World, mailbox as mailboxes, world as worlds

FAULTS = FaultRegister()


@FAULTS.spoiled("store-forgets", "says OK to STORE and leaves the first message as it was", "O-STORE-EFFECT")
def store_forgets(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    box = world.open_in(sid)
    if not isinstance(command, p.Store) or box is None or not box.messages:
        return outcome
    first = box.messages[0]
    return with_mailbox(outcome, box.id, lambda after: mailboxes.set_flags(after, frozenset({first.uid}), "", first.flags))


@FAULTS.spoiled("copy-half-done", "answers NO to COPY, and leaves a message in the destination", "O-COPY-ATOMIC")
def copy_half_done(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    if not isinstance(command, p.Copy) or status_of(sid, outcome) != "NO":
        return outcome
    box = outcome.world.by_name(command.mailbox)
    if box is None:
        return outcome
    return with_mailbox(outcome, box.id, lambda box: mailboxes.append(box, ((frozenset(), "half"),)))


@FAULTS.spoiled("copy-short", "says OK to COPY and copies one message less", "O-COPY-ATOMIC", "copy=4.4.2")
def copy_short(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    if not isinstance(command, p.Copy) or status_of(sid, outcome) != "OK":
        return outcome
    box = outcome.world.by_name(command.mailbox)
    if box is None or not box.messages:
        return outcome
    return with_mailbox(outcome, box.id, lambda box: box._replace(messages=box.messages[:-1]))


@FAULTS.spoiled("copy-tells-nothing", "keeps pending EXPUNGEs to itself at COPY", "O-COPY-TELLS")
def copy_tells_nothing(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    box = world.open_in(sid)
    if not isinstance(command, p.Copy) or box is None:
        return outcome
    quiet = own_responses(sid, outcome, lambda response: (response,) if isinstance(response, p.Tagged) else ())
    untold = quiet._replace(world=worlds.set_session(outcome.world, sid, world.sessions[sid]))
    return with_mailbox(untold, box.id, lambda after: after._replace(expunged=box.expunged))


@FAULTS.spoiled("expunge-everything", "expunges messages without \\Deleted as well", "O-ONLY-DELETED")
def expunge_everything(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    box = world.open_in(sid)
    if not isinstance(command, p.Close) or box is None:
        return outcome
    return with_mailbox(outcome, box.id, lambda box: mailboxes.expunge(box, frozenset(m.uid for m in box.messages)))


@FAULTS.spoiled("logout-expunges", "expunges on LOGOUT", "O-ONLY-DELETED")
def logout_expunges(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    box = world.open_in(sid)
    if not isinstance(command, p.Logout) or box is None:
        return outcome
    marked = frozenset(message.uid for message in box.messages if DELETED in message.flags)
    return with_mailbox(outcome, box.id, lambda box: mailboxes.expunge(box, marked))


@FAULTS.spoiled("expunge-unreported", "does not tell the session that expunged", "O-EXPUNGE-REPORTED")
def expunge_unreported(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    if not isinstance(command, p.Expunge):
        return outcome
    return own_responses(sid, outcome, lambda response: () if isinstance(response, p.Expunged) else (response,))


@FAULTS.spoiled("close-reports", "sends EXPUNGE responses during CLOSE", "O-EXPUNGE-REPORTED")
def close_reports(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    box = world.open_in(sid)
    if not isinstance(command, p.Close) or box is None:
        return outcome
    numbers = [n for n, message in enumerate(box.messages, 1) if DELETED in message.flags]
    responses = tuple((sid, p.Expunged(number)) for number in reversed(numbers))
    return outcome._replace(responses=responses + outcome.responses)


@FAULTS.spoiled("flags-lost", "writes back all flags of a message as the session last knew them", "O-FLAGS-MERGE")
def flags_lost(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    box = world.open_in(sid)
    if not isinstance(command, p.Store) or not command.mode or box is None or status_of(sid, outcome) != "OK":
        return outcome
    known = dict(world.sessions[sid].view)

    def rewrite(message: Message) -> Message:
        flags = changed(known.get(message.uid, message.flags), command.mode, command.flags)
        return message._replace(flags=flags)

    return with_mailbox(outcome, box.id, lambda box: box._replace(messages=tuple(map(rewrite, box.messages))))


@FAULTS.spoiled("nil-for-the-living", "answers NIL data for messages that are there", "O-IMMUTABLE")
def nil_for_the_living(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    def change(response: p.Response) -> tuple[p.Response, ...]:
        if isinstance(response, p.Fetched) and response.content:
            return (p.Fetched(response.number, response.flags, response.uid, response.contents, NIL),)
        return (response,)

    return own_responses(sid, outcome, change)


@FAULTS.spoiled("examine-writes", "sets \\Seen for a session that opened the mailbox with EXAMINE", "O-READ-ONLY")
def examine_writes(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    box = world.open_in(sid)
    if not isinstance(command, p.Fetch) or box is None or not world.sessions[sid].read_only:
        return outcome
    uids = frozenset(message.uid for message in box.messages)
    return with_mailbox(outcome, box.id, lambda box: mailboxes.set_flags(box, uids, "+", frozenset({SEEN})))


@FAULTS.spoiled("refused-but-done", "answers NO to EXPUNGE, and expunges all the same", "O-REFUSED", "expunge=4.1.4")
def refused_but_done(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    box = world.open_in(sid)
    if not isinstance(command, p.Expunge) or box is None or status_of(sid, outcome) != "NO":
        return outcome
    marked = frozenset(message.uid for message in box.messages if DELETED in message.flags)
    return with_mailbox(outcome, box.id, lambda box: mailboxes.expunge(box, marked))


@FAULTS.spoiled("silence", "does not complete STATUS of a mailbox that is not there", "O-ANSWERED")
def silence(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    if not isinstance(command, p.Status) or status_of(sid, outcome) != "NO":
        return outcome
    return own_responses(sid, outcome, lambda response: () if isinstance(response, p.Tagged) else (response,))


@FAULTS.spoiled("talks-after-bye", "completes a command after BYE", "O-ANSWERED", "delete=3.3,disconnect=late")
def talks_after_bye(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    if isinstance(command, p.Logout):
        return outcome
    return own_responses(sid, outcome, lambda r: (r, p.Tagged("OK", "done")) if isinstance(r, p.Bye) else (r,))


@FAULTS.spoiled("ghost-listed", "lists a deleted mailbox as long as somebody has it open", "O-GHOST-HIDDEN", "delete=3.2")
def ghost_listed(world: World, sid: int, command: p.Command, outcome: Outcome) -> Outcome:
    if not isinstance(command, p.List):
        return outcome
    shown = tuple((sid, p.Listed(box.name)) for box in world.mailboxes if box.ghost)
    return outcome._replace(responses=shown + outcome.responses)


@FAULTS.server(
    "ghost-name-free", "lets a ghost's name be used again while the ghost is open", "O-GHOST-HIDDEN", "delete=3.2"
)
def ghost_name_free(world: World, sid: int, command: p.Command, profile: ServerProfile) -> tuple[Outcome, ...]:
    if isinstance(command, p.Create) and world.by_name(command.mailbox) is None and world.ghost_named(command.mailbox):
        return (Outcome(worlds.create(world, command.mailbox), ((sid, p.Tagged("OK", "CREATE completed")),)),)
    return server.execute(world, sid, command, profile)
