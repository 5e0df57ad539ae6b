"""How do tests start a world, say a dialogue, and draw random ones?

Dialogues are in RFC 2180 §2's notation without tags. Human-readable text after OK, NO, BAD and BYE is left out: no test
may depend on it (RFC 3501 §7.1). Random commands draw from small alphabets, so that they meet.
"""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

from model import protocol as p
from model.notation import transcript
from model.protocol.flags import DELETED, FLAGGED, SEEN, Flags
from model.protocol.names import INBOX
from model.protocol.parsing import parse_command
from model.protocol.search_key import Key
from model.protocol.sequence import STAR, SequenceSet
from model.protocol.writing import response_text
from model.server.execution import execute
from model.store import agent
from model.store.agent import Action
from model.store.session import selected
from model.store.world import World, append, create, empty, set_session
from strategies.profile import DECISIONS, Profile

AGENT = -1
"""Who acts in a `Step` that no session takes."""


# --- dialogues ------------------------------------------------------------------------------------------------------


def start(*header: str, clients: int = 3) -> World:
    """The world that transcript header lines describe: `start("Mailbox: FOO 7 messages", "Selected: FOO by C1 C2")`."""
    return transcript.build_world(transcript.read_head([*header], ("Mailbox", "Selected", "Examined")), clients)


def run(world: World, profile: str, *lines: str) -> tuple[World, tuple[str, ...]]:
    """The world after `C1: EXPUNGE`, `Agent: DELIVER FOO "m8"`, ..., and what the server said, as `S1: * 4 EXPUNGE`.

    The profile must leave nothing open: tell=any has more than one outcome.
    """
    strategy = Profile.parse(profile)
    said: list[str] = []
    for line in lines:
        who, _, text = line.partition(": ")
        if who == "Agent":
            world = agent.act(world, agent.parse_action(text))
            continue
        (outcome,) = execute(world, int(who.removeprefix("C")) - 1, parse_command(text), strategy)
        world = outcome.world
        said += [f"S{sid + 1}: {without_text(response)}" for sid, response in outcome.responses]
    return world, tuple(said)


def play(world: World, profile: str, *lines: str) -> tuple[str, ...]:
    """What the server said in `run`."""
    return run(world, profile, *lines)[1]


def after(world: World, profile: str, *lines: str) -> World:
    """The world after `run`."""
    return run(world, profile, *lines)[0]


def without_text(response: p.Response) -> str:
    """The response as written, but without its tag and without text for humans."""
    match response:
        case p.Tagged(status, _, code):
            return f"{status} [{code}]" if code else status
        case p.Ok(code, _):
            return f"* OK [{code}]"
        case p.Bye():
            return "* BYE"
        case _:
            return response_text(response)


# --- random worlds, commands and profiles ---------------------------------------------------------------------------

NAMES = ("INBOX", "FOO", "BAR", "FOO/sub")
CONTENTS = ("a", "b", "")
FLAGS = (SEEN, DELETED, FLAGGED, "$Work")
FETCH_ITEMS = (
    "FLAGS", "UID", "ENVELOPE", "INTERNALDATE", "RFC822", "RFC822.SIZE", "BODY[]", "BODY.PEEK[]", "BODY[TEXT]<0.5>",
)  # fmt: skip
STATUS_ITEMS = ("MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN")

_names = st.sampled_from(("FOO", "FOO", *NAMES))
_contents = st.sampled_from(CONTENTS)


def flag_sets() -> st.SearchStrategy[Flags]:
    """Any of a few flags."""
    return st.frozensets(st.sampled_from(FLAGS))


def sequence_sets(largest: int = 6, parts: int = 2) -> st.SearchStrategy[SequenceSet]:
    """Up to `parts` ranges of numbers from 1 to `largest` and `*`, either end first."""
    number = st.sampled_from((1, 2, STAR, *range(1, largest + 1)))
    ranges = st.tuples(number, number) | number.map(lambda n: (n, n))
    return st.lists(ranges, min_size=1, max_size=parts).map(tuple)


def search_keys(texts: st.SearchStrategy[str] = _contents) -> st.SearchStrategy[Key]:
    """SEARCH keys of every kind, a few levels deep."""
    leaves: st.SearchStrategy[Key] = st.one_of(
        st.sampled_from(("ALL", "SEEN", "UNSEEN", "DELETED", "UNDELETED", "FLAGGED", "UNDRAFT")).map(lambda k: (k,)),
        sequence_sets(4, 1).map(lambda numbers: ("NUMBERS", numbers)),
        sequence_sets(9, 1).map(lambda uids: ("UID", uids)),
        st.tuples(st.sampled_from(("TEXT", "SUBJECT")), texts),
        st.tuples(st.sampled_from(("KEYWORD", "UNKEYWORD")), st.just("$Work")),
    )
    return st.recursive(
        leaves,
        lambda keys: st.one_of(
            keys.map(lambda key: ("NOT", key)),
            st.tuples(keys, keys).map(lambda pair: ("OR", *pair)),
            st.lists(keys, min_size=2, max_size=3).map(lambda several: ("AND", *several)),
        ),
        max_leaves=4,
    )


def commands(
    names: st.SearchStrategy[str] = _names, texts: st.SearchStrategy[str] = _contents
) -> st.SearchStrategy[p.Command]:
    """Every command there is, with mailbox names and message contents from the given alphabets."""
    numbers, uid, flags = sequence_sets(), st.booleans(), flag_sets()
    items = st.lists(st.sampled_from(FETCH_ITEMS), min_size=1, max_size=2, unique=True).map(tuple)
    status = st.lists(st.sampled_from(STATUS_ITEMS), min_size=1, max_size=2, unique=True).map(tuple)
    patterns = st.sampled_from(("", "*", "%", "FOO/%", "FOO", "inbox"))
    on_messages: tuple[st.SearchStrategy[p.Command], ...] = (
        st.sampled_from((p.Noop(), p.Check())),
        st.builds(p.Fetch, numbers, items, uid),
        st.builds(p.Store, numbers, st.sampled_from(("+", "-", "")), flags, uid, uid),
        st.builds(p.Store, numbers, st.just("+"), st.just(frozenset({DELETED})), uid, uid),
        st.builds(p.Search, search_keys(texts), uid),
        st.builds(p.Copy, numbers, names, uid),
        st.builds(p.Expunge),
        st.builds(p.Close),
    )
    on_mailboxes: tuple[st.SearchStrategy[p.Command], ...] = (
        st.builds(p.Select, names, st.booleans()),
        st.builds(p.Create, names),
        st.builds(p.Delete, names),
        st.builds(p.Rename, names, names),
        st.builds(p.Subscribe, names, st.booleans()),
        st.builds(p.List, st.sampled_from(("", "FOO/")), patterns, st.booleans()),
        st.builds(p.Status, names, status),
        st.builds(p.Append, names, texts, flags),
        st.builds(p.Logout),
    )
    return st.one_of(*on_messages, *on_mailboxes)


def actions(names: st.SearchStrategy[str] = _names) -> st.SearchStrategy[Action]:
    """What the external agent may do."""
    return st.one_of(
        st.builds(agent.Deliver, names, _contents),
        st.builds(agent.Purge, names, sequence_sets(9, 1)),
        st.builds(agent.Relabel, names, names),
    )


def profiles() -> st.SearchStrategy[Profile]:
    """Any profile of listed and unlisted strategies."""
    return st.builds(Profile, **{decision: st.sampled_from(choices) for decision, choices in DECISIONS.items()})


class Step(NamedTuple):
    """Who (a session's index, or AGENT) does what, and `pick`: which of the outcomes happens, if there are several."""

    who: int
    what: p.Command | Action
    pick: int = 0


def steps(clients: int = 3, most: int = 12) -> st.SearchStrategy[list[Step]]:
    """A random course of events: mostly commands, at least half of `most` (shrinking makes them NOOPs)."""
    by_sessions = [st.builds(Step, st.just(sid), commands(), st.integers(0, 7)) for sid in range(clients)]
    by_agent = [st.builds(Step, st.just(AGENT), actions())]
    return st.lists(st.one_of(*by_sessions, *by_sessions, *by_agent), min_size=most // 2, max_size=most)


@st.composite
def worlds(draw: st.DrawFn, clients: int = 3) -> World:
    """A server with INBOX, FOO and perhaps the other names, two to four messages in each, and sessions that have some
    of them selected, mostly FOO."""
    world = empty(clients)
    new = st.lists(st.tuples(st.just(frozenset({DELETED})) | flag_sets(), _contents), min_size=2, max_size=4).map(tuple)
    for name in (INBOX, "FOO", *draw(st.sampled_from(((), ("BAR",), ("FOO/sub",), ("BAR", "FOO/sub"))))):
        if world.by_name(name) is None:
            world = create(world, name)
        mailbox = world.by_name(name)
        assert mailbox is not None
        world = append(world, mailbox, draw(new))
    for sid in range(clients):
        mailbox = world.by_name(draw(st.sampled_from(("FOO", "FOO", "FOO", INBOX, "BAR"))))
        if mailbox is not None:
            world = set_session(world, sid, selected(mailbox, draw(st.sampled_from((False, False, False, True)))))
    return world


def named_by(numbers: SequenceSet, count: int) -> list[int]:
    """The numbers of a view of `count` messages that the set names, worked out message by message."""
    return [n for n in range(1, count + 1) if any(_between(n, a or count, b or count) for a, b in numbers)]


def named_by_uid(numbers: SequenceSet, uids: tuple[int, ...]) -> list[int]:
    """The positions in `uids` that the set of UIDs names, worked out message by message."""
    last = max(uids, default=0)
    return [n for n, uid in enumerate(uids, 1) if any(_between(uid, a or last, b or last) for a, b in numbers)]


def _between(number: int, one: int, other: int) -> bool:
    return min(one, other) <= number <= max(one, other)
