"""Is every statement of RFC 2180 made executable, does every citation lead somewhere, and does docs/rfc2180.md say so?"""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from pathlib import Path


import pytest
from rich.console import Console

import mailrace
from explore.check.checking import check
from explore.check.report import Report
from explore.generated import cross_check
from explore.generated.cross_check import AGREES, CUT, ENDLESS, UNTESTED, Agreement, compare
from explore.properties.catalogue import PROPERTIES
from explore.properties.property import Scope
from explore.rfc import references as gathering
from explore.rfc.page import COMMAND, Finding, as_json, bound, findings, show_coverage, written_page
from explore.rfc.references import (
    EXAMPLE, PROPERTY, ROOT, STRATEGY, STUDY, TEST, Citation, Coverage, Reference, citations, cover, references,
)  # fmt: skip
from explore.rfc.statements import (
    DUTY, EXPLAINS, KINDS, MAY, MUST, PARAGRAPHS, PRACTICE, SECURITY, SHOULD, STATEMENTS, Statement,
)  # fmt: skip
from explore.scenario.notation import parse
from explore.space.profile_set import Universe
from model.client.belief import MANNERS
from stages import EXPUNGED
from strategies import Profile

BY_ID = {prop.id: prop for prop in PROPERTIES}
COVERED = cover()
PAGE = ROOT / "docs" / "rfc2180.md"
ROWS = {row.statement.id: row for row in COVERED.rows}
QUIET = parse("quiet", "Mailbox: FOO 1 messages\nSelected: FOO by C1\nC1: NOOP")


def a_test(cited: str, name: str = "test_x") -> Reference:
    """A test that cites that."""
    return Reference(TEST, name, "tests/test_x.py", citations(cited))


def agreeing(name: str) -> Agreement:
    """What drawn runs should say of that property."""
    endless = BY_ID[name].scopes == {Scope.LOOP}
    return Agreement(None, ENDLESS) if endless else Agreement(True, AGREES)


def shown(rows: Coverage, found: dict[str, Finding], whole: bool = False, width: int = 100) -> str:
    """Those rows as they are printed."""
    console = Console(width=width, file=io.StringIO(), highlight=False)
    show_coverage(rows, rows.rows, found, whole, console)
    output: str = console.file.getvalue()  # type: ignore[attr-defined]
    return output


# --- the statements -------------------------------------------------------------------------------------------------


def test_every_paragraph_of_rfc_2180_has_statements_lettered_from_a() -> None:
    paragraphs = "3 3.1 3.2 3.3 3.4 4 4.1 4.1.1 4.1.2 4.1.3 4.1.4 4.2 4.2.1 4.2.2 4.2.3 4.2.4 4.3 4.4 4.4.1 4.4.2 5"
    assert list(PARAGRAPHS) == ["2", *paragraphs.split()]
    expected = [f"{paragraph}-{letter}" for paragraph in PARAGRAPHS for letter in letters(paragraph)]
    assert [statement.id for statement in STATEMENTS] == expected


def letters(paragraph: str) -> str:
    count = sum(statement.paragraph == paragraph for statement in STATEMENTS)
    assert count
    return "abcdefghij"[:count]


def test_there_is_a_statement_for_every_keyword() -> None:
    """So often do MAY, SHOULD and MUST stand in the paragraphs from §3 on; of nine SHOULDs six are the client's."""
    kinds = Counter(statement.kind for statement in STATEMENTS)
    assert set(kinds) == set(KINDS)
    assert (kinds[MAY], kinds[SHOULD], kinds[MUST]) == (14, 3, 4)
    assert sum(" should " in statement.text for statement in STATEMENTS if statement.kind == DUTY) == 6
    remarks = {kind: [one.id for one in STATEMENTS if one.kind == kind] for kind in (PRACTICE, SECURITY)}
    assert remarks[PRACTICE] == ["3.1-b", "3.2-g", "4.1.4-b", "4.2.4-d"]
    assert remarks[SECURITY] == ["3.2-f", "4.1.1-b", "5-b", "5-c"]


def test_no_two_statements_are_alike_but_where_the_rfc_repeats_itself() -> None:
    said = Counter((statement.kind, statement.text) for statement in STATEMENTS)
    again = {text for (_, text), count in said.items() if count > 1}
    assert {statement.id for statement in STATEMENTS if statement.text in again} == {
        "4.2.3-b", "4.2.4-b", "4.4.1-b", "4.4.2-b",
    }  # fmt: skip
    assert all(statement.text.endswith((".", ").")) for statement in STATEMENTS)


# --- what makes them executable -------------------------------------------------------------------------------------


def test_every_statement_is_made_executable_and_every_citation_leads_somewhere() -> None:
    assert COVERED.tested
    assert not COVERED.complaints


@pytest.mark.parametrize("kind", [MAY, SHOULD, MUST])
def test_what_a_server_may_should_and_must_do_is_done_and_tried(kind: str) -> None:
    for row in COVERED.rows:
        if row.statement.kind == kind:
            assert row.of(STRATEGY) or row.of(PROPERTY), row.statement.id
            assert row.of(TEST), row.statement.id


@pytest.mark.parametrize("kind", [DUTY, SECURITY, PRACTICE])
def test_what_clients_owe_and_what_is_remarked_has_a_test(kind: str) -> None:
    for row in COVERED.rows:
        if row.statement.kind == kind:
            assert row.of(TEST), row.statement.id


def test_every_example_and_every_strategy_of_rfc_2180_counts_for_something() -> None:
    used = {(reference.kind, reference.name) for row in COVERED.rows for reference in row.references}
    assert {name for kind, name in used if kind == EXAMPLE} == {
        file.stem for file in (ROOT / "strategies" / "examples").glob("*.txt")
    }
    decisions = {name.partition("=")[0] for kind, name in used if kind == STRATEGY}
    assert decisions == {"delete", "rename", "expunge", "fetch", "store", "search", "copy", "beyond"}


@pytest.mark.parametrize("statement", STATEMENTS, ids=[statement.id for statement in STATEMENTS])
def test_a_statement_that_nothing_cites_is_complained_of(statement: Statement) -> None:
    left = [reference for reference in COVERED.references if not reference.cites(statement)]
    assert f"{statement.id}: nothing makes it executable" in cover([*left, a_test("RFC 2180 §2")]).complaints or (
        statement.id == "2-a"
    )


@pytest.mark.parametrize(
    ("cited", "says"),
    [
        ("RFC 2180 §4.5", "test test_x (tests/test_x.py) cites §4.5, which is no statement"),
        ("RFC 2180 §3.2 (a, z)", "test test_x (tests/test_x.py) cites §3.2 (a, z), which is no statement"),
        ("RFC 2180 §1", "test test_x (tests/test_x.py) cites §1, which is no statement"),
        ("RFC 2180 §4.1.3, §6", "test test_x (tests/test_x.py) cites §6, which is no statement"),
        ("RFC 2180 §4.1.1 to §4.1.5", "test test_x (tests/test_x.py) cites §4.1.5, which is no statement"),
    ],
)
def test_a_citation_of_nothing_is_complained_of(cited: str, says: str) -> None:
    assert cover([*COVERED.references, a_test(cited)]).complaints == (says,)


def test_every_remark_has_a_study() -> None:
    for row in COVERED.rows:
        if row.statement.kind in (PRACTICE, SECURITY):
            assert row.of(STUDY), row.statement.id


def test_nobody_complains_of_what_only_tests_cite_where_there_are_none() -> None:
    installed = cover(reference for reference in COVERED.references if reference.kind != TEST)
    assert any(not row.references for row in installed.rows)
    assert not installed.tested
    assert not installed.complaints
    assert "The tests are in the repository" in shown(installed, {})


# --- citations ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("RFC 2180 §3.1", ["§3.1"]),
        ("as RFC 2180\n    §3.1 has it", ["§3.1"]),
        ("RFC 2180 §4.1.4's NO", ["§4.1.4"]),
        ("RFC 3501 §6.4.6, RFC 2180 §4.2.1 (a, b), §4.2.3.", ["§4.2.1 (a, b)", "§4.2.3"]),
        ("RFC 2180 §4.1.1 to §4.1.4", ["§4.1.1", "§4.1.2", "§4.1.3", "§4.1.4"]),
        ("RFC 2180 §3 to §5 (b)", ["§3", "§4", "§5 (b)"]),
        ("RFC 2180 §4.2.3 or §4.2.4, and §5", ["§4.2.3", "§4.2.4", "§5"]),
        ("RFC 2180 §4.3, RFC 3501 §6.4.4", ["§4.3"]),
        ("RFC 2180 §4.3 (not taking the MAY)", ["§4.3"]),
        ("RFC 2180 §3.4: see RFC 2180 §3.4, §3.4 (e)", ["§3.4", "§3.4 (e)"]),
        ("RFC 2180's examples; §4.1.3; RFC 2060 §6; RFC 21801 §1", []),
    ],
)
def test_citations_are_read(text: str, cited: list[str]) -> None:
    assert [str(citation) for citation in citations(text)] == cited


@pytest.mark.parametrize(
    ("kind", "cited", "ids"),
    [
        (TEST, "RFC 2180 §3.2", ["3.2-a"]),
        (TEST, "RFC 2180 §3.2 (b, h)", ["3.2-b", "3.2-h"]),
        (STRATEGY, "RFC 2180 §3.2 RFC 2180 §3.2 (b)", ["3.2-b"]),
        (STUDY, "RFC 2180 §3.2, §4.1.1, §5", ["3.2-f", "3.2-g", "4.1.1-b", "5-b", "5-c"]),
        (STUDY, "RFC 2180 §3.2 (g)", ["3.2-g"]),
        (STUDY, "RFC 2180 §4, §4.3 (b)", ["4-a", "4.3-b"]),
        (PROPERTY, "RFC 2180 §4, §3.1 (b)", ["3.1-b", "4-a"]),
        (EXAMPLE, "RFC 3501 §3.2", []),
    ],
)
def test_what_a_citation_means(kind: str, cited: str, ids: list[str]) -> None:
    reference = Reference(kind, "x", "x.py", citations(cited))
    assert [statement.id for statement in STATEMENTS if reference.cites(statement)] == ids


def test_where_citations_are_gathered() -> None:
    known = {(reference.kind, reference.name): reference for reference in references()}
    assert known[STRATEGY, "store=4.2.4"].citations == citations("RFC 2180 §4.2.4, §4.2.2, §4.2.1 (a, b)")
    assert known[STRATEGY, "delete=3.1"].file == "strategies/delete.py"
    assert known[PROPERTY, "O-COPY-TELLS"].citations == citations("RFC 2180 §4.4.1 (b), §4.4.2 (b)")
    assert known[PROPERTY, "H-STARVATION"].file == "explore/properties/hazards.py"
    assert known[STUDY, "ghosts"].file == "explore/studies/ghosts.py"
    assert known[EXAMPLE, "4.1.3-nil"].citations == (Citation("4.1.3"),)
    assert known[TEST, "test_server_mailboxes.py::test_delete_3_2_example"].file == "tests/test_server_mailboxes.py"
    assert (STRATEGY, "tell=lazy") not in known
    properties = {name for kind, name in known if kind == PROPERTY}
    assert properties == {prop.id for prop in PROPERTIES if citations(prop.source)}
    assert all((ROOT / reference.file).is_file() for reference in known.values())


TESTS = '''
"""RFC 2180 §3: of the whole file, which is not counted."""
def test_one():
    """RFC 2180 §3.1."""
def test_other():
    """RFC 3501 §3.1."""
def helper():
    """RFC 2180 §3.2."""
class TestMore:
    def test_within(self):
        """More of it.

        RFC 2180 §3.3 (b)."""
'''


@pytest.mark.parametrize(
    ("project", "expected"),
    [('name = "mailrace"', {"test_it.py::test_one": "§3.1", "test_it.py::test_within": "§3.3 (b)"}),
     ('name = "another"', {}), (None, {})],
)  # fmt: skip
def test_tests_are_those_of_a_checkout(tmp_path: Path, project: str | None, expected: dict[str, str]) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text(TESTS, encoding="utf-8")
    if project is not None:
        (tmp_path / "pyproject.toml").write_text(f"[project]\n{project}\n", encoding="utf-8")
    found = [reference for reference in references(tmp_path) if reference.kind == TEST]
    assert {reference.name: str(reference.citations[0]) for reference in found} == expected


# --- drawn runs -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small() -> Report:
    """The report on a small scenario: FETCH, STORE, SEARCH and COPY of an expunged message."""
    return check((EXPUNGED,))


def test_drawn_runs_find_what_the_search_finds(small: Report) -> None:
    names = ("H-PHANTOM", "O-TOLD", "H-STARVATION", "H-ALL-OR-NOTHING", "H-GONE-BUT-READABLE")
    report = Report(small.universe, small.manners, rows=small.rows, arisen=small.arisen)
    report.failing = {**small.failing, "H-STARVATION": {"naive": 1}}
    report.counterexamples = {**small.counterexamples, "H-STARVATION": small.counterexamples["H-PHANTOM"]}
    told: list[str] = []
    found = compare(report, [BY_ID[name] for name in names], runs=40, progress=told.append)
    assert list(found) == list(names)
    assert [found[name].agrees for name in names] == [True, True, None, True, True]
    assert found["H-STARVATION"].words == ENDLESS
    assert told == ["O-TOLD", "H-PHANTOM", "H-STARVATION", "H-ALL-OR-NOTHING", "H-GONE-BUT-READABLE"]


def test_a_profile_for_which_the_scenario_is_too_small_is_found(small: Report) -> None:
    """CLOSE, which removes nothing where EXPUNGE is refused, is not in it."""
    assert small.verdict(BY_ID["H-SILENT-LOSS"]).condition == "expunge=allow and search=4.3"
    (found,) = compare(small, [BY_ID["H-SILENT-LOSS"]]).values()
    assert found.agrees is False


def test_a_hazard_that_a_scenario_leaves_out_is_found() -> None:
    """A report says that it holds, though nobody does anything by which it could break."""
    names = ("O-TOLD", "H-THROWN-OUT", "H-SILENT-LOSS", "H-STARVATION")
    report = check((QUIET,))
    untested = compare(report, [BY_ID[name] for name in names[1:]])
    assert set(untested.values()) == {Agreement(None, UNTESTED)}
    report.arisen |= set(names)
    found = compare(report, [BY_ID[name] for name in names])
    assert found["O-TOLD"] == Agreement(True, AGREES)
    assert found["H-STARVATION"] == Agreement(None, ENDLESS)
    for name in ("H-THROWN-OUT", "H-SILENT-LOSS"):
        assert found[name].agrees is False
        assert found[name].words.startswith("a drawn run breaks it under ")
        run = found[name].run
        assert run is not None
        assert name in run.violations


@pytest.mark.parametrize("failing", [{}, {"naive": 0, "aware": -1, "reissuing": -1}])
def test_a_profile_that_is_wrongly_called_safe_is_found(small: Report, failing: dict[str, int]) -> None:
    """The search is said to have found nothing for naive clients."""
    shortest = small.counterexamples["H-PHANTOM"]
    assert shortest.manner == "naive"
    report = Report(small.universe, small.manners, rows=small.rows, counterexamples=small.counterexamples)
    report.failing["H-PHANTOM"] = {"aware": 1} | {manner: mask & small.universe.all for manner, mask in failing.items()}
    (found,) = compare(report, [BY_ID["H-PHANTOM"]]).values()
    assert found.agrees is False
    assert found.words == f"a drawn run breaks it under {shortest.profile} too, with naive clients"
    assert found.run is not None
    assert (str(found.run.profile), found.run.manner) == (str(shortest.profile), "naive")


def test_what_drawn_runs_do_not_break_is_found(small: Report) -> None:
    shortest = small.counterexamples["H-PHANTOM"]
    elsewhere = shortest._replace(
        scenario="quiet", run=shortest.run._replace(schedule=shortest.schedule._replace(scenario=QUIET))
    )
    report = Report(small.universe, small.manners, rows=small.rows, failing=small.failing)
    report.counterexamples["H-PHANTOM"] = elsewhere
    (found,) = compare(report, [BY_ID["H-PHANTOM"]]).values()
    assert found.agrees is False
    assert found.words == f"no drawn run of quiet breaks it under {shortest.profile}"


def test_a_search_that_was_cut_is_not_compared() -> None:
    report = check((EXPUNGED,), Universe.of(Profile.parse("fetch=4.1.3,tell=lazy")), MANNERS, most_states=3)
    found = compare(report, [BY_ID["H-PHANTOM"], BY_ID["O-TOLD"]])
    assert {one.words for one in found.values()} == {CUT}


# --- the page -------------------------------------------------------------------------------------------------------


def test_the_page_is_up_to_date(full_report: Report) -> None:
    """Strategies, properties, examples, studies, tests, and the verdicts; drawn runs agree about all that they can
    tell. Where this fails, run the command that the page names."""
    named = {reference.name for row in COVERED.rows for reference in row.of(PROPERTY)}
    found = findings(full_report, {name: agreeing(name) for name in named})
    assert set(found) == named
    assert PAGE.read_text(encoding="utf-8") == written_page(COVERED, found, bound(full_report)), f"run {COMMAND}"


def test_a_page_that_is_not_up_to_date_differs() -> None:
    found = {reference.name: Finding(True, "holds", Agreement(True, AGREES)) for reference in COVERED.references}
    now = written_page(COVERED, found, "one scenario")
    one_less = cover(reference for reference in COVERED.references if not reference.name.endswith("test_delete_3_2_example"))
    assert written_page(one_less, found, "one scenario") != now
    assert written_page(cover([*COVERED.references, a_test("RFC 2180 §3.4 (d)")]), found, "one scenario") != now
    broken = Finding(False, "breaks if fetch=4.1.3", Agreement(True, AGREES))
    assert written_page(COVERED, found | {"H-PHANTOM": broken}, "one scenario") != now
    differing = Finding(True, "holds", Agreement(False, "a drawn run breaks it under default"))
    assert written_page(COVERED, found | {"O-TOLD": differing}, "one scenario") != now


def test_every_link_of_the_page_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)]*)\)", PAGE.read_text(encoding="utf-8"))
    assert len(links) > 200
    assert all((PAGE.parent / link).is_file() for link in links)


def test_every_row_of_the_page_is_a_row_of_a_table() -> None:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| **")]
    assert len(lines) == len(STATEMENTS)
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {4}


# --- in a terminal --------------------------------------------------------------------------------------------------


def test_it_can_be_read_at_a_hundred_columns() -> None:
    finding = Finding(False, "breaks if rename=3.4|3.4-newname and client=naive", Agreement(False, "a drawn run differs"))
    output = shown(COVERED, {reference.name: finding for reference in COVERED.references}, whole=True)
    assert max(map(len, output.splitlines())) <= 100
    for row in COVERED.rows:
        assert f"\n{row.statement.id} " in output
    joined = re.sub(r"\s+", "", output)
    for reference in COVERED.references:
        assert reference.name in joined
    for statement in STATEMENTS:
        assert all(word in joined for word in statement.text.split())


def test_many_tests_are_counted_and_shown_where_one_asks() -> None:
    assert len(ROWS["4.1.1-a"].of(TEST)) > 2
    many = cover([*COVERED.references, *(a_test("RFC 2180 §3.1", f"test_{number}") for number in range(9))])
    assert re.search(r"and (\d+) more: mailrace coverage 3\.1-a", shown(many, {}))
    assert "test_8" not in shown(many, {})
    assert "test_8" in shown(many, {}, whole=True)


def test_complaints_are_shown() -> None:
    assert "✗ test test_x (tests/test_x.py) cites §9" in shown(cover([*COVERED.references, a_test("RFC 2180 §9")]), {})


# --- mailrace coverage ----------------------------------------------------------------------------------------------


def run(*arguments: str | Path) -> int:
    """The exit code of `mailrace coverage` with those arguments."""
    with pytest.raises(SystemExit) as ended:
        mailrace.main(["coverage", *map(str, arguments)])
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture
def no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("searched without being asked")

    monkeypatch.setattr("mailrace.coverage.check", refuse)
    monkeypatch.setattr("mailrace.coverage.compare", refuse)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailrace.coverage.builtin", lambda: (EXPUNGED,))


@pytest.mark.usefixtures("no_search")
def test_all_of_it_without_a_search(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    output = capsys.readouterr().out
    assert [line.split()[0] for line in output.splitlines() if re.match(r"\d\S*-[a-z] ", line)] == list(ROWS)
    assert f"{len(STATEMENTS)} statements (14 server may, 3 server should, 4 server must, " in output


@pytest.mark.usefixtures("no_search")
@pytest.mark.parametrize(
    ("place", "ids"),
    [
        ("4.1", [name for name in ROWS if name.startswith("4.1")]),
        ("§4.1.4", ["4.1.4-a", "4.1.4-b"]),
        ("4.1.3-g", ["4.1.3-g"]),
        ("3", [name for name in ROWS if name.startswith("3")]),
    ],
)
def test_a_paragraph_and_below(place: str, ids: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(place) == 0
    output = capsys.readouterr().out
    assert [line.split()[0] for line in output.splitlines() if re.match(r"\d\S*-[a-z] ", line)] == ids


@pytest.mark.usefixtures("no_search")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["9.9"], "'9.9' is no paragraph of RFC 2180 with statements; those are 2, 3, 3.1, 3.2"),
        (["4.1."], "'4.1.' is no paragraph"),
        (["3.2-z"], "'3.2-z' is no paragraph"),
        ([""], "'' is no paragraph"),
        (["--page", "page.md"], "--page writes a page about everything, with verdicts: it needs --check"),
        (["3", "--check", "--page", "page.md"], "--page writes a page about everything, with verdicts"),
        (["3.1-a", "--json", "missing/file.json"], "cannot write missing"),
    ],
)
def test_wrong_input_is_one_line(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == 2
    complaint = capsys.readouterr().err
    assert complaint.startswith(f"mailrace: {says}")
    assert complaint.count("\n") == 1


@pytest.mark.usefixtures("no_search")
def test_without_the_tests_there_is_no_page(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(gathering, "_tests", lambda root: iter(()))
    assert run("--check", "--page", "page.md") == 2
    assert "a checkout" in capsys.readouterr().err
    assert run() == 0
    assert "The tests are in the repository" in capsys.readouterr().out


@pytest.mark.usefixtures("no_search")
def test_a_complaint_is_exit_code_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(gathering, "_tests", lambda root: iter((a_test("RFC 2180 §7"),)))
    assert run("3.1") == 1
    output = capsys.readouterr().out
    assert "✗ test test_x (tests/test_x.py) cites §7, which is no statement" in output
    assert "✗ 2-b: nothing makes it executable" in output


@pytest.mark.usefixtures("quick")
def test_verdicts_in_the_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "coverage.json"
    assert run("4.1.3", "--check", "--json", file) == 0
    output = capsys.readouterr().out
    assert "H-PHANTOM ✗ breaks if expunge=allow and fetch=4.1.3 and client=naive; drawn runs agree" in output
    assert "H-STARVATION" not in output
    assert "O-IMMUTABLE ✓ holds; drawn runs agree" in output
    plain = json.loads(file.read_text(encoding="utf-8"))
    assert plain["complaints"] == []
    row = next(row for row in plain["statements"] if row["id"] == "4.1.3-f")
    assert (row["paragraph"], row["kind"], row["properties"]) == ("4.1.3", EXPLAINS, ["H-PHANTOM"])
    assert row["verdicts"]["H-PHANTOM"] == {
        "holds": False,
        "verdict": "breaks if expunge=allow and fetch=4.1.3 and client=naive",
        "drawn_agree": True,
        "drawn": AGREES,
    }


@pytest.mark.usefixtures("quick")
def test_drawn_runs_that_differ_are_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cross_check, "_search", lambda *_, **__: None)
    assert run("4.1.3-f", "--check") == 1
    assert "no drawn run of expunged breaks it under" in " ".join(capsys.readouterr().out.split())


def test_nothing_is_searched_where_no_property_is_asked_about(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("3-b", "--check") == 0
    assert "3-b " in capsys.readouterr().out


@pytest.mark.usefixtures("quick")
def test_the_page_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "mailrace.coverage.compare", lambda report, asked, progress: {prop.id: agreeing(prop.id) for prop in asked}
    )
    file = tmp_path / "page.md"
    assert run("--check", "--page", file) == 0
    text = file.read_text(encoding="utf-8")
    assert "1 scenarios of up to 2 clients, 3 messages, " in text
    assert "§4.1.3 FETCH: answer NIL, and OK" in text
    assert run("--check", "--page", tmp_path / "missing" / "page.md") == 2
    assert "cannot write" in capsys.readouterr().err


def test_plain_data_has_every_row() -> None:
    plain = as_json(COVERED, COVERED.rows, {})
    assert [row["id"] for row in plain["statements"]] == list(ROWS)
    assert all(row["verdicts"] == {} for row in plain["statements"])
    assert {row["kind"] for row in plain["statements"]} == set(KINDS)
