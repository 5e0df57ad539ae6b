"""What does a client send next, as its program has it? (`model.client.sending`)"""

from __future__ import annotations

import pytest
from commands import after, start
from telling_clients import BAD, GONE, NO, OK, THOUGHTFUL, ask, hear, program, talk, wants

from model import client as clients, protocol as p
from model.client.belief import MANNERS, NAIVE, Client
from model.client.program import Program, ProgramStep as Planned


def test_a_program_is_done_step_by_step() -> None:
    todo = program("NOOP", "CHECK")
    client = Client()
    assert wants(client, todo) == ["NOOP"]
    client = clients.send(client, p.Noop(), NAIVE)
    assert wants(client, todo) == [], "one at a time"
    client = hear(client, OK, todo=todo)
    assert wants(client, todo) == ["CHECK"]
    client = ask(client, "CHECK", BAD, todo=todo)
    assert wants(client, todo) == []


def test_a_step_can_offer_a_choice() -> None:
    todo = Program((Planned((p.Noop(), p.Check())),))
    assert wants(Client(), todo) == ["NOOP", "CHECK"]
    assert wants(ask(Client(), "CHECK", OK, todo=todo), todo) == []


@pytest.mark.parametrize("manner", MANNERS)
def test_retry_goes_on_until_it_is_not_answered_no(manner: str) -> None:
    todo = program("DELETE FOO", "LOGOUT", retry=True)
    client = Client()
    for _ in range(3):
        client = ask(client, "DELETE FOO", NO, todo=todo, manner=manner)
        assert wants(client, todo) == ["DELETE FOO"]
    assert wants(ask(client, "DELETE FOO", OK, todo=todo, manner=manner), todo) == ["LOGOUT"]
    assert wants(ask(client, "DELETE FOO", BAD, todo=todo, manner=manner), todo) == ["LOGOUT"]


@pytest.mark.parametrize("manner", MANNERS)
def test_without_retry_no_is_the_end_of_it(manner: str) -> None:
    todo = program("DELETE FOO", "LOGOUT")
    assert wants(ask(Client(), "DELETE FOO", NO, todo=todo, manner=manner), todo) == ["LOGOUT"]


@pytest.mark.parametrize(
    "manner",
    [NAIVE, *THOUGHTFUL],
)
def test_a_copy_that_is_refused_for_another_reason_is_retried_too(manner: str) -> None:
    """The mailbox is created only later; nothing is expunged meanwhile."""
    world = start("Mailbox: FOO 1 messages", "Selected: FOO by C2")
    todo = program("COPY 1 NEW", retry=True)
    first = talk(world, "", todo, manner, most=2)
    second = talk(after(first.world, "", "C1: CREATE NEW"), "", todo, manner, first.client)
    assert second.lines[-1:] == ("S: OK",)
    box = second.world.by_name("NEW")
    assert box is not None
    assert len(box.messages) == 1


@pytest.mark.parametrize(("repeat", "expected"), [(0, "NCNCNCN"), (1, "NCCCCCC"), (None, "NC")])
def test_forever(repeat: int | None, expected: str) -> None:
    done = talk(start(clients=2), "", program("NOOP", "CREATE FOO", repeat=repeat), NAIVE, most=7)
    assert "".join(text[0] for text in done.sent) == expected


@pytest.mark.parametrize("manner", THOUGHTFUL)
def test_recovery_comes_before_the_next_step(manner: str) -> None:
    """RFC 2180 §4.1.2 (b)."""
    todo = program("FETCH 3:5 ENVELOPE", "CLOSE")
    done = talk(GONE, "fetch=4.1.2", todo, manner)
    assert done.sent[0] == "FETCH 3:5 ENVELOPE"
    assert done.sent[1] == "NOOP"
    assert done.sent[-1] == "CLOSE"
    assert done.sent.count("CLOSE") == 1
