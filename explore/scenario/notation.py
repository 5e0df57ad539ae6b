"""How is a scenario written down? Read and written."""

from __future__ import annotations

import re
from importlib import resources

from explore.scenario.alphabet import alphabet
from explore.scenario.custom_client import USUAL_COMMANDS, OwnClient, load
from explore.scenario.definition import Scenario
from model import protocol as p
from model.client import ALL_MANNERS, MANNERS, Program, ProgramStep
from model.notation import Head, TranscriptError, build_world, read_client, read_head, read_line
from model.protocol import command_text, parsing
from model.store import Action, World, agent


def scenario_text(scenario: Scenario) -> str:
    """The scenario as a file: `parse` reads it back, unless a client of one's own is in it that has no name as
    module:Name."""
    lines = [f"Title: {scenario.title}", *scenario.header]
    most = ((scenario.most_uids, "uids"), (scenario.most_mailboxes, "mailboxes"))
    bounds = [f"{number} {what}" for number, what in most if number is not None]
    lines += [f"Bound: {', '.join(bounds)}"] if bounds else []
    lines += [f"Clients: {', '.join(scenario.manners)}"] if scenario.manners != MANNERS else []
    for sid, program in enumerate(scenario.programs):
        lines += [f"C{sid + 1}: {step}" for step in _steps(program)]
    lines += [f"Agent: {' | '.join(map(agent.action_text, actions))}" for actions in scenario.agent]
    return "\n".join(lines) + "\n"


def _steps(program: Program) -> list[str]:
    if isinstance(program.user, OwnClient):
        return [f"own {program.user.word or program.user.name}, up to {program.user.commands} commands"]
    steps = [f"{'retry ' if step.retry else ''}{' | '.join(map(command_text, step.choices))}" for step in program.steps]
    if program.repeat is not None:
        steps.insert(program.repeat, "forever")
    return steps


MOST_STEPS = 1000
_OWN = re.compile(r"own +(\S+?)(?:, up to ([1-9]\d{0,4}|100000) commands?)?", re.I)


class _Reader:
    """What the programs of a scenario say, row by row."""

    def __init__(self, head: Head) -> None:
        self.usual = _Usual(head)
        self.steps: dict[int, list[ProgramStep]] = {}
        self.repeats: dict[int, int] = {}
        self.said: dict[int, int] = {}
        self.own: dict[int, OwnClient] = {}
        self.actions: list[tuple[Action, ...]] = []

    def read(self, number: int, row: str) -> None:
        """Take in the row of that number. Raises TranscriptError."""
        if not row or row.startswith("#"):
            return
        if row.startswith("<"):
            read_line(number, row)
            return
        speaker, colon, words = row.partition(":")
        if not colon:
            raise TranscriptError(number, "expected 'C1: command', 'C1: retry command', 'C1: forever' or 'Agent: action'")
        try:
            if speaker == "Agent":
                self.actions.append(tuple(dict.fromkeys(map(agent.parse_action, _alternatives(words)))))
                return
            client = read_client(number, speaker) if speaker.startswith("C") else -1
            if client < 0:
                raise ValueError(f"expected 'C1: command' or 'Agent: action', found {speaker!r}")
            self._take(number, client, words.strip())
        except TranscriptError:
            raise
        except ValueError as error:
            raise TranscriptError(number, str(error)) from None

    def _take(self, number: int, client: int, words: str) -> None:
        """One step of that client, or from where on it repeats its steps; or who it is, if somebody else has written it.
        Raises ValueError."""
        named = _OWN.fullmatch(words)
        if client in self.own or (named is not None and client in self.steps):
            raise ValueError(f"C{client + 1} is a client of your own: it has one line, and no other steps")
        if named is not None:
            try:
                self.own[client] = load(named[1], int(named[2] or USUAL_COMMANDS))
            except ValueError as error:
                raise ValueError(f"C{client + 1} is to be {named[1]}: {error}") from None
            return
        if words.lower().startswith("own "):
            raise ValueError(f"{words!r} names no client; write 'own module:Name' or 'own module:Name, up to 16 commands'")
        if words.lower() != "forever":
            self.steps.setdefault(client, []).append(_step(words, self.usual))
            return
        if client in self.repeats:
            raise ValueError(f"a second 'forever' of C{client + 1}; one is enough")
        self.repeats[client] = len(self.steps.setdefault(client, []))
        self.said[client] = number

    def program(self, world: World, client: int) -> Program:
        """What that client of that world sets out to do."""
        own = self.own.get(client)
        user = own.at(world, client) if own is not None else None
        return Program(tuple(self.steps.get(client, ())), self.repeats.get(client), user)

    def finish(self, last: int) -> None:
        """Raise TranscriptError if that is no scenario; `last` is the number of the last row."""
        if not self.steps and not self.own:
            raise TranscriptError(last or 1, "expected at least one client line such as 'C1: NOOP'")
        if sum(map(len, self.steps.values())) > MOST_STEPS:
            raise TranscriptError(last, f"more than {MOST_STEPS} commands")
        for client, start in self.repeats.items():
            if start == len(self.steps[client]):
                says = f"expected a command of C{client + 1} after 'C{client + 1}: forever'"
                raise TranscriptError(self.said[client], says)


def parse(name: str, text: str) -> Scenario:
    """The scenario in a file of that text. Raises TranscriptError."""
    rows = text.splitlines()
    head = read_head(rows, ("Title", "Mailbox", "Selected", "Examined", "Bound", "Clients"))
    reader = _Reader(head)
    for number, row in enumerate(rows[head.body :], head.body + 1):
        reader.read(number, row.strip())
    reader.finish(len(rows))
    world = build_world(head, max((*reader.steps, *reader.own)) + 1)
    programs = tuple(reader.program(world, client) for client in range(len(world.sessions)))
    title = next((value for _, key, value in head.fields if key == "Title"), name)
    header = tuple(f"{key}: {value}" for _, key, value in head.fields if key not in ("Title", "Bound", "Clients"))
    return Scenario(name, title, world, programs, tuple(reader.actions), header, *_bound(head), _manners(head))


def _bound(head: Head) -> tuple[int | None, int | None]:
    """The most UIDs of one mailbox and the most mailboxes that the header allows. Raises TranscriptError, also where the
    start is beyond them."""
    world = build_world(head, 1)
    fullest = max(world.mailboxes, key=lambda box: box.uidnext)
    start = {"uid": fullest.uidnext - 1, "mailbox": len(world.mailboxes)}
    most: dict[str, int] = {}
    for number, value in ((number, value) for number, key, value in head.fields if key == "Bound"):
        for part in value.split(","):
            match = re.fullmatch(r"([1-9][0-9]{0,5}|[0-9]{1,6} +(more)) +(?:(uid)s?|(mailbox)(?:es)?)", part.strip())
            if match is None:
                raise TranscriptError(number, f"expected 'Bound: 4 uids, 3 mailboxes', found {value!r}")
            what, count = match[3] or match[4], int(match[1].split()[0])
            if what in most:
                raise TranscriptError(number, f"a second bound on what {what} there can be; one is enough")
            most[what] = count + start[what] if match[2] else count
            if most[what] < start[what]:
                there = f"{fullest.name} has" if what == "uid" else f"{world.mailboxes[-1].name} is number"
                raise TranscriptError(number, f"the start is outside the bound {part.strip()!r}: {there} {start[what]}")
    return most.get("uid"), most.get("mailbox")


def _manners(head: Head) -> tuple[str, ...]:
    """The manners of the clients for which the scenario is meant."""
    named: list[str] = []
    for number, value in ((number, value) for number, key, value in head.fields if key == "Clients"):
        for word in (part.strip() for part in value.split(",")):
            if word not in ALL_MANNERS:
                known = ", ".join(ALL_MANNERS)
                raise TranscriptError(number, f"expected manners of clients ({known}), found {word!r}")
            named.append(word)
    return tuple(dict.fromkeys(named)) or MANNERS


class _Usual:
    """What `any` is about: the first mailbox of the header, the messages that it can have, and the second one as a place
    to copy to."""

    def __init__(self, head: Head) -> None:
        world = build_world(head, 1)
        named = [box for box in world.mailboxes[1:] if box.messages] or list(world.mailboxes)
        self.box = named[0]
        others = [box.name for box in world.mailboxes if box.id != self.box.id]
        self.target = others[-1] if others else self.box.name
        self.count = _bound(head)[0] or len(self.box.messages)

    def alphabet(self, kind: str) -> tuple[p.Command, ...]:
        return alphabet(kind, self.box.name, self.count, self.target)


def _alternatives(words: str) -> list[str]:
    """The parts between the bars that are outside quotation marks."""
    parts = [""]
    for piece in re.findall(r'"(?:\\.|[^"\\])*"|.', words):
        if piece == "|":
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def _step(words: str, usual: _Usual) -> ProgramStep:
    first, _, rest = words.partition(" ")
    retry = first.lower() == "retry"
    choices: list[p.Command] = []
    for choice in _alternatives(rest if retry else words):
        match = re.fullmatch(r"any (?:(message|mailbox) )?command", choice.strip())
        choices += usual.alphabet(match[1] or "") if match is not None else (parsing.parse_command(choice),)
    return ProgramStep(tuple(dict.fromkeys(choices)), retry)


def builtin() -> tuple[Scenario, ...]:
    """The scenarios that come with mailrace: RFC 2180 §3 and §4, and the races beside them."""
    folder = resources.files("explore.scenario") / "library"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".txt")), key=lambda file: file.name)
    return tuple(parse(file.name.removesuffix(".txt"), file.read_text(encoding="utf-8")) for file in files)
