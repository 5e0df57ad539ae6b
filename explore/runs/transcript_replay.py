"""Does a server answer as a transcript says? RFC 2180's examples are such transcripts (`strategies/examples`).

A client's or the agent's line is driven; the server's lines after it, up to the next driven line, are what is expected
then: one *block*. In a block the responses are compared session by session, one to one and in order; between different
connections there is no order. The *place* of a difference is a line number of the file: that of the first expected
line that was not what came; or, if all were and more came, that of the next driven line (at the end of the file, one
past its last line). Comments and `<otherwise: ...>` marks are nowhere: such a mark stands for the place after it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from importlib import resources
from itertools import zip_longest
from typing import Any, NamedTuple

from model.notation import AGENT, CLIENT, COMMENT, OTHERWISE, SERVER, Line, Transcript, TranscriptError, parse, says
from model.protocol import Response, parse_command, response_text
from model.server import Profile as ServerProfile, execute
from model.store import World, agent
from strategies import Profile, parse_choice

NARROWEST = 40


class Pair(NamedTuple):
    """What was expected beside what came: the same line twice for comments and driven lines; None for nothing."""

    place: int
    expected: Line | None
    actual: Line | None
    same: bool


class Replay(NamedTuple):
    """A transcript that has been driven to its end under one profile, with every line of it and what came instead.

    When a profile allows several outcomes (tell=any), it is one that agrees with the transcript, if there is one, and
    otherwise one that parts from it latest.
    """

    transcript: Transcript
    profile: ServerProfile
    pairs: tuple[Pair, ...]

    @property
    def first_difference(self) -> Pair | None:
        """Where the two part, or None."""
        return next((pair for pair in self.pairs if not pair.same), None)

    @property
    def ok(self) -> bool:
        """Whether every response was as expected, and none came besides."""
        return self.first_difference is None

    @property
    def differs_at(self) -> int | None:
        """The place (a line number of the file, see above) where the two part, or None."""
        pair = self.first_difference
        return None if pair is None else pair.place

    @property
    def reason(self) -> str:
        """One line: what was expected there and what came; empty if nothing differs."""
        pair = self.first_difference
        if pair is None:
            return ""
        expected = "no more" if pair.expected is None else f"'{pair.expected}'"
        actual = "nothing" if pair.actual is None else f"'{pair.actual}'"
        return f"expected {expected}, got {actual}"

    @property
    def actual(self) -> tuple[Line, ...]:
        """The conversation as it was, with the transcript's comments; each line with its place in the file."""
        return tuple(pair.actual for pair in self.pairs if pair.actual is not None)


class _Branch(NamedTuple):
    """One way in which it can have gone so far, and the pairs of the last block."""

    world: World
    pairs: tuple[Pair, ...]
    block: tuple[Pair, ...]


def examples() -> tuple[tuple[str, str], ...]:
    """RFC 2180's examples, and ours where it has none: (name, text of the file), sorted by name."""
    files = (resources.files("strategies") / "examples").iterdir()
    texts = {file.name: file.read_text(encoding="utf-8") for file in files if file.name.endswith(".txt")}
    return tuple((name.removesuffix(".txt"), text) for name, text in sorted(texts.items()))


def read(text: str) -> Transcript:
    """The transcript in a file of that text; its Profile header and its marks name strategies that exist.

    Raises TranscriptError.
    """
    transcript = parse(text)
    for line in (line for line in transcript.lines if line.kind == OTHERWISE):
        _choices(line)
    try:
        Profile.parse(transcript.profile)
    except ValueError as error:
        rows = enumerate(text.splitlines(), 1)
        number = next(number for number, row in rows if row.strip().startswith("Profile:"))
        raise TranscriptError(number, str(error)) from None
    return transcript


def replay(transcript: Transcript, profile: ServerProfile | None = None) -> Replay:
    """The transcript driven under that profile, or under the one that its header names.

    Raises ValueError if that names no profile (`read` finds that out earlier, with the line number).
    """
    if profile is None:
        profile = Profile.parse(transcript.profile)
    runs = [_Branch(transcript.world, (), ())]
    for block, after in _blocks(transcript):
        runs = _go_on(runs, block, after, profile)
    return Replay(transcript, profile, runs[0].pairs)


def _blocks(transcript: Transcript) -> Iterator[tuple[tuple[Line, ...], int]]:
    """Each block with the place after it; the first one has no driven line (and, as a rule, no server lines)."""
    block: list[Line] = []
    for line in transcript.lines:
        if line.kind in (CLIENT, AGENT):
            yield tuple(block), line.number
            block = []
        block.append(line)
    yield tuple(block), _end(transcript)


def _end(transcript: Transcript) -> int:
    return max((line.number for line in transcript.lines), default=0) + 1


def _go_on(runs: list[_Branch], block: tuple[Line, ...], after: int, profile: ServerProfile) -> list[_Branch]:
    """The runs after one more block: those in which it went as expected, one for each world they come to; if there is
    none, the one that parts latest."""
    reached = []
    for run in runs:
        for world, responses in _drive(run.world, block, profile):
            pairs = _compare(block, responses, after)
            reached.append(_Branch(world, run.pairs + pairs, pairs))
    agreeing: dict[World, _Branch] = {}
    for run in reached:
        if all(pair.same for pair in run.block):
            agreeing.setdefault(run.world, run)
    return list(agreeing.values()) or [max(reached, key=_agreed)]


def _agreed(run: _Branch) -> int:
    """How many lines of the last block went as expected before it parts."""
    return next((index for index, pair in enumerate(run.block) if not pair.same), len(run.block))


def _drive(world: World, block: tuple[Line, ...], profile: ServerProfile) -> Iterator[tuple[World, tuple[Line, ...]]]:
    """Every outcome of the block's driven line: the world, and the responses as lines."""
    match block:
        case (Line(kind="client") as line, *_):
            for outcome in execute(world, line.who, parse_command(line.text), profile):
                yield outcome.world, tuple(_said(line, sid, response) for sid, response in outcome.responses)
        case (Line(kind="agent") as line, *_):
            yield agent.act(world, agent.parse_action(line.text)), ()
        case _:
            yield world, ()


def _said(line: Line, sid: int, response: Response) -> Line:
    return Line(line.number, SERVER, sid, "", response_text(response, line.tag))


def _compare(block: tuple[Line, ...], responses: tuple[Line, ...], after: int) -> tuple[Pair, ...]:
    """The block's lines beside what came; responses that nothing expects follow its last server line."""
    left = list(responses)
    pairs = []
    trailing = []
    for line in (line for line in block if line.kind != OTHERWISE):
        if line.kind == COMMENT:
            trailing.append(Pair(line.number, line, line, True))
            continue
        came: Line | None = line
        if line.kind == SERVER:
            came = next((response for response in left if response.who == line.who), None)
            if came is not None:
                left.remove(came)
                came = came._replace(number=line.number)
        same = came is not None and (line.kind != SERVER or says(line.text, came.text))
        pairs += [*trailing, Pair(line.number, line, came, same)]
        trailing = []
    pairs += [Pair(after, None, response._replace(number=after), False) for response in left]
    return (*pairs, *trailing)


# --- marks ----------------------------------------------------------------------------------------------------------


def _choices(mark: Line) -> tuple[tuple[str, Any], ...]:
    """The strategies that an `<otherwise: ...>` mark names, as (decision, strategy). Raises TranscriptError."""
    try:
        return tuple(parse_choice(part) for part in mark.text.split(","))
    except ValueError as error:
        raise TranscriptError(mark.number, str(error)) from None


class Mark(NamedTuple):
    """One strategy in an `<otherwise: ...>` mark: the mark's line number, the place it stands for, how the strategy is
    spelled, and the transcript's profile with that strategy instead."""

    line: int
    place: int
    spelling: str
    profile: Profile


def marked(transcript: Transcript) -> tuple[Mark, ...]:
    """Every strategy in a mark, in file order.

    Raises ValueError as `replay` does, and TranscriptError for a mark that names no strategy.
    """
    profile = Profile.parse(transcript.profile)
    places = [line.number for line in transcript.lines if line.kind not in (COMMENT, OTHERWISE)]
    marks = []
    for mark in (line for line in transcript.lines if line.kind == OTHERWISE):
        place = next((number for number in places if number > mark.number), _end(transcript))
        for decision, strategy in _choices(mark):
            other = profile._replace(**{decision: strategy})
            marks.append(Mark(mark.number, place, strategy.spelling, other))
    return tuple(marks)


def check_marks(transcript: Transcript) -> list[str]:
    """One line for each strategy in a mark under which the conversation does not part from the file just there.

    Raises ValueError as `marked` does.
    """
    complaints = []
    for mark in marked(transcript):
        result = replay(transcript, mark.profile)
        if result.differs_at is None:
            complaints.append(f"line {mark.line}: under {mark.spelling} nothing differs")
        elif result.differs_at != mark.place:
            complaints.append(f"line {mark.line}: {mark.spelling} parts at line {result.differs_at}: {result.reason}")
    return complaints


# --- side by side ---------------------------------------------------------------------------------------------------


def in_columns(replay: Replay, width: int = 100) -> str:
    """What was expected on the left, what came on the right, comments across; `►` where they part first, and then, as
    diff has it, `|` between lines that differ, `<` and `>` where there is only one."""
    column = (max(width, NARROWEST) - 5) // 2
    first = replay.first_difference
    rows = [f"  {'expected':{column}}   actual"]
    for pair in replay.pairs:
        if pair.expected is not None and pair.expected.kind == COMMENT:
            rows += ["", *(f"  {row}" for row in textwrap.wrap(str(pair.expected), 2 * column + 3))]
            continue
        left, right = _wrapped(pair.expected, column), _wrapped(pair.actual, column)
        pointer = "►" if pair is first else " "
        for half, other in zip_longest(left, right, fillvalue=""):
            rows.append(f"{pointer} {half:{column}} {_sign(pair)} {other}".rstrip())
            pointer = " "
    return "\n".join(rows)


def _wrapped(line: Line | None, column: int) -> list[str]:
    return textwrap.wrap(str(line), column, subsequent_indent="    ", break_on_hyphens=False) if line else []


def _sign(pair: Pair) -> str:
    if pair.same:
        return " "
    if pair.expected is None:
        return ">"
    return "<" if pair.actual is None else "|"
