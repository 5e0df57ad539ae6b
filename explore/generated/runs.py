"""Runs drawn by Hypothesis: it makes every choice that the explorer would try out, and shrinks what it finds.

It goes where exhaustive bounds end: more clients, more messages, longer programs, a server or properties of one's own.

    @given(interleavings(clients=4, profiles=Universe.of(Profile.parse("fetch=4.1.3"))))
    def test_my_server(run: DrawnRun) -> None:
        assert not run.violations

Everything is drawn when it is needed and not before: which client moves, what it sends, how the server decides when it
first has to. So a choice that makes no difference costs nothing, small cases are exhausted, and shrinking leads to few
clients, messages and commands, one client after the other, and a server that differs from the default only where it
must. What only endless runs break (H-STARVATION, O-RETRY-ENDS, and O-TOLD where news never comes) is beyond it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Any, NamedTuple, TypeVar

import hypothesis
from hypothesis import Phase, strategies as st
from hypothesis.errors import NoSuchExample

from explore.generated.scenarios import drawn_scenarios, usual_actions, usual_commands
from explore.properties import PROPERTIES, Property, Scope, property_named
from explore.runs import Run, Schedule, ScheduledMove, begin, extend
from explore.scenario import Scenario
from explore.simulated import MOVE, ChoiceSource, Label, Play, Setup
from explore.space import Universe
from explore.system import Execute, Participant, Step
from model import protocol as p, server
from model.client import MANNERS, NAIVE
from model.store import Action, World
from model.time import Executed
from strategies import DECISIONS, Profile, Strategy

DRAWN_STEPS, GIVEN_STEPS = 12, 50
"""At most so many steps, if nothing else is said: of a drawn program, and of a given one (it could be endless)."""
Value = TypeVar("Value")


class DrawnRun:
    """One run: what was played (drawn programs included), under which profile, and all that came of it.

    `observations` has one for each step of the `journal`, and `unread` says of each how many responses its client had not
    read when it sent the command (0 for one that waits); `participants` is what each client believes, and the truth
    about it, at the end; `violations` gives, for each property that broke, the step (from 0) where it did so first and
    the reason. `complete`: it went on until nobody had anything left to do (in a run that was cut, a command can be on
    its way to the server; the client that sent it can be waiting). Printed, it is its transcript (so it is no
    dataclass, which Hypothesis would print field by field).
    """

    def __init__(self, play: Play, profile: Profile, complete: bool) -> None:
        self.scenario, self.profile, self.manner, self.complete = play.played(), profile, play.setup.manner, complete
        self.journal: tuple[Executed, ...] = tuple(play.journal)
        self.observations: tuple[Step, ...] = tuple(play.observations)
        self.unread: tuple[int, ...] = tuple(play.unread)
        self.world: World = play.world
        self.participants: tuple[Participant, ...] = play.participants
        self.violations: dict[str, tuple[int, str]] = dict(play.violations)
        self._play = play

    @property
    def run(self) -> Run:
        """The same as a run of the plain system, to be told, kept and passed on; of the first property that broke, if
        one did."""
        name = next(iter(self.violations), "")
        moves = [
            ScheduledMove(step.sid, step.act, 0, unread) for step, unread in zip(self.observations, self.unread, strict=True)
        ]
        schedule = Schedule(name, self.scenario, self.manner, self.profile, tuple(moves))
        run = begin(schedule, execute=self._play.setup.execute)
        for move, step in zip(moves, self.observations, strict=True):
            run = extend(run, move, step.responses)
        return run

    @property
    def transcript(self) -> str:
        """The run in RFC 2180's notation, with a header: what `mailrace replay` accepts."""
        return self._play.story(self.profile)

    def __repr__(self) -> str:
        return f"DrawnRun:\n{self.transcript}"


# --- the choices ----------------------------------------------------------------------------------------------------


@cache
def _below(count: int) -> st.SearchStrategy[int]:
    return st.integers(0, count - 1)


class _Undecided:
    """A profile whose choices are drawn when the server first consults them."""

    def __init__(self, universe: Universe, choices: DrawnChoices) -> None:
        self.__dict__.update({name: options[0] for name, options in universe.choices.items() if len(options) == 1})
        self._universe, self._choices = universe, choices

    def __getattr__(self, decision: str) -> Strategy:
        if decision not in DECISIONS:
            raise AttributeError(decision)
        chosen = self.__dict__[decision] = self._choices.pick(self._universe.choices[decision])
        return chosen

    def decided(self) -> Profile:
        """The profile, with the simplest choice wherever none was consulted."""
        known = {name: self.__dict__.get(name, options[0]) for name, options in self._universe.choices.items()}
        return Profile(**known)


class DrawnChoices(ChoiceSource):
    """Choices drawn by Hypothesis; nothing is drawn where there is only one.

    It ends the play after `steps` steps, or, if `until_broken`, as soon as a property is broken; `left` is how many
    more commands and actions clients and agent may still be told.
    """

    def __init__(
        self,
        draw: st.DrawFn,
        steps: int,
        left: int,
        commands: st.SearchStrategy[p.Command],
        actions: st.SearchStrategy[Action],
        until_broken: bool,
    ) -> None:
        self._draw, self._steps, self._left, self._until_broken = draw, steps, left, until_broken
        self._commands, self._actions = commands, actions
        self.play: Play | None = None
        self.cut = False

    def turn(self, possible: tuple[Label, ...]) -> Label | None:
        play = self.play
        assert play is not None
        if self._left == 0 and play.setup.open:
            possible = tuple(label for label in possible if label.kind != MOVE or (label.sid >= 0 and play.due(label.sid)))
        self.cut = len(play.journal) >= self._steps or (self._until_broken and bool(play.violations))
        return self.pick(possible) if possible and not self.cut else None

    def pick(self, options: Sequence[Value]) -> Value:
        return options[0] if len(options) == 1 else options[self._draw(_below(len(options)))]

    def command(self, sid: int) -> p.Command:
        self._left -= 1
        return self._draw(self._commands)

    def action(self) -> Action:
        self._left -= 1
        return self._draw(self._actions)


# --- runs -----------------------------------------------------------------------------------------------------------


class _Plan(NamedTuple):
    """What `interleavings` was asked for."""

    scenario: Scenario | None
    clients: int
    messages: int
    commands: st.SearchStrategy[p.Command] | None
    profiles: Universe
    manners: tuple[str, ...]
    agent: bool
    late: bool
    steps: int
    execute: Execute
    properties: tuple[Property, ...]
    until_broken: bool


def interleavings(
    scenario: Scenario | None = None,
    *,
    clients: int = 3,
    messages: int = 3,
    commands: st.SearchStrategy[p.Command] | None = None,
    profiles: Universe | None = None,
    manners: tuple[str, ...] = MANNERS,
    agent: bool = False,
    late: bool = False,
    steps: int | None = None,
    execute: Execute = server.execute,
    properties: tuple[Property, ...] = PROPERTIES,
    until_broken: bool = False,
) -> st.SearchStrategy[DrawnRun]:
    """Runs of that scenario: every order in which things can happen in it, every choice of its clients and its server.

    Without a scenario, one is drawn too, command by command: up to so many `clients` have a mailbox of up to so many
    `messages` open and send any of the `commands` (by default, the alphabet of the most general client), and, with
    `agent`, the external agent acts as well. If messages are `late`, the arrival of each is a step of the schedule.

    `profiles` are those that the server may have, `manners` those of the clients (`model.client.DISCIPLINES`, which need
    not wait for answers, are left out unless asked for: the answers to these are always late), `steps` is the most that
    the server does. The `properties` are checked on each step; with `until_broken` a run ends as soon as one breaks.
    """
    most = steps if steps is not None else DRAWN_STEPS if scenario is None else GIVEN_STEPS
    return _runs(
        _Plan(
            scenario, clients, messages, commands, profiles or Universe(), manners, agent, late, most, execute, properties,
            until_broken,
        )
    )  # fmt: skip


@st.composite
def _runs(draw: st.DrawFn, plan: _Plan) -> DrawnRun:
    is_open = plan.scenario is None
    scenario = plan.scenario or draw(drawn_scenarios(plan.clients, plan.messages))
    left = plan.steps
    if is_open and (not plan.until_broken or any(Scope.QUIESCENCE in prop.scopes for prop in plan.properties)):
        left = 1 + draw(_below(plan.steps))
    commands = usual_commands(plan.messages) if plan.commands is None else plan.commands
    choices = DrawnChoices(draw, plan.steps, left, commands, usual_actions(plan.messages), plan.until_broken)
    manner, strategy = choices.pick(plan.manners), _Undecided(plan.profiles, choices)
    setup = Setup(scenario, manner, strategy, plan.execute, plan.late, is_open, plan.agent)  # type: ignore[arg-type]
    play = choices.play = Play(setup, choices, plan.properties)
    play.run()
    if not choices.cut:
        play.check_quiescence()
    return DrawnRun(play, strategy.decided(), not choices.cut)


def breakable(property_id: str) -> Property:
    """The property of that id. Raises ValueError if there is none, or none that a drawn run can break."""
    prop = property_named(property_id)
    if not prop.scopes - {Scope.LOOP}:
        raise ValueError(f"{prop.id} is no property that a drawn run can break")
    return prop


def find(
    property_id: str,
    scenario: Scenario | None = None,
    *,
    profile: str | None = None,
    manner: str = NAIVE,
    execute: Execute = server.execute,
    settings: hypothesis.settings | None = None,
    steps: int | None = None,
    seed: int = 0,
    **others: Any,
) -> DrawnRun | None:
    """A run that breaks that property, shrunk: of those that Hypothesis comes upon, one of the fewest steps. None if it
    comes upon none.

    Hypothesis makes the *choices* few and simple, and a step without a choice costs it nothing. So the search is
    repeated for a run of fewer steps until there is none. `others` are as for `interleavings`. Raises ValueError as
    `breakable` does.
    """
    chosen = (breakable(property_id),)
    universe = Universe.of(Profile.parse(profile)) if profile is not None else Universe()
    effort = settings or hypothesis.settings(max_examples=1000, deadline=None)
    effort = hypothesis.settings(effort, phases=(Phase.reuse, Phase.generate, Phase.shrink))
    most = steps if steps is not None else DRAWN_STEPS if scenario is None else GIVEN_STEPS
    shortest: DrawnRun | None = None
    while most > 0:
        runs = interleavings(
            scenario, profiles=universe, manners=(manner,), execute=execute, properties=chosen, steps=most,
            until_broken=True, **others,
        )  # fmt: skip
        key = repr((property_id, scenario, str(profile), manner, most)).encode()
        try:
            shortest = hypothesis.find(
                runs, lambda run: bool(run.violations), settings=effort, random=Random(seed), database_key=key
            )
        except NoSuchExample:
            break
        most = len(shortest.journal) - 1
    return shortest
