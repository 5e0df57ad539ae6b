"""Commands and responses as text (RFC 3501 §9, RFC 2180 §4.1.3)."""

from __future__ import annotations

import contextlib
import re

import pytest
from commands import commands
from hypothesis import given, settings
from hypothesis import strategies as st

from model.protocol.commands import (
    Append, Check, Close, Command, Copy, Create, Delete, Expunge, Fetch, List, Logout, Noop, Rename, Search, Select,
    Status, Store, Subscribe,
)  # fmt: skip
from model.protocol.flags import DELETED, FLAGGED, NIL, SEEN
from model.protocol.parsing import parse_command
from model.protocol.responses import (
    Bye, Exists, Expunged, Fetched, FlagsDefined, Found, Listed, Ok, Recent, Response, StatusOf, Tagged,
)  # fmt: skip
from model.protocol.writing import command_text, response_text
from model.store import agent

WRITTEN: dict[str, Command] = {
    "NOOP": Noop(),
    "CHECK": Check(),
    "LOGOUT": Logout(),
    "CLOSE": Close(),
    "EXPUNGE": Expunge(),
    "SELECT FOO": Select("FOO"),
    "EXAMINE FOO": Select("FOO", read_only=True),
    "CREATE FOO/sub": Create("FOO/sub"),
    'DELETE "my mail"': Delete("my mail"),
    "RENAME FOO BAR": Rename("FOO", "BAR"),
    "SUBSCRIBE FOO": Subscribe("FOO"),
    "UNSUBSCRIBE FOO": Subscribe("FOO", undo=True),
    'LIST "" "*"': List("", "*"),
    'LSUB "FOO/" "%"': List("FOO/", "%", subscribed=True),
    "STATUS FOO (MESSAGES UIDNEXT)": Status("FOO", ("MESSAGES", "UIDNEXT")),
    'APPEND FOO "m8"': Append("FOO", "m8"),
    'APPEND FOO (\\Deleted \\Seen $Work) ""': Append("FOO", "", frozenset({SEEN, DELETED, "$Work"})),
    "FETCH 1,3:* FLAGS": Fetch(((1, 1), (3, 0)), ("FLAGS",)),
    "UID FETCH 4 (UID BODY.PEEK[HEADER.FIELDS (FROM TO)]<0.9>)": Fetch(
        ((4, 4),), ("UID", "BODY.PEEK[HEADER.FIELDS (FROM TO)]<0.9>"), uid=True
    ),
    "STORE 4:7 +FLAGS (\\Seen)": Store(((4, 7),), "+", frozenset({SEEN})),
    "STORE 1 FLAGS ()": Store(((1, 1),), "", frozenset()),
    "UID STORE 1 -FLAGS.SILENT (\\Flagged)": Store(((1, 1),), "-", frozenset({FLAGGED}), silent=True, uid=True),
    "SEARCH ALL": Search(("ALL",)),
    'UID SEARCH UNSEEN NOT (1 TEXT "x \\"y\\"") OR KEYWORD $Work UID 2:*': Search(
        (
            "AND",
            ("UNSEEN",),
            ("NOT", ("AND", ("NUMBERS", ((1, 1),)), ("TEXT", 'x "y"'))),
            ("OR", ("KEYWORD", "$Work"), ("UID", ((2, 0),))),
        ),
        uid=True,
    ),
    "COPY 2,4 BAR": Copy(((2, 2), (4, 4)), "BAR"),
    "UID COPY * BAR": Copy(((0, 0),), "BAR", uid=True),
}


@pytest.mark.parametrize("text", WRITTEN)
def test_commands_are_read_and_written(text: str) -> None:
    assert parse_command(text) == WRITTEN[text]
    assert command_text(WRITTEN[text]) == text


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("noop", "NOOP"),
        ("  NOOP  ", "NOOP"),
        ("select inBox", "SELECT INBOX"),
        ('SELECT "FOO"', "SELECT FOO"),
        ('SELECT "a\\\\b\\"c"', 'SELECT "a\\\\b\\"c"'),
        ("LIST INBOX *", 'LIST "INBOX" "*"'),
        ("Uid Fetch 1 fast", "UID FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE)"),
        ("FETCH 1 ALL", "FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)"),
        ("FETCH 1 FULL", "FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY)"),
        ("FETCH 1 body.peek[text]", "FETCH 1 BODY.PEEK[TEXT]"),
        ("STORE 1 +flags.silent \\sEEN \\draft", "STORE 1 +FLAGS.SILENT (\\Seen \\Draft)"),
        ("STATUS FOO unseen", "STATUS FOO (UNSEEN)"),
        ("APPEND FOO () m8", 'APPEND FOO "m8"'),
        ("SEARCH (1 SEEN)", "SEARCH 1 SEEN"),
        ("SEARCH ((1 SEEN) (ALL))", "SEARCH (1 SEEN) ALL"),
        ("SEARCH text foo", 'SEARCH TEXT "foo"'),
    ],
)
def test_commands_are_read_in_other_spellings_too(text: str, canonical: str) -> None:
    """RFC 3501 §5.1, §9: case, quoted and atom, macros."""
    assert command_text(parse_command(text)) == canonical


ODD_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=6)
ODD_NAMES = ODD_TEXT.filter(lambda name: name.strip("/") != "" and name.upper() != "INBOX") | st.just("INBOX")


@settings(max_examples=300, deadline=None)
@given(commands() | commands(ODD_NAMES.filter(lambda name: "BODY[" not in name.upper()), ODD_TEXT))
def test_every_command_reads_back(command: Command) -> None:
    text = command_text(command)
    assert parse_command(text) == command
    assert command_text(parse_command(text)) == text


@settings(max_examples=300, deadline=None)
@given(commands(), st.data())
def test_a_spoilt_command_is_refused_or_read(command: Command, data: st.DataObject) -> None:
    """No error but ValueError, whatever is cut out or put in."""
    text = command_text(command)
    start, end = (data.draw(st.integers(0, len(text))) for _ in "ab")
    spoilt = text[:start] + data.draw(st.text('()"\\*%0:, {}[]\nA', max_size=2)) + text[end:]
    with contextlib.suppress(ValueError):
        parse_command(spoilt)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "expected a command"),
        ("   ", "expected a command"),
        ("FROB", "FROB is not a command known here; known: NOOP"),
        ("UID", "expected FETCH, STORE, SEARCH or COPY after UID"),
        ("UID NOOP", "UID NOOP is not a command known here; known: FETCH, STORE, SEARCH, COPY"),
        ("UID UID FETCH 1 FLAGS", "UID UID is not a command"),
        ("NOOP now", "unexpected 'now' after the end"),
        ("SELECT", "expected a mailbox name, found the end"),
        ("SELECT (", "expected a mailbox name, found '('"),
        ("SELECT /", "expected a mailbox name, found an empty one"),
        ('SELECT ""', "expected a mailbox name, found an empty one"),
        ('SELECT "FOO', "unbalanced quotation mark"),
        ("RENAME FOO", "expected a mailbox name, found the end"),
        ("LIST", "expected a reference"),
        ('LIST ""', "expected a pattern"),
        ("STATUS FOO", "expected STATUS items"),
        ("STATUS FOO (SIZE)", "'SIZE' is not a STATUS item; known: MESSAGES"),
        ("STATUS FOO (MESSAGES", "or a closing parenthesis, found the end"),
        ("APPEND FOO", "expected the message as a quoted string"),
        ("APPEND FOO (\\Recent) x", "is not a flag that can be set"),
        ("FETCH", "expected a sequence set"),
        ("FETCH one FLAGS", "'one' is not a sequence number"),
        ("FETCH 0 FLAGS", "0 is not a sequence number"),
        ("FETCH 1", "expected FETCH items"),
        ("FETCH 1 (FLAGS", "or a closing parenthesis"),
        ("FETCH 1 FLAGS UID", "unexpected 'UID'"),
        ("FETCH 1 (FLAGS FROB)", "'FROB' is not a FETCH item; known: FLAGS"),
        ("FETCH 1 BODY[TEXT", "is not a FETCH item"),
        ("FETCH 1 BODY[]<5>", "is not a FETCH item"),
        ("STORE 1", "expected FLAGS, +FLAGS or -FLAGS"),
        ("STORE 1 *FLAGS ()", "expected FLAGS, +FLAGS or -FLAGS"),
        ("STORE 1 FLAGS.LOUD ()", "expected FLAGS, +FLAGS or -FLAGS"),
        ("STORE 1 FLAGS", "expected flags"),
        ("STORE 1 FLAGS (\\Seen", "or a closing parenthesis"),
        ("STORE 1 FLAGS (\\Frob)", "is not a flag that can be set"),
        ("STORE 1 FLAGS ((\\Seen))", "is not a flag that can be set"),
        ("SEARCH", "expected a SEARCH key"),
        ("SEARCH FROB", "'FROB' is not a SEARCH key known here"),
        ("SEARCH NOT", "expected a SEARCH key"),
        ("SEARCH OR ALL", "expected a SEARCH key"),
        ("SEARCH (ALL", "expected a closing parenthesis"),
        ("SEARCH ALL )", "')' is not a SEARCH key"),
        ("SEARCH TEXT", "expected a string after TEXT"),
        ("SEARCH KEYWORD", "expected a keyword after KEYWORD"),
        ("SEARCH UID ALL", "'ALL' is not a sequence number"),
        ("COPY 1", "expected a mailbox name"),
        ("COPY BAR", "'BAR' is not a sequence number"),
    ],
)
def test_what_is_malformed_is_refused_in_one_clear_line(text: str, expected: str) -> None:
    with pytest.raises(ValueError, match=re.escape(expected)) as caught:
        parse_command(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "FETCH 1 ()",
        "STATUS FOO ()",
        "SEARCH ()",
        "STORE 1 FLAGS (\\Seen) \\Draft",
        "FETCH 1 (FAST UID)",
        "FETCH 1 BODY[FROB]",
        "FETCH 1 BODY[]<0.0>",
        "FETCH 1(FLAGS)",
        '"NO\nOP"',
        "SEARCH " + "NOT " * 5000 + "ALL",
        "SEARCH " + "OR ALL " * 600 + "ALL",
        "STORE 1 FLAGS (a\\b)",
    ],
)
def test_what_is_nearly_right_is_refused_too(text: str) -> None:
    """Reading is strict (see `model.protocol.parsing`)."""
    with pytest.raises(ValueError, match=r"expected|not a|known|must") as caught:
        parse_command(text)
    assert "\n" not in str(caught.value)


def test_a_name_may_begin_like_a_fetch_item() -> None:
    assert parse_command(command_text(Select("BODY[a]b"))) == Select("BODY[a]b")


# --- responses ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("response", "text"),
    [
        (Tagged("OK", "NOOP completed"), "A1 OK NOOP completed"),
        (Tagged("NO", "Mailbox does not exist", "TRYCREATE"), "A1 NO [TRYCREATE] Mailbox does not exist"),
        (Tagged("BAD", "No mailbox selected"), "A1 BAD No mailbox selected"),
        (Exists(3), "* 3 EXISTS"),
        (Recent(0), "* 0 RECENT"),
        (Expunged(4), "* 4 EXPUNGE"),
        (Found(()), "* SEARCH"),
        (Found((2, 5)), "* SEARCH 2 5"),
        (Listed("FOO"), '* LIST () "/" FOO'),
        (Listed("my mail", ("\\Noselect",)), '* LIST (\\Noselect) "/" "my mail"'),
        (Listed("FOO", subscribed=True), '* LSUB () "/" FOO'),
        (Listed("", ("\\Noselect",)), '* LIST (\\Noselect) "/" ""'),
        (StatusOf("FOO", (("MESSAGES", 3), ("UIDNEXT", 8))), "* STATUS FOO (MESSAGES 3 UIDNEXT 8)"),
        (FlagsDefined((SEEN, DELETED)), "* FLAGS (\\Seen \\Deleted)"),
        (Ok("UIDNEXT 4", "next UID"), "* OK [UIDNEXT 4] next UID"),
        (Bye("Logging out"), "* BYE Logging out"),
        (Fetched(2, flags=frozenset()), "* 2 FETCH (FLAGS ())"),
        (Fetched(2, flags=frozenset({SEEN, DELETED, "b", "a"})), "* 2 FETCH (FLAGS (\\Deleted \\Seen a b))"),
        (Fetched(2, frozenset({SEEN}), 7), "* 2 FETCH (UID 7 FLAGS (\\Seen))"),
        (Fetched(2, None, 7, ("BODY[]",), 'a"b'), '* 2 FETCH (UID 7 BODY[] "a\\"b")'),
        (Fetched(2, None, None, ("ENVELOPE",), "hi"), f'* 2 FETCH (ENVELOPE (NIL "hi"{" NIL" * 8}))'),
        (Fetched(2, None, None, ("RFC822.SIZE", "RFC822"), "hi"), '* 2 FETCH (RFC822.SIZE 2 RFC822 "hi")'),
        (Fetched(2, None, None, ("BODY",), "hi"), '* 2 FETCH (BODY ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 2 1))'),
    ],
)
def test_responses(response: Response, text: str) -> None:
    assert response_text(response, "A1") == text


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("ENVELOPE", "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"),
        ("INTERNALDATE", '"00-Jan-0000 00:00:00 +0000"'),
        ("RFC822", '""'),
        ("RFC822.HEADER", '""'),
        ("RFC822.TEXT", '""'),
        ("RFC822.SIZE", "0"),
        ("BODY", '("TEXT" "PLAIN" NIL NIL NIL "7BIT" 0 0)'),
        ("BODYSTRUCTURE", '("TEXT" "PLAIN" NIL NIL NIL "7BIT" 0 0)'),
        ("BODY[HEADER]", '""'),
        ("BODY[TEXT]<0>", '""'),
    ],
)
def test_nil_fetch_responses(item: str, text: str) -> None:
    """RFC 2180 §4.1.3 (e), its table, with its open parentheses closed."""
    assert response_text(Fetched(1, contents=(item,), content=NIL)) == f"* 1 FETCH ({item} {text})"
    assert response_text(Fetched(1, contents=(item,), content="m1")) != f"* 1 FETCH ({item} {text})"


def test_nil_flags() -> None:
    """RFC 2180 §4.1.3 (e, f): `FLAGS ()`, the same as of a message without flags."""
    assert response_text(Fetched(1, flags=frozenset())) == "* 1 FETCH (FLAGS ())"


def test_internaldate_depends_on_the_content_only() -> None:
    one, other = (response_text(Fetched(1, contents=("INTERNALDATE",), content=content)) for content in ("a", "b"))
    assert one != other
    assert one == response_text(Fetched(9, contents=("INTERNALDATE",), content="a")).replace("9", "1", 1)


# --- the external agent ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ('DELIVER FOO "m8"', agent.Deliver("FOO", "m8")),
        ('DELIVER "my mail" ""', agent.Deliver("my mail", "")),
        ("EXPUNGE FOO 2:3,*", agent.Purge("FOO", ((2, 3), (0, 0)))),
        ("RENAME FOO BAR", agent.Relabel("FOO", "BAR")),
    ],
)
def test_actions_are_read_and_written(text: str, action: agent.Action) -> None:
    assert agent.parse_action(text) == action
    assert agent.action_text(action) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "expected DELIVER, EXPUNGE or RENAME"),
        ("STORE FOO", "the agent can DELIVER, EXPUNGE or RENAME, not STORE"),
        ("DELIVER FOO", "expected the message as a quoted string"),
        ("EXPUNGE FOO", "expected a sequence set"),
        ("RENAME FOO BAR BAZ", "unexpected 'BAZ'"),
    ],
)
def test_malformed_actions_are_refused(text: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        agent.parse_action(text)
