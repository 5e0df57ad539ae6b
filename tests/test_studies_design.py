"""How is a study run, from its parameters to a tidy table with intervals? (`explore/studies/`)"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from explore.studies.catalogue import STUDIES, study
from explore.studies.design import Study, seed_of
from explore.studies.parameters import Numbers, OneOfWords, Parameter, points
from explore.studies.statistics import exact, ratio, share


# --- statistics -------------------------------------------------------------------------------------------------------


def coverage(draw: Any, truth: float, interval: Any, sets: int = 1500) -> float:
    """How often that interval contains the truth, over sets of 20 replications."""
    source = np.random.default_rng(1)
    return float(np.mean([interval(*draw(source)).covers(truth) for _ in range(sets)]))


def test_intervals_contain_the_truth_as_often_as_they_say() -> None:
    normal = coverage(lambda source: (source.normal(3, 2, 20), np.ones(20)), 3.0, ratio)
    assert 0.93 < normal < 0.97
    shares = coverage(lambda source: (source.binomial(15, 0.3, 20), np.full(20, 15)), 0.3, share)
    assert 0.92 < shares < 0.98
    weights = coverage(weighed, 2.0, ratio)
    assert 0.92 < weights < 0.98


def weighed(source: np.random.Generator) -> tuple[Any, Any]:
    """Sums whose denominators vary."""
    below = source.integers(5, 50, 20)
    return source.poisson(2.0 * below), below


def test_rare_events_have_an_interval_with_width() -> None:
    """Student's interval has none when all replications agree, and misses; the other contains the truth often enough."""

    def rare(source: Any) -> tuple[Any, Any]:
        return source.binomial(15, 0.002, 20), np.full(20, 15)

    assert coverage(rare, 0.002, ratio) < 0.7
    assert coverage(rare, 0.002, share) > 0.95
    assert share([0] * 5, [10] * 5) == (0.0, *exact(0, 50))
    assert exact(0, 50)[1] == pytest.approx(1 - 0.025 ** (1 / 50))
    assert exact(50, 50)[0] == pytest.approx(0.025 ** (1 / 50))


def test_estimates_that_cannot_be_made() -> None:
    assert math.isnan(ratio([], []).value)
    assert math.isnan(ratio([1.0], [0.0]).value)
    assert ratio([3.0], [2.0]).value == 1.5
    assert math.isnan(ratio([3.0], [2.0]).low)
    with pytest.raises(ValueError, match="one pair a replication"):
        ratio([1.0, 2.0], [1.0])


# --- how a study is run -----------------------------------------------------------------------------------------------

SMALL: dict[str, object] = {"clients": "5,20", "lengths": "exponential", "attempts": 3, "warmup": 2}


def test_the_same_seed_gives_the_same_table_on_any_number_of_workers() -> None:
    chosen = study("delete-refused")
    alone = chosen.run(SMALL, seed=7, replications=4)
    pd.testing.assert_frame_equal(alone, chosen.run(SMALL, seed=7, replications=4), check_exact=True)
    pd.testing.assert_frame_equal(alone, chosen.run(SMALL, seed=7, replications=4, jobs=2), check_exact=True)
    assert not alone.equals(chosen.run(SMALL, seed=8, replications=4))


def test_a_point_does_not_depend_on_the_others() -> None:
    chosen = study("delete-refused")
    both = chosen.run(SMALL, replications=3)
    one = chosen.run({**SMALL, "clients": "20"}, replications=3)
    pd.testing.assert_frame_equal(both[both["clients"] == 20].reset_index(drop=True), one, check_exact=True)


def test_seeds_differ_unless_points_are_to_be_compared() -> None:
    chosen = study("delete-refused")
    places = points(chosen.parameters, chosen.settings())
    seeds = {seed_of(chosen, point, 1, number) for point in places for number in range(50)}
    assert len(seeds) == len(places) * 50
    compared = study("cost")
    assert len({seed_of(compared, point, 1, 0) for point in points(compared.parameters, compared.settings())}) == 1


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_finished_is_kept_when_it_is_interrupted(jobs: int) -> None:
    chosen = study("delete-refused")

    def stop(done: int, total: int) -> None:
        assert total == 40
        if done == 5:
            raise KeyboardInterrupt

    found = chosen.find(SMALL, replications=20, jobs=jobs, progress=stop)
    assert (found.interrupted, found.done, found.total) == (True, 5, 40)
    counts = found.frame.groupby("clients")["replications"].first()
    assert counts.sum() == 5
    if jobs == 1:
        whole = chosen.run({**SMALL, "clients": "5"}, replications=3)
        assert found.frame["estimate"][0] == whole["estimate"][0]
    assert isinstance(chosen.plot(found.frame), Figure)


@pytest.mark.parametrize("wrong", [{"seed": -1}, {"replications": 0}, {"jobs": 0}, {"jobs": -2}])
def test_runs_that_cannot_be(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="are right"):
        study("cost").run(**wrong)  # type: ignore[arg-type]


def test_the_table_is_tidy() -> None:
    chosen = study("ghosts")
    frame = chosen.run({"clients": "2", "warmup": 1}, replications=3)
    assert list(frame.columns) == [
        *(one.name for one in chosen.parameters), "measure", "unit", "estimate", "low", "high", "replications", "theory",
    ]  # fmt: skip
    assert len(frame) == 2 * len(chosen.measures)
    assert not frame.duplicated(["strategy", "clients", "measure"]).any()
    assert ((frame["low"] <= frame["estimate"]) & (frame["estimate"] <= frame["high"])).all()


# --- parameters -------------------------------------------------------------------------------------------------------

RATE = Parameter("rate", (1.0,), "per hour", "", Numbers(0, 100), several=True)
COUNT = Parameter("count", 3, "clients", "", Numbers(1, 9, False, True))
WORD = Parameter("word", "a", "", "", OneOfWords(("a", "b")))


@pytest.mark.parametrize(
    ("parameter", "given", "value"),
    [
        (RATE, "2, 0.5", (2.0, 0.5)), (RATE, (3,), (3.0,)), (RATE, 4, (4.0,)), (COUNT, "9", 9), (COUNT, 2.0, 2),
        (WORD, " b", "b"),
    ],
)
def test_values_that_are_right(parameter: Parameter, given: object, value: object) -> None:
    assert parameter.read(given) == value


@pytest.mark.parametrize(
    ("parameter", "given"),
    [
        (RATE, "-1"), (RATE, "0"), (RATE, "101"), (RATE, "nan"), (RATE, "inf"), (RATE, ""), (RATE, "1,"), (RATE, "2,2"),
        (RATE, ()), (RATE, "fast"), (COUNT, "0"), (COUNT, "1.5"), (COUNT, True), (COUNT, None), (COUNT, "2,3"),
        (WORD, "c"), (WORD, 1),
    ],
)  # fmt: skip
def test_values_that_are_not(parameter: Parameter, given: object) -> None:
    with pytest.raises(ValueError, match=f"{parameter.name}=.* is not right; give ") as error:
        parameter.read(given)
    assert "\n" not in str(error.value)
    assert parameter.unit in str(error.value)


def test_names_that_are_none() -> None:
    with pytest.raises(ValueError, match="'speed' is no parameter of cost; its parameters are profile, manner"):
        study("cost").run({"speed": 1})
    with pytest.raises(ValueError, match="'costs' is no study; the studies are delete-refused, "):
        study("costs")


@pytest.mark.parametrize("one", STUDIES, ids=[one.name for one in STUDIES])
def test_what_every_study_says_of_itself(one: Study) -> None:
    assert one.question.endswith("?")
    assert one.source.startswith("RFC 2180 §")
    assert one.theory
    assert len({parameter.name for parameter in one.parameters}) == len(one.parameters)
    for parameter in one.parameters:
        assert parameter.read(parameter.default) == parameter.default
        assert parameter.meaning
        assert parameter.unit or isinstance(parameter.kind, OneOfWords)
    theory = {name for point in points(one.parameters, one.settings()) for name in one.expected(point)}
    assert theory <= {measure.name for measure in one.measures}


def test_each_remark_of_the_rfc_has_its_study() -> None:
    sources = " ".join(one.source for one in STUDIES)
    for paragraph in ("§3.1", "§3.2", "§4.1.1", "§4.1.4", "§4.2.4", "§5"):
        assert paragraph in sources
