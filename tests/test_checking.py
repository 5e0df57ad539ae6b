"""How is a check run and reported? In several processes, up to a depth, without reductions, and what it took.

Whatever it is done in, what is found is the same; a bound on depth means every run of so many steps, no more and no less.
"""

from __future__ import annotations

import itertools
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

import mailrace
from explore.check import checking, executor, findings, processes
from explore.check.checking import check
from explore.check.faults import FAULTS
from explore.check.findings import Job, growing
from explore.check.report import Report, of_whole_runs
from explore.properties.catalogue import PROPERTIES
from explore.properties.property import HAZARD, Property
from explore.scenario.custom_client import OwnClientError, against, load
from explore.scenario.definition import Scenario
from explore.scenario.notation import builtin, parse
from explore.search import bounded_counting
from explore.search.breadth_first import search
from explore.show.report_table import remedy
from explore.space.profile_set import Universe
from explore.space.quiescence import diverges
from explore.space.state_space import REDUCTIONS, Space
from model import protocol as p, server
from model.client.belief import AWARE, MANNERS, NAIVE
from model.server.decisions import Profile as ServerProfile
from model.server.execution import Outcome
from model.store.world import World
from strategies import Profile
from stages import DELETED, EXPUNGED

ROOT = Path(mailrace.__file__).parent.parent
BUILTIN = {scenario.name: scenario for scenario in builtin()}
FULL = Universe()
ENDLESS = parse("endless", "Mailbox: FOO 1 messages\nSelected: FOO by C2\nC1: retry DELETE FOO\nC2: forever\nC2: NOOP\n")
GROWING = parse("growing", "Mailbox: FOO 1 messages\nSelected: FOO by C1\nC1: forever\nC1: APPEND FOO x | NOOP\nC2: NOOP\n")
QUIET = BUILTIN["3-quiet"]
FEW = (BUILTIN["3-recycle"], QUIET, EXPUNGED, BUILTIN["5-starve-store"], ENDLESS)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    file = tmp_path / "tiny.txt"
    text = "Mailbox: FOO 2 messages, 2 \\Deleted\nSelected: FOO by C1 C2\nC1: EXPUNGE\nC2: FETCH 1:2 BODY.PEEK[]\n"
    file.write_text(text, encoding="utf-8")
    return file


def told(text: str) -> str:
    """What was printed, without regard to where the lines were broken."""
    return " ".join(text.split())


def plain(report: Report) -> Any:
    return json.loads(json.dumps(report.as_json(measured=False)))


def measured_apart(report: Report) -> list[Any]:
    return [row._replace(seconds=0.0, memory=None) for row in report.rows]


# --- several processes ----------------------------------------------------------------------------------------------


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
    assert one.counterexamples == two.counterexamples


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


@pytest.mark.parametrize(("what", "deadline"), [(processes.STOP, 1e9), (processes.RUN, 0.0)])
def test_a_search_that_is_over_before_it_begins(tmp_path: Path, what: int, deadline: float) -> None:
    """It was in the queue when Ctrl-C came, or when the time was up."""

    def explore(job: Job, states: Callable[[int], None]) -> NoReturn:
        raise AssertionError("it has begun")

    path = tmp_path / "board"
    with processes.ControlBlock.new(path, 2) as board:
        board.order(1, what)
        assert (board.ordered(0), board.ordered(1), board.states(1)) == (processes.RUN, what, 0)
    order = processes.Order(1, job(QUIET, deadline=deadline), explore, path, os.getpid())
    assert processes._do(order) is None  # noqa: SLF001


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


# --- Ctrl-C, really -------------------------------------------------------------------------------------------------

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


# --- a bound on depth -----------------------------------------------------------------------------------------------


class Runs:
    """All runs of up to so many steps, one by one, without any table of states, level, or reduction."""

    def __init__(self, scenario: Scenario, manner: str, depth: int) -> None:
        self.space = Space(scenario, manner, FULL, PROPERTIES)
        self.failing: dict[str, int] = {}
        self.runs, self.longer = 0, False
        self._on(self.space.start, FULL.all, depth)

    def _on(self, state: Any, mask: int, left: int) -> None:
        edges = list(self.space.real_edges(state, mask))
        if not edges or not left:
            self.runs += 1
            self.longer = self.longer or bool(edges)
            if not edges and diverges(self.space, state):
                self._broken("H-CONVERGENCE", mask)
            return
        for edge in edges:
            for index in edge.branch.broken:
                self._broken(PROPERTIES[index].id, edge.mask)
            self._on(edge.target, edge.mask, left - 1)

    def _broken(self, name: str, mask: int) -> None:
        self.failing[name] = self.failing.get(name, 0) | mask


STAGES = (EXPUNGED, DELETED, ENDLESS, GROWING, QUIET, BUILTIN["5-starve-expunge"])


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("scenario", STAGES, ids=lambda scenario: scenario.name)
def test_every_run_of_so_many_steps_and_no_more(scenario: Scenario, depth: int) -> None:
    runs = Runs(scenario, AWARE, depth)
    for reductions in (frozenset[str](), bounded_counting.KEEP_LENGTH):
        found = search(Space(scenario, AWARE, FULL, PROPERTIES, reductions=reductions), most_depth=depth)
        assert found.failing == runs.failing
        assert found.complete != found.bounded
        if found.bounded:
            assert runs.longer
            assert found.depth == depth
            assert bounded_counting.count_bounded(found) == runs.runs
        else:
            whole = search(Space(scenario, AWARE, FULL, PROPERTIES, reductions=reductions))
            assert (found.reached, found.depth) == (whole.reached, whole.depth)


def test_one_step_less_finds_less() -> None:
    """The comparison above can fail."""
    assert Runs(EXPUNGED, AWARE, 2).failing != Runs(EXPUNGED, AWARE, 1).failing
    assert Runs(QUIET, AWARE, 2).longer is False
    assert Runs(QUIET, AWARE, 1).longer is True
    assert "H-CONVERGENCE" in Runs(QUIET, AWARE, 2).failing


def test_a_count_that_takes_too_long_is_left_out() -> None:
    found = search(Space(EXPUNGED, NAIVE, FULL, PROPERTIES), most_depth=2)
    assert bounded_counting.count_bounded(found, most_looks=10) is None
    assert bounded_counting.count_bounded(found) == Runs(EXPUNGED, NAIVE, 2).runs


def test_a_bound_that_is_not_reached_bounds_nothing() -> None:
    forever = BUILTIN["5-starve-expunge"]
    whole = check((forever, QUIET), FULL, (NAIVE,))
    deep = check((forever, QUIET), FULL, (NAIVE,), most_depth=50)
    assert (deep.complete, deep.bounded, deep.depth) == (True, False, None)
    assert {**plain(deep), "most_depth": None} == plain(whole)
    longest = whole.rows[0].depth
    assert check((forever,), FULL, (NAIVE,), most_depth=longest + 1).complete
    assert not check((forever,), FULL, (NAIVE,), most_depth=longest).complete
    assert check((QUIET,), FULL, (NAIVE,), most_depth=2).complete


def test_what_holds_in_every_run_of_so_many_steps() -> None:
    report = check((EXPUNGED, QUIET), FULL, (NAIVE,), most_depth=2)
    assert (report.complete, report.bounded, report.depth) == (False, True, 2)
    assert {row.scenario.name: row.complete for row in report.rows} == {"expunged": False, "3-quiet": True}
    for verdict in report.verdicts():
        broken = any(report.failing.get(verdict.property.id, {}).values())
        assert verdict.holds == (False if broken else None if of_whole_runs(verdict.property) else True)
        if verdict.holds is None:
            assert "holds" not in verdict.strategies.values()
    holds = {verdict.property.id: verdict.holds for verdict in report.verdicts()}
    assert holds["O-UID"] is True
    assert holds["H-STARVATION"] is holds["O-TOLD"] is None
    assert holds["H-CONVERGENCE"] is False, "it breaks at the end of a short run"
    assert check((EXPUNGED,), FULL, (NAIVE,), most_depth=2).verdict(_property("H-CONVERGENCE")).holds is None


def _property(name: str) -> Property:
    return next(prop for prop in PROPERTIES if prop.id == name)


def test_what_takes_one_step_more_is_not_found() -> None:
    """The bound is a bound: two steps less than it takes, and it holds, as far as that goes."""
    fault = next(fault for fault in FAULTS if fault.breaks == "O-COPY-TELLS")
    prop, universe = _property("O-COPY-TELLS"), Universe.of(Profile.parse(fault.profile))
    steps = check((EXPUNGED,), universe, (NAIVE,), (prop,), fault.execute).counterexamples[prop.id].steps
    holds = [
        check((EXPUNGED,), universe, (NAIVE,), (prop,), fault.execute, most_depth=depth).verdict(prop).holds
        for depth in range(1, steps + 2)
    ]
    assert holds == [True] * (steps - 1) + [False, False]


def test_which_properties_need_whole_runs() -> None:
    whole = {prop.id for prop in PROPERTIES if of_whole_runs(prop)}
    assert whole >= {"H-CONVERGENCE", "H-STARVATION"} | {prop.id for prop in PROPERTIES if prop.check is None}
    assert "O-UID" not in whole


def test_a_bound_on_depth_switches_off_what_changes_the_length_of_runs() -> None:
    free, bound = check((QUIET,), most_depth=None), check((QUIET,), most_depth=1)
    assert free.rows[0].reductions <= REDUCTIONS
    for row in bound.rows:
        assert row.reductions <= bounded_counting.KEEP_LENGTH
    changing = REDUCTIONS - bounded_counting.KEEP_LENGTH
    assert changing == {"partial-order"}, "of a new reduction, say whether runs keep their length"


def test_depth_on_the_command_line(run: Run, tmp_path: Path) -> None:
    """A world that grows for ever, and no bound but this."""
    file, out = tmp_path / "grow.txt", tmp_path / "out.json"
    text = "Mailbox: FOO 2 messages, 2 \\Deleted\nSelected: FOO by C1 C2\nC1: forever\nC1: EXPUNGE | APPEND FOO x\n"
    file.write_text(text + "C2: forever\nC2: NOOP | FETCH 1:2 BODY.PEEK[]\n", encoding="utf-8")
    ran = run("check", file, "--depth", "3", "--json", out)
    said, found = told(ran.out), json.loads(out.read_text(encoding="utf-8"))
    assert ran.code == 0
    assert (found["complete"], found["depth"], found["most_depth"]) == (False, 3, 3)
    assert {row["depth"] for row in found["searches"]} == {3}
    assert "none violated in runs of up to 3 steps" in said
    assert "holds in every run of up to 3 steps, within the bound below" in said
    assert "undetermined: only whole runs can show it, and these were followed for up to 3 steps" in said
    assert "breaks at least if" in said
    assert "Of runs that are longer, the first 3 steps: in 1 of 1 scenarios." in said
    assert f"{found['interleavings']:,} interleavings of up to 3 steps" in said
    assert "The search was cut" not in said
    for line in ran.out.splitlines():
        if line.strip().startswith("mailrace explain "):
            assert " --depth 3" in line
    holds, open_, breaks = (run("explain", name, file, "--depth", "3") for name in ("O-UID", "O-TOLD", "H-PHANTOM"))
    assert holds.out.startswith("O-UID holds in every run of up to 3 steps (within 2 clients, ")
    assert open_.out.startswith("O-TOLD is undetermined: only whole runs can show it, and these were followed for up to 3 ")
    assert breaks.out.startswith("Title: H-PHANTOM breaks: ")
    assert "H-PHANTOM breaks at least if " in breaks.err


def test_everything_holds_up_to_there(run: Run, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = tuple(prop for prop in PROPERTIES if not of_whole_runs(prop))
    monkeypatch.setattr("mailrace.checking.PROPERTIES", steps)
    said = told(run("check", tiny, "--depth", "1").out)
    count = sum(prop.kind != HAZARD for prop in steps)
    assert f"Obligations: all {count} hold in every run of up to 1 steps" in said
    assert "undetermined" not in said


# --- searches that are cut ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 5, 20, 60])
def test_up_to_its_depth_a_search_that_is_cut_is_whole(most: int) -> None:
    cut = search(Space(EXPUNGED, NAIVE, FULL, PROPERTIES), most_states=most)
    whole = search(Space(EXPUNGED, NAIVE, FULL, PROPERTIES), most_depth=cut.depth)
    assert not cut.complete
    assert not cut.bounded
    for state, mask in whole.reached.items():
        assert not mask & ~cut.reached[state]
    for name, mask in whole.failing.items():
        assert name == "H-CONVERGENCE" or not mask & ~cut.failing[name]


def test_the_report_says_up_to_where_everything_was_explored() -> None:
    report = check((EXPUNGED, QUIET), FULL, (NAIVE,), most_states=20)
    (cut,) = (row for row in report.rows if not row.complete)
    assert report.depth == cut.depth
    assert cut.depth in (1, 2)
    assert check((EXPUNGED, QUIET), FULL, (NAIVE,)).depth is None
    assert check((QUIET,), FULL, (NAIVE,), most_seconds=1e-9, jobs=1).depth == 0


def test_what_is_cut_says_so(run: Run, tiny: Path) -> None:
    said = told(run("check", tiny, "--max-states", "5").out)
    assert "The search was cut: tiny (naive) at " in said
    assert "Every run of up to that depth was explored." in said
    assert "Bound:" in said
    assert "--depth" not in said, "it would have come to its end by itself"


FOREVER = "Mailbox: FOO 1 messages\nMailbox: BAR\nSelected: FOO by C1\n{}C1: NOOP\nC1: forever\nC1: NOOP | {}\nC2: NOOP\n"


@pytest.mark.parametrize(
    ("bound", "command", "grows"),
    [
        ("", "APPEND FOO x", ("uids",)),
        ("", "UID COPY 1 FOO", ("uids",)),
        ("Bound: 3 uids\n", "APPEND FOO x", ()),
        ("Bound: 3 mailboxes\n", "APPEND FOO x", ("uids",)),
        ("", "CREATE BAZ | DELETE BAZ", ("mailboxes",)),
        ("Bound: 3 uids\n", "CREATE BAZ | DELETE BAZ | RENAME inbox OLD", ("mailboxes",)),
        ("Bound: 3 mailboxes\n", "CREATE BAZ | DELETE BAZ", ()),
        ("", "RENAME BAR BAZ", ()),
        ("Bound: 3 uids, 3 mailboxes\n", "RENAME BAR BAZ | RENAME BAZ BAR", ("uidvalidities",)),
        ("", "STORE 1 FLAGS ()", ()),
    ],
)
def test_what_grows_for_ever(bound: str, command: str, grows: tuple[str, ...]) -> None:
    """And does, as the search itself shows; what does not, comes to an end."""
    scenario = parse("forever", FOREVER.format(bound, command))
    assert growing(scenario) == grows
    report = check((scenario,), Universe.of(Profile.parse()), (NAIVE,), most_states=600)
    assert report.complete == (not grows)
    hint = remedy(report)
    if grows:
        assert hint is not None
        assert "--depth N looks at every run of up to N steps." in hint
        assert ("a header line 'Bound: 4 uids, 3 mailboxes' can end that" in hint) == (grows != ("uidvalidities",))
    else:
        assert hint is None


def test_what_only_begins_with_growing_does_not_grow_for_ever() -> None:
    text = "Mailbox: FOO 1 messages\nSelected: FOO by C1\nC1: APPEND FOO x\nC1: retry CREATE BAR\nC1: forever\nC1: NOOP\n"
    assert growing(parse("once", text)) == ()


def test_the_remedies_are_said(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "grow.txt"
    file.write_text(FOREVER.format("", "APPEND FOO x | CREATE BAZ"), encoding="utf-8")
    hint = "Ever more UIDs and mailboxes in grow: a header line 'Bound: 4 uids, 3 mailboxes' can end that, and --depth N"
    options = (file, "--max-states", "50", "--client", "naive", "--profile", "default")
    assert hint in told(run("check", *options).out)
    told_apart = run("explain", "O-UID", *options)
    assert hint in told_apart.err
    assert told_apart.out.startswith("O-UID is undetermined: the search was cut (within ")
    assert "--depth N" not in run("check", *options, "--depth", "3").out


# --- reductions switched off ----------------------------------------------------------------------------------------


def reductions_of(run: Run, tmp_path: Path, *options: str | Path) -> tuple[list[str], dict[str, Any], str]:
    out = tmp_path / "out.json"
    ran = run("check", *options, "--json", out)
    assert ran.code == 0
    found = json.loads(out.read_text(encoding="utf-8"))
    (said,) = (row for row in ran.out.splitlines() if row.startswith("Reductions: "))
    return sorted({name for row in found["searches"] for name in row["reductions"]}), found, said


TWINS = "Mailbox: FOO 1 messages\nSelected: FOO by C1 C2\nC1: FETCH 1 BODY[] | NOOP\nC2: FETCH 1 BODY[] | NOOP\n"


def test_reductions_can_be_switched_off(run: Run, tmp_path: Path) -> None:
    """One, several, or all; it takes more states, and changes no verdict."""
    file = tmp_path / "twins.txt"
    file.write_text(TWINS, encoding="utf-8")
    with_all, most, line = reductions_of(run, tmp_path, file)
    assert line == f"Reductions: {', '.join(with_all)}."
    assert set(most["reductions"]) == REDUCTIONS
    assert {"known-contents", "write-only", "symmetry"} <= set(with_all)
    states = [most["states"]]
    for off in (["symmetry"], ["symmetry", "known-contents"], ["all"]):
        options = [word for name in off for word in ("--no-reduction", name)]
        on, found, line = reductions_of(run, tmp_path, file, *options)
        assert not set(on) & (REDUCTIONS if off == ["all"] else set(off))
        assert set(found["reductions"]) == (frozenset() if off == ["all"] else REDUCTIONS - set(off))
        assert found["verdicts"] == most["verdicts"]
        states.append(found["states"])
    assert line == "Reductions: none."
    assert states == sorted(states)
    assert states[0] < states[1] < states[2]


def test_the_report_says_where_a_reduction_was_not_sound(run: Run, tmp_path: Path) -> None:
    twins, retry = tmp_path / "twins.txt", tmp_path / "retry.txt"
    twins.write_text(TWINS, encoding="utf-8")
    retry.write_text(TWINS.replace("C1: ", "C1: retry "), encoding="utf-8")
    _, found, line = reductions_of(run, tmp_path, twins, retry, "--client", "naive", "--profile", "default")
    assert "symmetry (not in retry)" in line
    assert {row["scenario"]: "symmetry" in row["reductions"] for row in found["searches"]} == {"twins": True, "retry": False}


def test_explain_without_reductions(run: Run, tiny: Path) -> None:
    with_all, without = run("explain", "H-PHANTOM", tiny), run("explain", "H-PHANTOM", tiny, "--no-reduction", "all")
    assert with_all.out == without.out
    assert without.code == 0


@pytest.mark.parametrize("command", [["check"], ["explain", "H-PHANTOM"]])
@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--no-reduction", "frob"], f"'frob' is no reduction; the reductions are {', '.join(sorted(REDUCTIONS))}, and all"),
        (["--no-reduction", "all", "--no-reduction", "Symmetry"], "'Symmetry' is no reduction; the reductions are "),
        (["--no-reduction", ""], "'' is no reduction"),
        (["--no-reduction"], "Option '--no-reduction' requires an argument"),
        (["--depth", "0"], "Invalid value for '--depth': 0 is not in the range"),
        (["--depth", "-3"], "Invalid value for '--depth': -3 is not in the range"),
        (["--depth", "deep"], "Invalid value for '--depth': 'deep' is not a valid integer"),
        (["--jobs", "0"], "Invalid value for '--jobs': 0 is not in the range"),
        (["--jobs", "two"], "Invalid value for '--jobs': 'two' is not a valid integer"),
        (["--jobs", "9999"], "Invalid value for '--jobs': 9999 is not in the range"),
    ],
)
def test_wrong_options(run: Run, tiny: Path, command: list[str], options: list[str], says: str) -> None:
    ran = run(*command, tiny, *options)
    assert (ran.code, ran.out) == (2, "")
    (line,) = ran.err.splitlines()
    assert line.startswith("mailrace: ")
    assert says in line


# --- what it took ---------------------------------------------------------------------------------------------------


def test_memory_and_time() -> None:
    report = check((QUIET, EXPUNGED), FULL, (NAIVE,))
    most = [row.memory for row in report.rows]
    assert all(memory is not None and memory > 10_000_000 for memory in most)
    assert report.memory == max(memory for memory in most if memory is not None)
    assert most == sorted(most, key=lambda memory: memory or 0), "the most so far only rises"
    found = report.as_json()
    assert found["memory"] == report.memory
    assert found["elapsed"] >= 0
    assert found["seconds"] == pytest.approx(sum(row.seconds for row in report.rows), abs=0.001)


def test_memory_that_is_taken_is_seen() -> None:
    before = findings.peak_memory()
    assert before is not None
    block = bytearray(before + 50_000_000)
    after = findings.peak_memory()
    assert after is not None
    assert after >= before + 40_000_000
    del block


def test_a_mac_counts_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    here = findings.peak_memory()
    monkeypatch.setattr(sys, "platform", "darwin")
    there = findings.peak_memory()
    assert here is not None
    assert there is not None
    assert there < here


def test_a_system_that_says_nothing(
    run: Run, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "resource", None)
    out = tmp_path / "out.json"
    ran = run("check", tiny, "--json", out)
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["memory"] is None
    assert {row["memory"] for row in found["searches"]} == {None}
    assert "memory" not in ran.out


def test_what_stands_behind_it(run: Run, tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    said = told(run("check", tiny, "--json", out).out)
    found = json.loads(out.read_text(encoding="utf-8"))
    memory = f"with up to {found['memory'] / 1e6:,.0f} MB of memory."
    counts = f"{found['states']:,} states, {found['transitions']:,} steps, {found['interleavings']:,} full interleavings"
    assert f"Explored: {counts}, in {found['seconds']:.0f} s, {memory}" in said
    rows = found["searches"]
    assert [row["manner"] for row in rows] == list(MANNERS)
    for total in ("states", "transitions", "interleavings"):
        assert found[total] == sum(row[total] for row in rows)
    assert set(rows[0]) == {
        "scenario", "manner", "states", "transitions", "interleavings", "depth", "complete", "reductions", "seconds",
        "memory",
    }  # fmt: skip


def test_unmeasured_means_without_what_a_clock_says() -> None:
    report = check((QUIET,), FULL, (NAIVE,))
    whole, rest = report.as_json(), report.as_json(measured=False)
    assert set(whole) - set(rest) == {"seconds", "elapsed", "processes", "memory"}
    assert set(whole["searches"][0]) - set(rest["searches"][0]) == {"seconds", "memory"}


def test_a_limit_on_the_clock_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that makes a step at each look: no search is begun after its time."""
    ticks = itertools.count()
    monkeypatch.setattr(time, "monotonic", lambda: float(next(ticks)))
    report = check((QUIET, EXPUNGED), FULL, most_seconds=6.0)
    assert report.untried > 0
    assert not report.complete
    assert {verdict.holds for verdict in report.verdicts()} <= {None, False}


def test_the_bound_says_which_clients_were_not_everywhere() -> None:
    """A verdict on pipelining clients is one about the scenarios that are meant for them."""
    ahead = BUILTIN["5-pipelining"]
    assert check((QUIET, BUILTIN["3-recycle"], ahead)).who == (
        "naive, aware, reissuing; in 5-pipelining only: pipelining, reckless"
    )
    assert check((ahead,)).who == "pipelining, reckless"
    assert check((QUIET, ahead), manners=(NAIVE,)).who == "naive"
    assert check((QUIET,), most_seconds=1e-9).who.startswith("naive; not begun: aware, reissuing")
