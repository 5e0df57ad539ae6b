"""What does `mailrace replay` say of a transcript or a token?"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from explore.properties import property_named
from explore.runs import (
    Run, TokenError, check_marks, columns, decode, in_columns, is_token, marked, read, spoken, transcript,
    transcript_replay, versus,
)  # fmt: skip
from explore.scenario import OwnClientError
from model.notation import Transcript, TranscriptError
from strategies import Profile

SHORT = 16
_APART = re.compile(r"(\n  <[^\n]*>)\n(?=\n  <)")
"""An empty line between two comments."""


class Score(NamedTuple):
    """What is to be played: a transcript with the name of its file, or (the run) a token with its beginning."""

    name: str
    transcript: Transcript
    run: Run | None = None


class Played(NamedTuple):
    """What came of it: all as expected or not, in a sentence; more lines; how many other strategies part where they are
    marked to; and, of a token, the transcript."""

    ok: bool
    sentence: str
    details: tuple[str, ...] = ()
    others: int = 0
    story: str = ""


def example_scores() -> list[Score]:
    """RFC 2180's examples."""
    return [Score(name, read(text)) for name, text in transcript_replay.examples()]


def read_all(words: tuple[str, ...], open_file: Callable[[Path], str]) -> list[Score]:
    """What is to be played for those words, tokens or names of files. Raises ValueError."""
    scores = []
    for word in words:
        try:
            if is_token(word):
                run = decode(word)
                scores.append(Score(f"{word.strip()[:SHORT]}…", read(_story(run).story), run))
            else:
                scores.append(Score(word, read(open_file(Path(word)))))
        except (TokenError, TranscriptError, OwnClientError) as error:
            name = f"{word.strip()[:SHORT]}…" if is_token(word) else word
            raise ValueError(f"{name}: {error}") from None
    return scores


def play_back(score: Score, profile: Profile | None) -> Played:
    """That score played under its own profile, or driven line by line under that one."""
    if score.run is not None and profile is None:
        return _story(score.run)
    result = transcript_replay.replay(score.transcript, profile)
    others = len(marked(score.transcript))
    if not result.ok:
        page = _APART.sub(r"\1", in_columns(result))
        details = (f"line {result.differs_at}: {result.reason}\n{page}",)
        return Played(False, score.transcript.title, details, others)
    complaints = tuple(check_marks(score.transcript)) if profile is None else ()
    return Played(not complaints, score.transcript.title, complaints, others)


def beside(score: Score, other: Profile, width: int) -> str:
    """That score under its own profile beside that one."""
    if score.run is not None:
        both = versus(score.run, property_named(score.run.schedule.property), other, width)
        return f"{both.text}\n{both.sentence}"
    return f"{score.name}: {score.transcript.title}\n\n{columns(transcript_replay.replay(score.transcript, other), width)}"


def _story(run: Run) -> Played:
    """That run: does the property still break, and where?"""
    prop = property_named(run.schedule.property)
    broken = run.broken(prop)
    text = transcript(run, prop, broken)
    if broken is None:
        return Played(False, f"{prop.id} does not break here (any more)", story=text)
    where = spoken(run.turns[broken.turn - 1])[0]
    sentence = f"{prop.id} breaks on step {broken.turn} of {len(run.turns)}, {where}"
    return Played(True, sentence, story=text)
