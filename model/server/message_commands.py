"""The commands on messages: FETCH STORE SEARCH COPY EXPUNGE CLOSE and the UID forms. Source: RFC 3501 §6.4, RFC 2180 §4.

Every number is resolved through the view. A named message that is no longer in the mailbox is a *ghost*: what happens
to it is the strategy's to say, and only then is the strategy asked.
"""

from __future__ import annotations

from typing import NamedTuple

from model.protocol import (
    DELETED, SEEN, Close, Copy, Expunge, Fetch, Fetched, Flags, Found, Search, Store, Tagged, Untagged, changed,
    numbers_beyond, sequence,
)  # fmt: skip
from model.server.decisions import FetchRuling, Profile, StoreRuling
from model.server.effect import Effect, bad, no, ok
from model.server.mailbox_commands import lookup, missing
from model.store import (
    EXPUNGES, Mailbox, Message, Session, World, mailbox as mailboxes, matches, with_flags, world as worlds,
)  # fmt: skip


class _Named(NamedTuple):
    """The messages a command names: (sequence number, message) for those there, and the same for the ghosts."""

    present: tuple[tuple[int, Message], ...]
    ghosts: tuple[tuple[int, Message], ...]


def _opened(world: World, sid: int) -> tuple[Session, Mailbox]:
    """The session and the mailbox it has selected; `server.execute` has made sure that there is one."""
    mailbox = world.open_in(sid)
    assert mailbox is not None
    return world.sessions[sid], mailbox


def _named(session: Session, mailbox: Mailbox, numbers: sequence.SequenceSet, uid: bool) -> _Named | None:
    """What the set names in this session's view; None if a number lies beyond it."""
    if uid:
        positions: tuple[int, ...] | None = sequence.resolve_uids(numbers, session.uids)
    else:
        positions = sequence.resolve(numbers, len(session.view))
    if positions is None:
        return None
    alive = {message.uid: message for message in mailbox.messages}
    ghosts = {message.uid: message for message in mailbox.expunged}
    present, gone = [], []
    for number in positions:
        known = session.view[number - 1][0]
        if known in alive:
            present.append((number, alive[known]))
        else:
            gone.append((number, ghosts[known]))
    return _Named(tuple(present), tuple(gone))


def _beyond(profile: Profile) -> Tagged:
    text = "No such message"
    return no(text) if profile.beyond.status() == "NO" else bad(text)


def sets_seen(item: str) -> bool:
    """Whether fetching this item sets \\Seen (RFC 3501 §6.4.5)."""
    return item.startswith("BODY[") or item in ("RFC822", "RFC822.TEXT")


def response_item(item: str) -> str:
    """The name under which the answer to a FETCH item comes: without .PEEK, and with only the origin of a partial
    (RFC 3501 §7.4.2).

    >>> response_item("BODY.PEEK[TEXT]<0.100>")
    'BODY[TEXT]<0>'
    """
    name = item.replace("BODY.PEEK[", "BODY[")
    if name.endswith(">"):
        name = name.rsplit(".", 1)[0] + ">"
    return name


def fetch(world: World, sid: int, command: Fetch, profile: Profile) -> Effect:
    """FETCH: ghosts as RFC 2180 §4.1 lets the strategy decide; \\Seen is set by content items unless PEEK."""
    session, mailbox = _opened(world, sid)
    named = _named(session, mailbox, command.numbers, command.uid)
    if named is None:
        return Effect(world, _beyond(profile))
    ghosts = tuple(message for _, message in named.ghosts)
    ruling = FetchRuling((), True)
    if ghosts:
        ruling = profile.fetch.fetch(ghosts, len(ghosts) + len(named.present))
    if any(map(sets_seen, command.items)) and not session.read_only:
        unseen = frozenset(message.uid for _, message in named.present if SEEN not in message.flags)
        mailbox = mailboxes.set_flags(mailbox, unseen, "+", frozenset({SEEN}))
        world = worlds.replace(world, mailbox)
    else:
        unseen = frozenset()
    if len(ruling.stand_ins) != len(ghosts):
        answers = f"answers for {len(ruling.stand_ins)} of {len(ghosts)} expunged messages"
        raise ValueError(f"the FETCH strategy {answers}; it must give a stand-in, or None, for each")
    stand_ins = {number: message for (number, _), message in zip(named.ghosts, ruling.stand_ins, strict=True)}
    now = {message.uid: message for message in mailbox.messages}
    shown = [(number, now[message.uid]) for number, message in named.present]
    shown += [(number, message) for number, message in stand_ins.items() if message is not None]
    responses = []
    view = session.view
    for number, message in sorted(shown):
        response = _fetched(command, number, message, message.uid in unseen)
        if response.flags is not None:
            view = with_flags(view, number, response.flags)
        responses.append(response)
    world = worlds.set_session(world, sid, session._replace(view=view))
    done = ok("FETCH completed") if ruling.ok else no("Some of the requested messages no longer exist")
    return Effect(world, done, tuple(responses))


def _fetched(command: Fetch, number: int, message: Message, newly_seen: bool) -> Fetched:
    contents = tuple(response_item(item) for item in command.items if item not in ("FLAGS", "UID"))
    return Fetched(
        number,
        flags=message.flags if newly_seen or "FLAGS" in command.items else None,
        uid=message.uid if command.uid or "UID" in command.items else None,
        contents=contents,
        content=message.content if contents else None,
    )


def store(world: World, sid: int, command: Store, profile: Profile) -> Effect:
    """STORE: ghosts as RFC 2180 §4.2 lets the strategy decide.

    .SILENT changes the view's flags by the client's own operation, as the client does: what others changed is still
    to be told (RFC 3501 §6.4.6).
    """
    session, mailbox = _opened(world, sid)
    named = _named(session, mailbox, command.numbers, command.uid)
    if named is None:
        return Effect(world, _beyond(profile))
    if session.read_only:
        return Effect(world, no("Mailbox is read-only"))
    ruling = StoreRuling(True, True)
    if named.ghosts:
        ruling = profile.store.store(len(named.ghosts), len(named.present), command.silent)
    responses: list[Untagged] = []
    view = session.view
    if ruling.set_the_rest:
        mailbox = mailboxes.set_flags(
            mailbox, frozenset(message.uid for _, message in named.present), command.mode, command.flags
        )
        world = worlds.replace(world, mailbox)
        if not command.silent:
            for number, message in named.present:
                flags = changed(message.flags, command.mode, command.flags)
                view = with_flags(view, number, flags)
                responses.append(Fetched(number, flags=flags, uid=message.uid if command.uid else None))
    if command.silent and ruling.ok:
        for number, _ in named.present + named.ghosts:
            view = with_flags(view, number, changed(view[number - 1][1], command.mode, command.flags))
    world = worlds.set_session(world, sid, session._replace(view=view))
    done = ok("STORE completed") if ruling.ok else no("Some of the messages no longer exist")
    return Effect(world, done, tuple(responses))


def search(world: World, sid: int, command: Search, profile: Profile) -> Effect:
    """SEARCH: whether ghosts are found is the strategy's to say (RFC 2180 §4.3)."""
    session, mailbox = _opened(world, sid)
    count = len(session.view)
    if numbers_beyond(command.key, count):
        return Effect(world, _beyond(profile))
    findable = {message.uid: message for message in mailbox.messages}
    ghosts = tuple(message for message in mailbox.expunged if message.uid in set(session.uids))
    if ghosts:
        findable |= {message.uid: message for message in profile.search.findable(ghosts)}
    last = session.view[-1][0] if session.view else 0
    numbers = tuple(
        uid if command.uid else number
        for number, (uid, _) in enumerate(session.view, 1)
        if uid in findable and matches(command.key, number, findable[uid], count, last)
    )
    return Effect(world, ok("SEARCH completed"), (Found(numbers),))


def copy(world: World, sid: int, command: Copy, profile: Profile) -> Effect:
    """COPY: all or nothing (RFC 3501 §6.4.7); pending EXPUNGEs go with it in any case (RFC 2180 §4.4)."""
    session, mailbox = _opened(world, sid)
    named = _named(session, mailbox, command.numbers, command.uid)
    if named is None:
        return Effect(world, _beyond(profile), must=EXPUNGES)
    target = lookup(world, sid, command.mailbox)
    if target is None:
        return Effect(world, missing(world, sid, command.mailbox, profile, try_create=True), must=EXPUNGES)
    chosen: tuple[Message, ...] | None = tuple(message for _, message in sorted(named.present + named.ghosts))
    if named.ghosts:
        assert chosen is not None
        chosen = profile.copy.copy(chosen, frozenset(message.uid for _, message in named.ghosts))
    if chosen is None:
        return Effect(world, no("Some of the requested messages were expunged"), must=EXPUNGES)
    copies: tuple[tuple[Flags, str], ...] = tuple((message.flags, message.content) for message in chosen)
    return Effect(worlds.append(world, target, copies), ok("COPY completed"), must=EXPUNGES)


def marked(mailbox: Mailbox) -> frozenset[int]:
    """The UIDs of the messages that EXPUNGE removes: those with \\Deleted (RFC 3501 §6.4.3)."""
    return frozenset(message.uid for message in mailbox.messages if DELETED in message.flags)


def expunge(world: World, sid: int, command: Expunge, profile: Profile) -> Effect:
    """EXPUNGE: may be refused while others have the mailbox accessed (RFC 2180 §4.1.4)."""
    session, mailbox = _opened(world, sid)
    if session.read_only:
        return Effect(world, no("Mailbox is read-only"))
    if world.users_of(mailbox.id, besides=sid):
        refusal = profile.expunge.refusal(world, sid, mailbox)
        if refusal is not None:
            return Effect(world, no(refusal))
    return Effect(
        worlds.replace(world, mailboxes.expunge(mailbox, marked(mailbox))), ok("EXPUNGE completed"), must=EXPUNGES
    )


def close(world: World, sid: int, command: Close, profile: Profile) -> Effect:
    """CLOSE: expunges without telling this client, and deselects (RFC 3501 §6.4.2).

    It cannot answer NO, so a server that refuses EXPUNGE (RFC 2180 §4.1.4) can only leave the messages where they are.
    """
    session, mailbox = _opened(world, sid)
    gone = frozenset() if session.read_only else marked(mailbox)
    if gone and world.users_of(mailbox.id, besides=sid) and profile.expunge.refusal(world, sid, mailbox) is not None:
        gone = frozenset()
    world = worlds.replace(world, mailboxes.expunge(mailbox, gone))
    return Effect(worlds.release(world, sid), ok("CLOSE completed"))
