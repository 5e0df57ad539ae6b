"""Do the studies simulate what they say, and do they agree with theory where there is any? (`explore/studies/`)

Where theory has the answer, intervals must contain it: for the seeds 1 to 5, chosen before anything was run. Of 95 %
intervals one in twenty does not, so all of them together are judged: each at a level at which one of all fails with a
probability of 5 % (Bonferroni), and the number of 95 % intervals that miss against the binomial distribution. The same
judgement must reject models that are wrong on purpose.
"""

from __future__ import annotations

import importlib
import math
import random
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from scipy import integrate, special, stats

from explore.runs.transcript_replay import read, replay
from explore.studies import cost, crowd, ghosts, occupancy, refusals, staleness, storing
from explore.studies.catalogue import STUDIES, study
from explore.studies.design import COMPARED, Study, seed_of
from explore.studies.parameters import Numbers, Parameter, Words, plain, points
from explore.studies.simulation import Watched, readable
from explore.studies.statistics import Estimate, exact, ratio, share
from model import protocol as p, server
from model.store.session import SELECTED, Session
from strategies import Profile

SEEDS = (1, 2, 3, 4, 5)
ENOUGH = 16
"""Replications of each point in these tests."""


# --- agreement with theory ------------------------------------------------------------------------------------------


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


# --- wrong models are found -----------------------------------------------------------------------------------------


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


# --- warm-up --------------------------------------------------------------------------------------------------------


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


# --- the theory itself ----------------------------------------------------------------------------------------------


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


# --- statistics -----------------------------------------------------------------------------------------------------


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


# --- how a study is run ---------------------------------------------------------------------------------------------

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


# --- parameters -----------------------------------------------------------------------------------------------------

RATE = Parameter("rate", (1.0,), "per hour", "", Numbers(0, 100), several=True)
COUNT = Parameter("count", 3, "clients", "", Numbers(1, 9, False, True))
WORD = Parameter("word", "a", "", "", Words(("a", "b")))


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
        assert parameter.unit or isinstance(parameter.kind, Words)
    theory = {name for point in points(one.parameters, one.settings()) for name in one.expected(point)}
    assert theory <= {measure.name for measure in one.measures}


def test_each_remark_of_the_rfc_has_its_study() -> None:
    sources = " ".join(one.source for one in STUDIES)
    for paragraph in ("§3.1", "§3.2", "§4.1.1", "§4.1.4", "§4.2.4", "§5"):
        assert paragraph in sources


# --- what is simulated is the model ---------------------------------------------------------------------------------


def test_refusals_are_the_servers_and_for_no_other_reason() -> None:
    """Along the journal: DELETE is answered NO just when some session has the mailbox selected."""
    chosen = study("delete-refused")
    point = points(chosen.parameters, chosen.settings({"clients": "25", "lengths": "pareto", "attempts": 20}))[0]
    ran = chosen.replicate(point, 3, True)
    profile, answers = Profile.parse("delete=3.1"), []
    world = Watched(refusals.HEADER, "default", 0).world._replace(sessions=(Session(),) * len(ran.simulation.connections))
    for step in ran.simulation.journal:
        if isinstance(step.act, p.Delete):
            box = world.by_name("FOO")
            assert box is not None
            inside = any(session.state == SELECTED and session.mailbox == box.id for session in world.sessions)
            (_, done), = step.responses
            assert isinstance(done, p.Tagged)
            assert (done.status == "NO") == inside
            answers.append(done.status)
        (outcome,) = server.execute(world, step.sid, step.act, profile)  # type: ignore[arg-type]
        assert outcome.responses == step.responses
        world = outcome.world
    assert answers.count("OK") == 20
    assert answers.count("NO") > 0


def test_asking_who_can_read_changes_nothing() -> None:
    simulation = Watched("Mailbox: FOO 2 messages, 2 \\Deleted\nSelected: FOO by C1 C2", "fetch=4.1.1", 1)
    simulation.add(0, lambda connection: connection.command("EXPUNGE"))
    assert readable(simulation, 1, 2)
    simulation.run()
    before = simulation.world
    assert readable(simulation, 1, 2)
    assert not readable(simulation, 0, 2)
    assert simulation.world == before
    simulation.profile = Profile.parse("fetch=4.1.3")
    assert not readable(simulation, 1, 2)


def test_a_client_that_connects_later() -> None:
    simulation = Watched("Mailbox: FOO 1 messages", "default", 1, keep=True)
    late = simulation.connect()
    simulation.add(late.sid, lambda connection: connection.command("SELECT FOO"))
    simulation.run()
    assert simulation.world.open_in(late.sid) is not None
    assert late.believes.name == "FOO"


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", [one.name for one in STUDIES])
def test_a_recorded_run_replays(name: str, seed: int) -> None:
    text = study(name).record(seed=seed)
    transcript = read(text)
    assert replay(transcript).ok
    assert text.splitlines()[0].startswith(f"Title: {name}, ")
    spoiled = text.replace(" OK ", " NO ", 1)
    assert not replay(read(spoiled)).ok


def test_what_cannot_be_recorded() -> None:
    with pytest.raises(ValueError, match="clients connected in this run, and a transcript holds 99"):
        study("delete-refused").record({"clients": 200, "minutes": 60, "attempts": 1, "tries": 1})
    with pytest.raises(ValueError, match="nothing happened"):
        study("ghosts").record({"deletions": 0.001})


# --- cost -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def costs() -> pd.DataFrame:
    profiles = "default,delete=3.3,delete=3.2,fetch=4.1.3,order=descending"
    return study("cost").run({"profile": profiles, "minutes": 3}, replications=3)


def estimate(frame: pd.DataFrame, profile: str, manner: str, measure: str) -> float:
    rows = frame[(frame["profile"] == profile) & (frame["manner"] == manner) & (frame["measure"] == measure)]
    return float(rows["estimate"].iloc[0])


def test_what_naive_and_aware_clients_pay(costs: pd.DataFrame) -> None:
    for profile in ("default", "fetch=4.1.3"):
        assert estimate(costs, profile, "aware", "NOs") < estimate(costs, profile, "naive", "NOs")
    assert estimate(costs, "fetch=4.1.3", "naive", "phantoms") > 0
    assert estimate(costs, "fetch=4.1.3", "aware", "phantoms") == 0
    assert estimate(costs, "default", "naive", "phantoms") == 0
    assert estimate(costs, "default", "naive", "reconnects") == 0
    assert estimate(costs, "delete=3.3", "naive", "reconnects") > 0
    wasted = {profile: estimate(costs, profile, "aware", "wasted round trips") for profile in ("default", "delete=3.2")}
    assert wasted["delete=3.2"] > wasted["default"]
    for _, rows in costs.groupby(["profile", "manner"]):
        by_name = rows.set_index("measure")["estimate"]
        assert by_name["wasted round trips"] >= by_name["NOs"] - 0.05, "what is answered NO is wasted"


def test_the_comparison_with_the_default_is_in_pairs(costs: pd.DataFrame) -> None:
    """What makes no difference to these clients makes none at all, in no replication."""
    rows = costs[costs["measure"].str.endswith(COMPARED)]
    same = rows[rows["profile"] == "order=descending"]
    assert len(same) == 2 * len(cost.MEASURES)
    assert (same[["estimate", "low", "high"]] == 0).all(axis=None)
    assert not (rows["profile"] == "default").any()
    other = rows[(rows["profile"] == "delete=3.3") & (rows["manner"] == "naive")]
    assert (other["estimate"] != 0).any()


def test_profiles_that_differ_in_one_decision() -> None:
    assert cost.PROFILES[0] == "default"
    assert len(set(cost.PROFILES)) == len(cost.PROFILES)
    for spelling in cost.PROFILES[1:]:
        assert str(Profile.parse(spelling)) == spelling


# --- plots ----------------------------------------------------------------------------------------------------------


def texts(figure: Figure) -> list[tuple[Text, Any]]:
    """Every text that is drawn in the figure, with its box."""
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    found = [one for one in figure.findobj(Text) if isinstance(one, Text) and one.get_visible() and one.get_text().strip()]
    boxes = [(one, one.get_window_extent(canvas.get_renderer())) for one in found]
    return [(one, box) for one, box in boxes if box.width > 0 and drawn(figure, one, box)]


def drawn(figure: Figure, text: Text, box: Any) -> bool:
    """Tick labels beyond the ends of an axis are not."""
    for axes in figure.axes:
        for axis, low, high, place in (
            (axes.xaxis, axes.bbox.x0, axes.bbox.x1, (box.x0 + box.x1) / 2),
            (axes.yaxis, axes.bbox.y0, axes.bbox.y1, (box.y0 + box.y1) / 2),
        ):
            if text in (*axis.get_ticklabels(), *axis.get_ticklabels(minor=True)):
                return bool(low - 1 <= place <= high + 1)
    return True


def blemishes(figure: Figure) -> list[str]:
    """What can't be read: texts that are too small, cut off at an edge, or over each other."""
    found = []
    drawn_texts = texts(figure)
    for place, (one, box) in enumerate(drawn_texts):
        if float(one.get_fontsize()) < 8:
            found.append(f"{one.get_text()!r} is too small")
        if box.x0 < -1 or box.y0 < -1 or box.x1 > figure.bbox.x1 + 1 or box.y1 > figure.bbox.y1 + 1:
            found.append(f"{one.get_text()!r} is cut off")
        for other, other_box in drawn_texts[:place]:
            if box.overlaps(other_box):
                found.append(f"{one.get_text()!r} is over {other.get_text()!r}")
    return found


QUICK: dict[str, dict[str, object]] = {
    "delete-refused": {"attempts": 1, "warmup": 0, "lengths": occupancy.NAMES, "tries": 3, "clients": "5,15,30"},
    "expunge-refused": {"attempts": 1, "warmup": 0, "tries": 3, "clients": "9"},
    "store-refused": {"stores": 1},
    "ghosts": {"warmup": 1, "window": 20, "clients": "1,3"},
    "staleness": {"changes": 1},
    "cost": {"minutes": 0.5, "warmup": 0, "clients": 2},
}


@pytest.mark.parametrize("name", [one.name for one in STUDIES])
def test_every_plot_can_be_read(name: str) -> None:
    chosen = study(name)
    figure = chosen.plot(chosen.run(QUICK[name], replications=2))
    assert not blemishes(figure)
    assert len(figure.axes) >= 2
    for axes in figure.axes:
        assert axes.get_xlabel()
    lines = sum(len(axes.get_lines()) for axes in figure.axes)
    assert lines > 0


def test_theory_is_in_the_plots() -> None:
    """A line with many points, at the height of the theory; without theory, there is none."""
    chosen = study("ghosts")
    frame = chosen.run(QUICK["ghosts"], replications=2)
    lines = [np.asarray(line.get_ydata(), float) for line in chosen.plot(frame).axes[0].get_lines()]
    line = next(line for line in lines if len(line) > 20)
    rows = frame[(frame["strategy"] == "delete=3.2") & (frame["measure"] == "readable time")]
    assert line[[0, -1]] == pytest.approx(rows["theory"].to_numpy())


def test_what_cannot_be_read_is_found() -> None:
    chosen = study("staleness")
    figure = chosen.plot(chosen.run(QUICK["staleness"], replications=1))
    figure.axes[0].set_xticks([15, 16, 17, 240], ["fifteen", "sixteen", "seventeen", "240"])
    figure.text(0.99, 0.5, "beyond the edge")
    figure.text(0.1, 0.02, "tiny", fontsize=5)
    found = " ".join(blemishes(figure))
    for what in ("is over", "is cut off", "is too small"):
        assert what in found


# --- the crowd ------------------------------------------------------------------------------------------------------


def test_a_crowd_at_work() -> None:
    found = crowd.crowd(12, 40, 3.0)
    assert found == crowd.crowd(12, 40, 3.0)
    assert found != crowd.crowd(12, 40, 3.0, seed=2)
    assert found.events > 20 * found.commands > 0
    assert sum(session.state == SELECTED for session in found.world.sessions) == 12


@pytest.mark.parametrize("wrong", [(0, 1, 1.0), (1, 0, 1.0), (1, 1, 0.0)])
def test_no_crowd(wrong: tuple[int, int, float]) -> None:
    with pytest.raises(ValueError, match="each must be above 0"):
        crowd.crowd(*wrong)


def test_the_benchmark_of_the_crowd(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent.parent / "benchmarks"))
    script: Any = importlib.import_module("simulated_events")
    assert script.SIZES[-1] == max(script.SIZES)
    assert script.SIZES[-1][0] >= 100
    assert script.SIZES[-1][1] >= 1000
    assert crowd.crowd(50, 5, script.minutes(50)).commands == pytest.approx(script.COMMANDS, rel=0.3)

    def measured(clients: int, messages: int, length: float) -> Any:
        return script.Took(1e-6 * clients * messages**0.5 * 1000, 1.0, 50_000, 1000)

    monkeypatch.setattr(script, "measure", measured)
    script.main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2] == "CPU seconds a command grow as clients^1.00 × messages^0.50"
    clients, messages = script.SIZES[-1]
    assert float(lines[-1].removeprefix("figure ")) == pytest.approx(50_000 / (1e-3 * clients * messages**0.5), rel=0.01)
    for name in ("simulated_events", "common"):
        sys.modules.pop(name, None)
