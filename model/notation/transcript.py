"""How is a conversation written down? RFC 2180 §2's notation, as a file that can be driven.

    Title: what this shows
    Profile: fetch=4.1.2                      (how the server is, for drivers that take a profile)
    Mailbox: FOO 7 messages, 4:7 \\Deleted     (INBOX is there anyway; sets are sequence numbers; `empty` is a "flag"
    Mailbox: FRED                              for messages without content)
    Selected: FOO by C1 C2                    (or Examined)

    <a comment>
    C1: A001 EXPUNGE                          (a client's line, with its tag: driven)
    S1: * 4 EXPUNGE                           (a server's line: expected; … stands for any data)
    Agent: DELIVER FOO "m8"                   (the external agent: driven)
    <otherwise: fetch=4.1.1>                  (from this point on, those strategies go another way)

Reading is strict: a TranscriptError names the line and what was expected there.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from model.protocol import DELIMITER, INBOX, NO_FLAGS, Flags, canonical_flag, canonical_name, parsing, sequence
from model.store import World, agent, selected, world as worlds

CLIENT, SERVER, AGENT, COMMENT, OTHERWISE = "client", "server", "agent", "comment", "otherwise"
MOST_CLIENTS = 99
MOST_MESSAGES = 100_000

_SPOKEN = re.compile(r"([CS])(\d*): *(.*)")
_HEADER = re.compile(r"([A-Za-z]+): *(.*)")
_TAG = re.compile(r"[A-Za-z0-9.]+")
_ELLIPSIS = "…"


class TranscriptError(ValueError):
    """A file that can't be read: its line number (from 1) and what was expected there."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line


class Line(NamedTuple):
    """One line: its number in the file, its kind, the client's index (from 0; -1: none), tag and text."""

    number: int
    kind: str
    who: int
    tag: str
    text: str

    def __str__(self) -> str:
        if self.kind == CLIENT:
            return f"C{self.who + 1}: {self.tag} {self.text}"
        if self.kind == SERVER:
            return f"S{self.who + 1}: {self.text}"
        if self.kind == AGENT:
            return f"Agent: {self.text}"
        return f"<otherwise: {self.text}>" if self.kind == OTHERWISE else f"<{self.text}>"


class Transcript(NamedTuple):
    """A transcript file: title, profile spelling, the world it starts from, and its lines."""

    title: str
    profile: str
    world: World
    lines: tuple[Line, ...]

    @property
    def rows(self) -> list[str]:
        """It as text, row by row: the header, and an empty row before each line that is driven."""
        rows = [f"{key}: {value}" for key, value in (("Title", self.title), ("Profile", self.profile)) if value]
        rows += header_of(self.world)
        for place, line in enumerate(self.lines):
            rows += ["", str(line)] if not place or line.kind in (CLIENT, AGENT) else [str(line)]
        return rows

    def __repr__(self) -> str:
        return "\n".join(self.rows)


class Head(NamedTuple):
    """The header of a file, and where the body starts (an index into its lines)."""

    fields: tuple[tuple[int, str, str], ...]
    body: int


def parse(text: str) -> Transcript:
    """The transcript in a file of that text. Raises TranscriptError."""
    rows = text.splitlines()
    head = read_head(rows, ("Title", "Profile", "Mailbox", "Selected", "Examined"))
    lines = tuple(read_line(number, row) for number, row in enumerate(rows, 1) if number > head.body and _matters(row))
    if not any(line.kind in (CLIENT, AGENT) for line in lines):
        raise TranscriptError(len(rows) or 1, "expected at least one client line such as 'C1: A001 NOOP'")
    clients = max((line.who + 1 for line in lines), default=0)
    single = {key: value for _, key, value in head.fields if key in ("Title", "Profile")}
    return Transcript(single.get("Title", ""), single.get("Profile", ""), build_world(head, clients), lines)


def _matters(row: str) -> bool:
    return bool(row.strip()) and not row.startswith("#")


def start(text: str) -> World:
    """The world that a file's header describes: its Mailbox, Selected and Examined lines. Raises TranscriptError.

    >>> start("Mailbox: FOO 3 messages\\nSelected: FOO by C1 C2").sessions[1].name
    'FOO'
    """
    return build_world(read_head(text.splitlines(), ("Title", "Mailbox", "Selected", "Examined")), 0)


def read_head(rows: list[str], known: tuple[str, ...]) -> Head:
    """The header lines at the top of a file: `Key: value` with a known key. Raises TranscriptError."""
    fields: list[tuple[int, str, str]] = []
    for index, row in enumerate(rows):
        if not _matters(row):
            continue
        match = _HEADER.fullmatch(row.strip())
        if match is None or _SPOKEN.match(row) or match[1] == "Agent":
            return Head(tuple(fields), index)
        if match[1] not in known:
            raise TranscriptError(index + 1, f"{match[1]!r} is no header; known: {', '.join(known)}")
        if match[1] in ("Title", "Profile") and any(key == match[1] for _, key, _ in fields):
            raise TranscriptError(index + 1, f"a second {match[1]}; one is enough")
        fields.append((index + 1, match[1], match[2].strip()))
    return Head(tuple(fields), len(rows))


def read_line(number: int, row: str) -> Line:
    """One line of the body. Raises TranscriptError."""
    row = row.strip()
    if row.startswith("<"):
        if not row.endswith(">"):
            raise TranscriptError(number, "expected '>' at the end of a comment")
        text = row[1:-1].strip()
        if text.startswith("otherwise:"):
            return Line(number, OTHERWISE, -1, "", text.removeprefix("otherwise:").strip())
        return Line(number, COMMENT, -1, "", text)
    if row.startswith("Agent:"):
        return _checked(number, Line(number, AGENT, -1, "", row.removeprefix("Agent:").strip()))
    match = _SPOKEN.fullmatch(row)
    if match is None:
        raise TranscriptError(number, "expected 'C1: tag command', 'S1: response', 'Agent: action' or '<comment>'")
    who = read_client(number, match[1] + match[2])
    if match[1] == "S":
        return Line(number, SERVER, who, "", match[3])
    tag, _, command = match[3].partition(" ")
    if not _TAG.fullmatch(tag) or not command:
        raise TranscriptError(number, f"expected a tag and a command such as 'A001 NOOP', found {match[3]!r}")
    return _checked(number, Line(number, CLIENT, who, tag, command))


def read_client(number: int, word: str) -> int:
    """The index (from 0) of the client called `C3` (or `S3`; without a number it is the first)."""
    match = re.fullmatch(r"[CS]([0-9]{0,9})", word)
    if match is None or not 1 <= int(match[1] or 1) <= MOST_CLIENTS:
        raise TranscriptError(number, f"expected a client from C1 to C{MOST_CLIENTS}, found {word!r}")
    return int(match[1] or 1) - 1


def _checked(number: int, line: Line) -> Line:
    try:
        if line.kind == CLIENT:
            parsing.parse_command(line.text)
        else:
            agent.parse_action(line.text)
    except ValueError as error:
        raise TranscriptError(number, str(error)) from None
    return line


def build_world(head: Head, clients: int) -> World:
    """The world that the header describes, with at least that many sessions. Raises TranscriptError."""
    opened: list[tuple[int, int, str, bool]] = []
    for number, key, value in head.fields:
        if key in ("Selected", "Examined"):
            name, by, who = value.partition(" by ")
            if not by or not who.split():
                raise TranscriptError(number, f"expected '{key}: FOO by C1 C2', found {value!r}")
            for sid in [read_client(number, word) for word in who.split()]:
                if any(sid == other for _, other, _, _ in opened):
                    raise TranscriptError(number, f"C{sid + 1} has a mailbox open already")
                opened.append((number, sid, name.strip(), key == "Examined"))
    sessions = max([clients, *(sid + 1 for _, sid, _, _ in opened)])
    world = worlds.empty(sessions)
    for number, key, value in head.fields:
        if key == "Mailbox":
            world = _add_mailbox(world, number, value)
    for number, sid, name, read_only in opened:
        mailbox = world.by_name(canonical_name(name))
        if mailbox is None:
            raise TranscriptError(number, f"no mailbox {name!r}; give it a 'Mailbox: {name} 3 messages' line")
        world = worlds.set_session(world, sid, selected(mailbox, read_only))
    return world


def _add_mailbox(world: World, number: int, value: str) -> World:
    match = re.fullmatch(r"(\S+)(?: +([0-9]+) +messages?)?((?: *, *[\d:,*]+(?: +[^\s,]+)+)*)", value)
    if match is None:
        expected = "'NAME', 'NAME 7 messages' or 'NAME 7 messages, 4:7 \\Deleted'"
        raise TranscriptError(number, f"expected {expected}, found {value!r}")
    name, digits = canonical_name(match[1]), match[2] or "0"
    if '"' in name:
        raise TranscriptError(number, f"expected a mailbox name without quotes, found {match[1]}")
    if name.endswith(DELIMITER):
        raise TranscriptError(number, f"expected a mailbox name that does not end in {DELIMITER}, found {name!r}")
    if len(digits) > 9 or int(digits) > MOST_MESSAGES:
        raise TranscriptError(number, f"{digits} messages are too many; at most {MOST_MESSAGES}")
    count = int(digits)
    flags: dict[int, Flags] = {}
    void: set[int] = set()
    for clause in re.findall(r"([\d*][\d:,*]*)((?: +[^\s,]+)+)", match[3]):
        try:
            numbers = sequence.resolve(sequence.parse(clause[0]), count)
            words = clause[1].split()
            added = frozenset(canonical_flag(word) for word in words if word != "empty")
        except ValueError as error:
            raise TranscriptError(number, str(error)) from None
        if numbers is None:
            raise TranscriptError(number, f"{clause[0]} goes beyond the {count} messages of {name}")
        for n in numbers:
            flags[n] = flags.get(n, NO_FLAGS) | added
        if "empty" in words:
            void.update(numbers)
    known = world.by_name(name) is not None
    world = world if known else worlds.create(world, name)
    box = world.by_name(name)
    assert box is not None
    if box.uidnext > 1 or (known and name != INBOX):
        raise TranscriptError(number, f"mailbox {name} is there already")
    new = tuple((flags.get(n, NO_FLAGS), "" if n in void else f"{name.lower()}{n}") for n in range(1, count + 1))
    return worlds.append(world, box, new)


def header_of(world: World) -> list[str]:
    """The header lines that describe a world from which a transcript starts: `build_world`, backwards."""
    rows = []
    for box in world.mailboxes:
        kinds: dict[str, list[int]] = {}
        for number, message in enumerate(box.messages, 1):
            words = [*sorted(message.flags), *([] if message.content else ["empty"])]
            if words:
                kinds.setdefault(" ".join(words), []).append(number)
        count = f" {len(box.messages)} messages" if box.messages else ""
        if count or box.name != INBOX:
            marks = "".join(f", {sequence.to_text(sequence.of(numbers))} {words}" for words, numbers in kinds.items())
            rows.append(f"Mailbox: {box.name}{count}{marks}")
    for box in world.mailboxes:
        for key, read_only in (("Selected", False), ("Examined", True)):
            users = [f"C{sid + 1}" for sid in world.users_of(box.id) if world.sessions[sid].read_only == read_only]
            if users:
                rows.append(f"{key}: {box.name} by {' '.join(users)}")
    return rows


# --- comparing ------------------------------------------------------------------------------------------------------

_NAMING = re.compile(r"\* (LIST|LSUB|STATUS) ")
_CONDITION = re.compile(r"(\S+ (?:OK|NO|BAD|BYE|PREAUTH))(?: (\[[^\]]*\]))?.*", re.I | re.S)


def canonical(text: str) -> str:
    """A response without what a client may not act on: the human-readable text after OK, NO, BAD, BYE (RFC 3501 §7.1),
    spacing, the order of flags, and letter case where IMAP has none (not in strings and mailbox names)."""
    text = " ".join(text.split())
    match = _CONDITION.fullmatch(text)
    if match is not None:
        text = match[1] + (f" {match[2]}" if match[2] else "")
    text = re.sub(r"FLAGS \(([^)]*)\)", lambda m: f"FLAGS ({' '.join(sorted(m[1].lower().split()))})", text, flags=re.I)
    if _NAMING.match(text):
        return text
    return "".join(part if part.startswith('"') else part.lower() for part in re.split(r'("[^"]*")', text))


def says(expected: str, response: str) -> bool:
    """Whether the server's line is as the transcript expects it; `…` stands for any data."""
    first, *rest = canonical(expected).split(_ELLIPSIS)
    text = canonical(response)
    if not rest or not text.startswith(first):
        return text == first
    place = len(first)
    for part in rest[:-1]:
        where = text.find(part, place)
        if where < 0:
            return False
        place = where + len(part)
    return text.endswith(rest[-1]) and len(text) - len(rest[-1]) >= place
