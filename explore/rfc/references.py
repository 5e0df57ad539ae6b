"""What makes each statement of RFC 2180 executable? Gathered from what the code itself says of its sources.

A *reference* is a thing that names its sources: a strategy (`source` and docstrings), a property (`source`), an example
(its title), a study (`source`), a test (its docstring). `RFC 2180 §4.1.3 (b, c)` cites two statements; `RFC 2180 §4.1.3`
cites its first one, which its heading makes, or, in a study, what it remarks, if it does. Tests do not come with the
package: where there is no checkout, there are none.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from explore.properties import ANSWERS, EFFECTS, HAZARDS, HAZARDS_OF_COMMANDS, NUMBERING, PROPERTIES
from explore.rfc.statements import PRACTICE, SECURITY, STATEMENTS, Statement
from explore.runs import transcript_replay
from explore.studies import STUDIES
from strategies import DECISIONS, Strategy

STRATEGY, PROPERTY, EXAMPLE, STUDY, TEST = REFERENCES = ("strategy", "property", "example", "study", "test")
ROOT = Path(__file__).parents[2]
REMARKS = {statement for statement in STATEMENTS if statement.kind in (PRACTICE, SECURITY)}
_ITEM = r"§\d+(?:\.\d+)*(?: \([a-z](?:, [a-z])*\))?"
_CITED = re.compile(rf"RFC 2180 ({_ITEM}(?:(?:,| and| or| to|, and|, or) {_ITEM})*)")


class Citation(NamedTuple):
    """A paragraph of RFC 2180, and the letters of the statements in it that are meant (none: see `Reference.cites`)."""

    paragraph: str
    letters: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"§{self.paragraph}" + (f" ({', '.join(self.letters)})" if self.letters else "")


class Reference(NamedTuple):
    """Something that cites RFC 2180: its kind (one of `REFERENCES`), its name, the file it is in (from the root of the
    repository), and what it cites."""

    kind: str
    name: str
    file: str
    citations: tuple[Citation, ...]

    def cites(self, statement: Statement) -> bool:
        """Whether that statement is meant: by its letter; without letters, the first one of its paragraph, or, if this
        is a study and something is remarked there, that."""
        letters = [citation.letters for citation in self.citations if citation.paragraph == statement.paragraph]
        if any(letters):
            return any(statement.letter in some for some in letters)
        if self.kind == STUDY and any(remark.paragraph == statement.paragraph for remark in REMARKS):
            return bool(letters) and statement in REMARKS
        return bool(letters) and statement.letter == "a"


class CoverageRow(NamedTuple):
    """A statement, and what makes it executable."""

    statement: Statement
    references: tuple[Reference, ...]

    def of(self, kind: str) -> tuple[Reference, ...]:
        """The references of that kind."""
        return tuple(reference for reference in self.references if reference.kind == kind)


class Coverage(NamedTuple):
    """All statements, all references, and whether the tests are among them."""

    rows: tuple[CoverageRow, ...]
    references: tuple[Reference, ...]
    tested: bool

    @property
    def complaints(self) -> tuple[str, ...]:
        """A sentence for each statement without a reference (where the tests are known), and for each citation of a
        paragraph or statement that is not there."""
        bare = [f"{row.statement.id}: nothing makes it executable" for row in self.rows if not row.references]
        return (*(bare if self.tested else ()), *self._strays())

    def _strays(self) -> Iterator[str]:
        known = {(statement.paragraph, statement.letter) for statement in STATEMENTS}
        for reference in self.references:
            for citation in reference.citations:
                if any((citation.paragraph, letter) not in known for letter in citation.letters or "a"):
                    yield f"{reference.kind} {reference.name} ({reference.file}) cites {citation}, which is no statement"

    def below(self, place: str) -> tuple[CoverageRow, ...]:
        """The rows of that paragraph and those below it, or the one with that id; empty if there are none."""
        return tuple(
            row
            for row in self.rows
            if place in (row.statement.id, row.statement.paragraph) or row.statement.paragraph.startswith(f"{place}.")
        )


def citations(text: str) -> tuple[Citation, ...]:
    """What a text cites of RFC 2180, each once, in order: `RFC 2180 §3.2 (b, c), §4.1.1 to §4.1.3 and §5`."""
    cited: dict[Citation, None] = {}
    for listed in _CITED.findall(" ".join(text.split())):
        parts = re.findall(rf"( to )?({_ITEM})", listed)
        last = ""
        for ranging, item in parts:
            paragraph, _, letters = item[1:].partition(" ")
            for between in _between(last, paragraph) if ranging else ():
                cited[Citation(between)] = None
            cited[Citation(paragraph, tuple(re.findall("[a-z]", letters)))] = None
            last = paragraph
    return tuple(cited)


def _between(first: str, last: str) -> list[str]:
    """The paragraphs between `4.1.1` and `4.1.4`, without the two."""
    above, _, start = first.rpartition(".")
    stop = last.rpartition(".")[2]
    return [f"{above}.{number}".lstrip(".") for number in range(int(start) + 1, int(stop))]


# --- who cites ------------------------------------------------------------------------------------------------------


def references(root: Path = ROOT) -> tuple[Reference, ...]:
    """Everything that cites RFC 2180, tests included where `root` is a checkout."""
    return tuple(reference for reference in (*_strategies(), *_properties(), *_examples(), *_studies(), *_tests(root))
                 if reference.citations)  # fmt: skip


def cover(everything: Iterable[Reference] | None = None) -> Coverage:
    """Every statement with those of the references that cite it (by default, of all `references`)."""
    known = references() if everything is None else tuple(everything)
    rows = tuple(
        CoverageRow(statement, tuple(reference for reference in known if reference.cites(statement)))
        for statement in STATEMENTS
    )
    return Coverage(rows, known, any(reference.kind == TEST for reference in known))


def _strategies() -> Iterator[Reference]:
    for choices in DECISIONS.values():
        for strategy in choices:
            said = " ".join((strategy.source, *_docstrings(type(strategy))))
            yield Reference(STRATEGY, strategy.spelling, _file(type(strategy).__module__), citations(said))


def _docstrings(kind: type[Strategy]) -> Iterator[str]:
    """Those of the class and of its methods, inherited ones included."""
    yield kind.__doc__ or ""
    for name, member in inspect.getmembers(kind, inspect.isfunction):
        if not name.startswith("_"):
            yield member.__doc__ or ""


def _properties() -> Iterator[Reference]:
    registers = {
        "numbering": NUMBERING, "effects": EFFECTS, "answers": ANSWERS, "hazards": HAZARDS,
        "hazards_of_commands": HAZARDS_OF_COMMANDS,
    }  # fmt: skip
    files = {prop.id: file for file, register in registers.items() for prop in register.properties}
    for prop in PROPERTIES:
        yield Reference(PROPERTY, prop.id, f"explore/properties/{files[prop.id]}.py", citations(prop.source))


def _examples() -> Iterator[Reference]:
    for name, text in transcript_replay.examples():
        title = transcript_replay.read(text).title
        yield Reference(EXAMPLE, name, f"strategies/examples/{name}.txt", citations(title))


def _studies() -> Iterator[Reference]:
    for study in STUDIES:
        yield Reference(STUDY, study.name, _file(study.replicate.__module__), citations(study.source))


def _file(module: str) -> str:
    return f"{module.replace('.', '/')}.py"


def _tests(root: Path) -> Iterator[Reference]:
    """The tests in the checkout at `root` (none, if it is none), each with what its docstring cites."""
    project = root / "pyproject.toml"
    if not project.is_file() or 'name = "mailrace"' not in project.read_text(encoding="utf-8"):
        return
    for file in sorted((root / "tests").glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                said = ast.get_docstring(node) or ""
                yield Reference(TEST, f"{file.name}::{node.name}", f"tests/{file.name}", citations(said))
