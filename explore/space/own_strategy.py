"""Does a strategy of somebody's own making do what a strategy must? What it does wrong is an error, in one line.

One that is not listed, or not registered, is asked twice, and has to answer the same (the search asks once and remembers);
where it is shown a world and declares what it reads, first with all else hidden. What it answers has to be what its
decision's protocol says (`model.server.decisions`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from explore.scenario import described, place, short
from explore.space.declarations import Undeclared, as_declared
from model.protocol import INBOX
from model.server import FetchRuling, Ruling, StoreRuling
from model.store import Message, World
from strategies import NOTHING, Strategy, is_registered


class StrategyError(ValueError):
    """A strategy that can't be used: why, in one line."""


def held(strategy: Strategy) -> Strategy:
    """The strategy; or, if it is not among the listed ones, one that does the same, and raises StrategyError where it does
    wrong."""
    ours = strategy.listed and is_registered(strategy)
    return strategy if ours else _Held(strategy)  # type: ignore[return-value]


class _Held:
    """A strategy whose every answer is looked at."""

    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy

    def __eq__(self, other: object) -> bool:
        return self._strategy == (other._strategy if isinstance(other, _Held) else other)

    def __hash__(self) -> int:
        return hash(self._strategy)

    def __repr__(self) -> str:
        return repr(self._strategy)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._strategy, name)
        if not callable(value) or name not in _ANSWERS:
            return value

        def ask(*given: Any) -> Any:
            return self._asked(name, value, given)

        return ask

    def _asked(self, name: str, method: Callable[..., Any], given: tuple[Any, ...]) -> Any:
        shows_world = bool(given) and isinstance(given[0], World)
        # RENAME of INBOX moves messages (RFC 3501 §6.3.5): there they are not hidden
        if shows_world and self._strategy.declared is not None and given[2].name != INBOX:
            self._called(method, as_declared(self._strategy, *given))
        first, then = self._called(method, given), self._called(method, given)
        if first != then:
            raise self._error(f"does not do the same every time: {short(first)} first, and then {short(then)}")
        kind = _ANSWERS[name]
        try:
            fits = kind.fits(given, first)
        except TypeError:
            fits = False
        if not fits:
            raise self._error(f"answers {short(first)}; {name} must give {kind.what}")
        return first

    def _called(self, method: Callable[..., Any], given: tuple[Any, ...]) -> Any:
        try:
            return method(*given)
        except KeyboardInterrupt:
            raise
        except Undeclared as read:
            word = "NOTHING" if self._strategy.declared == NOTHING else "OCCUPANCY"
            says = f"declares {word} and reads {read}; declare what it reads, or leave `reads` out"
            raise self._error(says) from None
        except BaseException as error:
            raise self._error(f"raises {described(error)}{place(error, __file__)}") from error

    def _error(self, says: str) -> StrategyError:
        return StrategyError(f"{self._strategy.spelling} {says}")


# --- what a decision's answer has to be -------------------------------------------------------------------------------


class _Kind(NamedTuple):
    """What an answer has to be, in words, and whether one is, given what was asked."""

    what: str
    fits: Callable[[tuple[Any, ...], Any], bool]


def _is_ruling(given: tuple[Any, ...], answer: object) -> bool:
    if not isinstance(answer, Ruling) or not _is_line(answer.text) or not isinstance(answer.evicted, tuple):
        return False
    everybody = set(range(len(given[0].sessions)))
    return (answer.world is None or isinstance(answer.world, World)) and set(answer.evicted) <= everybody


def _is_line(text: object) -> bool:
    return isinstance(text, str) and not set(text) & {"\r", "\n"}


def _is_line_or_none(given: tuple[Any, ...], answer: object) -> bool:
    return answer is None or _is_line(answer)


def _is_message(value: object) -> bool:
    return isinstance(value, Message) and isinstance(value.uid, int) and isinstance(value.content, str)


def _are_messages(answer: object) -> bool:
    return isinstance(answer, tuple) and all(map(_is_message, answer))


def _is_fetch_ruling(given: tuple[Any, ...], answer: object) -> bool:
    if not isinstance(answer, FetchRuling) or not isinstance(answer.ok, bool) or not isinstance(answer.stand_ins, tuple):
        return False
    return len(answer.stand_ins) == len(given[0]) and all(m is None or _is_message(m) for m in answer.stand_ins)


def _is_store_ruling(given: tuple[Any, ...], answer: object) -> bool:
    return isinstance(answer, StoreRuling) and all(isinstance(value, bool) for value in answer)


def _are_choices(given: tuple[Any, ...], answer: object) -> bool:
    must, may = given
    if not isinstance(answer, tuple) or not answer:
        return False
    return all(isinstance(kinds, int) and must & ~kinds == 0 == kinds & ~may for kinds in answer)


_RULING = _Kind("a Ruling: a World or None, one line of text, and the sessions to be disconnected", _is_ruling)
_ANSWERS = {
    "delete": _RULING,
    "rename": _RULING,
    "hint": _Kind("a line of text, or None", _is_line_or_none),
    "refusal": _Kind("a line of text, or None", _is_line_or_none),
    "fetch": _Kind("a FetchRuling with a Message, or None, for each expunged one", _is_fetch_ruling),
    "store": _Kind("a StoreRuling of two truth values", _is_store_ruling),
    "findable": _Kind("a tuple of messages", lambda given, answer: _are_messages(answer)),
    "copy": _Kind("a tuple of messages, or None", lambda given, answer: answer is None or _are_messages(answer)),
    "tell": _Kind("a tuple with at least one choice, with all news that must be told and none that may not", _are_choices),
    "order": _Kind(
        "a tuple of the same numbers", lambda given, answer: isinstance(answer, tuple) and sorted(answer) == sorted(given[0])
    ),
    "at_once": _Kind("True or False", lambda given, answer: isinstance(answer, bool)),
    "status": _Kind("BAD or NO", lambda given, answer: answer in ("BAD", "NO")),
}
