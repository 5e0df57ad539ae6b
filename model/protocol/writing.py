"""How are commands and responses written? RFC 3501's syntax, with the abstractions of `model.protocol.parsing`.

NIL content is rendered as RFC 2180 §4.1.3's table of "NIL FETCH responses" has it.
"""

from __future__ import annotations

import re
import zlib

from model import protocol as p
from model.protocol import sequence
from model.protocol.flags import NIL, SYSTEM_FLAGS, Flags
from model.protocol.names import DELIMITER
from model.protocol.search_key import TEXT_KEYS, Key


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
