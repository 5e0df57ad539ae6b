"""Commands on messages, above all on messages that are expunged and not yet announced (RFC 3501 §6.4, RFC 2180 §4).

`GONE` is the scenario of RFC 2180 §4.1: 7 messages, of which client 1 has expunged 4:7; client 2 has not been told.
"""

from __future__ import annotations

import pytest
from commands import after, play, start

from model.protocol.flags import DELETED
from model.store.session import LOGGED_OUT

SCENARIO = start("Mailbox: FOO 7 messages, 4:7 \\Deleted", "Mailbox: BAR", "Selected: FOO by C1 C2")
GONE = after(SCENARIO, "", "C1: EXPUNGE")
TOLD = ("S2: * 4 EXPUNGE",) * 4
FLAT = start("Mailbox: FOO 3 messages, 2 \\Deleted", "Mailbox: BAR", "Selected: FOO by C1 C2")


def flags(*pairs: tuple[int, str]) -> tuple[str, ...]:
    """FETCH responses to client 2 with those numbers and flags."""
    return tuple(f"S2: * {number} FETCH (FLAGS ({text}))" for number, text in pairs)


# --- session states -------------------------------------------------------------------------------------------------

SELECTED_COMMANDS = (
    "CHECK",
    "CLOSE",
    "EXPUNGE",
    "FETCH 1 FLAGS",
    "UID FETCH 1 FLAGS",
    "STORE 1 +FLAGS (\\Seen)",
    "UID STORE 1 +FLAGS.SILENT (\\Seen)",
    "SEARCH ALL",
    "UID SEARCH ALL",
    "COPY 1 BAR",
    "UID COPY 1 BAR",
)


@pytest.mark.parametrize("command", SELECTED_COMMANDS)
def test_bad_without_a_selected_mailbox(command: str) -> None:
    """RFC 3501 §6.4."""
    assert play(SCENARIO, "", f"C3: {command}") == ("S3: BAD",)
    assert after(SCENARIO, "", f"C3: {command}") == SCENARIO


@pytest.mark.parametrize("command", ["FETCH 8 FLAGS", "STORE 7:8 FLAGS (\\Seen)", "SEARCH NOT 8", "COPY 1,8 BAR"])
@pytest.mark.parametrize(("profile", "said"), [("beyond=bad", "BAD"), ("beyond=no", "NO")])
def test_a_number_beyond_the_view(command: str, profile: str, said: str) -> None:
    """RFC 3501 §9, seq-number; NO as in RFC 2180 §4.1.1 (d). Nothing is changed, not even in part."""
    assert play(SCENARIO, profile, f"C2: {command}") == (f"S2: {said}",)
    assert after(SCENARIO, profile, f"C2: {command}") == SCENARIO


@pytest.mark.parametrize("command", ["FETCH * FLAGS", "FETCH 1:* FLAGS", "STORE * FLAGS ()", "SEARCH *", "COPY * FOO"])
def test_star_in_an_empty_mailbox_is_beyond_it(command: str) -> None:
    assert play(start("Selected: INBOX by C1"), "", f"C1: {command}") == ("S1: BAD",)


@pytest.mark.parametrize("command", ["UID FETCH 8:9 FLAGS", "UID STORE 8 FLAGS ()", "UID COPY 8 BAR"])
def test_an_unknown_uid_is_no_error(command: str) -> None:
    """RFC 3501 §6.4.8."""
    assert play(SCENARIO, "", f"C2: {command}") == ("S2: OK",)
    assert after(SCENARIO, "", f"C2: {command}") == SCENARIO


def test_what_has_arrived_but_is_not_announced_has_no_number() -> None:
    world = after(SCENARIO, "", 'Agent: DELIVER FOO "m8"')
    assert play(world, "tell=lazy", "C2: FETCH 8 UID", "C2: UID FETCH 8 UID", "C2: FETCH * UID") == (
        "S2: BAD",
        "S2: OK",
        "S2: * 7 FETCH (UID 7)",
        "S2: OK",
    )


def test_logout() -> None:
    """RFC 3501 §6.1.3: BYE, then OK; no message is removed; nothing is heard afterwards."""
    world = after(SCENARIO, "", "C1: LOGOUT")
    assert play(SCENARIO, "", "C1: LOGOUT", "C1: NOOP", "C1: LOGOUT", "C3: STATUS FOO (MESSAGES)") == (
        "S1: * BYE",
        "S1: OK",
        "S3: * STATUS FOO (MESSAGES 7)",
        "S3: OK",
    )
    assert world.sessions[0].state == LOGGED_OUT
    for command in SELECTED_COMMANDS:
        assert after(world, "", f"C1: {command}") == world


@pytest.mark.parametrize("command", SELECTED_COMMANDS)
def test_a_doomed_session_hears_bye_only(command: str) -> None:
    world = after(SCENARIO, "delete=3.3,disconnect=late", "C3: DELETE FOO")
    assert play(world, "disconnect=late", f"C1: {command}", "C1: NOOP") == ("S1: * BYE",)
    assert play(world, "disconnect=late", "C2: NOOP") == ("S2: * BYE",)


# --- news -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "expunges", "arrival", "change"),
    [
        ("NOOP", True, True, True),
        ("CHECK", True, True, True),
        ("FETCH 1 UID", False, True, True),
        ("STORE 1 +FLAGS ()", False, True, True),
        ("SEARCH 1", False, True, True),
        ("UID FETCH 1 UID", True, True, True),
        ("UID STORE 1 +FLAGS ()", True, True, True),
        ("UID SEARCH 1", True, True, True),
        ("COPY 1 BAR", True, True, True),
        ("EXPUNGE", True, True, True),
        ("STATUS BAR (MESSAGES)", True, True, True),
        ('LIST "" BAR', True, True, True),
        ("CREATE NEW", True, True, True),
        ('APPEND BAR "m"', True, True, True),
        ("CREATE FOO", True, True, True),
        ("FETCH 9 UID", False, False, False),
        ("CLOSE", False, False, False),
        ("LOGOUT", False, False, False),
        ("SELECT BAR", False, False, False),
    ],
)
def test_what_an_eager_server_tells(command: str, expunges: bool, arrival: bool, change: bool) -> None:
    """RFC 3501 §7.4.1, RFC 2180 §4 (c): EXPUNGE not with FETCH, STORE, SEARCH; but with their UID forms, and with a NO."""
    world = after(GONE, "", 'C3: APPEND FOO "m8"', "C1: STORE 2 +FLAGS.SILENT (\\Flagged)")
    said = play(world, "tell=eager", f"C2: {command}")
    assert said.count("S2: * 4 EXPUNGE") == 4 * expunges
    assert (f"S2: * {4 if expunges else 8} EXISTS" in said) == arrival
    assert ("S2: * 2 FETCH (FLAGS (\\Flagged))" in said) == change


@pytest.mark.parametrize(
    ("command", "news"),
    [
        ("NOOP", (*TOLD, "S2: * 4 EXISTS", "S2: * 2 FETCH (FLAGS (\\Flagged))")),
        ("COPY 1 BAR", TOLD),
        ("EXPUNGE", TOLD),
        ('APPEND FOO "m9"', ("S2: * 9 EXISTS",)),
        ("UID FETCH 100 UID", ()),
        ("CREATE NEW", ()),
    ],
)
def test_what_a_lazy_server_must_tell(command: str, news: tuple[str, ...]) -> None:
    world = after(GONE, "", 'C3: APPEND FOO "m8"', "C1: STORE 2 +FLAGS.SILENT (\\Flagged)")
    assert play(world, "tell=lazy", f"C2: {command}") == (*news, "S2: OK")


def test_exists_counts_what_the_client_still_counts() -> None:
    """RFC 3501 §7.4.1: 4:7 are gone, but not announced."""
    world = after(GONE, "", 'C3: APPEND FOO "m8"')
    assert play(world, "tell=eager", "C2: SEARCH 1", "C2: NOOP") == (
        "S2: * SEARCH 1",
        "S2: * 8 EXISTS",
        "S2: OK",
        *TOLD,
        "S2: * 4 EXISTS",
        "S2: OK",
    )


def test_what_came_and_went_before_it_was_told_is_never_told() -> None:
    world = after(SCENARIO, "", 'Agent: DELIVER FOO "m8"', "Agent: EXPUNGE FOO 8", 'Agent: DELIVER FOO "m9"')
    assert play(world, "", "C2: NOOP") == ("S2: * 8 EXISTS", "S2: OK")
    assert play(world, "", "C2: NOOP", "C2: FETCH 8 UID")[2:] == ("S2: * 8 FETCH (UID 9)", "S2: OK")


@pytest.mark.parametrize(("order", "numbers"), [("ascending", (1, 2, 3)), ("descending", (5, 3, 1))])
def test_the_order_of_expunges(order: str, numbers: tuple[int, ...]) -> None:
    world = after(start("Mailbox: FOO 5 messages", "Selected: FOO by C2"), "", "Agent: EXPUNGE FOO 1,3,5")
    said = play(world, f"order={order}", "C2: NOOP")
    assert said == (*(f"S2: * {number} EXPUNGE" for number in numbers), "S2: * 2 EXISTS", "S2: OK")


# --- FETCH ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("items", "seen"),
    [
        ("BODY[]", True),
        ("BODY[TEXT]", True),
        ("BODY[HEADER]", True),
        ("BODY[]<0.5>", True),
        ("RFC822", True),
        ("RFC822.TEXT", True),
        ("RFC822.HEADER", False),
        ("BODY.PEEK[]", False),
        ("BODY.PEEK[TEXT]<0.5>", False),
        ("BODY", False),
        ("BODYSTRUCTURE", False),
        ("ENVELOPE", False),
        ("FULL", False),
        ("(BODY.PEEK[] BODY[])", True),
    ],
)
def test_seen_is_set_by_content_unless_peeked(items: str, seen: bool) -> None:
    """RFC 3501 §6.4.5: and then FLAGS are in the response; others are told as news."""
    said = play(FLAT, "", f"C1: FETCH 1 {items}", "C2: NOOP")
    assert said[0].startswith("S1: * 1 FETCH (")
    assert ("FLAGS (\\Seen)" in said[0]) == seen
    assert said[2:] == ((*flags((1, "\\Seen")), "S2: OK") if seen else ("S2: OK",))


def test_seen_is_told_once() -> None:
    assert play(FLAT, "", "C1: FETCH 1 BODY[]", "C1: FETCH 1 BODY[]", "C1: NOOP") == (
        'S1: * 1 FETCH (FLAGS (\\Seen) BODY[] "foo1")',
        "S1: OK",
        'S1: * 1 FETCH (BODY[] "foo1")',
        "S1: OK",
        "S1: OK",
    )


def test_uid_fetch_gives_the_uid_and_the_sequence_number() -> None:
    """RFC 3501 §6.4.8."""
    world = after(FLAT, "", "C1: EXPUNGE")
    assert play(world, "", "C1: UID FETCH 3 FLAGS", "C1: UID FETCH 2:9 UID") == (
        "S1: * 2 FETCH (UID 3 FLAGS ())",
        "S1: OK",
        "S1: * 2 FETCH (UID 3)",
        "S1: OK",
    )


def test_fetch_answers_in_order_and_once_each() -> None:
    assert play(FLAT, "", "C2: FETCH 3,1:2,2 FLAGS") == (*flags((1, ""), (2, "\\Deleted"), (3, "")), "S2: OK")


FETCHED = {n: f'S2: * {n} FETCH (FLAGS ({"" if n < 4 else DELETED}) BODY[] "foo{n}")' for n in range(1, 8)}
NIL = {n: f'S2: * {n} FETCH (FLAGS () BODY[] "")' for n in range(1, 8)}


@pytest.mark.parametrize(
    ("profile", "numbers", "said"),
    [
        ("fetch=4.1.1", "4:7", (FETCHED[4], FETCHED[5], FETCHED[6], FETCHED[7], "S2: OK")),
        ("fetch=4.1.1", "3:5", (FETCHED[3], FETCHED[4], FETCHED[5], "S2: OK")),
        ("fetch=4.1.2", "3:5", (FETCHED[3], "S2: NO")),
        ("fetch=4.1.2", "4:7", ("S2: NO",)),
        ("fetch=4.1.2", "1:3", (FETCHED[1], FETCHED[2], FETCHED[3], "S2: OK")),
        ("fetch=4.1.3", "3:5", (FETCHED[3], NIL[4], NIL[5], "S2: OK")),
        ("fetch=4.1.3", "4:7", ("S2: NO",)),
        ("fetch=4.1.3", "7,3", (FETCHED[3], NIL[7], "S2: OK")),
        ("fetch=4.1.3", "1:2", (FETCHED[1], FETCHED[2], "S2: OK")),
    ],
)
@pytest.mark.parametrize("tell", ["eager", "lazy"])
def test_fetch_of_expunged_messages(profile: str, numbers: str, said: tuple[str, ...], tell: str) -> None:
    """RFC 2180 §4.1, §4.1.1 (a, c), §4.1.2, §4.1.3 (a, b): no EXPUNGE with it, and all with the NOOP that follows."""
    lines = (f"C2: FETCH {numbers} (FLAGS BODY.PEEK[])", "C2: NOOP")
    assert play(GONE, f"{profile},tell={tell}", *lines) == (*said, *TOLD, "S2: * 3 EXISTS", "S2: OK")


def test_after_the_news_the_ghosts_are_beyond_the_view() -> None:
    """RFC 2180 §4.1.1 (d): the last step of its example."""
    assert play(GONE, "fetch=4.1.1,beyond=no", "C2: NOOP", "C2: FETCH 4:7 RFC822")[-1] == "S2: NO"


@pytest.mark.parametrize("profile", ["fetch=4.1.1", "fetch=4.1.2", "fetch=4.1.3"])
def test_fetch_marks_the_survivors_seen_and_no_ghost(profile: str) -> None:
    world = after(GONE, profile, "C2: FETCH 3:5 BODY[]")
    foo = world.by_name("FOO")
    assert foo is not None
    assert [message.uid for message in foo.messages + foo.expunged if "\\Seen" in message.flags] == [3]


def test_a_ghost_s_uid_is_its_own() -> None:
    """RFC 2180 §4.1.3 (e) gives no empty UID."""
    assert play(GONE, "fetch=4.1.3,tell=lazy", "C2: UID FETCH 3:4 FLAGS") == (
        "S2: * 3 FETCH (UID 3 FLAGS ())",
        "S2: * 4 FETCH (UID 4 FLAGS ())",
        "S2: OK",
    )


def test_an_eager_uid_fetch_serves_by_the_old_numbers_and_then_expunges() -> None:
    assert play(GONE, "fetch=4.1.1,tell=eager", "C2: UID FETCH 7 BODY.PEEK[]") == (
        'S2: * 7 FETCH (UID 7 BODY[] "foo7")',
        *TOLD,
        "S2: OK",
    )


# --- STORE ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "result"),
    [
        ("+FLAGS (\\Seen)", "\\Deleted \\Seen"),
        ("-FLAGS (\\Deleted)", ""),
        ("-FLAGS (\\Seen)", "\\Deleted"),
        ("FLAGS (\\Seen $Work)", "\\Seen $Work"),
        ("FLAGS ()", ""),
        ("+FLAGS ()", "\\Deleted"),
        ("+FLAGS \\Seen \\Draft", "\\Deleted \\Seen \\Draft"),
        ("+FLAGS (\\sEEN)", "\\Deleted \\Seen"),
    ],
)
def test_store(item: str, result: str) -> None:
    """RFC 3501 §6.4.6."""
    assert play(FLAT, "", f"C2: STORE 2 {item}", "C2: FETCH 2 FLAGS") == (*flags((2, result)), "S2: OK") * 2


def test_stores_of_two_sessions_both_take_effect() -> None:
    lines = ("C1: STORE 1 +FLAGS (\\Seen)", "C2: STORE 1 +FLAGS (\\Flagged)", "C1: NOOP")
    assert play(FLAT, "tell=lazy", *lines)[2:] == (
        *flags((1, "\\Flagged \\Seen")),
        "S2: OK",
        "S1: * 1 FETCH (FLAGS (\\Flagged \\Seen))",
        "S1: OK",
    )


@pytest.mark.parametrize("tell", ["eager", "lazy"])
def test_silent_is_about_one_s_own_change_only(tell: str) -> None:
    """RFC 3501 §6.4.6: what another has changed is still told; what the client has set itself is not."""
    alone = play(FLAT, f"tell={tell}", "C2: STORE 1:3 +FLAGS.SILENT (\\Seen)", "C2: NOOP")
    assert alone == ("S2: OK", "S2: OK")
    both = ("C1: STORE 1 +FLAGS (\\Flagged)", "C2: STORE 1 +FLAGS.SILENT (\\Seen)", "C2: NOOP")
    assert play(FLAT, f"tell={tell}", *both).count("S2: * 1 FETCH (FLAGS (\\Flagged \\Seen))") == 1


def test_a_silent_replacement_leaves_nothing_to_tell() -> None:
    lines = ("C1: STORE 1 +FLAGS (\\Flagged)", "C2: STORE 1 FLAGS.SILENT (\\Seen)", "C2: NOOP", "C1: NOOP")
    assert play(FLAT, "tell=lazy", *lines)[2:] == ("S2: OK", "S2: OK", "S1: * 1 FETCH (FLAGS (\\Seen))", "S1: OK")


def test_uid_store_answers_with_uids() -> None:
    assert play(FLAT, "", "C2: UID STORE 3,9 +FLAGS (\\Seen)") == ("S2: * 3 FETCH (UID 3 FLAGS (\\Seen))", "S2: OK")


SET = flags((1, "\\Seen"), (2, "\\Seen"), (3, "\\Seen"))


@pytest.mark.parametrize(
    ("profile", "numbers", "item", "said", "seen"),
    [
        pytest.param("store=4.2.3", "1:7", "+FLAGS.SILENT", ("S2: OK",), 3, id="4.2.1 with 4.2.3"),
        pytest.param("store=4.2.4", "1:7", "+FLAGS.SILENT", ("S2: OK",), 3, id="4.2.1 with 4.2.4"),
        pytest.param("store=4.2.4", "5:7", "+FLAGS.SILENT", ("S2: OK",), 0, id="4.2.1, only expunged"),
        pytest.param("store=4.2.3", "5:7", "+FLAGS", ("S2: NO",), 0, id="4.2.2 with 4.2.3"),
        pytest.param("store=4.2.4", "5:7", "+FLAGS", ("S2: NO",), 0, id="4.2.2 with 4.2.4"),
        pytest.param("store=4.2.3", "1:7", "+FLAGS", (*SET, "S2: NO"), 3, id="4.2.3"),
        pytest.param("store=4.2.4", "1:7", "+FLAGS", ("S2: NO",), 0, id="4.2.4"),
        pytest.param("store=4.2.3", "1:3", "+FLAGS", (*SET, "S2: OK"), 3, id="no ghost with 4.2.3"),
        pytest.param("store=4.2.4", "1:3", "+FLAGS", (*SET, "S2: OK"), 3, id="no ghost with 4.2.4"),
    ],
)
@pytest.mark.parametrize("tell", ["eager", "lazy"])
def test_store_on_expunged_messages(
    profile: str, numbers: str, item: str, said: tuple[str, ...], seen: int, tell: str
) -> None:
    """RFC 2180 §4.2, §4.2.1 (a, b), §4.2.2, §4.2.3, §4.2.4."""
    world = after(GONE, f"{profile},tell={tell}", f"C2: STORE {numbers} {item} (\\Seen)")
    assert play(GONE, f"{profile},tell={tell}", f"C2: STORE {numbers} {item} (\\Seen)") == said
    assert play(world, "", "C2: NOOP") == (*TOLD, "S2: * 3 EXISTS", "S2: OK")
    assert play(world, "", "C1: SEARCH SEEN")[0] == " ".join(["S1: * SEARCH", *map(str, range(1, seen + 1))])


def test_a_ghost_s_flags_are_beyond_change() -> None:
    world = after(GONE, "store=4.2.3", "C2: STORE 1:7 FLAGS.SILENT ($Work)")
    foo = world.by_name("FOO")
    assert foo is not None
    assert {message.flags for message in foo.expunged} == {frozenset({"\\Deleted"})}


# --- SEARCH ---------------------------------------------------------------------------------------------------------

SEARCHED = start("Mailbox: FOO 4 messages, 1:2 \\Seen, 3 \\Deleted $Work", "Mailbox: BAR", "Selected: FOO by C1 C2")


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("ALL", "1 2 3 4"),
        ("SEEN", "1 2"),
        ("UNSEEN", "3 4"),
        ("UNSEEN DELETED", "3"),
        ("OR SEEN DELETED", "1 2 3"),
        ("NOT 2:3", "1 4"),
        ("NOT NOT SEEN", "1 2"),
        ("OR (SEEN 1) (UNSEEN 4)", "1 4"),
        ("UID 3:*", "3 4"),
        ("UID 9:*", "4"),
        ("UID 9", ""),
        ("*", "4"),
        ("4:2", "2 3 4"),
        ("KEYWORD $Work", "3"),
        ("UNKEYWORD $Work SEEN", "1 2"),
        ("TEXT FOO2", "2"),
        ('SUBJECT ""', "1 2 3 4"),
        ('BODY "none"', ""),
    ],
)
def test_search(key: str, found: str) -> None:
    """RFC 3501 §6.4.4."""
    assert play(SEARCHED, "", f"C1: SEARCH {key}") == (f"S1: * SEARCH {found}".rstrip(), "S1: OK")


def test_uid_search_gives_uids_and_takes_numbers() -> None:
    world = after(SEARCHED, "", "C1: EXPUNGE")
    assert play(world, "", "C1: UID SEARCH 3", "C1: UID SEARCH ALL", "C1: SEARCH UID 4")[::2] == (
        "S1: * SEARCH 4",
        "S1: * SEARCH 1 2 4",
        "S1: * SEARCH 3",
    )


@pytest.mark.parametrize(
    ("profile", "key", "found"),
    [
        ("search=4.3", "ALL", " 1 2 3"),
        ("search=4.3", "DELETED", ""),
        ("search=4.3", "NOT 1", " 2 3"),
        ("search=4.3", "*", ""),
        ("search=4.3", "UID 7", ""),
        ("search=ghosts", "ALL", " 1 2 3 4 5 6 7"),
        ("search=ghosts", "DELETED", " 4 5 6 7"),
        ("search=ghosts", "*", " 7"),
        ("search=ghosts", "TEXT foo5", " 5"),
    ],
)
@pytest.mark.parametrize("tell", ["eager", "lazy"])
def test_search_of_expunged_messages(profile: str, key: str, found: str, tell: str) -> None:
    """RFC 2180 §4.3."""
    assert play(GONE, f"{profile},tell={tell}", f"C2: SEARCH {key}") == (f"S2: * SEARCH{found}", "S2: OK")


def test_search_does_not_find_what_this_client_was_told_is_gone() -> None:
    """C1 has expunged them; that they are kept for C2 is nothing to C1."""
    assert play(GONE, "search=ghosts", "C1: SEARCH ALL") == ("S1: * SEARCH 1 2 3", "S1: OK")


# --- COPY -----------------------------------------------------------------------------------------------------------


def test_copy_keeps_flags_and_content_and_order() -> None:
    """RFC 3501 §6.4.7."""
    lines = ("C1: COPY 3,1:2 BAR", "C3: SELECT BAR", "C3: FETCH 1:* (FLAGS BODY.PEEK[])")
    assert play(FLAT, "", *lines)[-4:] == (
        'S3: * 1 FETCH (FLAGS () BODY[] "foo1")',
        'S3: * 2 FETCH (FLAGS (\\Deleted) BODY[] "foo2")',
        'S3: * 3 FETCH (FLAGS () BODY[] "foo3")',
        "S3: OK",
    )


@pytest.mark.parametrize("tell", ["eager", "lazy"])
def test_copy_of_expunged_messages_refused(tell: str) -> None:
    """RFC 2180 §4.4.1 (a, b, c): pending EXPUNGEs come with it, and nothing is copied, not even what is there."""
    profile = f"copy=4.4.1,tell={tell}"
    assert play(GONE, profile, "C2: COPY 2,4,6 BAR", "C3: STATUS BAR (MESSAGES UIDNEXT)") == (
        *TOLD,
        "S2: NO",
        "S3: * STATUS BAR (MESSAGES 0 UIDNEXT 1)",
        "S3: OK",
    )


@pytest.mark.parametrize("tell", ["eager", "lazy"])
def test_copy_of_expunged_messages_by_their_old_numbers(tell: str) -> None:
    """RFC 2180 §4.4.2 (a, b, c, e): 2,4,6 are those at the start of the COPY."""
    lines = ("C2: COPY 2,4,6 BAR", "C3: SELECT BAR", "C3: FETCH 1:* BODY.PEEK[]")
    said = play(GONE, f"copy=4.4.2,tell={tell}", *lines)
    assert said[:5] == (*TOLD, "S2: OK")
    assert said[-4:] == (
        'S3: * 1 FETCH (BODY[] "foo2")',
        'S3: * 2 FETCH (BODY[] "foo4")',
        'S3: * 3 FETCH (BODY[] "foo6")',
        "S3: OK",
    )


@pytest.mark.parametrize("profile", ["copy=4.4.1", "copy=4.4.2"])
def test_copy_of_survivors_by_their_old_numbers(profile: str) -> None:
    """RFC 2180 §4.4.2 (a, b, c, d), its first example: 3 is expunged, 2,4,6,8 are copied, which are 2,3,5,7 at the end."""
    world = after(start("Mailbox: FOO 8 messages", "Mailbox: FRED", "Selected: FOO by C1"), "", "Agent: EXPUNGE FOO 3")
    lines = ("C1: COPY 2,4,6,8 FRED", "C2: SELECT FRED", "C2: FETCH 1:* BODY.PEEK[]", "C1: FETCH 2,3,5,7 BODY.PEEK[]")
    said = play(world, f"{profile},tell=lazy", *lines)
    assert said[:2] == ("S1: * 3 EXPUNGE", "S1: OK")
    copied = [line.partition("BODY[]")[2] for line in said if line.startswith("S2") and "FETCH" in line]
    at_the_end = [line.partition("BODY[]")[2] for line in said if line.startswith("S1") and "FETCH" in line]
    assert copied == at_the_end == [f' "foo{n}")' for n in (2, 4, 6, 8)]


@pytest.mark.parametrize("command", ["COPY 1 NONE", "COPY 4:7 NONE", "COPY 4:7 BAR"])
def test_copy_that_fails_tells_the_expunges_all_the_same(command: str) -> None:
    """RFC 2180 §4.4.1 (b)."""
    said = play(GONE, "copy=4.4.1,tell=lazy", f"C2: {command}")
    assert said[:-1] == TOLD
    assert said[-1].startswith("S2: NO")


def test_copy_beyond_the_view_answered_no_tells_the_expunges_too() -> None:
    """RFC 2180 §4.4.1 (b): pending EXPUNGE responses MUST be returned to the COPY command."""
    assert play(GONE, "beyond=no,tell=lazy", "C2: COPY 8 BAR") == (*TOLD, "S2: NO")


def test_copy_to_the_selected_mailbox_itself() -> None:
    lines = ("C2: COPY 2:4 FOO", "C2: NOOP", "C2: FETCH 4:* (UID BODY.PEEK[])")
    assert play(GONE, "copy=4.4.2,tell=lazy", *lines) == (
        *TOLD,
        "S2: OK",
        "S2: * 6 EXISTS",
        "S2: OK",
        'S2: * 4 FETCH (UID 8 BODY[] "foo2")',
        'S2: * 5 FETCH (UID 9 BODY[] "foo3")',
        'S2: * 6 FETCH (UID 10 BODY[] "foo4")',
        "S2: OK",
    )
    assert play(GONE, "copy=4.4.2,tell=eager", lines[0]) == (*TOLD, "S2: * 6 EXISTS", "S2: OK")


# --- EXPUNGE, CLOSE, read-only --------------------------------------------------------------------------------------


def test_expunge_takes_what_another_has_marked_and_reports_what_another_has_taken() -> None:
    """RFC 3501 §6.4.3."""
    world = after(FLAT, "tell=lazy", "C1: STORE 1 +FLAGS (\\Deleted)", "Agent: EXPUNGE FOO 3")
    assert play(world, "tell=lazy", "C2: EXPUNGE", "C1: NOOP") == (
        *("S2: * 1 EXPUNGE",) * 3,
        "S2: OK",
        *("S1: * 1 EXPUNGE",) * 3,
        "S1: * 0 EXISTS",
        "S1: OK",
    )


@pytest.mark.parametrize(
    ("header", "said"),
    [("Selected: FOO by C2", "NO"), ("Examined: FOO by C2", "NO"), ("Selected: BAR by C2", "OK")],
)
def test_expunge_4_1_4_is_refused_while_others_have_it_accessed(header: str, said: str) -> None:
    """RFC 2180 §4.1.4, §2 (c)."""
    world = start("Mailbox: FOO 3 messages, 3 \\Deleted", "Mailbox: BAR", "Selected: FOO by C1", header)
    assert play(world, "expunge=4.1.4", "C1: EXPUNGE")[-1] == f"S1: {said}"
    assert (after(world, "expunge=4.1.4", "C1: EXPUNGE") == world) == (said == "NO")
    left = play(world, "expunge=4.1.4", "C1: CLOSE", "C3: STATUS FOO (MESSAGES)")
    assert left[:2] == ("S1: OK", f"S3: * STATUS FOO (MESSAGES {3 if said == 'NO' else 2})")


def test_close_is_silent_for_the_closer_and_news_for_the_others() -> None:
    """RFC 3501 §6.4.2."""
    assert play(FLAT, "", "C1: CLOSE", "C1: NOOP", "C2: NOOP") == (
        "S1: OK",
        "S1: OK",
        "S2: * 2 EXPUNGE",
        "S2: * 2 EXISTS",
        "S2: OK",
    )


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("STORE 1 +FLAGS (\\Seen)", ("S1: NO",)),
        ("STORE 1 +FLAGS.SILENT (\\Seen)", ("S1: NO",)),
        ("UID STORE 1 FLAGS ()", ("S1: NO",)),
        ("EXPUNGE", ("S1: NO",)),
        ("CLOSE", ("S1: OK",)),
        ("FETCH 1 BODY[]", ('S1: * 1 FETCH (BODY[] "foo1")', "S1: OK")),
        ("UID FETCH 1 RFC822.TEXT", ('S1: * 1 FETCH (UID 1 RFC822.TEXT "foo1")', "S1: OK")),
        ("SEARCH UNSEEN", ("S1: * SEARCH 1 2 3", "S1: OK")),
    ],
)
def test_a_read_only_session_changes_nothing(command: str, said: tuple[str, ...]) -> None:
    """RFC 3501 §6.3.2."""
    world = start("Mailbox: FOO 3 messages, 2 \\Deleted", "Examined: FOO by C1")
    assert play(world, "", f"C1: {command}") == said
    assert after(world, "", f"C1: {command}").mailboxes == world.mailboxes


def test_a_read_only_session_is_told_the_news() -> None:
    world = start("Mailbox: FOO 3 messages, 2 \\Deleted", "Examined: FOO by C1", "Selected: FOO by C2")
    assert play(world, "", "C2: EXPUNGE", "C1: NOOP")[2:] == ("S1: * 2 EXPUNGE", "S1: * 2 EXISTS", "S1: OK")


@pytest.mark.parametrize("command", ["UID FETCH 4:7 FLAGS", "UID STORE 4:7 +FLAGS (\\Seen)", "UID COPY 4:7 BAR"])
@pytest.mark.parametrize("tell", ["eager", "lazy"])
def test_an_expunged_uid_is_a_ghost_and_not_an_unknown_one(command: str, tell: str) -> None:
    """As this core reads RFC 2180 §4 (d): until it is announced, RFC 3501 §6.4.8's "non-existent" does not apply."""
    assert play(GONE, f"fetch=4.1.2,tell={tell}", f"C2: {command}")[-1] == "S2: NO"
    assert play(GONE, f"fetch=4.1.2,tell={tell}", "C2: NOOP", f"C2: {command}")[-1] == "S2: OK"
