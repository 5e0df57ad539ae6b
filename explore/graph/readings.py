"""What can be read off a state of the state space? In lines of text: for people, and to merge the states that read alike.

A *reading* is a function of a `Situation`. Those built in answer with lines that say all that they compare, so that two
states get the same lines exactly if the reading does not tell them apart.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Hashable
from itertools import groupby
from typing import NamedTuple

from explore.space import Space, State
from explore.system import Participant, actor_name, belief_of, gap
from model.client import Client, Entry
from model.protocol import NIL, flags_text, of, quoted, to_text
from model.store import DOOMED, LOGGED_OUT, Mailbox, World

Lines = tuple[str, ...]
Reading = Callable[["Situation"], Hashable]


class Situation(NamedTuple):
    """A state of the state space, spelled out: the server, each client and what is true of it, and how many actions the
    external agent has taken."""

    world: World
    participants: tuple[Participant, ...]
    agent: int


def situation(space: Space, state: State) -> Situation:
    """That state of that space, spelled out."""
    clients = range(len(space.scenario.programs))
    return Situation(space.world(state), tuple(space.participant(state, sid) for sid in clients), state[-1])


# --- the readings ---------------------------------------------------------------------------------------------------


def views(here: Situation) -> Lines:
    """What each client has been told: which mailbox it has open, the UID and flags behind each number."""
    return tuple(f"{actor_name(sid)} {told(actor.client)}" for sid, actor in enumerate(here.participants))


def mailboxes(here: Situation) -> Lines:
    """The names of the mailboxes, and who has them open; an INBOX that nobody has open is left out."""
    lines = []
    for box in here.world.mailboxes:
        users = " ".join(actor_name(sid) for sid in here.world.users_of(box.id))
        if users or box.name != "INBOX":
            lines.append(f"{box_name(box)}: {users or 'nobody'}")
    return tuple(lines) or ("no mailbox but INBOX",)


def beliefs(here: Situation) -> Lines:
    """Who is right, and who believes what that is not so."""
    lines = []
    for sid, actor in enumerate(here.participants):
        lines.append(f"{actor_name(sid)} {_judged(here.world, actor)}")
    return tuple(lines)


READINGS: dict[str, Callable[[Situation], Lines]] = {"views": views, "mailboxes": mailboxes, "beliefs": beliefs}


def _judged(world: World, actor: Participant) -> str:
    belief = belief_of(world, actor)
    if not belief.connected:
        return "is disconnected"
    if belief.name is None:
        return "has nothing open"
    remarks = gap(world, actor)
    if belief.right and not remarks:
        return f"is right about {belief.name}"
    return "; ".join(remarks) or f"is wrong about {belief.name}"


# --- everything about a state ---------------------------------------------------------------------------------------


def facts(here: Situation) -> dict[str, str | bool]:
    """Everything about that state, as attributes of a node; names of attributes are those of a Python variable."""
    world = here.world
    boxes = [f"{box_name(box)}: {messages(box)}" for box in world.mailboxes if box.messages or box.name != "INBOX"]
    opened = []
    for sid, session in enumerate(world.sessions):
        box = world.open_in(sid)
        if box is not None:
            opened.append(f"{actor_name(sid)}: {box_name(box)}{' (read-only)' if session.read_only else ''}")
        elif session.state in (DOOMED, LOGGED_OUT):
            opened.append(f"{actor_name(sid)}: {'to be disconnected' if session.state == DOOMED else 'disconnected'}")
    attributes: dict[str, str | bool] = {"mailboxes": clean("; ".join(boxes)), "opened": clean("; ".join(opened))}
    for sid, actor in enumerate(here.participants):
        attributes[f"C{sid + 1}_shows"] = clean(shown(actor.client))
        attributes[f"C{sid + 1}_right"] = belief_of(world, actor).right
        attributes[f"C{sid + 1}_errs"] = clean("; ".join(gap(world, actor)))
    return attributes


def state_summary(here: Situation) -> Lines:
    """The mailboxes with their messages, and for each client how it stands: short, and not unique."""
    boxes = [f"{box_name(box)}: {messages(box)}" for box in here.world.mailboxes if box.messages or box.name != "INBOX"]
    lines = []
    for sid, (client, _) in enumerate(here.participants):
        if not client.connected:
            lines.append(f"{actor_name(sid)} is disconnected")
        elif client.name is None:
            lines.append(f"{actor_name(sid)} has nothing open")
        else:
            right = belief_of(here.world, here.participants[sid]).right
            lines.append(f"{actor_name(sid)} {'=' if right else '≠'} {told(client)}")
    return (*boxes, *lines)


def box_name(box: Mailbox) -> str:
    """The name of that mailbox, and whether it is deleted."""
    return f"{box.name} (deleted)" if box.ghost else box.name


def messages(box: Mailbox) -> str:
    r"""The UIDs and flags of the messages of that mailbox, e.g. `1:3, 4:7 (\Deleted)`."""
    return _runs([(message.uid, flags_text(message.flags)) for message in box.messages])


def told(client: Client) -> str:
    """The mailbox that this client thinks it has open, with the UID and flags behind each number (`?`: not known)."""
    if not client.connected:
        return "is disconnected"
    if client.name is None:
        return "has nothing open"
    return f"{client.name}: {_runs([(entry.uid, _flags(entry)) for entry in client.shown])}"


def shown(client: Client) -> str:
    """The same, and the contents that it shows, by number."""
    contents = [
        f"{number}={'empty' if entry.content == NIL else quoted(entry.content)}"
        for number, entry in enumerate(client.shown, 1)
        if entry.content is not None
    ]
    return "; ".join([told(client), *([f"content {', '.join(contents)}"] if contents else [])])


def _flags(entry: Entry) -> str:
    return "(?)" if entry.flags is None else flags_text(entry.flags)


def _runs(known: list[tuple[int | None, str]]) -> str:
    """Messages in order, those with the same flags in a row taken together."""
    runs = []
    for flags, group in groupby(known, key=lambda pair: pair[1]):
        uids = [uid for uid, _ in group]
        certain = [uid for uid in uids if uid is not None]
        plain = to_text(of(certain)) if certain == uids and certain == sorted(set(certain)) else ",".join(map(_uid, uids))
        runs.append(plain if flags == "()" else f"{plain} {flags}")
    return ", ".join(runs) or "empty"


def _uid(uid: int | None) -> str:
    return "?" if uid is None else str(uid)


# --- text -----------------------------------------------------------------------------------------------------------


def clean(text: str) -> str:
    r"""Text without control characters, which XML has not: each is written as its escape.

    >>> clean("a\x07b\nc")
    'a\\x07b\\nc'
    """
    return "".join(repr(char)[1:-1] if unicodedata.category(char) in ("Cc", "Cs", "Cn", "Co") else char for char in text)
