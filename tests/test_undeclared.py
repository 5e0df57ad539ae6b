"""What mailrace says of strategies, servers and properties that it doesn't know. Each of these inputs once led to something
that was not so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from guard_strangers import SERVERS

from explore.check.checking import check
from explore.properties.catalogue import PROPERTIES
from explore.properties.loop import LoopCheck, LoopStep, Subject
from explore.properties.property import HAZARD, NOTHING_MORE, Property
from explore.scenario.notation import parse
from explore.search.breadth_first import search
from explore.search.liveness_search import liveness
from explore.space.profile_set import Universe
from explore.space.state_space import REDUCTIONS, Space
from explore.system import AGENT, Configuration, Execute, Step, System
from model import protocol as p, server
from model.client import AWARE, NAIVE
from model.protocol.flags import NO_FLAGS
from model.server.decisions import FetchRuling, Ruling
from model.server.execution import Outcome
from model.store.mailbox import Mailbox, Message
from model.store import world as worlds
from model.store.world import World
from strategies import DECISIONS, NOTHING, OCCUPANCY, Profile, Strategy
from strategies.delete import Ghost, Refuse
from strategies.fetch import Omit

OBLIGATIONS = tuple(prop for prop in PROPERTIES if prop.id.startswith("O-"))
ARRIVES = parse("arrives", 'Mailbox: FOO 2 messages\nSelected: FOO by C1 C2\nC1: APPEND FOO "new"\nC2: FETCH 3 FLAGS\n')


@pytest.mark.parametrize("manner", [NAIVE, AWARE, "pipelining"])
@pytest.mark.parametrize("execute", SERVERS, ids=("arrivals", "flags"))
def test_a_server_may_tell_others_what_has_arrived(execute: Execute, manner: str) -> None:
    """RFC 3501 §5.3 and §7. The other counted the new message, and the truth about it did not: O-TOLD, O-SEQ-RANGE or
    O-WRONG-MESSAGE were said to break."""
    report = check(ARRIVES, manners=(manner,), properties=OBLIGATIONS, execute=execute)
    assert [str(verdict) for verdict in report.verdicts() if verdict.holds is False] == []


# --- strategies -------------------------------------------------------------------------------------------------------


class Misspelled(Omit):
    """Declares something that nobody knows."""

    key, listed = "misspelled", False
    reads = frozenset({"views"})


def test_what_is_declared_must_be_known() -> None:
    """Any word at all was taken for a declaration, by which as much was left out as by NOTHING."""
    universe = Universe({"fetch": (Misspelled(),)})
    with pytest.raises(ValueError, match="fetch=misspelled declares that it reads views; declare NOTHING or OCCUPANCY"):
        check(ARRIVES, universe)
    prop = Property("X", HAZARD, "x", "x", lambda step: None, reads=frozenset({"mailboxes"}))
    with pytest.raises(ValueError, match="X declares that it reads mailboxes; what can be declared is ERRORS and HISTORY"):
        check(ARRIVES, properties=(prop,))


class IfEmpty(Ghost):
    """Refuses to delete what has no messages; and says that it does not look."""

    key, listed = "if-empty", False
    reads = OCCUPANCY

    def delete(self, world: World, sid: int, mailbox: Mailbox) -> Ruling:
        return super().delete(world, sid, mailbox) if mailbox.messages else Ruling(None, "empty")


class Occupied(Ghost):
    """Looks at who has the mailbox open; and says that it looks at nothing."""

    key, listed = "occupied", False
    reads = NOTHING


@pytest.mark.parametrize(("strategy", "says"), [
    (IfEmpty(), "delete=if-empty declares OCCUPANCY and reads a mailbox's messages"),
    (Occupied(), "delete=occupied declares NOTHING and reads which mailboxes there are"),
])  # fmt: skip
def test_who_reads_more_than_it_declares_is_found_out(strategy: Strategy, says: str) -> None:
    """It was shown what it had declared, and judged on that: H-THROWN-OUT was said to hold."""
    thrown = parse("thrown", "Mailbox: FOO 1 messages\nSelected: FOO by C2\nC1: DELETE FOO\nC2: NOOP\n")
    with pytest.raises(ValueError, match=says):
        check(thrown, Universe({"delete": (strategy,)}))


def made(decision: str, key: str, **methods: Any) -> Strategy:
    """A strategy that declares nothing, with that method."""
    strange: Strategy = type("Strange", (Strategy,), {
        "decision": decision, "key": key, "source": "x", "summary": "x", "listed": False, **methods,
    })()  # fmt: skip
    return strange


def _raises(self: object, *given: object) -> None:
    raise SystemExit(0)


_COUNT = iter(range(10**6))


@pytest.mark.parametrize(("strategy", "says"), [
    (made("fetch", "exits", fetch=_raises), "fetch=exits raises SystemExit"),
    (made("fetch", "none", fetch=lambda self, ghosts, asked: None), "fetch=none answers None; fetch must give"),
    (made("fetch", "few", fetch=lambda self, ghosts, asked: FetchRuling((), True)), "fetch=few answers .*; fetch must give"),
    (
        made("fetch", "moody", fetch=lambda self, ghosts, asked: FetchRuling(ghosts, next(_COUNT) % 2 == 0)),
        "fetch=moody does not do the same every time",
    ),
    (made("tell", "empty", tell=lambda self, must, may: ()), r"tell=empty answers \(\); tell must give a tuple"),
    (made("tell", "more", tell=lambda self, must, may: (65535,)), "tell=more answers"),
    (made("order", "words", order=lambda self, places: ("a", "b")), "order=words answers"),
    (made("copy", "true", copy=lambda self, wanted, gone: True), "copy=true answers True; copy must give a tuple"),
    (made("fetch", "nothing"), "fetch=nothing has no method 'fetch'"),
])  # fmt: skip
def test_what_a_strategy_does_wrong_is_one_line(strategy: Strategy, says: str) -> None:
    """It ended in a traceback, or in nothing at all; one that gave no choice made commands vanish, and all was said to
    hold."""
    text = "Mailbox: FOO 3 messages, 2:3 \\Deleted\nMailbox: FRED\nSelected: FOO by C1 C2\nC1: EXPUNGE\n"
    wrong = parse("wrong", text + "C2: FETCH 1:3 BODY[] | COPY 1:3 FRED | NOOP\nC2: STORE 1 +FLAGS (\\Seen)\n")
    with pytest.raises(ValueError, match=says):
        check(wrong, Universe({strategy.decision: (strategy,)}))


def test_a_strategy_that_nobody_has_registered_is_not_one_of_ours() -> None:
    """A class that does not say `listed = False` was trusted: `Strategy` says that it is listed."""
    unsaid = type("Unsaid", (Strategy,), {
        "decision": "tell", "key": "unsaid", "source": "x", "summary": "x", "tell": lambda self, must, may: (65535,),
    })()  # fmt: skip
    assert unsaid.listed
    with pytest.raises(ValueError, match="tell=unsaid answers"):
        check(ARRIVES, Universe({"tell": (unsaid,)}))


def test_a_strategy_may_be_a_dataclass() -> None:
    """Two are equal if they say the same, and neither can be hashed."""
    kind: Any = dataclass(type("Data", (Omit,), {"key": "data", "listed": False}))
    assert check(ARRIVES, Universe({"fetch": (kind(),)})).complete


def silent_server(world: World, sid: int, command: p.Command, profile: server.Profile) -> tuple[Outcome, ...]:
    return ()


def test_a_server_without_an_outcome_is_none() -> None:
    with pytest.raises(ValueError, match="the server gives no outcome of "):
        check(ARRIVES, execute=silent_server)


@pytest.mark.parametrize(("limits", "says"), [
    ({"manners": ("zork",)}, "'zork' is no manner of client"), ({"most_depth": -1}, "most_depth must be a whole number"),
    ({"most_depth": 1.5}, "most_depth must be"), ({"most_seconds": float("nan")}, "most_seconds must be"),
    ({"jobs": 0}, "jobs must be"), ({"most_states": -1}, "most_states must be"),
    ({"reductions": frozenset({"zork"})}, "'zork' is no reduction"),
])  # fmt: skip
def test_limits_that_are_none(limits: dict[str, Any], says: str) -> None:
    """They were ignored, and repeated in the report."""
    with pytest.raises(ValueError, match=says):
        check(ARRIVES, **limits)


def test_a_report_says_nothing_of_what_was_not_asked() -> None:
    """It said that the property never came up."""
    asked, other = PROPERTIES[:2]
    with pytest.raises(ValueError, match=f"{other.id} was not asked; the report is about {asked.id}"):
        check(ARRIVES, properties=(asked,)).verdict(other)


class ByClassMethod(Refuse):
    """Overrides a method that declares, by something that is no plain function."""

    @classmethod
    def delete(cls, world: World, sid: int, mailbox: Mailbox) -> Ruling:
        return Ruling(None, "no" if mailbox.messages else "never")


class WithLimit(Refuse):
    """What the inherited method depends on is changed."""

    limit = 3


def test_whoever_changes_what_is_inherited_declares_anew() -> None:
    """A class method, a descriptor or a plain attribute that a method uses was no override."""
    assert Refuse().declared == OCCUPANCY
    assert ByClassMethod().declared is None
    assert WithLimit().declared is None
    moody = Refuse()
    moody.limit = 3  # type: ignore[attr-defined]
    assert moody.declared is None


def test_two_strategies_have_two_spellings() -> None:
    """Which of the two was meant by a condition, or played again, nobody could say."""
    with pytest.raises(ValueError, match=r"two strategies are called fetch=4\.1\.2; give each a key of its own"):
        Universe({"fetch": (Omit(), type("Other", (Omit,), {})())})
    with pytest.raises(ValueError, match=r"fetch=4\.1\.2 is no strategy for store"):
        Universe({"store": (Omit(),)})


def by_default(world: World, sid: int, command: p.Command, profile: server.Profile) -> tuple[Outcome, ...]:
    """A server that asks for whole profiles: it refuses everything if it is the default one."""
    if profile == Profile.parse() or str(profile) == "default" or hash(profile) == hash(Profile.parse()):
        return (Outcome(world, ((sid, p.Tagged("NO", "by default")),)),)
    return server.execute(world, sid, command, profile)


def _refused(step: Step) -> str | None:
    return "refused" if step.status == "NO" else None


def test_a_server_that_compares_profiles_gets_whole_ones() -> None:
    """It was given one that had made no choice yet, which is equal to none: the default profile was never seen."""
    refused = Property("X-NO", HAZARD, "Nothing is refused.", "x", _refused)
    universe = Universe({**{d: DECISIONS[d][:1] for d in DECISIONS}, "fetch": DECISIONS["fetch"][:2]})
    report = check(parse("noop", "Mailbox: FOO 1 messages\nC1: NOOP\n"), universe, properties=(refused,), execute=by_default)
    assert report.failing["X-NO"][NAIVE] == 1 << universe.index(Profile.parse())


@pytest.mark.parametrize("content", ["(deleted)", "foo1"])
def test_what_is_shown_of_an_expunged_message_is_its_own_or_nothing(content: str) -> None:
    """Only messages that are there were looked at: a UID showed one text, and then another."""
    made_up = FetchRuling((Message(2, NO_FLAGS, content),), True)
    strange = type("MadeUp", (Omit,), {"key": "made-up", "reads": NOTHING, "fetch": lambda self, ghosts, asked: made_up})()
    text = "Mailbox: FOO 2 messages, 2 \\Deleted\nSelected: FOO by C1 C2\nC1: EXPUNGE\nC2: UID FETCH 2 BODY.PEEK[]\n"
    immutable = next(prop for prop in PROPERTIES if prop.id == "O-IMMUTABLE")
    for strategy, holds in ((strange, False), *((listed_one, True) for listed_one in DECISIONS["fetch"])):
        report = check(parse("ghost", text), Universe({"fetch": (strategy,)}), properties=(immutable,))
        assert report.verdict(immutable).holds is holds, strategy.spelling


def turned(world: World, sid: int, command: p.Command, profile: server.Profile) -> tuple[Outcome, ...]:
    """A server that copies the last message first."""
    outcomes = server.execute(world, sid, command, profile)
    return tuple(outcome._replace(world=_turned(outcome.world)) for outcome in outcomes)


def _turned(world: World) -> World:
    fred = next(box for box in world.mailboxes if box.name == "FRED")
    contents = [message.content for message in fred.messages][::-1]
    copies = tuple(message._replace(content=text) for message, text in zip(fred.messages, contents, strict=True))
    return worlds.replace(world, fred._replace(messages=copies))


def test_copies_may_come_in_any_order() -> None:
    """RFC 3501 §6.4.7 prescribes none; O-COPY-ATOMIC was said to break."""
    text = "Mailbox: FOO 2 messages\nMailbox: FRED\nSelected: FOO by C1\nC1: COPY 1,2 FRED\n"
    copied = next(prop for prop in PROPERTIES if prop.id == "O-COPY-ATOMIC")
    assert check(parse("copies", text), properties=(copied,), execute=turned).verdict(copied).holds is True


# --- properties -------------------------------------------------------------------------------------------------------

FETCHES = "Mailbox: FOO 2 messages, 1 \\Deleted\nSelected: FOO by C1 C2\nC1: EXPUNGE\nC2: forever\nC2: FETCH 2 FLAGS\n"


def _ghosts(subject: Subject, step: LoopStep) -> bool:
    return any(box.expunged for box in step.before.world.mailboxes)


def _whoever_moves(steps: Iterable[LoopStep]) -> list[Subject]:
    return list(dict.fromkeys(Subject(step.sid) for step in steps if step.sid >= 0))


GHOSTS = LoopCheck(_whoever_moves, _ghosts, _ghosts, lambda subject, steps: "ghosts for ever")


@pytest.mark.parametrize("reads", [None, NOTHING_MORE], ids=("undeclared", "declared"))
@pytest.mark.parametrize("alone", [False, True])
def test_a_property_of_loops_sees_what_is_expunged(reads: frozenset[str] | None, alone: bool) -> None:
    """With only such properties, what the server was yet to tell was forgotten."""
    prop = Property("X-GHOSTS", HAZARD, "No ghost stays for ever.", "x", loops=(GHOSTS._replace(alone=alone),), reads=reads)
    universe = Universe.of(Profile.parse())
    failing = {}
    for reductions in (frozenset[str](), REDUCTIONS):
        space = Space(parse("fetches", FETCHES), NAIVE, universe, (prop,), reductions=reductions)
        failing[reductions] = liveness(search(space)).failing.get("X-GHOSTS", 0)
    assert failing == {frozenset(): 1, REDUCTIONS: 1}


def _knows_flags(step: Step) -> str | None:
    return "it knows flags" if any(entry.flags is not None for entry in step.client.shown) else None


def test_a_property_that_reads_more_than_it_declares_is_found_out() -> None:
    """What the client shows was left out of the states, and the property was said to hold."""
    fetches = parse("fetches", "Mailbox: FOO 2 messages\nSelected: FOO by C1\nC1: FETCH 1:2 FLAGS\nC1: NOOP\n")
    honest = Property("X-FLAGS", HAZARD, "Nobody knows flags.", "x", _knows_flags)
    assert check(fetches, manners=(NAIVE,), properties=(honest,)).verdict(honest).holds is False
    with pytest.raises(ValueError, match=r"X-FLAGS reads what a client shows \(ERRORS\), and does not declare it"):
        check(fetches, manners=(NAIVE,), properties=(honest._replace(reads=NOTHING_MORE),))


def test_a_property_of_ones_own_at_rest_is_put_to_the_test_wherever_somebody_is_at_rest() -> None:
    """It counted only where somebody had a mailbox open, which is what H-CONVERGENCE needs."""
    here = Property("X-HERE", HAZARD, "Nobody is thrown out.", "x", at_rest=_gone)
    assert check(parse("rest", "Mailbox: FOO\nC1: NOOP\nC2: NOOP\n"), properties=(here,)).verdict(here).holds is True


def _gone(system: System, now: Configuration, sid: int, profile: server.Profile) -> str | None:
    return None if now.client(sid).connected else "is out"


def test_a_search_for_loops_that_was_cut_says_so() -> None:
    """The second search, without symmetry, was cut, and what the first had found went with it."""
    both = "".join(f"C{sid}: forever\nC{sid}: FETCH 2 FLAGS | STORE 2 +FLAGS (\\Seen)\n" for sid in (1, 2))
    twins = parse("twins", f"Mailbox: FOO 2 messages\nSelected: FOO by C1 C2\n{both}Agent: EXPUNGE FOO 1\n")
    loops = Property("X-GHOSTS", HAZARD, "No ghost stays for ever.", "x", loops=(GHOSTS,), reads=NOTHING_MORE)
    space = Space(twins, AWARE, Universe(), (loops, *PROPERTIES), reductions=REDUCTIONS)
    whole = search(space)
    cut = liveness(whole, len(whole.reached))
    assert "symmetry" in space.reductions
    assert not cut.complete
    assert cut.reached == whole.reached


def test_a_step_of_the_agent_ends_where_the_search_goes_on() -> None:
    """With clients that are the same, the state after a step of the agent that breaks something was another than the one
    that was reached: the way there had a gap."""
    both = "".join(f"C{sid}: CLOSE\nC{sid}: NOOP\n" for sid in (1, 2))
    twins = parse("twins", f"Mailbox: FOO 2 messages\nSelected: FOO by C1 C2\n{both}Agent: EXPUNGE FOO 1\n")
    alone = Property("X-ALONE", HAZARD, "Nothing is expunged from outside.", "x", _before_one, reads=NOTHING_MORE)
    found = search(Space(twins, NAIVE, Universe(), (alone,), reductions=REDUCTIONS))
    (violation,) = found.violations["X-ALONE"]
    assert violation.edge is not None
    assert violation.edge.target in found.reached


def _before_one(step: Step) -> str | None:
    """The agent acts while one client has the mailbox open."""
    return "from outside" if step.sid == AGENT and sum(s.mailbox >= 0 for s in step.before.sessions) == 1 else None
