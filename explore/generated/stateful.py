"""A server under test, as a Hypothesis state machine: subclass it, say which server, and let pytest run it.

    class MyServer(MailboxMachine):
        profile = "fetch=4.1.3"
        forbid = ("H-PHANTOM",)

    TestMyServer = MyServer.TestCase
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeVar

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from explore.generated.scenarios import KINDS, scene, usual_actions, usual_commands
from explore.properties import HAZARDS, OBLIGATIONS, Property, Scope
from explore.simulated import MOVE, REPLY, ChoiceSource, Label, Play, Setup
from explore.system import AGENT, Execute
from model import protocol as p, server
from model.client import NAIVE
from model.store import Action
from strategies import Profile

Value = TypeVar("Value")


class _RuleChoices(ChoiceSource):
    """Choices that the machine's rules have made just before."""

    said: p.Command
    done: Action
    pick_number: int = 0

    def turn(self, possible: tuple[Label, ...]) -> Label | None:
        return None

    def pick(self, options: Sequence[Value]) -> Value:
        return options[self.pick_number % len(options)]

    def command(self, sid: int) -> p.Command:
        return self.said

    def action(self) -> Action:
        return self.done


class MailboxMachine(RuleBasedStateMachine):
    """Clients and the external agent do as they like; after each step every obligation must hold, and every hazard in
    `forbid`. Where one breaks, the transcript is shown.

    `clients` have a mailbox open, with one to `messages` messages in it, on a server of that `profile`; `manner` is how
    they read what it says, and whether they wait for it, `commands` what they send (None: the usual ones), `execute` the
    server, right or faulty.
    """

    profile: ClassVar[str] = "default"
    manner: ClassVar[str] = NAIVE
    clients: ClassVar[int] = 3
    messages: ClassVar[int] = 3
    forbid: ClassVar[tuple[str, ...]] = ()
    commands: ClassVar[st.SearchStrategy[p.Command] | None] = None
    execute: ClassVar[Execute] = staticmethod(server.execute)

    def __init__(self) -> None:
        super().__init__()
        self._choices = _RuleChoices()
        self._play: Play | None = None

    @classmethod
    def properties(cls) -> tuple[Property, ...]:
        """What is checked. Raises ValueError where `forbid` names something else than a hazard of single steps."""
        hazards = {prop.id: prop for prop in HAZARDS.properties if Scope.STEP in prop.scopes}
        unknown = set(cls.forbid) - set(hazards)
        if unknown:
            raise ValueError(f"{min(unknown)} can't be forbidden; the choices are {', '.join(hazards)}")
        return (*OBLIGATIONS, *(hazards[name] for name in cls.forbid))

    @property
    def play(self) -> Play:
        """What is being played."""
        assert self._play is not None, "the mailbox has not been filled"
        return self._play

    @initialize(kinds=st.runner().flatmap(lambda machine: machine.fillings()))
    def fill(self, kinds: list[str]) -> None:
        """The mailbox has those messages."""
        setup = Setup(
            scene(self.clients, kinds), self.manner, Profile.parse(self.profile), type(self).execute, open=True, agent=True
        )
        self._play = Play(setup, self._choices, self.properties())

    @precondition(lambda self: bool(self.able()))
    @rule(
        sid=st.runner().flatmap(lambda machine: st.sampled_from(machine.able())),
        command=st.runner().flatmap(lambda machine: machine.drawn_commands()),
        outcome=st.runner().flatmap(lambda machine: machine.outcomes()),
    )
    def move(self, sid: int, command: p.Command, outcome: int) -> None:
        """A client takes its turn: it sends that command, or what it still has to send by its manner; if by its manner it
        has to wait with that command, it sends it in a later turn."""
        self._choices.said, self._choices.pick_number = command, outcome
        self.play.env.happen(Label(sid, MOVE))

    @precondition(lambda self: bool(self.spoken_to()))
    @rule(sid=st.runner().flatmap(lambda machine: st.sampled_from(machine.spoken_to())))
    def hear(self, sid: int) -> None:
        """A client that need not wait for answers reads the next one."""
        self.play.env.happen(Label(sid, REPLY))

    @rule(action=st.runner().flatmap(lambda machine: usual_actions(machine.messages)))
    def interfere(self, action: Action) -> None:
        """The external agent acts."""
        self._choices.done = action
        self.play.env.happen(Label(AGENT, MOVE))

    @invariant()
    def nothing_is_broken(self) -> None:
        """Every obligation, and every forbidden hazard, holds of every step so far."""
        if self._play is not None and self._play.violations:
            broken = [f"{name}, step {step + 1}: {reason}" for name, (step, reason) in self._play.violations.items()]
            hypothesis.note(self.transcript())
            raise AssertionError("; ".join(broken))

    def transcript(self) -> str:
        """All that was said, with the profile."""
        return self.play.story(Profile.parse(self.profile))

    # --- what the rules draw from -----------------------------------------------------------------------------------

    def fillings(self) -> st.SearchStrategy[list[str]]:
        """The messages at the start."""
        return st.lists(st.sampled_from(KINDS), min_size=1, max_size=self.messages)

    def able(self) -> list[int]:
        """The clients that can take a turn."""
        return [label.sid for label in self.play.env.possible if label.sid != AGENT and label.kind == MOVE]

    def spoken_to(self) -> list[int]:
        """The clients to which a response is on its way that they read when they like."""
        return [label.sid for label in self.play.env.possible if label.kind == REPLY]

    def drawn_commands(self) -> st.SearchStrategy[p.Command]:
        """What a client can send."""
        return usual_commands(self.messages) if self.commands is None else self.commands

    def outcomes(self) -> st.SearchStrategy[int]:
        """Which outcome is chosen, where the strategy leaves it open (tell=any: one of up to eight)."""
        return st.integers(0, 7) if Profile.parse(self.profile).choices["tell"] == "any" else st.just(0)
