"""What does a client set out to do? Steps in order, over and over, or whatever somebody else's code says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from model import protocol as p

if TYPE_CHECKING:
    from model.client.belief import Client


class ProgramStep(NamedTuple):
    """One step of a program: any of these commands; if `retry`, again and again until it is not answered NO."""

    choices: tuple[p.Command, ...]
    retry: bool = False


class Program(NamedTuple):
    """What a client sets out to do: its steps in order, and, if `repeat` is not None, from that step for ever; or
    whatever `user` says."""

    steps: tuple[ProgramStep, ...]
    repeat: int | None = None
    user: User | None = None


class User(Protocol):
    """A client that somebody else has written: what it sends next, and what it makes of a response. Pure: all that it
    remembers is in the `memory` of the client."""

    @property
    def name(self) -> str: ...

    @property
    def commands(self) -> int:
        """For how many commands it is followed."""

    @property
    def bound(self) -> str:
        """What it is, and for how long it is followed, in words."""

    def options(self, client: Client) -> tuple[p.Command, ...]: ...

    def cut(self, client: Client) -> bool:
        """Whether it would send more than it is followed for."""

    def heard(self, client: Client, response: p.Response) -> Client: ...
