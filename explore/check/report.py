"""What do all the scenarios say together? One verdict a property: holds, breaks, or undetermined, within a bound.

Each scenario is searched once for each manner of client. A property breaks under a profile, for a manner, if it does so
in some scenario; its condition and its shortest counterexample are over all of them. A search that was cut can show
that a property breaks, never that it holds. One with a bound on depth shows that it holds in every run of so many steps;
of a property of whole runs it shows nothing, unless it breaks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from explore.check.conditions import blame, condition, verdict_by_strategy
from explore.check.findings import Findings, Row
from explore.check.room import left_out, sentences
from explore.check.vacuity import never_exercised
from explore.check.verdict import Verdict
from explore.check.word import Word
from explore.properties import OBLIGATION, PROPERTIES, Property
from explore.runs import Counterexample
from explore.search import KEEP_LENGTH, OBSTRUCTED, Unfinished
from explore.space import REDUCTIONS, Universe
from model.client import MANNERS


@dataclass(repr=False)
class Report:
    """Everything that was found: a row a search, and for each property the failing profiles by manner. `asked` is what
    else a command needs to ask the same: scenarios, a client of one's own, a bound on depth (None: no command can).
    `elapsed` are seconds, of so many `processes`. It is not `complete` if a search was cut, or a client of one's own would
    have gone on."""

    universe: Universe
    manners: tuple[str, ...]
    properties: tuple[Property, ...] = PROPERTIES
    rows: list[Row] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    arisen: set[str] = field(default_factory=set)
    obstructed: set[str] = field(default_factory=set)
    failing: dict[str, dict[str, int]] = field(default_factory=dict)
    counterexamples: dict[str, Counterexample] = field(default_factory=dict)
    commands_given: set[str] = field(default_factory=set)
    responses_sent: set[str] = field(default_factory=set)
    untried: int = 0
    asked: str | None = ""
    complete: bool = True
    interrupted: bool = False
    most_depth: int | None = None
    reductions: frozenset[str] = REDUCTIONS
    elapsed: float = 0.0
    processes: int = 1

    def __repr__(self) -> str:
        within = f"Within {self.within}; clients: {self.who}.{' The search was cut.' if self.cut else ''}"
        unfinished = (f"{client}." for client in self.unfinished)
        return "\n".join([*map(repr, self.verdicts()), within, *unfinished, *self.left_out])

    @property
    def bounded(self) -> bool:
        """Whether what is reported is about runs of up to `most_depth` steps, all of them."""
        followed = not self.untried and not self.unfinished
        return not self.complete and followed and all(row.complete or row.bounded for row in self.rows)

    @property
    def unfinished(self) -> tuple[Unfinished, ...]:
        """The clients of one's own that would have gone on beyond the commands for which they were followed."""
        return tuple(dict.fromkeys(client for row in self.rows for client in row.unfinished))

    @property
    def cut(self) -> bool:
        """Whether some search was not begun, or ended by itself neither at its end nor at the bound on depth."""
        return bool(self.untried) or any(not row.complete and not row.bounded for row in self.rows)

    @property
    def why_undetermined(self) -> str:
        """Why there are properties of which the report does not say whether they hold; "" if there is no reason."""
        said = [f"{client}: --client-commands N looks further" for client in self.unfinished]
        if any(row.bounded for row in self.rows) and not self.cut:
            said.append(f"only whole runs can show it, and these were followed for up to {self.most_depth} steps")
        said += ["the search was cut"] if self.cut else []
        return "; ".join(said)

    @property
    def own_clients(self) -> tuple[str, ...]:
        """Who is a client of one's own, and for how many commands it is followed."""
        clients = ((who, user) for row in self.rows for who, user in row.scenario.own_clients.items())
        return tuple(dict.fromkeys(f"{who} is {user.bound}" for who, user in clients))

    @property
    def depth(self) -> int | None:
        """Every run of up to so many steps was explored, in every search; None: runs of any length."""
        depths = [row.depth if row.reductions <= KEEP_LENGTH else 0 for row in self.rows if not row.complete]
        return 0 if self.untried else min(depths, default=None)

    def verdicts(self) -> list[Verdict]:
        """One verdict a property, in the order of the lists."""
        return [self.verdict(prop) for prop in self.properties]

    def verdict(self, prop: Property) -> Verdict:
        """The verdict on that property. Raises ValueError if the report is not about it."""
        if prop not in self.properties:
            raise ValueError(f"{prop.id} was not asked; the report is about {', '.join(p.id for p in self.properties)}")
        failing = self._failing(prop.id)
        strategies = verdict_by_strategy(self.universe, failing, self.used)
        open_loops = prop.id in self.obstructed
        sure = (self.complete or (self.bounded and not prop.of_whole_runs)) and not open_loops
        if not sure:
            strategies = {name: said if said == Word.BREAKS else Word.UNDETERMINED for name, said in strategies.items()}
        if any(failing.values()):
            text = str(condition(self.universe, failing))
            when = self._when(text, self.complete and not open_loops)
            return Verdict(prop, False, text, strategies, self.counterexamples.get(prop.id), when=when)
        if sure and prop.id not in self.arisen:
            return Verdict(prop, None, None, dict.fromkeys(strategies, Word.UNREACHABLE), None, came_up=False)
        why = "" if sure else "; ".join(filter(None, (self.why_undetermined, OBSTRUCTED if open_loops else "")))
        return Verdict(prop, True if sure else None, None, strategies, None, reason=why)

    def _failing(self, name: str) -> dict[str, int]:
        """The profiles under which that property breaks, for each manner of which something is known.

        Manners that only some scenarios are meant for (`DISCIPLINES`) count where they break it under more profiles than
        the others, or where no other breaks it: what they would do in the other scenarios is not known.
        """
        known = self.failing.get(name, {})
        searched = {row.manner for row in self.rows if row.complete or row.bounded} | set(known)
        failing = {manner: known.get(manner, 0) for manner in self.manners if manner in searched}
        common = 0
        for manner in MANNERS:
            common |= failing.get(manner, 0)
        counts = {manner for manner, mask in failing.items() if not common or manner in MANNERS or mask & ~common}
        return {manner: mask for manner, mask in failing.items() if manner in counts}

    def _when(self, text: str, sure: bool) -> str:
        """When a property breaks that does so on that condition; unless one can be `sure`, it may break elsewhere."""
        if text == "always":
            return "whatever is chosen" if self.universe.size > 1 else f"under {self.universe.profile(0)}"
        return f"if {text}" if sure else f"at least if {text}"

    def commands(self, verdict: Verdict) -> dict[str, str]:
        """The commands that explain why the property breaks, each with the strategies whose doing its counterexample
        is; for a property that breaks whatever is chosen, one command and no strategy. None at all, if no command can ask
        the same."""
        if self.asked is None:
            return {}
        name = verdict.property.id
        failing = self._failing(name)
        commands: dict[str, list[str]] = {}
        for strategy in (strategy for choices in self.universe.choices.values() for strategy in choices):
            if verdict.strategies[strategy.spelling] != Word.BREAKS:
                continue
            blamed = {manner: mask for manner, mask in blame(self.universe, failing, strategy).items() if mask}
            for manner, mask in blamed.items():
                profile = self.universe.simplest(mask)
                bit = 1 << self.universe.index(profile)
                alone = any(other & bit and not blamed.get(kind, 0) & bit for kind, other in failing.items())
                words = f"mailrace explain {name} --profile {profile}{f' --client {manner}' if alone else ''}"
                commands.setdefault(words + self.asked, []).append(strategy.spelling)
                break
        only = "" if self.universe.choices == Universe().choices else f" --profile {self.universe.profile(0)}"
        whatever = f"mailrace explain {name}{only}{self.asked}"
        return {words: ", ".join(names) for words, names in commands.items()} or {whatever: ""}

    @property
    def bound(self) -> dict[str, int]:
        """The greatest number of clients, messages and commands of a scenario, and the number of profiles."""
        bounds = [row.scenario.bound for row in self.rows]
        most = {key: max(bound[key] for bound in bounds) for key in ("clients", "messages", "commands")} if bounds else {}
        return {**most, "profiles": self.universe.size}

    @property
    def held(self) -> str:
        """What is said of a property that holds."""
        return f"holds in every run of up to {self.most_depth} steps" if self.bounded else "holds"

    @property
    def states(self) -> int:
        """How many states were explored in all."""
        return sum(row.states for row in self.rows)

    @property
    def within(self) -> str:
        """The bound, in words."""
        counts = ((what if count != 1 else what.removesuffix("s"), count) for what, count in self.bound.items())
        followed = f", runs of up to {self.most_depth} steps" if self.most_depth is not None else ""
        return ", ".join(f"{count:,} {what}" for what, count in counts) + followed

    @property
    def left_out(self) -> list[str]:
        """For what the scenarios' own bounds left no room, a sentence each."""
        return [f"{name}: {'; '.join(said)}." for name, said in sentences(self.rows).items()]

    @property
    def who(self) -> str:
        """The manners of the clients; those that were not searched in every scenario with the scenarios where they were."""
        scenarios = dict.fromkeys(row.scenario.name for row in self.rows)
        searched = {(row.scenario.name, row.manner) for row in self.rows}
        where = {manner: tuple(name for name in scenarios if (name, manner) in searched) for manner in self.manners}
        widest = max(where.values(), key=len, default=())
        groups = {names: [m for m, there in where.items() if there == names] for names in where.values() if names != widest}
        usual = ", ".join(manner for manner, names in where.items() if names == widest)
        only = [f"{_places(names)}: {', '.join(manners)}" for names, manners in groups.items()]
        return "; ".join([usual, *only, *self.own_clients])

    @property
    def violated(self) -> bool:
        """Whether an obligation is violated."""
        return any(prop.kind == OBLIGATION and any(self.failing.get(prop.id, {}).values()) for prop in self.properties)

    def as_json(self, measured: bool = True) -> dict[str, Any]:
        """The report as plain data; unless `measured`, without what differs from one run to another.

        The verdicts, with "holds" true, false or null (undetermined, or never came up: see "verdict"); the sums over
        all searches, and "searches", one by one; "left_out", what the scenarios' own bounds left out, and whether every
        step of that verb; "endless", the scenarios with runs without end; "complete": everything
        was explored, else every run of up to "depth" steps, of the "most_depth" asked for. "own_clients" are those of
        one's own with their bounds, "unfinished" those that would have gone on; "obstructed" the properties that may break
        on a run without end, if the bound did not stop somebody. "seconds" are of work,
        "elapsed" of waiting; "memory" is in bytes.
        """
        plain = {
            "verdicts": [{**verdict.as_json(), "bound": self.bound} for verdict in self.verdicts()],
            "states": self.states,
            "transitions": sum(row.transitions for row in self.rows),
            "interleavings": sum(row.interleavings or 0 for row in self.rows),
            "left_out": {name: [kind._asdict() for kind in kinds] for name, kinds in left_out(self.rows).items()},
            "endless": sorted({row.scenario.name for row in self.rows if row.endless}),
            "complete": self.complete,
            "depth": self.depth,
            "most_depth": self.most_depth,
            "own_clients": list(self.own_clients),
            "unfinished": [client._asdict() for client in self.unfinished],
            "obstructed": sorted(self.obstructed),
            "reductions": sorted(self.reductions),
            "never_exercised": self.never_exercised,
            "searches": [row.as_json(measured) for row in self.rows],
        }
        if measured:
            plain["seconds"] = round(sum(row.seconds for row in self.rows), 3)
            plain |= {"elapsed": round(self.elapsed, 3), "processes": self.processes, "memory": self.memory}
        return plain

    @property
    def memory(self) -> int | None:
        """The most memory that one process has had at a time, in bytes; None where the system does not say."""
        return max((row.memory for row in self.rows if row.memory is not None), default=None)

    @property
    def never_exercised(self) -> dict[str, list[str]]:
        """The commands, strategies and responses that did not occur in any search."""
        return never_exercised(self.universe, self.commands_given, self.used, self.responses_sent)

    def add(self, findings: Findings) -> None:
        """Take in what one search found."""
        row = findings.row
        self.rows.append(row)
        self.complete = self.complete and row.complete and not row.unfinished
        self.interrupted = self.interrupted or findings.interrupted
        self.used |= findings.used
        self.arisen |= findings.arisen
        self.obstructed |= findings.obstructed
        self.commands_given |= findings.commands
        self.responses_sent |= findings.responses
        for name, mask in findings.failing.items():
            by_manner = self.failing.setdefault(name, {})
            by_manner[row.manner] = by_manner.get(row.manner, 0) | mask
        for name, story in findings.counterexamples.items():
            known = self.counterexamples.get(name)
            if known is None or story.steps < known.steps:
                self.counterexamples[name] = story


def _places(names: tuple[str, ...]) -> str:
    if not names:
        return "not begun"
    return f"in {', '.join(names) if len(names) < 3 else f'{len(names)} scenarios'} only"


