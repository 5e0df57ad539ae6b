"""What is explored: a starting world, and what each client (and the external agent) sets out to do.

A scenario is written as a transcript's header (see `model.transcript`), followed by programs instead of a conversation:

    Title: one client expunges, one reads
    Mailbox: FOO 3 messages, 2 \\Deleted
    Selected: FOO by C1 C2

    C1: EXPUNGE                                   (a command, without a tag)
    C2: FETCH 2 BODY[] | STORE 2 +FLAGS (\\Seen)   (either of them: both are explored)
    C2: retry DELETE FOO                          (again and again, until it is not answered NO)
    C3: forever                                   (the steps of C3 that follow are repeated for ever)
    C3: any message command | LOGOUT              (`any message command`, `any mailbox command`, `any command`: every
    Agent: DELIVER FOO "new"                       command of the alphabet of `explore.alphabet`)

Every order in which the clients can take their turns is explored. A header line `Bound: 4 uids, 3 mailboxes` leaves out
every step that would give out more UIDs in one mailbox, or create more mailboxes, than that: what programs without end
need to have finitely many states. `Clients: pipelining, reckless` says for clients of which manners the scenario is
meant, if nobody asks for others. Reading is strict, as for transcripts.
"""

from __future__ import annotations

import re
from importlib import resources
from typing import NamedTuple

from explore.alphabet import alphabet
from model import agent, protocol as p, syntax
from model.agent import Action
from model.client import DISCIPLINES, MANNERS
from model.program import Program, Step
from model.transcript import Head, TranscriptError, build_world, read_client, read_head, read_line
from model.world import World

MOST_STEPS = 1000


class Scenario(NamedTuple):
    """A world to start from, one program a client, and the agent's actions: for each step, the choices. `header` has
    the lines that describe the world, for those who write it down again; `manners` are those of the clients for which
    it is meant."""

    name: str
    title: str
    world: World
    programs: tuple[Program, ...]
    agent: tuple[tuple[Action, ...], ...] = ()
    header: tuple[str, ...] = ()
    most_uids: int | None = None
    most_mailboxes: int | None = None
    manners: tuple[str, ...] = MANNERS

    @property
    def own(self) -> bool:
        """Whether some client is of somebody's own making (`explore.own_client`)."""
        return any(program.user is not None for program in self.programs)

    @property
    def endless(self) -> bool:
        """Whether some client repeats or retries: runs can then be without end."""
        return self.retried or any(program.repeat is not None for program in self.programs)

    @property
    def retried(self) -> bool:
        """Whether some client tries something again and again."""
        return any(step.retry for program in self.programs for step in program.steps)

    @property
    def bound(self) -> dict[str, int]:
        """Clients, messages at the start (in the fullest mailbox) and commands (the longest program, and all)."""
        lengths = [len(program.steps) for program in self.programs]
        return {
            "clients": len(self.programs),
            "messages": max(len(box.messages) for box in self.world.mailboxes),
            "commands": sum(lengths) + len(self.agent),
        }


def parse(name: str, text: str) -> Scenario:
    """The scenario in a file of that text. Raises TranscriptError."""
    rows = text.splitlines()
    head = read_head(rows, ("Title", "Mailbox", "Selected", "Examined", "Bound", "Clients"))
    usual = _Usual(head)
    steps: dict[int, list[Step]] = {}
    repeats: dict[int, int] = {}
    said: dict[int, int] = {}
    actions: list[tuple[Action, ...]] = []
    for number, row in enumerate(rows[head.body :], head.body + 1):
        row = row.strip()
        if not row or row.startswith("#"):
            continue
        if row.startswith("<"):
            read_line(number, row)
            continue
        speaker, colon, words = row.partition(":")
        if not colon:
            raise TranscriptError(number, "expected 'C1: command', 'C1: retry command', 'C1: forever' or 'Agent: action'")
        try:
            if speaker == "Agent":
                actions.append(tuple(agent.parse_action(choice) for choice in _alternatives(words)))
                continue
            client = read_client(number, speaker) if speaker.startswith("C") else -1
            if client < 0:
                raise ValueError(f"expected 'C1: command' or 'Agent: action', found {speaker!r}")
            if words.strip().lower() == "forever":
                if client in repeats:
                    raise ValueError(f"a second 'forever' of C{client + 1}; one is enough")
                repeats[client] = len(steps.setdefault(client, []))
                said[client] = number
            else:
                steps.setdefault(client, []).append(_step(words.strip(), usual))
        except TranscriptError:
            raise
        except ValueError as error:
            raise TranscriptError(number, str(error)) from None
    if not steps:
        raise TranscriptError(len(rows) or 1, "expected at least one client line such as 'C1: NOOP'")
    if sum(map(len, steps.values())) > MOST_STEPS:
        raise TranscriptError(len(rows), f"more than {MOST_STEPS} commands")
    for client, start in repeats.items():
        if start == len(steps[client]):
            raise TranscriptError(said[client], f"expected a command of C{client + 1} after 'C{client + 1}: forever'")
    world = build_world(head, max(steps) + 1)
    programs = tuple(Program(tuple(steps.get(c, ())), repeats.get(c)) for c in range(len(world.sessions)))
    title = next((value for _, key, value in head.fields if key == "Title"), name)
    header = tuple(f"{key}: {value}" for _, key, value in head.fields if key not in ("Title", "Bound", "Clients"))
    return Scenario(name, title, world, programs, tuple(actions), header, *_bound(head), _manners(head))


def _bound(head: Head) -> tuple[int | None, int | None]:
    """The most UIDs of one mailbox and the most mailboxes that the header allows."""
    most: dict[str, int] = {}
    for number, value in ((number, value) for number, key, value in head.fields if key == "Bound"):
        for part in value.split(","):
            match = re.fullmatch(r"([1-9][0-9]{0,5}) +(?:(uid)s?|(mailbox)(?:es)?)", part.strip())
            if match is None:
                raise TranscriptError(number, f"expected 'Bound: 4 uids, 3 mailboxes', found {value!r}")
            what = match[2] or match[3]
            if what in most:
                raise TranscriptError(number, f"a second bound on what {what} there can be; one is enough")
            most[what] = int(match[1])
    return most.get("uid"), most.get("mailbox")


def _manners(head: Head) -> tuple[str, ...]:
    """The manners of the clients for which the scenario is meant."""
    named: list[str] = []
    for number, value in ((number, value) for number, key, value in head.fields if key == "Clients"):
        for word in (part.strip() for part in value.split(",")):
            if word not in (*MANNERS, *DISCIPLINES):
                known = ", ".join((*MANNERS, *DISCIPLINES))
                raise TranscriptError(number, f"expected manners of clients ({known}), found {word!r}")
            named.append(word)
    return tuple(dict.fromkeys(named)) or MANNERS


class _Usual:
    """What `any` is about: the first mailbox of the header, its messages, and the second one as a place to copy to."""

    def __init__(self, head: Head) -> None:
        world = build_world(head, 1)
        named = [box for box in world.mailboxes[1:] if box.messages] or list(world.mailboxes)
        self.box = named[0]
        others = [box.name for box in world.mailboxes if box.id != self.box.id]
        self.target = others[-1] if others else self.box.name

    def alphabet(self, kind: str) -> tuple[p.Command, ...]:
        return alphabet(kind, self.box.name, len(self.box.messages), self.target)


def _alternatives(words: str) -> list[str]:
    """The parts between the bars that are outside quotation marks."""
    parts = [""]
    for piece in re.findall(r'"(?:\\.|[^"\\])*"|.', words):
        if piece == "|":
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def _step(words: str, usual: _Usual) -> Step:
    first, _, rest = words.partition(" ")
    retry = first.lower() == "retry"
    choices: list[p.Command] = []
    for choice in _alternatives(rest if retry else words):
        match = re.fullmatch(r"any (?:(message|mailbox) )?command", choice.strip())
        choices += usual.alphabet(match[1] or "") if match is not None else (syntax.parse_command(choice),)
    return Step(tuple(dict.fromkeys(choices)), retry)


def builtin() -> tuple[Scenario, ...]:
    """The scenarios that come with mailrace: RFC 2180 §3 and §4, and the races beside them."""
    folder = resources.files("explore") / "scenarios"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".txt")), key=lambda file: file.name)
    return tuple(parse(file.name.removesuffix(".txt"), file.read_text(encoding="utf-8")) for file in files)
