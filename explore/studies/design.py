"""How is a study run? Its points, independent replications with seeds of their own, all cores, one tidy table.

Each pair of a point and a replication has a seed that depends on nothing but the study's seed, the point's own values and
the replication's number: not on the other points, nor on who computes it when. So the table is the same on any number of
cores, and a point is the same in any sweep. Points that differ only in what a study names as `alike` get the same seeds
(common random numbers: Law and Kelton, 3rd ed. 2000, §11.2), and can then be compared pair by pair with a `base`.
"""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed  # type: ignore[import-untyped]
from matplotlib.figure import Figure

from explore.studies.parameters import Parameter, Point, plain, points, with_defaults
from explore.studies.simulation import Watched
from explore.studies.statistics import LEVEL, Estimate, ratio, share

COMPARED = ", against the base"
Sums = dict[str, tuple[float, float]]
"""What one replication has of each measure: a numerator and a denominator."""
Progress = Callable[[int, int], None]
"""Called with how many replications are done, and of how many."""


class Measure(NamedTuple):
    """What a study measures: its name, unit, what it means, and whether it is a share of attempts (between 0 and 1)."""

    name: str
    unit: str
    meaning: str
    share: bool = False


class Ran(NamedTuple):
    """One replication: its sums, and the simulation at its end."""

    sums: Sums
    simulation: Watched


class StudyResult(NamedTuple):
    """The table of a study, how many replications it has of how many, and whether it was interrupted."""

    frame: pd.DataFrame
    done: int
    total: int
    interrupted: bool


class Study(NamedTuple):
    """One remark of an RFC as a question with numbers.

    `replicate(point, seed, keep)` runs one replication (`keep` its journal), `expected(point)` is what theory says of each
    measure (those it knows), `theory` is that in words, `plot` draws a frame, `small` are the parameters of a recorded run.
    """

    name: str
    question: str
    source: str
    theory: str
    parameters: tuple[Parameter, ...]
    measures: tuple[Measure, ...]
    replications: int
    replicate: Callable[[Point, int, bool], Ran]
    expected: Callable[[Point], dict[str, float]]
    plot: Callable[[pd.DataFrame], Figure]
    small: Mapping[str, object]
    alike: tuple[str, ...] = ()
    base: Mapping[str, object] | None = None

    def settings(self, given: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Every parameter's value. Raises ValueError, one line, for an unknown name and for a value that is not right."""
        return with_defaults(self.name, self.parameters, given or {})

    def run(
        self,
        given: Mapping[str, object] | None = None,
        *,
        seed: int = 1,
        replications: int | None = None,
        jobs: int = 1,
        level: float = LEVEL,
        progress: Progress | None = None,
    ) -> pd.DataFrame:
        """The study's table for those parameters: see `tabulate`. `jobs` is the number of processes, -1 one for each core.

        Raises ValueError as `settings` does, and for numbers of replications or jobs that can't be.
        """
        return self.find(given, seed=seed, replications=replications, jobs=jobs, level=level, progress=progress).frame

    def find(
        self,
        given: Mapping[str, object] | None = None,
        *,
        seed: int = 1,
        replications: int | None = None,
        jobs: int = 1,
        level: float = LEVEL,
        progress: Progress | None = None,
    ) -> StudyResult:
        """Like `run`; but Ctrl-C (KeyboardInterrupt) ends it with what is finished by then."""
        count = self.replications if replications is None else replications
        if seed < 0 or count < 1 or (jobs < 1 and jobs != -1):
            raise ValueError(
                f"seed {seed}, {count} replications, {jobs} jobs: a seed from 0, replications from 1, and jobs from 1 "
                "(or -1, one for each core) are right"
            )
        places = points(self.parameters, self.settings(given))
        tasks = [(place, number) for number in range(count) for place in range(len(places))]
        sums: dict[int, dict[int, Sums]] = {place: {} for place in range(len(places))}
        done, interrupted = 0, False
        results = _results(self, places, tasks, seed, jobs)
        try:
            for place, number, result in results:
                sums[place][number] = result
                done += 1
                if progress is not None:
                    progress(done, len(tasks))
        except KeyboardInterrupt:
            interrupted = True
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                results.close()
        return StudyResult(tabulate(self, places, sums, level), done, len(tasks), interrupted)

    def record(self, given: Mapping[str, object] | None = None, seed: int = 1) -> str:
        """One small replication of the first point, as a transcript that `mailrace replay` accepts.

        Raises ValueError as `settings` does, and if the run does not fit into a transcript.
        """
        point = points(self.parameters, self.settings({**self.small, **(given or {})}))[0]
        ran = self.replicate(point, seed_of(self, point, seed, 0), True)
        return ran.simulation.text(f"{self.name}, one run, seed {seed}: {self.source}")


def seed_of(study: Study, point: Point, seed: int, replication: int) -> int:
    """The seed of that replication of that point."""
    own = ";".join(f"{name}={plain(value)}" for name, value in point.items() if name not in study.alike)
    words = (seed, zlib.crc32(f"{study.name};{own}".encode()), replication)
    return int(np.random.SeedSequence(words).generate_state(1, np.uint64)[0])


def _results(
    study: Study, places: list[dict[str, Any]], tasks: list[tuple[int, int]], seed: int, jobs: int
) -> Generator[tuple[int, int, Sums], None, None]:
    """The sums of each task (a point's place, a replication's number), in the order in which they are finished. Closing it
    ends the workers (and joblib says so, with a UserWarning)."""
    calls = (
        (study.replicate, places[place], seed_of(study, places[place], seed, number), place, number)
        for place, number in tasks
    )
    if jobs == 1:
        for call in calls:
            yield _task(*call)
    else:
        yield from Parallel(n_jobs=jobs, return_as="generator_unordered")(delayed(_task)(*call) for call in calls)


def _task(
    replicate: Callable[[Point, int, bool], Ran], point: Point, seed: int, place: int, number: int
) -> tuple[int, int, Sums]:
    return place, number, replicate(point, seed, False).sums


def tabulate(
    study: Study, places: Iterable[Mapping[str, Any]], sums: Mapping[int, Mapping[int, Sums]], level: float = LEVEL
) -> pd.DataFrame:
    """A row for each point and measure: the point's parameters, then `measure`, `unit`, `estimate` with its interval `low`
    to `high` at that level (in `attrs`), `replications`, and `theory` (NaN where there is none).

    A study with a base has further rows, for how much each measure of a point is above that of the base.
    """
    rows = []
    places = list(places)
    for place, point in enumerate(places):
        mine = sums[place]
        theory = study.expected(point)
        for measure in study.measures:
            pairs = [replication[measure.name] for replication in mine.values()]
            interval = share if measure.share else ratio
            estimate = interval([pair[0] for pair in pairs], [pair[1] for pair in pairs], level)
            rows.append(_row(point, measure.name, measure.unit, estimate, len(pairs), theory.get(measure.name)))
        rows += _compared(study, places, place, sums, level)
    columns = [parameter.name for parameter in study.parameters]
    columns += ["measure", "unit", "estimate", "low", "high", "replications", "theory"]
    frame = pd.DataFrame(rows, columns=columns)
    frame.attrs["level"] = level
    return frame


def _row(
    point: Mapping[str, Any], name: str, unit: str, estimate: Estimate, count: int, theory: float | None
) -> dict[str, Any]:
    known = float("nan") if theory is None else theory
    return {
        **point, "measure": name, "unit": unit, "estimate": estimate.value, "low": estimate.low, "high": estimate.high,
        "replications": count, "theory": known,
    }  # fmt: skip


def _compared(
    study: Study, places: list[Mapping[str, Any]], place: int, sums: Mapping[int, Mapping[int, Sums]], level: float
) -> list[dict[str, Any]]:
    """The rows that compare a point with the base, replication by replication."""
    if study.base is None:
        return []
    point, based = places[place], {**places[place], **study.base}
    if based == point or based not in places:
        return []
    mine, theirs = sums[place], sums[places.index(based)]
    both = sorted(mine.keys() & theirs.keys())
    rows = []
    for measure in study.measures:
        pairs = [(mine[number][measure.name], theirs[number][measure.name]) for number in both]
        apart = [own[0] / own[1] - base[0] / base[1] for own, base in pairs if own[1] and base[1]]
        estimate = ratio(apart, [1.0] * len(apart), level)
        rows.append(_row(point, measure.name + COMPARED, measure.unit, estimate, len(apart), None))
    return rows
