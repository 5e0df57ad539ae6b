"""What mailrace once said, and was false. Each of these inputs failed before it was mended."""

from __future__ import annotations

import pytest

import guard_plain
from explore.check.checking import check
from explore.check.report import Report
from explore.check.word import Word
from explore.graph.build import state_graph
from explore.properties.catalogue import PROPERTIES
from explore.properties.property import HAZARD, Property
from explore.runs.run import play
from explore.scenario.definition import Scenario
from explore.scenario.notation import parse
from explore.search.breadth_first import search
from explore.space.profile_set import Universe
from explore.space.state_space import Space
from explore.system import Step, System
from guard_strangers import STRANGERS
from model.client.belief import AWARE, NAIVE, REISSUING
from strategies import Profile

BY_ID = {prop.id: prop for prop in PROPERTIES}
COPIED = """Mailbox: FOO 1 messages
Mailbox: FRED
Selected: FOO by C1
C1: COPY 1 FRED
C1: UID FETCH 1 BODY[]
Agent: EXPUNGE FOO 1
"""
SEARCHED = """Mailbox: FOO 2 messages
Mailbox: BAR
Selected: FOO by C1
C1: FETCH 1 BODY.PEEK[]
C1: RENAME FOO NEW
C1: SEARCH {} "foo1"
C1: COPY 1:2 BAR
Agent: EXPUNGE FOO 1
"""
BOUNDED = """Mailbox: FOO 2 messages, 1 \\Deleted
Mailbox: BAR 2 messages
Selected: FOO by C1 C2
Bound: 2 uids
C1: EXPUNGE
C1: RENAME FOO NEW
C2: COPY 1 BAR
"""
DELETED = """Mailbox: FOO 1 messages, 1 \\Deleted
Selected: FOO by C2
C1: DELETE FOO
C2: EXPUNGE
"""


def plain(scenario: Scenario, profile: Profile, manner: str, *properties: Property) -> guard_plain.Found:
    """What the plain system says."""
    found = guard_plain.explore(System(scenario, manner), properties, profile, 100_000)
    assert found is not None
    return found


def under(report: Report, name: str, manner: str, profile: Profile) -> bool:
    """Whether the report says that the property breaks under that profile."""
    return bool(report.failing.get(name, {}).get(manner, 0) >> report.universe.index(profile) & 1)


def test_a_copy_of_an_expunged_message_is_no_second_use_of_its_uid() -> None:
    """The stand-in for mailboxes out of sight had messages, but UIDNEXT 1: O-UID was said to break."""
    report = check([parse("copied", COPIED)])
    assert report.verdict(BY_ID["O-UID"]).word == Word.HOLDS
    assert not report.violated


@pytest.mark.parametrize("key", ["NOT TEXT", "TEXT", "BODY", "NOT SUBJECT"])
@pytest.mark.parametrize("manner", [AWARE, REISSUING])
def test_who_searches_for_words_remembers_what_it_has_read(key: str, manner: str) -> None:
    """Contents that an aware client shows rightly were forgotten, and then it expected other results of SEARCH."""
    scenario, prop, profile = parse("searched", SEARCHED.format(key)), BY_ID["H-ALL-OR-NOTHING"], Profile.parse("tell=lazy")
    report = check([scenario], manners=(manner,), properties=(prop,))
    found = plain(scenario, profile, manner, prop)
    assert under(report, prop.id, manner, profile) == (prop.id in found.broken)
    alone = check([scenario], Universe.of(profile), (manner,), (prop,)).counterexamples.get(prop.id)
    assert found.steps.get(prop.id) == (alone.steps if alone is not None else None)


def test_at_rest_is_one_thing_for_one_profile_and_for_all() -> None:
    """Where a bound stops a client under some profiles, a state was at rest for none of them, or for all."""
    scenario, prop, profile = parse("bounded", BOUNDED), BY_ID["H-CONVERGENCE"], Profile.parse("copy=4.4.2,rename=3.4")
    at_once, alone = (check([scenario], universe, (NAIVE,)) for universe in (Universe(), Universe.of(profile)))
    said = under(at_once, prop.id, NAIVE, profile)
    assert said == under(alone, prop.id, NAIVE, profile) == (prop.id in plain(scenario, profile, NAIVE, prop).broken)
    story = at_once.counterexamples[prop.id]
    assert story.run.broken(prop) == play(story.schedule).broken(prop) is not None


def test_the_agent_keeps_the_bound() -> None:
    """It went beyond, and then nobody could move any more, which was taken for the end."""
    text = "Mailbox: FOO 1 messages\nSelected: FOO by C1 C2\nBound: 1 uids\nC1: RENAME FOO NEW\nC2: SELECT NEW\n"
    scenario, prop = parse("agent", f"{text}Agent: DELIVER NEW x\n"), BY_ID["H-CONVERGENCE"]
    report = check([scenario], manners=(NAIVE,), properties=(prop,))
    profile = Profile.parse("rename=3.4")
    assert under(report, prop.id, NAIVE, profile) == (prop.id in plain(scenario, profile, NAIVE, prop).broken) is False


@pytest.mark.parametrize("strange", STRANGERS["delete"], ids=lambda strategy: strategy.key)
def test_a_strategy_that_looks_into_a_mailbox_sees_what_is_there(strange: object) -> None:
    """It was shown an emptied one; `graph` then said something false, and `check` ended in a ValueError."""
    profile = Profile.parse()._replace(delete=strange)  # type: ignore[arg-type]
    universe, scenario = Universe.of(profile), parse("deleted", DELETED)
    properties = tuple(prop for prop in PROPERTIES if not prop.of_whole_runs)
    report, found = check([scenario], universe, (NAIVE,), properties), plain(scenario, profile, NAIVE, *properties)
    assert {name for name, masks in report.failing.items() if any(masks.values())} == found.broken
    assert {name: report.counterexamples[name].steps for name in found.broken} == found.steps
    graph = state_graph(search(Space(scenario, NAIVE, universe, properties)))
    assert graph.graph.number_of_nodes() == len(found.depths)


def _other_mailboxes_change(step: Step) -> str | None:
    before = {box.id: box.messages for box in step.before.mailboxes}
    changed = [b.name for b in step.after.mailboxes if b.id != step.truth.mailbox and before.get(b.id) != b.messages]
    return f"{changed[0]} has changed" if changed else None


def test_a_property_of_ones_own_sees_the_whole_world() -> None:
    """It looked at other mailboxes' contents, which were left out, and was said to hold."""
    mine = Property("MY-OTHERS", HAZARD, "Other mailboxes stay as they are.", "mine", _other_mailboxes_change)
    scenario = parse("copied", COPIED)
    report = check([scenario], properties=(mine,))
    verdict = report.verdict(mine)
    assert verdict.word == Word.BREAKS
    assert verdict.condition == "always"
    assert verdict.counterexample is not None
    assert verdict.counterexample.run.broken(mine) is not None
    assert plain(scenario, Profile.parse(), NAIVE, mine).steps == {"MY-OTHERS": verdict.counterexample.steps}


def test_what_never_came_up_does_not_hold() -> None:
    """A client without APPEND, COPY or STATUS was said to keep H-WRONG-MAILBOX."""
    scenario = parse("poor", "Mailbox: FOO 1 messages\nSelected: FOO by C1 C2\nC1: RENAME FOO BAR\nC2: NOOP\n")
    report = check([scenario])
    verdict = report.verdict(BY_ID["H-WRONG-MAILBOX"])
    assert (verdict.word, verdict.holds, verdict.condition) == (Word.UNREACHABLE, None, None)
    assert verdict.never() == (
        "never came up: that needs APPEND, COPY or STATUS of the name of the mailbox that the client has open"
    )
    assert set(verdict.strategies.values()) == {Word.UNREACHABLE}
    assert report.verdict(BY_ID["O-ANSWERED"]).word == Word.HOLDS
    names = {"H-PHANTOM", "H-DOUBLE", "H-WRONG-MESSAGE", "O-COPY-TELLS", "H-STARVATION", "O-READ-ONLY"}
    assert {report.verdict(BY_ID[name]).word for name in names} == {Word.UNREACHABLE}


@pytest.mark.parametrize("prop", PROPERTIES, ids=lambda prop: prop.id)
def test_every_property_says_what_it_needs(prop: Property) -> None:
    assert prop.needs
    assert prop.scopes


def test_every_property_comes_up_somewhere(full_report: Report) -> None:
    """In the built-in scenarios, nothing is called untested, and nothing holds for want of a test."""
    assert [prop.id for prop in PROPERTIES if prop.id not in full_report.arisen] == []
