"""What does `mailrace graph` do with right input, and what with wrong input? (`mailrace/graphing.py`)"""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Ran, ran
from state_graphs import BY_ID, QUIET, STARVING

from explore.graph.analysis import describe
from explore.graph.build import state_graph
from explore.graph.export import GRAPH_FORMATS
from explore.properties.catalogue import PROPERTIES
from explore.scenario.notation import parse
from explore.search.breadth_first import search
from explore.space.profile_set import Universe
from explore.space.state_space import Space
from model.client.belief import NAIVE
from strategies import Profile

TINY = "Mailbox: FOO 2 messages, 2 \\Deleted\nSelected: FOO by C1 C2\n\nC1: EXPUNGE\nC2: FETCH 1:2 BODY.PEEK[]\n"


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Ran:
    return ran(capsys, "graph", *arguments)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    file = tmp_path / "tiny.txt"
    file.write_text(TINY, encoding="utf-8")
    return file


def test_the_command_prints_a_summary(capsys: pytest.CaptureFixture[str], tiny: Path) -> None:
    code, out, err = run(capsys, tiny, "--property", "h-phantom", "--by", "views")
    assert (code, err) == (0, "")
    found = search(Space(parse("tiny", TINY), NAIVE, Universe(), (BY_ID["H-PHANTOM"],)))
    assert out == describe(state_graph(found).project("views"), "H-PHANTOM")
    code, out, _ = run(capsys)
    assert code == 0
    assert out.startswith("3-quiet: ")
    code, out, err = run(capsys, tiny, "--property", "H-DOUBLE")
    assert code == 0
    assert "H-DOUBLE does not break here." in out
    assert err == "H-DOUBLE does not break in tiny\n"


@pytest.mark.parametrize("form", list(GRAPH_FORMATS))
def test_the_command_writes_each_format(capsys: pytest.CaptureFixture[str], tiny: Path, tmp_path: Path, form: str) -> None:
    _, printed, _ = run(capsys, tiny, "--format", form, "--by", "none", "--profile", "fetch=4.1.3")
    by_name, by_option = tmp_path / f"x.{form}", tmp_path / "y"
    assert run(capsys, tiny, "--out", by_name, "--by", "none", "--profile", "fetch=4.1.3") == (0, "", "")
    assert run(capsys, tiny, "--out", by_option, "--format", form, "--by", "none", "--profile", "fetch=4.1.3") == (0, "", "")
    assert by_name.read_text(encoding="utf-8") == by_option.read_text(encoding="utf-8") == printed
    profile = Universe.of(Profile.parse("fetch=4.1.3"))
    found = search(Space(parse("tiny", TINY), NAIVE, profile, PROPERTIES))
    assert printed == GRAPH_FORMATS[form](state_graph(found).project("none").graph)


def test_collapse_and_pictures(capsys: pytest.CaptureFixture[str], tiny: Path, tmp_path: Path) -> None:
    _, out, _ = run(capsys, tiny, "--collapse", "--by", "mailboxes")
    assert "steps within a node are left out" in out
    picture = tmp_path / "x.svg"
    code, out, err = run(capsys, tiny, "--plot", picture, "--property", "H-PHANTOM")
    assert (code, err) == (0, "")
    assert "how H-PHANTOM breaks" in picture.read_text(encoding="utf-8")
    code, _, err = run(capsys, tiny, "--plot", picture, "--property", "H-DOUBLE")
    assert code == 0
    assert err == "H-DOUBLE does not break in tiny\n"
    assert "breaks" not in picture.read_text(encoding="utf-8")


def test_the_scenario_in_which_it_breaks_is_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailrace.parameter_types.builtin", lambda: (QUIET, STARVING))
    code, out, _ = run(capsys, "--property", "H-STARVATION")
    assert code == 0
    assert out.startswith("5-starve-store: ")
    code, out, err = run(capsys, "--property", "H-DOUBLE")
    assert (code, err) == (0, "")
    assert out == "H-DOUBLE breaks in none of the scenarios; name one to see its graph\n"


def test_a_client_of_ones_own(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "graphed.py").write_text('def reader(mail):\n    yield "SELECT FOO"\n    yield "FETCH 1:* BODY.PEEK[]"\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    code, out, _ = run(capsys, "--client", "graphed:reader", "--property", "H-GONE-BUT-READABLE")
    assert code == 0
    assert "C1: FETCH 1:* BODY.PEEK[]" in out
    code, _, err = run(capsys, "--client", "graphed:nobody")
    assert code == 2
    assert err.count("\n") == 1


WRONG = {
    "no such scenario": (("nowhere",), "nowhere"),
    "a folder": ((".",), "cannot read"),
    "no property": (("3-quiet", "--property", "H-NOTHING"), "the properties are O-"),
    "no profile": (("3-quiet", "--profile", "fetch=9"), "the choices are 4.1.1"),
    "no manner": (("3-quiet", "--client", "rude"), "the choices are naive"),
    "no reading": (("3-quiet", "--by", "colour"), "views"),
    "no format": (("3-quiet", "--out", "x.xyz"), ".graphml"),
    "no kind of picture": (("3-quiet", "--plot", "x.gif"), ".png, .svg, .pdf"),
    "no folder for it": (("3-quiet", "--plot", "/no/such/folder/x.png"), "there is no folder"),
    "no folder for the file": (("3-quiet", "--out", "/no/such/folder/x.json"), "there is no folder"),
}


@pytest.mark.parametrize(("arguments", "says"), WRONG.values(), ids=WRONG)
def test_wrong_input_is_one_line_before_the_search(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("searched all the same")

    for name in ("search", "first_broken", "state_graph"):
        monkeypatch.setattr(f"mailrace.graphing.{name}", never)
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith("mailrace: ")
    assert says in err


def test_a_file_that_is_a_folder_is_not_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "x.png").mkdir()
    code, _, err = run(capsys, "3-quiet", "--plot", tmp_path / "x.png")
    assert code == 2
    assert "it is a folder" in err
