"""How are commands and responses written, and read back? RFC 3501's syntax, with two abstractions.

A message is its content token: APPEND carries it as a quoted string where the wire has a literal, and every item that
shows what a message is (ENVELOPE, BODY[TEXT], ...) is rendered from it. NIL content is rendered as RFC 2180 §4.1.3's
table of "NIL FETCH responses" has it. Reading is strict: a ValueError says what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from model import protocol as p
from model.protocol import sequence
from model.protocol.flags import Flags, canonical_flag
from model.protocol.names import DELIMITER, canonical_name
from model.protocol.search_key import FLAG_KEYS, TEXT_KEYS, Key

_BODY = r"BODY(?:\.PEEK)?\[[^\]]*\](?:<\d+\.\d+>)?"
_TOKEN = re.compile(rf"""("(?:\\.|[^"\\])*"|{_BODY}(?=[\s()]|$)|[()]|[^\s()"]+)(\s*)""", re.I)
_SECTION = re.compile(
    r"BODY(\.PEEK)?\[([1-9]\d*(\.[1-9]\d*)*(\.(MIME|HEADER|TEXT|HEADER\.FIELDS(\.NOT)? \([^()]+\)))?"
    r"|HEADER|TEXT|HEADER\.FIELDS(\.NOT)? \([^()]+\)|)\](<\d+\.[1-9]\d*>)?"
)
_PLAIN_ITEMS = (
    "FLAGS", "UID", "INTERNALDATE", "ENVELOPE", "BODY", "BODYSTRUCTURE", "RFC822", "RFC822.HEADER", "RFC822.SIZE",
    "RFC822.TEXT",
)  # fmt: skip
_MACROS = {
    "FAST": ("FLAGS", "INTERNALDATE", "RFC822.SIZE"),
    "ALL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"),
    "FULL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"),
}
_DEEPEST = 100
_STATUS_ITEMS = ("MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN")


class Words:
    """The tokens of one command, taken from the left."""

    def __init__(self, text: str) -> None:
        if any(char in text.rstrip() for char in "\r\n\0"):
            raise ValueError("expected a command of one line")
        self.words: list[str] = []
        text = text.strip()
        place = 0
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None:
                raise ValueError(f"cannot read {text[place:]!r}: unbalanced quotation mark")
            self.words.append(match[1])
            place = match.end()
            if not match[2] and match[1] != "(" and text[place : place + 1] not in ("", ")"):
                raise ValueError(f"expected a space before {text[place:]!r}")

    def take(self, what: str) -> str:
        if not self.words:
            raise ValueError(f"expected {what}, found the end of the line")
        return self.words.pop(0)

    def string(self, what: str) -> str:
        word = self.take(what)
        if word in "()":
            raise ValueError(f"expected {what}, found {word!r}")
        return re.sub(r"\\(.)", r"\1", word[1:-1]) if word.startswith('"') else word

    def name(self) -> str:
        name = canonical_name(self.string("a mailbox name"))
        if not name.strip(DELIMITER):
            raise ValueError("expected a mailbox name, found an empty one")
        return name

    def numbers(self) -> sequence.SequenceSet:
        return sequence.parse(self.take("a sequence set such as 2:4 or 1,3,*"))

    def list(self, what: str, empty: bool = False) -> list[str]:
        """A parenthesised list, or a single word."""
        word = self.take(what)
        if word != "(":
            return [word]
        items = []
        while (word := self.take(f"{what} or a closing parenthesis")) != ")":
            items.append(word)
        if not items and not empty:
            raise ValueError(f"expected {what}, found an empty list")
        return items

    def end(self) -> None:
        if self.words:
            raise ValueError(f"unexpected {' '.join(self.words)!r} after the end of the command")


def parse_command(text: str) -> p.Command:
    """The command written as `text`, without its tag.

    Raises ValueError that says what was expected.

    >>> parse_command("UID STORE 4:* +FLAGS.SILENT (\\\\Seen)").silent
    True
    """
    words = Words(text)
    verb = words.take("a command").upper()
    uid = verb == "UID"
    if uid:
        verb = words.take("FETCH, STORE, SEARCH or COPY after UID").upper()
    reader = _READERS.get(verb)
    if reader is None or (uid and verb not in ("FETCH", "STORE", "SEARCH", "COPY")):
        known = "FETCH, STORE, SEARCH, COPY" if uid else ", ".join((*_READERS, "UID"))
        raise ValueError(f"{'UID ' if uid else ''}{verb} is not a command known here; known: {known}")
    command = reader(words, uid)
    words.end()
    return command


def _fetch(words: Words, uid: bool) -> p.Command:
    numbers = words.numbers()
    items: list[str] = []
    asked = words.list("FETCH items such as FLAGS or (UID BODY[])")
    for word in asked:
        item = word.upper()
        if item in _MACROS:
            if len(asked) > 1:
                raise ValueError(f"expected {item} by itself, as it is a macro (RFC 3501 §6.4.5)")
            items += _MACROS[item]
        elif item in _PLAIN_ITEMS or _SECTION.fullmatch(item):
            items.append(item)
        else:
            raise ValueError(f"{word!r} is not a FETCH item; known: {', '.join(_PLAIN_ITEMS)}, BODY[section]")
    return p.Fetch(numbers, tuple(items), uid)


def _store(words: Words, uid: bool) -> p.Command:
    numbers = words.numbers()
    item = words.take("FLAGS, +FLAGS or -FLAGS (or the same with .SILENT)").upper()
    match = re.fullmatch(r"([+-]?)FLAGS(\.SILENT)?", item)
    if match is None:
        raise ValueError(f"expected FLAGS, +FLAGS or -FLAGS (or the same with .SILENT), found {item!r}")
    in_parentheses = words.words[:1] == ["("]
    flags = words.list("flags such as (\\Seen)", empty=True)
    if words.words and not in_parentheses:
        flags += [words.take("a flag") for _ in range(len(words.words))]
    return p.Store(numbers, match[1], _flags(flags), match[2] is not None, uid)


def _flags(words: list[str]) -> Flags:
    return frozenset(canonical_flag(word) for word in words)


def _search(words: Words, uid: bool) -> p.Command:
    keys = [_key(words, 0)]
    while words.words:
        keys.append(_key(words, 0))
    return p.Search(keys[0] if len(keys) == 1 else ("AND", *keys), uid)


def _key(words: Words, depth: int) -> Key:
    if depth > _DEEPEST:
        raise ValueError(f"expected SEARCH keys nested no deeper than {_DEEPEST}")
    word = words.take("a SEARCH key such as ALL, UNSEEN or 2:4")
    if word == "(":
        keys = [_key(words, depth + 1)]
        while words.words and words.words[0] != ")":
            keys.append(_key(words, depth + 1))
        words.take("a closing parenthesis")
        return keys[0] if len(keys) == 1 else ("AND", *keys)
    name = word.upper()
    if name == "ALL" or name in FLAG_KEYS or (name.startswith("UN") and name[2:] in FLAG_KEYS):
        return (name,)
    if name in TEXT_KEYS:
        return (name, words.string(f"a string after {name}"))
    if name in ("KEYWORD", "UNKEYWORD"):
        return (name, canonical_flag(words.take(f"a keyword after {name}")))
    if name == "UID":
        return (name, words.numbers())
    if name == "NOT":
        return (name, _key(words, depth + 1))
    if name == "OR":
        return (name, _key(words, depth + 1), _key(words, depth + 1))
    try:
        return ("NUMBERS", sequence.parse(word))
    except ValueError:
        raise ValueError(
            f"{word!r} is not a SEARCH key known here; known: ALL, {', '.join(FLAG_KEYS)} and UN..., KEYWORD, "
            f"{', '.join(TEXT_KEYS)}, UID, NOT, OR, sequence sets"
        ) from None


def _append(words: Words, uid: bool) -> p.Command:
    name = words.name()
    flags = _flags(words.list("flags", empty=True)) if words.words and words.words[0] == "(" else frozenset()
    return p.Append(name, words.string('the message as a quoted string, e.g. "m8"'), flags)


def _status(words: Words, uid: bool) -> p.Command:
    name = words.name()
    items = tuple(word.upper() for word in words.list("STATUS items such as (MESSAGES)"))
    for item in items:
        if item not in _STATUS_ITEMS:
            raise ValueError(f"{item!r} is not a STATUS item; known: {', '.join(_STATUS_ITEMS)}")
    return p.Status(name, items)


_Reader = Callable[[Words, bool], p.Command]

_READERS: dict[str, _Reader] = {
    "NOOP": lambda words, uid: p.Noop(),
    "CHECK": lambda words, uid: p.Check(),
    "LOGOUT": lambda words, uid: p.Logout(),
    "CLOSE": lambda words, uid: p.Close(),
    "EXPUNGE": lambda words, uid: p.Expunge(),
    "SELECT": lambda words, uid: p.Select(words.name()),
    "EXAMINE": lambda words, uid: p.Select(words.name(), read_only=True),
    "CREATE": lambda words, uid: p.Create(words.name()),
    "DELETE": lambda words, uid: p.Delete(words.name()),
    "RENAME": lambda words, uid: p.Rename(words.name(), words.name()),
    "SUBSCRIBE": lambda words, uid: p.Subscribe(words.name()),
    "UNSUBSCRIBE": lambda words, uid: p.Subscribe(words.name(), undo=True),
    "LIST": lambda words, uid: p.List(words.string("a reference"), words.string("a pattern")),
    "LSUB": lambda words, uid: p.List(words.string("a reference"), words.string("a pattern"), subscribed=True),
    "STATUS": _status,
    "APPEND": _append,
    "FETCH": _fetch,
    "STORE": _store,
    "SEARCH": _search,
    "COPY": lambda words, uid: p.Copy(words.numbers(), words.name(), uid),
}


# --- writing --------------------------------------------------------------------------------------------------------


