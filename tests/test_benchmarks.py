"""Do the benchmarks still run, and does their view of our states hold? Nothing is timed here, and Spin is not needed."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from strategies import Profile

FOLDER = Path(__file__).parent.parent / "benchmarks"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Imports a module of benchmarks/ as its scripts do, and forgets it afterwards."""
    monkeypatch.syspath_prepend(str(FOLDER))

    def load_one(name: str) -> ModuleType:
        return importlib.import_module(name)

    yield load_one
    for name in NAMES:
        sys.modules.pop(name, None)


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_imports_and_says_what_it_answers(load: Any, name: str) -> None:
    module = load(name)
    assert module.__doc__
    assert module.__doc__.splitlines()[0].endswith(("?", ".")) or "?" in module.__doc__


def test_every_script_says_how_to_run_it_and_what_its_last_line_is(load: Any) -> None:
    scripts = [load(name) for name in NAMES if hasattr(load(name), "main")]
    assert len(scripts) == 10
    for script in scripts:
        assert f".venv/bin/python benchmarks/{script.__name__}.py" in (script.__doc__ or "")
        assert "`ratio R`" in (script.__doc__ or "") or "`figure F`" in (script.__doc__ or "")


def test_the_profiles_are_numbered_as_the_spin_model_numbers_them(load: Any) -> None:
    universe = load("common").spin_universe()
    assert universe.size == 576
    sizes = {"delete": 3, "rename": 4, "expunge": 2, "fetch": 3, "store": 2, "search": 2, "copy": 2}
    for number in (0, 1, 47, 300, 575):
        profile, rest = universe.profile(number), number
        for decision, size in reversed(sizes.items()):
            rest, digit = divmod(rest, size)
            assert getattr(profile, decision).key == load("common").SPIN_CHOICES[decision][digit]


def test_the_projection_of_one_command_each(load: Any) -> None:
    """The figures are those that Spin's search of benchmarks/spin/mailboxes.pml gives for -DN=1."""
    common, projection = load("common"), load("projection")
    universe = common.spin_universe()
    sets = projection.project(common.explore(common.every_program(2, 3, 1), universe), 3, 1)
    summary = projection.summarize(sets, universe.size)
    assert list(map(sum, summary.counts)) == [56_928, 47_328]
    assert (summary.counts[0][552], summary.counts[1][552]) == (99, 82)
    assert (summary.hashes[0][552], summary.hashes[1][552]) == (0x3B9A29AE89622852, 0xC0ECDE2947950D17)
    start = (projection.FOO, 7, 0, 0, 0, 0, 0, 0, *(0, 1, 7, 0, 0, 0, 0) * 2)
    assert sets.everything[start] == universe.all
    assert all(len(fields) == len(projection.names(1, 2)) for fields in sets.everything)


def test_a_difference_is_found_and_named(load: Any) -> None:
    common, projection = load("common"), load("projection")
    found = common.explore(common.every_program(1, 1, 1), common.spin_universe())
    sets, labels = projection.project(found, 1, 1), projection.names(1, 1)
    assert projection.first_difference(sets, sets, labels) is None
    other = projection.Sets(dict(sets.everything), dict(sets.quiescent))
    state, mask = next(iter(other.everything.items()))
    other.everything[state] = mask & ~(1 << 5)
    difference = projection.first_difference(sets, other, labels)
    assert difference is not None
    assert "only mailrace has this state under profile 5: mailbox 0, alive 1" in difference


def test_what_a_disconnected_client_and_a_ghost_look_like(load: Any) -> None:
    common, projection = load("common"), load("projection")
    universe = common.spin_universe()
    sets = projection.project(common.explore(common.every_program(2, 1, 1), universe), 1, 1)
    names = projection.names(1, 2)
    states = [dict(zip(names, fields, strict=True)) for fields in sets.everything]
    gone = [state for state in states if state["C1 state"] == 3]
    assert gone
    assert all(state["C1 counts"] == 0 and state["C1 shown"] == 0 for state in gone)
    ghost = universe.index(Profile.parse("delete=3.2,tell=lazy"))
    haunted = [
        fields for fields, mask in sets.everything.items() if fields[0] == projection.GHOST and mask >> ghost & 1
    ]
    assert haunted


def test_one_by_one_samples_every_teller(load: Any) -> None:
    script, common = load("one_by_one"), load("common")
    universe = common.Universe()
    numbers = script.sample(universe)
    assert len(numbers) == len(set(numbers)) >= 20
    assert {universe.profile(number).tell.key for number in numbers} == {"eager", "lazy", "any"}
    assert numbers == script.sample(universe)


def test_growth_is_fitted(load: Any) -> None:
    growth = load("growth")
    bounds = growth.BOUNDS
    assert {bound[0] for bound in bounds} == {1, 2, 3}
    assert {bound[2] for bound in bounds} == {1, 2, 3}
    fitted = growth.factors({(c, m, n): 5.0 * 2**c * 3**m * 7**n for c, m, n in bounds})
    assert fitted == pytest.approx((2, 3, 7))


def test_a_search_is_measured_in_a_process_of_its_own(load: Any) -> None:
    common = load("common")
    what, universe = common.every_program(1, 1, 1), common.spin_universe()
    took = common.measure(what, universe)
    assert took.complete
    assert took.states == len(common.explore(what, universe).reached)
    assert took.memory > 0
