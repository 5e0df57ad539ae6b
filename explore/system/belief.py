"""What does a client believe, and what is the truth? As remarks in half a sentence, and as a table of two columns."""

from __future__ import annotations

from itertools import zip_longest
from typing import NamedTuple

from explore.system.configuration import Participant
from explore.system.ground_truth import NOWHERE
from model.protocol import Flags, flags_text, of, quoted, to_text
from model.store import Mailbox, World

EXPUNGED = 0


class Fact(NamedTuple):
    """A message as a client shows it, or as it is; None: not known. Number 0: it is expunged."""

    number: int
    uid: int | None
    flags: Flags | None
    content: str | None


class Pairing(NamedTuple):
    """What a client shows beside the truth. `believed` is None for a message it has not been told of, `real` for a
    number behind which there is no message at all."""

    believed: Fact | None
    real: Fact | None

    @property
    def agree(self) -> bool:
        """Whether what the client shows is so; what it does not know it can't be wrong about."""
        shown, real = self
        if shown is None:
            return True
        if real is None or real.number == EXPUNGED:
            return False
        pairs = ((shown.uid, real.uid), (shown.flags, real.flags), (shown.content, real.content))
        return all(believed is None or believed == actual for believed, actual in pairs)


class Belief(NamedTuple):
    """All that a client shows beside all that is so: the name of the mailbox that it has open (None: none; real name
    None: it is deleted), and its messages. Once it is disconnected, there is nothing to compare."""

    connected: bool
    name: str | None
    real_name: str | None
    real_count: int
    messages: tuple[Pairing, ...]

    @property
    def right(self) -> bool:
        """Whether everything that the client shows is so."""
        return self.name == self.real_name and all(pairing.agree for pairing in self.messages)


def belief_of(world: World, actor: Participant) -> Belief:
    """The belief of that client in that world."""
    client, truth = actor.client, actor.truth
    if not client.connected or client.name is None:
        return Belief(client.connected, None, None, 0, ())
    box = world.by_id(truth.mailbox) if truth.mailbox != NOWHERE else None
    alive = {m.uid: Fact(number, *m) for number, m in enumerate(box.messages, 1)} if box is not None else {}
    pairings = []
    for number, (counted, entry) in enumerate(zip_longest(truth.counted, client.shown), 1):
        shown = Fact(number, *entry) if entry is not None else None
        uid, content = counted or (0, "")
        real = alive.get(uid, Fact(EXPUNGED, uid, None, content)) if uid else None
        pairings.append(Pairing(shown, real))
    untold = [fact for uid, fact in alive.items() if uid > truth.highest]
    pairings += [Pairing(None, fact) for fact in untold]
    return Belief(True, client.name, _real_name(box), len(alive), tuple(pairings))


def _real_name(box: Mailbox | None) -> str | None:
    return box.name if box is not None and not box.ghost else None


# --- in words -------------------------------------------------------------------------------------------------------


def gap(world: World, actor: Participant) -> tuple[str, ...]:
    """What a client believes and is not so, each as half a sentence; empty where it is right."""
    client, truth = actor.client, actor.truth
    if not client.connected or client.name is None:
        return ()
    box = world.by_id(truth.mailbox)
    remarks = []
    if box is None or box.ghost:
        remarks.append(f"has {client.name} open, which is deleted")
    elif box.name != client.name:
        remarks.append(f"has {client.name} open, which is called {box.name} now")
    alive = {message.uid: message for message in box.messages} if box is not None else {}
    gone = [number for number, (uid, _) in enumerate(truth.counted, 1) if uid not in alive]
    if gone and box is not None:
        verb = "are" if len(gone) > 1 else "is"
        remarks.append(f"counts {len(truth.counted)} messages; its {to_text(of(gone))} {verb} expunged")
    unlike: dict[str, list[int]] = {}
    for number, ((uid, content), entry) in enumerate(zip(truth.counted, client.shown, strict=False), 1):
        if entry.content not in (None, content):
            shown = repr(entry.content) if entry.content else "empty"
            remarks.append(f"shows message {number} as {shown}, it is {content!r}")
        if uid in alive and entry.flags is not None and entry.flags != alive[uid].flags:
            difference = f"with flags {flags_text(entry.flags)}, now {flags_text(alive[uid].flags)}"
            unlike.setdefault(difference, []).append(number)
    remarks += [f"shows {to_text(of(numbers))} {difference}" for difference, numbers in unlike.items()]
    return tuple(remarks)


# --- as a table -----------------------------------------------------------------------------------------------------


def belief_rows(name: str, belief: Belief) -> list[str]:
    """The lines of a table, without a frame; `≠` stands where the two columns disagree. One line for a client that is
    right."""
    if not belief.connected:
        return [f"{name} is disconnected"]
    if belief.name is None:
        return [f"{name} has no mailbox open"]
    count = sum(pairing.believed is not None for pairing in belief.messages)
    if belief.right:
        untold = f", and {len(belief.messages) - count} more untold" if count < len(belief.messages) else ""
        return [f"{name} is right about {_opened(belief.name, count)}{untold}"]
    real = "that mailbox is deleted" if belief.real_name is None else _opened(belief.real_name, belief.real_count)
    left, right = [f"{name} shows", _opened(belief.name, count)], ["the truth", real]
    agree = [True, (belief.name, count) == (belief.real_name, belief.real_count)]
    widths = _widths([fact for pairing in belief.messages for fact in pairing if fact is not None])
    for pairing in belief.messages:
        left.append("" if pairing.believed is None else _fact(pairing.believed, widths))
        right.append("no message" if pairing.real is None else _fact(pairing.real, widths))
        agree.append(pairing.agree)
    column = max(map(len, left))
    rows = zip(left, agree, right, strict=True)
    return [f"{believed:{column}}  {' ' if same else '≠'}  {so}".rstrip() for believed, same, so in rows]


def _opened(name: str, count: int) -> str:
    return f"{name}, {count} message{'' if count == 1 else 's'}"


def _cells(fact: Fact) -> tuple[str, str, str, str]:
    return (
        str(fact.number),
        f"uid {'?' if fact.uid is None else fact.uid}",
        "?" if fact.flags is None else flags_text(fact.flags),
        "?" if fact.content is None else quoted(fact.content),
    )


def _widths(facts: list[Fact]) -> list[int]:
    """How wide each cell must be; expunged messages are written otherwise."""
    present = [fact for fact in facts if fact.number != EXPUNGED]
    return [max(map(len, column)) for column in zip(*map(_cells, present), strict=True)] or [0, 0, 0, 0]


def _fact(fact: Fact, widths: list[int]) -> str:
    if fact.number == EXPUNGED:
        return f"expunged: {quoted(fact.content or '')}"
    return "  ".join(f"{cell:{width}}" for cell, width in zip(_cells(fact), widths, strict=True)).rstrip()
