"""Does a scenario file say what it says, and is a wrong one refused with its line and a reason?"""

from __future__ import annotations

import string

import pytest
from hypothesis import example, given, strategies as st

from explore.scenario.definition import Scenario
from explore.scenario.notation import MOST_STEPS, builtin, parse
from model import protocol as p
from model.client.program import Program, ProgramStep
from model.notation.transcript import TranscriptError
from model.protocol.flags import DELETED, SEEN
from model.protocol.parsing import parse_command
from model.protocol.writing import command_text
from model.store.agent import Deliver, Purge, Relabel

BUILTIN = builtin()
NOOP = ProgramStep((p.Noop(),))


def programs(text: str) -> tuple[Program, ...]:
    return parse("test", text).programs


# --- what a file says -----------------------------------------------------------------------------------------------

WHOLE = """
# a comment
Title: one client expunges, one reads
Mailbox: FOO 3 messages, 2 \\Deleted, 3 empty
Mailbox: FRED
Selected: FOO by C1 C2
Examined: FRED by C3

<another comment>
C1: EXPUNGE
C2: FETCH 2 BODY[] | STORE 2 +FLAGS (\\Seen)
  C2:   retry DELETE FOO
# and one between
C3: NOOP
C3: forever
C3: CHECK
C3: CLOSE
Agent: DELIVER FOO "new" | EXPUNGE FOO 1
Agent: RENAME FOO BAR
"""


def test_a_whole_file() -> None:
    scenario = parse("whole", WHOLE)
    assert (scenario.name, scenario.title) == ("whole", "one client expunges, one reads")
    assert scenario.programs == (
        Program((ProgramStep((p.Expunge(),)),)),
        Program(
            (
                ProgramStep((p.Fetch(((2, 2),), ("BODY[]",)), p.Store(((2, 2),), "+", frozenset({SEEN})))),
                ProgramStep((p.Delete("FOO"),), retry=True),
            )
        ),
        Program((NOOP, ProgramStep((p.Check(),)), ProgramStep((p.Close(),))), repeat=1),
    )
    assert scenario.agent == ((Deliver("FOO", "new"), Purge("FOO", ((1, 1),))), (Relabel("FOO", "BAR"),))
    assert scenario.header == (
        "Mailbox: FOO 3 messages, 2 \\Deleted, 3 empty",
        "Mailbox: FRED",
        "Selected: FOO by C1 C2",
        "Examined: FRED by C3",
    )


def test_the_world_is_the_one_of_the_header() -> None:
    world = parse("whole", WHOLE).world
    assert [box.name for box in world.mailboxes] == ["INBOX", "FOO", "FRED"]
    foo = world.mailboxes[1]
    assert [(m.uid, m.flags, m.content) for m in foo.messages] == [
        (1, frozenset(), "foo1"),
        (2, frozenset({DELETED}), "foo2"),
        (3, frozenset(), ""),
    ]
    assert [(session.name, session.read_only) for session in world.sessions] == [
        ("FOO", False),
        ("FOO", False),
        ("FRED", True),
    ]


def test_the_bound_of_a_scenario() -> None:
    assert parse("whole", WHOLE).bound == {"clients": 3, "messages": 3, "commands": 8}
    assert parse("one", "C1: NOOP").bound == {"clients": 1, "messages": 0, "commands": 1}


def test_without_a_title_the_name_is_the_title() -> None:
    assert parse("name", "C1: NOOP").title == "name"


def test_lines_of_clients_may_be_mixed() -> None:
    assert programs("C2: NOOP\nC1: CHECK\nC2: CHECK") == (
        Program((ProgramStep((p.Check(),)),)),
        Program((NOOP, ProgramStep((p.Check(),)))),
    )


def test_a_client_that_is_not_mentioned_has_nothing_to_do() -> None:
    assert programs("C3: NOOP") == (Program(()), Program(()), Program((NOOP,)))
    assert programs("Mailbox: FOO\nSelected: FOO by C4\nC1: NOOP") == (Program((NOOP,)), *[Program(())] * 3)


def test_a_client_without_a_number_is_the_first() -> None:
    assert programs("C: NOOP\nC1: NOOP") == (Program((NOOP, NOOP)),)


@pytest.mark.parametrize(
    ("words", "step"),
    [
        ("NOOP", NOOP),
        ("noop", NOOP),
        ("retry NOOP", ProgramStep((p.Noop(),), retry=True)),
        ("RETRY NOOP", ProgramStep((p.Noop(),), retry=True)),
        ("retry  NOOP | CHECK", ProgramStep((p.Noop(), p.Check()), retry=True)),
        ("NOOP|CHECK", ProgramStep((p.Noop(), p.Check()))),
        ("DELETE retry", ProgramStep((p.Delete("retry"),))),
    ],
)
def test_choices_and_retries(words: str, step: ProgramStep) -> None:
    assert programs(f"C1: {words}") == (Program((step,)),)


@pytest.mark.parametrize(
    ("text", "repeat", "length"),
    [
        ("C1: forever\nC1: NOOP", 0, 1),
        ("C1: NOOP\nC1: forever\nC1: NOOP", 1, 2),
        ("C1: NOOP\nC1: FOREVER\nC2: NOOP\nC1: NOOP\nC1: NOOP", 1, 3),
        ("C1: NOOP", None, 1),
    ],
)
def test_what_is_repeated_for_ever(text: str, repeat: int | None, length: int) -> None:
    program = programs(text)[0]
    assert (program.repeat, len(program.steps)) == (repeat, length)


# --- what is refused ------------------------------------------------------------------------------------------------

HEAD = "Mailbox: FOO 2 messages\nSelected: FOO by C1\n"
WRONG = {
    "nothing": ("", 1, "expected at least one client line such as 'C1: NOOP'"),
    "only a header": (HEAD, 2, "expected at least one client line such as 'C1: NOOP'"),
    "only the agent": (f'{HEAD}Agent: DELIVER FOO "x"', 3, "expected at least one client line such as 'C1: NOOP'"),
    "an unknown header": ("Profile: default\nC1: NOOP", 1, "'Profile' is no header; known: Title, Mailbox"),
    "no colon": (f"{HEAD}C1 NOOP", 3, "expected 'C1: command', 'C1: retry command', 'C1: forever' or 'Agent: action'"),
    "a server's line": (f"{HEAD}S1: * 1 EXISTS", 3, "expected 'C1: command' or 'Agent: action', found 'S1'"),
    "a header after the clients": (
        "C1: NOOP\nMailbox: FOO", 2, "expected 'C1: command' or 'Agent: action', found 'Mailbox'"
    ),
    "an agent in small letters": ("C1: NOOP\nagent: x", 2, "expected 'C1: command' or 'Agent: action', found 'agent'"),
    "client 0": ("C0: NOOP", 1, "expected a client from C1 to C99, found 'C0'"),
    "client 100": ("C1: NOOP\nC100: NOOP", 2, "expected a client from C1 to C99, found 'C100'"),
    "a client with a name": ("C1: NOOP\nCX: NOOP", 2, "expected a client from C1 to C99, found 'CX'"),
    "a space before the colon": ("C1: NOOP\nC1 : NOOP", 2, "expected a client from C1 to C99, found 'C1 '"),
    "an empty command": ("C1: NOOP\n\nC1:", 3, "expected a command, found the end of the line"),
    "an empty retry": ("C1: retry", 1, "expected a command, found the end of the line"),
    "an empty choice": ("C1: NOOP | ", 1, "expected a command, found the end of the line"),
    "a command that is none": ("C1: JUMP", 1, "JUMP is not a command known here; known: "),
    "a tag": ("C1: A001 NOOP", 1, "A001 is not a command known here; known: "),
    "one choice wrong": ("C1: NOOP | FETCH", 1, "expected a sequence set such as 2:4 or 1,3,*, found the end of the line"),
    "retry of forever": ("C1: retry forever", 1, "FOREVER is not a command known here; known: "),
    "forever with a command": ("C1: forever NOOP", 1, "FOREVER is not a command known here; known: "),
    "forever and nothing": ("C1: NOOP\nC1: forever", 2, "expected a command of C1 after 'C1: forever'"),
    "an agent that is idle": ("C1: NOOP\nAgent:", 2, "expected DELIVER, EXPUNGE or RENAME, found the end of the line"),
    "an agent that jumps": ("C1: NOOP\nAgent: JUMP", 2, "the agent can DELIVER, EXPUNGE or RENAME, not JUMP"),
    "an action too long": ("C1: NOOP\nAgent: RENAME A B C", 2, "unexpected 'C' after the end of the command"),
    "no such mailbox": ("Selected: FOO by C1\nC1: NOOP", 1, "no mailbox 'FOO'; give it a 'Mailbox: FOO 3 messages' line"),
    "a mailbox twice": ("Mailbox: FOO\nMailbox: FOO\nC1: NOOP", 2, "mailbox FOO is there already"),
    "nobody selects": ("Selected: FOO\nC1: NOOP", 1, "expected 'Selected: FOO by C1 C2', found 'FOO'"),
    "a strange selector": ("Mailbox: FOO\nSelected: FOO by me\nC1: NOOP", 2, "expected a client from C1 to C99, found 'me'"),
    "beyond": ("Mailbox: FOO 2 messages, 3 \\Seen\nC1: NOOP", 1, "3 goes beyond the 2 messages of FOO"),
    "a flag that is none": ("Mailbox: FOO 2 messages, 1 \\Recent\nC1: NOOP", 1, "'\\\\Recent' is not a flag"),
    "a mailbox without a name": ("Mailbox:\nC1: NOOP", 1, "expected 'NAME', 'NAME 7 messages' or 'NAME 7 messages, 4:7"),
    "too long": ("C1: NOOP\n" * (MOST_STEPS + 1), MOST_STEPS + 1, f"more than {MOST_STEPS} commands"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_refused_with_its_line_and_a_reason_of_one_line(case: str) -> None:
    text, line, reason = WRONG[case]
    with pytest.raises(TranscriptError) as caught:
        parse("test", text)
    assert caught.value.line == line
    assert str(caught.value).startswith(f"line {line}: {reason}")
    assert "\n" not in str(caught.value)


def test_just_as_many_commands_as_allowed() -> None:
    assert len(programs("C1: NOOP\n" * MOST_STEPS)[0].steps) == MOST_STEPS


LAX = {
    "a second title": ("Title: one\nTitle: two\nC1: NOOP", 2),
    "a comment that does not end": ("C1: NOOP\n<half a comment\n", 2),
    "a second forever": ("C1: forever\nC1: NOOP\nC1: forever\nC1: CHECK", 3),
    "two mailboxes open at once": ("Mailbox: FOO\nMailbox: BAR\nSelected: FOO by C1\nSelected: BAR by C1\nC1: NOOP", 4),
    "forever and nothing, in the middle": ("C1: forever\nC2: NOOP", 1),
}
"""What is not strict: it is taken, or refused for another line than its own."""


@pytest.mark.parametrize("case", LAX)
def test_reading_is_strict(case: str) -> None:
    text, line = LAX[case]
    with pytest.raises(TranscriptError) as caught:
        parse("test", text)
    assert caught.value.line == line


def test_a_bar_in_a_quoted_string_separates_nothing() -> None:
    scenario = parse("test", 'Mailbox: FOO\nC1: APPEND FOO "a|b"\nAgent: DELIVER FOO "a|b"')
    assert scenario.programs[0].steps == (ProgramStep((p.Append("FOO", "a|b"),)),)
    assert scenario.agent == ((Deliver("FOO", "a|b"),),)


@given(st.text(max_size=60) | st.text(string.ascii_letters + string.digits + ' :|*()"\\\n', max_size=60))
@example("C" + "9" * 5000 + ": NOOP")
@example("Mailbox: FOO 9999999999999 messages\nC1: NOOP")
@example("C1: \x85\x1c\u2028")
def test_any_text_is_a_scenario_or_refused_in_one_line(text: str) -> None:
    wrong = refusal(text)
    if wrong is not None:
        assert len(str(wrong).splitlines()) == 1
        assert 1 <= wrong.line <= max(1, len(text.splitlines()))


def refusal(text: str) -> TranscriptError | None:
    """Why that text is no scenario."""
    try:
        parse("any", text)
    except TranscriptError as error:
        return error
    return None


def test_a_bound_on_what_grows() -> None:
    scenario = parse("bound", "Bound: 4 uids, 3 mailboxes\nC1: NOOP")
    assert (scenario.most_uids, scenario.most_mailboxes) == (4, 3)
    single = parse("bound", "Bound: 1 mailbox\nC1: NOOP")
    assert (single.most_uids, single.most_mailboxes) == (None, 1)


@pytest.mark.parametrize("value", ["", "4", "0 uids", "4 messages", "-1 uids", "4 uids 3 mailboxes", "4 uids,"])
def test_a_bound_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(TranscriptError, match=r"^line 2: expected 'Bound: 4 uids, 3 mailboxes', found "):
        parse("bound", f"Title: a\nBound: {value}\nC1: NOOP")


@pytest.mark.parametrize("value", ["3 mailboxe", "4 uids, 5 uids"])
def test_a_bound_is_read_strictly(value: str) -> None:
    with pytest.raises(TranscriptError):
        parse("bound", f"Bound: {value}\nC1: NOOP")


# --- there and back -------------------------------------------------------------------------------------------------


def written(scenario: Scenario) -> str:
    """The scenario as a file again."""
    rows = [f"Title: {scenario.title}", *scenario.header]
    for sid, program in enumerate(scenario.programs, 1):
        for number, step in enumerate(program.steps):
            rows += [f"C{sid}: forever"] * (number == program.repeat)
            choices = " | ".join(map(command_text, step.choices))
            rows.append(f"C{sid}: {'retry ' if step.retry else ''}{choices}")
    return "\n".join(rows)


@pytest.mark.parametrize("scenario", BUILTIN, ids=lambda scenario: scenario.name)
def test_the_header_of_a_built_in_scenario_says_its_world_again(scenario: Scenario) -> None:
    again = parse(scenario.name, written(scenario))
    assert again.world == scenario.world
    assert again.programs == scenario.programs
    assert (again.title, again.header) == (scenario.title, scenario.header)


COMMANDS = (
    "NOOP", "FETCH 1:* (FLAGS BODY.PEEK[])", "UID STORE 2 -FLAGS.SILENT (\\Seen)", 'APPEND FOO "x y"', "SEARCH OR SEEN 1",
)  # fmt: skip


@given(st.data())
def test_programs_written_down_are_read_back(data: st.DataObject) -> None:
    lines = []
    for sid in range(1, data.draw(st.integers(1, 3)) + 1):
        length = data.draw(st.integers(1, 4))
        start = data.draw(st.none() | st.integers(0, length - 1))
        for number in range(length):
            lines += [f"C{sid}: forever"] * (number == start)
            choices = data.draw(st.lists(st.sampled_from(COMMANDS), min_size=1, max_size=3, unique=True))
            lines.append(f"C{sid}: {data.draw(st.sampled_from(('', 'retry ')))}{' | '.join(choices)}")
    scenario = parse("random", "Mailbox: FOO 2 messages, 1:2 \\Seen\nSelected: FOO by C1\n" + "\n".join(lines))
    assert parse("random", written(scenario)) == scenario
    assert sum(len(program.steps) for program in scenario.programs) == sum("forever" not in line for line in lines)


# --- the built-in ones ----------------------------------------------------------------------------------------------


def test_built_in_scenarios_come_sorted_each_with_a_source_or_a_scope_in_its_title() -> None:
    names = [scenario.name for scenario in BUILTIN]
    assert names == sorted(set(names))
    scopes = ("RFC 2180 §", "RFC 3501 §", "every program of any length")
    assert all(scenario.title.startswith(scopes) for scenario in BUILTIN)


def test_every_command_and_every_form_of_rfc_2180_is_given_somewhere() -> None:
    commands = [c for s in BUILTIN for program in s.programs for step in program.steps for c in step.choices]
    kinds = {type(command) for command in commands}
    assert {p.Select, p.Close, p.Create, p.Delete, p.Rename, p.List, p.Status, p.Append, p.Noop, p.Logout} <= kinds
    assert {p.Fetch, p.Store, p.Search, p.Copy, p.Expunge, p.Check} <= kinds
    for text in ("STORE 1:7 +FLAGS.SILENT (\\Seen)", "FETCH 4:7 RFC822", "COPY 2,4,6 FRED", "SEARCH DELETED"):
        assert parse_command(text) in commands
