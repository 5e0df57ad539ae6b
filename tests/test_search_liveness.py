"""Is what goes wrong for ever found, and only that? O-TOLD, O-RETRY-ENDS, and fairness.

`test_search_fair_cycles` has the machinery, `test_search_liveness_yardstick` a comparison with a plain search; H-STARVATION
is in `test_search_starvation`.
"""

from __future__ import annotations

import pytest
from loops import LOOPS, RETRY_ENDS, STARVATION, TOLD, look_for, suspected
from wrong_servers import (
    after_the_others, always_no, deaf, every_second, expunges_first, flags_first, mints_again, no_then_ok,
)  # fmt: skip

from explore.check.checking import check
from explore.check.faults import FAULTS
from explore.properties.catalogue import PROPERTIES
from explore.properties.liveness import news
from explore.properties.property import OBLIGATION, silent
from explore.runs.counterexample import shortest, tell
from explore.runs.run import play
from explore.runs.transcript_replay import read
from explore.scenario.notation import builtin, parse
from explore.search.breadth_first import Search, search
from explore.properties.loop import is_idle
from explore.search.liveness_search import Place, liveness
from explore.space.profile_set import Universe
from explore.space.state_space import OF_KNOWN_SERVERS, REDUCTIONS, Space
from explore.system.transition_system import Execute
from model import client as clients, protocol as p, server
from model.client.belief import AWARE, NAIVE, REISSUING, Client
from model.client.program import Program
from model.store.session import pending
from strategies import Profile

FULL = Universe()
EVERY = parse("every", """
Mailbox: FOO 1 messages
Mailbox: FRED
Selected: FOO by C1 C2
Bound: 0 more uids
C1: forever
C1: any message command
C2: forever
C2: any message command
""")
"""Every program of any length over the message commands, as in 6-every-message, but nothing arrives."""
BUILTIN = {"every": EVERY, **{scenario.name: scenario for scenario in builtin()}}
BY_ID = {prop.id: prop for prop in PROPERTIES}
FAULTY = {fault.name: fault for fault in FAULTS}
DEFAULT = Universe.of(Profile.parse())
ON_LOOPS = BY_ID[TOLD]._replace(check=silent)
"""O-TOLD without its check of single steps."""
TOGGLING = """
Mailbox: FOO 2 messages, 2 \\Deleted
Selected: FOO by C1 C2
C1: EXPUNGE
C1: forever
C1: STORE 1 +FLAGS (\\Flagged)
C1: STORE 1 -FLAGS (\\Flagged)
C2: forever
C2: NOOP | CHECK
"""
STILL = TOGGLING.replace("C1: forever\n", "")
EXPUNGED = "Mailbox: FOO 2 messages, 2 \\Deleted\nSelected: FOO by C1 C2\nC1: EXPUNGE\nC2: forever\nC2: NOOP\n"
SHAKEN = "Mailbox: FOO 2 messages\nSelected: FOO by C1 C2\nC1: NOOP\nC2: forever\nC2: NOOP\nAgent: EXPUNGE FOO 2\n"
BUSY = SHAKEN.replace("C1: NOOP", "C1: forever\nC1: NOOP")
LEFT = EXPUNGED.replace("C2: NOOP\n", "C2: NOOP\nC2: CLOSE\nC2: SELECT FOO\n")


def explored(
    text: str, execute: Execute = server.execute, universe: Universe = DEFAULT, manner: str = NAIVE, whole: bool = True
) -> Search:
    """The search of that scenario, without a check of single steps."""
    scenario = parse("test", text)
    return search(Space(scenario, manner, universe, (ON_LOOPS,), execute, frozenset() if whole else REDUCTIONS), 50_000)


def stays_untold(text: str, execute: Execute) -> bool:
    found = explored(text, execute)
    look_for(found, TOLD)
    if TOLD in found.failing:
        assert TOLD in suspected(explored(text, execute))
    return TOLD in found.failing


def fails_on_a_step(text: str, execute: Execute) -> bool:
    scenario = parse("test", text)
    return TOLD in search(Space(scenario, NAIVE, DEFAULT, (BY_ID[TOLD],), execute)).failing


@pytest.mark.parametrize(
    ("execute", "text", "for_ever", "on_a_step"),
    [
        pytest.param(flags_first, TOGGLING, True, False, id="other news comes for ever, and goes first"),
        pytest.param(flags_first, STILL, False, False, id="other news comes to an end"),
        pytest.param(expunges_first, TOGGLING, False, False, id="each piece of news has its turn"),
        pytest.param(every_second, EXPUNGED, False, True, id="news at every second NOOP"),
        pytest.param(every_second, TOGGLING, False, True, id="news at every second NOOP, and more of it"),
        pytest.param(after_the_others, BUSY, False, True, id="news once the others have moved, and they do"),
        pytest.param(after_the_others, SHAKEN, True, True, id="news once the others have moved, and they don't"),
        pytest.param(deaf, EXPUNGED, True, True, id="no news at all"),
        pytest.param(always_no, EXPUNGED, False, False, id="no news, and there is none"),
        pytest.param(deaf, LEFT, False, True, id="news that lapses as the client comes back"),
        pytest.param(FAULTY["noop-repeats-size"].execute, EXPUNGED, True, False, id="something, but no news"),
        pytest.param(server.execute, TOGGLING, False, False, id="the right server"),
    ],
)
def test_what_stays_untold_for_ever(execute: Execute, text: str, for_ever: bool, on_a_step: bool) -> None:
    """The loop and the step show different faults; neither implies the other."""
    assert (stays_untold(text, execute), fails_on_a_step(text, execute)) == (for_ever, on_a_step)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (EXPUNGED, "that 'foo2' is expunged"),
        (EXPUNGED.replace("C1: EXPUNGE", "C1: STORE 1 +FLAGS (\\Seen)"), "that the flags of 'foo1' have changed"),
        (EXPUNGED.replace("C1: EXPUNGE", 'C1: APPEND FOO "new"'), "that 'new' has arrived"),
        (EXPUNGED.replace("C1: EXPUNGE", "C1: NOOP") + 'Agent: DELIVER FOO "late"\n', "that 'late' has arrived"),
    ],
)
def test_every_kind_of_news_is_seen_to_stay_untold(text: str, kind: str) -> None:
    found = explored(text, deaf)
    look_for(found, TOLD)
    best = shortest(found, TOLD, 1)
    assert best is not None
    story = tell(found, ON_LOOPS, *best)
    assert story.text.count("<from here on, for ever:>") == 1
    says = f"C2 says NOOP again and again, and is never told {kind}, while nobody else has anything left to do"
    assert story.text.rstrip().splitlines()[-1] == f"<O-TOLD: {says}>"


def test_what_is_told_is_no_news_and_what_is_not_is() -> None:
    found = explored(EXPUNGED)
    space = found.space
    for state in found.reached:
        box = space.world(state).by_name("FOO")
        assert box is not None
        behind = pending(space.world(state).sessions[1].view, box)
        assert {item.kind for item in news(Place(space, state), 1)} == ({"expunge"} if behind else set())
        assert news(Place(space, state), 0) == frozenset()


def test_a_client_that_says_no_noop_is_owed_nothing() -> None:
    text = EXPUNGED.replace("C2: NOOP", "C2: FETCH 1 FLAGS")
    assert not stays_untold(text, deaf)
    assert suspected(explored(text, deaf)) == frozenset()


# --- the retry of a refused command ends --------------------------------------------------------------------------------

RETRIES = """
Mailbox: FOO 3 messages, 2 \\Deleted
Mailbox: FRED
Selected: FOO by C1
Examined: FOO by C2
C1: EXPUNGE
C2: STORE 1:3 +FLAGS (\\Seen) | UID STORE 1:* +FLAGS (\\Seen) | FETCH 2 BODY[] | COPY 1:3 FRED
"""


def never_ends(text: str, manner: str = AWARE, execute: Execute = server.execute, universe: Universe = FULL) -> int:
    """The profiles under which somebody's retry never ends."""
    found = explored(text, execute, universe, manner)
    doubtful = suspected(found)
    look_for(found, RETRY_ENDS)
    failing = found.failing.get(RETRY_ENDS, 0)
    assert not failing or RETRY_ENDS in doubtful
    return failing


@pytest.mark.parametrize("manner", [AWARE, REISSUING])
@pytest.mark.parametrize("name", ["3-quiet", "3-recycle", "4-append", "4-expunge", "5-starve-store", "every"])
def test_a_retry_ends_under_every_profile(name: str, manner: str) -> None:
    """RFC 2180 §3.4 (e), §4.1.2 (b, c, d), §4.2.3 (b, c, d), §4.2.4 (b, c)."""
    found = search(Space(BUILTIN[name], manner, FULL, PROPERTIES, reductions=REDUCTIONS - {"symmetry"}))
    assert RETRY_ENDS not in suspected(found)
    look_for(found, RETRY_ENDS)
    assert RETRY_ENDS not in found.failing


@pytest.mark.parametrize("manner", [AWARE, REISSUING])
def test_it_ends_as_each_command_that_is_given_again_is_for_fewer_messages(manner: str) -> None:
    found = search(Space(BUILTIN["4-expunge"], manner, FULL, ()))
    space, again = found.space, 0
    for state in found.reached:
        for edge in space.edges(state, FULL.all):
            before, after = space.participant(state, edge.sid).client, space.participant(edge.target, edge.sid).client
            if before.pursuit is not None and after.todo and isinstance(after.todo[0], p.NUMBERED):
                left = clients.send(after, after.todo[0], manner).pursuit
                assert left is not None
                assert len(left.targets) < len(before.pursuit.targets) or before.pursuit.lost
                again += 1
    assert again


def obstinate(client: Client, program: Program, manner: str) -> Client:
    """A wrong client: it gives the command again, whether a message was lost or not."""
    return client if client.pursuit is None else client._replace(pursuit=None, todo=(client.pursuit.command,))


def test_a_client_that_tries_again_without_need_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    assert never_ends(RETRIES) == never_ends(RETRIES, REISSUING) == 0
    monkeypatch.setattr("model.client.receiving._resolve", obstinate)
    assert never_ends(RETRIES) == FULL.all
    assert never_ends(RETRIES, NAIVE) == 0


def test_a_server_that_refuses_everything_keeps_no_client_busy_for_ever() -> None:
    assert never_ends(RETRIES, execute=always_no) == 0
    assert never_ends(RETRIES, REISSUING, always_no) == 0


@pytest.mark.parametrize("manner", [AWARE, REISSUING])
def test_a_server_that_invents_news_keeps_a_client_busy_for_ever(manner: str) -> None:
    text = "Mailbox: FOO 3 messages\nSelected: FOO by C1\nC1: NOOP\nC1: NOOP\nC1: NOOP\nC1: UID STORE 1:* +FLAGS (\\Seen)\n"
    assert never_ends(text, manner, mints_again, DEFAULT) == 1
    assert never_ends(text, NAIVE, mints_again, DEFAULT) == 0
    assert never_ends(text, manner) == 0


def test_a_retry_that_others_could_end_ends_if_they_move() -> None:
    """The circle of hints goes on until BAR is there; if nobody can make it any more, for ever."""
    text = "Mailbox: FOO\nC1: APPEND BAR x\n"
    circle = FAULTY["newname-circle"].execute
    assert never_ends(text, execute=circle, universe=DEFAULT) == 1
    assert never_ends(text + "C2: CREATE BAR\n", execute=circle, universe=DEFAULT) == 0
    assert never_ends(text + "C2: CREATE BAR | NOOP\n", execute=circle, universe=DEFAULT) == 1


def test_it_is_told_as_a_lasso() -> None:
    found = explored("Mailbox: FOO\nC1: APPEND BAR x\n", FAULTY["newname-circle"].execute, manner=AWARE)
    look_for(found, RETRY_ENDS)
    best = shortest(found, RETRY_ENDS, 1)
    assert best is not None
    story = tell(found, BY_ID[RETRY_ENDS], *best)
    assert (story.steps, story.schedule.loop) == (2, 1)
    says = "<O-RETRY-ENDS: C1 sends APPEND BAR \"x\" again and again, and never comes to an end of it>"
    assert story.text.rstrip().splitlines()[-1] == says
    assert play(story.schedule).broken(BY_ID[RETRY_ENDS]) is None


# --- they are obligations ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "name", "caught"),
    [
        ("noop-repeats-size", "every", True),
        ("noop-repeats-size", "3-quiet", False),
        ("newname-circle", "3-delete", True),
        ("newname-circle", "4-expunge", False),
    ],
)
def test_the_faults_are_caught_by_the_loop_alone(fault: str, name: str, caught: bool) -> None:
    _, _, breaks, profile, execute, manner = FAULTY[fault]
    obligations = tuple(prop for prop in PROPERTIES if prop.kind == OBLIGATION)
    found = search(Space(BUILTIN[name], manner, Universe.of(Profile.parse(profile)), obligations, execute, REDUCTIONS))
    assert breaks not in found.failing
    assert (breaks in liveness(found).failing) == caught


def test_a_report_has_the_lasso_and_a_search_that_does_not_ask_has_not() -> None:
    fault = FAULTY["noop-repeats-size"]
    report = check((EVERY,), DEFAULT, (NAIVE,), (BY_ID[TOLD],), fault.execute)
    story = report.counterexamples[TOLD]
    assert story.schedule.loop == 2
    run = play(story.schedule, execute=fault.execute)
    broken = run.broken(BY_ID[TOLD])
    assert broken is not None
    assert broken.turn == story.steps == len(run.turns)
    assert story.text.rstrip().splitlines()[-1] == f"<O-TOLD: {broken.reason}>"
    other = check((EVERY,), DEFAULT, (NAIVE,), (BY_ID[RETRY_ENDS],), fault.execute)
    assert other.failing == {}


def test_a_loop_is_none_if_it_is_not_closed_or_leaves_somebody_out() -> None:
    fault = FAULTY["noop-repeats-size"]
    story = check((EVERY,), DEFAULT, (NAIVE,), (BY_ID[TOLD],), fault.execute).counterexamples[TOLD]
    schedule = story.schedule
    for spoiled_schedule in (
        schedule._replace(loop=0),
        schedule._replace(loop=len(schedule.moves) + 1),
        schedule._replace(loop=len(schedule.moves)),
        schedule._replace(moves=tuple(move for move in schedule.moves[:-2]) + schedule.moves[-2:-1], loop=1),
    ):
        assert play(spoiled_schedule, execute=fault.execute).broken(BY_ID[TOLD]) is None
    assert play(schedule).broken(BY_ID[TOLD]) is None


def test_a_loop_closes_if_what_changes_on_it_makes_no_difference() -> None:
    """A message that is shown once more."""
    scenario = parse("test", """
Mailbox: FOO 1 messages
Selected: FOO by C1 C2
C1: STORE 1 +FLAGS (\\Seen)
C1: forever
C1: FETCH 1 BODY.PEEK[]
C2: forever
C2: NOOP
""")
    found = search(Space(scenario, NAIVE, DEFAULT, (ON_LOOPS,), deaf, REDUCTIONS - {"symmetry"}))
    assert found.complete
    look_for(found, TOLD)
    best = shortest(found, TOLD, 1)
    assert best is not None
    assert play(tell(found, ON_LOOPS, *best).schedule, execute=deaf).broken(ON_LOOPS) is not None


def test_a_loop_closes_if_a_message_is_copied_once_more_to_where_nobody_looks() -> None:
    """Only on a server of which it is known what it looks at ("write-only")."""
    text = "Mailbox: FOO 1 messages\nMailbox: FRED\nSelected: FOO by C2\nC1: retry DELETE FOO\n"
    scenario = parse("test", text + "C2: forever\nC2: COPY 1 FRED\n")
    found = search(Space(scenario, NAIVE, FULL, (BY_ID[STARVATION],), reductions=REDUCTIONS), most_states=1000)
    assert found.complete
    found = liveness(found)
    best = shortest(found, STARVATION, FULL.all)
    assert best is not None
    assert play(tell(found, BY_ID[STARVATION], *best).schedule).broken(BY_ID[STARVATION]) is not None
    unknown = Space(scenario, NAIVE, DEFAULT, (BY_ID[STARVATION],), always_no, REDUCTIONS)
    assert "write-only" not in unknown.reductions


@pytest.mark.parametrize("learnt", ["FETCH 1 FLAGS", "UID FETCH 1:* FLAGS"])
def test_a_loop_closes_if_what_a_naive_client_learns_on_it_makes_no_difference(learnt: str) -> None:
    """A search for H-STARVATION alone forgets what naive clients believe ("beliefs"); its lasso is told all the same."""
    text = f"Mailbox: FOO 1 messages\nC1: retry DELETE FOO\nC2: SELECT FOO\nC2: forever\nC2: {learnt}\n"
    report = check((parse("test", text),), manners=(NAIVE,), properties=(BY_ID[STARVATION],))
    story = report.counterexamples[STARVATION]
    assert (story.steps, story.schedule.loop) == (3, 2)
    assert story.text.rstrip().splitlines()[-1] == "<H-STARVATION: C1 is refused every time, while C2 keeps moving>"


def test_a_loop_breaks_nothing_but_what_it_breaks() -> None:
    told = check((EVERY,), DEFAULT, (NAIVE,), (BY_ID[TOLD],), FAULTY["noop-repeats-size"].execute)
    run = play(told.counterexamples[TOLD].schedule, execute=FAULTY["noop-repeats-size"].execute)
    assert [name for name in LOOPS if run.broken(BY_ID[name]) is not None] == [TOLD]
    refused = check((BUILTIN["5-starve-store"],), manners=(NAIVE,), properties=(BY_ID[STARVATION],))
    schedule = refused.counterexamples[STARVATION].schedule
    assert [name for name in LOOPS if play(schedule).broken(BY_ID[name]) is not None] == [STARVATION]
    assert play(schedule._replace(loop=len(schedule.moves))).broken(BY_ID[STARVATION]) is None


def test_of_several_lassos_the_shortest_is_told() -> None:
    found = explored("Mailbox: FOO\nSelected: FOO by C2\nC1: retry DELETE FOO\nC2: forever\nC2: NOOP | CREATE BAR\n")
    look_for(found, STARVATION)
    (violation,) = found.violations[STARVATION]
    assert (len(found.path(violation, 0)), len(violation.loop)) == (0, 2)


def test_the_transcript_of_a_lasso_can_be_read() -> None:
    fault = FAULTY["noop-repeats-size"]
    story = check((EVERY,), DEFAULT, (NAIVE,), (BY_ID[TOLD],), fault.execute).counterexamples[TOLD]
    assert read(story.text).lines


# --- fairness -----------------------------------------------------------------------------------------------------------


ANY_LENGTH = """
Mailbox: FOO 1 messages
Selected: FOO by C1 C2
Bound: 1 more uid, 1 more mailbox
C1: forever
C1: any mailbox command
C2: forever
C2: NOOP | SELECT FOO | CLOSE
"""


@pytest.mark.parametrize("manner", [NAIVE, AWARE])
@pytest.mark.parametrize("name", ["3-quiet", "3-recycle", "4-append", "5-starve-delete", "any length"])
def test_weak_and_strong_fairness_are_the_same_here(name: str, manner: str) -> None:
    """Whether a client can move is never changed by somebody else, except by BYE, for good."""
    scenario = BUILTIN[name] if name in BUILTIN else parse(name, ANY_LENGTH)
    found = search(Space(scenario, manner, FULL, ()))
    space = found.space
    everyone = range(len(space.scenario.programs))
    for state, mask in found.reached.items():
        for edge in space.edges(state, mask):
            for sid in everyone:
                if sid != edge.sid and state[1 + sid] != edge.target[1 + sid]:
                    was, then = (space.participant(place, sid).client for place in (state, edge.target))
                    program = space.scenario.programs[sid]
                    assert is_idle(was, program) == is_idle(then, program) or not then.connected


@pytest.mark.parametrize(
    ("name", "profile", "refused"),
    [
        ("5-starve-delete", "delete=3.1,rename=3.3", p.Delete),
        ("5-starve-delete", "delete=3.3,rename=3.1", p.Rename),
        ("5-starve-expunge", "expunge=4.1.4", p.Expunge),
        ("5-starve-store", "store=4.2.3", p.Store),
        ("5-starve-store", "store=4.2.4", p.Store),
    ],
)
def test_each_command_that_can_be_refused_for_ever_has_its_scenario(name: str, profile: str, refused: type) -> None:
    found = search(Space(BUILTIN[name], NAIVE, Universe.of(Profile.parse(profile)), ()))
    look_for(found, STARVATION)
    (violation,) = found.violations[STARVATION]
    acts = [edge.way.act for _, edge in violation.loop]
    assert any(isinstance(act, refused) for act in acts)
    assert {edge.sid for _, edge in violation.loop} == set(range(len(BUILTIN[name].programs)))


def test_a_client_that_only_the_bound_stops_is_not_done() -> None:
    """Within the bound C1 can't go on; but it would, and what it would do, the loop does not show."""
    text = EXPUNGED.replace("C1: EXPUNGE", "C1: EXPUNGE\nC1: forever\nC1: APPEND FOO x") + "\n"
    bounded = text.replace("C1: EXPUNGE\n", "Bound: 3 uids\nC1: EXPUNGE\n")
    assert not stays_untold(bounded, deaf)
    assert stays_untold(bounded.replace("C1: forever\n", ""), deaf)


@pytest.mark.parametrize("words", ["", "atomic-requests", "partial-order", "fused ample"])
@pytest.mark.parametrize("name", ["5-starve-store", "4-outside"])
def test_it_is_the_same_where_requests_and_responses_are_steps(name: str, words: str) -> None:
    reductions = frozenset(words.split())
    together = search(Space(BUILTIN[name], NAIVE, FULL, ()))
    apart = search(Space(BUILTIN[name], NAIVE, FULL, (), reductions=reductions, linked=True))
    look_for(together)
    look_for(apart)
    assert apart.failing == together.failing
    best = shortest(apart, STARVATION, FULL.all)
    if best is not None:
        story = tell(apart, BY_ID[STARVATION], *best)
        assert story.text.rstrip().splitlines()[-1] == "<H-STARVATION: C2 is refused every time, while C1 keeps moving>"


@pytest.mark.parametrize("reductions", [frozenset[str](), frozenset({"atomic-requests", "partial-order"})])
@pytest.mark.parametrize("execute", [deaf, every_second, flags_first])
def test_news_is_the_same_where_requests_and_responses_are_steps(execute: Execute, reductions: frozenset[str]) -> None:
    scenario = parse("test", EXPUNGED)
    apart = search(Space(scenario, NAIVE, DEFAULT, (), execute, reductions, linked=True))
    look_for(apart, TOLD)
    assert (TOLD in apart.failing) == stays_untold(EXPUNGED, execute)


# --- clients that can be exchanged ----------------------------------------------------------------------------------

TWINS = "Mailbox: FOO 1 messages\nSelected: FOO by C1 C2\nBound: 1 uids, 2 mailboxes\n" + "".join(
    f"C{client}: forever\nC{client}: NOOP | STORE 1 +FLAGS (\\Seen) | STORE 1 -FLAGS (\\Seen)\n" for client in (1, 2)
)
REPEATS = TWINS.replace("NOOP | STORE 1 +FLAGS (\\Seen) | STORE 1 -FLAGS (\\Seen)", "any message command")
EXPUNGES = TWINS.replace("NOOP | STORE 1 +FLAGS (\\Seen)", "STORE 1 +FLAGS (\\Deleted) | EXPUNGE | SELECT FOO | NOOP")


def trust(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients are taken for interchangeable whatever the server: those of these tests treat all clients alike."""
    monkeypatch.setattr("explore.space.state_space.OF_KNOWN_SERVERS", OF_KNOWN_SERVERS - {"symmetry"})


@pytest.mark.parametrize("manner", [NAIVE, AWARE])
@pytest.mark.parametrize(("execute", "text"), [
    (server.execute, REPEATS),
    *((execute, text) for text in (TWINS, EXPUNGES) for execute in (
        server.execute, deaf, every_second, flags_first, FAULTY["noop-repeats-size"].execute,
        FAULTY["newname-circle"].execute,
    )),
])  # fmt: skip
def test_symmetry_makes_no_difference(
    execute: Execute, text: str, manner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust(monkeypatch)
    scenario, asked = parse("twins", text), (BY_ID[RETRY_ENDS], ON_LOOPS)
    whole, reduced = (
        search(Space(scenario, manner, DEFAULT, asked, execute, reductions)) for reductions in (frozenset[str](), REDUCTIONS)
    )
    assert suspected(reduced) == suspected(whole)
    found = liveness(reduced)
    assert found.failing == liveness(whole).failing
    assert ("symmetry" in found.space.reductions) == (not suspected(reduced))
    for violation in found.violations.get(TOLD, []):
        story = tell(found, asked[1], violation, 0)
        assert play(story.schedule, execute=execute).broken(asked[1]) is not None


def test_a_loop_on_which_clients_are_exchanged_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that looks like a loop: C1 is refused, C2 succeeds and starts anew, and is taken for C1 from then on."""
    trust(monkeypatch)
    text = "".join(f"C{client}: forever\nC{client}: retry DELETE FOO\nC{client}: NOOP\n" for client in (1, 2))
    reduced, whole = explored(text, no_then_ok, whole=False), explored(text, no_then_ok)
    with pytest.raises(ValueError, match="symmetry"):
        look_for(reduced, STARVATION)
    look_for(whole, STARVATION)
    assert whole.failing == {}
    monkeypatch.setattr(reduced.space, "reductions", frozenset())
    look_for(reduced, STARVATION)
    assert STARVATION in reduced.failing


def test_beliefs_that_nobody_asks_for_are_not_taken_for_news() -> None:
    scenario = parse("twins", TWINS)
    blind = search(Space(scenario, NAIVE, DEFAULT, (), deaf, REDUCTIONS - {"symmetry"}))
    with pytest.raises(ValueError, match="believes"):
        look_for(blind, TOLD)
    assert liveness(blind).failing == {}
    asked = search(Space(scenario, NAIVE, DEFAULT, (ON_LOOPS,), deaf, REDUCTIONS - {"symmetry"}))
    assert TOLD in liveness(asked).failing


def test_a_search_that_was_cut_says_nothing_of_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    trust(monkeypatch)
    scenario = parse("test", EXPUNGED)
    cut = search(Space(scenario, NAIVE, DEFAULT, (ON_LOOPS,), deaf), most_states=1)
    assert not cut.complete
    assert liveness(cut).failing == {}
    reduced = search(Space(parse("twins", TWINS), NAIVE, DEFAULT, (ON_LOOPS,), deaf, REDUCTIONS))
    assert reduced.complete
    again = liveness(reduced, most_states=1)
    assert not again.complete
    assert TOLD not in again.failing
