"""When may a client send its next command before the last one is completed? RFC 3501 §5.5, derived and not written down.

A client means messages by numbers, as it counts when it *sends*; the server takes the numbers as its view stands when
it *serves*. Between the two, a command sent earlier may have told the client of an expunge. For a sequence of commands
sent at once, everything that can happen is explored: a message is expunged from outside at any moment, and the server
answers as any profile allows. The sequence is unsafe, under a profile, if a command then means one message and is
served for another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from explore.check.conditions import condition
from explore.check.fault import announcing_expunges
from explore.space import Universe, decide
from explore.system import Execute, may_follow, numbers_of
from model import protocol as p, server
from model.notation import command_tag, start
from model.protocol import command_text, parse_command, response_text, search_key, sequence
from model.server import Outcome, Profile
from model.store import World, agent

MESSAGES = 3
HEADER = (f"Mailbox: FOO {MESSAGES} messages, 1 \\Deleted", "Mailbox: FRED 1 messages", "Selected: FOO by C1")
COMMANDS = (
    "FETCH 2 BODY.PEEK[]",
    "STORE 2 +FLAGS (\\Flagged)",
    "SEARCH 2",
    "COPY 2 FRED",
    "EXPUNGE",
    "NOOP",
    "CHECK",
    "UID FETCH 2 FLAGS",
    "UID STORE 2 +FLAGS (\\Flagged)",
    "UID SEARCH UNSEEN",
    "UID SEARCH 2",
    "UID COPY 2 FRED",
    "STATUS FRED (MESSAGES)",
    'APPEND FRED "new"',
    'LIST "" "*"',
)
"""The commands of the table; the numbers name the second of three messages, the first of which is expunged."""
RFC_INVALID = ("FETCH + NOOP + STORE", "STORE + COPY + FETCH", "COPY + COPY", "CHECK + FETCH")
RFC_VALID = ("FETCH + STORE + SEARCH + CHECK", "STORE + COPY + EXPUNGE")
RFC_DEPENDS = (("UID SEARCH UNSEEN", "UID SEARCH UNSEEN"), ("UID SEARCH UNSEEN", "UID SEARCH 2"))
PIPELINING_BOUND = f"one mailbox of {MESSAGES} messages, the first of which is expunged from outside at any moment, or never"
"""Within what the verdicts are found, in words."""
INTRUDER = agent.Purge("FOO", sequence.of([1]))


class Mistake(NamedTuple):
    """A way in which a sequence goes wrong: for which profiles, and the transcript's lines."""

    mask: int
    lines: tuple[str, ...]


class SequenceVerdict(NamedTuple):
    """Whether a sequence of commands may be sent at once: the profiles under which it may not, as a set and as text
    ("never" where it always may), and the shortest way to go wrong."""

    commands: tuple[str, ...]
    unsafe: int
    condition: str
    mistake: Mistake | None

    def outcome(self, universe: Universe) -> str:
        """Whether and when it goes wrong, as the end of a sentence."""
        if self.condition == "never":
            return "never goes wrong"
        if self.condition == "always":
            return f"goes wrong under {'every profile' if universe.size > 1 else universe.profile(0)}"
        return f"goes wrong if {self.condition}"


class _State(NamedTuple):
    """The world, how many of the commands are served, whether the intruder has come, and the transcript so far."""

    world: World
    served: int
    expunged: bool
    lines: tuple[str, ...]


def judge(texts: tuple[str, ...], universe: Universe | None = None, execute: Execute = server.execute) -> SequenceVerdict:
    """Whether those commands can be sent without waiting. Raises ValueError for a text that is no command, and for numbers
    of which the model can't say what the client means."""
    universe = universe or Universe()
    commands = tuple(map(parse_command, texts))
    _must_mean_something(commands)
    world = start("\n".join(HEADER))
    meant = world.sessions[0].uids
    sent = tuple(f"C1: {command_tag(0, number)} {command_text(command)}" for number, command in enumerate(commands, 1))
    unsafe, first = 0, None
    frontier: list[tuple[int, _State]] = [(universe.all, _State(world, 0, False, sent))]
    while frontier:
        following = []
        for mask, state in frontier:
            if not state.expunged:
                line = f"Agent: {agent.action_text(INTRUDER)}"
                gone = agent.act(state.world, INTRUDER)
                following.append((mask, _State(gone, state.served, True, (*state.lines, line))))
            if state.served < len(commands):
                following += _serve(universe, mask, state, commands[state.served], execute)
        for mask, state in following:
            wrong = mask & ~unsafe if _goes_wrong(state, commands, meant) else 0
            if wrong:
                unsafe |= wrong
                first = first or Mistake(wrong, _told(state, commands[state.served], meant))
        frontier = following
    return SequenceVerdict(texts, unsafe, str(condition(universe, {"": unsafe})), first)


def _must_mean_something(commands: tuple[p.Command, ...]) -> None:
    """Raises ValueError for a number behind which there is no message, or a number in a mailbox yet to be opened."""
    for place, command in enumerate(commands):
        numbers = numbers_of(command, MESSAGES)
        if _names_more(command):
            raise ValueError(f"{command_text(command)}: there are {MESSAGES} messages, so numbers go from 1 to {MESSAGES}")
        opening = next((before for before in commands[:place] if numbers and isinstance(before, p.Select)), None)
        if opening is not None:
            earlier = command_text(opening)
            raise ValueError(f"{command_text(command)}: what its numbers mean is not known before {earlier} is completed")


def _names_more(command: p.Command) -> bool:
    """Whether a number lies beyond the mailbox's messages."""
    if isinstance(command, p.NUMBERED):
        return not command.uid and sequence.resolve(command.numbers, MESSAGES) is None
    return isinstance(command, p.Search) and search_key.numbers_beyond(command.key, MESSAGES)


def _serve(
    universe: Universe, mask: int, state: _State, command: p.Command, execute: Execute
) -> list[tuple[int, _State]]:
    tag = command_tag(0, state.served + 1)

    def ask(profile: Profile) -> tuple[Outcome, ...]:
        return execute(state.world, 0, command, profile)

    served = []
    for assignment, outcomes in decide(universe, ask):
        common = mask & universe.where(assignment)
        for outcome in outcomes if common else ():
            lines = tuple(f"S1: {response_text(response, tag)}" for _, response in outcome.responses)
            served.append((common, _State(outcome.world, state.served + 1, state.expunged, state.lines + lines)))
    return served


def _goes_wrong(state: _State, commands: tuple[p.Command, ...], meant: tuple[int, ...]) -> bool:
    """Whether the command that is next to be served will be taken for other messages than the client meant."""
    return state.served < len(commands) and bool(_mistaken(state, commands[state.served], meant))


def _mistaken(state: _State, command: p.Command, meant: tuple[int, ...]) -> list[tuple[int, int]]:
    """The numbers of that command behind which there is another message than the client meant: (number, its UID)."""
    view = state.world.sessions[0].uids
    numbers = [number for number in numbers_of(command, len(meant)) if number <= len(view)]
    return [(number, view[number - 1]) for number in numbers if view[number - 1] != meant[number - 1]]


def _told(state: _State, command: p.Command, meant: tuple[int, ...]) -> tuple[str, ...]:
    number, uid = _mistaken(state, command, meant)[0]
    remark = (
        f"<{command_text(command)} is served now: C1 meant the message with UID {meant[number - 1]} by number {number}, "
        f"the server takes it for UID {uid}>"
    )
    return (*HEADER, "", *state.lines, remark)


def table_of_pairs(
    universe: Universe | None = None, progress: Callable[[int], None] | None = None
) -> list[list[SequenceVerdict]]:
    """The verdict on every ordered pair of `COMMANDS`: a row for the first one, a column for the second."""
    rows = []
    for first in COMMANDS:
        rows.append([judge((first, second), universe) for second in COMMANDS])
        if progress is not None:
            progress(len(rows))
    return rows


def spelled(names: str) -> tuple[str, ...]:
    """The commands that an RFC's `FETCH + NOOP + STORE` stands for."""
    return tuple(next(text for text in COMMANDS if text.split()[0] == name) for name in names.split(" + "))


def telling_expunges_with(kind: type[p.Command]) -> Execute:
    """A server that sends pending EXPUNGEs with commands of that kind, whether it may or not."""

    def execute(world: World, sid: int, command: p.Command, profile: Profile) -> tuple[Outcome, ...]:
        outcomes = server.execute(world, sid, command, profile)
        return announcing_expunges(sid, outcomes, profile) if isinstance(command, kind) else outcomes

    return execute


def safe_to_expunge_with(text: str) -> SequenceVerdict | None:
    """RFC 2180 §4.4: would it be safe to allow EXPUNGE responses with that sequence number command?

    Safe (None) if no client that obeys RFC 3501 §5.5 as it stands is misunderstood by a server that sends them; else
    the verdict on a sequence that §5.5 allows and that goes wrong.
    """
    command = parse_command(text)
    for follower in COMMANDS:
        if may_follow(command, parse_command(follower)):
            verdict = judge((text, follower), execute=telling_expunges_with(type(command)))
            if verdict.unsafe:
                return verdict
    return None
