"""Does a client recover as RFC 2180 tells it to? (`model.client`; RFC 2180 §3.4, §4)

RFC 2180's stories played against the server.
"""

from __future__ import annotations

import pytest
from commands import after, start
from telling_clients import A, BAD, GONE, OK, SCENARIO, THOUGHTFUL, UNKNOWN, ask, belief, program, talk, wants

from model import protocol as p
from model.client.belief import AWARE, MANNERS, NAIVE, REISSUING, Client, Entry
from model.protocol.flags import NIL, NO_FLAGS, SEEN
from model.protocol.writing import astring
from model.store.world import World


# --- RFC 2180's stories: NOOP after NO, then re-issue or deduce -------------------------------------------------------

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


# --- NIL data, FLAGS (), and missing hits -----------------------------------------------------------------------------

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


# --- NEWNAME ----------------------------------------------------------------------------------------------------------


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
