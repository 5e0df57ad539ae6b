"""Is a set of profiles, kept as an int, the set that it stands for?"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from explore.space.profile_set import Universe, decide
from model.server.decisions import Profile as AnyProfile
from strategies import DECISIONS, Profile, Strategy, listed, profiles

FULL = Universe()
ALL = tuple(profiles())
LISTED = tuple(strategy for decision in DECISIONS for strategy in listed(decision))
LARGEST = 60


def bits(mask: int) -> set[int]:
    """The numbers of the profiles in a set."""
    return {index for index in range(mask.bit_length()) if mask >> index & 1}


def chosen(profile: Profile, decision: str) -> Strategy:
    """What that profile has chosen there."""
    strategy: Strategy = getattr(profile, decision)
    return strategy


def changes(profile: Profile) -> int:
    """In how many decisions a profile differs from the defaults."""
    return sum(chosen(profile, decision) is not choices[0] for decision, choices in DECISIONS.items())


@st.composite
def universes(draw: st.DrawFn) -> Universe:
    """Some of the strategies at each decision, in any order, and not more than `LARGEST` profiles."""
    size = 1
    choices = {}
    for decision in draw(st.permutations(list(DECISIONS))):
        most = min(len(listed(decision)), LARGEST // size)
        some = st.lists(st.sampled_from(listed(decision)), min_size=1, max_size=most, unique=True)
        choices[decision] = tuple(draw(some))
        size *= len(choices[decision])
    return Universe(choices)


def members(universe: Universe) -> list[Profile]:
    """Every profile of that universe, in the order of their numbers: the first decision is the most significant."""
    combinations = itertools.product(*(universe.choices[decision] for decision in DECISIONS))
    return [Profile.parse(",".join(strategy.spelling for strategy in combination)) for combination in combinations]


# --- numbers --------------------------------------------------------------------------------------------------------


def test_the_full_universe_is_every_listed_profile_in_order() -> None:
    assert FULL.size == len(ALL)
    assert FULL.all == (1 << len(ALL)) - 1
    assert [FULL.index(profile) for profile in ALL] == list(range(len(ALL)))


@pytest.mark.parametrize("index", [0, 1, len(ALL) // 3, len(ALL) - 1, *random.Random(1).sample(range(len(ALL)), 40)])
def test_the_profile_of_a_number_is_the_one_that_has_it(index: int) -> None:
    assert FULL.profile(index) == ALL[index]


@given(universes())
def test_in_any_universe_numbers_and_profiles_go_to_and_fro(universe: Universe) -> None:
    assert [universe.profile(index) for index in range(universe.size)] == members(universe)
    assert [universe.index(profile) for profile in members(universe)] == list(range(universe.size))


@pytest.mark.parametrize("spelling", ["default", "delete=3.3,tell=any,beyond=no"])
def test_the_universe_of_one_profile(spelling: str) -> None:
    profile = Profile.parse(spelling)
    universe = Universe.of(profile)
    assert (universe.size, universe.all, universe.profile(0)) == (1, 1, profile)
    for strategy in LISTED:
        assert universe.mask(strategy) == (chosen(profile, strategy.decision) is strategy)


def test_a_profile_of_another_universe_has_no_number() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        Universe.of(Profile.parse()).index(Profile.parse("fetch=4.1.2"))


# --- sets -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", LISTED, ids=lambda strategy: strategy.spelling)
def test_a_strategys_mask_is_the_profiles_that_have_chosen_it(strategy: Strategy) -> None:
    mask = sum(1 << index for index, profile in enumerate(ALL) if chosen(profile, strategy.decision) is strategy)
    assert FULL.mask(strategy) == mask


@given(universes())
def test_in_any_universe_masks_are_what_they_say(universe: Universe) -> None:
    for strategy in LISTED:
        expected = {i for i, profile in enumerate(members(universe)) if chosen(profile, strategy.decision) is strategy}
        assert bits(universe.mask(strategy)) == expected


@given(st.data())
def test_where_is_those_that_have_made_all_those_choices(data: st.DataObject) -> None:
    universe = data.draw(universes())
    decisions = data.draw(st.lists(st.sampled_from(list(DECISIONS)), unique=True))
    assignment = tuple((decision, data.draw(st.sampled_from(listed(decision)))) for decision in decisions)
    matching = [all(chosen(p, decision) is choice for decision, choice in assignment) for p in members(universe)]
    assert bits(universe.where(assignment)) == {index for index, match in enumerate(matching) if match}


@given(st.data())
def test_the_simplest_profile_of_a_set_belongs_to_it(data: st.DataObject) -> None:
    universe = data.draw(universes())
    mask = data.draw(st.integers(1, universe.all))
    assert mask >> universe.index(universe.simplest(mask)) & 1


def test_the_simplest_profile_differs_from_the_defaults_in_the_fewest_decisions() -> None:
    one, three = Profile.parse("delete=3.2"), Profile.parse("fetch=4.1.2,store=4.2.4,copy=4.4.2")
    both = 1 << FULL.index(one) | 1 << FULL.index(three)
    assert changes(FULL.simplest(both)) == 1


@pytest.mark.parametrize("spelling", ["default", "order=descending", "delete=3.2,rename=3.4,fetch=4.1.3"])
def test_the_simplest_of_all_that_have_made_some_choices_leaves_the_rest_at_the_defaults(spelling: str) -> None:
    profile = Profile.parse(spelling)
    made = tuple((d, chosen(profile, d)) for d, choices in DECISIONS.items() if chosen(profile, d) is not choices[0])
    assert FULL.simplest(FULL.where(made)) == profile


# --- deciding -------------------------------------------------------------------------------------------------------

Ask = Callable[[AnyProfile], str]


def ask_nothing(profile: AnyProfile) -> str:
    return "the same for all"


def ask_one(profile: AnyProfile) -> str:
    return profile.beyond.status()


def ask_two(profile: AnyProfile) -> str:
    return f"{profile.beyond.status()} {profile.disconnect.at_once()}"


def ask_a_second_only_for_some(profile: AnyProfile) -> str:
    if profile.disconnect.at_once():
        return "now"
    return " ".join(map(str, (profile.order.order((1, 2)), profile.beyond.status())))


def ask_twice(profile: AnyProfile) -> str:
    return profile.beyond.status() + profile.beyond.status()


ASKED = (
    (ask_nothing, ()),
    (ask_one, ("beyond",)),
    (ask_two, ("beyond", "disconnect")),
    (ask_a_second_only_for_some, ("disconnect", "order", "beyond")),
    (ask_twice, ("beyond",)),
)


@pytest.mark.parametrize(("ask", "consulted"), ASKED, ids=lambda value: getattr(value, "__name__", ""))
def test_deciding_splits_the_profiles_without_gap_or_overlap(ask: Ask, consulted: tuple[str, ...]) -> None:
    answers = list(decide(FULL, ask))
    masks = [FULL.where(assignment) for assignment, _ in answers]
    union = 0
    for mask in masks:
        assert mask
        assert not union & mask
        union |= mask
    assert union == FULL.all
    assert {decision for assignment, _ in answers for decision, _ in assignment} == set(consulted)


@pytest.mark.parametrize(("ask", "consulted"), ASKED, ids=lambda value: getattr(value, "__name__", ""))
def test_each_profile_gets_the_answer_that_it_would_give(ask: Ask, consulted: tuple[str, ...]) -> None:
    for assignment, answer in decide(FULL, ask):
        for index in random.Random(7).sample(sorted(bits(FULL.where(assignment))), 20):
            assert ask(ALL[index]) == answer


def test_only_the_decisions_that_were_consulted_are_made() -> None:
    assignments = [assignment for assignment, _ in decide(FULL, ask_a_second_only_for_some)]
    spelled = [",".join(strategy.spelling for _, strategy in assignment) for assignment in assignments]
    assert spelled == [
        "disconnect=now",
        "disconnect=late,order=ascending,beyond=bad",
        "disconnect=late,order=ascending,beyond=no",
        "disconnect=late,order=descending,beyond=bad",
        "disconnect=late,order=descending,beyond=no",
    ]


def test_a_decision_with_one_strategy_left_is_not_a_split() -> None:
    pinned = Universe.of(Profile.parse("disconnect=late,beyond=no"))
    assert [answer for _, answer in decide(pinned, ask_a_second_only_for_some)] == ["(1, 2) NO"]
