"""Is what a user names converted, and refused, in one place, before a command begins? (`mailrace/parameter_types.py`)"""

from __future__ import annotations

import os
from pathlib import Path

import click
import pytest
from command_line import Run

from explore.properties.catalogue import PROPERTIES
from explore.space.state_space import REDUCTIONS
from mailrace import parameter_types as types, study_types
from strategies import Profile


def converted(kind: types.Complaining, word: str) -> object:
    """What that type makes of the word."""
    return kind.convert(word, None, None)


def complaint(kind: types.Complaining, word: str) -> str:
    """What that type says against the word: one line, the whole of it."""
    with pytest.raises(click.UsageError) as caught:
        converted(kind, word)
    assert caught.value.exit_code == 2
    said = caught.value.format_message()
    assert "\n" not in said
    return said


def test_what_is_right() -> None:
    assert converted(types.PROFILE, "fetch=4.1.3") == Profile.parse("fetch=4.1.3")
    assert converted(types.PROPERTY, "h-phantom") is next(prop for prop in PROPERTIES if prop.id == "H-PHANTOM")
    assert converted(types.CLIENT, "aware") == types.Clients("aware")
    assert converted(types.REDUCTION, "all") == REDUCTIONS
    assert converted(types.REDUCTION, "symmetry") == {"symmetry"}
    assert converted(study_types.SETTING, "a = b=c") == study_types.Setting("a", " b=c")
    quiet = converted(types.SCENARIO, "3-quiet")
    assert isinstance(quiet, types.Named)
    assert (quiet.word, quiet.scenario.name) == ("3-quiet", "3-quiet")


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (types.PROFILE, "fetch=4.1.3"), (types.PROPERTY, "H-PHANTOM"), (types.CLIENT, "naive"), (study_types.STUDY, "cost"),
        (types.REDUCTION, "all"), (study_types.SETTING, "a=b"), (types.SCENARIO, "3-quiet"), (types.FAULT, "uid-reuse"),
    ],
)  # fmt: skip
def test_what_is_converted_already_stays(kind: types.Complaining, word: str) -> None:
    """As click may convert a default twice."""
    made = converted(kind, word)
    assert kind.convert(made, None, None) is made


@pytest.mark.parametrize(
    ("kind", "word", "says"),
    [
        (types.PROFILE, "fetch=9", "'9' is no strategy for fetch; the choices are 4.1.1, 4.1.2, 4.1.3"),
        (types.PROPERTY, "", "'' is no property; the properties are O-"),
        (types.CLIENT, "x", "'x' is no manner of client; the choices are naive, aware, "),
        (types.CLIENT, "nowhere:x", "cannot import nowhere: ModuleNotFoundError"),
        (types.CLIENT, ":", "':' names no client; write module:Name"),
        (types.SCENARIO, "x", "no file 'x', and no built-in scenario of that name; those are 3-delete, "),
        (types.SCENARIO, "x" * 5000, "no file 'xxx"),
        (types.SCENARIO, "\0", "no file '\\x00'"),
        (types.SCORE, "x" * 5000, "File name too long"),
        (types.SCORE, "mr1:x", "the token is damaged"),
        (study_types.STUDY, "x", "'x' is no study; the studies are delete-refused"),
        (types.FAULT, "x", "'x' is no fault; the faults are expunge-in-fetch"),
        (types.REDUCTION, "x", "'x' is no reduction; the reductions are atomic-requests, "),
        (study_types.SETTING, "x", "--set x sets nothing; write --set name=value"),
        (types.OUTPUT, "", "it is a folder"),
        (types.OUTPUT, "x" * 5000, "File name too long"),
        (types.OUTPUT, "\ud800", "no file can have that name"),
        (types.OUTPUT, "\0", "no file can have that name"),
        (types.PICTURE, "x.gif", "'x.gif' is no kind of picture; its name must end in .png, .svg, .pdf"),
        (types.PICTURE, "", "is no kind of picture"),
        (types.PICTURE, "nowhere/x.png", "cannot write nowhere/x.png: there is no folder nowhere"),
    ],
)
def test_what_is_wrong(kind: types.Complaining, word: str, says: str) -> None:
    assert says in complaint(kind, word)


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--json"), ("check", "--plot"), ("explain", "H-PHANTOM", "--json"), ("explain", "H-PHANTOM", "--plot"),
        ("graph", "--plot"), ("graph", "--out"), ("simulate", "cost", "--json"), ("simulate", "cost", "--csv"),
        ("simulate", "cost", "--plot"), ("simulate", "cost", "--record"), ("faults", "--json"), ("coverage", "--json"),
        ("coverage", "--check", "--page"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_done(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """Everywhere, and everywhere alike: in a folder that is missing, a folder itself, where a file is no folder, without
    permission."""
    for done in (
        "checking.search_all", "graphing.search", "simulate._run", "simulate._record", "tables.hunt_all", "coverage.cover",
    ):  # fmt: skip
        monkeypatch.setattr(f"mailrace.{done}", None)
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").touch()
    nowhere, folder, below = tmp_path / "no" / "x.png", tmp_path / "folder.png", tmp_path / "file" / "x.png"
    wrong = {
        nowhere: f"there is no folder {nowhere.parent}", folder: "it is a folder",
        below: f"there is no folder {below.parent}",
    }  # fmt: skip
    for file, says in wrong.items():
        ran = run(*arguments, file)
        assert (ran.code, ran.out, ran.err) == (2, "", f"mailrace: cannot write {file}: {says}\n")
    monkeypatch.setattr(os, "access", lambda file, mode: False)
    file = tmp_path / "x.png"
    ran = run(*arguments, file)
    assert (ran.code, ran.out, ran.err) == (2, "", f"mailrace: cannot write {file}: permission denied\n")
