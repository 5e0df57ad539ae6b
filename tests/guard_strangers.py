"""Strategies, properties, servers and clients that mailrace doesn't know: what the guard puts before it besides its own."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from explore.properties.property import ERRORS, HAZARD, NOTHING_MORE, Property
from explore.scenario.custom_client import Mail
from explore.system import Configuration, Execute, Step, System
from model import protocol as p, server
from model.protocol.flags import NO_FLAGS
from model.server.decisions import FetchRuling, Profile, Ruling, StoreRuling
from model.server.execution import Outcome
from model.store import world as worlds
from model.store.mailbox import Mailbox, Message
from model.store.session import ARRIVALS, FLAG_CHANGES
from model.store.world import World
from strategies import NOTHING, OCCUPANCY, Strategy
from strategies.delete import Ghost
from strategies.rename import ChangeName


class Stranger(Strategy):
    """A strategy of somebody else's making, with its method given."""

    key, source, summary = "stranger", "the guard", "a stranger's"
    listed = False

    def __init__(self, decision: str, key: str, reads: frozenset[str] | None = None, **methods: Callable[..., Any]) -> None:
        self.__dict__.update(methods, decision=decision, key=key, reads_as=reads)

    @property
    def declared(self) -> frozenset[str] | None:
        declared: frozenset[str] | None = self.__dict__["reads_as"]
        return declared


def _unless_empty(world: World, sid: int, mailbox: Mailbox) -> Ruling:
    """Refuses to delete a mailbox that has messages."""
    return Ruling(None, "not empty") if mailbox.messages else Ghost().delete(world, sid, mailbox)


def _not_the_first(world: World, sid: int, mailbox: Mailbox) -> Ruling:
    """Obeys everybody but the first session."""
    return Ruling(None, "not you") if not sid else Ghost().delete(world, sid, mailbox)


def _elsewhere(world: World, sid: int, mailbox: Mailbox) -> str | None:
    """Refuses EXPUNGE while another mailbox has an unread message."""
    others = [box for box in world.mailboxes if box.id != mailbox.id]
    return "busy" if any("\\Seen" not in message.flags for box in others for message in box.messages) else None


def _told_all(world: World, sid: int, mailbox: Mailbox) -> str | None:
    """Refuses EXPUNGE while another session has not been told of everything."""
    behind = [s for s in world.sessions if s.mailbox == mailbox.id and len(s.view) != len(mailbox.messages)]
    return "wait" if behind else None


def _renames_sessions(world: World, sid: int, mailbox: Mailbox, name: str, others: tuple[int, ...]) -> Ruling:
    """Renames, and lets the other sessions know the new name."""
    ruling = ChangeName().rename(world, sid, mailbox, name, others)
    changed = ruling.world
    for other in others if changed is not None else ():
        assert changed is not None
        changed = worlds.set_session(changed, other, changed.sessions[other]._replace(name=name))
    return ruling._replace(world=changed)


STRANGERS: dict[str, tuple[Stranger, ...]] = {
    "delete": (
        Stranger("delete", "unless-empty", delete=_unless_empty), Stranger("delete", "not-first", delete=_not_the_first),
        Stranger("delete", "ghost", OCCUPANCY, delete=lambda w, s, m: Ghost().delete(w, s, m)),
    ),
    "rename": (
        Stranger("rename", "tells", rename=_renames_sessions, hint=lambda old, new: None),
        Stranger("rename", "tells-known", OCCUPANCY, rename=_renames_sessions, hint=lambda old, new: None),
    ),
    "expunge": (
        Stranger("expunge", "elsewhere", refusal=_elsewhere), Stranger("expunge", "told-all", refusal=_told_all),
    ),
    "fetch": (
        Stranger("fetch", "bar1", fetch=lambda g, n: FetchRuling(tuple(Message(m.uid, NO_FLAGS, "bar1") for m in g), True)),
        Stranger("fetch", "first", NOTHING, fetch=lambda g, n: FetchRuling((g[0], *[None] * (len(g) - 1)), True)),
        Stranger(
            "fetch", "kw", NOTHING,
            fetch=lambda g, n: FetchRuling(tuple(m._replace(flags=m.flags ^ {"kw"}) for m in g), len(g) % 2 > 0),
        ),
    ),
    "store": (
        Stranger("store", "ok", NOTHING, store=lambda gone, kept, silent: StoreRuling(False, True)),
        Stranger("store", "half", NOTHING, store=lambda gone, kept, silent: StoreRuling(kept > 1, silent)),
    ),
    "copy": (
        Stranger("copy", "alive", NOTHING, copy=lambda wanted, gone: tuple(m for m in wanted if m.uid not in gone)),
    ),
    "search": (Stranger("search", "one", NOTHING, findable=lambda ghosts: ghosts[:1]),),
    "tell": (Stranger("tell", "least", NOTHING, tell=lambda must, may: (must | (may & ~must) & -(may & ~must),)),),
    "order": (Stranger("order", "turned", NOTHING, order=lambda places: (*places[1:], places[0])),),
}  # fmt: skip


def _others_change(step: Step) -> str | None:
    """Another mailbox than the open one has other contents now."""
    before = {box.id: box.messages for box in step.before.mailboxes}
    for box in step.after.mailboxes:
        if box.id != step.truth.mailbox and before.get(box.id, ()) != box.messages:
            return f"{box.name} has changed"
    return None


def _somewhere_marked(step: Step) -> str | None:
    """A command is refused while some mailbox holds a marked message."""
    marked = any("\\Deleted" in message.flags for box in step.before.mailboxes for message in box.messages)
    return "refused" if step.status == "NO" and marked else None


def _second_refused(step: Step) -> str | None:
    return "C2 is refused" if step.sid == 1 and step.status == "NO" else None


def _fetches_again(step: Step) -> str | None:
    """A client fetches content that it shows."""
    shown = isinstance(step.act, p.Fetch) and any(entry.content is not None for entry in step.client.shown)
    return "it has that" if shown else None


def _knows_all_flags(step: Step) -> str | None:
    """A client knows the flags of all that it shows."""
    shown = step.client_after.shown
    return "all flags" if len(shown) > 1 and all(entry.flags is not None for entry in shown) else None


def _views_differ(step: Step) -> str | None:
    """Two sessions have one mailbox open, and have been told differently."""
    views = {(s.mailbox, s.view) for s in step.after.sessions if s.mailbox >= 0}
    return "they differ" if len(views) > len({mailbox for mailbox, _ in views}) else None


def _was_marked(step: Step) -> str | None:
    """The client remembers having marked two messages."""
    return "two marks" if len(step.truth_after.marked) > 1 else None


def _crowded(system: System, now: Configuration, sid: int, profile: Profile) -> str | None:
    """At rest, the first client has a mailbox open in which somebody else is."""
    box = now.world.open_in(sid)
    return "in company" if not sid and box is not None and len(now.world.users_of(box.id)) > 1 else None


def _own(name: str, check: Callable[[Step], str | None], reads: frozenset[str] | None = None) -> Property:
    return Property(f"X-{name}", HAZARD, check.__doc__ or name, "the guard", check, reads=reads)


PROPERTIES: tuple[Property, ...] = (
    _own("OTHERS", _others_change), _own("MARKED", _somewhere_marked), _own("SECOND", _second_refused),
    _own("AGAIN", _fetches_again), _own("FLAGS", _knows_all_flags), _own("VIEWS", _views_differ), _own("MARKS", _was_marked),
    Property("X-CROWDED", HAZARD, "Nobody else is there at the end.", "the guard", at_rest=_crowded),
)  # fmt: skip
"""They declare nothing, and look at whatever they like."""


def _refused(step: Step) -> str | None:
    return "refused" if step.status == "NO" and isinstance(step.act, p.Fetch) else None


def _misnamed(step: Step) -> str | None:
    box = step.box_after
    return "misnamed" if box is not None and step.client_after.name not in (None, box.name) else None


MODEST: tuple[Property, ...] = (_own("REFUSED", _refused, NOTHING_MORE), _own("MISNAMED", _misnamed, frozenset({ERRORS})))
"""They declare what they read."""


# --- servers ----------------------------------------------------------------------------------------------------------


def telling_others(kinds: int) -> Execute:
    """A server that tells other sessions the news of those kinds as soon as there is any (RFC 3501 §5.3, §7: a client must
    be ready for untagged data at any time), and is ours in all else."""

    def execute(world: World, sid: int, command: p.Command, profile: Profile) -> tuple[Outcome, ...]:
        return tuple(_told_to_all(outcome, sid, kinds, profile) for outcome in server.execute(world, sid, command, profile))

    return execute


def _told_to_all(outcome: Outcome, sid: int, kinds: int, profile: Profile) -> Outcome:
    after, responses = outcome.world, outcome.responses
    for other in range(len(after.sessions)):
        box = after.open_in(other)
        if other != sid and box is not None and box.name:
            after, told = server.announce(after, other, box, kinds, profile)
            responses = (*((other, response) for response in told), *responses)
    return Outcome(after, responses)


SERVERS: tuple[Execute, ...] = (telling_others(ARRIVALS), telling_others(ARRIVALS | FLAG_CHANGES))


# --- clients ----------------------------------------------------------------------------------------------------------


def reader(mail: Mail) -> Generator[str, list[str], None]:
    """Reads what it shows, and marks what it has read."""
    if mail.name is None:
        yield "SELECT FOO"
    for number in range(1, len(mail.shown) + 1):
        lines = yield f"FETCH {number} BODY.PEEK[]"
        if number <= len(mail.shown) and lines[-1].startswith("OK"):
            yield f"STORE {number} +FLAGS (\\Seen \\Deleted)"
    yield "NOOP"


def cleaner(mail: Mail) -> Generator[str, list[str], None]:
    """Expunges for as long as there is anything, and looks who else is there."""
    while mail.shown:
        yield "STORE 1:* +FLAGS.SILENT (\\Deleted)"
        lines = yield "EXPUNGE"
        if not lines[-1].startswith("OK"):
            yield 'APPEND FOO "left"'
    yield "SELECT FOO" if mail.name is None else "CLOSE"


CLIENTS = (reader, cleaner)
