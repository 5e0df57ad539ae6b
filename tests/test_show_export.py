"""Is a counterexample the same whole as a diagram, as data, and as a test? (`explore.show.export`)"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import Ran
from hypothesis import given, strategies as st
from stories import CURES, NAMED, ROOT, SHORTEST, played, stories, written

from explore.graph.dot import dot_string
from explore.runs.counterexample import Counterexample
from explore.runs.regression import rerun
from explore.runs.token import decode
from explore.show import mermaid
from model.client.belief import NAIVE


# --- diagrams ---------------------------------------------------------------------------------------------------------

_SAFE = r"(?:[A-Za-z0-9 .,:()*\[\]/+=_'\\§-]|#\d+;)*"
_PARTY = r"(?:C\d+|S|Agent)"
_MERMAID = re.compile(
    rf"sequenceDiagram|    (?:title {_SAFE}|participant {_PARTY}|loop for ever|end|"
    rf"Note over {_PARTY}(?:,{_PARTY})?: {_SAFE}|{_PARTY}--?>>{_PARTY}: {_SAFE})"
)
_DOT = re.compile(r'"(?:[^"\\\n]|\\["\\nl])*"|[A-Za-z0-9_.]+|->|[{}\[\];,=\s]')


@stories
def test_mermaid(story: Counterexample) -> None:
    """Every line is one of a few kinds, and nothing in a text means anything to Mermaid."""
    rows = written("mermaid", story).splitlines()
    assert all(_MERMAID.fullmatch(row) for row in rows), next(row for row in rows if not _MERMAID.fullmatch(row))
    texts = [row.partition(": ")[2] for row in rows]
    assert not any(re.search(r"\bend\b", text, re.I) for text in texts)
    assert rows.count("    end") == rows.count("    loop for ever") == bool(story.schedule.loop)
    named = {row.split()[1] for row in rows if row.startswith("    participant ")}
    used = {word for row in rows for word in re.findall(r"^    (?:Note over )?([CSA]\w*)", row) if word != "Note"}
    assert used <= named
    assert sum("->>S: " in row for row in rows) == story.steps


@stories
def test_dot(story: Counterexample) -> None:
    text = written("dot", story)
    place = 0
    while place < len(text):
        match = _DOT.match(text, place)
        assert match is not None, text[place : place + 40]
        place = match.end()
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
    assert (bare.count("{"), bare.count("}")) == (1, 1)
    assert bare.count("[") == bare.count("]")
    nodes, edges = set(re.findall(r"^  (s\d+) \[", text, re.M)), re.findall(r"^  (s\d+) -> (s\d+) \[", text, re.M)
    assert {end for edge in edges for end in edge} == nodes
    assert len(edges) == story.steps
    assert len(nodes) == story.steps + (not story.schedule.loop)


@given(st.text())
def test_nothing_is_left_for_mermaid_to_read(text: str) -> None:
    safe = mermaid.entities(text)
    assert re.fullmatch(_SAFE, safe)
    assert re.sub(r"#(\d+);", lambda found: chr(int(found[1])), safe) == text


@given(st.text())
def test_nothing_is_left_for_dot_to_read(text: str) -> None:
    assert _DOT.fullmatch(dot_string(text))
    assert _DOT.fullmatch(dot_string(text, left=True))


# --- data and tests ---------------------------------------------------------------------------------------------------


@stories
def test_json(story: Counterexample) -> None:
    found = json.loads(written("json", story))
    run, prop = played(story)
    assert found["property"] == story.property
    assert decode(found["token"]).schedule == story.schedule
    assert len(found["steps"]) == story.steps == found["breaks"]["step"]
    assert f"<{story.property}: {found['breaks']['reason']}>" in story.text
    for step in found["steps"]:
        tag = f"{step['tag']} " if step["tag"] else ""
        assert f"\n{step['actor']}: {tag}{step['command']}\n" in story.text
        for response in step["responses"]:
            assert f"\n{response['to'].replace('C', 'S')}: {response['text']}\n" in story.text
        assert set(step["beliefs"]) == {f"C{sid + 1}" for sid in run.involved}
    last = found["steps"][-1]["beliefs"]
    for name, seen in last.items():
        right = not re.search(f"<{name} shows +the truth>", story.text)
        assert right == (not seen["connected"] or seen["mailbox"]["believed"] is None or seen["right"])
        for message in seen["messages"]:
            assert set(message) == {"believed", "real", "agree"}
    assert prop.statement == found["statement"]


def pytest_in(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)],
        cwd=folder, capture_output=True, text=True, check=False, timeout=120, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip


def test_the_tests_fail_as_they_should_and_pass_when_cured(tmp_path: Path) -> None:
    ill, cured = tmp_path / "ill", tmp_path / "cured"
    for folder in (ill, cured):
        folder.mkdir()
    for name, story in SHORTEST.items():
        text = written("pytest", story)
        file = f"test_{name.lower().replace('-', '_')}.py"
        (ill / file).write_text(text, encoding="utf-8")
        assert f"PROFILE = {str(story.profile)!r}\n" in text
        text = text.replace(f"PROFILE = {str(story.profile)!r}\n", f"PROFILE = {CURES[name]!r}\n")
        (cured / file).write_text(text, encoding="utf-8")
    failed, passed = pytest_in(ill), pytest_in(cured)
    assert failed.returncode == 1, failed.stdout
    assert f"{len(CURES)} failed in " in failed.stdout
    assert failed.stdout.count("AssertionError: Title: H-") >= len(CURES)
    assert passed.returncode == 0, passed.stdout
    assert f"{len(CURES)} passed in " in passed.stdout


@stories
def test_a_rerun_is_the_same_run(story: Counterexample) -> None:
    names: dict[str, Any] = {}
    exec(written("pytest", story), names)
    again = rerun(*(names[key] for key in ("PROPERTY", "PROFILE", "MANNER", "SCENARIO", "MOVES", "LOOP")))
    assert again.broken is not None
    assert again.story == story.text


def test_a_rerun_of_what_is_no_property() -> None:
    with pytest.raises(ValueError, match="'H-FROB' is no property"):
        rerun("H-FROB", "default", NAIVE, "C1: NOOP", (("C1", "NOOP", 0),))


BEGINNINGS = [("mermaid", "sequenceDiagram"), ("dot", "digraph"), ("json", "{"), ("pytest", '"""')]


@pytest.mark.parametrize(("form", "begins"), BEGINNINGS)
def test_formats_on_the_command_line(run: Callable[..., Ran], tmp_path: Path, form: str, begins: str) -> None:
    file = tmp_path / "named.txt"
    file.write_text(NAMED, encoding="utf-8")
    ran = run("explain", "H-DEAD-NAME", file, "--format", form)
    assert ran.code == 0
    assert ran.out.startswith(begins)
    assert ran.err.splitlines()[-1].startswith("H-DEAD-NAME breaks if ")
    refused = "never came up: that needs a program with 'retry'"
    for name, says in (("O-UID", "holds"), ("H-STARVATION", refused)):
        nothing = run("explain", name, file, "--format", form)
        assert (nothing.code, nothing.out) == (0, "")
        assert nothing.err.startswith(f"{name} {says} (within ")
