"""What holds for every server, whatever its strategies and whatever its clients and the external agent do?

Each obligation is a function that looks at a whole random history; the last section shows that each can fail.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
from commands import AGENT, Step, named_by, named_by_uid, profiles, steps, worlds
from hypothesis import Phase, given, settings

from model import protocol as p
from model.protocol.flags import SEEN, Flags, changed
from model.protocol.names import INBOX
from model.server import execution as server, message_commands
from model.server.decisions import Profile as ServerProfile
from model.server.effect import Effect, no, ok
from model.server.execution import execute
from model.store import agent, mailbox as mailboxes, world as world_module
from model.store.agent import Action
from model.store.mailbox import Mailbox, Message
from model.store.session import DOOMED, LOGGED_OUT, SELECTED, View
from model.store.world import World, set_session
from strategies.profile import DECISIONS, Profile


class Moment(NamedTuple):
    """One step of a history: the world before it, who did what, the world after it and all responses."""

    before: World
    who: int
    what: p.Command | Action
    after: World
    responses: tuple[tuple[int, p.Response], ...]

    def to(self, sid: int) -> list[p.Response]:
        """The responses to one session."""
        return [response for receiver, response in self.responses if receiver == sid]

    @property
    def done(self) -> p.Tagged:
        """The tagged response; a made-up OK where there is none."""
        tagged = [response for response in self.to(self.who) if isinstance(response, p.Tagged)]
        return tagged[0] if tagged else ok("")


def history(world: World, profile: ServerProfile, course: list[Step]) -> list[Moment]:
    """What becomes of that world in that course of events."""
    moments = []
    for who, what, pick in course:
        if isinstance(what, (agent.Deliver, agent.Purge, agent.Relabel)):
            moment = Moment(world, who, what, agent.act(world, what), ())
        else:
            outcomes = server.execute(world, who, what, profile)
            moment = Moment(world, who, what, *outcomes[pick % len(outcomes)])
        moments.append(moment)
        world = moment.after
    return moments


# --- the obligations ------------------------------------------------------------------------------------------------

Obligation = Callable[[list[Moment]], None]


def answered(moments: list[Moment]) -> None:
    """Each command gets one tagged response, the last for its session, or BYE and the end; nothing comes after BYE;
    others hear at most BYE (RFC 3501 §2.2.1, §7.1.5)."""
    for moment in moments:
        for sid, session in enumerate(moment.after.sessions):
            heard = moment.to(sid)
            state = moment.before.sessions[sid].state
            if sid == moment.who and state != LOGGED_OUT:
                tagged = [response for response in heard if isinstance(response, p.Tagged)]
                assert tagged == heard[-1:] if state != DOOMED else [type(r) for r in heard] == [p.Bye], "answer"
                assert session.state == LOGGED_OUT or not any(isinstance(r, p.Bye) for r in heard), "life after BYE"
            else:
                assert not heard or (len(heard) == 1 and isinstance(heard[0], p.Bye)), "untimely"
                assert (session.state == LOGGED_OUT) == (state == LOGGED_OUT or bool(heard)), "end without BYE"


def views_are_history(moments: list[Moment]) -> None:
    """The UIDs of a view ascend; each is, or was, a message of the mailbox; and every message with a UID up to the last
    of the view is in the view (RFC 3501 §2.3.1.1, §7.4.1)."""
    for world in (moment.after for moment in moments):
        for sid, session in enumerate(world.sessions):
            mailbox = world.open_in(sid)
            if mailbox is None:
                assert session.view == (), "a view of no mailbox"
                continue
            uids = session.uids
            assert list(uids) == sorted(set(uids)), "view UIDs must ascend"
            there = {message.uid for message in mailbox.messages}
            assert set(uids) <= there | {message.uid for message in mailbox.expunged}, "a message that never was"
            assert {uid for uid in there if uid <= max(uids, default=0)} <= set(uids), "a hole in the view"


def arithmetic(moments: list[Moment]) -> None:
    """A naive client that only counts with EXISTS and EXPUNGE, notes flags, and applies its own silent STOREs, has the
    server's view of it after every command; no number is out of its range (RFC 3501 §2.3.1.2, §7)."""
    if not moments:
        return
    naive = [list(session.view) for session in moments[0].before.sessions]
    for moment in moments:
        sid = moment.who
        if sid == AGENT:
            continue
        mailbox = moment.after.open_in(sid)
        if isinstance(moment.what, p.Select):
            count = sum(response.count for response in moment.to(sid) if isinstance(response, p.Exists))
            naive[sid] = list(_last(mailbox, count))
        else:
            silent(naive[sid], moment)
            hear(naive[sid], moment.to(sid), mailbox)
        if mailbox is None:
            naive[sid] = []
        assert tuple(naive[sid]) == moment.after.sessions[sid].view, "the naive client's view"


def _last(mailbox: Mailbox | None, count: int) -> View:
    """The last `count` messages, as an omniscient client sees them."""
    found = () if mailbox is None else tuple((message.uid, message.flags) for message in mailbox.messages)
    assert count <= len(found), "EXISTS of what does not exist"
    return found[len(found) - count :]


def silent(known: list[tuple[int, Flags]], moment: Moment) -> None:
    """A client that stores silently takes it as done if the answer is OK (RFC 3501 §6.4.6)."""
    match moment.what:
        case p.Store(numbers, mode, flags, True, uid) if moment.done.status == "OK":
            uids = tuple(uid for uid, _ in known)
            for number in named_by_uid(numbers, uids) if uid else named_by(numbers, len(uids)):
                known[number - 1] = (uids[number - 1], changed(known[number - 1][1], mode, flags))


def hear(known: list[tuple[int, Flags]], responses: list[p.Response], mailbox: Mailbox | None) -> None:
    """Apply responses one by one."""
    for response in responses:
        match response:
            case p.Exists(count):
                assert count >= len(known), "EXISTS falls"
                known += _last(mailbox, count - len(known))
            case p.Expunged(number):
                assert 1 <= number <= len(known), "EXPUNGE out of range"
                del known[number - 1]
            case p.Fetched(number, flags, uid):
                assert 1 <= number <= len(known), "FETCH out of range"
                assert uid in (None, known[number - 1][0]), "another message's UID"
                if flags is not None:
                    known[number - 1] = (known[number - 1][0], flags)


def expunge_timing(moments: list[Moment]) -> None:
    """No EXPUNGE while FETCH, STORE or SEARCH is in progress (RFC 3501 §7.4.1)."""
    for moment in moments:
        if isinstance(moment.what, (p.Fetch, p.Store, p.Search)) and not moment.what.uid:
            assert not any(isinstance(r, p.Expunged) for r in moment.to(moment.who)), "EXPUNGE in FETCH, STORE, SEARCH"


def noop_tells_all(moments: list[Moment]) -> None:
    """After NOOP or CHECK the view is the mailbox (RFC 3501 §6.1.2)."""
    for moment in moments:
        mailbox = moment.after.open_in(moment.who) if moment.who != AGENT else None
        if isinstance(moment.what, (p.Noop, p.Check)) and mailbox is not None:
            now = tuple((message.uid, message.flags) for message in mailbox.messages)
            assert moment.after.sessions[moment.who].view == now, "untold after NOOP"


def copy_tells_expunges(moments: list[Moment]) -> None:
    """Pending EXPUNGEs go with COPY, OK or NO (RFC 2180 §4.4.1, §4.4.2)."""
    for moment in moments:
        mailbox = moment.after.open_in(moment.who) if moment.who != AGENT else None
        if isinstance(moment.what, p.Copy) and mailbox is not None and moment.done.status != "BAD":
            there = {message.uid for message in mailbox.messages}
            assert set(moment.after.sessions[moment.who].uids) <= there, "COPY without pending EXPUNGEs"


def uids_for_ever(moments: list[Moment]) -> None:
    """UIDNEXT and UIDVALIDITY never fall; new UIDs start at UIDNEXT; an expunged message does not come back; what a UID
    names never changes (RFC 3501 §2.3.1.1)."""
    content: dict[tuple[int, int], str] = {}
    for moment in moments:
        for box in moment.after.mailboxes:
            old = moment.before.by_id(box.id)
            if old is not None:
                assert box.uidnext >= old.uidnext, "UIDNEXT falls"
                assert box.uidvalidity >= old.uidvalidity, "UIDVALIDITY falls"
                known = {message.uid for message in old.messages}
                new = [message.uid for message in box.messages if message.uid not in known]
                assert all(uid >= old.uidnext for uid in new), "UID given twice"
            for message in box.messages + box.expunged:
                assert message.uid < box.uidnext, "UIDNEXT too small"
                assert content.setdefault((box.id, message.uid), message.content) == message.content, "content changed"


def names_for_ever(moments: list[Moment]) -> None:
    """No two mailboxes have one name, ghosts included; INBOX is always there; name, UIDVALIDITY and UID together name
    one message for ever; another mailbox under a name has a greater UIDVALIDITY (RFC 3501 §2.3.1.1)."""
    content: dict[tuple[str, int, int], str] = {}
    known: dict[str, tuple[int, int]] = {}
    for world in [moment.before for moment in moments[:1]] + [moment.after for moment in moments]:
        names = [box.name for box in world.mailboxes]
        assert len(names) == len(set(names)), "one name, two mailboxes"
        assert INBOX in names, "no INBOX"
        for box in world.mailboxes:
            mailbox_id, validity = known.get(box.name, (box.id, box.uidvalidity))
            assert box.uidvalidity > validity or (box.id, box.uidvalidity) == (mailbox_id, validity), "same UIDVALIDITY"
            known[box.name] = (box.id, box.uidvalidity)
            for message in box.messages:
                triple = (box.name, box.uidvalidity, message.uid)
                assert content.setdefault(triple, message.content) == message.content, "one UID, two messages"


def refused_changes_nothing(moments: list[Moment]) -> None:
    """NO and BAD change no mailbox and no other session, except that the STORE of RFC 2180 §4.2.3 sets the flags of
    messages that are there, and the FETCH of §4.1.2 sets \\Seen on those it has sent."""
    for moment in moments:
        if moment.done.status == "OK":
            continue
        before, now = _contents(moment.before), _contents(moment.after)
        named: set[int] = set()
        if isinstance(moment.what, (p.Store, p.Fetch)) and moment.done.status == "NO":
            uids = moment.before.sessions[moment.who].uids
            numbers = moment.what.numbers
            places = named_by_uid(numbers, uids) if moment.what.uid else named_by(numbers, len(uids))
            named = {uids[place - 1] for place in places}
        opened = moment.before.sessions[moment.who].mailbox
        assert {box.id: box._replace(messages=()) for box in now} == {
            box.id: box._replace(messages=()) for box in before
        }, "a refused command changed a mailbox"
        for old, new in zip(before, now, strict=True):
            for one, other in zip(old.messages, new.messages, strict=True):
                spared = old.id == opened and one.uid in named
                allowed = one._replace(flags=_allowed(moment, one.flags)) if spared else one
                assert other in (one, allowed), "a refused command changed a message"
        for sid, session in enumerate(moment.before.sessions):
            assert sid == moment.who or session == moment.after.sessions[sid], "a refused command changed a session"


def _contents(world: World) -> list[Mailbox]:
    """What lasts: mailboxes that are no ghosts, without what is only kept for somebody's view."""
    return [box._replace(expunged=()) for box in world.mailboxes if not box.ghost]


def _allowed(moment: Moment, flags: Flags) -> Flags:
    match moment.what:
        case p.Store(_, mode, operand):
            return changed(flags, mode, operand)
        case _:
            return flags | {SEEN}


def nothing_is_kept_in_vain(moments: list[Moment]) -> None:
    """No ghost without users (RFC 2180 §3.2), and no expunged message that nobody counts
    or that is there as well."""
    for world in (moment.after for moment in moments):
        for box in world.mailboxes:
            users = [session for session in world.sessions if session.state == SELECTED and session.mailbox == box.id]
            assert users or not box.ghost, "a ghost without users"
            kept = {message.uid for message in box.expunged}
            assert kept <= {uid for session in users for uid in session.uids}, "an expunged message nobody counts"
            assert not kept & {message.uid for message in box.messages}, "expunged and there"


def logged_out_is_nobody(moments: list[Moment]) -> None:
    """A session that has logged out, or been sent BYE, changes nothing and hears nothing."""
    for moment in moments:
        if moment.who != AGENT and moment.before.sessions[moment.who].state == LOGGED_OUT:
            assert (moment.after, moment.responses) == (moment.before, ()), "life after logout"


def read_only_changes_nothing(moments: list[Moment]) -> None:
    """A session opened with EXAMINE changes no message of it by FETCH, STORE, EXPUNGE, CLOSE (RFC 3501 §6.3.2)."""
    for moment in moments:
        commands = (p.Fetch, p.Store, p.Search, p.Expunge, p.Close, p.Check, p.Noop)
        if moment.who != AGENT and isinstance(moment.what, commands) and moment.before.sessions[moment.who].read_only:
            assert _contents(moment.before) == _contents(moment.after), "EXAMINE changed a mailbox"


def only_marked_are_expunged(moments: list[Moment]) -> None:
    """A session's command removes messages only by EXPUNGE, CLOSE and those of a deleted mailbox or of a renamed INBOX,
    and EXPUNGE and CLOSE remove only those with \\Deleted (RFC 3501 §6.4.2, §6.4.3)."""
    for moment in moments:
        if moment.who == AGENT:
            continue
        for box in moment.before.mailboxes:
            now = moment.after.by_id(box.id)
            left = {message.uid for message in now.messages} if now is not None else set()
            gone = [message for message in box.messages if message.uid not in left]
            match moment.what:
                case p.Expunge() | p.Close() if now is not None:
                    assert all("\\Deleted" in message.flags for message in gone), "not marked"
                case p.Rename(mailbox) if mailbox == box.name == INBOX:
                    pass
                case _:
                    assert not gone or now is None, "lost"


OBLIGATIONS: tuple[Obligation, ...] = (
    answered, views_are_history, arithmetic, expunge_timing, noop_tells_all, copy_tells_expunges, uids_for_ever,
    refused_changes_nothing, nothing_is_kept_in_vain, logged_out_is_nobody, read_only_changes_nothing,
    only_marked_are_expunged,
)  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(worlds(), profiles(), steps())
def test_every_history_meets_the_obligations(world: World, profile: Profile, course: list[Step]) -> None:
    moments = history(world, profile, course)
    for obligation in OBLIGATIONS:
        obligation(moments)


@settings(max_examples=100, deadline=None)
@given(worlds(), profiles(), steps())
def test_names_and_uids_name_one_message_for_ever(world: World, profile: Profile, course: list[Step]) -> None:
    names_for_ever(history(world, profile, course))


@settings(max_examples=60, deadline=None)
@given(worlds(2), profiles(), steps(2, most=8))
def test_tell_any_allows_whatever_eager_and_lazy_do(world: World, profile: Profile, course: list[Step]) -> None:
    eager, lazy, anything = DECISIONS["tell"]
    for moment in history(world, profile, course):
        if isinstance(moment.what, (agent.Deliver, agent.Purge, agent.Relabel)):
            continue
        ways = [
            server.execute(moment.before, moment.who, moment.what, profile._replace(tell=tell))  # type: ignore[arg-type]
            for tell in (anything, eager, lazy)
        ]
        assert len(set(ways[0])) == len(ways[0])
        assert set(ways[1]) | set(ways[2]) <= set(ways[0])


@settings(max_examples=60, deadline=None)
@given(worlds(2), profiles(), steps(2, most=8))
def test_the_order_of_expunges_changes_nothing_else(world: World, profile: Profile, course: list[Step]) -> None:
    up, down = (profile._replace(order=order) for order in DECISIONS["order"])  # type: ignore[arg-type]
    assert [moment.after for moment in history(world, up, course)] == [
        moment.after for moment in history(world, down, course)
    ]


# --- the obligations can fail ---------------------------------------------------------------------------------------


def search_for_failure(obligation: Obligation) -> None:
    """Random histories against one obligation, ended by the first failure."""

    @settings(max_examples=6000, deadline=None, database=None, phases=[Phase.generate], derandomize=True)
    @given(worlds(), profiles(), steps())
    def check(world: World, profile: Profile, course: list[Step]) -> None:
        obligation(history(world, profile, course))

    check()


def forgetful_poll(world: World, sid: int, command: p.Command, strategy: ServerProfile) -> Effect:
    """NOOP that need tell nothing."""
    return Effect(world, ok(""))


def store_anyway(world: World, sid: int, command: p.Store, strategy: ServerProfile) -> Effect:
    """STORE that does not mind EXAMINE."""
    writing = world.sessions[sid]._replace(read_only=False)
    return message_commands.store(set_session(world, sid, writing), sid, command, strategy)


def half_copy(world: World, sid: int, command: p.Copy, strategy: ServerProfile) -> Effect:
    """COPY that says NO and has copied all the same."""
    return message_commands.copy(world, sid, command, strategy)._replace(done=no(""))


def quiet_copy(world: World, sid: int, command: p.Copy, strategy: ServerProfile) -> Effect:
    """COPY that need tell nothing."""
    return message_commands.copy(world, sid, command, strategy)._replace(must=0)


def append_in_gap(mailbox: Mailbox, new: tuple[tuple[Flags, str], ...]) -> Mailbox:
    """APPEND that takes the first UID that is free."""
    last = mailbox.messages[-1].uid if mailbox.messages else 0
    added = tuple(Message(uid, flags, content) for uid, (flags, content) in enumerate(new, last + 1))
    return mailbox._replace(messages=mailbox.messages + added, uidnext=max(mailbox.uidnext, last + len(added) + 1))


def expunge_all(mailbox: Mailbox) -> frozenset[int]:
    """EXPUNGE that does not look at \\Deleted."""
    return frozenset(message.uid for message in mailbox.messages)


def double_bye(world: World, sid: int, command: p.Command, strategy: ServerProfile) -> Effect:
    """LOGOUT that forgets to end the session."""
    return Effect(world, ok(""), (p.Bye(""),))


def undead(world: World, sid: int, command: p.Command, strategy: ServerProfile) -> tuple[server.Outcome, ...]:
    """A server that still listens after LOGOUT."""
    if world.sessions[sid].state == LOGGED_OUT:
        world = world_module.release(world, sid)
    return execute(world, sid, command, strategy)


FAULTS: tuple[tuple[Obligation, object, str, object], ...] = (
    (expunge_timing, server, "forbids_expunged", lambda command: False),
    (arithmetic, server, "renumber", lambda order: order),
    (arithmetic, message_commands, "with_flags", lambda view, number, flags: view),
    (views_are_history, server, "arrivals", lambda view, mailbox: ((99, frozenset()),)),
    (nothing_is_kept_in_vain, world_module, "tidy", lambda world: world),
    (uids_for_ever, mailboxes, "append", append_in_gap),
    (only_marked_are_expunged, message_commands, "marked", expunge_all),
    (noop_tells_all, server.HANDLERS, p.Noop.__name__, forgetful_poll),
    (read_only_changes_nothing, server.HANDLERS, p.Store.__name__, store_anyway),
    (refused_changes_nothing, server.HANDLERS, p.Copy.__name__, half_copy),
    (copy_tells_expunges, server.HANDLERS, p.Copy.__name__, quiet_copy),
    (answered, server.HANDLERS, p.Logout.__name__, double_bye),
    (logged_out_is_nobody, server, "execute", undead),
    (names_for_ever, world_module, "_retire", lambda world, mailbox: world),
)


@pytest.mark.parametrize(
    ("obligation", "where", "name", "fault"), FAULTS, ids=[f"{row[0].__name__}-{row[2]}" for row in FAULTS]
)
def test_the_obligation_can_fail(
    monkeypatch: pytest.MonkeyPatch, obligation: Obligation, where: object, name: str, fault: object
) -> None:
    if where is server.HANDLERS:
        monkeypatch.setitem(server.HANDLERS, getattr(p, name), fault)
    else:
        monkeypatch.setattr(where, name, fault)
    with pytest.raises(AssertionError):
        search_for_failure(obligation)


def test_a_history_can_be_empty() -> None:
    for obligation in (*OBLIGATIONS, names_for_ever):
        obligation([])


def test_steps_reach_every_session_state() -> None:
    seen: set[int] = set()

    @settings(max_examples=250, deadline=None, database=None, derandomize=True)
    @given(worlds(), profiles(), steps())
    def look(world: World, profile: Profile, course: list[Step]) -> None:
        seen.update(session.state for moment in history(world, profile, course) for session in moment.after.sessions)

    look()
    assert seen == {0, SELECTED, DOOMED, LOGGED_OUT}
