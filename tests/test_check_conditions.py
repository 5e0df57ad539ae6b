"""Is the condition under which a property breaks exact, and as short as it can be?"""

from __future__ import annotations

import itertools
import random
import sys
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import assume, example, given, strategies as st

from explore.check import conditions
from explore.check.checking import check
from explore.check.conditions import CLIENT, Condition, Cube, blame, condition, relevant_decisions, verdict_by_strategy
from explore.properties.catalogue import PROPERTIES
from explore.scenario.notation import parse
from explore.space.profile_set import Universe
from strategies import DECISIONS, Profile, Strategy, listed

CLIENTS = ("naive", "aware")
LISTED = tuple(strategy for decision in DECISIONS for strategy in listed(decision))
Failing = dict[str, int]


def only(*decisions: str) -> Universe:
    """All strategies at those decisions, and the default at every other."""
    return Universe({name: choices if name in decisions else choices[:1] for name, choices in DECISIONS.items()})


def where(universe: Universe, text: str) -> int:
    """The profiles that have made the choices of `fetch=4.1.3,store=4.2.4`; all of them for ""."""
    named = tuple(part.split("=") for part in text.split(",") if part)
    return universe.where(
        tuple((decision, next(s for s in listed(decision) if s.key == key)) for decision, key in named)
    )


@st.composite
def cases(draw: st.DrawFn, largest: int = 72) -> tuple[Universe, Failing]:
    """Two or three decisions that are open, and a failing set for each of one to three kinds of client."""
    opened = draw(st.lists(st.sampled_from(list(DECISIONS)), min_size=1, max_size=3, unique=True))
    choices = {
        name: tuple(draw(st.permutations(listed(name)))[: draw(st.integers(2, 4))]) if name in opened else listed(name)[:1]
        for name in DECISIONS
    }
    universe = Universe(choices)
    assume(universe.size <= largest)
    clients = draw(st.sampled_from((("naive",), CLIENTS, (*CLIENTS, "reissuing"))))
    return universe, {client: draw(st.integers(0, universe.all)) for client in clients}


def rows(universe: Universe, failing: Failing) -> Iterator[tuple[dict[str, str], bool]]:
    """Every profile with every client, spelled as choices, and whether it breaks."""
    for client, mask in failing.items():
        for index in range(universe.size):
            yield universe.profile(index).choices | {CLIENT: client}, bool(mask >> index & 1)


def instead(profile: Profile, strategy: Strategy) -> Profile:
    """That profile with that strategy at its decision."""
    choices = profile.choices | {strategy.decision: strategy.key}
    return Profile.parse(",".join(f"{decision}={key}" for decision, key in choices.items()))


def cells(found: Condition) -> list[tuple[int, ...]]:
    """Every combination of values of the variables."""
    return list(itertools.product(*(range(len(values)) for _, values in found.variables)))


def breaking(found: Condition, universe: Universe, failing: Failing) -> set[tuple[int, ...]]:
    """Those combinations that break, straight from the profiles."""
    broken = set()
    for choices, breaks in rows(universe, failing):
        if breaks:
            broken.add(tuple(values.index(choices[name]) for name, values in found.variables))
    return broken


def inside(cube: Cube, cell: tuple[int, ...]) -> bool:
    return all(value in values for value, values in zip(cell, cube, strict=True))


def all_cubes(found: Condition) -> Iterator[Cube]:
    """Every cube that can be written over the variables."""
    for sets in itertools.product(
        *(
            [frozenset(c) for n in range(1, len(values) + 1) for c in itertools.combinations(range(len(values)), n)]
            for _, values in found.variables
        )
    ):
        yield tuple(sets)


# --- exact ----------------------------------------------------------------------------------------------------------


@given(cases())
def test_a_condition_holds_for_just_the_profiles_and_clients_that_break(case: tuple[Universe, Failing]) -> None:
    found = condition(*case)
    for choices, breaks in rows(*case):
        assert found.holds(choices) == breaks


@given(cases())
def test_each_cube_is_an_implicant_and_is_needed(case: tuple[Universe, Failing]) -> None:
    found = condition(*case)
    broken = breaking(found, *case)
    parts = [{cell for cell in cells(found) if inside(cube, cell)} for cube in found.cubes]
    for place, part in enumerate(parts):
        assert part <= broken
        assert not part <= set().union(*parts[:place], *parts[place + 1 :])


Length = tuple[int, int]


def length(found: Condition, cubes: Iterable[Cube]) -> Length:
    """What is to be the least: the characters (with an `or` for each cube), then the cubes."""
    texts = [str(Condition(found.variables, (cube,))) for cube in cubes]
    return sum(len(f" or {text}") for text in texts), len(texts)


def shortest(found: Condition, broken: set[tuple[int, ...]]) -> Length:
    """The least length of all sets of cubes, whatever they are, that together are just those combinations."""
    order = sorted(broken)
    choices: dict[int, Length] = {}
    for cube in all_cubes(found):
        part = {cell for cell in cells(found) if inside(cube, cell)}
        if part <= broken:
            bits = sum(1 << order.index(cell) for cell in part)
            choices[bits] = min(length(found, [cube]), choices.get(bits, (sys.maxsize, 0)))
    least: dict[int, Length] = {0: (0, 0)}
    for covered in range(1 << len(order)):
        for bits, (characters, cubes) in choices.items() if covered in least else ():
            longer = (least[covered][0] + characters, least[covered][1] + cubes)
            least[covered | bits] = min(longer, least.get(covered | bits, longer))
    return least[(1 << len(order)) - 1]


@given(cases(largest=18))
def test_no_cubes_that_say_the_same_are_shorter(case: tuple[Universe, Failing]) -> None:
    found = condition(*case)
    broken = breaking(found, *case)
    assume(len(broken) <= 9)
    assert length(found, found.cubes) == shortest(found, broken)


@given(cases())
def test_a_condition_depends_on_nothing_but_what_it_says(case: tuple[Universe, Failing]) -> None:
    universe, failing = case
    assert str(condition(*case)) == str(condition(Universe(universe.choices), dict(failing)))


def test_a_search_that_is_cut_finds_a_condition_that_is_exact_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    universe = only("delete", "rename", "fetch")
    failing = {"naive": random.Random(2180).getrandbits(universe.size)}
    whole = condition(universe, failing)
    monkeypatch.setattr(conditions, "MOST_STEPS", 1)
    cut = condition(universe, failing)
    assert length(cut, cut.cubes) >= length(whole, whole.cubes)
    for found in (whole, cut):
        assert all(found.holds(choices) == breaks for choices, breaks in rows(universe, failing))


@given(cases())
def test_only_decisions_that_make_a_difference_are_named(case: tuple[Universe, Failing]) -> None:
    universe, failing = case
    expected = []
    for decision, strategies in universe.choices.items():
        for index, mask in itertools.product(range(universe.size), failing.values()):
            others = [universe.index(instead(universe.profile(index), strategy)) for strategy in strategies]
            if len({mask >> other & 1 for other in others}) > 1:
                expected.append(decision)
                break
    assert relevant_decisions(universe, failing) == tuple(expected)
    named = tuple(name for name, _ in condition(universe, failing).variables if name != CLIENT)
    assert named == tuple(expected)


@given(cases())
def test_the_client_is_named_only_if_it_makes_a_difference(case: tuple[Universe, Failing]) -> None:
    universe, failing = case
    by_client = any(name == CLIENT for name, _ in condition(universe, failing).variables)
    assert by_client == (len(set(failing.values())) > 1)


def test_without_any_client_a_condition_is_never() -> None:
    assert str(condition(only("fetch"), {})) == "never"


# --- text -----------------------------------------------------------------------------------------------------------

TEXTS = (
    ({"naive": (), "aware": ()}, "never"),
    ({"naive": ("",), "aware": ("",)}, "always"),
    ({"naive": ("",), "aware": ()}, "client=naive"),
    ({"naive": ("fetch=4.1.3",), "aware": ()}, "fetch=4.1.3 and client=naive"),
    ({"naive": ("fetch=4.1.3",), "aware": ("fetch=4.1.3",)}, "fetch=4.1.3"),
    ({"naive": ("fetch=4.1.1", "fetch=4.1.3")}, "fetch=4.1.1|4.1.3"),
    ({"naive": ("fetch=4.1.1", "fetch=4.1.2", "fetch=4.1.3")}, "always"),
    ({"naive": ("fetch=4.1.1", "copy=4.4.2")}, "copy=4.4.2 or fetch=4.1.1"),
    ({"naive": ("fetch=4.1.1,copy=4.4.2",)}, "fetch=4.1.1 and copy=4.4.2"),
    ({"naive": ("fetch=4.1.1,copy=4.4.1", "copy=4.4.2")}, "copy=4.4.2 or fetch=4.1.1"),
    (
        {"naive": ("fetch=4.1.1,copy=4.4.1", "fetch=4.1.2,copy=4.4.2")},
        "fetch=4.1.1 and copy=4.4.1 or fetch=4.1.2 and copy=4.4.2",
    ),
    ({"naive": ("",), "aware": ("copy=4.4.2",)}, "copy=4.4.2 or client=naive"),
    (
        {"naive": ("fetch=4.1.3", "copy=4.4.2"), "aware": ("copy=4.4.2",)},
        "copy=4.4.2 or fetch=4.1.3 and client=naive",
    ),
)


@pytest.mark.parametrize(("failing", "text"), TEXTS, ids=[text for _, text in TEXTS])
def test_known_conditions_read_as_one_would_write_them(failing: dict[str, tuple[str, ...]], text: str) -> None:
    universe = only("fetch", "copy")
    masks = {}
    for client, parts in failing.items():
        masks[client] = 0
        for part in parts:
            masks[client] |= where(universe, part)
    assert str(condition(universe, masks)) == text


CROSSED = (
    "fetch=4.1.3 or fetch=4.1.1 and copy=4.4.1 or expunge=4.1.4 and fetch=4.1.1 "
    "or expunge=allow and fetch=4.1.2 and copy=4.4.2"
)
SHORTER = (
    # A value that breaks anyhow is not named again.
    (("delete=3.2", "delete=3.3,disconnect=late"), "delete=3.2 or delete=3.3 and disconnect=late"),
    # A variable that need not be named is not, though both alternatives then cover the same profiles.
    (("delete=3.1,disconnect=late", "delete=3.2", "delete=3.3"), "delete=3.2|3.3 or disconnect=late"),
    # An alternative more is shorter than two that overlap.
    (
        (
            "fetch=4.1.3", "fetch=4.1.1,copy=4.4.1", "fetch=4.1.1,expunge=4.1.4",
            "fetch=4.1.2,copy=4.4.2,expunge=allow",
        ),
        CROSSED,
    ),
)  # fmt: skip


@pytest.mark.parametrize(("parts", "text"), SHORTER, ids=[text for _, text in SHORTER])
def test_nothing_is_said_twice(parts: tuple[str, ...], text: str) -> None:
    universe = Universe()
    mask = 0
    for part in parts:
        mask |= where(universe, part)
    assert str(condition(universe, {"naive": mask})) == text


def test_a_condition_on_all_profiles_at_once() -> None:
    universe = Universe()
    failing = {"naive": where(universe, "fetch=4.1.3,expunge=allow") | where(universe, "delete=3.2"), "aware": 0}
    text = "delete=3.2 and client=naive or expunge=allow and fetch=4.1.3 and client=naive"
    assert str(condition(universe, failing)) == text


def test_of_covers_with_equally_many_cubes_always_the_same_one_is_chosen() -> None:
    universe = only("fetch", "tell")
    keys = [(a.key, b.key) for a in listed("fetch") for b in listed("tell")]
    ring = [keys[place] for place in (0, 1, 4, 5, 8, 6)]
    mask = 0
    for fetch, tell in ring:
        mask |= where(universe, f"fetch={fetch},tell={tell}")
    texts = {str(condition(universe, {"naive": mask})) for _ in range(3)}
    assert texts == {
        "fetch=4.1.2 and tell=lazy|any or fetch=4.1.3 and tell=eager|any or fetch=4.1.1 and tell=eager|lazy"
    }


# --- blame ----------------------------------------------------------------------------------------------------------


def blamed(universe: Universe, failing: Failing, strategy: Strategy) -> dict[str, set[Profile]]:
    """By definition: failing profiles with that strategy of which another choice there, all else equal, is well."""
    guilty: dict[str, set[Profile]] = {client: set() for client in failing}
    for client, mask in failing.items():
        for index in range(universe.size):
            profile = universe.profile(index)
            if not mask >> index & 1 or getattr(profile, strategy.decision) is not strategy:
                continue
            for other in universe.choices[strategy.decision]:
                if not mask >> universe.index(instead(profile, other)) & 1:
                    guilty[client].add(profile)
    return guilty


@given(cases())
def test_blame_is_what_another_choice_would_cure(case: tuple[Universe, Failing]) -> None:
    universe, failing = case
    for strategy in LISTED:
        masks = blame(universe, failing, strategy)
        found = {
            client: {universe.profile(index) for index in range(universe.size) if mask >> index & 1}
            for client, mask in masks.items()
        }
        assert found == blamed(universe, failing, strategy)


@given(cases(), st.data())
@example((only("fetch"), {"naive": 7}), None)
@example((only("fetch"), {"naive": 7, "aware": 0}), None)
def test_a_strategy_breaks_a_property_if_it_is_to_blame_or_nothing_helps(
    case: tuple[Universe, Failing], data: st.DataObject | None
) -> None:
    universe, failing = case
    spellings = {strategy.spelling for choices in universe.choices.values() for strategy in choices}
    used = spellings if data is None else set(data.draw(st.lists(st.sampled_from(sorted(spellings)), unique=True)))
    hopeless = not relevant_decisions(universe, failing) and universe.all in failing.values()
    expected = {}
    for strategies in universe.choices.values():
        for strategy in strategies:
            guilty = hopeless or any(blamed(universe, failing, strategy).values())
            expected[strategy.spelling] = "breaks" if guilty else "holds"
    expected |= dict.fromkeys(spellings - used, "unreachable")
    assert verdict_by_strategy(universe, failing, used) == expected


def test_a_manner_of_some_scenarios_only_counts_where_it_breaks_more() -> None:
    """It was left out as soon as another one broke the property: the condition was that of the others."""
    waits = "Mailbox: FOO 2 messages, 1 \\Deleted\nSelected: FOO by C1 C2\nC1: EXPUNGE\nC2: FETCH 1:2 BODY[]\n"
    ahead = "Mailbox: FOO 2 messages\nSelected: FOO by C1\nClients: pipelining\nC1: FETCH 1:2 BODY[]\nAgent: EXPUNGE FOO 1\n"
    phantom = next(prop for prop in PROPERTIES if prop.id == "H-PHANTOM")
    both = check([parse("waits", waits), parse("ahead", ahead)], properties=(phantom,))
    alone = check(parse("waits", waits), properties=(phantom,))
    assert alone.verdict(phantom).condition == "expunge=allow and fetch=4.1.3 and client=naive"
    assert both.verdict(phantom).condition == (
        "fetch=4.1.3 and client=pipelining or expunge=allow and fetch=4.1.3 and client=naive"
    )
