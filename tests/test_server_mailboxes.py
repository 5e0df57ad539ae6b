"""Mailboxes by name: what stays true of names, UIDs and UIDVALIDITY, and what each command says (RFC 3501 §6.3,
RFC 2180 §3)."""

from __future__ import annotations

import pytest
from commands import after, play, start

from model.store import agent
from model.store.session import AUTHENTICATED, DOOMED, LOGGED_OUT, SELECTED

FOO = "Mailbox: FOO 3 messages, 2 \\Deleted"
IN_USE = start(FOO, "Selected: FOO by C1 C2")


def status(name: str, messages: int, uidnext: int, uidvalidity: int) -> tuple[str, ...]:
    """C3's answer to STATUS."""
    items = f"MESSAGES {messages} UIDNEXT {uidnext} UIDVALIDITY {uidvalidity}"
    return f"S3: * STATUS {name} ({items})", "S3: OK"


# --- UIDs and UIDVALIDITY -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("removal", ["C1: EXPUNGE", "C1: CLOSE", "Agent: EXPUNGE FOO 2"])
def test_uidnext_never_falls_and_a_uid_is_never_given_again(removal: str) -> None:
    """RFC 3501 §2.3.1.1."""
    world = after(start("Mailbox: FOO 2 messages, 2 \\Deleted", "Selected: FOO by C1"), "", removal)
    assert play(world, "", "C3: STATUS FOO (MESSAGES UIDNEXT UIDVALIDITY)") == status("FOO", 1, 3, 1)
    assert play(world, "", 'C3: APPEND FOO "new"', "C3: SELECT FOO", "C3: FETCH 2 UID")[-2:] == (
        "S3: * 2 FETCH (UID 3)",
        "S3: OK",
    )


def test_a_name_used_again_has_a_greater_uidvalidity_each_time() -> None:
    """RFC 3501 §6.3.3."""
    world = start("Mailbox: FOO 2 messages")
    for validity in (2, 3):
        world = after(world, "", "C1: DELETE FOO", "C1: CREATE FOO")
        assert play(world, "", "C3: STATUS FOO (MESSAGES UIDNEXT UIDVALIDITY)") == status("FOO", 0, 1, validity)


def test_a_new_mailbox_under_the_old_name_of_a_renamed_one_has_a_greater_uidvalidity() -> None:
    world = after(start(FOO), "", "C1: RENAME FOO BAR", "C1: CREATE FOO")
    assert play(world, "", "C3: STATUS FOO (MESSAGES UIDNEXT UIDVALIDITY)") == status("FOO", 0, 1, 2)
    assert play(world, "", "C3: STATUS BAR (MESSAGES UIDNEXT UIDVALIDITY)") == status("BAR", 3, 4, 1)


@pytest.mark.parametrize("way", ["C1: RENAME FOO BAR", "Agent: RENAME FOO BAR"])
def test_rename_onto_a_name_used_before_takes_a_greater_uidvalidity(way: str) -> None:
    """BAR, UIDVALIDITY 1, UID 1 was another message."""
    world = after(start(FOO, "Mailbox: BAR 1 message"), "", "C1: DELETE BAR", way)
    assert play(world, "", "C3: STATUS BAR (MESSAGES UIDNEXT UIDVALIDITY)") == status("BAR", 3, 4, 2)


def test_rename_away_and_back_takes_a_greater_uidvalidity() -> None:
    world = after(start(FOO), "", "C1: RENAME FOO BAR", "C1: RENAME BAR FOO")
    assert play(world, "", "C3: STATUS FOO (MESSAGES UIDNEXT UIDVALIDITY)") == status("FOO", 3, 4, 2)


def test_inferiors_take_a_greater_uidvalidity_where_they_must() -> None:
    world = start("Mailbox: FOO", "Mailbox: FOO/sub 1 message", "Mailbox: BAR/sub 2 messages")
    world = after(world, "", "C1: DELETE BAR/sub", "C1: RENAME FOO BAR")
    assert play(world, "", "C3: STATUS BAR/sub (MESSAGES UIDNEXT UIDVALIDITY)") == status("BAR/sub", 1, 2, 2)
    assert play(world, "", "C3: STATUS BAR (MESSAGES UIDNEXT UIDVALIDITY)") == status("BAR", 0, 1, 1)


def test_a_ghost_freed_leaves_its_uidvalidity_behind() -> None:
    """RFC 2180 §3.2 (h)."""
    world = after(IN_USE, "delete=3.2", "C1: DELETE FOO", "C2: CLOSE", "C3: CREATE FOO")
    assert play(world, "", "C3: STATUS FOO (MESSAGES UIDNEXT UIDVALIDITY)") == status("FOO", 0, 1, 2)


# --- RENAME ---------------------------------------------------------------------------------------------------------


def test_rename_moves_inferiors_only() -> None:
    """RFC 3501 §6.3.5; FOOD is no inferior of FOO."""
    world = start("Mailbox: FOO", "Mailbox: FOO/a", "Mailbox: FOO/a/b 1 message", "Mailbox: FOOD")
    assert play(world, "", "C3: RENAME FOO BAR", 'C3: LIST "" *') == (
        "S3: OK",
        'S3: * LIST () "/" BAR',
        'S3: * LIST () "/" BAR/a',
        'S3: * LIST () "/" BAR/a/b',
        'S3: * LIST () "/" FOOD',
        'S3: * LIST () "/" INBOX',
        "S3: OK",
    )


@pytest.mark.parametrize(
    "command",
    [
        "RENAME FOO BAR",
        "RENAME FOO FOO",
        "RENAME FOO FOO/",
        "RENAME FOO INBOX",
        "RENAME FOO NEW",
        "RENAME NONE NEW",
        "RENAME INBOX FOO",
    ],
)
def test_rename_is_refused_and_changes_nothing(command: str) -> None:
    """The new name, or that of an inferior (NEW/sub), exists; or the old one doesn't."""
    world = start("Mailbox: FOO", "Mailbox: FOO/sub", "Mailbox: BAR", "Mailbox: NEW/sub")
    assert play(world, "", f"C3: {command}") == ("S3: NO",)
    assert after(world, "", f"C3: {command}") == world


def test_rename_below_itself() -> None:
    world = start("Mailbox: FOO 1 message", "Mailbox: FOO/sub")
    assert play(world, "", "C3: RENAME FOO FOO/old", 'C3: LIST "" FOO/*') == (
        "S3: OK",
        'S3: * LIST () "/" FOO/old',
        'S3: * LIST () "/" FOO/old/sub',
        "S3: OK",
    )


def test_rename_inbox_moves_the_messages_and_not_the_inferiors() -> None:
    """RFC 3501 §6.3.5."""
    world = start("Mailbox: INBOX 2 messages, 1 \\Seen", "Mailbox: INBOX/sub")
    world = after(world, "", "C3: RENAME INBOX OLD")
    assert play(world, "", "C3: STATUS INBOX (MESSAGES UIDNEXT UIDVALIDITY)") == status("INBOX", 0, 3, 1)
    assert play(world, "", "C3: STATUS OLD (MESSAGES UIDNEXT UIDVALIDITY)") == status("OLD", 2, 3, 1)
    assert play(world, "", 'C3: LIST "" %/%') == ('S3: * LIST () "/" INBOX/sub', "S3: OK")
    assert play(world, "", "C3: SELECT OLD", "C3: FETCH 1:* (FLAGS BODY.PEEK[])")[-3:] == (
        'S3: * 1 FETCH (FLAGS (\\Seen) BODY[] "inbox1")',
        'S3: * 2 FETCH (FLAGS () BODY[] "inbox2")',
        "S3: OK",
    )


def test_others_see_the_rename_of_inbox_as_expunges() -> None:
    world = start("Mailbox: INBOX 2 messages", "Selected: INBOX by C1 C2")
    assert play(world, "rename=3.4", "C1: RENAME INBOX OLD", "C2: FETCH 1 BODY.PEEK[]", "C2: NOOP", "C1: NOOP") == (
        "S1: * 1 EXPUNGE",
        "S1: * 1 EXPUNGE",
        "S1: OK",
        'S2: * 1 FETCH (BODY[] "inbox1")',
        "S2: OK",
        "S2: * 1 EXPUNGE",
        "S2: * 1 EXPUNGE",
        "S2: * 0 EXISTS",
        "S2: OK",
        "S1: OK",
    )


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ("rename=3.1", ("S1: NO", "S2: * 4 EXISTS", "S2: OK")),
        ("rename=3.3", ("S1: OK", "S2: * BYE")),
        ("rename=3.3,disconnect=late", ("S1: OK", "S2: * BYE")),
        ("rename=3.4", ("S1: OK", "S2: NO [TRYCREATE]")),
        ("rename=3.4-newname", ("S1: OK", "S2: NO [NEWNAME FOO BAR]")),
    ],
)
def test_rename_of_a_multi_accessed_mailbox(profile: str, said: tuple[str, ...]) -> None:
    """RFC 2180 §3.1, §3.3, §3.4 (a, c, d)."""
    assert play(IN_USE, profile, "C1: RENAME FOO BAR", 'C2: APPEND FOO "m4"') == said


@pytest.mark.parametrize(
    "command", ['APPEND FOO "m"', "STATUS FOO (MESSAGES)", "COPY 1 FOO", "DELETE FOO", "EXAMINE FOO"]
)
def test_newname_hints_whatever_refers_to_the_old_name(command: str) -> None:
    """RFC 2180 §3.4 (d): but only to a client that has it open, and not to the one that has renamed it."""
    world = after(IN_USE, "rename=3.4-newname", "C1: RENAME FOO BAR", "C3: SELECT INBOX")
    assert play(world, "rename=3.4-newname", f"C2: {command}")[-1] == "S2: NO [NEWNAME FOO BAR]"
    for said in (*play(world, "rename=3.4-newname", f"C1: {command}"), *play(world, "rename=3.4", f"C2: {command}")):
        assert "NEWNAME" not in said


def test_newname_is_the_newest_name_and_ends_when_the_old_one_is_used_again() -> None:
    profile = "rename=3.4-newname"
    world = after(IN_USE, profile, "C1: RENAME FOO BAR", "C1: RENAME BAR BAZ")
    assert play(world, profile, "C2: STATUS FOO (MESSAGES)") == ("S2: NO [NEWNAME FOO BAZ]",)
    assert play(world, profile, "C2: STATUS BAR (MESSAGES)") == ("S2: NO",)
    assert play(world, profile, "C3: CREATE FOO", 'C2: APPEND FOO "m"') == ("S3: OK", "S2: OK")


def test_rename_under_a_client_leaves_its_numbers_alone() -> None:
    """RFC 2180 §3.4 (b): operations that do not reference the mailbox name go on."""
    assert play(IN_USE, "rename=3.4", "C1: RENAME FOO BAR", "C2: FETCH 2:3 (FLAGS)") == (
        "S1: OK",
        "S2: * 2 FETCH (FLAGS (\\Deleted))",
        "S2: * 3 FETCH (FLAGS ())",
        "S2: OK",
    )


def test_rename_of_a_superior_counts_the_users_of_inferiors() -> None:
    world = start("Mailbox: FOO", "Mailbox: FOO/sub 1 message", "Selected: FOO/sub by C2")
    assert play(world, "rename=3.1", "C1: RENAME FOO BAR") == ("S1: NO",)
    assert play(world, "rename=3.3", "C1: RENAME FOO BAR") == ("S1: OK", "S2: * BYE")
    assert play(world, "rename=3.4-newname", "C1: RENAME FOO BAR", "C2: STATUS FOO/sub (MESSAGES)") == (
        "S1: OK",
        "S2: NO [NEWNAME FOO/sub BAR/sub]",
    )


def test_one_s_own_selection_is_no_hindrance() -> None:
    """RFC 2180 §2 (b): a mailbox is multi-accessed while several clients have it."""
    world = start(FOO, "Selected: FOO by C1")
    assert play(world, "rename=3.1", "C1: RENAME FOO BAR", "C1: STATUS BAR (MESSAGES)", "C1: CHECK") == (
        "S1: OK",
        "S1: * STATUS BAR (MESSAGES 3)",
        "S1: OK",
        "S1: OK",
    )


# --- DELETE and ghosts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["INBOX", "inbox", "NONE"])
def test_delete_is_refused(name: str) -> None:
    """RFC 3501 §6.3.4."""
    assert play(start(FOO), "delete=3.2", f"C1: DELETE {name}") == ("S1: NO",)


def test_delete_leaves_inferiors() -> None:
    """RFC 3501 §6.3.4."""
    world = after(start("Mailbox: FOO", "Mailbox: FOO/sub 2 messages"), "", "C1: DELETE FOO")
    assert play(world, "", "C3: STATUS FOO/sub (MESSAGES)") == ("S3: * STATUS FOO/sub (MESSAGES 2)", "S3: OK")


def test_delete_of_the_mailbox_only_the_deleter_has_open_needs_no_strategy() -> None:
    world = start(FOO, "Selected: FOO by C1")
    assert play(world, "delete=3.1", "C1: DELETE FOO", "C1: FETCH 1 FLAGS", "C3: CREATE FOO") == (
        "S1: OK",
        "S1: BAD",
        "S3: OK",
    )


def test_delete_3_1_is_refused_by_examine_too_and_changes_nothing() -> None:
    """RFC 2180 §2 (c), §3.1: a mailbox is accessed after SELECT or EXAMINE."""
    world = start(FOO, "Selected: FOO by C1", "Examined: FOO by C2")
    assert play(world, "delete=3.1", "C1: DELETE FOO") == ("S1: NO",)
    assert after(world, "delete=3.1", "C1: DELETE FOO") == world


def test_delete_3_2_example() -> None:
    """RFC 2180 §3.2 (a, b, e, g, h), line by line."""
    lines = (
        "C1: DELETE FOO",
        "C2: STORE 1 +FLAGS (\\Seen)",
        "C3: STATUS FOO (MESSAGES)",
        "C3: CREATE FOO",
        "C2: CLOSE",
        "C3: CREATE FOO",
    )
    assert play(IN_USE, "delete=3.2", *lines) == (
        "S1: OK",
        "S2: * 1 FETCH (FLAGS (\\Seen))",
        "S2: OK",
        "S3: NO",
        "S3: NO",
        "S2: OK",
        "S3: OK",
    )


GHOST = after(
    start(FOO, "Mailbox: BAR 1 message", "Selected: FOO by C1 C2", "Selected: BAR by C3"),
    "delete=3.2",
    "C1: DELETE FOO",
)


@pytest.mark.parametrize(
    "command",
    [
        "SELECT FOO",
        "EXAMINE FOO",
        "CREATE FOO",
        "DELETE FOO",
        "RENAME FOO NEW",
        "RENAME BAR FOO",
        "RENAME INBOX FOO",
        "SUBSCRIBE FOO",
        "STATUS FOO (MESSAGES)",
        'APPEND FOO "m"',
        "COPY 1 FOO",
    ],
)
@pytest.mark.parametrize("who", ["1", "3"])
def test_a_ghost_is_no_valid_argument_for_others(command: str, who: str) -> None:
    """RFC 2180 §3.2 (c, e, g): nor for its deleter; and TRYCREATE would not help."""
    expected = "BAD" if (who, command) == ("1", "COPY 1 FOO") else "NO"
    assert play(GHOST, "", f"C{who}: {command}") == (f"S{who}: {expected}",)


def test_a_ghost_is_listed_for_those_inside_only() -> None:
    """RFC 2180 §3.2 (d)."""
    world = start(FOO, "Selected: FOO by C1 C2")
    world = after(world, "delete=3.2", "C1: SUBSCRIBE FOO", "C1: DELETE FOO")
    for verb in ("LIST", "LSUB"):
        assert play(world, "", f'C2: {verb} "" F*') == (f'S2: * {verb} () "/" FOO', "S2: OK")
        assert play(world, "", f'C3: {verb} "" F*') == ("S3: OK",)
        assert play(world, "", f'C1: {verb} "" F*') == ("S1: OK",)


def test_a_ghost_can_be_used_by_those_inside() -> None:
    """RFC 2180 §3.2 (a)."""
    lines = ('C2: APPEND FOO "m4"', "C2: STATUS FOO (MESSAGES)", "C2: COPY 1 FOO", "C2: UID FETCH * BODY.PEEK[]")
    assert play(GHOST, "", *lines) == (
        "S2: * 4 EXISTS",
        "S2: OK",
        "S2: * STATUS FOO (MESSAGES 4)",
        "S2: OK",
        "S2: * 5 EXISTS",
        "S2: OK",
        'S2: * 5 FETCH (UID 5 BODY[] "foo1")',
        "S2: OK",
    )


@pytest.mark.parametrize("leave", ["CLOSE", "LOGOUT", "SELECT BAR", "EXAMINE NONE", "SELECT FOO"])
def test_a_ghost_goes_when_the_last_one_leaves(leave: str) -> None:
    """RFC 2180 §3.2 (b, h)."""
    world = after(GHOST, "", f"C2: {leave}")
    assert [box.name for box in world.mailboxes] == ["INBOX", "BAR"]
    assert play(world, "", "C3: CREATE FOO") == ("S3: OK",)


def test_a_ghost_stays_as_long_as_one_is_left() -> None:
    """RFC 2180 §3.2 (b, g, h)."""
    world = after(start(FOO, "Selected: FOO by C1 C2"), "delete=3.2", "C3: DELETE FOO")
    assert play(world, "", "C1: CLOSE", "C3: CREATE FOO", "C2: LOGOUT", "C3: CREATE FOO") == (
        "S1: OK",
        "S3: NO",
        "S2: * BYE",
        "S2: OK",
        "S3: OK",
    )


def test_a_ghosted_inferior_hinders_the_rename_onto_it() -> None:
    world = start("Mailbox: FOO", "Mailbox: FOO/sub", "Mailbox: BAR/sub 1 message", "Selected: BAR/sub by C2")
    world = after(world, "delete=3.2", "C1: DELETE BAR/sub")
    assert play(world, "", "C1: RENAME FOO BAR") == ("S1: NO",)


def test_delete_3_3_disconnects() -> None:
    """RFC 2180 §3.3; the name is free at once."""
    world = start(FOO, "Selected: FOO by C1 C2 C3")
    assert play(world, "delete=3.3", "C1: DELETE FOO", "C1: CREATE FOO", "C2: NOOP") == (
        "S1: OK",
        "S2: * BYE",
        "S3: * BYE",
        "S1: OK",
    )
    states = [session.state for session in after(world, "delete=3.3", "C1: DELETE FOO").sessions]
    assert states == [AUTHENTICATED, LOGGED_OUT, LOGGED_OUT]


@pytest.mark.parametrize("command", ["NOOP", "FETCH 1 FLAGS", "LOGOUT", "SELECT INBOX", "CREATE X"])
def test_delete_3_3_late_says_bye_to_whatever_comes_next(command: str) -> None:
    """RFC 3501 §7.1.5; the command has no effect and no tagged response."""
    world = after(IN_USE, "delete=3.3,disconnect=late", "C1: DELETE FOO")
    assert [session.state for session in world.sessions] == [AUTHENTICATED, DOOMED, AUTHENTICATED]
    assert play(world, "disconnect=late", f"C2: {command}", "C2: NOOP") == ("S2: * BYE",)
    assert after(world, "disconnect=late", f"C2: {command}").mailboxes == world.mailboxes


# --- SELECT, EXAMINE ------------------------------------------------------------------------------------------------


def test_select_and_examine() -> None:
    """RFC 3501 §6.3.1, §6.3.2."""
    world = start("Mailbox: FOO 3 messages, 1 \\Seen, 2 \\Deleted")
    flags = "\\Answered \\Flagged \\Deleted \\Seen \\Draft"
    middle = ("S1: * 3 EXISTS", "S1: * 0 RECENT", "S1: * OK [UNSEEN 2]")
    last = ("S1: * OK [UIDNEXT 4]", "S1: * OK [UIDVALIDITY 1]")
    assert play(world, "", "C1: SELECT FOO") == (
        f"S1: * FLAGS ({flags})", *middle, f"S1: * OK [PERMANENTFLAGS ({flags} \\*)]", *last, "S1: OK [READ-WRITE]",
    )  # fmt: skip
    assert play(world, "", "C1: EXAMINE FOO") == (
        f"S1: * FLAGS ({flags})", *middle, "S1: * OK [PERMANENTFLAGS ()]", *last, "S1: OK [READ-ONLY]",
    )  # fmt: skip


def test_unseen_is_left_out_where_there_is_none() -> None:
    assert not any("UNSEEN" in said for said in play(start(), "", "C1: SELECT INBOX"))


def test_select_lets_go_of_the_old_mailbox_without_expunging_even_if_it_fails() -> None:
    """RFC 3501 §6.3.1."""
    world = start(FOO, "Selected: FOO by C1")
    assert play(world, "", "C1: SELECT NONE", "C1: FETCH 1 FLAGS", "C1: STATUS FOO (MESSAGES)") == (
        "S1: NO",
        "S1: BAD",
        "S1: * STATUS FOO (MESSAGES 3)",
        "S1: OK",
    )


def test_select_again_is_the_news() -> None:
    world = after(IN_USE, "", "C1: EXPUNGE", 'C1: APPEND FOO "m4"', "C2: SELECT FOO")
    assert world.sessions[1].uids == (1, 3, 4)
    assert (world.sessions[1].state, world.sessions[1].read_only) == (SELECTED, False)


# --- CREATE, LIST, LSUB, SUBSCRIBE, STATUS, APPEND ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("CREATE BAR", "OK"),
        ("CREATE BAR/", "OK"),
        ("CREATE BAR/sub", "OK"),
        ("CREATE FOO", "NO"),
        ("CREATE FOO/", "NO"),
        ("CREATE INBOX", "NO"),
        ("CREATE InBox", "NO"),
        ("CREATE INBOX/", "NO"),
        ("CREATE foo", "OK"),
    ],
)
def test_create(command: str, said: str) -> None:
    """RFC 3501 §6.3.3: a trailing delimiter is only a declaration."""
    assert play(start(FOO), "", f"C1: {command}") == (f"S1: {said}",)


@pytest.mark.parametrize("command", ["CREATE inbox/", "RENAME FOO inbox/", "RENAME FOO Inbox/"])
def test_inbox_is_inbox_in_any_case_with_a_trailing_delimiter_too(command: str) -> None:
    """RFC 3501 §5.1, §6.3.3."""
    assert play(start(FOO), "", f"C1: {command}") == ("S1: NO",)


LISTED = start("Mailbox: FOO", "Mailbox: FOO/sub", "Mailbox: FOO/sub/low", "Mailbox: BAR")


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ('"" *', ("BAR", "FOO", "FOO/sub", "FOO/sub/low", "INBOX")),
        ('"" %', ("BAR", "FOO", "INBOX")),
        ('"" FOO/%', ("FOO/sub",)),
        ('"" FOO*', ("FOO", "FOO/sub", "FOO/sub/low")),
        ('"" %/%', ("FOO/sub",)),
        ('"FOO/" %', ("FOO/sub",)),
        ('"FOO/" *', ("FOO/sub", "FOO/sub/low")),
        ('"" inbox', ("INBOX",)),
        ('"" foo', ()),
        ('"" F.O', ()),
        ('"" "F%O"', ("FOO",)),
    ],
)
def test_list(arguments: str, names: tuple[str, ...]) -> None:
    """RFC 3501 §6.3.8."""
    assert play(LISTED, "", f"C3: LIST {arguments}") == (*(f'S3: * LIST () "/" {name}' for name in names), "S3: OK")


def test_list_of_an_empty_name_gives_the_delimiter() -> None:
    assert play(LISTED, "", 'C3: LIST "" ""') == ('S3: * LIST (\\Noselect) "/" ""', "S3: OK")


def test_list_shows_the_superior_that_is_no_mailbox() -> None:
    assert play(start("Mailbox: FOO/sub"), "", 'C3: LIST "" F%') == ('S3: * LIST (\\Noselect) "/" FOO', "S3: OK")


def test_a_deleted_name_with_inferiors_becomes_noselect() -> None:
    world = after(LISTED, "", "C3: DELETE FOO")
    assert play(world, "", 'C3: LIST "" FOO') == ('S3: * LIST (\\Noselect) "/" FOO', "S3: OK")


def test_lsub_with_percent_shows_the_superior_of_a_subscribed_name() -> None:
    world = after(LISTED, "", "C3: SUBSCRIBE FOO/sub")
    assert play(world, "", 'C3: LSUB "" %') == ('S3: * LSUB (\\Noselect) "/" FOO', "S3: OK")


def test_a_subscription_outlives_its_mailbox() -> None:
    """RFC 3501 §6.3.6: the server must not remove it unilaterally, nor move it along with RENAME."""
    world = after(LISTED, "", "C1: SUBSCRIBE BAR", "C1: SUBSCRIBE inbox", "C1: RENAME BAR BAZ")
    assert play(world, "", 'C3: LSUB "" *') == ('S3: * LSUB () "/" BAR', 'S3: * LSUB () "/" INBOX', "S3: OK")
    assert play(world, "", "C3: UNSUBSCRIBE BAR", 'C3: LSUB "" %') == ("S3: OK", 'S3: * LSUB () "/" INBOX', "S3: OK")
    assert play(world, "", "C3: SUBSCRIBE NONE", "C3: UNSUBSCRIBE NONE") == ("S3: NO", "S3: NO")


def test_status() -> None:
    """RFC 3501 §6.3.10: in the order asked for; without any effect on a selected mailbox."""
    world = start("Mailbox: FOO 3 messages, 1 \\Seen")
    assert play(world, "", "C1: STATUS FOO (UNSEEN RECENT MESSAGES)") == (
        "S1: * STATUS FOO (UNSEEN 2 RECENT 0 MESSAGES 3)",
        "S1: OK",
    )
    assert play(world, "", "C1: STATUS NONE (UNSEEN)") == ("S1: NO",)
    assert after(world, "", "C1: STATUS FOO (UNSEEN)") == world


def test_append() -> None:
    """RFC 3501 §6.3.11: EXISTS comes with it if the mailbox is the selected one, to others as news."""
    lines = ('C1: APPEND FOO (\\Seen $Work) "new"', "C1: FETCH 4 (FLAGS BODY.PEEK[])", "C2: NOOP")
    assert play(IN_USE, "tell=lazy", *lines) == (
        "S1: * 4 EXISTS",
        "S1: OK",
        'S1: * 4 FETCH (FLAGS (\\Seen $Work) BODY[] "new")',
        "S1: OK",
        "S2: * 4 EXISTS",
        "S2: OK",
    )
    assert play(IN_USE, "", 'C3: APPEND FOO "new"') == ("S3: OK",)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ('APPEND NONE "m"', " [TRYCREATE]"),
        ("COPY 1 NONE", " [TRYCREATE]"),
        ("UID COPY 1 NONE", " [TRYCREATE]"),
        ("STATUS NONE (MESSAGES)", ""),
        ("SELECT NONE", ""),
        ("DELETE NONE", ""),
        ("RENAME NONE NEW", ""),
        ("SUBSCRIBE NONE", ""),
    ],
)
def test_trycreate_where_it_could_help(command: str, code: str) -> None:
    """RFC 3501 §6.3.11, §6.4.7."""
    assert play(IN_USE, "", f"C1: {command}") == (f"S1: NO{code}",)
    assert after(IN_USE, "", f"C1: {command}").mailboxes == IN_USE.mailboxes


def test_newname_does_not_hint_at_a_ghost() -> None:
    """RFC 2180 §3.4 (e): the hint says "that the operation can succeed if the command is issued with the new name"."""
    profile = "delete=3.2,rename=3.4-newname"
    world = after(IN_USE, profile, "C3: RENAME FOO BAR", "C3: DELETE BAR")
    assert play(world, profile, "C2: SELECT FOO") == ("S2: NO",)


# --- the external agent ---------------------------------------------------------------------------------------------


def test_the_agent_does_not_rename_an_inferior_onto_a_mailbox() -> None:
    world = start("Mailbox: FOO", "Mailbox: FOO/sub", "Mailbox: BAR/sub")
    names = [box.name for box in agent.act(world, agent.Relabel("FOO", "BAR")).mailboxes]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "action",
    ['DELIVER NONE "m"', "EXPUNGE NONE 1:*", "RENAME NONE NEW", "RENAME FOO INBOX", "EXPUNGE FOO 9", "RENAME FOO FOO"],
)
def test_the_agent_does_nothing_where_there_is_nothing_to_do(action: str) -> None:
    assert after(IN_USE, "", f"Agent: {action}") == IN_USE


def test_the_agent_cannot_reach_a_ghost_or_take_its_name() -> None:
    for action in ('DELIVER FOO "m"', "EXPUNGE FOO 1", "RENAME FOO NEW", "RENAME BAR FOO", "RENAME INBOX FOO"):
        assert after(GHOST, "", f"Agent: {action}") == GHOST


def test_what_the_agent_does_is_news() -> None:
    """RFC 2180 §3, §4: nothing can refuse it."""
    lines = ('Agent: DELIVER FOO "new"', "Agent: EXPUNGE FOO 1,3", "Agent: RENAME FOO BAR", "C1: NOOP")
    assert play(IN_USE, "expunge=4.1.4,rename=3.1", *lines) == (
        "S1: * 1 EXPUNGE",
        "S1: * 2 EXPUNGE",
        "S1: * 2 EXISTS",
        "S1: OK",
    )
