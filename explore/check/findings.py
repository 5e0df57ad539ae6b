"""What is one search asked, and what has it found? Both small enough to be sent from one process to another.

The findings are numbers and stories, not states: those can take hundreds of MB.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import networkx as nx

from explore.check.vacuity import commands_of, responses_of
from explore.properties import Property
from explore.runs import Counterexample, shortest, tell
from explore.scenario import Scenario
from explore.search import Growth, Search, Unfinished
from explore.space import Universe
from explore.system import Execute
from model import protocol as p
from model.client import Program
from model.protocol import INBOX, canonical_name

try:
    import resource
except ImportError:  # there is none under Windows
    resource = None  # type: ignore[assignment]

LINKED = frozenset({"partial-order", "atomic-requests"})
"""The reductions that mean nothing where requests and responses are no steps of their own."""


class Job(NamedTuple):
    """One search: of which space, and where it ends; `deadline` is by `time.monotonic`, the same in every process."""

    scenario: Scenario
    manner: str
    universe: Universe
    properties: tuple[Property, ...]
    execute: Execute
    reductions: frozenset[str]
    most_states: int
    most_depth: int | None = None
    deadline: float = math.inf

    @property
    def size(self) -> float:
        """About how big the search is: in how many ways the clients and the agent can get to where they can be in their
        programs; times the UIDs and mailboxes that programs without end can use up."""
        scenario = self.scenario
        size = float(_ways([len(actions) for actions in scenario.agent]))
        for program in scenario.programs:
            own = program.user
            size *= _ways([len(step.choices) for step in program.steps]) if own is None else 1 + own.commands
        if scenario.endless:
            size *= (scenario.most_uids or 1) * (scenario.most_mailboxes or 1)
            size *= UNBOUNDED if growing(scenario) else 1
        size = min(size, self.most_states)
        return size if self.most_depth is None else min(size, float(self._widest) ** min(self.most_depth, DEEP))

    @property
    def _widest(self) -> int:
        """In how many ways a run can go on at most, as far as the programs say."""
        programs = [max((len(step.choices) for step in program.steps), default=1) for program in self.scenario.programs]
        return sum(programs) + max(map(len, self.scenario.agent), default=0)


UNBOUNDED, DEEP = 1000, 30
Explore = Callable[[Job, Callable[[int], None]], "Findings"]
"""Do a search, telling the number of states now and then."""


class Row(NamedTuple):
    """What one search covered, and what it took.

    `interleavings` are the full ones (None: without end, or cut); if the search is `bounded`, those of
    `explore.search.bounded_counting` (None: not counted).
    Every run of up to `depth` steps was explored, and if the search is `complete`, those of any length. `memory` is the
    greatest that the process that did it had taken by then, in bytes, where the system says; `reductions` were on;
    `growth` is what the scenario's bound had room for, and what not; `unfinished` are the clients of one's own that would
    have gone on beyond theirs: then it is not known how their runs end.
    """

    scenario: Scenario
    manner: str
    states: int
    transitions: int
    interleavings: int | None
    depth: int
    seconds: float
    complete: bool
    bounded: bool = False
    memory: int | None = None
    reductions: frozenset[str] = frozenset()
    growth: tuple[Growth, ...] = ()
    unfinished: tuple[Unfinished, ...] = ()

    def as_json(self, measured: bool) -> dict[str, Any]:
        """The row as plain data; unless `measured`, without what differs from one run to another."""
        plain: dict[str, Any] = {
            "scenario": self.scenario.name,
            "manner": self.manner,
            "states": self.states,
            "transitions": self.transitions,
            "interleavings": self.interleavings,
            "depth": self.depth,
            "complete": self.complete and not self.unfinished,
            "reductions": sorted(self.reductions),
        }
        return plain | {"seconds": round(self.seconds, 3), "memory": self.memory} if measured else plain

    @property
    def endless(self) -> bool:
        """Whether some run never ends."""
        return self.complete and self.interleavings is None and not self.uncounted

    @property
    def uncounted(self) -> bool:
        """Whether the number of interleavings could be had, and was not: with "partial-order", one stands for several; or
        there were too many steps to look at."""
        missing = self.interleavings is None and (self.complete or self.bounded)
        return missing and (self.bounded or "partial-order" in self.reductions)


class Findings(NamedTuple):
    """What one search found: by property id, the failing profiles and a shortest counterexample; the strategies that were
    consulted, the properties that were put to the test, the kinds of command and response that occurred, and the
    properties of which the bound lets nobody say whether they break by a loop."""

    row: Row
    failing: dict[str, int]
    counterexamples: dict[str, Counterexample]
    used: frozenset[str]
    arisen: frozenset[str]
    commands: frozenset[str]
    responses: frozenset[str]
    interrupted: bool = False
    obstructed: frozenset[str] = frozenset()


def findings_of(result: Search, seconds: float, interleavings: int | None) -> Findings:
    """The findings of that search."""
    space = result.space
    stories = {}
    for prop in space.properties:
        best = shortest(result, prop.id, space.universe.all)
        if best is not None:
            stories[prop.id] = tell(result, prop, *best)
    row = Row(
        space.scenario, space.manner, len(result.reached), result.transitions, interleavings, result.depth, seconds,
        result.complete, result.bounded, peak_memory(), space.reductions - (frozenset() if space.linked else LINKED),
        result.growth, result.unfinished,
    )  # fmt: skip
    failing = {prop.id: result.failing[prop.id] for prop in space.properties if prop.id in result.failing}
    commands, responses = frozenset(commands_of(space)), frozenset(responses_of(space))
    used, arisen, obstructed = frozenset(result.used), frozenset(result.arisen), frozenset(result.obstructed)
    return Findings(row, failing, stories, used, arisen, commands, responses, result.interrupted, obstructed)


def peak_memory() -> int | None:
    """The most memory that this process has had at a time until now, in bytes; None where the system does not say."""
    if resource is None:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def growing(scenario: Scenario) -> tuple[str, ...]:
    """What there can be more and more of, for ever, as nothing in the scenario bounds it: "uids", "mailboxes", and
    "uidvalidities", which no bound is there for (RENAME to and fro raises them, RFC 3501 §2.3.1.1)."""
    repeated = [command for program in scenario.programs for command in _repeated(program)]
    renames = [
        (canonical_name(command.mailbox), canonical_name(command.new_name))
        for command in repeated
        if isinstance(command, p.Rename)
    ]
    created = any(old == INBOX for old, _ in renames) or any(isinstance(command, p.Create) for command in repeated)
    more = {
        "uids": scenario.most_uids is None and any(isinstance(command, (p.Append, p.Copy)) for command in repeated),
        "mailboxes": scenario.most_mailboxes is None and created,
        "uidvalidities": not nx.is_directed_acyclic_graph(nx.DiGraph(renames)),
    }
    return tuple(what for what, unbounded in more.items() if unbounded)


def _repeated(program: Program) -> tuple[p.Command, ...]:
    """The commands that the program gives again and again."""
    steps = () if program.repeat is None else program.steps[program.repeat :]
    return tuple(command for step in steps for command in step.choices)


def _ways(choices: list[int]) -> int:
    """How many beginnings there are of a program with so many choices at each of its steps."""
    return 1 + sum(math.prod(choices[: step + 1]) for step in range(len(choices)))
