"""The guard: does the fast search say what the plain system says? Random scenarios, servers, strategies and properties.

One *pair* is a scenario (with a manner of client, a server, properties and reductions) and a profile. For each pair it is
compared: which properties break; in how many moves at least; the set of states (each plain configuration stands for one,
and there are no others); and which of them are at rest. Now and then the whole way through `explore.check.check` is compared
as well, and every counterexample is played and has to break its property again.

`benchmarks/against_plain.py` runs it for as long as you like; `tests/test_guard.py` for a minute, and against sabotaged
tables.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import NamedTuple

import guard_plain
import guard_strangers as strangers
from explore.check.checking import check
from explore.check.faults import FAULTS
from explore.properties.catalogue import PROPERTIES
from explore.properties.property import Property
from explore.runs.run import play
from explore.scenario.custom_client import own
from explore.scenario.definition import Scenario
from explore.scenario.notation import scenario_text
from explore.scenario.placing import against
from explore.search.breadth_first import Search, Violation, search
from explore.search.liveness_search import liveness
from explore.space.profile_set import Universe
from explore.space.state_space import REDUCTIONS, Space
from explore.system import Execute
from guard_scenarios import profile_of, scenario_of
from model import server
from model.client.belief import DISCIPLINES, MANNERS
from strategies import DECISIONS, Profile, Strategy, listed

MOST_CONFIGURATIONS, MOST_STATES = 1500, 20_000
PROFILES = 4
"""How many profiles of one search are compared at most."""


@dataclass
class Question:
    """What is compared: a scenario, who the clients and the server are, what is asked, and how."""

    scenario: Scenario
    manner: str
    universe: Universe
    properties: tuple[Property, ...]
    execute: Execute
    reductions: frozenset[str]
    linked: bool

    def __str__(self) -> str:
        other = "ours" if self.execute is server.execute else "tells others"
        fault = next((fault.name for fault in FAULTS if fault.execute is self.execute), other)
        strange = [s.spelling for several in self.universe.choices.values() for s in several if not s.listed]
        return (
            f"{scenario_text(self.scenario)}# {self.manner}{', linked' if self.linked else ''}; server: {fault}; "
            f"strangers: {', '.join(strange) or 'none'}; reductions: {', '.join(sorted(self.reductions)) or 'none'}"
        )


@dataclass
class Tally:
    """How much was compared, and the differences, in words."""

    pairs: int = 0
    scenarios: int = 0
    configurations: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def __iadd__(self, other: Tally) -> Tally:
        """Both together."""
        self.pairs, self.scenarios = self.pairs + other.pairs, self.scenarios + other.scenarios
        self.configurations += other.configurations
        self.kinds += other.kinds
        self.differences += other.differences
        return self

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kinds.items()))
        return (
            f"compared {self.pairs:,} pairs of scenario and profile in {self.scenarios:,} scenarios, "
            f"{self.configurations:,} configurations ({kinds}): {len(self.differences)} differences"
        )


class Focus(NamedTuple):
    """Where to look: a theme of scenarios (`guard_scenarios.THEMES`), and clients of one manner, with all properties of the
    catalogue, all reductions and our own server; so many of them, and whether there is a bound."""

    theme: int
    manner: str
    clients: int = 2
    bounded: bool = False


def focused(random: Random, focus: Focus) -> Question:
    """A random question in that focus."""
    choices: dict[str, tuple[Strategy, ...]] = {decision: (random.choice(listed(decision)),) for decision in DECISIONS}
    scenario = scenario_of(random, focus.theme, focus.clients, focus.bounded)
    return Question(scenario, focus.manner, Universe(choices), PROPERTIES, server.execute, REDUCTIONS, False)


def question(random: Random) -> Question:
    """A random question."""
    scenario = scenario_of(random)
    manner = random.choice((*MANNERS, *MANNERS, *DISCIPLINES))
    choices: dict[str, tuple[Strategy, ...]] = {decision: (random.choice(listed(decision)),) for decision in DECISIONS}
    if random.random() < 0.35:
        for decision in random.sample(sorted(strangers.STRANGERS), random.choice((1, 1, 2))):
            choices[decision] = (random.choice(strangers.STRANGERS[decision]),)
    open_decisions = random.sample(list(DECISIONS), random.choice((0, 0, 2, 4, 11)))
    for decision in open_decisions:
        choices[decision] = tuple(dict.fromkeys((*choices[decision], *listed(decision))))
    execute: Execute = server.execute
    if random.random() < 0.15:
        execute = random.choice(FAULTS).execute
    properties = PROPERTIES
    if random.random() < 0.3:
        extra = random.sample(strangers.PROPERTIES, random.choice((1, 2, 3)))
        properties = (*random.sample(PROPERTIES, 12), *extra)
    elif random.random() < 0.3:
        properties = (*random.sample(PROPERTIES, random.choice((1, 3, 10))), *strangers.MODEST)
    reductions = REDUCTIONS if random.random() < 0.5 else frozenset(r for r in REDUCTIONS if random.random() < 0.5)
    linked = random.random() < 0.1
    if random.random() < 0.1:
        execute = random.choice(strangers.SERVERS)
    if random.random() < 0.1 and not scenario.retried:
        scenario = against(own(random.choice(strangers.CLIENTS)), (scenario,), random.choice((2, 4)))[0]
    return Question(scenario, manner, Universe(choices), tuple(properties), execute, reductions, linked)


def compare(asked: Question, random: Random, tally: Tally) -> None:
    """Compare that question under some of its profiles, and add what comes of it."""
    if asked.scenario.retried:
        asked.reductions -= {"symmetry"}
    space = Space(
        asked.scenario, asked.manner, asked.universe, asked.properties, asked.execute, asked.reductions, asked.linked
    )
    found = search(space, MOST_STATES)
    if not found.complete:
        return
    found = liveness(found, MOST_STATES)
    if not found.complete:
        return
    pairs = tally.pairs
    for profile in dict.fromkeys(profile_of(random, asked.universe) for _ in range(PROFILES)):
        plain = guard_plain.explore(found.space.system, asked.properties, profile, MOST_CONFIGURATIONS)
        if plain is not None:
            tally.pairs += 1
            tally.configurations += len(plain.depths)
            tally.differences += [f"{what}\nunder {profile.spelling}:\n{asked}" for what in differ(found, plain, profile)]
    if tally.pairs > pairs:
        tally.scenarios += 1
        tally.kinds[_kind(asked)] += 1
        if random.random() < 0.2 and not asked.linked:
            tally.differences += [f"{what}:\n{asked}" for what in _whole_way(asked, found)]


def _kind(asked: Question) -> str:
    if asked.scenario.own_clients:
        return "with clients of somebody's own"
    if asked.execute is not server.execute:
        return "with another server"
    strange = any(not s.listed for several in asked.universe.choices.values() for s in several)
    if strange or any(prop.id.startswith("X-") for prop in asked.properties):
        return "with strangers"
    return "of clients that don't wait" if asked.manner in DISCIPLINES or asked.linked else "plain"


def differ(found: Search, plain: guard_plain.Found, profile: Profile) -> list[str]:
    """Where the search and the plain system part under that profile."""
    space = found.space
    index = space.universe.index(profile)
    bit, told = 1 << index, list[str]()
    broken = {name for name, mask in found.failing.items() if mask & bit}
    if broken != plain.broken:
        told.append(f"breaks: {sorted(broken - plain.broken)} only fast, {sorted(plain.broken - broken)} only plain")
    if not space.linked or not space.reductions & {"atomic-requests", "partial-order"}:
        lengths = {name: _length(found, name, bit, index) for name in broken & plain.steps.keys() - plain.loops}
        wrong = {name: (length, plain.steps[name]) for name, length in lengths.items() if length != plain.steps[name]}
        told += [f"lengths (fast, plain): {wrong}"] if wrong else []
    looped = {prop.id for prop in space.properties if prop.loops}
    apart = plain.arisen - found.arisen if space.universe.size > 1 else plain.arisen ^ found.arisen
    if apart - looped - broken:
        told.append(f"put to the test in one of them only: {sorted(apart - looped - broken)}")
    if not space.linked or not space.reductions & {"atomic-requests", "partial-order"}:
        told += _states(found, plain, bit)
    return told


def _length(found: Search, name: str, bit: int, index: int) -> int:
    """In how many moves the search says that the property breaks under that profile."""
    violation: Violation = next(v for v in found.violations[name] if v.mask & bit)
    return len(found.path(violation, index)) + len(violation.loop)


def _states(found: Search, plain: guard_plain.Found, bit: int) -> list[str]:
    """Whether the states are those that the plain configurations stand for, and the same ones are at rest."""
    space = found.space
    fast = {state for state, mask in found.reached.items() if mask & bit}
    slow = {space.canonical(space.state_of(now)) for now in plain.depths}
    told = [f"states: {len(fast - slow)} only fast, {len(slow - fast)} only plain"] if fast != slow else []
    resting = {space.canonical(space.state_of(now)) for now in plain.at_rest}
    if resting != {state for state in fast if space.is_at_rest(state)} and not told:
        told.append("which states are at rest")
    return told


def _whole_way(asked: Question, found: Search) -> list[str]:
    """Whether `check` says the same as the search, and its counterexamples break what they are to break."""
    report = check(
        [asked.scenario], asked.universe, (asked.manner,), asked.properties, asked.execute, reductions=asked.reductions,
        most_states=MOST_STATES,
    )  # fmt: skip
    told = []
    for prop in asked.properties:
        failing = report.failing.get(prop.id, {}).get(asked.manner, 0)
        if failing != found.failing.get(prop.id, 0):
            told.append(f"check parts from the search about {prop.id}")
        story = report.counterexamples.get(prop.id)
        if story is not None:
            if story.run.broken(prop) is None:
                told.append(f"the counterexample of {prop.id} breaks nothing")
            again = play(story.schedule, execute=asked.execute)
            if again.broken(prop) != story.run.broken(prop):
                told.append(f"the counterexample of {prop.id} goes another way when it is played again")
    return told


def run(
    seed: int, seconds: float, most_scenarios: int = 10**9, most_differences: int = 1, focus: Focus | None = None,
    first: int = 0,
) -> Tally:
    """Compare random questions of that seed (in that focus), from the one of that number on, for so long, for so many,
    or until they differ."""
    tally, until = Tally(), monotonic() + seconds
    for number in range(first, first + most_scenarios):
        if monotonic() > until or len(tally.differences) >= most_differences:
            break
        random = Random(f"{seed}.{number}")
        asked = question(random) if focus is None else focused(random, focus)
        before = len(tally.differences)
        try:
            compare(asked, random, tally)
        except Exception as error:  # noqa: BLE001
            tally.differences.append(f"ends in {error!r}:\n{asked}")
        if len(tally.differences) > before:
            tally.differences[before] = f"seed {seed}.{number}: {tally.differences[before]}"
    return tally

