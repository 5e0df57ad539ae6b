"""Small things that were said, and were not so: of tokens, headers, parts of a graph, and clients that are closed."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Generator

import pytest

from explore.check.checking import check
from explore.check.explaining import explain
from explore.graph.analysis import describe
from explore.graph.build import state_graph
from explore.runs.token import TokenError, decode, encode
from explore.scenario.custom_client import Mail, OwnClientError, own
from explore.scenario.notation import builtin, parse
from explore.scenario.placing import against
from explore.search.breadth_first import search
from explore.space.profile_set import Universe
from explore.space.state_space import Space
from model.client import NAIVE
from model.notation.transcript import TranscriptError


def altered(token: str, **changes: object) -> str:
    """That token with other things in it."""
    _, _, packed = token.partition(":")
    plain = json.loads(zlib.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))))
    written = json.dumps({**plain, **changes}, sort_keys=True, separators=(",", ":")).encode()
    return f"mr1:{base64.urlsafe_b64encode(zlib.compress(written, 9)).decode().rstrip('=')}"


RENAMED = "Mailbox: FOO 2 messages\nSelected: FOO by C1 C2\nC1: RENAME FOO BAR\nC2: APPEND FOO x | NOOP\nC3: CREATE FOO\n"


@pytest.mark.parametrize("changes", [{"loop": 1}, {"moves": "1.0.9 3 2"}, {"moves": "1 3 2.0.0.9"}, {"moves": "9999 3 2"}])
def test_a_token_that_was_altered_is_refused(changes: dict[str, object]) -> None:
    """It was played, with a loop that is none, an answer that there is not, or responses that nobody sent."""
    found = explain("H-WRONG-MAILBOX", parse("renamed", RENAMED))
    assert found is not None
    token = encode(found.run)
    assert decode(altered(token)).broken is not None
    with pytest.raises(TokenError, match="the token was altered"):
        decode(altered(token, **changes))


@pytest.mark.parametrize(("header", "says"), [
    ('Mailbox: "FOO" 1 messages', "expected a mailbox name without quotes"),
    ("Mailbox: INBOX 2 messages\nMailbox: inbox 2 messages", "mailbox INBOX is there already"),
])  # fmt: skip
def test_a_header_says_one_thing(header: str, says: str) -> None:
    """The quotes were part of the name, and the messages of both lines were added up."""
    with pytest.raises(TranscriptError, match=says):
        parse("header", f"{header}\nC1: NOOP\n")


def test_the_same_choice_of_the_agent_twice_is_one() -> None:
    twice = parse("twice", "Mailbox: FOO\nC1: NOOP\nAgent: RENAME FOO BAR | RENAME FOO BAR\n")
    assert check(twice, manners=(NAIVE,)).rows[0].interleavings == 2


def test_of_a_part_of_a_graph_nothing_final_is_said() -> None:
    quiet = next(scenario for scenario in builtin() if scenario.name == "3-quiet")
    part = state_graph(search(Space(quiet, NAIVE, Universe(), ()), most_states=1))
    assert "Nothing breaks in the part that was explored." in describe(part)
    assert "H-CONVERGENCE does not break in the part that was explored." in describe(part, "H-CONVERGENCE")


def stays(mail: Mail) -> Generator[str, list[str], None]:
    """Goes on when it is closed."""
    try:
        while True:
            yield "NOOP"
    except GeneratorExit:
        yield "NOOP"


def ends_badly(mail: Mail) -> Generator[str, list[str], None]:
    """Raises when it is closed."""
    try:
        yield "SELECT FOO"
    finally:
        raise ValueError("fin")


@pytest.mark.parametrize("client", [stays, ends_badly])
def test_a_client_that_does_not_let_itself_be_closed(client: object) -> None:
    """Python complained of it on standard error, some ten thousand times."""
    alone = parse("alone", "Mailbox: FOO 1 messages\nC1: NOOP\n")
    with pytest.raises(OwnClientError, match=r"raises .* when it is closed|raises ValueError"):
        check(against(own(client), (alone,), commands=2))  # type: ignore[arg-type]
