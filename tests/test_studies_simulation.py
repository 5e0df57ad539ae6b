"""Do the studies simulate what they say? (`explore.studies.simulation`)"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from explore.runs.transcript_replay import read, replay
from explore.studies import cost, crowd, refusals
from explore.studies.catalogue import STUDIES, study
from explore.studies.design import COMPARED
from explore.studies.parameters import points
from explore.studies.simulation import Watched, readable
from model import protocol as p, server
from model.store.session import SELECTED, Session
from strategies import Profile


# --- what is simulated is the model -----------------------------------------------------------------------------------


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


# --- cost -------------------------------------------------------------------------------------------------------------


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


# --- the crowd --------------------------------------------------------------------------------------------------------


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
