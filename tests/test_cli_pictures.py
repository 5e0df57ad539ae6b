"""Do `mailrace check` and `mailrace explain` draw what they found? (`--plot`)"""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import ran
from reading_figures import READER

from explore.scenario.notation import scenario_text


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    file = tmp_path / "tiny.txt"
    file.write_text(scenario_text(READER), encoding="utf-8")
    return file


def test_check_and_explain_draw(capsys: pytest.CaptureFixture[str], tiny: Path, tmp_path: Path) -> None:
    picture = tmp_path / "x.svg"
    code, out, _ = ran(capsys, "check", tiny, "--client", "naive", "--plot", picture)
    assert code == 0
    assert "Hazards × strategies" in out
    assert "Which strategy is to blame for which hazard" in picture.read_text(encoding="utf-8")
    code, out, _ = ran(capsys, "explain", "H-PHANTOM", tiny, "--plot", picture)
    assert code == 0
    assert out.startswith("Title: H-PHANTOM breaks")
    assert "✗ H-PHANTOM breaks: " in picture.read_text(encoding="utf-8")
    picture.unlink()
    code, _, _ = ran(capsys, "explain", "H-DOUBLE", tiny, "--plot", picture)
    assert code == 0
    assert not picture.exists(), "it holds: there is nothing to draw"


@pytest.mark.parametrize("command", [("check",), ("explain", "H-PHANTOM")])
@pytest.mark.parametrize(("name", "says"), [("x.gif", ".png, .svg, .pdf"), ("no/x.png", "there is no folder")])
def test_a_picture_that_cannot_be_is_refused_before_the_search(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: tuple[str, ...], name: str,
    says: str,
) -> None:  # fmt: skip
    def never(*_: object, **__: object) -> None:
        raise AssertionError("searched all the same")

    monkeypatch.setattr("mailrace.checking.search_all", never)
    code, out, err = ran(capsys, *command, "--plot", tmp_path / name)
    assert (code, out) == (2, "")
    assert err.startswith("mailrace: ")
    assert err.count("\n") == 1
    assert says in err
