"""What does a client make of each response? (`model.client.receiving`; RFC 2180 §3.4, §4)"""

from __future__ import annotations

import pytest
from commands import after, commands, start
from hypothesis import Phase, given, settings, strategies as st
from telling_clients import A, B, BAD, C, NO, OK, THOUGHTFUL, UNKNOWN, ask, belief, hear, program, talk, wants

from model import client as clients, protocol as p
from model.client.belief import AWARE, MANNERS, NAIVE, Client, Entry
from model.protocol.flags import DELETED, FLAGGED, NIL, NO_FLAGS, SEEN


# --- receive, response by response ------------------------------------------------------------------------------------


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
    """RFC 3501 §6.4.6. Without .SILENT, the FETCH responses say what is true."""
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


# --- any responses at all ---------------------------------------------------------------------------------------------

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
