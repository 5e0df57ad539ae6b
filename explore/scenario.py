"""What is explored: a starting world, and what each client (and the external agent) sets out to do.

A scenario is written as a transcript's header (see `model.transcript`), followed by programs instead of a conversation:

    Title: one client expunges, one reads
    Mailbox: FOO 3 messages, 2 \\Deleted
    Selected: FOO by C1 C2

    C1: EXPUNGE                                   (a command, without a tag)
    C2: FETCH 2 BODY[] | STORE 2 +FLAGS (\\Seen)   (either of them: both are explored)
    C2: retry DELETE FOO                          (again and again, until it is not answered NO)
    C3: forever                                   (the steps of C3 that follow are repeated for ever)
    C3: NOOP
    Agent: DELIVER FOO "new"

Every order in which the clients can take their turns is explored. Reading is strict, as for transcripts.
"""

from __future__ import annotations

from importlib import resources
from typing import NamedTuple

from model import agent, syntax
from model.agent import Action
from model.client import Program, Step
from model.transcript import TranscriptError, build_world, read_client, read_head
from model.world import World

MOST_STEPS = 1000


class Scenario(NamedTuple):
    """A world to start from, one program a client, and the agent's actions: for each step, the choices. `header` has
    the lines that describe the world, for those who write it down again."""

    name: str
    title: str
    world: World
    programs: tuple[Program, ...]
    agent: tuple[tuple[Action, ...], ...] = ()
    header: tuple[str, ...] = ()

    @property
    def endless(self) -> bool:
        """Whether some client repeats or retries: runs can then be without end."""
        return any(program.repeat is not None or any(s.retry for s in program.steps) for program in self.programs)

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
    head = read_head(rows, ("Title", "Mailbox", "Selected", "Examined"))
    steps: dict[int, list[Step]] = {}
    repeats: dict[int, int] = {}
    actions: list[tuple[Action, ...]] = []
    for number, row in enumerate(rows[head.body :], head.body + 1):
        row = row.strip()
        if not row or row.startswith(("<", "#")):
            continue
        speaker, colon, words = row.partition(":")
        if not colon:
            raise TranscriptError(number, "expected 'C1: command', 'C1: retry command', 'C1: forever' or 'Agent: action'")
        try:
            if speaker == "Agent":
                actions.append(tuple(agent.parse_action(choice) for choice in words.split("|")))
                continue
            client = read_client(number, speaker) if speaker.startswith("C") else -1
            if client < 0:
                raise ValueError(f"expected 'C1: command' or 'Agent: action', found {speaker!r}")
            if words.strip().lower() == "forever":
                repeats[client] = len(steps.setdefault(client, []))
            else:
                steps.setdefault(client, []).append(_step(words.strip()))
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
            raise TranscriptError(len(rows), f"expected a command of C{client + 1} after 'C{client + 1}: forever'")
    world = build_world(head, max(steps) + 1)
    programs = tuple(Program(tuple(steps.get(c, ())), repeats.get(c)) for c in range(len(world.sessions)))
    title = next((value for _, key, value in head.fields if key == "Title"), name)
    header = tuple(f"{key}: {value}" for _, key, value in head.fields if key != "Title")
    return Scenario(name, title, world, programs, tuple(actions), header)


def _step(words: str) -> Step:
    first, _, rest = words.partition(" ")
    retry = first.lower() == "retry"
    choices = (rest if retry else words).split("|")
    return Step(tuple(syntax.parse_command(choice) for choice in choices), retry)


def builtin() -> tuple[Scenario, ...]:
    """The scenarios that come with mailrace: RFC 2180 §3 and §4, and the races beside them."""
    folder = resources.files("explore") / "scenarios"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".txt")), key=lambda file: file.name)
    return tuple(parse(file.name.removesuffix(".txt"), file.read_text(encoding="utf-8")) for file in files)
