"""What does a client make of what it was sent, and what does it do next? (`model.client`; RFC 2180 §3.4, §4)

Transitions for single responses, RFC 2180's stories played against the server, and two properties of random histories.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest
from commands import Step, after, commands, profiles, sequence_sets, start, steps, without_text, worlds
from hypothesis import Phase, given, settings, strategies as st

from model import client as clients, protocol as p
from model.client.belief import AWARE, MANNERS, NAIVE, REISSUING, Client, Entry
from model.client.program import Program, ProgramStep as Planned
from model.protocol.flags import DELETED, FLAGGED, NIL, NO_FLAGS, SEEN
from model.protocol.parsing import parse_command
from model.protocol.sequence import STAR
from model.protocol.writing import astring, command_text
from model.server.decisions import Profile as ServerProfile
from model.server.execution import execute
from model.store import agent
from model.store.session import SELECTED
from model.store.world import World
from strategies.profile import Profile

THOUGHTFUL = (AWARE, REISSUING)
NOTHING = Program(())
MOST_EXTRA = 4
"""No recovery of RFC 2180 needs more: NEWNAME, NOOP, the command again, NOOP."""


def program(*texts: str, retry: bool = False, repeat: int | None = None) -> Program:
    """A program of those commands, without choice."""
    return Program(tuple(Planned((parse_command(text),), retry) for text in texts), repeat)


def belief(*entries: Entry, name: str | None = "FOO", busy: str | None = None) -> Client:
    """A client that shows those entries."""
    return Client(name=name, shown=entries, busy=None if busy is None else parse_command(busy))


def hear(client: Client, *responses: p.Response, todo: Program = NOTHING, manner: str = NAIVE) -> Client:
    """The client after those responses."""
    for response in responses:
        client = clients.receive(client, response, todo, manner)
    return client


def ask(client: Client, text: str, *responses: p.Response, todo: Program = NOTHING, manner: str = NAIVE) -> Client:
    """The client after that command and those responses to it."""
    return hear(clients.send(client, parse_command(text), manner), *responses, todo=todo, manner=manner)


def wants(client: Client, todo: Program = NOTHING) -> list[str]:
    """What the client may send next, as text."""
    return [command_text(command) for command in clients.options(client, todo)]


class Talk(NamedTuple):
    """A conversation of one client with the server: what was said, and what it came to."""

    lines: tuple[str, ...]
    world: World
    client: Client

    @property
    def sent(self) -> list[str]:
        """The client's commands."""
        return [line.removeprefix("C: ") for line in self.lines if line.startswith("C: ")]


def talk(
    world: World, profile: str, todo: Program, manner: str, client: Client | None = None, sid: int = 1, most: int = 12
) -> Talk:
    """What client `sid` (C2) and the server say while nobody else moves, until the client is done (or after `most`)."""
    client = clients.starting(world, sid) if client is None else client
    strategy = Profile.parse(profile)
    lines: list[str] = []
    while (options := clients.options(client, todo)) and most:
        most -= 1
        lines.append(f"C: {command_text(options[0])}")
        client = clients.send(client, options[0], manner)
        (outcome,) = execute(world, sid, options[0], strategy)
        world = outcome.world
        for to, response in outcome.responses:
            if to == sid:
                lines.append(f"S: {without_text(response)}")
                client = clients.receive(client, response, todo, manner)
    return Talk(tuple(lines), world, client)


OK, NO, BAD = p.Tagged("OK", ""), p.Tagged("NO", ""), p.Tagged("BAD", "")
A, B, C = Entry(1, NO_FLAGS, "a"), Entry(2, frozenset({SEEN}), "b"), Entry(7, frozenset({DELETED}), "c")
UNKNOWN = Entry()


# --- receive, response by response ----------------------------------------------------------------------------------


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize(
    ("responses", "shown"),
    [
        ((p.Exists(3),), (A, B, C)),
        ((p.Exists(5),), (A, B, C, UNKNOWN, UNKNOWN)),
        ((p.Exists(1),), (A,)),
        ((p.Exists(0),), ()),
        ((p.Recent(9),), (A, B, C)),
        ((p.Expunged(1),), (B, C)),
        ((p.Expunged(3),), (A, B)),
        ((p.Expunged(2), p.Expunged(2)), (A,)),
        ((p.Expunged(3), p.Expunged(1)), (B,)),
        ((p.Expunged(1), p.Exists(3)), (B, C, UNKNOWN)),
        ((p.Expunged(0),), (A, B, C)),
        ((p.Expunged(4),), (A, B, C)),
        ((p.Fetched(2, flags=frozenset({FLAGGED})),), (A, B._replace(flags=frozenset({FLAGGED})), C)),
        ((p.Fetched(2, uid=2),), (A, B, C)),
        ((p.Fetched(2, contents=("BODY[]",), content="b"),), (A, B, C)),
        ((p.Exists(4), p.Fetched(4, uid=9)), (A, B, C, Entry(9))),
        ((p.Exists(4), p.Fetched(4, uid=9), p.Fetched(4, flags=NO_FLAGS)), (A, B, C, Entry(9, NO_FLAGS))),
        ((p.Exists(4), p.Fetched(4, contents=("ENVELOPE",), content="d")), (A, B, C, Entry(content="d"))),
        ((p.Expunged(1), p.Fetched(1, flags=NO_FLAGS)), (B._replace(flags=NO_FLAGS), C)),
        ((p.Fetched(0, flags=NO_FLAGS), p.Fetched(4, flags=NO_FLAGS)), (A, B, C)),
        ((p.Found((1, 2)), p.Listed("FOO"), p.StatusOf("FOO", (("MESSAGES", 9),))), (A, B, C)),
        ((p.FlagsDefined((SEEN,)), p.Ok("UNSEEN 1", "")), (A, B, C)),
        ((p.Bye(""),), ()),
    ],
)
def test_receive(manner: str, responses: tuple[p.Response, ...], shown: tuple[Entry, ...]) -> None:
    assert hear(belief(A, B, C), *responses, manner=manner).shown == shown


def test_bye_ends_everything() -> None:
    client = Client(
        name="FOO", shown=(A,), busy=p.Noop(), todo=(p.Noop(),), pursuit=clients.Pursuit(p.Copy(((1, 1),), "FOO"), (1,)),
        doubt=(1,), step=1,
    )  # fmt: skip
    gone = hear(client, p.Bye(""))
    assert gone == Client(connected=False, step=1)
    assert wants(gone, program("NOOP", "NOOP")) == []
    assert hear(gone, OK) == gone, "the OK after LOGOUT's BYE"


def test_a_completion_without_a_command_in_progress_means_nothing() -> None:
    assert hear(belief(A), OK, NO, BAD) == belief(A)


@pytest.mark.parametrize(
    ("command", "done", "name", "shown"),
    [
        ("SELECT BAR", (p.Exists(2), OK), "BAR", (UNKNOWN, UNKNOWN)),
        ("EXAMINE BAR", (p.Exists(0), OK), "BAR", ()),
        ("SELECT BAR", (NO,), None, ()),
        ("CLOSE", (OK,), None, ()),
        ("CLOSE", (NO,), "FOO", (A, B)),
        ("DELETE FOO", (OK,), None, ()),
        ("DELETE FOO", (NO,), "FOO", (A, B)),
        ("DELETE BAR", (OK,), "FOO", (A, B)),
        ("RENAME FOO BAR", (OK,), "BAR", (A, B)),
        ("RENAME FOO BAR", (NO,), "FOO", (A, B)),
        ("RENAME FRED BAR", (OK,), "FOO", (A, B)),
        ("RENAME FO BAR", (OK,), "FOO", (A, B)),
        ("CREATE BAR", (OK,), "FOO", (A, B)),
        ("NOOP", (OK,), "FOO", (A, B)),
    ],
)
def test_commands_that_change_what_is_open(
    command: str, done: tuple[p.Response, ...], name: str | None, shown: tuple[Entry, ...]
) -> None:
    client = ask(belief(A, B), command, *done)
    assert (client.name, client.shown, client.busy) == (name, shown, None)


def test_select_forgets_at_once() -> None:
    """RFC 3501 §6.3.1: the mailbox is deselected before the new one is tried."""
    client = clients.send(belief(A, B)._replace(doubt=(2,)), p.Select("BAR"), AWARE)
    assert (client.name, client.shown, client.doubt) == (None, (), ())


@pytest.mark.parametrize(
    ("open_as", "command", "name"),
    [
        ("FOO/sub", "RENAME FOO BAR", "BAR/sub"),
        ("FOO/sub/deep", "RENAME FOO/sub X", "X/deep"),
        ("FOOT", "RENAME FOO BAR", "FOOT"),
        ("INBOX", "RENAME INBOX OLD", "INBOX"),
        pytest.param(
            "FOO", "RENAME FOO BAR/", "BAR",
        ),
    ],
)  # fmt: skip
def test_rename_of_what_is_open(open_as: str, command: str, name: str) -> None:
    """RFC 3501 §6.3.5: inferiors move along; INBOX itself stays. The server's idea of the name is the same."""
    others = ("Mailbox: FOO",) if open_as != "FOO" else ()
    world = start(f"Mailbox: {open_as} 1 messages", *others, f"Selected: {open_as} by C2")
    if "/sub" in open_as and command.startswith("RENAME FOO/sub"):
        world = after(world, "", "C1: CREATE FOO/sub")
    done = talk(world, "", program(command), NAIVE)
    box = done.world.open_in(1)
    assert box is not None
    assert box.name == name
    assert done.client.name == name


@pytest.mark.parametrize("done", ["OK", "NO"])
@pytest.mark.parametrize(
    ("command", "flags"),
    [
        ("STORE 1:2 +FLAGS.SILENT (\\Seen)", ((SEEN,), (SEEN,), (DELETED,))),
        ("STORE 2:3 -FLAGS.SILENT (\\Seen \\Deleted)", ((), (), ())),
        ("STORE 2:* FLAGS.SILENT (\\Flagged)", ((), (FLAGGED,), (FLAGGED,))),
        ("STORE 4 FLAGS.SILENT (\\Flagged)", ((), (SEEN,), (DELETED,))),
        ("UID STORE 2:9 FLAGS.SILENT ()", ((), (), ())),
        ("UID STORE 7 +FLAGS.SILENT (\\Seen)", ((), (SEEN,), (DELETED, SEEN))),
        ("UID STORE * +FLAGS.SILENT (\\Seen)", ((), (SEEN,), (DELETED, SEEN))),
        ("UID STORE 3:6 +FLAGS.SILENT (\\Flagged)", ((), (SEEN,), (DELETED,))),
        ("STORE 1:3 +FLAGS (\\Flagged)", ((), (SEEN,), (DELETED,))),
    ],
)
def test_a_silent_store_is_taken_as_done_if_it_is_ok(command: str, flags: tuple[tuple[str, ...], ...], done: str) -> None:
    """RFC 3501 §6.4.6. Without .SILENT, the FETCH responses say what is so."""
    client = ask(belief(A, B, C), command, p.Tagged(done, ""))
    expected = [frozenset(some) for some in flags] if done == "OK" else [A.flags, B.flags, C.flags]
    assert [entry.flags for entry in client.shown] == expected


def test_a_silent_store_tells_nothing_of_flags_that_are_unknown() -> None:
    client = ask(belief(A, UNKNOWN), "STORE 1:2 +FLAGS.SILENT (\\Seen)", OK)
    assert client.shown == (A._replace(flags=frozenset({SEEN})), UNKNOWN)


def test_star_of_a_silent_store_is_what_it_was_when_sent() -> None:
    client = ask(belief(A, B), "STORE * +FLAGS.SILENT (\\Flagged)", p.Exists(3), OK)
    assert client.shown == (A, B._replace(flags=frozenset({SEEN, FLAGGED})), UNKNOWN)


def test_star_of_a_silent_uid_store_is_what_it_was_when_sent() -> None:
    client = ask(belief(A, B), "UID STORE * +FLAGS.SILENT (\\Flagged)", p.Expunged(2), OK)
    assert client.shown == (A,)


def test_star_of_a_silent_uid_store_is_the_last_message_known_or_not() -> None:
    client = ask(belief(A, UNKNOWN), "UID STORE * +FLAGS.SILENT (\\Flagged)", OK)
    assert client.shown == (A, UNKNOWN)


# --- programs -------------------------------------------------------------------------------------------------------


def test_a_program_is_done_step_by_step() -> None:
    todo = program("NOOP", "CHECK")
    client = Client()
    assert wants(client, todo) == ["NOOP"]
    client = clients.send(client, p.Noop(), NAIVE)
    assert wants(client, todo) == [], "one at a time"
    client = hear(client, OK, todo=todo)
    assert wants(client, todo) == ["CHECK"]
    client = ask(client, "CHECK", BAD, todo=todo)
    assert wants(client, todo) == []


def test_a_step_can_offer_a_choice() -> None:
    todo = Program((Planned((p.Noop(), p.Check())),))
    assert wants(Client(), todo) == ["NOOP", "CHECK"]
    assert wants(ask(Client(), "CHECK", OK, todo=todo), todo) == []


@pytest.mark.parametrize("manner", MANNERS)
def test_retry_goes_on_until_it_is_not_answered_no(manner: str) -> None:
    todo = program("DELETE FOO", "LOGOUT", retry=True)
    client = Client()
    for _ in range(3):
        client = ask(client, "DELETE FOO", NO, todo=todo, manner=manner)
        assert wants(client, todo) == ["DELETE FOO"]
    assert wants(ask(client, "DELETE FOO", OK, todo=todo, manner=manner), todo) == ["LOGOUT"]
    assert wants(ask(client, "DELETE FOO", BAD, todo=todo, manner=manner), todo) == ["LOGOUT"]


@pytest.mark.parametrize("manner", MANNERS)
def test_without_retry_no_is_the_end_of_it(manner: str) -> None:
    todo = program("DELETE FOO", "LOGOUT")
    assert wants(ask(Client(), "DELETE FOO", NO, todo=todo, manner=manner), todo) == ["LOGOUT"]


@pytest.mark.parametrize(
    "manner",
    [NAIVE, *THOUGHTFUL],
)
def test_a_copy_that_is_refused_for_another_reason_is_retried_too(manner: str) -> None:
    """The mailbox is created only later; nothing is expunged meanwhile."""
    world = start("Mailbox: FOO 1 messages", "Selected: FOO by C2")
    todo = program("COPY 1 NEW", retry=True)
    first = talk(world, "", todo, manner, most=2)
    second = talk(after(first.world, "", "C1: CREATE NEW"), "", todo, manner, first.client)
    assert second.lines[-1:] == ("S: OK",)
    box = second.world.by_name("NEW")
    assert box is not None
    assert len(box.messages) == 1


@pytest.mark.parametrize(("repeat", "expected"), [(0, "NCNCNCN"), (1, "NCCCCCC"), (None, "NC")])
def test_forever(repeat: int | None, expected: str) -> None:
    done = talk(start(clients=2), "", program("NOOP", "CREATE FOO", repeat=repeat), NAIVE, most=7)
    assert "".join(text[0] for text in done.sent) == expected


@pytest.mark.parametrize("manner", THOUGHTFUL)
def test_recovery_comes_before_the_next_step(manner: str) -> None:
    """RFC 2180 §4.1.2 (b)."""
    todo = program("FETCH 3:5 ENVELOPE", "CLOSE")
    done = talk(GONE, "fetch=4.1.2", todo, manner)
    assert done.sent[0] == "FETCH 3:5 ENVELOPE"
    assert done.sent[1] == "NOOP"
    assert done.sent[-1] == "CLOSE"
    assert done.sent.count("CLOSE") == 1


# --- RFC 2180's stories: NOOP after NO, then re-issue or deduce -----------------------------------------------------

SCENARIO = start("Mailbox: FOO 7 messages, 4:7 \\Deleted", "Mailbox: FRED", "Selected: FOO by C1 C2", clients=3)
GONE = after(SCENARIO, "", "C1: EXPUNGE")
TOLD = ("S: * 4 EXPUNGE",) * 4
NEWS = ("C: NOOP", *TOLD, "S: * 3 EXISTS", "S: OK")


def stored(*numbers: int, flags: str = "\\Seen") -> tuple[str, ...]:
    """FETCH responses with those flags."""
    return tuple(f"S: * {number} FETCH (FLAGS ({flags}))" for number in numbers)


@pytest.mark.parametrize(
    ("profile", "command"),
    [
        ("fetch=4.1.2", "FETCH 3:5 ENVELOPE"),
        ("fetch=4.1.3", "FETCH 4:7 ENVELOPE"),
        ("store=4.2.3", "STORE 5:7 +FLAGS (\\Seen)"),
        ("store=4.2.3", "STORE 1:7 +FLAGS (\\Seen)"),
        ("store=4.2.4", "STORE 1:7 +FLAGS (\\Seen)"),
        ("copy=4.4.1", "COPY 2,4,6 FRED"),
        ("", "SEARCH DELETED"),
    ],
)
def test_a_naive_client_goes_on(profile: str, command: str) -> None:
    assert talk(GONE, profile, program(command, "LOGOUT"), NAIVE).sent == [command, "LOGOUT"]


ENVELOPE_3 = 'S: * 3 FETCH (ENVELOPE (NIL "foo3" NIL NIL NIL NIL NIL NIL NIL NIL))'


def test_4_1_2_deduces() -> None:
    """RFC 2180 §4.1.2 (b, d): "By receiving a FETCH response for message 3, and an EXPUNGE response that indicates messages
    4:7 have been expunged, the client does not need to re-issue the FETCH"."""
    done = talk(GONE, "fetch=4.1.2", program("FETCH 3:5 ENVELOPE"), AWARE)
    assert done.lines == ("C: FETCH 3:5 ENVELOPE", ENVELOPE_3, "S: NO", *NEWS)
    assert done.client.shown[2].content == "foo3"


def test_4_1_2_reissues() -> None:
    """RFC 2180 §4.1.2 (b, c): "The client may then either reissue the failed FETCH command"."""
    done = talk(GONE, "fetch=4.1.2", program("FETCH 3:5 ENVELOPE"), REISSUING)
    assert done.lines == ("C: FETCH 3:5 ENVELOPE", ENVELOPE_3, "S: NO", *NEWS, "C: FETCH 3 ENVELOPE", ENVELOPE_3, "S: OK")


@pytest.mark.parametrize("manner", THOUGHTFUL)
@pytest.mark.parametrize("profile", ["fetch=4.1.2", "fetch=4.1.3"])
def test_4_1_3_all_expunged(profile: str, manner: str) -> None:
    """RFC 2180 §4.1.3 (c, d): "by examining the EXPUNGE response from the NOOP, determine that the FETCH failed"."""
    done = talk(GONE, profile, program("FETCH 4:7 ENVELOPE"), manner)
    assert done.lines == ("C: FETCH 4:7 ENVELOPE", "S: NO", *NEWS)


@pytest.mark.parametrize("manner", THOUGHTFUL)
def test_4_2_2_all_expunged(manner: str) -> None:
    """RFC 2180 §4.2.2, and NOOP as after any NO to STORE."""
    done = talk(GONE, "", program("STORE 5:7 +FLAGS (\\Seen)"), manner)
    assert done.lines == ("C: STORE 5:7 +FLAGS (\\Seen)", "S: NO", *NEWS)


def test_4_2_3_deduces() -> None:
    """RFC 2180 §4.2.3 (b, d): "the client does not need to re-issue the STORE"."""
    done = talk(GONE, "store=4.2.3", program("STORE 1:7 +FLAGS (\\Seen)"), AWARE)
    assert done.lines == ("C: STORE 1:7 +FLAGS (\\Seen)", *stored(1, 2, 3), "S: NO", *NEWS)


def test_4_2_3_reissues() -> None:
    """RFC 2180 §4.2.3 (b, c): "The client may then either reissue the failed STORE command"."""
    done = talk(GONE, "store=4.2.3", program("STORE 1:7 +FLAGS (\\Seen)"), REISSUING)
    again = ("C: STORE 1:3 +FLAGS (\\Seen)", *stored(1, 2, 3), "S: OK")
    assert done.lines == ("C: STORE 1:7 +FLAGS (\\Seen)", *stored(1, 2, 3), "S: NO", *NEWS, *again)


@pytest.mark.parametrize("manner", THOUGHTFUL)
def test_4_2_4_reissues_for_the_survivors(manner: str) -> None:
    """RFC 2180 §4.2.4 (b, c): "re-issues the STORE on only those messages that have not been expunged"."""
    done = talk(GONE, "store=4.2.4", program("STORE 1:7 +FLAGS (\\Seen)"), manner)
    again = ("C: STORE 1:3 +FLAGS (\\Seen)", *stored(1, 2, 3), "S: OK")
    assert done.lines == ("C: STORE 1:7 +FLAGS (\\Seen)", "S: NO", *NEWS, *again)


HOLES = after(
    start("Mailbox: FOO 7 messages, 2,5 \\Deleted", "Mailbox: FRED", "Selected: FOO by C1 C2"), "", "C1: EXPUNGE"
)


@pytest.mark.parametrize("manner", THOUGHTFUL)
@pytest.mark.parametrize("order", ["ascending", "descending"])
@pytest.mark.parametrize(
    ("profile", "command", "then"),
    [
        ("store=4.2.4", "STORE 1:3,5:6 -FLAGS (\\Seen)", ["NOOP", "STORE 1:2,4 -FLAGS (\\Seen)"]),
        ("store=4.2.4", "STORE 6:* FLAGS (\\Draft)", []),
        ("store=4.2.4", "STORE 7,5,3 FLAGS ()", ["NOOP", "STORE 2,5 FLAGS ()"]),
        ("store=4.2.4", "STORE 2:* +FLAGS (\\Seen)", ["NOOP", "STORE 2:5 +FLAGS (\\Seen)"]),
        ("copy=4.4.1", "COPY 2,4,6 FRED", ["NOOP", "COPY 3:4 FRED"]),
        ("copy=4.4.1", "COPY 2 FRED", ["NOOP"]),
        ("copy=4.4.2", "COPY 2,4,6 FRED", []),
        ("copy=4.4.1,tell=lazy", "UID COPY 2,4,6 FRED", ["NOOP", "UID COPY 4,6 FRED"]),
        ("store=4.2.4,tell=lazy", "UID STORE 2:6 +FLAGS (\\Seen)", ["NOOP", "UID STORE 3:4,6 +FLAGS (\\Seen)"]),
        ("store=4.2.4,tell=eager", "UID STORE 2:6 +FLAGS (\\Seen)", ["NOOP", "UID STORE 3:4,6 +FLAGS (\\Seen)"]),
    ],
)
def test_exactly_what_is_left_is_issued_again(profile: str, command: str, then: list[str], order: str, manner: str) -> None:
    """RFC 2180 §4.2.4 (c), and the same for COPY."""
    done = talk(HOLES, f"{profile},order={order}", program(command), manner)
    assert done.sent == [command, *then]
    assert done.lines[-1] == "S: OK"


@pytest.mark.parametrize("tell", ["eager", "lazy"])
@pytest.mark.parametrize(("manner", "then"), [(AWARE, []), (REISSUING, ["UID FETCH 1,3 BODY.PEEK[]"])])
def test_a_uid_command_is_issued_again_by_uid(manner: str, then: list[str], tell: str) -> None:
    """With tell=eager the EXPUNGEs come with the UID FETCH itself, and 3 is the message that was 2 before."""
    done = talk(HOLES, f"fetch=4.1.2,tell={tell}", program("UID FETCH 1:3 BODY.PEEK[]"), manner)
    assert done.sent == ["UID FETCH 1:3 BODY.PEEK[]", "NOOP", *then]
    assert [entry.content for entry in done.client.shown] == ["foo1", "foo3", None, None, None]


@pytest.mark.parametrize("manner", THOUGHTFUL)
def test_no_for_another_reason_is_not_issued_again(manner: str) -> None:
    world = start("Mailbox: FOO 3 messages", "Examined: FOO by C2")
    assert talk(world, "", program("STORE 1 +FLAGS (\\Seen)"), manner).sent == ["STORE 1 +FLAGS (\\Seen)", "NOOP"]
    assert talk(world, "", program("COPY 1 FRED"), manner).sent == ["COPY 1 FRED", "NOOP"]
    assert talk(world, "beyond=no", program("FETCH 9 FLAGS"), manner).sent == ["FETCH 9 FLAGS", "NOOP"]
    assert talk(world, "beyond=bad", program("FETCH 9 FLAGS"), manner).sent == ["FETCH 9 FLAGS"]


NEWS_OF_FLAGS = after(
    start("Mailbox: FOO 4 messages, 4 \\Deleted", "Mailbox: FRED", "Selected: FOO by C1 C2 C3"),
    "", "C3: STORE 1 +FLAGS (\\Flagged)", "C1: EXPUNGE",
)  # fmt: skip
"""C2 has neither been told that message 1 is flagged nor that message 4 is expunged."""


def test_news_of_flags_is_no_answer_to_a_copy() -> None:
    """RFC 2180 §4.4.1 (c): none of the messages is copied."""
    done = talk(NEWS_OF_FLAGS, "copy=4.4.1,tell=eager", program("COPY 1:4 FRED"), AWARE)
    box = done.world.by_name("FRED")
    assert box is not None
    assert [message.content for message in box.messages] == ["foo1", "foo2", "foo3"]


def test_news_of_flags_is_no_answer_to_a_store() -> None:
    """RFC 2180 §4.2.4: no flag is set."""
    done = talk(NEWS_OF_FLAGS, "store=4.2.4,tell=eager", program("STORE 1:4 +FLAGS (\\Seen)"), AWARE)
    box = done.world.by_name("FOO")
    assert box is not None
    assert all(SEEN in message.flags for message in box.messages)


@pytest.mark.parametrize("tell", ["eager", "lazy"])
@pytest.mark.parametrize("manner", THOUGHTFUL)
def test_a_uid_command_is_pursued_without_knowing_the_uids(manner: str, tell: str) -> None:
    """Right after SELECT: RFC 2180 §4.2.4 (c), and RFC 3501 §6.4.8: UIDs can be named without being known."""
    world = start("Mailbox: FOO 3 messages, 2 \\Deleted", "Selected: FOO by C1", clients=2)
    selected = talk(world, "", program("SELECT FOO"), manner)
    gone = after(selected.world, "", "C1: EXPUNGE")
    client = selected.client._replace(step=0)
    done = talk(gone, f"store=4.2.4,tell={tell}", program("UID STORE 1:3 +FLAGS (\\Seen)"), manner, client)
    box = done.world.by_name("FOO")
    assert box is not None
    assert all(SEEN in message.flags for message in box.messages)


# --- NIL data, FLAGS (), and missing hits ---------------------------------------------------------------------------

ONE_EMPTY = start("Mailbox: FOO 4 messages, 2 \\Deleted, 3 empty", "Selected: FOO by C1 C2")


def contents(client: Client) -> list[str | None]:
    return [entry.content for entry in client.shown]


def test_a_naive_client_believes_nil() -> None:
    """RFC 2180 §4 (d), §4.1.3 (f)."""
    world = after(ONE_EMPTY, "", "C1: EXPUNGE")
    done = talk(world, "fetch=4.1.3", program("FETCH 1:3 BODY.PEEK[]"), NAIVE)
    assert done.sent == ["FETCH 1:3 BODY.PEEK[]"]
    assert contents(done.client) == ["foo1", NIL, NIL, None]


@pytest.mark.parametrize("order", ["ascending", "descending"])
@pytest.mark.parametrize("manner", THOUGHTFUL)
def test_nil_is_doubted_until_noop_has_told(manner: str, order: str) -> None:
    """RFC 2180 §4.1.3 (g)."""
    world = after(ONE_EMPTY, "", "C1: EXPUNGE")
    done = talk(world, f"fetch=4.1.3,order={order}", program("FETCH 1:3 BODY.PEEK[]"), manner)
    assert done.sent == ["FETCH 1:3 BODY.PEEK[]", "NOOP"]
    assert contents(done.client) == ["foo1", NIL, None], "2 was expunged, 3 is really empty"
    assert done.client.doubt == ()


@pytest.mark.parametrize("manner", THOUGHTFUL)
@pytest.mark.parametrize("item", ["ENVELOPE", "INTERNALDATE", "RFC822.SIZE", "BODY[TEXT]", "BODYSTRUCTURE"])
def test_doubt_in_between(item: str, manner: str) -> None:
    usual, nil = (p.Fetched(number, contents=(item,), content=content) for number, content in ((1, "a"), (2, NIL)))
    client = ask(belief(A, Entry(2)), f"FETCH 1:2 {item}", usual, nil, OK, manner=manner)
    assert (client.doubt, client.shown[1].content, wants(client)) == ((2,), None, ["NOOP"])
    empty = ask(client, "NOOP", OK, manner=manner)
    assert (empty.doubt, empty.shown[1].content, wants(empty)) == ((), NIL, [])
    moved = ask(client, "NOOP", p.Expunged(1), OK, manner=manner)
    assert moved.shown == (Entry(2, None, NIL),)
    gone = ask(client, "NOOP", p.Expunged(2), OK, manner=manner)
    assert gone.shown == (A,)


@pytest.mark.parametrize("manner", THOUGHTFUL)
def test_nil_does_not_replace_what_is_known(manner: str) -> None:
    nil = p.Fetched(1, contents=("BODY[]",), content=NIL)
    client = ask(belief(A), "FETCH 1 BODY[]", nil, OK, manner=manner)
    assert contents(client) == ["a"]
    assert contents(ask(client, "NOOP", OK, manner=manner)) == ["a"]


@pytest.mark.parametrize(
    ("command", "flags", "manner", "asks"),
    [
        ("FETCH 1 FLAGS", NO_FLAGS, AWARE, True),
        ("FETCH 1 FLAGS", NO_FLAGS, REISSUING, True),
        ("UID FETCH 1 FLAGS", NO_FLAGS, AWARE, True),
        ("FETCH 1 FLAGS", NO_FLAGS, NAIVE, False),
        ("FETCH 1 FLAGS", frozenset({SEEN}), AWARE, False),
        ("STORE 1 FLAGS ()", NO_FLAGS, AWARE, False),
        ("CHECK", NO_FLAGS, AWARE, False),
    ],
)
def test_no_flags_may_be_nil(command: str, flags: frozenset[str], manner: str, asks: bool) -> None:
    """RFC 2180 §4.1.3 (f): "a * 5 FETCH (FLAGS ()) response could be received if no flags were set on message 5, or because
    message 5 was expunged"."""
    client = ask(belief(A), command, p.Fetched(1, flags=flags), OK, manner=manner)
    assert wants(client) == (["NOOP"] if asks else [])


@pytest.mark.parametrize("manner", THOUGHTFUL)
def test_ambiguous_flags_are_resolved_by_noop(manner: str) -> None:
    """RFC 2180 §4.1.3 (g)."""
    done = talk(GONE, "fetch=4.1.3", program("FETCH 3:5 FLAGS"), manner)
    assert done.lines == ("C: FETCH 3:5 FLAGS", *stored(3, 4, 5, flags=""), "S: OK", *NEWS)


@pytest.mark.parametrize("manner", THOUGHTFUL)
@pytest.mark.parametrize("command", ["SEARCH DELETED", "UID SEARCH DELETED", "SEARCH 3:5", "SEARCH UID 4:*", "SEARCH ALL"])
def test_4_3_noop_after_a_missing_hit(command: str, manner: str) -> None:
    """RFC 2180 §4.3 (b): "the client SHOULD issue a NOOP command to see if the message was expunged"."""
    done = talk(GONE, "search=4.3", program(command), manner)
    assert done.sent == [command, "NOOP"]
    assert done.lines[-len(NEWS) :] == NEWS if not command.startswith("UID") else done.lines[-1] == "S: OK"
    assert len(done.client.shown) == 3


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("command", ["SEARCH DELETED", "UID SEARCH ALL", "SEARCH 1:3"])
def test_no_noop_where_nothing_is_missing(command: str, manner: str) -> None:
    assert talk(GONE, "search=ghosts", program(command), manner).sent == [command]
    assert talk(SCENARIO, "search=4.3", program(command), manner).sent == [command]


def test_what_is_not_known_is_not_expected() -> None:
    assert wants(ask(belief(UNKNOWN, Entry(2)), "SEARCH ALL", p.Found(()), OK, manner=AWARE)) == []
    assert wants(ask(belief(A), "SEARCH 2", BAD, manner=AWARE)) == []


# --- NEWNAME --------------------------------------------------------------------------------------------------------


def renamed(old: str = "FOO", new: str = "BAR") -> World:
    """C2 has a mailbox open that C1 has renamed."""
    old_text, new_text = astring(old), astring(new)
    world = start(clients=2)
    for text in (f"C2: CREATE {old_text}", f'C2: APPEND {old_text} "one"', f"C2: SELECT {old_text}"):
        world = after(world, "", text)
    return after(world, "rename=3.4-newname", f"C1: RENAME {old_text} {new_text}")


@pytest.mark.parametrize("manner", THOUGHTFUL)
@pytest.mark.parametrize(("old", "new"), [("FOO", "BAR"), ("FOO", "a b"), ("my mail", 'quo"ted\\'), ("(x)", "[y] z")])
@pytest.mark.parametrize(
    "command", ['APPEND {} "two"', 'APPEND {} (\\Seen) "two"', "STATUS {} (MESSAGES)", "COPY 1 {}", "UID COPY 1 {}"]
)
def test_newname_is_followed(command: str, old: str, new: str, manner: str) -> None:
    """RFC 2180 §3.4 (e): the hint says that the operation can succeed if it is issued with the new name."""
    first, second = (command.format(astring(name)) for name in (old, new))
    client = Client(name=old, shown=(Entry(1, NO_FLAGS),))
    done = talk(renamed(old, new), "rename=3.4-newname", program(first), manner, client)
    assert done.sent == [first, second]
    assert done.lines[-1] == "S: OK"
    assert done.client.name == new


@pytest.mark.parametrize("manner", THOUGHTFUL)
@pytest.mark.parametrize("command", ["SELECT", "EXAMINE"])
def test_newname_is_followed_for_select(command: str, manner: str) -> None:
    """A server may hint to whom it likes (ours only to a session that has the mailbox open)."""
    client = ask(Client(), f"{command} FOO", p.Tagged("NO", "", 'NEWNAME FOO "a b"'), todo=program("NOOP"), manner=manner)
    assert wants(client) == [f'{command} "a b"']


@pytest.mark.parametrize("manner", THOUGHTFUL)
@pytest.mark.parametrize("command", ["SUBSCRIBE FOO", "RENAME FOO X", "DELETE FOO"])
def test_newname_is_noted_where_nothing_is_issued_again(command: str, manner: str) -> None:
    done = talk(renamed(), "rename=3.4-newname", program(command), manner)
    assert (done.sent, done.client.name) == ([command], "BAR")


def test_a_naive_client_does_not_follow_newname() -> None:
    done = talk(renamed(), "rename=3.4-newname", program('APPEND FOO "two"'), NAIVE, Client(name="FOO", shown=(UNKNOWN,)))
    assert done.lines == ('C: APPEND FOO "two"', "S: NO [NEWNAME FOO BAR]")
    assert done.client.name == "FOO"


@pytest.mark.parametrize("manner", THOUGHTFUL)
def test_newname_and_expunges_with_one_copy(manner: str) -> None:
    """RFC 2180 §4.4.1 (b): EXPUNGEs come with the COPY, so that its numbers mean other messages when it is issued again."""
    world = start("Mailbox: FOO 4 messages, 1 \\Deleted", "Selected: FOO by C1 C2")
    world = after(world, "rename=3.4-newname", "C1: EXPUNGE", "C1: RENAME FOO BAR")
    done = talk(world, "rename=3.4-newname", program("COPY 2 FOO"), manner)
    box = done.world.by_name("BAR")
    assert box is not None
    assert [message.content for message in box.messages] == ["foo2", "foo3", "foo4", "foo2"]


@pytest.mark.parametrize("manner", THOUGHTFUL)
def test_newname_and_retry(manner: str) -> None:
    done = talk(renamed(), "rename=3.4-newname", program('APPEND FOO "two"', retry=True), manner)
    assert done.sent == ['APPEND FOO "two"', 'APPEND BAR "two"']


# --- any server, any history ----------------------------------------------------------------------------------------


class Pair(NamedTuple):
    """A naive client, and whether its belief was led astray in a way that no client could notice."""

    client: Client
    misled: bool = False


def wrong(world: World, sid: int, client: Client) -> str:
    """Where that client's belief is not the server's view; "" if nowhere."""
    session = world.sessions[sid]
    if session.state != SELECTED:
        return "shows messages of no mailbox" if client.connected and client.shown and session.state < SELECTED else ""
    if len(client.shown) != len(session.view):
        return f"shows {len(client.shown)} messages, {len(session.view)} are counted"
    for number, (entry, (uid, flags)) in enumerate(zip(client.shown, session.view, strict=True), 1):
        if entry.uid not in (None, uid) or entry.flags not in (None, flags):
            return f"shows {number} as {entry}, it is {uid} {set(flags)}"
    return ""


def follow(world: World, profile: ServerProfile, course: list[Step], every_store: bool) -> None:
    """Naive clients apply every response of that course of events, and are right at every moment.

    What no client can notice is left out: a mailbox that was renamed under it and that it then deletes under its new
    name, or whose old name (now another mailbox's) it deletes. Unless `every_store`, so are silent STOREs of `*`, and by
    UID where it doesn't know all UIDs.
    """
    pairs = [Pair(clients.starting(world, sid)) for sid in range(len(world.sessions))]
    for who, what, pick in course:
        if isinstance(what, (agent.Deliver, agent.Purge, agent.Relabel)):
            world = agent.act(world, what)
            continue
        if not pairs[who].client.connected or (not every_store and _ambiguous(what, pairs[who].client)):
            continue
        box = world.open_in(who)
        if isinstance(what, p.Delete) and box is not None and box.name != pairs[who].client.name:
            pairs[who] = pairs[who]._replace(misled=True)
        if isinstance(what, (p.Select, p.Close)):
            pairs[who] = pairs[who]._replace(misled=False)
        pairs[who] = pairs[who]._replace(client=clients.send(pairs[who].client, what, NAIVE))
        outcomes = execute(world, who, what, profile)
        world, responses = outcomes[pick % len(outcomes)]
        for to, response in responses:
            client = clients.receive(pairs[to].client, response, NOTHING, NAIVE)
            pairs[to] = pairs[to]._replace(client=client)
        for sid, pair in enumerate(pairs):
            assert pair.misled or not wrong(world, sid, pair.client), (sid, wrong(world, sid, pair.client))


def _ambiguous(command: p.Command, client: Client) -> bool:
    if not isinstance(command, p.Store) or not command.silent:
        return False
    star = any(STAR in pair for pair in command.numbers)
    return star or (command.uid and any(entry.uid is None for entry in client.shown))


@settings(max_examples=200)
@given(worlds(), profiles(), steps(most=14))
def test_a_naive_client_that_applies_all_responses_has_the_servers_view(
    world: World, profile: Profile, course: list[Step]
) -> None:
    follow(world, profile, course, every_store=False)


_modes, _flags = st.sampled_from("+-"), st.just(frozenset({SEEN}))
_silent = st.builds(p.Store, sequence_sets(3), _modes, _flags, st.just(True), st.booleans())
_stirring: tuple[st.SearchStrategy[p.Command], ...] = (
    _silent,
    st.sampled_from((p.Noop(), p.Expunge(), p.Append("FOO", "x"), p.Select("FOO"), p.Fetch(((1, STAR),), ("FLAGS",)))),
)


def stores() -> st.SearchStrategy[list[Step]]:
    """Silent STOREs while messages come and go."""
    return st.lists(st.builds(Step, st.integers(0, 1), st.one_of(*_stirring), st.integers(0, 7)), min_size=4, max_size=10)


@settings(max_examples=200)
@given(worlds(2), profiles(), stores())
def test_the_same_while_messages_come_and_go(world: World, profile: Profile, course: list[Step]) -> None:
    follow(world, profile, course, every_store=False)


def search_for_wrong_belief(course: st.SearchStrategy[list[Step]], every_store: bool = False) -> None:
    """Random histories, ended by the first wrong belief."""

    @settings(max_examples=1000, database=None, phases=[Phase.generate], derandomize=True)
    @given(worlds(), profiles(), course)
    def check(world: World, profile: Profile, course: list[Step]) -> None:
        follow(world, profile, course, every_store)

    check()


def test_the_same_with_every_silent_store() -> None:
    search_for_wrong_belief(stores(), every_store=True)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("_forget", lambda client, number: client._replace(shown=client.shown[:-1])),
        ("_succeeded", lambda client, command: client),
        ("_learn", lambda client, response, manner: client),
    ],
)
def test_a_wrong_belief_is_found(monkeypatch: pytest.MonkeyPatch, name: str, fault: object) -> None:
    monkeypatch.setattr(clients, name, fault)
    with pytest.raises(AssertionError):
        search_for_wrong_belief(steps(most=14))


def recover(
    world: World, profile: ServerProfile, before: list[Step], command: p.Command, manner: str, picks: list[int]
) -> None:
    """Others act, C1 takes part as its manner has it; then C1 gives one command, and nobody else moves: it ends."""
    client = clients.starting(world, 0)
    for who, what, pick in before:
        if isinstance(what, (agent.Deliver, agent.Purge, agent.Relabel)):
            world = agent.act(world, what)
            continue
        if who == 0:
            continue
        outcomes = execute(world, who, what, profile)
        world, responses = outcomes[pick % len(outcomes)]
        for to, response in responses:
            if to == 0:
                client = clients.receive(client, response, NOTHING, manner)
    todo = Program((Planned((command,)),))
    sent = 0
    while options := clients.options(client, todo):
        sent += 1
        assert sent <= 1 + MOST_EXTRA, "no end"
        client = clients.send(client, options[0], manner)
        outcomes = execute(world, 0, options[0], profile)
        world, responses = outcomes[picks[sent % len(picks)] % len(outcomes)]
        for to, response in responses:
            if to == 0:
                client = clients.receive(client, response, todo, manner)
    assert client.busy is None, "unanswered"
    assert client.pursuit is None, "a pursuit that was not ended"
    assert client.doubt == (), "a doubt that was not resolved"
    assert client.todo == ()


RECOVERIES = (
    worlds(), profiles(), steps(most=10), commands(), st.sampled_from(THOUGHTFUL),
    st.lists(st.integers(0, 7), min_size=1, max_size=4),
)  # fmt: skip


@settings(max_examples=250)
@given(*RECOVERIES)
def test_recovery_ends_when_nobody_else_moves(
    world: World, profile: Profile, before: list[Step], command: p.Command, manner: str, picks: list[int]
) -> None:
    recover(world, profile, before, command, manner, picks)


def test_recovery_without_end_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "_resolve", lambda client, *_: client._replace(todo=(p.Noop(),)))

    @settings(max_examples=1000, database=None, phases=[Phase.generate], derandomize=True)
    @given(*RECOVERIES)
    def check(
        world: World, profile: Profile, before: list[Step], command: p.Command, manner: str, picks: list[int]
    ) -> None:
        recover(world, profile, before, command, manner, picks)

    with pytest.raises(AssertionError, match="no end"):
        check()


# --- any responses at all -------------------------------------------------------------------------------------------

_numbers = st.integers(-1, 6)
_responses: st.SearchStrategy[p.Response] = st.one_of(
    st.builds(p.Exists, st.integers(0, 6)),
    st.builds(p.Expunged, _numbers),
    st.builds(p.Fetched, _numbers, st.none() | st.just(NO_FLAGS), st.none() | _numbers, st.just(("BODY[]",)), st.just(NIL)),
    st.builds(p.Found, st.lists(_numbers, max_size=3).map(tuple)),
    st.builds(p.Tagged, st.sampled_from(("OK", "NO", "BAD")), st.just(""), st.none() | st.just("TRYCREATE")),
)


def babble(course: list[tuple[p.Command, list[p.Response]]], manner: str) -> None:
    """A client among responses that no server gives; it must bear them."""
    client = belief(A, B, C)
    for command, responses in course:
        if client.busy is None:
            client = clients.send(client, (*client.todo, command)[0], manner)
        client = hear(client, *responses, manner=manner)
        assert set(client.doubt) <= set(range(1, len(client.shown) + 1)), "a doubt about nothing"


@settings(max_examples=300, phases=[Phase.generate], derandomize=True, database=None)
@given(st.lists(st.tuples(commands(), st.lists(_responses, max_size=5)), max_size=6))
def test_a_naive_client_bears_any_response(course: list[tuple[p.Command, list[p.Response]]]) -> None:
    babble(course, NAIVE)


@pytest.mark.parametrize("manner", THOUGHTFUL)
def test_a_thoughtful_client_bears_an_exists_that_falls(manner: str) -> None:
    """No server may do that (RFC 3501 §7.3.1); a faulty one, or a real one, does."""
    nil = p.Fetched(3, contents=("BODY[]",), content=NIL)
    client = ask(belief(A, B, Entry(7)), "FETCH 3 BODY[]", nil, p.Exists(2), OK, manner=manner)
    client = ask(client, "NOOP", OK, manner=manner)
    assert client.shown == (A, B)


@pytest.mark.parametrize("code", ["NEWNAME FOO", "NEWNAME ", 'NEWNAME FOO "x', "NEWNAME ( )"])
def test_a_malformed_newname_is_no_hint(code: str) -> None:
    client = ask(belief(A), "STATUS FOO (MESSAGES)", p.Tagged("NO", "", code), manner=AWARE)
    assert (client.name, wants(client)) == ("FOO", [])
