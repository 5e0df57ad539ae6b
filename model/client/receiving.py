"""What does a client make of a response?"""

from __future__ import annotations

import dataclasses

from model import protocol as p
from model.client.belief import AWARE, NAIVE, Ahead, Client, Entry
from model.client.program import Program
from model.client.sending import _advance, _begin, current_step
from model.protocol import DELIMITER, INBOX, NIL, NO_FLAGS, Words, canonical_name, changed, numbers_beyond, sequence
from model.store import Message, matches


def receive(client: Client, response: p.Response, program: Program, manner: str) -> Client:
    """The client after one response, in the order of the wire. One that somebody else has written reads it for itself:
    nothing is done for it that it did not say."""
    if program.user is None:
        return _receive(client, response, program, manner)
    return program.user.heard(_receive(client, response, program, NAIVE), response)


def _receive(client: Client, response: p.Response, program: Program, manner: str) -> Client:
    match response:
        case p.Exists(count):
            more = count - len(client.shown)
            shown = client.shown + (Entry(),) * more
            return client._replace(shown=shown) if more >= 0 else _shrink(client, count)
        case p.Expunged(number):
            return _forget(client, number)
        case p.Fetched():
            return _learn(client, response, manner)
        case p.Bye():
            return Client(connected=False, step=client.step)
        case p.Found(numbers) if manner != NAIVE and isinstance(client.busy, p.Search):
            return _miss(client, client.busy, numbers)
        case p.Tagged() if client.busy is not None:
            client = _conclude(client, client.busy, response, program, manner)
            return _begin(client._replace(ahead=client.ahead[1:]), client.ahead[0]) if client.ahead else client
    return client


def _shrink(client: Client, count: int) -> Client:
    """EXISTS that falls, which no server may send (RFC 3501 §7.3.1): the last ones are gone."""
    for number in range(len(client.shown), count, -1):
        client = _forget(client, number)
    return client


def _forget(client: Client, number: int) -> Client:
    if not 1 <= number <= len(client.shown):
        return client
    pursuit = client.pursuit
    if pursuit is not None:
        pursuit = pursuit._replace(
            targets=_shifted(pursuit.targets, number),
            answered=_shifted(pursuit.answered, number),
            lost=pursuit.lost or number in pursuit.targets,
        )
    return client._replace(
        shown=client.shown[: number - 1] + client.shown[number:],
        pursuit=pursuit,
        doubt=_shifted(client.doubt, number),
        meant=_shifted(client.meant, number),
        touched=_shifted(client.touched, number),
        ahead=tuple([Ahead(a.command, _shifted(a.meant, number), _shifted(a.touched, number)) for a in client.ahead]),
    )


def _shifted(numbers: tuple[int, ...], gone: int) -> tuple[int, ...]:
    """The numbers after an EXPUNGE of `gone`: without it, and one less above it."""
    return tuple(number - (number > gone) for number in numbers if number != gone)


def _learn(client: Client, response: p.Fetched, manner: str) -> Client:
    number = response.number
    if not 1 <= number <= len(client.shown):
        return client
    entry = client.shown[number - 1]
    content = entry.content
    doubtful = False
    if response.content is not None:
        doubtful = manner != NAIVE and response.content == NIL
        content = content if doubtful else response.content
    entry = Entry(
        response.uid if response.uid is not None else entry.uid,
        response.flags if response.flags is not None else entry.flags,
        content,
    )
    if manner != NAIVE and isinstance(client.busy, p.Fetch) and response.flags == NO_FLAGS:
        client = _ask(client)
    doubt = tuple(sorted({*client.doubt, number})) if doubtful else client.doubt
    pursuit = client.pursuit
    if (
        pursuit is not None and client.busy == pursuit.command and number in pursuit.targets
        and _answers(response, pursuit.command)
    ):  # fmt: skip
        pursuit = pursuit._replace(answered=tuple(sorted({*pursuit.answered, number})))
    shown = (*client.shown[: number - 1], entry, *client.shown[number:])
    return client._replace(shown=shown, doubt=doubt, pursuit=pursuit)


def _answers(response: p.Fetched, command: p.Fetch | p.Store | p.Copy) -> bool:
    """Whether the response shows that the command is done for its message; news of flags alone does not."""
    match command:
        case p.Fetch(_, items):
            return bool(response.contents) or set(items) <= {"FLAGS", "UID"}
        case p.Store(_, mode, flags):
            return response.flags is not None and changed(response.flags, mode, flags) == response.flags
        case p.Copy():
            return False


def _miss(client: Client, command: p.Search, hits: tuple[int, ...]) -> Client:
    """RFC 2180 §4.3: an expected message that was not found is a reason to say NOOP."""
    count = len(client.shown)
    last = max((entry.uid for entry in client.shown if entry.uid is not None), default=0)
    if numbers_beyond(command.key, count):
        return client
    for number, entry in enumerate(client.shown, 1):
        if entry.flags is None or entry.uid is None:
            continue
        message = Message(entry.uid, entry.flags, entry.content or "")
        if (entry.uid if command.uid else number) not in hits and matches(command.key, number, message, count, last):
            return _ask(client)
    return client


def _ask(client: Client) -> Client:
    """The client that will say NOOP, after what it has to do anyway."""
    return client if p.Noop() in client.todo else client._replace(todo=(*client.todo, p.Noop()))


def _conclude(client: Client, command: p.Command, done: p.Tagged, program: Program, manner: str) -> Client:
    """The command in progress is completed: what it did to the belief, and what comes next."""
    if done.status == "OK":
        client = _succeeded(client, command)
    was_todo = bool(client.todo) and client.todo[0] == command
    client = client._replace(busy=None, todo=client.todo[1:] if was_todo else client.todo, meant=(), touched=())
    if isinstance(command, p.Noop) and was_todo:
        return _resolve(client, program, manner)
    step = current_step(client, program)
    stubborn = step is not None and step.retry and (not was_todo or client.trying) and done.status == "NO"
    pursued = client.pursuit is not None and isinstance(command, p.NUMBERED)
    if not stubborn and (client.trying or not was_todo):
        client = _advance(client, program)
    client = client._replace(trying=False)
    if manner == NAIVE:
        return client
    names = _new_name(done) if done.status == "NO" else None
    if names is not None:
        client = _follow(client, command, *names)
        return client._replace(pursuit=None, trying=stubborn and bool(client.todo))
    if done.status == "NO" and pursued:
        client = client._replace(trying=stubborn)
        return client._replace(todo=(p.Noop(),))
    if pursued:
        client = client._replace(pursuit=None)
    return _ask(client) if client.doubt else client


def _succeeded(client: Client, command: p.Command) -> Client:
    match command:
        case p.Select(name, _):
            return client._replace(name=name)
        case p.Close():
            return client._replace(name=None, shown=(), doubt=())
        case p.Delete(name) if name == client.name:
            return client._replace(name=None, shown=(), doubt=())
        case p.Rename(old, new) if client.name is not None and old != INBOX:
            new = canonical_name(new.removesuffix(DELIMITER))
            if client.name == old or client.name.startswith(old + "/"):
                return client._replace(name=new + client.name[len(old) :])
        case p.Store(_, mode, flags, True):
            shown = list(client.shown)
            for number in client.touched:
                known = shown[number - 1].flags if number in client.meant else None
                now = None if known is None else changed(known, mode, flags)
                shown[number - 1] = shown[number - 1]._replace(flags=now)
            return client._replace(shown=tuple(shown))
    return client


def _resolve(client: Client, program: Program, manner: str) -> Client:
    """The NOOP that an aware client said in doubt is answered: what is left was there all the time."""
    shown = list(client.shown)
    for number in client.doubt:
        if shown[number - 1].content is None:
            shown[number - 1] = shown[number - 1]._replace(content=NIL)
    client = client._replace(shown=tuple(shown), doubt=())
    pursuit = client.pursuit
    if pursuit is None:
        return client
    client = client._replace(pursuit=None)
    again = pursuit.targets
    if manner == AWARE:
        again = tuple(number for number in again if number not in pursuit.answered)
    if not pursuit.lost or not again:
        if client.trying and pursuit.lost:
            client = _advance(client, program)
        return client._replace(trying=False)
    return client._replace(todo=(_narrowed(client, pursuit.command, again),))


def _narrowed(client: Client, command: p.Fetch | p.Store | p.Copy, numbers: tuple[int, ...]) -> p.Command:
    """The same command for those sequence numbers only; a UID command names the same messages by UID."""
    if command.uid:
        uids = [uid for number in numbers if (uid := client.shown[number - 1].uid) is not None]
        chosen = sequence.of(uids) if len(uids) == len(numbers) else command.numbers
    else:
        chosen = sequence.of(numbers)
    return dataclasses.replace(command, numbers=chosen)


def _new_name(done: p.Tagged) -> tuple[str, str] | None:
    """The old and the new name that a [NEWNAME] code gives."""
    if done.code is None or not done.code.startswith("NEWNAME "):
        return None
    try:
        words = Words(done.code.removeprefix("NEWNAME "))
        return words.name(), words.name()
    except ValueError:
        return None


def _follow(client: Client, command: p.Command, old: str, new: str) -> Client:
    """RFC 2180 §3.4: the operation can succeed if it is issued with the new name; a COPY for what is left by then, by
    the numbers of now (§4.4)."""
    left = client.pursuit.targets if client.pursuit is not None else ()
    again: p.Command | None = None
    if isinstance(command, p.Copy) and left:
        again = _narrowed(client, dataclasses.replace(command, mailbox=new), left)
    elif isinstance(command, (p.Append, p.Status, p.Select)):
        again = dataclasses.replace(command, mailbox=new)
    if client.name == old:
        client = client._replace(name=new)
    return client._replace(todo=(again,) if again is not None else ())
