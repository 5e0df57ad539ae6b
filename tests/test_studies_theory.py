"""Do the studies agree with theory where there is any? (`explore/studies/`)

Where theory has the answer, intervals must contain it: for the seeds 1 to 5, chosen before anything was run. Of 95 %
intervals one in twenty does not, so all of them together are judged: each at a level at which one of all fails with a
probability of 5 % (Bonferroni), and the number of 95 % intervals that miss against the binomial distribution. The same
judgement must reject models that are wrong on purpose.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, special, stats

from explore.studies import ghosts, occupancy, refusals, staleness, storing
from explore.studies.catalogue import STUDIES, study
from explore.studies.parameters import plain
from explore.studies.simulation import Watched
from explore.studies.statistics import Estimate

SEEDS = (1, 2, 3, 4, 5)
ENOUGH = 16
"""Replications of each point in these tests."""


# --- agreement with theory --------------------------------------------------------------------------------------------


class Case(NamedTuple):
    """A study with the settings for each of the seeds."""

    study: str
    settings: tuple[Mapping[str, object], ...]


CASES = (
    Case(
        "delete-refused",
        tuple({"clients": 20, "lengths": name, "attempts": 6, "warmup": 8, "tries": 30} for name in occupancy.NAMES),
    ),
    Case(
        "delete-refused",
        ({"clients": 15, "lengths": "lognormal", "command": "RENAME", "retries": "exponential", "warmup": 8},),
    ),
    Case("delete-refused", ({"clients": 50, "lengths": "exponential", "tries": 4, "retry": 1, "attempts": 4, "warmup": 8},)),
    Case(
        "expunge-refused",
        tuple({"clients": 12, "lengths": name, "attempts": 5, "warmup": 8} for name in occupancy.NAMES),
    ),
    Case(
        "store-refused",
        tuple({"expunges": rate, "stores": 6, "round_trip": rate % 3, "messages": 25} for rate in (1, 2, 3, 4, 6)),
    ),
    Case(
        "ghosts",
        tuple({"clients": "2", "lengths": name, "warmup": 2, "deletions": 5, "window": 45} for name in occupancy.NAMES),
    ),
    Case(
        "ghosts",
        ({"strategy": "fetch=4.1.1", "clients": 5, "polling": "exponential", "window": 60},
         {"strategy": "delete=3.3,fetch=4.1.2,fetch=4.1.3", "clients": 3, "warmup": 1, "window": 30}),
    ),
    Case(
        "staleness",
        tuple(
            {"tell": tell, "poll": 60, "changes": 4, "clients": 2, "commands": 2}
            for tell in ("eager", "lazy", "any", "lazy,eager", "eager")
        ),
    ),
    Case(
        "staleness",
        tuple(
            {"tell": "eager,any", "poll": 60, "changes": 4, "command": name, "polling": "exponential"}
            for name in ("UID-FETCH", "STATUS")
        ),
    ),
)  # fmt: skip


def tables(case: Case, level: float, number: int | None = None) -> Iterator[pd.DataFrame]:
    """The tables of that case, one a seed (or only that of one)."""
    chosen = study(case.study)
    for place, (seed, given) in enumerate(zip(SEEDS, case.settings, strict=False)):
        if number in (None, place):
            settings = {name: plain(value) for name, value in given.items()}
            yield chosen.run(settings, seed=seed, replications=ENOUGH, level=level)


def misses(frame: pd.DataFrame) -> list[str]:
    """The rows whose interval leaves out what theory says."""
    known = frame[frame["theory"].notna()]
    assert len(known)
    return [
        f"{row['measure']}: {row['low']:.4g} to {row['high']:.4g}, theory {row['theory']:.4g}"
        for _, row in known.iterrows()
        if not Estimate(row["estimate"], row["low"], row["high"]).covers(row["theory"])
    ]


def widened(frame: pd.DataFrame, level: float) -> pd.DataFrame:
    """The frame with intervals of that level instead of 95 %; those of Student's are stretched, others kept."""
    factor = stats.t.ppf((1 + level) / 2, ENOUGH - 1) / stats.t.ppf(0.975, ENOUGH - 1)
    wide = frame.copy()
    wide["low"] = frame["estimate"] - (frame["estimate"] - frame["low"]) * factor
    wide["high"] = frame["estimate"] + (frame["high"] - frame["estimate"]) * factor
    return wide


@pytest.fixture(scope="module")
def simulated() -> list[tuple[str, pd.DataFrame]]:
    """Every table of `CASES`, with 95 % intervals."""
    return [(case.study, frame) for case in CASES for frame in tables(case, 0.95)]


def joint(frames: list[tuple[str, pd.DataFrame]]) -> float:
    """The level at which one of all intervals fails with a probability of 5 %, if all models are right."""
    return 1 - 0.05 / sum(int(frame["theory"].notna().sum()) for _, frame in frames)


def test_every_study_with_a_theory_agrees_with_it(simulated: list[tuple[str, pd.DataFrame]]) -> None:
    level = joint(simulated)
    wrong = [(name, miss) for name, frame in simulated for miss in misses(widened(frame, level))]
    assert not wrong
    assert {name for name, _ in simulated} == {one.name for one in STUDIES} - {"cost"}


def test_as_many_intervals_miss_as_may(simulated: list[tuple[str, pd.DataFrame]]) -> None:
    """Rows of the same replications are not independent of each other: the bound is a generous one."""
    count = sum(int(frame["theory"].notna().sum()) for _, frame in simulated)
    missed = sum(len(misses(frame)) for _, frame in simulated)
    assert missed <= stats.binom.ppf(0.9999, count, 0.05)


def test_insensitive_to_the_distribution_of_sessions(simulated: list[tuple[str, pd.DataFrame]]) -> None:
    """The theory for refusals is one number for all distributions; that for waiting is not."""
    rows = pd.concat([frame for name, frame in simulated if name == "expunge-refused"])
    assert set(rows["lengths"]) == set(occupancy.NAMES)
    assert rows[rows["measure"] == "refused"]["theory"].nunique() == 1
    assert rows[rows["measure"] == "time to success"]["theory"].nunique() == len(occupancy.NAMES)


# --- wrong models are found -------------------------------------------------------------------------------------------


def rejected(case: Case, level: float, number: int = 3) -> bool:
    """Whether the judgement above finds fault with one table of that case."""
    return any(misses(widened(frame, level)) for frame in tables(case, 0.95, number))


def case(name: str) -> Case:
    return next(one for one in CASES if one.study == name)


def hasty(lengths: occupancy.Length) -> occupancy.Length:
    """The same with stays half as long."""
    return lengths._replace(draw=lambda source, mean: lengths.draw(source, mean / 2))


@pytest.mark.parametrize("name", ["delete-refused", "expunge-refused", "ghosts"])
def test_sessions_that_leave_twice_as_early(
    name: str, simulated: list[tuple[str, pd.DataFrame]], monkeypatch: pytest.MonkeyPatch
) -> None:
    level = joint(simulated)
    assert not rejected(case(name), level)
    monkeypatch.setattr(occupancy, "LENGTHS", tuple(map(hasty, occupancy.LENGTHS)))
    assert rejected(case(name), level)


class Wrong:
    """A server in the place of the right one, for each profile."""

    def __init__(self, instead: dict[str, str]) -> None:
        self.instead = instead

    def __call__(self, header: str, profile: str, *rest: Any) -> Watched:
        return Watched(header, self.instead.get(profile, profile), *rest)


@pytest.mark.parametrize(
    ("name", "module", "profile", "instead"),
    [
        ("delete-refused", refusals, "delete=3.1", "delete=3.2"),
        ("expunge-refused", refusals, "expunge=4.1.4", "expunge=allow"),
        ("store-refused", storing, "store=4.2.4", "store=4.2.3"),
        ("ghosts", ghosts, "delete=3.2", "delete=3.3"),
        ("ghosts", ghosts, "fetch=4.1.1", "fetch=4.1.2"),
        ("staleness", staleness, "tell=eager", "tell=lazy"),
        ("staleness", staleness, "tell=lazy", "tell=eager"),
    ],
)
def test_a_server_that_does_something_else(
    name: str, module: Any, profile: str, instead: str, simulated: list[tuple[str, pd.DataFrame]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(module, "Watched", Wrong({profile: instead}))
    assert rejected(case(name), joint(simulated))


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("store-refused", {"expunges": 6, "polling": "periodic", "stores": 40, "messages": 25}),
        ("staleness", {"tell": "lazy", "change": "arrival", "poll": 30, "changes": 5}),
        ("ghosts", {"strategy": "fetch=4.1.1", "clients": 4, "poll": 10, "window": 60}),
    ],
)
def test_a_client_that_polls_twice_as_often(
    name: str, given: dict[str, object], simulated: list[tuple[str, pd.DataFrame]]
) -> None:
    chosen = study(name)
    assert not misses(widened(chosen.run(given, replications=ENOUGH), joint(simulated)))
    lazier = chosen._replace(expected=lambda point: chosen.expected({**point, "poll": 2 * point["poll"]}))
    assert misses(widened(lazier.run(given, replications=ENOUGH), joint(simulated)))


def test_littles_law_is_no_identity(simulated: list[tuple[str, pd.DataFrame]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Ghosts are counted apart from how long they last: a count that overlooks some does not go with it."""
    chosen = study("ghosts")
    given = {"strategy": "fetch=4.1.1", "clients": 2, "deletions": 12, "window": 60}
    little = "ghosts − λW"

    def blamed() -> bool:
        frame = chosen.run(given, replications=ENOUGH)
        return any(miss.startswith(little) for miss in misses(widened(frame[frame["measure"] == little], joint(simulated))))

    assert not blamed()
    monkeypatch.setattr(ghosts.Ghosts, "look", overlooking)
    assert blamed()


def overlooking(self: Any, moments: random.Random) -> Any:
    """Like `Ghosts.look`, but it sees only every other deletion."""
    while True:
        yield self.simulation.env.timeout(moments.expovariate(ghosts.LOOKS * self.at.rate))
        if self.counts(self.simulation.env.now):
            self.looks += 1
            self.seen += sum(self.can_be_read(*key) for key in self.deleted[::2])


# --- warm-up ----------------------------------------------------------------------------------------------------------


def early(warmup: float) -> tuple[Estimate, float, float]:
    """The share refused of one attempt `warmup` mean stays after the start, with what theory says then, and at last."""
    settings = {"clients": 24, "lengths": "hyperexponential", "attempts": 1, "spacing": 0.01, "tries": 1, "warmup": warmup}
    frame = study("delete-refused").run(settings, replications=100, level=0.999)
    row = frame[frame["measure"] == "refused"].iloc[0]
    then = occupancy.occupied(1.2, warmup, occupancy.length("hyperexponential"))
    return Estimate(row["estimate"], row["low"], row["high"]), then, row["theory"]


def test_without_a_warm_up_there_is_a_bias_and_with_it_none() -> None:
    found, then, at_last = early(0.2)
    assert found.covers(then)
    assert not found.covers(at_last)
    found, then, at_last = early(30.0)
    assert found.covers(at_last)
    assert then == pytest.approx(at_last, abs=0.001)


@pytest.mark.parametrize("name", occupancy.NAMES)
def test_the_default_warm_up_leaves_next_to_no_bias(name: str) -> None:
    warmup = next(one.default for one in refusals.PARAMETERS if one.name == "warmup")
    for load in (0.1, 0.5, 1.0, 2.0, 3.0):
        assert abs(occupancy.occupied(load, warmup, occupancy.length(name)) - occupancy.occupied(load)) < 0.001


# --- the theory itself ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lengths", occupancy.LENGTHS, ids=occupancy.NAMES)
def test_draws_are_as_the_theory_takes_them_to_be(lengths: occupancy.Length) -> None:
    source = random.Random(1)
    drawn = np.asarray([lengths.draw(source, 3.0) for _ in range(60_000)]) / 3.0
    assert drawn.min() > 0
    assert drawn.mean() == pytest.approx(1.0, abs=0.04)
    for t in (0.0, 0.3, 1.0, 2.5):
        later = np.maximum(drawn - t, 0).mean()
        assert float(lengths.rest(np.asarray(t))) == pytest.approx(later, abs=0.04)


@pytest.mark.parametrize("lengths", occupancy.LENGTHS, ids=occupancy.NAMES)
def test_time_to_success_has_closed_forms_if_nobody_gives_up(lengths: occupancy.Length) -> None:
    """Periodic: the sum of exp(ρR(nτ)) − 1; exponential: (exp(ρ) − 1) gaps, and ∫ exp(ρR(t)) − 1 dt."""
    load, gap = 0.7, 1.5

    def above(t: float) -> float:
        return math.expm1(load * float(lengths.rest(np.asarray(t))))

    periodic = occupancy.campaign(load, lengths, gap, True, 1000)
    assert periodic.gaps == pytest.approx(math.fsum(above(n * gap) for n in range(1000)), rel=1e-3)
    exponential = occupancy.campaign(load, lengths, gap, False, 1000)
    waiting = sum(integrate.quad(above, low, high, limit=200)[0] for low, high in ((0.0, 1.0), (1.0, 20.0), (20.0, np.inf)))
    assert exponential.gaps == pytest.approx(math.expm1(load) + waiting / gap, rel=1e-3)
    assert max(periodic.gave_up, exponential.gave_up) < 1e-3


def test_giving_up_at_once_and_after_two() -> None:
    one = occupancy.campaign(1.2, occupancy.LENGTHS[0], 0.5, True, 1)
    assert one.gaps == 0
    assert one.gave_up == pytest.approx(occupancy.occupied(1.2))
    two = occupancy.campaign(1.2, occupancy.LENGTHS[0], 0.5, True, 2)
    again = math.exp(-1.2 * (1 - math.exp(-0.5)))
    assert two.gaps == pytest.approx(occupancy.occupied(1.2))
    assert two.gave_up == pytest.approx(1 - math.exp(-1.2) - (math.exp(-1.2) - math.exp(-1.2) * again))


@pytest.mark.parametrize("load", [0.2, 1.0, 6.0])
def test_the_last_to_leave(load: float) -> None:
    """Exponential stays: ∫ 1 − exp(−ρ exp(−t)) dt = γ + ln ρ + E₁(ρ). Deterministic ones, by the substitution 1 − t."""
    exponential, deterministic = occupancy.length("exponential"), occupancy.length("deterministic")
    assert occupancy.last_leaves(load, exponential) == pytest.approx(np.euler_gamma + math.log(load) + special.exp1(load))
    assert occupancy.last_leaves(load, deterministic) == pytest.approx(1 - -math.expm1(-load) / load)
    assert occupancy.last_leaves(load, exponential, 0.0) == pytest.approx(0.0)


def test_store_refused_without_a_round_trip() -> None:
    point = {"expunges": 3.0, "poll": 20.0, "polling": "periodic", "round_trip": 0.0, "messages": 60, "stores": 1}
    point["tries"] = 9
    periodic = storing.expected(point)
    assert periodic == {"refused": pytest.approx(math.exp(-1)), "tries": pytest.approx(1 + math.exp(-1))}
    refused = storing.expected({**point, "polling": "exponential"})["refused"]
    assert refused == pytest.approx(0.5)
    assert "tries" not in storing.expected({**point, "messages": 2})
