"""What mailrace says, writes down and draws of things of one's own, which have no name; and the bounds of what it says.

Each of these inputs once gave something that was not so.
"""

from __future__ import annotations

import pytest
from command_line import Run

from explore.check.checking import check
from explore.check.pipelining import judge
from explore.figures.sequence import sequence_diagram
from explore.properties.catalogue import PROPERTIES
from explore.properties.property import HAZARD, Register
from explore.runs.token import TokenError, encode
from explore.scenario.custom_client import OwnClientError, own
from explore.scenario.notation import builtin, parse
from explore.scenario.placing import against
from explore.show import notebook
from explore.show.export import FORMATS
from explore.space.profile_set import Universe
from strategies import Profile

BY_ID = {prop.id: prop for prop in PROPERTIES}


def test_what_a_command_asks_is_what_was_asked() -> None:
    """The commands left the scenarios out, and the bound on depth."""
    (quiet,) = (scenario for scenario in builtin() if scenario.name == "3-quiet")
    whole = check(quiet, properties=(BY_ID["H-CONVERGENCE"],))
    words = next(iter(whole.commands(whole.verdicts()[0])))
    assert words.startswith("mailrace explain H-CONVERGENCE")
    assert words.endswith(" 3-quiet")
    short = check(quiet, properties=(BY_ID["H-CONVERGENCE"],), most_depth=3)
    assert all(words.endswith(" 3-quiet --depth 3") for words in short.commands(short.verdicts()[0]))
    mine = check(quiet, properties=(BY_ID["H-CONVERGENCE"]._replace(id="MINE"),))
    assert mine.verdicts()[0].holds is False
    assert mine.commands(mine.verdicts()[0]) == {}


def test_a_property_of_ones_own_is_drawn_and_has_no_token() -> None:
    """The picture ended in a StopIteration, and the token was one that is refused."""
    (quiet,) = (scenario for scenario in builtin() if scenario.name == "3-quiet")
    mine = BY_ID["H-THROWN-OUT"]._replace(id="MINE")
    story = check(quiet, properties=(mine,)).counterexamples["MINE"]
    assert sequence_diagram(story).axes
    with pytest.raises(TokenError, match="MINE is a property of one's own"):
        encode(story.run)
    assert '"token": null' in FORMATS["json"](story.run, mine, story.run.broken(mine))
    with pytest.raises(TokenError):
        FORMATS["pytest"](story.run, mine, story.run.broken(mine))


# --- what is said, and within which bound -----------------------------------------------------------------------------


def test_a_bound_on_depth_is_said_wherever_it_holds() -> None:
    """Nobody would have known from the plain text, nor from the page in a notebook."""
    (quiet,) = (scenario for scenario in builtin() if scenario.name == "3-quiet")
    report = check(quiet, properties=(BY_ID["H-THROWN-OUT"], BY_ID["O-UID"]), most_depth=1)
    assert "runs of up to 1 steps" in report.within
    assert report.within in repr(report)
    assert report.within in notebook.report(report)


def test_one_profile_has_no_choice() -> None:
    """It was said to break "whatever is chosen"."""
    (quiet,) = (scenario for scenario in builtin() if scenario.name == "3-quiet")
    profile = Profile.parse("delete=3.3")
    (verdict,) = check(quiet, Universe.of(profile), properties=(BY_ID["H-THROWN-OUT"],)).verdicts()
    assert verdict.holds is False
    assert repr(verdict) == "✗ H-THROWN-OUT breaks under delete=3.3"


def test_a_search_that_was_cut_breaks_at_least_where_it_says() -> None:
    report = check(builtin(), properties=(BY_ID["H-THROWN-OUT"],), most_states=40)
    assert not report.complete
    assert report.verdicts()[0].when.startswith("at least if ")


def test_a_property_that_breaks_for_another_manner_is_found(run: Run) -> None:
    """Only the first manner of each scenario was tried: "does not break in 5-pipelining"."""
    ran = run("graph", "5-pipelining", "--property", "H-WRONG-MESSAGE")
    assert ran.code == 0
    assert "H-WRONG-MESSAGE" in ran.out
    assert "does not break" not in ran.err


# --- pipelining -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("commands", "says"),
    [
        (("NOOP", "FETCH 5 FLAGS"), "numbers go from 1 to 3"),
        (("NOOP", "FETCH 2:4 FLAGS"), "numbers go from 1 to 3"),
        (("EXPUNGE", "SEARCH NOT 7"), "numbers go from 1 to 3"),
        (("SELECT FRED", "STORE 1 +FLAGS (\\Deleted)"), "not known before SELECT FRED is completed"),
    ],
)
def test_numbers_of_which_nobody_knows_the_meaning(commands: tuple[str, ...], says: str) -> None:
    """They were said never to go wrong."""
    with pytest.raises(ValueError, match=says):
        judge(commands)


def test_what_is_said_of_pipelining_has_a_bound(run: Run) -> None:
    ran = run("pipelining", "NOOP", "UID FETCH 9 FLAGS")
    assert (ran.code, ran.out) == (0, "NOOP + UID FETCH 9 FLAGS never goes wrong\n")
    assert "within this bound: one mailbox of 3 messages" in ran.err


# --- input ------------------------------------------------------------------------------------------------------------


def test_no_declaration_is_made_for_a_check_that_makes_none() -> None:
    """The decorator declared for it that it reads nothing more."""
    register = Register(HAZARD)
    register.step("MINE", "Mine.", "me")(lambda step: None)
    assert register.properties[0].reads is None


def test_whatever_a_client_raises_is_its_own() -> None:
    def leaves(mail):  # type: ignore[no-untyped-def]
        yield "NOOP"
        raise GeneratorExit

    with pytest.raises(OwnClientError, match="raises GeneratorExit"):
        check(against(own(leaves)))


def test_a_client_of_ones_own_that_is_none() -> None:
    with pytest.raises(ValueError, match="names no client; write 'own module:Name'"):
        parse("mine", "Mailbox: FOO\nC1: own mine:one, up to 0 commands\n")


def test_a_time_that_is_none_is_refused(run: Run) -> None:
    ran = run("check", "3-quiet", "--max-seconds", "nan")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
