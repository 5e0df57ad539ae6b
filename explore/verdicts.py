"""What do all the scenarios say together? One verdict a property: holds, breaks, or undetermined, within a bound.

Each scenario is searched once for each manner of client. A property breaks under a profile, for a manner, if it does so
in some scenario; its condition and its shortest counterexample are over all of them. A search that was cut can show
that a property breaks, never that it holds.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from explore.conditions import blame, condition, verdict_by_strategy
from explore.counterexample import Counterexample, shortest, tell
from explore.factored import Execute
from explore.fairness import starvation
from explore.hazards import HAZARDS
from explore.interleavings import count
from explore.obligations import OBLIGATIONS
from explore.properties import OBLIGATION, Property
from explore.scenario import Scenario
from explore.search import DEFAULT_MOST_STATES, Search, search
from explore.space import REDUCTIONS, Space
from explore.universe import Universe
from explore.vacuity import commands_of, never_exercised, responses_of
from model import server
from model.client import MANNERS

UNDETERMINED = "undetermined"
PROPERTIES: tuple[Property, ...] = (*OBLIGATIONS, *HAZARDS.properties)


class Verdict(NamedTuple):
    """What was found about one property. `holds` is None where the search was cut before it could tell; `condition`
    says when it breaks (None where it doesn't); `strategies` is by spelling, see `conditions.verdict_by_strategy`, with
    "undetermined" for all that a search that was cut does not show."""

    property: Property
    holds: bool | None
    condition: str | None
    strategies: dict[str, str]
    counterexample: Counterexample | None


class Row(NamedTuple):
    """What one search covered: states, steps, full interleavings (None: without end, or cut), depth, seconds."""

    scenario: Scenario
    manner: str
    states: int
    transitions: int
    interleavings: int | None
    depth: int
    seconds: float
    complete: bool


@dataclass
class Report:
    """Everything that was found: a row a search, and for each property the failing profiles by manner. `asked` is what
    else a command needs to ask the same: scenarios, and a client of one's own."""

    universe: Universe
    manners: tuple[str, ...]
    properties: tuple[Property, ...] = PROPERTIES
    rows: list[Row] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    failing: dict[str, dict[str, int]] = field(default_factory=dict)
    counterexamples: dict[str, Counterexample] = field(default_factory=dict)
    commands_given: set[str] = field(default_factory=set)
    responses_sent: set[str] = field(default_factory=set)
    untried: int = 0
    asked: str = ""
    complete: bool = True
    interrupted: bool = False

    def verdicts(self) -> list[Verdict]:
        """One verdict a property, in the order of the lists."""
        return [self.verdict(prop) for prop in self.properties]

    def verdict(self, prop: Property) -> Verdict:
        """The verdict on that property."""
        failing = self._failing(prop.id)
        strategies = verdict_by_strategy(self.universe, failing, self.used)
        if not self.complete:
            strategies = {name: "breaks" if said == "breaks" else UNDETERMINED for name, said in strategies.items()}
        if any(failing.values()):
            text = str(condition(self.universe, failing))
            return Verdict(prop, False, text, strategies, self.counterexamples.get(prop.id))
        return Verdict(prop, True if self.complete else None, None, strategies, None)

    def _failing(self, name: str) -> dict[str, int]:
        """The profiles under which that property breaks, for each manner of which something is known."""
        known = self.failing.get(name, {})
        searched = {row.manner for row in self.rows if row.complete} | set(known)
        return {manner: known.get(manner, 0) for manner in self.manners if manner in searched}

    def when(self, verdict: Verdict) -> str:
        """When a property breaks, as the end of a sentence."""
        if verdict.condition == "always":
            return "whatever is chosen" if self.universe.size > 1 else f"under {self.universe.profile(0)}"
        return f"if {verdict.condition}"

    def commands(self, verdict: Verdict) -> dict[str, str]:
        """The commands that explain why the property breaks, each with the strategies whose doing its counterexample
        is; for a property that breaks whatever is chosen, one command and no strategy."""
        name = verdict.property.id
        failing = self._failing(name)
        commands: dict[str, list[str]] = {}
        for strategy in (strategy for choices in self.universe.choices.values() for strategy in choices):
            if verdict.strategies[strategy.spelling] != "breaks":
                continue
            blamed = {manner: mask for manner, mask in blame(self.universe, failing, strategy).items() if mask}
            for manner, mask in blamed.items():
                profile = self.universe.simplest(mask)
                bit = 1 << self.universe.index(profile)
                alone = any(other & bit and not blamed.get(kind, 0) & bit for kind, other in failing.items())
                words = f"mailrace explain {name} --profile {profile}{f' --client {manner}' if alone else ''}"
                commands.setdefault(words + self.asked, []).append(strategy.spelling)
                break
        only = f" --profile {self.universe.profile(0)}" if self.universe.size == 1 else ""
        whatever = f"mailrace explain {name}{only}{self.asked}"
        return {words: ", ".join(names) for words, names in commands.items()} or {whatever: ""}

    @property
    def bound(self) -> dict[str, int]:
        """The greatest number of clients, messages and commands of a scenario, and the number of profiles."""
        bounds = [row.scenario.bound for row in self.rows]
        most = {key: max(bound[key] for bound in bounds) for key in ("clients", "messages", "commands")} if bounds else {}
        return {**most, "profiles": self.universe.size}

    @property
    def violated(self) -> bool:
        """Whether an obligation is violated."""
        return any(prop.kind == OBLIGATION and any(self.failing.get(prop.id, {}).values()) for prop in self.properties)

    def as_json(self) -> dict[str, Any]:
        """The report as plain data, as README describes it."""
        return {
            "verdicts": [self._verdict_json(verdict) for verdict in self.verdicts()],
            "states": sum(row.states for row in self.rows),
            "transitions": sum(row.transitions for row in self.rows),
            "interleavings": sum(row.interleavings or 0 for row in self.rows),
            "endless": sorted({row.scenario.name for row in self.rows if row.complete and row.interleavings is None}),
            "seconds": round(sum(row.seconds for row in self.rows), 3),
            "complete": self.complete,
            "never_exercised": self.never_exercised,
        }

    @property
    def never_exercised(self) -> dict[str, list[str]]:
        """The commands, strategies and responses that did not occur in any search."""
        return never_exercised(self.universe, self.commands_given, self.used, self.responses_sent)

    def _verdict_json(self, verdict: Verdict) -> dict[str, Any]:
        return {
            "property": verdict.property.id,
            "kind": verdict.property.kind,
            "statement": verdict.property.statement,
            "source": verdict.property.source,
            "holds": verdict.holds,
            "condition": verdict.condition,
            "strategies": verdict.strategies,
            "counterexample": verdict.counterexample.text if verdict.counterexample is not None else None,
            "bound": self.bound,
        }

    def add(self, found: Search, seconds: float, interleavings: int | None) -> None:
        """Take in one search."""
        space = found.space
        self.complete = self.complete and found.complete
        self.interrupted = self.interrupted or found.interrupted
        self.used |= found.used
        self.commands_given |= commands_of(space.tables)
        self.responses_sent |= responses_of(space.tables)
        states, scenario = len(found.reached), space.scenario
        self.rows.append(
            Row(scenario, space.manner, states, found.transitions, interleavings, found.depth, seconds, found.complete)
        )
        for prop in self.properties:
            mask = found.failing.get(prop.id, 0)
            if mask:
                by_manner = self.failing.setdefault(prop.id, {})
                by_manner[space.manner] = by_manner.get(space.manner, 0) | mask
                self._keep_shortest(found, prop)

    def _keep_shortest(self, found: Search, prop: Property) -> None:
        best = shortest(found, prop.id, self.universe.all)
        if best is None:
            return
        story = tell(found, prop, *best)
        known = self.counterexamples.get(prop.id)
        if known is None or story.steps < known.steps:
            self.counterexamples[prop.id] = story


def check(
    scenarios: Iterable[Scenario],
    universe: Universe | None = None,
    manners: tuple[str, ...] = MANNERS,
    properties: tuple[Property, ...] = PROPERTIES,
    execute: Execute = server.execute,
    most_states: int = DEFAULT_MOST_STATES,
    progress: Callable[[Scenario, str, int], None] | None = None,
    most_seconds: float = math.inf,
    reductions: frozenset[str] = REDUCTIONS,
) -> Report:
    """Search every scenario for every manner, and report.

    `progress` is told the scenario, the manner and the number of states, now and then. `most_states` cuts each search
    off, `most_seconds` and Ctrl-C all of them; the report then says what was found until then. `reductions` are those of
    `Space`; symmetry is left out where somebody retries, as starvation needs to know who is who.
    """
    report, deadline = Report(universe or Universe(), manners, properties), time.monotonic() + most_seconds
    pairs = [(scenario, manner) for scenario in scenarios for manner in manners]
    for scenario, manner in pairs:
        try:
            started = time.perf_counter()
            sound = reductions - {"symmetry"} if scenario.retried else reductions
            sound = sound - {"contents"} if scenario.own else sound
            space = Space(scenario, manner, report.universe, properties, execute, sound)
            told = None if progress is None else _teller(progress, scenario, manner)
            found = search(space, most_states, told, deadline - time.monotonic())
            interleavings = _afterthoughts(found)
            report.add(found, time.perf_counter() - started, interleavings)
        except KeyboardInterrupt:
            report.complete, report.interrupted = False, True
        if report.interrupted or time.monotonic() > deadline:
            report.untried = len(pairs) - len(report.rows)
            report.complete = report.complete and not report.untried
            break
    return report


def _afterthoughts(found: Search) -> int | None:
    """What needs the whole state graph: starvation, and the number of interleavings."""
    if found.complete:
        try:
            starvation(found)
            return count(found)
        except KeyboardInterrupt:
            found.complete, found.interrupted = False, True
    return None


def _teller(progress: Callable[[Scenario, str, int], None], scenario: Scenario, manner: str) -> Callable[[int], None]:
    return lambda states: progress(scenario, manner, states)
