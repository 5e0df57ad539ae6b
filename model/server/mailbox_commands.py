"""The commands that name mailboxes: SELECT CREATE DELETE RENAME SUBSCRIBE LIST STATUS APPEND. Source: RFC 3501 §6.3.

A ghost's name (RFC 2180 §3.2) is no valid argument, except that the sessions that still have the ghost open can reach
it by STATUS, APPEND, COPY and LIST: the paragraph takes the name away only from "clients that do not already have
access".
"""

from __future__ import annotations

import re

from model.protocol import (
    DELIMITER, INBOX, SEEN, SYSTEM_FLAGS, Append, Create, Delete, Exists, FlagsDefined, List, Listed, Ok, Recent,
    Rename, Select, Status, StatusOf, Subscribe, Tagged, Untagged, canonical_name,
)  # fmt: skip
from model.server.decisions import Profile
from model.server.effect import Effect, no, ok
from model.store import ARRIVALS, SELECTED, Mailbox, World, selected, world as worlds


def lookup(world: World, sid: int, name: str) -> Mailbox | None:
    """The mailbox that session `sid` reaches by that name: a live one, or the ghost that it has open itself."""
    mailbox = world.by_name(name)
    if mailbox is None:
        opened = world.open_in(sid)
        if opened is not None and opened.ghost and opened.name == name:
            return opened
    return mailbox


def missing(world: World, sid: int, name: str, profile: Profile, try_create: bool = False) -> Tagged:
    """NO for a name without a mailbox: with NEWNAME if this session has it open under its new name and the server
    gives that hint (RFC 2180 §3.4), else with TRYCREATE where that could help (RFC 3501 §6.3.11, §6.4.7)."""
    opened = world.open_in(sid)
    code = "TRYCREATE" if try_create and world.ghost_named(name) is None else None
    if opened is not None and not opened.ghost and world.sessions[sid].name == name != opened.name:
        code = profile.rename.hint(name, opened.name) or code
    return no("Mailbox does not exist", code)


def select(world: World, sid: int, command: Select, profile: Profile) -> Effect:
    """SELECT and EXAMINE: whatever was selected is let go first, even if this fails (RFC 3501 §6.3.1)."""
    freed = worlds.tidy(worlds.release(world, sid))
    mailbox = freed.by_name(command.mailbox)
    if mailbox is None:
        return Effect(freed, missing(world, sid, command.mailbox, profile))
    untagged: list[Untagged] = [
        FlagsDefined(SYSTEM_FLAGS),
        Exists(len(mailbox.messages)),
        Recent(0),
    ]
    unseen = next((n for n, message in enumerate(mailbox.messages, 1) if SEEN not in message.flags), None)
    if unseen is not None:
        untagged.append(Ok(f"UNSEEN {unseen}", "first unseen"))
    flags = "" if command.read_only else " ".join((*SYSTEM_FLAGS, "\\*"))
    untagged += [
        Ok(f"PERMANENTFLAGS ({flags})", "flags kept"),
        Ok(f"UIDNEXT {mailbox.uidnext}", "next UID"),
        Ok(f"UIDVALIDITY {mailbox.uidvalidity}", "UIDs valid"),
    ]
    opened = worlds.set_session(freed, sid, selected(mailbox, command.read_only))
    verb, code = ("EXAMINE", "READ-ONLY") if command.read_only else ("SELECT", "READ-WRITE")
    return Effect(opened, ok(f"{verb} completed", code), tuple(untagged))


def create(world: World, sid: int, command: Create, profile: Profile) -> Effect:
    """CREATE: not INBOX, no existing name, no ghost's name (RFC 3501 §6.3.3, RFC 2180 §3.2)."""
    name = canonical_name(command.mailbox.removesuffix(DELIMITER))
    if world.by_name(name) is not None:
        return Effect(world, no("Mailbox exists already"))
    if world.ghost_named(name) is not None:
        return Effect(world, no(f"Mailbox {name} is still in use. Try again later"))
    return Effect(worlds.create(world, name), ok("CREATE completed"))


def delete(world: World, sid: int, command: Delete, profile: Profile) -> Effect:
    """DELETE: the deleter no longer has the mailbox accessed; for the others the strategy decides (RFC 2180 §3)."""
    mailbox = world.by_name(command.mailbox)
    if mailbox is None:
        return Effect(world, missing(world, sid, command.mailbox, profile))
    if mailbox.name == INBOX:
        return Effect(world, no("INBOX cannot be deleted"))
    own = world.sessions[sid].mailbox == mailbox.id
    freed = worlds.release(world, sid) if own else world
    if not world.users_of(mailbox.id, besides=sid):
        return Effect(worlds.remove(freed, mailbox), ok("DELETE completed"))
    ruling = profile.delete.delete(freed, sid, mailbox)
    if ruling.world is None:
        return Effect(world, no(ruling.text))
    return Effect(ruling.world, ok(ruling.text), evicted=ruling.evicted)


def rename(world: World, sid: int, command: Rename, profile: Profile) -> Effect:
    """RENAME, with inferiors, and INBOX's special rule (RFC 3501 §6.3.5); for other sessions' sake see RFC 2180 §3."""
    mailbox = world.by_name(command.mailbox)
    if mailbox is None:
        return Effect(world, missing(world, sid, command.mailbox, profile))
    name = canonical_name(command.new_name.removesuffix(DELIMITER))
    family = worlds.family(world, mailbox)
    taken = worlds.taken(world, mailbox, name)
    if taken is not None:
        return Effect(world, no(f"Mailbox {taken} exists already or is still in use"))
    others = tuple(user for box in family for user in world.users_of(box.id, besides=sid))
    if not others:
        renamed, text, evicted = worlds.rename(world, mailbox, name), "RENAME completed", others
    else:
        ruling = profile.rename.rename(world, sid, mailbox, name, others)
        if ruling.world is None:
            return Effect(world, no(ruling.text))
        renamed, text, evicted = ruling.world, ruling.text, ruling.evicted
    opened = renamed.open_in(sid)
    if opened is not None and mailbox.name != INBOX and opened.id in {box.id for box in family}:
        renamed = worlds.set_session(renamed, sid, renamed.sessions[sid]._replace(name=opened.name))
    return Effect(renamed, ok(text), evicted=evicted)


def subscribe(world: World, sid: int, command: Subscribe, profile: Profile) -> Effect:
    """SUBSCRIBE needs a mailbox; UNSUBSCRIBE needs a subscription (RFC 3501 §6.3.6, §6.3.7)."""
    name = command.mailbox
    if command.undo:
        if name not in world.subscribed:
            return Effect(world, no("Not subscribed"))
        return Effect(world._replace(subscribed=world.subscribed - {name}), ok("UNSUBSCRIBE completed"))
    if lookup(world, sid, name) is None:
        return Effect(world, missing(world, sid, name, profile))
    return Effect(world._replace(subscribed=world.subscribed | {name}), ok("SUBSCRIBE completed"))


def list_names(world: World, sid: int, command: List, profile: Profile) -> Effect:
    """LIST and LSUB; a ghost is shown to those that have it open only (RFC 3501 §6.3.8, §6.3.9, RFC 2180 §3.2).

    An empty pattern asks for the hierarchy delimiter.
    """
    verb = "LSUB" if command.subscribed else "LIST"
    if not command.pattern and not command.subscribed:
        return Effect(world, ok("LIST completed"), (Listed("", ("\\Noselect",)),))
    visible = {box.name for box in world.mailboxes if lookup(world, sid, box.name) is not None}
    if command.subscribed:
        visible = {name for name in world.subscribed if name in visible or world.ghost_named(name) is None}
    wanted = _pattern(command.reference + command.pattern)
    listed: dict[str, tuple[str, ...]] = dict.fromkeys(visible, ())
    if not command.subscribed or command.pattern.endswith("%"):
        listed = dict.fromkeys(_superiors(world, visible), ("\\Noselect",)) | listed
    names = sorted(name for name in listed if wanted.fullmatch(name))
    return Effect(world, ok(f"{verb} completed"), tuple(Listed(n, listed[n], command.subscribed) for n in names))


def _superiors(world: World, names: set[str]) -> set[str]:
    """The levels of hierarchy above those names that are no ghosts' (RFC 3501 §6.3.8, §6.3.9)."""
    parts = [name.split(DELIMITER) for name in names]
    above = {DELIMITER.join(part[:depth]) for part in parts for depth in range(1, len(part))}
    return {name for name in above - {""} if world.ghost_named(name) is None}


def _pattern(text: str) -> re.Pattern[str]:
    """`*` is any characters, `%` any but the hierarchy delimiter (RFC 3501 §6.3.8)."""
    parts = {"*": ".*", "%": f"[^{DELIMITER}]*"}
    return re.compile("".join(parts.get(char, re.escape(char)) for char in canonical_name(text)))


def status(world: World, sid: int, command: Status, profile: Profile) -> Effect:
    """STATUS (RFC 3501 §6.3.10)."""
    mailbox = lookup(world, sid, command.mailbox)
    if mailbox is None:
        return Effect(world, missing(world, sid, command.mailbox, profile))
    facts = {
        "MESSAGES": len(mailbox.messages),
        "RECENT": 0,
        "UIDNEXT": mailbox.uidnext,
        "UIDVALIDITY": mailbox.uidvalidity,
        "UNSEEN": sum(SEEN not in message.flags for message in mailbox.messages),
    }
    answer = StatusOf(command.mailbox, tuple((item, facts[item]) for item in command.items))
    return Effect(world, ok("STATUS completed"), (answer,))


def append(world: World, sid: int, command: Append, profile: Profile) -> Effect:
    """APPEND; if the mailbox is the selected one, EXISTS comes at once (RFC 3501 §6.3.11)."""
    mailbox = lookup(world, sid, command.mailbox)
    if mailbox is None:
        return Effect(world, missing(world, sid, command.mailbox, profile, try_create=True))
    own = world.sessions[sid].state == SELECTED and world.sessions[sid].mailbox == mailbox.id
    after = worlds.append(world, mailbox, ((command.flags, command.content),))
    return Effect(after, ok("APPEND completed"), must=ARRIVALS if own else 0)

