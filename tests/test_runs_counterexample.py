"""Is every counterexample a conversation that happens as it is written, with remarks that are true, and short?"""

from __future__ import annotations

import dataclasses
import re
from typing import NamedTuple

import pytest
from stages import HALF_DONE, RENAMED

from commands import start
from explore.check.checking import check
from explore.check.report import Report
from explore.properties.catalogue import PROPERTIES
from explore.properties.liveness import STARVATION
from explore.properties.property import HAZARD, Property
from explore.runs.counterexample import Counterexample, shortest, tell
from explore.runs.transcript_replay import read, replay
from explore.scenario.definition import Scenario
from explore.scenario.notation import builtin, parse
from explore.search.breadth_first import Search, search
from explore.search.liveness_search import go_round
from explore.space.profile_set import Universe
from explore.space.state_space import Space
from explore.system.belief import gap
from explore.system.configuration import Participant
from explore.system.ground_truth import GroundTruth
from model import protocol as p, server
from model.client.belief import AWARE, MANNERS, NAIVE, REISSUING, Client, Entry
from model.notation.transcript import CLIENT, COMMENT, SERVER, Line, Transcript
from model.protocol.flags import DELETED, FLAGGED, NO_FLAGS, SEEN
from model.protocol.parsing import parse_command
from model.protocol.writing import response_text
from model.store import agent, mailbox as mailboxes, world as worlds
from model.store.mailbox import Mailbox
from model.store.session import expunged_positions
from model.store.world import World
from strategies import Profile

FULL = Universe()
BY_ID = {prop.id: prop for prop in PROPERTIES}
HAZARDS = {prop.id for prop in PROPERTIES if prop.kind == HAZARD}

DOOMED = parse(
    "doomed",
    """
Mailbox: FOO 1 messages
Selected: FOO by C2
C1: DELETE FOO | CREATE BAR
C2: STORE 1 +FLAGS (\\Flagged) | FETCH 1 BODY[]
""",
)
QUICK = (
    "3-quiet", "3-recycle", "3-inbox", "4-append", "4-expunge", "5-pipelining", "5-starve-delete", "5-starve-expunge",
    "5-starve-store",
)  # fmt: skip
SCENARIOS = (*(scenario for scenario in builtin() if scenario.name in QUICK), RENAMED, HALF_DONE, DOOMED)


class Told(NamedTuple):
    """A violation, told."""

    scenario: Scenario
    manner: str
    story: Counterexample


def everything_told(found: Search) -> list[Counterexample]:
    """Every violation of a search, each under the simplest of its profiles."""
    stories = []
    for name, violations in found.violations.items():
        for violation in violations:
            index = FULL.index(FULL.simplest(violation.mask))
            stories.append(tell(found, BY_ID[name], violation, index))
    return stories


@pytest.fixture(scope="module")
def told() -> list[Told]:
    """Every violation in all the scenarios, for clients of every manner."""
    stories = []
    for scenario in SCENARIOS:
        for manner in scenario.manners:
            found = search(Space(scenario, manner, FULL, PROPERTIES))
            go_round(found, "H-STARVATION", STARVATION)
            stories += [Told(scenario, manner, story) for story in everything_told(found)]
    return stories


@pytest.fixture(scope="module")
def report() -> Report:
    """The report on the same scenarios."""
    return check(SCENARIOS)


def driven(text: str) -> list[str]:
    return re.findall(r"^(?:C\d+: \S+ .*|Agent: .*)$", text, re.M)


# --- it happens as it is written --------------------------------------------------------------------------------------


def test_every_hazard_has_counterexamples_and_no_obligation_has(told: list[Told]) -> None:
    assert {one.story.property for one in told} == HAZARDS
    assert len(told) > 150


def test_every_counterexample_replays_without_difference(told: list[Told]) -> None:
    for one in told:
        transcript = read(one.story.text)
        result = replay(transcript)
        assert result.ok, f"{one.story.text}\n{result.reason}"
        assert transcript.profile == str(one.story.profile)
        assert len(driven(one.story.text)) == one.story.steps


def test_a_counterexample_starts_where_its_scenario_starts(told: list[Told]) -> None:
    for one in told:
        world = read(one.story.text).world
        assert world.mailboxes == one.scenario.world.mailboxes
        cast = len(world.sessions)
        assert world.sessions == one.scenario.world.sessions[:cast]
        assert all(session.state == 0 for session in one.scenario.world.sessions[cast:])


def test_a_counterexample_that_is_tampered_with_does_not_replay(told: list[Told]) -> None:
    story = next(one.story for one in told if one.story.property == "H-MISSED")
    assert "* SEARCH" in story.text
    assert not replay(read(re.sub(r"\* SEARCH.*", "* SEARCH 1 2 3 4 5 6 7 8", story.text))).ok


def test_a_counterexample_has_title_profile_manner_and_reason(told: list[Told]) -> None:
    for one in told:
        rows = one.story.text.splitlines()
        name = one.story.property
        assert rows[0] == f"Title: {name} breaks: {BY_ID[name].statement}"
        assert rows[1] == f"Profile: {one.story.profile}"
        assert rows[2 : 2 + len(one.scenario.header)] == list(one.scenario.header)
        assert f"<the clients are {one.manner}>" in rows
        assert rows[-1].startswith(f"<{name}: ")
        assert rows[-1] != f"<{name}: {BY_ID[name].statement}>"


# --- it is short -------------------------------------------------------------------------------------------------------

SHORTEST = {
    "H-PHANTOM": ("expunge=allow and fetch=4.1.3 and client=naive", 2),
    "H-GONE-BUT-READABLE": ("delete=3.2 or expunge=allow and copy=4.4.2 or expunge=allow and fetch=4.1.1", 2),
    "H-LOST-UPDATE": ("delete=3.2", 2),
    "H-SILENT-LOSS": ("expunge=allow", 2),
    "H-WRONG-MAILBOX": ("rename=3.4|3.4-newname", 3),
    "H-DEAD-NAME": ("rename=3.4|3.4-newname", 2),
    "H-THROWN-OUT": ("delete=3.3 or rename=3.3", 1),
    "H-STARVATION": ("delete=3.1 or rename=3.1 or client=naive or expunge=4.1.4", 3),
    "H-ALL-OR-NOTHING": ("expunge=allow and copy=4.4.1 or expunge=allow and store=4.2.4", 2),
    "H-COLLATERAL": ("expunge=allow", 3),
    "H-MISSED": ("expunge=allow and search=4.3", 2),
    "H-CONVERGENCE": ("delete=3.2 or rename=3.4|3.4-newname", 2),
    "H-DOUBLE": ("expunge=allow and store=4.2.3 and client=reissuing", 5),
    "H-INBOX-VANISHES": ("rename=3.4|3.4-newname", 1),
    "H-WRONG-MESSAGE": ("expunge=allow and client=reckless", 3),
}
"""When each hazard breaks in these scenarios, and after how many steps."""


@pytest.mark.parametrize("name", SHORTEST)
def test_the_shortest_way_to_each_hazard(report: Report, name: str) -> None:
    verdict = report.verdict(BY_ID[name])
    assert verdict.counterexample is not None
    assert (verdict.condition, verdict.counterexample.steps) == SHORTEST[name]


def test_the_report_shows_a_shortest_of_all(report: Report, told: list[Told]) -> None:
    assert set(SHORTEST) == HAZARDS == set(report.counterexamples)
    for name, story in report.counterexamples.items():
        assert story.steps == min(one.story.steps for one in told if one.story.property == name)
        assert story in [one.story for one in told]


def test_a_counterexample_within_some_profiles_is_under_one_of_them() -> None:
    found = search(Space(DOOMED, NAIVE, FULL, PROPERTIES))
    late = Profile.parse("delete=3.3,disconnect=late")
    within = 1 << FULL.index(late)
    best = shortest(found, "H-THROWN-OUT", within)
    assert best is not None
    story = tell(found, BY_ID["H-THROWN-OUT"], *best)
    assert (story.profile, story.steps) == (late, 2)
    assert shortest(found, "H-THROWN-OUT", 1 << FULL.index(Profile.parse("delete=3.1"))) is None
    assert shortest(found, "H-PHANTOM", FULL.all) is None


@pytest.mark.parametrize("name", ["H-PHANTOM", "H-DOUBLE", "H-STARVATION"])
def test_the_commands_offered_explain_it(report: Report, name: str) -> None:
    """Each breaks the property under its own profile, and another choice at what it names cures that."""
    verdict = report.verdict(BY_ID[name])
    assert report.commands(verdict) == {}, "these scenarios have no name that a command could give"
    commands = dataclasses.replace(report, asked="").commands(verdict)
    assert commands
    for command, blamed in commands.items():
        match = re.fullmatch(rf"mailrace explain {name} --profile (\S+)(?: --client (\S+))?", command)
        assert match is not None
        manners = (match[2],) if match[2] else MANNERS
        single = check(SCENARIOS, Universe.of(Profile.parse(match[1])), manners, (BY_ID[name],))
        assert single.verdicts()[0].holds is False
        assert set(blamed.split(", ")) <= {s for s, mark in verdict.strategies.items() if mark == "breaks"}


# --- its remarks are true ----------------------------------------------------------------------------------------------

COUNTS = re.compile(r"counts (\d+) messages; its ([\d:,]+) (?:is|are) expunged")
CALLED = re.compile(r"has (\S+) open, which is called (\S+) now")
GONE = re.compile(r"has (\S+) open, which is deleted")


def follow(transcript: Transcript) -> list[tuple[World, Line]]:
    """Every comment on a client, with the world at that point of the conversation."""
    profile, world, lines = Profile.parse(transcript.profile), transcript.world, transcript.lines
    comments = []
    for place, line in enumerate(lines):
        if line.kind == CLIENT:
            answers = []
            for answer in lines[place + 1 :]:
                if answer.kind != SERVER:
                    break
                answers.append((answer.who, answer.text))
            outcomes = server.execute(world, line.who, parse_command(line.text), profile)
            world = next(
                outcome.world
                for outcome in outcomes
                if [(to, response_text(response, line.tag)) for to, response in outcome.responses] == answers
            )
        elif line.kind == "agent":
            world = agent.act(world, agent.parse_action(line.text))
        elif line.kind == COMMENT and re.match(r"C\d+ ", line.text):
            comments.append((world, line))
    return comments


def test_remarks_say_what_is_so(told: list[Told]) -> None:
    """By the server's views, which the remarks do not look at."""
    checked = dict.fromkeys(("counts", "called", "deleted"), 0)
    for one in told:
        for world, line in follow(read(one.story.text)):
            sid = int(line.text[1 : line.text.index(" ")]) - 1
            session = world.sessions[sid]
            box = world.open_in(sid)
            if (match := COUNTS.search(line.text)) and box is not None:
                gone = expunged_positions(session.view, box)
                assert (int(match[1]), numbers(match[2])) == (len(session.view), gone)
                checked["counts"] += 1
            if match := CALLED.search(line.text):
                assert world.by_name(match[2]) is not None
                if box is not None:
                    assert (session.name, box.name) == match.groups()
                checked["called"] += 1
            if match := GONE.search(line.text):
                assert box is None or box.ghost
                checked["deleted"] += 1
    assert min(checked.values()) > 5


def numbers(text: str) -> tuple[int, ...]:
    """The numbers in `2,4:7`."""
    spans = [part.split(":") for part in text.split(",")]
    return tuple(number for span in spans for number in range(int(span[0]), int(span[-1]) + 1))


STORY = """\
Profile: store=4.2.4
Mailbox: FOO 2 messages, 1 \\Deleted
Selected: FOO by C1 C2

<the clients are naive>

C1: A001 EXPUNGE
S1: * 1 EXPUNGE
S1: A001 OK EXPUNGE completed
<C2 counts 2 messages; its 1 is expunged>

C2: B001 STORE 1:2 +FLAGS (\\Seen)
S2: B001 NO Some of the messages no longer exist
"""


def test_a_whole_story() -> None:
    found = search(Space(HALF_DONE, NAIVE, FULL, PROPERTIES))
    best = shortest(found, "H-ALL-OR-NOTHING", FULL.all)
    assert best is not None
    text = tell(found, BY_ID["H-ALL-OR-NOTHING"], *best).text
    assert STORY in text
    assert text.endswith("<H-ALL-OR-NOTHING: STORE does nothing at all: 1 message is there, 1 expunged>\n")


LEAVES = Property(
    "H-LEAVES",
    HAZARD,
    "Nobody leaves an empty mailbox.",
    "",
    lambda seen: "C2 leaves" if isinstance(seen.act, p.Logout) and not seen.truth.counted else None,
)
"""A property that breaks after an EXPUNGE has been told."""


def test_a_remark_is_made_when_it_becomes_so_and_taken_back_when_it_no_longer_is() -> None:
    text = "Mailbox: FOO 1 messages, 1 \\Deleted\nSelected: FOO by C1 C2\nC1: EXPUNGE\nC2: NOOP\nC2: LOGOUT"
    found = search(Space(parse("remarks", text), NAIVE, Universe.of(Profile.parse()), (LEAVES,)))
    best = shortest(found, LEAVES.id, 1)
    assert best is not None
    story = tell(found, LEAVES, *best)
    rows = [row for row in story.text.splitlines() if row.startswith(("C1:", "C2:", "<C2 counts", "<C2 is right"))]
    assert rows == [
        "C1: A001 EXPUNGE",
        "<C2 counts 1 messages; its 1 is expunged>",
        "C2: B001 NOOP",
        "<C2 is right about everything again>",
        "C2: B002 LOGOUT",
    ]
    assert story.steps == 3


# --- the gap between what a client believes and the truth ------------------------------------------------------------------

FOO = start("Mailbox: FOO 3 messages", "Selected: FOO by C1", clients=1)
KNOWN = Entry(1, NO_FLAGS, "foo1"), Entry(2, NO_FLAGS, None), Entry(3, NO_FLAGS, "foo3")
COUNTED = ((1, "foo1"), (2, "foo2"), (3, "foo3"))


def foo() -> Mailbox:
    box = FOO.by_name("FOO")
    assert box is not None
    return box


def without(*uids: int) -> World:
    return worlds.replace(FOO, mailboxes.expunge(foo(), frozenset(uids)))


def flagged(uids: tuple[int, ...], flag: str) -> World:
    return worlds.replace(FOO, mailboxes.set_flags(foo(), frozenset(uids), "+", frozenset({flag})))


def client(*shown: Entry, name: str | None = "FOO") -> Client:
    return Client(name=name, shown=shown)


GAPS = {
    "right": (FOO, client(*KNOWN), COUNTED, ()),
    "knows nothing": (FOO, client(Entry(), Entry(), Entry()), COUNTED, ()),
    "one expunged": (without(2), client(*KNOWN), COUNTED, ("counts 3 messages; its 2 is expunged",)),
    "some expunged": (without(1, 3), client(*KNOWN), COUNTED, ("counts 3 messages; its 1,3 are expunged",)),
    "all expunged": (without(1, 2, 3), client(*KNOWN), COUNTED, ("counts 3 messages; its 1:3 are expunged",)),
    "one arrived": (FOO, client(*KNOWN[:2]), COUNTED[:2], ()),
    "renamed": (worlds.rename(FOO, foo(), "BAR"), client(*KNOWN), COUNTED, ("has FOO open, which is called BAR now",)),
    "a ghost": (worlds.make_ghost(FOO, foo()), client(*KNOWN), COUNTED, ("has FOO open, which is deleted",)),
    "removed": (worlds.remove(worlds.doom(FOO, (0,)), foo()), client(*KNOWN), COUNTED, ("has FOO open, which is deleted",)),
    "shown empty": (
        FOO,
        client(Entry(1, NO_FLAGS, ""), *KNOWN[1:]),
        COUNTED,
        ("shows message 1 as empty, it is 'foo1'",),
    ),
    "shown as another": (
        FOO,
        client(KNOWN[0], Entry(2, NO_FLAGS, "foo1"), KNOWN[2]),
        COUNTED,
        ("shows message 2 as 'foo1', it is 'foo2'",),
    ),
    "an old flag": (
        flagged((2,), SEEN),
        client(*KNOWN),
        COUNTED,
        ("shows 2 with flags (), now (\\Seen)",),
    ),
    "old flags of several": (
        flagged((1, 2, 3), DELETED),
        client(*KNOWN),
        COUNTED,
        ("shows 1:3 with flags (), now (\\Deleted)",),
    ),
    "different flags": (
        FOO,
        client(Entry(1, frozenset({SEEN})), Entry(2, frozenset({FLAGGED})), Entry(3, None)),
        COUNTED,
        ("shows 1 with flags (\\Seen), now ()", "shows 2 with flags (\\Flagged), now ()"),
    ),
    "flags of the expunged": (without(1), client(Entry(1, frozenset({SEEN}))), COUNTED[:1], (
        "counts 1 messages; its 1 is expunged",
    )),
    "several at once": (
        worlds.rename(without(2), without(2).by_id(foo().id) or foo(), "BAR"),
        client(KNOWN[0], Entry(2, NO_FLAGS, ""), KNOWN[2]),
        COUNTED,
        (
            "has FOO open, which is called BAR now",
            "counts 3 messages; its 2 is expunged",
            "shows message 2 as empty, it is 'foo2'",
        ),
    ),
    "nothing open": (without(1), client(name=None), (), ()),
    "disconnected": (without(1), Client(connected=False), (), ()),
}  # fmt: skip


@pytest.mark.parametrize("case", GAPS)
def test_the_gap_between_belief_and_truth(case: str) -> None:
    world, believes, counted, expected = GAPS[case]
    assert gap(world, Participant(believes, GroundTruth(foo().id, counted, 3))) == expected


@pytest.mark.parametrize("manner", [AWARE, REISSUING])
def test_an_aware_client_that_doubts_nil_is_not_said_to_show_it(manner: str) -> None:
    found = search(Space(parse("nil", NIL), manner, Universe.of(Profile.parse("fetch=4.1.3")), PROPERTIES))
    assert all(
        not any("as empty" in remark for remark in gap(found.space.world(state), found.space.participant(state, 1)))
        for state in found.reached
    )
    naive = search(Space(parse("nil", NIL), NAIVE, Universe.of(Profile.parse("fetch=4.1.3")), PROPERTIES))
    assert any(
        "shows message 1 as empty, it is 'foo1'" in gap(naive.space.world(state), naive.space.participant(state, 1))
        for state in naive.reached
    )


NIL = "Mailbox: FOO 2 messages, 1 \\Deleted\nSelected: FOO by C1 C2\nC1: EXPUNGE\nC2: FETCH 1:2 BODY.PEEK[]"
