"""How are profiles spelled, which are there, and what does it take to add a strategy? (`strategies.profile`)"""

from __future__ import annotations

import re

import pytest
from commands import play, profiles as random_profiles, start
from hypothesis import assume, given, strategies as st

from explore.check.checking import check
from explore.properties.hazards import HAZARDS
from explore.runs.token import decode, encode
from explore.scenario.notation import builtin, parse as parse_scenario
from explore.search.breadth_first import search
from explore.space.profile_set import Universe
from explore.space.state_space import Space
from model.client.belief import NAIVE
from model.server.decisions import FetchRuling
from model.store.mailbox import Message
from strategies import DECISIONS, Profile, Strategy, listed, parse_choice, profiles

ALL = tuple(strategy for choices in DECISIONS.values() for strategy in choices)
BY_SPELLING = pytest.mark.parametrize("strategy", ALL, ids=[strategy.spelling for strategy in ALL])


# --- spelling -------------------------------------------------------------------------------------------------------


@given(random_profiles())
def test_round_trip(profile: Profile) -> None:
    assert Profile.parse(str(profile)) == profile
    assert Profile.parse(profile.spelling) == profile
    assert str(Profile.parse(profile.spelling)) == str(profile)


@given(random_profiles(), st.permutations(tuple(DECISIONS)))
def test_any_order_and_any_spaces(profile: Profile, order: list[str]) -> None:
    parts = [f"{decision}={profile.choices[decision]}" for decision in order]
    assert Profile.parse(" , ".join(part.replace("=", " = ") for part in parts)) == profile


@given(random_profiles())
def test_the_shortest_spelling_names_what_is_not_default(profile: Profile) -> None:
    default = Profile.parse()
    changed = [d for d in DECISIONS if getattr(profile, d) is not getattr(default, d)]
    named = [] if str(profile) == "default" else [part.partition("=")[0] for part in str(profile).split(",")]
    assert named == changed


@given(random_profiles())
def test_choices_are_the_spelling(profile: Profile) -> None:
    assert ",".join(f"{decision}={key}" for decision, key in profile.choices.items()) == profile.spelling
    assert list(profile.choices) == list(DECISIONS)


@pytest.mark.parametrize("text", ["", "  ", "default", " default "])
def test_the_default(text: str) -> None:
    profile = Profile.parse(text)
    assert str(profile) == "default"
    assert all(getattr(profile, decision) is choices[0] for decision, choices in DECISIONS.items())


def test_the_fields_are_the_decisions() -> None:
    assert Profile._fields == tuple(DECISIONS)


def test_spelling() -> None:
    profile = Profile.parse("fetch=4.1.3,delete=3.2")
    assert str(profile) == "delete=3.2,fetch=4.1.3"
    assert profile.spelling.startswith("delete=3.2,rename=3.1,expunge=allow,fetch=4.1.3,store=4.2.3,search=4.3,")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("fetsch=4.1.1", "'fetsch=4.1.1' names no decision; write decision=strategy, the decisions are delete, rename, "),
        ("fetch", "'fetch' names no decision"),
        ("fetch:4.1.1", "'fetch:4.1.1' names no decision"),
        ("=4.1.1", "'=4.1.1' names no decision"),
        ("fetch=", "'' is no strategy for fetch; the choices are 4.1.1, 4.1.2, 4.1.3"),
        ("fetch=4.1.4", "'4.1.4' is no strategy for fetch; the choices are 4.1.1, 4.1.2, 4.1.3"),
        ("fetch=4.1.1=4.1.2", "'4.1.1=4.1.2' is no strategy for fetch"),
        ("delete=3.2,", "'' names no decision"),
        ("delete=3.2,default", "'default' names no decision"),
        ("delete=3.2,delete=3.2", "delete is chosen twice in 'delete=3.2,delete=3.2'; choose it once"),
        ("DELETE=3.2", "'DELETE=3.2' names no decision"),
        ("tell=Eager", "'Eager' is no strategy for tell; the choices are eager, lazy, any"),
    ],
)
def test_errors_list_the_choices(text: str, says: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(says)) as caught:
        Profile.parse(text)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=30))
def test_any_other_text_is_refused_in_one_line(text: str) -> None:
    known = {strategy.spelling for choices in DECISIONS.values() for strategy in choices}
    assume(not {"=".join(word.strip() for word in part.split("=")) for part in text.split(",")} & known)
    if text.strip() in ("", "default"):
        assert str(Profile.parse(text)) == "default"
        return
    with pytest.raises(ValueError, match=r"names no decision|is no strategy") as caught:
        Profile.parse(text)
    assert "\n" not in str(caught.value)


# --- what is there --------------------------------------------------------------------------------------------------


def test_every_profile_once() -> None:
    spellings = [profile.spelling for profile in profiles()]
    assert len(spellings) == 13_824 == Universe().size
    assert len(set(spellings)) == len(spellings)


def test_profiles_are_made_of_what_is_listed() -> None:
    made_of: set[object] = {strategy for profile in profiles() for strategy in profile}
    assert made_of == {strategy for strategy in ALL if strategy.listed}


@BY_SPELLING
def test_every_strategy_cites_its_source(strategy: Strategy) -> None:
    """A paragraph of an RFC, in its docstring too; a behaviour that no RFC lists says whose it is."""
    assert strategy.__doc__ is not None
    paragraph = re.match(r"RFC \d+ §\d+(\.\d+)*", strategy.source)
    assert paragraph is not None or not strategy.listed
    assert paragraph is None or paragraph[0] in strategy.__doc__
    assert strategy.summary
    assert "\n" not in strategy.summary
    assert type(strategy).__doc__ is not Strategy.__doc__


@BY_SPELLING
def test_every_strategy_is_under_its_decision(strategy: Strategy) -> None:
    assert strategy in DECISIONS[strategy.decision]
    assert parse_choice(strategy.spelling) == (strategy.decision, strategy)
    assert parse_choice(strategy.spelling)[1] is strategy
    assert strategy.spelling in repr(strategy)
    assert strategy.source in repr(strategy)


@BY_SPELLING
def test_every_strategy_has_what_its_decision_asks_for(strategy: Strategy) -> None:
    """All strategies of one decision have the same methods."""
    mine, first = (
        {name for name in dir(s) if not name.startswith("_")} for s in (strategy, DECISIONS[strategy.decision][0])
    )
    assert mine == first


def test_no_two_spellings_are_alike() -> None:
    assert len({strategy.spelling for strategy in ALL}) == len(ALL)


# --- one more is one class ------------------------------------------------------------------------------------------


class MakeBelieve(Strategy):
    """Not in any RFC: a made-up message for each expunged one."""

    decision, key, source = "fetch", "made-up", "Not in any RFC"
    summary = "make a message up"
    listed = False

    def fetch(self, ghosts: tuple[Message, ...], asked: int) -> FetchRuling:
        return FetchRuling(tuple(ghost._replace(content="made up") for ghost in ghosts), True)


MADE_UP = MakeBelieve()
SCENARIO = """
Mailbox: FOO 2 messages, 2 \\Deleted
Selected: FOO by C1 C2

C1: EXPUNGE
C2: FETCH 1:2 BODY.PEEK[]
"""


@pytest.fixture
def one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DECISIONS, "fetch", (*DECISIONS["fetch"], MADE_UP))


@pytest.mark.usefixtures("one_more")
def test_a_profile_can_name_it() -> None:
    profile = Profile.parse("fetch=made-up")
    assert profile.fetch is MADE_UP
    assert Profile.parse(str(profile)) == profile
    with pytest.raises(ValueError, match=r"the choices are 4\.1\.1, 4\.1\.2, 4\.1\.3, made-up"):
        Profile.parse("fetch=other")


@pytest.mark.usefixtures("one_more")
def test_the_server_does_it() -> None:
    world = start("Mailbox: FOO 2 messages, 2 \\Deleted", "Selected: FOO by C1 C2")
    said = play(world, "fetch=made-up", "C1: EXPUNGE", "C2: FETCH 2 BODY.PEEK[]")
    assert said[-2:] == ('S2: * 2 FETCH (BODY[] "made up")', "S2: OK")


@pytest.mark.usefixtures("one_more")
def test_it_is_not_listed() -> None:
    assert MADE_UP not in listed("fetch")
    assert Universe().size == 13_824


@pytest.mark.usefixtures("one_more")
def test_it_can_be_explored_beside_the_others() -> None:
    universe = Universe({"fetch": DECISIONS["fetch"]})
    assert universe.size == 13_824 // 3 * 4
    phantom = tuple(prop for prop in HAZARDS.properties if prop.id == "H-PHANTOM")
    found = search(Space(parse_scenario("made-up", SCENARIO), NAIVE, universe, phantom))
    to_blame = universe.mask(MADE_UP) | universe.mask(parse_choice("fetch=4.1.3")[1])
    assert found.failing["H-PHANTOM"] == to_blame & universe.mask(parse_choice("expunge=allow")[1])


@pytest.mark.usefixtures("one_more")
def test_a_report_names_it() -> None:
    report = check([parse_scenario("made-up", SCENARIO)], Universe({"fetch": DECISIONS["fetch"]}), (NAIVE,))
    verdict = next(verdict for verdict in report.verdicts() if verdict.property.id == "H-PHANTOM")
    assert verdict.condition == "expunge=allow and fetch=4.1.3|made-up"
    assert verdict.strategies["fetch=made-up"] == "breaks"


@pytest.mark.usefixtures("one_more")
def test_a_report_on_it_alone_explains_it() -> None:
    outside = tuple(scenario for scenario in builtin() if scenario.name == "4-outside")
    report = check(outside, Universe.of(Profile.parse("fetch=made-up")), (NAIVE,))
    verdict = next(verdict for verdict in report.verdicts() if verdict.property.id == "H-PHANTOM")
    assert verdict.condition == "always"
    assert verdict.counterexample is not None
    assert "Profile: fetch=made-up\n" in verdict.counterexample.text
    assert list(report.commands(verdict)) == ["mailrace explain H-PHANTOM --profile fetch=made-up 4-outside"]
    assert decode(encode(verdict.counterexample.run)).profile == Profile.parse("fetch=made-up")
