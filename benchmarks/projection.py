"""Which states of mailrace are the same state of the Spin model? Written as the numbers that the Spin model prints.

What `benchmarks/spin/mailboxes.pml` keeps in a state is listed at its top; here the same is read off a world and its
clients. That a client shows just what its session was told is not assumed, but asserted on the way.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from explore.search.breadth_first import Search
from explore.system.configuration import Participant
from model.client.sending import options
from model.protocol.flags import DELETED, NIL, SEEN
from model.store.mailbox import Mailbox, Message
from model.store.session import AUTHENTICATED, LOGGED_OUT, SELECTED, Session
from model.store.world import World

FOO, BAR, GHOST, GONE = range(4)
SESSION_STATES = {AUTHENTICATED: 0, LOGGED_OUT: 3}
OPENED_AS = {"FOO": 1, "BAR": 2}

Fields = tuple[int, ...]
BOX_FIELDS = ("mailbox", "alive", "expunged", "deleted", "seen", "copies")
CLIENT_FIELDS = ("step", "state", "counts", "told_deleted", "told_seen", "shown", "shown_nil")

_MASK = (1 << 64) - 1


class Sets(NamedTuple):
    """For each state, the profiles under which it is reachable: all states, and the quiescent ones."""

    everything: dict[Fields, int]
    quiescent: dict[Fields, int]


class Summary(NamedTuple):
    """For each profile, how many states, and the sum of their hashes: of all, and of the quiescent ones."""

    counts: tuple[tuple[int, ...], tuple[int, ...]]
    hashes: tuple[tuple[int, ...], tuple[int, ...]]


def names(commands: int, clients: int) -> tuple[str, ...]:
    """What the numbers of a state are."""
    copied = tuple(f"copy {number}" for number in range(1, commands * clients + 1))
    own = tuple(f"C{client} {field}" for client in range(1, clients + 1) for field in CLIENT_FIELDS)
    return (*BOX_FIELDS, *copied, *own)


def project(found: Search, messages: int, commands: int) -> Sets:
    """The states that a search (without reductions) has reached, as the Spin model has them."""
    space = found.space
    foo = space.scenario.world.by_name("FOO")
    assert foo is not None
    contents = {message.uid: message.content for message in foo.messages}
    clients = range(len(space.scenario.programs))
    boxes: dict[World, Fields] = {}
    beliefs: dict[tuple[Session, Participant], Fields] = {}
    sets = Sets({}, {})
    for state, mask in found.reached.items():
        world = space.world(state)
        if world not in boxes:
            boxes[world] = _boxes(world, foo, messages, commands * len(clients))
        fields, quiet = boxes[world], True
        for sid in clients:
            key = world.sessions[sid], space.participant(state, sid)
            if key not in beliefs:
                beliefs[key] = _client(*key, contents)
            fields += beliefs[key]
            quiet = quiet and not options(key[1].client, space.scenario.programs[sid])
        sets.everything[fields] = sets.everything.get(fields, 0) | mask
        if quiet:
            sets.quiescent[fields] = sets.quiescent.get(fields, 0) | mask
    return sets


def _bits(uids: Iterable[int]) -> int:
    return sum(1 << uid - 1 for uid in uids)


def _flagged(messages: Iterable[Message], flag: str) -> int:
    return _bits(message.uid for message in messages if flag in message.flags)


def _boxes(world: World, foo: Mailbox, messages: int, most_copies: int) -> Fields:
    box, fred = world.by_id(foo.id), world.by_name("FRED")
    assert fred is not None
    copied = [fred.messages[at : at + messages] for at in range(0, len(fred.messages), messages)]
    wanted = [message.content for message in foo.messages]
    assert all([message.content for message in copy] == wanted for copy in copied), "a COPY is all or nothing"
    flags = [
        sum(((DELETED in m.flags) << n) + ((SEEN in m.flags) << messages + n) for n, m in enumerate(copy)) for copy in copied
    ]
    if box is None:
        where: Fields = (GONE, 0, 0, 0, 0)
    else:
        known = box.messages + box.expunged
        name = GHOST if box.ghost else BAR if box.name == "BAR" else FOO
        where = (
            name, _bits(m.uid for m in box.messages), _bits(m.uid for m in box.expunged), _flagged(known, DELETED),
            _flagged(known, SEEN),
        )  # fmt: skip
    return (*where, len(copied), *flags, *(0,) * (most_copies - len(copied)))


def _client(session: Session, actor: Participant, contents: dict[int, str]) -> Fields:
    client = actor.client
    shown = tuple((entry.uid, entry.flags) for entry in client.shown)
    assert shown == session.view, "a lockstep client shows what its session was told"
    state = OPENED_AS[session.name] if session.state == SELECTED else SESSION_STATES[session.state]
    right = [e.uid for e in client.shown if e.uid is not None and e.content == contents[e.uid]]
    nil = [e.uid for e in client.shown if e.uid is not None and e.content == NIL]
    assert len(right) + len(nil) == sum(entry.content is not None for entry in client.shown), "it is shown that or NIL"
    return (
        client.step, state, _bits(session.uids),
        _bits(uid for uid, flags in session.view if DELETED in flags),
        _bits(uid for uid, flags in session.view if SEEN in flags), _bits(right), _bits(nil),
    )  # fmt: skip


def hashed(fields: Fields) -> int:
    """The hash of a state, as the Spin model computes it."""
    value = 0xCBF29CE484222325
    for field in fields:
        value = (value ^ field) * 0x100000001B3 & _MASK
    value ^= value >> 29
    value = value * 0x9E3779B97F4A7C15 & _MASK
    return value ^ value >> 32


def summarize(sets: Sets, profiles: int) -> Summary:
    """The counts and hashes of those sets for each profile."""
    counts, hashes = zip(*(_summarized(states, profiles) for states in sets), strict=True)
    return Summary(counts, hashes)


def _summarized(states: dict[Fields, int], profiles: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    by_mask: dict[int, tuple[int, int]] = {}
    for fields, mask in states.items():
        count, total = by_mask.get(mask, (0, 0))
        by_mask[mask] = count + 1, total + hashed(fields) & _MASK
    counts, hashes = [0] * profiles, [0] * profiles
    for mask, (count, total) in by_mask.items():
        for profile in range(profiles):
            if mask >> profile & 1:
                counts[profile] += count
                hashes[profile] = hashes[profile] + total & _MASK
    return tuple(counts), tuple(hashes)


def first_difference(ours: Sets, theirs: Sets, labels: tuple[str, ...]) -> str | None:
    """The first state that only one of the two has under some profile; None where they agree."""
    for what, mine, other in (("state", *_pair(ours, theirs, 0)), ("quiescent state", *_pair(ours, theirs, 1))):
        for fields in sorted(mine.keys() | other.keys()):
            only = mine.get(fields, 0) ^ other.get(fields, 0)
            if only:
                profile = (only & -only).bit_length() - 1
                who = "mailrace" if mine.get(fields, 0) >> profile & 1 else "Spin"
                told = ", ".join(f"{label} {value}" for label, value in zip(labels, fields, strict=True))
                return f"only {who} has this {what} under profile {profile}: {told}"
    return None


def _pair(ours: Sets, theirs: Sets, which: int) -> tuple[dict[Fields, int], dict[Fields, int]]:
    return ours[which], theirs[which]
