"""What does the server answer? `execute` is the whole of it: one command in, every legal outcome out.

Pure and total: any command in any session state gets an answer (OK, NO or BAD as RFC 3501 has it, or BYE), never an
exception, and the outcome depends on nothing but the arguments. Commands on mailboxes are in
`model.server.mailbox_commands`, commands on messages in `model.server.message_commands`; here is what all share: the
session states, and telling the news.

Rules that no strategy can break: EXPUNGE responses only while a command other than FETCH, STORE, SEARCH is in progress
(RFC 3501 §7.4.1); EXISTS never below what the client counts (a message not yet announced as expunged counts); the
command's own numbers mean what they meant before any EXPUNGE sent with it (RFC 2180 §4.4.2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from model.protocol import (
    SELECTED_ONLY, Append, Bye, Check, Close, Command, Copy, Create, Delete, Exists, Expunge, Expunged, Fetch,
    Fetched, List, Logout, Noop, Rename, Response, Search, Select, Status, Store, Subscribe, Untagged,
    forbids_expunged,
)  # fmt: skip
from model.server import mailbox_commands, message_commands
from model.server.decisions import Profile
from model.server.effect import Effect, bad, ok
from model.store import (
    ALL_NEWS, ARRIVALS, DOOMED, EXPUNGES, FLAG_CHANGES, LOGGED_OUT, SELECTED, Mailbox, World, arrivals,
    expunged_positions, pending, renumber, without, world as worlds,
)  # fmt: skip


class Outcome(NamedTuple):
    """One legal outcome: the world after the command, and the responses in wire order, each with the session it goes
    to. The tagged response, if there is one, goes to the session that gave the command."""

    world: World
    responses: tuple[tuple[int, Response], ...]


def execute(world: World, sid: int, command: Command, profile: Profile) -> tuple[Outcome, ...]:
    """Every outcome that `profile` allows of session `sid` giving `command` (more than one only where it says so).

    A session that has logged out gets none of it: the outcome is the same world and no response.
    """
    session = world.sessions[sid]
    if session.state == LOGGED_OUT:
        return (Outcome(world, ()),)
    if session.state == DOOMED:
        gone = worlds.release(world, sid, LOGGED_OUT)
        return (Outcome(gone, ((sid, Bye("Your mailbox has been deleted or renamed")),)),)
    if session.state != SELECTED and isinstance(command, SELECTED_ONLY):
        return (Outcome(world, ((sid, bad("No mailbox selected")),)),)
    effect = HANDLERS[type(command)](world, sid, command, profile)
    after, goodbyes = _evict(effect, profile)
    done: tuple[tuple[int, Response], ...] = ((sid, effect.done), *goodbyes)
    return tuple(
        Outcome(worlds.tidy(world_after), (*((sid, response) for response in (*effect.responses, *news)), *done))
        for world_after, news in _tell(after, sid, command, effect, profile)
    )


def _evict(effect: Effect, profile: Profile) -> tuple[World, tuple[tuple[int, Response], ...]]:
    if not effect.evicted or not profile.disconnect.at_once():
        return effect.world, ()
    world = effect.world
    for sid in effect.evicted:
        world = worlds.release(world, sid, LOGGED_OUT)
    return world, tuple((sid, Bye("Your mailbox has been deleted or renamed")) for sid in effect.evicted)


def _tell(
    world: World, sid: int, command: Command, effect: Effect, profile: Profile
) -> list[tuple[World, tuple[Untagged, ...]]]:
    """Each way in which the news can go with this command: the world after, and the responses."""
    mailbox = world.open_in(sid)
    if mailbox is None or effect.done.status == "BAD":
        return [(world, ())]
    may = pending(world.sessions[sid].view, mailbox)
    if forbids_expunged(command):
        may &= ~EXPUNGES
    must = effect.must & may
    choices = profile.tell.tell(must, may) if may != must else (must,)
    polled = isinstance(command, (Noop, Check))
    return [announce(world, sid, mailbox, kinds, profile, polled) for kinds in choices]


def announce(
    world: World, sid: int, mailbox: Mailbox, kinds: int, profile: Profile, polled: bool = False
) -> tuple[World, tuple[Untagged, ...]]:
    """The world after session `sid` was told the news of those kinds, and the responses that tell it.

    `polled`: the client asked, so the size is given after EXPUNGEs as well (as RFC 2180 §4's examples have it).
    """
    session = world.sessions[sid]
    view = session.view
    responses: list[Untagged] = []
    if kinds & EXPUNGES:
        positions = expunged_positions(view, mailbox)
        order = profile.order.order(positions) if len(positions) > 1 else positions
        responses += [Expunged(number) for number in renumber(order)]
        view = without(view, positions)
    new = arrivals(view, mailbox) if kinds & ARRIVALS else ()
    view += new
    if new or (polled and responses):
        responses.append(Exists(len(view)))
    if kinds & FLAG_CHANGES:
        flags = {message.uid: message.flags for message in mailbox.messages}
        for number, (uid, known) in enumerate(view, 1):
            if flags.get(uid, known) != known:
                responses.append(Fetched(number, flags=flags[uid]))
        view = tuple((uid, flags.get(uid, known)) for uid, known in view)
    return worlds.set_session(world, sid, session._replace(view=view)), tuple(responses)


def _poll(world: World, sid: int, command: Command, profile: Profile) -> Effect:
    """NOOP and CHECK: all the news (RFC 3501 §6.1.2)."""
    return Effect(world, ok(f"{type(command).__name__.upper()} completed"), must=ALL_NEWS)


def _logout(world: World, sid: int, command: Command, profile: Profile) -> Effect:
    """LOGOUT: BYE, then OK, and no message removed (RFC 3501 §6.1.3)."""
    return Effect(worlds.release(world, sid, LOGGED_OUT), ok("LOGOUT completed"), (Bye("Logging out"),))


Handler = Callable[[World, int, Any, Profile], Effect]

HANDLERS: dict[type[Any], Handler] = {
    Noop: _poll, Check: _poll, Logout: _logout,
    Select: mailbox_commands.select, Create: mailbox_commands.create, Delete: mailbox_commands.delete,
    Rename: mailbox_commands.rename, Subscribe: mailbox_commands.subscribe, List: mailbox_commands.list_names,
    Status: mailbox_commands.status, Append: mailbox_commands.append,
    Fetch: message_commands.fetch, Store: message_commands.store, Search: message_commands.search,
    Copy: message_commands.copy, Expunge: message_commands.expunge, Close: message_commands.close,
}  # fmt: skip
