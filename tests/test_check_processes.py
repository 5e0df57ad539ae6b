"""Is what several processes find what one finds, and do they end when they are told to? (`explore.check.processes`)

Whatever it is done in, what is found is the same.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest
from command_line import Run
from searches import BUILTIN, ENDLESS, FULL, GROWING, QUIET, plain, told
from stages import DELETED, EXPUNGED

import mailrace
from explore.check import checking, control_block, executor, processes, worker
from explore.check.checking import check
from explore.check.faults import FAULTS
from explore.check.findings import Job
from explore.check.report import Report
from explore.properties.catalogue import PROPERTIES
from explore.scenario.custom_client import OwnClientError, load
from explore.scenario.placing import against
from explore.scenario.definition import Scenario
from explore.scenario.notation import builtin
from explore.space.profile_set import Universe
from explore.space.state_space import REDUCTIONS
from model import protocol as p, server
from model.client.belief import AWARE, MANNERS, NAIVE
from model.server.decisions import Profile as ServerProfile
from model.server.execution import Outcome
from model.store.world import World
from strategies import Profile

ROOT = Path(mailrace.__file__).parent.parent
FEW = (BUILTIN["3-recycle"], QUIET, EXPUNGED, BUILTIN["5-starve-store"], ENDLESS)


def measured_apart(report: Report) -> list[Any]:
    return [row._replace(seconds=0.0, memory=None) for row in report.rows]


# --- several processes ------------------------------------------------------------------------------------------------


class Both(NamedTuple):
    """The same check in one process and in two, and what was told meanwhile."""

    one: Report
    two: Report
    told: list[tuple[str, str, int]]
    finished: list[int]


@pytest.fixture(scope="module")
def both() -> Both:
    seen: list[tuple[str, str, int]] = []
    counted: list[int] = []
    two = check(
        FEW, FULL, jobs=2, finished=counted.append,
        progress=lambda scenario, manner, states: seen.append((scenario.name, manner, states)),
    )  # fmt: skip
    return Both(check(FEW, FULL), two, seen, counted)


def test_two_processes_find_what_one_finds(both: Both) -> None:
    one, two, *_ = both
    assert (one.processes, two.processes) == (1, 2)
    assert plain(one) == plain(two)
    assert measured_apart(one) == measured_apart(two)
    assert [(row.scenario.name, row.manner) for row in two.rows] == [(s.name, m) for s in FEW for m in MANNERS]
    assert one.counterexamples == two.counterexamples
    assert one.failing == two.failing != {}


def test_what_comes_from_another_process_is_no_copy(both: Both) -> None:
    """A strategy is what it is: profiles are found in the universe, and spelled, as ever."""
    two = both.two
    for story in two.counterexamples.values():
        assert FULL.profile(FULL.index(story.profile)) == story.schedule.profile == story.profile
        assert f"\nProfile: {story.profile}\n" in story.text
        assert len(str(story.profile)) < len(story.profile.spelling)
    assert {id(row.scenario) for row in two.rows} == {id(scenario) for scenario in FEW}


def test_a_difference_would_be_seen(both: Both) -> None:
    assert plain(check(FEW[1:], FULL)) != plain(both.two)


def test_progress_in_two_processes(both: Both) -> None:
    names = {(scenario.name, manner) for scenario in FEW for manner in MANNERS}
    assert both.finished == list(range(1, len(names) + 1))
    assert {(name, manner) for name, manner, _ in both.told} == names
    last = {(name, manner): states for name, manner, states in both.told}
    assert last == {(row.scenario.name, row.manner): row.states for row in both.two.rows}


def test_the_result_that_is_sent_is_small() -> None:
    """Not the states, and not the tables."""
    reduction = pytest.importorskip("joblib.externals.loky.backend.reduction")
    job = Job(BUILTIN["3-inbox"], NAIVE, FULL, PROPERTIES, server.execute, REDUCTIONS, 10**6)
    found = checking._explore(job, lambda states: None)  # noqa: SLF001
    assert found.row.states > 100
    assert len(reduction.dumps(found)) < 200_000


def test_a_faulty_server_within_limits() -> None:
    """A server that is made on the spot can be sent, too; searches are cut, and bounded, at the same place."""
    fault = next(fault for fault in FAULTS if fault.breaks == "O-COPY-TELLS")

    def execute(world: World, sid: int, command: p.Command, strategy: ServerProfile) -> tuple[Outcome, ...]:
        return fault.execute(world, sid, command, strategy)

    one, two = (
        check((DELETED, EXPUNGED, GROWING), FULL, (NAIVE,), execute=execute, most_states=70, most_depth=3, jobs=jobs)
        for jobs in (1, 2)
    )
    assert (one.processes, two.processes) == (1, 2)
    assert one.violated
    assert {(row.complete, row.bounded) for row in one.rows} >= {(False, False), (False, True)}
    assert plain(one) == plain(two)
    texts = [{name: story.text for name, story in report.counterexamples.items()} for report in (one, two)]
    assert texts[0] == texts[1]


def test_what_cannot_be_sent_is_done_here() -> None:
    lock = threading.Lock()

    def execute(world: World, sid: int, command: p.Command, strategy: ServerProfile) -> tuple[Outcome, ...]:
        with lock:
            return server.execute(world, sid, command, strategy)

    report = check((QUIET,), execute=execute, jobs=2)
    assert report.processes == 1
    assert report.complete
    assert plain(report) == plain(check((QUIET,), execute=execute))


CLIENTS = """
class Careful:
    doubts_nil = True
    def __call__(self, mail):
        yield "SELECT FOO"
        lines = yield "FETCH 1:* BODY.PEEK[]"
        if not lines[-1].startswith("OK"):
            yield "NOOP"

def confused(mail):
    lines = yield "SELECT FOO"
    yield f"FROB {len(mail.shown)}"
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A module of clients of somebody's own."""
    (tmp_path / "clients_of_mine.py").write_text(CLIENTS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "clients_of_mine"
    sys.modules.pop("clients_of_mine", None)


def test_a_client_of_ones_own(mine: str) -> None:
    scenarios = against(load(f"{mine}:Careful"))
    one, two = (check(scenarios, FULL, (NAIVE,), jobs=jobs) for jobs in (1, 2))
    assert two.processes == 2
    assert plain(one) == plain(two)
    assert one.counterexamples == two.counterexamples
    assert len({row.scenario for row in two.rows}) == len(scenarios)


def test_a_client_that_is_wrong_is_complained_of_as_in_one_process(mine: str) -> None:
    """Whichever process is first: what is wrong in the first scenario is said."""
    scenarios = against(load(f"{mine}:confused"))
    said = []
    for jobs in (1, 2):
        with pytest.raises(OwnClientError) as caught:
            check(scenarios, FULL, (NAIVE,), jobs=jobs)
        said.append(str(caught.value))
    assert said[0] == said[1]
    assert "FROB 3" in said[0]


def test_what_another_process_cannot_read_is_done_here(mine: str, tmp_path: Path) -> None:
    scenarios = against(load(f"{mine}:Careful"))
    client = next(program.user for scenario in scenarios for program in scenario.programs if program.user is not None)

    def talk(mail: Any) -> Any:
        yield "NOOP"

    talk.__module__, talk.__qualname__, talk.__name__ = mine, "elsewhere", "elsewhere"
    sys.modules[mine].elsewhere = talk  # type: ignore[attr-defined]
    client.talk = talk  # type: ignore[attr-defined]
    report = check(scenarios, FULL, (NAIVE,), jobs=2)
    assert (report.processes, report.complete) == (1, True)


def test_a_process_that_is_gone() -> None:
    parent = os.getpid()

    def execute(world: World, sid: int, command: p.Command, strategy: ServerProfile) -> tuple[Outcome, ...]:
        if os.getpid() != parent:
            os._exit(9)
        return server.execute(world, sid, command, strategy)

    with pytest.raises(processes.WorkerLost, match="ended from outside"):
        check((QUIET,), execute=execute, jobs=2)
    assert check((QUIET,), execute=execute).complete


def test_a_process_that_is_gone_is_one_line(
    run: Run, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: Any, **__: Any) -> Report:
        raise processes.WorkerLost("a process that searched was ended from outside")

    monkeypatch.setattr("mailrace.checking.search_all", lost)
    ran = run("check", tiny)
    assert (ran.code, ran.out) == (2, "")
    said = "mailrace: a process that searched was ended from outside; try --jobs 1, or --max-states"
    assert ran.err.splitlines() == [said]


def test_ctrl_c_keeps_what_two_processes_found() -> None:
    """As if it came when the first is finished: what is found until then is kept, also of those not finished."""
    scenarios = tuple(BUILTIN[name] for name in ("4-three", "3-rename", "4-arrivals", "3-quiet"))

    def finished(done: int) -> None:
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    report = check(scenarios, Universe.of(Profile.parse()), jobs=2, finished=finished)
    assert signal.getsignal(signal.SIGINT) is before
    assert (report.interrupted, report.complete) == (True, False)
    assert any(row.complete for row in report.rows)
    assert report.untried == 12 - len(report.rows) > 0
    assert {verdict.holds for verdict in report.verdicts()} <= {None, False}
    order = [(scenario.name, manner) for scenario in scenarios for manner in MANNERS]
    places = [order.index((row.scenario.name, row.manner)) for row in report.rows]
    assert places == sorted(places)


@pytest.mark.parametrize(("what", "deadline"), [(control_block.STOP, 1e9), (control_block.RUN, 0.0)])
def test_a_search_that_is_over_before_it_begins(tmp_path: Path, what: int, deadline: float) -> None:
    """It was in the queue when Ctrl-C came, or when the time was up."""

    def explore(job: Job, states: Callable[[int], None]) -> NoReturn:
        raise AssertionError("it has begun")

    path = tmp_path / "board"
    with control_block.ControlBlock.new(path, 2) as board:
        board.give(1, what)
        assert (board.command(0), board.command(1), board.states(1)) == (control_block.RUN, what, 0)
    order = worker.Order(1, job(QUIET, deadline=deadline), explore, path, os.getpid())
    assert worker.perform(order) is None


def job(scenario: Scenario, **limits: Any) -> Job:
    return Job(scenario, NAIVE, FULL, PROPERTIES, server.execute, REDUCTIONS, limits.pop("most_states", 10**6), **limits)


def test_the_longest_first() -> None:
    """As measured: these take more than a tenth of the time each, these hardly any; who grows for ever comes first."""
    long = ("4-three", "3-rename", "6-every-mailbox", "4-arrivals")
    short = ("3-quiet", "3-subscribe", "5-starve-store", "5-starve-expunge", "3-recycle", "4-outside")
    assert min(job(BUILTIN[name]).size for name in long) > 5 * max(job(BUILTIN[name]).size for name in short)
    assert job(GROWING).size > job(GROWING._replace(most_uids=2)).size
    assert job(GROWING, most_depth=2).size <= 9
    assert job(BUILTIN["4-three"], most_states=10).size == 10


def test_two_processes_if_it_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def spread(jobs: list[Job], explore: Any, processes: int, *others: Any) -> tuple[dict[int, Any], bool]:
        asked.append(processes)
        return {}, False

    monkeypatch.setattr(processes, "spread", spread)
    monkeypatch.setattr(processes, "cores", lambda: 3)
    check(builtin(), jobs=None)
    assert asked == [3]
    assert check((QUIET,), jobs=None).processes == 1
    assert check((QUIET,), manners=(NAIVE,), jobs=7).processes == 1
    assert asked == [3]
    check((QUIET,), manners=(NAIVE, AWARE), jobs=7)
    assert asked == [3, 2]
    assert job(QUIET).size < executor.WORTH


def test_jobs_on_the_command_line(run: Run, tiny: Path, tmp_path: Path) -> None:
    reports, file = [], tmp_path / "out.json"
    for options in ([], ["--jobs", "1"], ["--jobs", "2"]):
        ran = run("check", tiny, "--profile", "default", "--json", file, *options)
        assert (ran.code, ran.err) == (0, "")
        reports.append(json.loads(file.read_text(encoding="utf-8")))
    assert [report["processes"] for report in reports] == [1, 1, 2]
    assert " s by 2 processes (" in told(ran.out)
    for report in reports:
        for key in ("seconds", "elapsed", "processes", "memory"):
            del report[key]
        report["searches"] = [{k: v for k, v in row.items() if k not in ("seconds", "memory")} for row in report["searches"]]
    assert reports[0] == reports[1] == reports[2]


LIGHT = "import sys, mailrace; mailrace.main(sys.argv[1:]); assert 'joblib' not in sys.modules"


def test_what_is_small_does_not_load_joblib(tiny: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", LIGHT, "check", str(tiny)], cwd=ROOT, capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")


# --- Ctrl-C, really ---------------------------------------------------------------------------------------------------

TELLING = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
import mailrace
import explore.check
room = sys.modules["explore.check"]
whole = room.check
def check(*arguments, finished, **options):
    def told(done):
        finished(done)
        print("finished", flush=True)
    return whole(*arguments, finished=told, **options)
room.check = check
mailrace.main(sys.argv[1:])
"""


def session(leader: int) -> list[int]:
    """The processes of that session that still run."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if fields[3] == str(leader) and fields[0] != "Z":
            found.append(int(status.parent.name))
    return found


def all_gone(leader: int) -> bool:
    """Whether all of that session are gone, or soon will be."""
    for _ in range(100):
        if not session(leader):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see which processes are left")
@pytest.mark.parametrize(
    ("how", "options"),
    [
        ("interrupt", ["--client", "naive"]),
        ("from the terminal", ["--profile", "default"]),
        ("twice", ["--profile", "default"]),
        ("kill", ["--profile", "default"]),
    ],
)
def test_ctrl_c(how: str, options: list[str], tmp_path: Path) -> None:
    """To the parent alone, and to all of them, as a terminal does; nobody is left over, whatever ends the parent."""
    process = subprocess.Popen(
        [sys.executable, "-c", TELLING, "check", "--jobs", "2", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, cwd=ROOT, encoding="utf-8", start_new_session=True, env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "finished\n"
    assert len(session(process.pid)) >= 3, "this can fail"
    if how == "kill":
        process.kill()
    for _ in range({"kill": 0, "twice": 2}.get(how, 1)):
        if how == "interrupt":
            process.send_signal(signal.SIGINT)
        else:
            os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.02)
    out, err = process.communicate(timeout=60)
    assert all_gone(process.pid)
    if how == "kill":
        return
    assert list(tmp_path.iterdir()) == []
    assert (process.returncode, err) == (130, "")
    assert "none violated so far" in out
    assert "holds within" not in out
    untried = int(told(out).partition(" searches not begun")[0].split()[-3])
    assert 0 < untried < len(BUILTIN) * len(MANNERS)
    assert " states, " in out.partition("Explored: ")[2]
