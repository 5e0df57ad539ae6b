"""Do listed strategies and catalogue properties read only what they declare? Whatever else they touch raises.

What is left out of a world by what the commands name is no matter of single attributes; there the guard compares the
verdicts in whole worlds and in projected ones (`tests/test_guard.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

import pytest

from explore.properties.catalogue import PROPERTIES
from explore.properties.property import ERRORS, HAZARD, HISTORY, NOTHING_MORE, Property
from explore.space.declarations import HiddenMailbox, Undeclared, occupied, step_as_declared
from explore.system import Step, System
from guard_scenarios import scenario_of
from model.client.belief import AWARE, NAIVE
from model.protocol.names import INBOX
from model.store.mailbox import Mailbox
from model.store.world import World, set_session
from strategies import DECISIONS, NOTHING, OCCUPANCY, Profile, Strategy
from strategies.delete import Refuse

SCENARIOS, LONGEST = 150, 12


class Watched:
    """A listed strategy that is shown no more than it declares."""

    def __init__(self, strategy: Strategy) -> None:
        self.strategy = strategy

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.strategy, name)

        def call(*given: Any) -> Any:
            if given and isinstance(given[0], World):
                world, sid, mailbox, *more = given
                if mailbox.name != INBOX:  # RENAME of INBOX moves messages: that is done, not looked at
                    method(occupied(world), sid, HiddenMailbox(*mailbox), *more)
            return method(*given)

        return call if callable(method) else method


@cache
def steps() -> tuple[Step, ...]:
    """What happens in random scenarios under random profiles, with strategies that are shown no more than they declare."""
    found: list[Step] = []
    for number in range(SCENARIOS):
        random = Random(f"reads {number}")
        system = System(scenario_of(random), random.choice((NAIVE, AWARE)))
        profile = Profile(*(Watched(random.choice(several)) for several in DECISIONS.values()))
        found += _walked(system, profile, random)
    return tuple(found)


def _walked(system: System, profile: Profile, random: Random) -> Iterator[Step]:
    for _ in range(4):
        now = system.start()
        for _ in range(LONGEST):
            moves = system.enabled(now)
            ways = system.apply(now, random.choice(moves), profile) if moves else ()
            if not ways:
                break
            step, now = random.choice(ways)
            if step is not None:
                yield step


def test_strategies_read_what_they_declare() -> None:
    assert len(steps()) > 1000
    assert all(strategy.declared in (NOTHING, OCCUPANCY) for several in DECISIONS.values() for strategy in several)


@pytest.mark.parametrize("prop", PROPERTIES, ids=lambda prop: prop.id)
def test_properties_read_what_they_declare(prop: Property) -> None:
    assert prop.reads is not None
    for step in steps():
        if prop.concerns(step.act):
            given = step_as_declared(step, prop.reads)
            assert (prop.check(given) is None) == (prop.check(step) is None)
            if prop.arises is not None:
                assert prop.arises(given) == prop.arises(step)


@pytest.mark.parametrize(
    ("read", "reads"),
    [
        (lambda step: step.client.name, NOTHING_MORE), (lambda step: step.client_after.shown, frozenset({HISTORY})),
        (lambda step: step.truth.marked, frozenset({ERRORS})), (lambda step: step.client.memory, frozenset({ERRORS})),
        (lambda step: step.before.sessions[0].view, frozenset({ERRORS, HISTORY})),
    ],
)  # fmt: skip
def test_a_property_that_reads_more_is_found(read: Any, reads: frozenset[str]) -> None:
    prop = Property("X", HAZARD, "x", "x", read, reads=reads)
    with pytest.raises(Undeclared):
        prop.check(step_as_declared(steps()[0], reads))


def test_a_strategy_that_reads_more_is_found() -> None:
    class Curious(Refuse):
        reads = OCCUPANCY

        def delete(self, world: World, sid: int, mailbox: Mailbox) -> Any:
            return super().delete(world, sid, mailbox) if mailbox.messages else None

    world = steps()[0].before
    with pytest.raises(Undeclared):
        Watched(Curious()).delete(world, 0, next(box for box in world.mailboxes if box.name != INBOX))
    assert set_session(occupied(world), 0, world.sessions[0]).sessions[0] == world.sessions[0]


def test_what_overrides_a_strategy_declares_anew() -> None:
    class Quiet(Refuse):
        def delete(self, world: World, sid: int, mailbox: Mailbox) -> Any:
            return super().delete(world, sid, mailbox)

    assert (Refuse().declared, Quiet().declared) == (OCCUPANCY, None)
