"""`from explore import ...` is enough for README, the notebooks and what users keep in files, and it is light."""

from __future__ import annotations

import inspect
import json
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import explore
from explore import Counterexample, Scenario, Undetermined, Universe, check, explain, parse, property_named, scenario_graph
from explore.check import Report
from explore.check.explaining import with_client
from explore.runs.run import play
from explore.show.export import FORMATS
from strategies import Profile

HOME = Path(__file__).parent.parent
HEAVY = ("matplotlib", "hypothesis", "pandas", "scipy", "IPython", "explore.show", "explore.figures", "explore.studies")
TINY = """Mailbox: FOO 3 messages, 2 \\Deleted
Selected: FOO by C1 C2
C1: EXPUNGE
C2: FETCH 2 BODY[] | NOOP
"""


def runs(code: str) -> str:
    """What a fresh Python prints that runs this."""
    ran = subprocess.run([sys.executable, "-c", code], cwd=HOME, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return parse("tiny", TINY)


# --- names ----------------------------------------------------------------------------------------------------------


def test_every_name_is_there_and_told_about() -> None:
    for name in explore.__all__:
        found = getattr(explore, name)
        assert name in dir(explore)
        if inspect.isfunction(found) or inspect.isclass(found):
            assert inspect.getdoc(found), name
    named = set(re.findall(r"`(\w+)`", explore.__doc__ or ""))
    untold = {"Fault", "OwnClientError", "Property", "Schedule", "Timeline", "TokenError", "Undetermined", "property_named"}
    assert set(explore.__all__) - named <= untold


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="module 'explore' has no attribute 'frob'"):
        _ = explore.frob  # type: ignore[attr-defined]


def test_loading_it_is_light() -> None:
    code = f"import sys, explore; print([name for name in {HEAVY} if name in sys.modules])"
    assert runs(code) == "[]\n"


def test_a_heavy_room_is_loaded_when_it_is_used() -> None:
    for name, heavy in (("matrix", "matplotlib"), ("find", "hypothesis"), ("STUDIES", "pandas")):
        assert runs(f"import sys; from explore import {name}; print({heavy!r} in sys.modules)") == "True\n"


CHECK = "assert callable(explore.check) and explore.check is check; print(Report.__name__, check.__module__)"


@pytest.mark.parametrize(
    "first",
    ["import explore", "from explore.check import Report", "import explore.check.checking", "from explore import check"],
)
def test_check_is_a_room_and_a_function(first: str) -> None:
    code = f"{first}\nimport explore\nfrom explore import check\nfrom explore.check import Report\n{CHECK}"
    assert runs(code) == "Report explore.check.checking\n"
    assert sys.modules["explore.check"].check is explore.check


@pytest.mark.parametrize("name", ["check", "explain", "hunt", "parse", "rerun", "Scenario", "Report", "interleavings"])
def test_names_can_be_sent_to_another_process(name: str) -> None:
    assert pickle.loads(pickle.dumps(getattr(explore, name))) is getattr(explore, name)


def test_a_search_in_several_processes_finds_the_same(scenario: Scenario) -> None:
    several = check([scenario], jobs=2)
    assert several.processes == 2
    assert several.as_json(measured=False) == check([scenario]).as_json(measured=False)


# --- notebooks ------------------------------------------------------------------------------------------------------

SHOWS = "print('explore.show.notebook' in sys.modules, hasattr(explore.Report, '_repr_html_'))"


def test_values_show_themselves_where_ipython_runs_and_only_there() -> None:
    running = "from IPython.core.interactiveshell import InteractiveShell; InteractiveShell.instance()"
    for loads in ("import explore", "from explore.scenario import parse\nimport explore"):
        assert runs(f"import sys\n{running}\n{loads}\n{SHOWS}") == "True True\n"
    assert runs(f"import sys, IPython, explore\n{SHOWS}") == "False False\n"
    assert runs(f"import sys, explore\n{SHOWS}") == "False False\n"


def imports(code: str) -> Iterator[str]:
    """The modules of ours that this code imports from."""
    for module in re.findall(r"^\s*(?:from|import) ([\w.]+)", code, re.M):
        if module.partition(".")[0] in ("explore", "model", "strategies", "mailrace"):
            yield module


def test_readme_and_notebooks_import_from_the_face_only() -> None:
    readme = (HOME / "README.md").read_text(encoding="utf-8")
    code = re.findall(r"^```python\n(.*?)^```$", readme, re.S | re.M)
    for file in (HOME / "notebooks").glob("*.ipynb"):
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        code += ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    used = {module for text in code for module in imports(text)}
    rooms = {"model.notation", "model.protocol", "model.server", "model.store", "model.time"}
    assert {"explore", "strategies"} <= used <= {"explore", "strategies", *rooms}
    told = re.findall(r"`(explore\.[\w.]+)`", readme)
    assert told
    assert all(name.count(".") == 1 and hasattr(explore, name.partition(".")[2]) for name in told)


def test_a_test_that_is_kept_imports_from_the_face_only(scenario: Scenario) -> None:
    found = explain("H-GONE-BUT-READABLE", scenario)
    assert found is not None
    run, prop = play(found.schedule), property_named(found.property)
    assert [*imports(FORMATS["pytest"](run, prop, run.broken(prop)))] == ["explore"]


# --- explain --------------------------------------------------------------------------------------------------------


def test_explain_finds_what_check_finds(scenario: Scenario) -> None:
    report = check(scenario)
    for prop in report.properties:
        found = explain(prop, scenario)
        assert found == report.verdict(prop).counterexample
        assert (found is None) is (report.verdict(prop).holds is not False)
    assert {verdict.came_up for verdict in report.verdicts()} == {True, False}


def test_explain_under_one_profile_for_one_manner(scenario: Scenario) -> None:
    found = explain("h-gone-but-readable", [scenario], "copy=4.4.2", "reissuing")
    assert isinstance(found, Counterexample)
    assert (str(found.profile), found.manner) == ("copy=4.4.2", "reissuing")
    assert explain("H-GONE-BUT-READABLE", scenario, Profile.parse("fetch=4.1.2")) is None


def test_explain_does_not_call_cut_what_holds(scenario: Scenario) -> None:
    with pytest.raises(Undetermined, match=r"^O-UID is undetermined: the search was cut after \d+ states, at depth \d$"):
        explain("O-UID", scenario, most_states=2)


def expunger(mail: object) -> Iterator[str]:
    yield "SELECT FOO"
    yield "EXPUNGE"


class Expunger:
    def __call__(self, mail: object) -> Iterator[str]:
        return expunger(mail)


@pytest.mark.parametrize("client", [expunger, Expunger, explore.own(expunger, "test_face:expunger"), "test_face:expunger"])
def test_explain_for_a_client_of_ones_own(client: object) -> None:
    found = explain("H-COLLATERAL", client=client)  # type: ignore[arg-type]
    assert found is not None
    assert "C1: A002 EXPUNGE" in found.text


def test_who_the_clients_are(scenario: Scenario) -> None:
    assert with_client(None, (scenario,)) == ((scenario,), None)
    assert with_client("aware", (scenario,)) == ((scenario,), ("aware",))
    (own,), manners = with_client(expunger, (scenario,))
    assert own.own
    assert manners == ("naive",)


WRONG = {
    "no property": (("H-FROB",), {}, "'H-FROB' is no property; the properties are O-"),
    "no profile": (("O-UID",), {"profile": "frob=1"}, "'frob=1' names no decision"),
    "no manner": (("O-UID",), {"client": "rude"}, "'rude' is no manner of client; the choices are naive"),
    "no module": (("O-UID",), {"client": "no.such:Client"}, "cannot import no.such"),
    "no scenario": (("O-UID", ()), {}, "no scenario to search"),
}


@pytest.mark.parametrize(("given", "named", "says"), WRONG.values(), ids=WRONG)
def test_explain_of_what_there_is_not(given: tuple[str], named: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(says)}") as wrong:
        explain(*given, **named)  # type: ignore[arg-type]
    assert "\n" not in str(wrong.value)


# --- state graphs ---------------------------------------------------------------------------------------------------


def test_the_state_graph_of_a_scenario(scenario: Scenario) -> None:
    shown = scenario_graph(scenario)
    assert shown.graph.graph["profiles"] == Universe().size
    assert "H-GONE-BUT-READABLE" in shown.ways
    one = scenario_graph(scenario, [property_named("O-UID")], "fetch=4.1.2", "aware")
    assert (one.graph.graph["profiles"], one.manner, one.ways) == (1, "aware", {})
    with pytest.raises(ValueError, match="'rude' is no manner of client"):
        scenario_graph(scenario, manner="rude")


def test_report_is_the_same_class_everywhere(scenario: Scenario) -> None:
    assert isinstance(check(scenario), Report)
    assert sys.modules["explore.check.report"].Report is explore.Report
