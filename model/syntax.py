"""How are commands and responses written, and read back? RFC 3501's syntax, with two abstractions.

A message is its content token: APPEND carries it as a quoted string where the wire has a literal, and every item that
shows what a message is (ENVELOPE, BODY[TEXT], ...) is rendered from it. NIL content is rendered as RFC 2180 §4.1.3's
table of "NIL FETCH responses" has it. Reading is strict: a ValueError says what was expected.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable

from model import protocol as p, sequence
from model.mailbox import NIL, SYSTEM_FLAGS, Flags, canonical_flag
from model.search import FLAG_KEYS, TEXT_KEYS, Key
from model.world import DELIMITER, canonical_name

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


def command_text(command: p.Command) -> str:
    """The command as a client writes it, without its tag; `parse_command` reads it back."""
    uid = "UID " if getattr(command, "uid", False) else ""
    match command:
        case p.Select(name, read_only):
            return f"{'EXAMINE' if read_only else 'SELECT'} {astring(name)}"
        case p.Create(name) | p.Delete(name):
            return f"{type(command).__name__.upper()} {astring(name)}"
        case p.Rename(name, new_name):
            return f"RENAME {astring(name)} {astring(new_name)}"
        case p.Subscribe(name, undo):
            return f"{'UNSUBSCRIBE' if undo else 'SUBSCRIBE'} {astring(name)}"
        case p.List(reference, pattern, subscribed):
            return f"{'LSUB' if subscribed else 'LIST'} {quoted(reference)} {quoted(pattern)}"
        case p.Status(name, items):
            return f"STATUS {astring(name)} ({' '.join(items)})"
        case p.Append(name, content, flags):
            return f"APPEND {astring(name)} {flags_text(flags) + ' ' if flags else ''}{quoted(content)}"
        case p.Fetch(numbers, items):
            written = items[0] if len(items) == 1 else f"({' '.join(items)})"
            return f"{uid}FETCH {sequence.to_text(numbers)} {written}"
        case p.Store(numbers, mode, flags, silent):
            item = f"{mode}FLAGS{'.SILENT' if silent else ''}"
            return f"{uid}STORE {sequence.to_text(numbers)} {item} {flags_text(flags)}"
        case p.Search(key):
            return f"{uid}SEARCH {_key_text(key, top=True)}"
        case p.Copy(numbers, name):
            return f"{uid}COPY {sequence.to_text(numbers)} {astring(name)}"
        case _:
            return type(command).__name__.upper()


def _key_text(key: Key, top: bool = False) -> str:
    name, *rest = key
    if name == "AND":
        text = " ".join(map(_key_text, rest))
        return text if top else f"({text})"
    if name == "NUMBERS":
        return sequence.to_text(rest[0])
    if name == "UID":
        return f"UID {sequence.to_text(rest[0])}"
    if name in TEXT_KEYS:
        return f"{name} {quoted(rest[0])}"
    return " ".join([name, *(_key_text(part) if isinstance(part, tuple) else part for part in rest)])


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def astring(text: str) -> str:
    return text if re.fullmatch(r'[^\s(){%*"\\\x00-\x1f]+', text) else quoted(text)


def flags_text(flags: Flags) -> str:
    """A flag list: system flags in RFC 3501 §2.3.2's order of use, then keywords."""
    known = [flag for flag in SYSTEM_FLAGS if flag in flags]
    return f"({' '.join(known + sorted(flags - set(known)))})"


def response_text(response: p.Response, tag: str = "*") -> str:
    """The response as the server writes it; `tag` is used for a tagged one."""
    match response:
        case p.Tagged(status, text, code):
            return f"{tag} {status} {f'[{code}] ' if code else ''}{text}"
        case p.Exists(number):
            return f"* {number} EXISTS"
        case p.Recent(number):
            return f"* {number} RECENT"
        case p.Expunged(number):
            return f"* {number} EXPUNGE"
        case p.Fetched():
            return f"* {response.number} FETCH ({_facts(response)})"
        case p.Found(numbers):
            return " ".join(["* SEARCH", *map(str, numbers)])
        case p.Listed(name, attributes, subscribed):
            verb = "LSUB" if subscribed else "LIST"
            return f'* {verb} ({" ".join(attributes)}) "{DELIMITER}" {astring(name) if name else quoted(name)}'
        case p.StatusOf(name, items):
            return f"* STATUS {astring(name)} ({' '.join(f'{item} {value}' for item, value in items)})"
        case p.FlagsDefined(flags):
            return f"* FLAGS ({' '.join(flags)})"
        case p.Ok(code, text):
            return f"* OK [{code}] {text}"
        case p.Bye(text):
            return f"* BYE {text}"


def _facts(response: p.Fetched) -> str:
    facts = []
    if response.uid is not None:
        facts.append(f"UID {response.uid}")
    if response.flags is not None:
        facts.append(f"FLAGS {flags_text(response.flags)}")
    content = response.content or NIL
    facts += [f"{item} {_render(item, content)}" for item in response.contents]
    return " ".join(facts)


def _render(item: str, content: str) -> str:
    """What a content item shows of a message (RFC 2180 §4.1.3's table where it is NIL)."""
    if item == "ENVELOPE":
        return f"(NIL {quoted(content) if content else 'NIL'}{' NIL' * 8})"
    if item == "INTERNALDATE":
        day = 1 + zlib.crc32(content.encode()) % 28
        return f'"{day:02}-Jan-2000 12:00:00 +0000"' if content else '"00-Jan-0000 00:00:00 +0000"'
    if item == "RFC822.SIZE":
        return str(len(content))
    if item in ("BODY", "BODYSTRUCTURE"):
        return f'("TEXT" "PLAIN" NIL NIL NIL "7BIT" {len(content)} {1 if content else 0})'
    return quoted(content)
