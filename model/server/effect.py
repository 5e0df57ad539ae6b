"""What does a command come to, before the news that goes with it?"""

from __future__ import annotations

from typing import NamedTuple

from model.protocol import Tagged, Untagged
from model.store import World


class Effect(NamedTuple):
    """A command's effect: the world after it, its own untagged responses and its completion; which news *must* be told
    with it (bits of `session.ALL_NEWS`); and which other sessions are to be disconnected."""

    world: World
    done: Tagged
    responses: tuple[Untagged, ...] = ()
    must: int = 0
    evicted: tuple[int, ...] = ()


def ok(text: str, code: str | None = None) -> Tagged:
    return Tagged("OK", text, code)


def no(text: str, code: str | None = None) -> Tagged:
    return Tagged("NO", text, code)


def bad(text: str) -> Tagged:
    return Tagged("BAD", text)
