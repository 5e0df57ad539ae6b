"""Where does an RFC let the server choose? The decision points, as protocols; `strategies` implements them.

The core consults a decision only where its answer matters, so that exploration splits only there. A strategy is pure:
it is asked about a world and answers; it keeps nothing.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from model.store import Mailbox, Message, World


class Ruling(NamedTuple):
    """The answer to a DELETE or RENAME: the world it leads to (None: refused), the human-readable text, and the
    sessions to be disconnected (`world.doom` has already taken their mailbox)."""

    world: World | None
    text: str
    evicted: tuple[int, ...] = ()


class FetchRuling(NamedTuple):
    """The answer to a FETCH that names expunged messages: what to send for each of them (None: nothing), and
    whether the tagged response is OK."""

    stand_ins: tuple[Message | None, ...]
    ok: bool


class StoreRuling(NamedTuple):
    """The answer to a STORE that names expunged messages: whether to set the flags of the others, and whether the
    tagged response is OK."""

    set_the_rest: bool
    ok: bool


class DeleteStrategy(Protocol):
    """DELETE of a mailbox that other sessions have accessed (RFC 2180 §3)."""

    def delete(self, world: World, sid: int, mailbox: Mailbox) -> Ruling: ...


class RenameStrategy(Protocol):
    """RENAME of a mailbox (or one of its inferiors) that other sessions have accessed (RFC 2180 §3)."""

    def rename(self, world: World, sid: int, mailbox: Mailbox, name: str, others: tuple[int, ...]) -> Ruling: ...

    def hint(self, old: str, new: str) -> str | None:
        """The response code for a command that still uses the old name of the mailbox it has open."""


class ExpungeStrategy(Protocol):
    """EXPUNGE and CLOSE in a mailbox that other sessions have accessed (RFC 2180 §4.1.4)."""

    def refusal(self, world: World, sid: int, mailbox: Mailbox) -> str | None:
        """Why it is refused; None to let it happen."""


class FetchStrategy(Protocol):
    """FETCH that names messages that are expunged and not yet announced (RFC 2180 §4.1)."""

    def fetch(self, ghosts: tuple[Message, ...], asked: int) -> FetchRuling: ...


class StoreStrategy(Protocol):
    """STORE that names messages that are expunged and not yet announced (RFC 2180 §4.2)."""

    def store(self, gone: int, present: int, silent: bool) -> StoreRuling: ...


class SearchStrategy(Protocol):
    """SEARCH in a view that counts expunged messages (RFC 2180 §4.3)."""

    def findable(self, ghosts: tuple[Message, ...]) -> tuple[Message, ...]: ...


class CopyStrategy(Protocol):
    """COPY that names messages that are expunged and not yet announced (RFC 2180 §4.4)."""

    def copy(self, wanted: tuple[Message, ...], gone: frozenset[int]) -> tuple[Message, ...] | None:
        """The messages to copy, of those `wanted` (the UIDs in `gone` are expunged); None to refuse."""


class TellStrategy(Protocol):
    """Which news to send with a command (RFC 3501 §5.2, §7)."""

    def tell(self, must: int, may: int) -> tuple[int, ...]:
        """The choices, each a set of news kinds (bits of `session.ALL_NEWS`) with must ⊆ choice ⊆ may."""


class OrderStrategy(Protocol):
    """In which order pending EXPUNGE responses go out (RFC 3501 §7.4.1)."""

    def order(self, positions: tuple[int, ...]) -> tuple[int, ...]:
        """A permutation of `positions`, which ascend."""


class DisconnectStrategy(Protocol):
    """When a session that is to be disconnected hears BYE (RFC 3501 §7.1.5)."""

    def at_once(self) -> bool:
        """True: now. False: in answer to its next command."""


class BeyondStrategy(Protocol):
    """A sequence number greater than the count of the view (RFC 3501 §9; RFC 2180 §4.1.1's example)."""

    def status(self) -> str:
        """BAD or NO."""


class Profile(Protocol):
    """One strategy for every decision: what `server.execute` needs, and what `strategies.Profile` is."""

    @property
    def delete(self) -> DeleteStrategy: ...
    @property
    def rename(self) -> RenameStrategy: ...
    @property
    def expunge(self) -> ExpungeStrategy: ...
    @property
    def fetch(self) -> FetchStrategy: ...
    @property
    def store(self) -> StoreStrategy: ...
    @property
    def search(self) -> SearchStrategy: ...
    @property
    def copy(self) -> CopyStrategy: ...
    @property
    def tell(self) -> TellStrategy: ...
    @property
    def order(self) -> OrderStrategy: ...
    @property
    def disconnect(self) -> DisconnectStrategy: ...
    @property
    def beyond(self) -> BeyondStrategy: ...
