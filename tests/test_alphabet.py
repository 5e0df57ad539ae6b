"""Does the most general client choose from every command there is, and do its commands do something?"""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any, get_args, get_type_hints

import pytest

from explore.properties.catalogue import PROPERTIES
from explore.scenario.alphabet import MAILBOXES, MESSAGES, alphabet
from explore.scenario.notation import parse
from explore.search.breadth_first import search
from explore.space.profile_set import Universe
from explore.space.state_space import REDUCTIONS, Space
from model import protocol as p
from model.client.belief import NAIVE
from model.protocol import DELETED, parse_command, sequence
from model.protocol.writing import command_text

EVERYTHING = alphabet("", "FOO", 2, "FRED")


def form(command: p.Command) -> tuple[Any, ...]:
    """The class of a command, and those of its fields that are yes or no."""
    hints = get_type_hints(type(command))
    return (type(command), *(getattr(command, name) for name, hint in hints.items() if hint is bool))


def forms(kind: type[Any]) -> list[tuple[Any, ...]]:
    """Every form that commands of that class have."""
    number = sum(hint is bool for hint in get_type_hints(kind).values())
    return [(kind, *flags) for flags in itertools.product((False, True), repeat=number)]


@pytest.mark.parametrize("kind", get_args(p.Command))
def test_every_command_in_every_form_is_in_the_alphabet(kind: type[Any]) -> None:
    assert dataclasses.is_dataclass(kind)
    assert set(forms(kind)) <= {form(command) for command in EVERYTHING}


def test_every_mode_of_store_and_every_way_to_arrive() -> None:
    assert {command.mode for command in EVERYTHING if isinstance(command, p.Store)} == {"+", "-", ""}
    assert {command.flags for command in EVERYTHING if isinstance(command, p.Append)} == {frozenset(), frozenset({DELETED})}


@pytest.mark.parametrize("kind", [MESSAGES, MAILBOXES, ""])
def test_an_alphabet_names_no_command_twice_and_can_be_written(kind: str) -> None:
    commands = alphabet(kind, "FOO", 2, "FRED")
    assert len(set(commands)) == len(commands)
    assert all(parse_command(command_text(command)) == command for command in commands)
    assert set(commands) <= set(EVERYTHING)


@pytest.mark.parametrize(("bound", "most"), [("", 2), ("Bound: 1 more uid\n", 3), ("Bound: 5 uids\n", 5)])
def test_messages_are_named_up_to_the_most_that_there_can_be(bound: str, most: int) -> None:
    header = f"Mailbox: FOO 2 messages\nMailbox: FRED\nSelected: FOO by C1\n{bound}"
    (step,) = parse("any", f"{header}C1: any message command").programs[0].steps
    fetched = [command.numbers for command in step.choices if isinstance(command, p.Fetch) and len(command.items) == 1]
    assert [numbers for numbers in fetched if numbers[0][0] == numbers[0][1]] == [((n, n),) for n in range(1, most + 1)]
    assert p.Copy(((1, sequence.STAR),), "FRED") in step.choices


COPIED_AND_GONE = """Mailbox: FOO 1 messages
Mailbox: FRED
Selected: FOO by C1
C1: COPY 1 FRED
C1: UID FETCH 1:* FLAGS
Agent: EXPUNGE FOO 1
"""


@pytest.mark.parametrize("reductions", [REDUCTIONS, frozenset[str]()], ids=["reduced", "whole"])
def test_a_copy_elsewhere_of_what_is_expunged_breaks_no_obligation(reductions: frozenset[str]) -> None:
    """O-UID was said to break: what stands for other mailboxes had a UID as great as its UIDNEXT."""
    scenario = parse("copied", COPIED_AND_GONE)
    found = search(Space(scenario, NAIVE, Universe(), PROPERTIES, reductions=reductions))
    assert not [name for name in found.failing if name.startswith("O-")]
