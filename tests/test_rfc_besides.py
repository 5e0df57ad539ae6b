"""What RFC 2180 says besides, and no other test looks at: external agents, three views, commands under way, secrets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from commands import after, play, start
from hypothesis import given, settings, strategies as st

from explore.check.checking import check
from explore.generated.runs import DrawnRun, interleavings
from explore.properties.catalogue import PROPERTIES
from explore.scenario.notation import builtin, parse
from explore.system.transition_system import Execute
from model import client as clients, protocol as p, server
from model.client.belief import MANNERS
from model.client.program import Program, ProgramStep
from model.protocol.flags import NIL, SEEN
from model.protocol.parsing import parse_command
from model.server.decisions import Profile as ServerProfile
from model.server.execution import Outcome
from model.store.world import World
from model.time.processes import Connection, Process, Simulation, fixed, script
from strategies import DECISIONS, Profile

IN_USE = start("Mailbox: FOO 3 messages, 2 \\Deleted", "Selected: FOO by C1 C2")
KEYS = {decision: [strategy.key for strategy in choices] for decision, choices in DECISIONS.items()}
BY_ID = {prop.id: prop for prop in PROPERTIES}


# --- §3: choices, and the external agent ----------------------------------------------------------------------------


@pytest.mark.parametrize("rename", KEYS["rename"])
@pytest.mark.parametrize("delete", KEYS["delete"])
def test_what_a_server_does_for_delete_and_for_rename_are_two_choices(delete: str, rename: str) -> None:
    """RFC 2180 §3 (b), §3.3 (b)."""
    profile = f"delete={delete},rename={rename}"
    for alone, command in ((f"delete={delete}", "C1: DELETE FOO"), (f"rename={rename}", "C1: RENAME FOO BAR")):
        lines = (command, "C2: FETCH 1 FLAGS", "C3: STATUS FOO (MESSAGES)", "C2: STATUS FOO (MESSAGES)")
        assert play(IN_USE, profile, *lines) == play(IN_USE, alone, *lines)


def test_the_choices_differ() -> None:
    """RFC 2180 §3 (b), §3.3 (b): among them, to disconnect for DELETE and only to change the name for RENAME."""
    lines = ("C2: FETCH 1 FLAGS", "C3: STATUS FOO (MESSAGES)", "C2: STATUS FOO (MESSAGES)")
    for decision, command in (("delete", "C1: DELETE FOO"), ("rename", "C1: RENAME FOO BAR")):
        said = {play(IN_USE, f"{decision}={key}", command, *lines) for key in KEYS[decision]}
        assert len(said) == len(KEYS[decision])
    assert "S2: * BYE" in play(IN_USE, "delete=3.3,rename=3.4", "C1: DELETE FOO")
    assert play(IN_USE, "delete=3.3,rename=3.4", "C1: RENAME FOO BAR", "C2: NOOP") == ("S1: OK", "S2: OK")


@pytest.mark.parametrize("rename", KEYS["rename"])
def test_an_agent_renames_under_everybody_whatever_the_server_chose(rename: str) -> None:
    """RFC 2180 §3 (a): no choice for RENAME is asked; the numbers go on, the old name is gone, and only a server that
    hints at all hints at the new one."""
    world = after(IN_USE, f"rename={rename}", "Agent: RENAME FOO BAR")
    hint = " [NEWNAME FOO BAR]" if rename == "3.4-newname" else ""
    assert play(world, f"rename={rename}", "C2: FETCH 3 UID", "C2: STATUS FOO (MESSAGES)") == (
        "S2: * 3 FETCH (UID 3)",
        "S2: OK",
        f"S2: NO{hint}",
    )


@pytest.mark.parametrize(
    ("name", "condition"), [("H-DEAD-NAME", "always"), ("H-WRONG-MAILBOX", "always"), ("H-THROWN-OUT", None)]
)
def test_what_an_agent_that_renames_breaks_no_server_can_keep(name: str, condition: str | None) -> None:
    """RFC 2180 §3 (a)."""
    text = 'Mailbox: FOO\nSelected: FOO by C1\nC1: STATUS FOO (MESSAGES)\nC1: APPEND FOO "x"\nC2: CREATE FOO\n'
    report = check((parse("agent", text + "Agent: RENAME FOO BAR"),), properties=(BY_ID[name],))
    assert report.complete
    assert report.verdict(BY_ID[name]).condition == condition


# --- §4: three views, and commands under way ------------------------------------------------------------------------


def test_ghosts_are_kept_for_each_client_until_that_one_is_told() -> None:
    """RFC 2180 §4.1.1 (a, d): C2's NOOP takes nothing from C3; after C3's, nothing is kept."""
    world = start("Mailbox: FOO 3 messages, 2 \\Deleted", "Selected: FOO by C1 C2 C3")
    world = after(world, "", "C1: EXPUNGE", "C2: NOOP")
    assert play(world, "fetch=4.1.1", "C2: FETCH 2 BODY.PEEK[]", "C3: FETCH 2 BODY.PEEK[]") == (
        'S2: * 2 FETCH (BODY[] "foo3")',
        "S2: OK",
        'S3: * 2 FETCH (BODY[] "foo2")',
        "S3: OK",
    )
    kept, left = world.by_name("FOO"), after(world, "", "C3: NOOP").by_name("FOO")
    assert kept is not None
    assert left is not None
    assert [message.content for message in kept.expunged] == ["foo2"]
    assert left.expunged == ()


@pytest.mark.parametrize("moment", [1.0, 6.0])
def test_numbers_mean_what_they_meant_when_the_command_was_given(moment: float) -> None:
    """RFC 2180 §4 (a, b): C1's EXPUNGE of message 2 is served while C2's STORE is on its way, or before it is sent."""
    world = start("Mailbox: FOO 4 messages, 2 \\Deleted", "Selected: FOO by C1 C2")
    simulation = Simulation(world, Profile.parse("tell=eager"), latency=fixed(5.0))

    def later(connection: Connection) -> Process:
        yield connection.env.timeout(moment)
        done = yield from connection.command("STORE 3 +FLAGS (\\Seen)")
        assert done.status == "OK"

    simulation.add(0, script(["EXPUNGE"]))
    simulation.add(1, later)
    simulation.run()
    assert [step.sid for step in simulation.journal] == [0, 1]
    box = simulation.world.by_name("FOO")
    assert box is not None
    assert [message.content for message in box.messages if SEEN in message.flags] == ["foo3"]


def test_a_silent_store_that_sets_nothing_of_what_is_left_is_not_answered_ok() -> None:
    """RFC 2180 §4.2.1: OK is for one that has completed for all that are left."""
    world = start("Mailbox: FOO 3 messages, 2 \\Deleted", "Selected: FOO by C1", "Examined: FOO by C2")
    for store in KEYS["store"]:
        said = play(world, f"store={store}", "C1: EXPUNGE", "C2: STORE 1:3 +FLAGS.SILENT (\\Seen)", "C1: SEARCH SEEN")
        assert said[-3:] == ("S2: NO", "S1: * SEARCH", "S1: OK")


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("status", ["OK", "NO"])
def test_no_client_sends_a_copy_before_the_last_one_is_completed(manner: str, status: str) -> None:
    """RFC 2180 §4.4 (b)."""
    first, second = parse_command("COPY 1 FRED"), parse_command("COPY 2 FRED")
    program = Program((ProgramStep((first,)), ProgramStep((second,))))
    client = clients.send(clients.starting(IN_USE, 0), first, manner)
    assert clients.options(client, program) == ()
    client = clients.receive(client, p.Expunged(3), program, manner)
    assert clients.options(client, program) == (), "an EXPUNGE is no completion"
    client = clients.receive(client, p.Tagged(status, ""), program, manner)
    asks_first = status == "NO" and manner != clients.NAIVE
    assert clients.options(client, program) == ((p.Noop(),) if asks_first else (second,))


# --- §3.2, §4.1.1, §5: who can still read it ------------------------------------------------------------------------

READ = ("C2: FETCH 1:2 BODY.PEEK[]", "C2: COPY 2 FRED", "C3: SELECT FRED", "C3: FETCH 1:* BODY.PEEK[]")


@pytest.mark.parametrize(
    ("profile", "command", "readers"),
    [
        ("delete=3.1", "DELETE FOO", {"S2", "S3"}),
        ("delete=3.2", "DELETE FOO", {"S2", "S3"}),
        ("delete=3.3", "DELETE FOO", set()),
        ("fetch=4.1.1,copy=4.4.1,tell=lazy", "EXPUNGE", {"S2"}),
        ("fetch=4.1.1,copy=4.4.2,tell=lazy", "EXPUNGE", {"S2", "S3"}),
        ("fetch=4.1.2,copy=4.4.1,tell=lazy", "EXPUNGE", set()),
        ("fetch=4.1.2,copy=4.4.2,tell=lazy", "EXPUNGE", {"S3"}),
        ("fetch=4.1.3,copy=4.4.1,tell=lazy", "EXPUNGE", set()),
        ("expunge=4.1.4", "EXPUNGE", {"S2", "S3"}),
    ],
)
def test_who_can_read_what_somebody_has_tried_to_remove(profile: str, command: str, readers: set[str]) -> None:
    """RFC 2180 §3.2 (a, f), §4.1.1 (a, b), §5 (b, c): it is gone at once, or not, or was never removed."""
    world = start("Mailbox: FOO 2 messages, 2 \\Deleted", "Mailbox: FRED", "Selected: FOO by C1 C2")
    said = play(world, profile, f"C1: {command}", *READ)
    assert {line[:2] for line in said if '"foo2"' in line} == readers
    assert ("S1: NO" in said) == (profile in ("delete=3.1", "expunge=4.1.4"))


def foreign(run: DrawnRun) -> Iterator[str]:
    """Contents that were shown to a client and are not of the mailbox that it had open."""
    for seen in run.observations:
        box = seen.box
        own = {message.content for message in (*box.messages, *box.expunged)} if box is not None else set()
        for response in seen.own:
            if isinstance(response, p.Fetched) and response.content not in (None, NIL, *own):
                yield f"{response.content!r} in {box and box.name}"


SECRETS = {scenario.name: scenario for scenario in builtin()}
CONFUSING = [SECRETS[name] for name in ("3-recycle", "3-rename", "3-delete", "4-three", "4-append")]


def search_for_foreign_contents(execute: Execute) -> None:
    """Runs in which names are used again and messages come and go, under any profile."""

    @settings(max_examples=150, derandomize=True, deadline=None, database=None)
    @given(st.sampled_from(CONFUSING).flatmap(lambda scenario: interleavings(scenario, execute=execute, properties=())))
    def look(run: DrawnRun) -> None:
        assert not list(foreign(run))

    look()


def test_no_server_shows_anybody_what_is_not_in_the_mailbox_it_has_opened() -> None:
    """RFC 2180 §5 (a): as IMAP has it, ghosts included."""
    search_for_foreign_contents(server.execute)


def test_a_server_that_mixes_mailboxes_up_is_found() -> None:
    def mixing(world: World, sid: int, command: p.Command, strategy: ServerProfile) -> tuple[Outcome, ...]:
        """A server that shows the first message of another mailbox."""
        others = [box for box in world.mailboxes if box.id != world.sessions[sid].mailbox and box.messages]
        outcomes = server.execute(world, sid, command, strategy)
        return tuple(spoilt(outcome, others[0].messages[0].content) for outcome in outcomes) if others else outcomes

    def spoilt(outcome: Outcome, content: str) -> Outcome:
        said = tuple(
            (to, replace(response, content=content))
            if isinstance(response, p.Fetched) and response.content is not None
            else (to, response)
            for to, response in outcome.responses
        )
        return outcome._replace(responses=said)

    with pytest.raises(AssertionError):
        search_for_foreign_contents(mixing)
