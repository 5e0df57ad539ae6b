"""Can every property fail, and does none of them fail without need?

An obligation must catch its faulty servers and let the right one pass. A hazard must break under a legal profile for
some client, and hold under another.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest
from stages import HALF_DONE, RENAMED

from explore.check.checking import check
from explore.check.fault import Fault
from explore.check.faults import EVERY_MESSAGE, FAULTS, hunt
from explore.properties.catalogue import PROPERTIES
from explore.properties.property import HAZARD, OBLIGATION
from explore.scenario.definition import Scenario
from explore.scenario.notation import builtin, parse
from explore.space.profile_set import Universe
from model import server
from model.client.belief import AWARE, MANNERS, NAIVE, PIPELINING, RECKLESS, REISSUING
from strategies import Profile

BUILTIN = {scenario.name: scenario for scenario in builtin()}
HUNTING_GROUNDS = (*(BUILTIN[name] for name in (
    "3-quiet", "3-recycle", "4-append", "4-expunge", "3-delete", "3-inbox", "4-three", "4-arrivals",
)), EVERY_MESSAGE)  # fmt: skip
"""The quickest first."""


def catching(fault: Fault) -> Scenario | None:
    """The first scenario in which that fault is caught by the obligation that it names."""
    return next((scenario for scenario in HUNTING_GROUNDS if fault.breaks in hunt(fault, (scenario,)).failing), None)


@cache
def accused(profile: str, scenario: Scenario) -> set[str]:
    """The obligations that the right server is said to violate there."""
    return set(hunt(Fault("none", "nothing wrong", "", profile, server.execute), (scenario,)).failing)


# --- obligations ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_caught_by_its_obligation_and_the_right_server_is_not_accused(fault: Fault) -> None:
    scenario = catching(fault)
    assert scenario is not None
    assert accused(fault.profile, scenario) == set()


def test_every_obligation_catches_a_fault() -> None:
    obligations = {prop.id for prop in PROPERTIES if prop.kind == OBLIGATION}
    assert {fault.breaks for fault in FAULTS} == obligations


def test_faults_have_names_of_their_own_and_profiles_that_exist() -> None:
    assert set(Counter(fault.name for fault in FAULTS).values()) == {1}
    for fault in FAULTS:
        assert str(Profile.parse(fault.profile)) == fault.profile
        assert fault.story
        assert fault.execute is not server.execute


def test_a_caught_fault_is_reported_as_a_violation_with_its_counterexample() -> None:
    fault = next(fault for fault in FAULTS if fault.name == "expunge-twice")
    report = hunt(fault, (BUILTIN["4-append"],))
    assert report.violated
    verdict = next(verdict for verdict in report.verdicts() if verdict.property.id == fault.breaks)
    assert verdict.holds is False
    assert verdict.condition == "always"
    assert verdict.counterexample is not None
    assert verdict.counterexample.text.rstrip().splitlines()[-1].startswith(f"<{fault.breaks}: EXPUNGE of ")


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("name", ["3-quiet", "3-inbox", "3-recycle", "4-append", "4-expunge", "5-starve-store"])
def test_the_right_server_passes_every_obligation_under_every_profile(name: str, manner: str) -> None:
    obligations = tuple(prop for prop in PROPERTIES if prop.kind == OBLIGATION)
    report = check((BUILTIN[name],), manners=(manner,), properties=obligations)
    assert report.failing == {}
    assert not report.violated
    assert {verdict.holds for verdict in report.verdicts() if verdict.came_up} == {True}
    assert report.complete


# --- hazards --------------------------------------------------------------------------------------------------------

MARKED_BY_ANOTHER = parse(
    "marked by another",
    """
Mailbox: FOO 1 messages
Selected: FOO by C1 C2
C1: STORE 1 +FLAGS (\\Deleted)
C2: EXPUNGE | CLOSE
""",
)
SHADOWED = {scenario.name: scenario for scenario in (RENAMED, MARKED_BY_ANOTHER, HALF_DONE)}

BREAKS = (
    ("H-PHANTOM", "4-expunge", "fetch=4.1.3", NAIVE, "fetch=4.1.3", AWARE),
    ("H-PHANTOM", "4-expunge", "fetch=4.1.3", NAIVE, "fetch=4.1.3", REISSUING),
    ("H-PHANTOM", "4-expunge", "fetch=4.1.3", NAIVE, "fetch=4.1.2", NAIVE),
    ("H-PHANTOM", "4-expunge", "fetch=4.1.3", NAIVE, "fetch=4.1.3,expunge=4.1.4", NAIVE),
    ("H-GONE-BUT-READABLE", "3-delete", "delete=3.2", NAIVE, "delete=3.1", NAIVE),
    ("H-GONE-BUT-READABLE", "3-delete", "delete=3.2", AWARE, "delete=3.3", AWARE),
    ("H-GONE-BUT-READABLE", "4-expunge", "fetch=4.1.1", NAIVE, "fetch=4.1.2", NAIVE),
    ("H-GONE-BUT-READABLE", "4-expunge", "fetch=4.1.2,copy=4.4.2", NAIVE, "fetch=4.1.3,copy=4.4.1", NAIVE),
    ("H-LOST-UPDATE", "3-delete", "delete=3.2", NAIVE, "delete=3.1", NAIVE),
    ("H-LOST-UPDATE", "3-delete", "delete=3.2", AWARE, "delete=3.3", AWARE),
    ("H-SILENT-LOSS", "4-expunge", "default", NAIVE, "expunge=4.1.4", NAIVE),
    ("H-SILENT-LOSS", "marked by another", "expunge=4.1.4", NAIVE, "default", NAIVE),
    ("H-WRONG-MAILBOX", "renamed", "rename=3.4", NAIVE, "rename=3.1", NAIVE),
    ("H-WRONG-MAILBOX", "renamed", "rename=3.4-newname", AWARE, "rename=3.3", AWARE),
    ("H-DEAD-NAME", "renamed", "rename=3.4", NAIVE, "rename=3.1", NAIVE),
    ("H-DEAD-NAME", "renamed", "rename=3.4-newname", AWARE, "rename=3.3", AWARE),
    ("H-THROWN-OUT", "3-quiet", "delete=3.3", NAIVE, "delete=3.2", NAIVE),
    ("H-THROWN-OUT", "3-quiet", "rename=3.3,disconnect=late", AWARE, "rename=3.4,disconnect=late", AWARE),
    ("H-STARVATION", "5-starve-delete", "delete=3.1,rename=3.3", NAIVE, "delete=3.3,rename=3.3", NAIVE),
    ("H-STARVATION", "5-starve-delete", "delete=3.2,rename=3.1", AWARE, "delete=3.2,rename=3.4", AWARE),
    ("H-STARVATION", "5-starve-expunge", "expunge=4.1.4", NAIVE, "expunge=allow", NAIVE),
    ("H-STARVATION", "5-starve-store", "store=4.2.3", NAIVE, "store=4.2.3", AWARE),
    ("H-STARVATION", "5-starve-store", "store=4.2.4", NAIVE, "store=4.2.4", REISSUING),
    ("H-ALL-OR-NOTHING", "4-expunge", "store=4.2.4,copy=4.4.2", NAIVE, "store=4.2.3,copy=4.4.2", NAIVE),
    ("H-ALL-OR-NOTHING", "4-expunge", "copy=4.4.1", AWARE, "copy=4.4.2", AWARE),
    ("H-ALL-OR-NOTHING", "4-expunge", "copy=4.4.1", NAIVE, "copy=4.4.1,store=4.2.4,expunge=4.1.4", NAIVE),
    ("H-COLLATERAL", "marked by another", "default", NAIVE, "expunge=4.1.4", NAIVE),
    ("H-COLLATERAL", "4-append", "default", AWARE, "expunge=4.1.4", AWARE),
    ("H-MISSED", "4-expunge", "search=4.3", NAIVE, "search=ghosts", NAIVE),
    ("H-MISSED", "4-expunge", "search=4.3", AWARE, "search=4.3,expunge=4.1.4", AWARE),
    ("H-CONVERGENCE", "3-quiet", "delete=3.2", NAIVE, "delete=3.1", NAIVE),
    ("H-CONVERGENCE", "3-quiet", "rename=3.4", AWARE, "rename=3.3", AWARE),
    ("H-DOUBLE", "half done", "store=4.2.3", REISSUING, "store=4.2.3", AWARE),
    ("H-DOUBLE", "half done", "store=4.2.3", REISSUING, "store=4.2.4", REISSUING),
    ("H-DOUBLE", "half done", "store=4.2.3", REISSUING, "store=4.2.3", NAIVE),
    ("H-INBOX-VANISHES", "3-inbox", "rename=3.4", NAIVE, "rename=3.1", NAIVE),
    ("H-INBOX-VANISHES", "3-inbox", "rename=3.4-newname", AWARE, "rename=3.3", AWARE),
    ("H-WRONG-MESSAGE", "5-pipelining", "default", RECKLESS, "default", PIPELINING),
    ("H-WRONG-MESSAGE", "5-pipelining", "default", RECKLESS, "expunge=4.1.4", RECKLESS),
    ("H-WRONG-MESSAGE", "4-append", "default", RECKLESS, "default", AWARE),
)
"""Hazard, scenario; profile and client for which it breaks there; profile and client for which it does not."""


def breaks(hazard: str, scenario: Scenario, profile: str, manner: str) -> bool:
    """Whether that hazard breaks there."""
    props = tuple(prop for prop in PROPERTIES if prop.id == hazard)
    report = check((scenario,), Universe.of(Profile.parse(profile)), (manner,), props)
    (verdict,) = report.verdicts()
    assert verdict.holds is not None or not verdict.came_up
    return verdict.holds is False


@pytest.mark.parametrize(
    ("hazard", "name", "profile", "manner", "cure", "cured"), BREAKS, ids=[f"{row[0]}:{'/'.join(row[1:])}" for row in BREAKS]
)
def test_a_hazard_breaks_under_one_legal_server_and_holds_under_another(
    hazard: str, name: str, profile: str, manner: str, cure: str, cured: str
) -> None:
    scenario = (BUILTIN | SHADOWED)[name]
    assert breaks(hazard, scenario, profile, manner)
    assert not breaks(hazard, scenario, cure, cured)


def test_every_hazard_is_shown_to_break_and_to_hold() -> None:
    assert {row[0] for row in BREAKS} == {prop.id for prop in PROPERTIES if prop.kind == HAZARD}


# --- hazards that must not be cried ---------------------------------------------------------------------------------

CALM = (
    pytest.param(
        "H-COLLATERAL",
        "Mailbox: FOO 1 messages\nSelected: FOO by C1 C2\n"
        "C1: STORE 1 +FLAGS (\\Deleted)\nC1: EXPUNGE\nC2: STORE 1 +FLAGS (\\Deleted)",
        id="marked by both",
    ),
    pytest.param(
        "H-COLLATERAL",
        'Mailbox: FOO\nSelected: FOO by C1\nC1: APPEND FOO (\\Deleted) "x"\nC1: EXPUNGE',
        id="appended with the mark",
    ),
    pytest.param(
        "H-COLLATERAL",
        "Mailbox: FOO 1 messages, 1 \\Deleted\nSelected: FOO by C1 C2\nC1: EXPUNGE\nC2: EXPUNGE",
        id="marked from the start",
    ),
    pytest.param("H-THROWN-OUT", "C1: LOGOUT", id="logout"),
    pytest.param("H-THROWN-OUT", "Selected: INBOX by C2\nC1: LOGOUT\nC2: LOGOUT\nC2: NOOP", id="logout of two"),
    pytest.param(
        "H-PHANTOM",
        "Mailbox: FOO 1 messages, 1 empty\nSelected: FOO by C1\nC1: FETCH 1 BODY[]",
        id="truly empty",
    ),
    pytest.param(
        "H-INBOX-VANISHES", "Mailbox: INBOX 1 messages\nSelected: INBOX by C1\nC1: RENAME INBOX OLD", id="by myself"
    ),
    pytest.param("H-INBOX-VANISHES", "Selected: INBOX by C2\nC1: RENAME INBOX OLD", id="an empty INBOX"),
    pytest.param(
        "H-DEAD-NAME",
        "Mailbox: FOO\nSelected: FOO by C1\nC1: RENAME FOO BAR\nC1: STATUS BAR (MESSAGES)",
        id="renamed by myself",
    ),
    pytest.param("H-MISSED", "Mailbox: FOO 1 messages\nSelected: FOO by C1\nC1: SEARCH DELETED", id="does not match"),
    pytest.param(
        "H-CONVERGENCE",
        "Mailbox: FOO 1 messages\nSelected: FOO by C2\nC1: DELETE FOO\nC2: CLOSE",
        id="open nowhere at the end",
    ),
    pytest.param(
        "H-GONE-BUT-READABLE",
        "Mailbox: FOO 1 messages, 1 \\Deleted\nSelected: FOO by C1 C2\nC1: FETCH 1 BODY[]\nC2: FETCH 1 BODY[]",
        id="marked and not expunged",
    ),
    pytest.param("H-LOST-UPDATE", 'C1: APPEND INBOX "x"\nC1: STATUS INBOX (MESSAGES)', id="there to stay"),
)


@pytest.mark.parametrize(("hazard", "text"), CALM)
def test_no_hazard_is_cried_where_there_is_none(hazard: str, text: str) -> None:
    props = tuple(prop for prop in PROPERTIES if prop.id == hazard)
    assert check((parse("calm", text),), properties=props).failing == {}


def test_a_flag_that_is_set_twice_is_noticed_whatever_else_was_set_between() -> None:
    text = """
Mailbox: FOO 2 messages, 1 \\Deleted
Selected: FOO by C1 C2
C1: EXPUNGE
C1: STORE 1 FLAGS (\\Flagged)
C2: STORE 1:2 +FLAGS (\\Seen)
"""
    assert breaks("H-DOUBLE", parse("twice", text), "store=4.2.3", REISSUING)
