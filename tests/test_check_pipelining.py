"""RFC 3501 §5.5's lists of what may be sent without waiting come out of the model; so does RFC 2180 §4.4's claim."""

from __future__ import annotations

import pytest

import mailrace
from explore.check.pipelining import (
    COMMANDS, RFC_DEPENDS, RFC_INVALID, RFC_VALID, SequenceVerdict, judge, safe_to_expunge_with, spelled, table_of_pairs,
    telling_expunges_with,
)  # fmt: skip
from explore.runs.transcript_replay import read, replay
from explore.space.profile_set import Universe
from explore.system.ordering import may_follow, numbers_of
from model import protocol as p
from model.protocol.parsing import parse_command
from strategies import Profile

TABLE = table_of_pairs()
PAIRS = [verdict for row in TABLE for verdict in row]


@pytest.mark.parametrize("names", RFC_INVALID)
def test_what_the_rfc_calls_invalid_goes_wrong_under_every_profile(names: str) -> None:
    assert judge(spelled(names)).condition == "always"


@pytest.mark.parametrize("names", RFC_VALID)
def test_what_the_rfc_calls_valid_never_goes_wrong(names: str) -> None:
    assert judge(spelled(names)).condition == "never"


def test_uid_search_depends_on_the_second_ones_criteria() -> None:
    without, with_numbers = map(judge, RFC_DEPENDS)
    assert without.condition == "never"
    assert with_numbers.condition == "tell=eager|any"


@pytest.mark.parametrize("verdict", PAIRS, ids=lambda verdict: " + ".join(verdict.commands))
def test_the_rule_of_the_rfc_forbids_just_what_can_go_wrong(verdict: SequenceVerdict) -> None:
    first, second = map(parse_command, verdict.commands)
    assert bool(verdict.unsafe) == (not may_follow(first, second))


@pytest.mark.parametrize("verdict", [v for v in PAIRS if v.unsafe], ids=lambda verdict: " + ".join(verdict.commands))
def test_the_transcript_of_a_mistake_is_what_the_server_does(verdict: SequenceVerdict) -> None:
    """Served one after the other, the commands are answered as the transcript has it."""
    assert verdict.mistake is not None
    profile = Universe().simplest(verdict.mistake.mask)
    lines = [line for line in verdict.mistake.lines if not line.startswith("C1: A002")]
    sent = next(line for line in lines if line.startswith("C1: A001"))
    lines.remove(sent)
    first_answer = next(number for number, line in enumerate(lines) if line.startswith("S1:"))
    text = "\n".join([*lines[:first_answer], sent, *lines[first_answer:]])
    assert replay(read(text), profile).ok, text


@pytest.mark.parametrize("text", ["FETCH 2 BODY.PEEK[]", "STORE 2 +FLAGS (\\Flagged)", "SEARCH 2"])
def test_expunge_responses_to_other_number_commands_would_do_harm(text: str) -> None:
    """RFC 2180 §4.4: COPY is the only one of them that is safe to allow an EXPUNGE response on ..."""
    verdict = safe_to_expunge_with(text)
    assert verdict is not None
    assert verdict.commands[0] == text


def test_expunge_responses_to_copy_do_no_harm() -> None:
    """... because (RFC 2180 §4.4 (a, b)) nobody may send a command with numbers before a COPY is completed."""
    assert safe_to_expunge_with("COPY 2 FRED") is None
    copy = parse_command("COPY 2 FRED")
    assert not any(may_follow(copy, later) for later in map(parse_command, COMMANDS) if numbers_of(later, 3))


def test_a_server_that_breaks_the_rule_is_what_makes_the_difference() -> None:
    pair = ("FETCH 2 BODY.PEEK[]", "STORE 2 +FLAGS (\\Flagged)")
    assert judge(pair).condition == "never"
    assert judge(pair, execute=telling_expunges_with(p.Fetch)).condition == "always"


def test_one_profile_alone() -> None:
    pair = ("UID FETCH 2 FLAGS", "COPY 2 FRED")
    assert judge(pair, Universe.of(Profile.parse("tell=lazy"))).condition == "never"
    assert judge(pair, Universe.of(Profile.parse("tell=eager"))).condition == "always"


def test_numbers_are_found_where_they_are() -> None:
    def numbers(text: str) -> tuple[int, ...]:
        return numbers_of(parse_command(text), 4)

    assert numbers("SEARCH OR 2 NOT (UNSEEN 4)") == (2, 4)
    assert numbers("UID SEARCH 1:2") == (1, 2)
    assert numbers("UID FETCH 2 FLAGS") == numbers("UID SEARCH UID 2") == numbers("NOOP") == ()
    assert numbers("COPY 3:* FRED") == (3, 4)


def test_the_table_says_what_the_rfcs_say(capsys: pytest.CaptureFixture[str]) -> None:
    mailrace.main(["pipelining"])
    output = capsys.readouterr().out
    assert "calls COPY + COPY invalid: it goes wrong under every profile" in output
    assert "calls STORE + COPY + EXPUNGE valid: it never goes wrong" in output
    assert "UID SEARCH UNSEEN + UID SEARCH 2 goes wrong if tell=eager|any" in output
    assert "COPY 2 FRED: safe" in output


def test_a_sequence_of_ones_own(capsys: pytest.CaptureFixture[str]) -> None:
    mailrace.main(["pipelining", "UID FETCH 1 FLAGS", "COPY 2 FRED", "--profile", "tell=lazy"])
    assert capsys.readouterr().out == "UID FETCH 1 FLAGS + COPY 2 FRED never goes wrong\n"
    mailrace.main(["pipelining", "NOOP", "STORE 2 +FLAGS (\\Seen)"])
    assert "the server takes it for UID 3" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["NOOP"], ["NOOP", "FROB"], ["NOOP", "COPY 2 FRED", "--profile", "x"]])
def test_wrong_input_is_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        mailrace.main(["pipelining", *words])
    complaint = capsys.readouterr().err
    assert ended.value.code == 2
    assert complaint.count("\n") == 1
