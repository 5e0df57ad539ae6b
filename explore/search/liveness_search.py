"""What can go wrong for ever, although everybody keeps moving? Liveness: H-STARVATION, O-TOLD and O-RETRY-ENDS.

Each is a loop of the state graph (`explore.search.fair_cycles`), under one profile, in which somebody tries for ever:

- H-STARVATION: a client that retries is refused at least once, and never succeeds.
- O-TOLD: a client says NOOP or CHECK, and one and the same piece of news (`News`) stays untold all the way round.
- O-RETRY-ENDS: a client sends something, but only what RFC 2180 tells it to send after a NO or in doubt; its program
  never gets a turn again.

A loop counts if it is *fair*: every client moves on it, or has nothing to send. That is weak fairness ("justice": Manna
and Pnueli, "The Temporal Logic of Reactive and Concurrent Systems", 1992; Baier and Katoen, "Principles of Model
Checking", 2008, §3.5): who can move from some point on at any time, moves again and again. Strong fairness ("compassion":
who can move again and again, moves again and again) would here be the same: whether a client can move depends on itself
alone, and only BYE, after which it never moves again, comes from outside. What a client chooses to send, what the server
chooses to answer, and who comes first is left free: RFC 2180 §3.1 (b) is about just those clients that always come when
the mailbox is in use. A client that is stopped by a scenario's bound could move, but for the bound: no loop without it
counts. The external agent acts a given number of times, and has done all of it before any loop.

O-TOLD has a check of single steps besides (`explore.properties.numbering.told`): no NOOP tells nothing while there is
news. Neither says what the other says. A server that tells only at every second NOOP passes over none of the news for
ever, and fails that check; one that tells something at each NOOP, but always something else, passes it, and fails here.
Together: each NOOP brings news, if there is any, and each piece of news has its turn. RFC 2180 §4.1.2 (b) relies on
both: after one NOOP a client is to know what was expunged.

New messages for ever are more than finitely many UIDs can show, and one UID is expunged once. So no loop has an expunge
on it, and a client whose retry never ends on a loop is not kept busy by real news.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import networkx as nx

from explore.search.breadth_first import DEFAULT_MOST_STATES, Search, Violation, search
from explore.search.fair_cycles import Fairness, Step, fair_components, shortest_loop
from explore.space import Receipt, Sent, Space, State, Transition
from model import protocol as p
from model.client import NAIVE, Client, current_step, options

STARVATION, TOLD, RETRY_ENDS = "H-STARVATION", "O-TOLD", "O-RETRY-ENDS"
EXPUNGE, ARRIVAL, FLAGS = "expunge", "arrival", "flags"
_THE_POINT = 1
"""The duty of a loop to do what makes it wrong; the duty that client `sid` moves is bit 1 + sid."""
Wrong = tuple[int, int, tuple[Step, ...]]
"""A lasso: its length, the profiles, and the loop."""


class News(NamedTuple):
    """Something that a client has not been told: an EXPUNGE or ARRIVAL of a message in that mailbox (an id), or its new
    FLAGS."""

    kind: str
    mailbox: int
    uid: int
    content: str

    def __str__(self) -> str:
        if self.kind == FLAGS:
            return f"that the flags of {self.content!r} have changed"
        return f"that {self.content!r} {'is expunged' if self.kind == EXPUNGE else 'has arrived'}"


def liveness(found: Search, most_states: int = DEFAULT_MOST_STATES, most_seconds: float = math.inf) -> Search:
    """That search, if it is complete, with those of these properties checked that its space asks for.

    Whoever is exchanged with another client on the way round ("symmetry") has not gone round. So where clients are
    interchangeable, and something may be wrong (`may_break`), it is another search, of the space without that reduction,
    within those limits; where nothing can be wrong, the reduced one is enough, and costs nothing.
    """
    space = found.space
    asked = {prop.id for prop in space.properties}
    wrong = may_break(found) & asked if found.complete else frozenset()
    if wrong and "symmetry" in space.reductions:
        apart = Space(
            space.scenario, space.manner, space.universe, space.properties, space.execute,
            space.reductions - {"symmetry"}, space.linked,
        )  # fmt: skip
        found = search(apart, most_states, None, most_seconds)
    if found.complete:
        for name in sorted(wrong):
            CHECKS[name](found)
    return found


def may_break(found: Search) -> frozenset[str]:
    """The properties of this module that may break there; the others hold. Quick, and right whoever is who.

    O-RETRY-ENDS holds where none of the clients, taken alone, can come back to what it believed without its program's
    having had a turn. Then only a program that repeats or retries makes loops at all; and O-TOLD holds where no NOOP
    leaves anything untold.
    """
    scenario, names = found.space.scenario, set[str]()
    if scenario.retried:
        names.add(STARVATION)
    if not nx.is_directed_acyclic_graph(_follow_ups(found)):
        names.add(RETRY_ENDS)
    if (scenario.endless or RETRY_ENDS in names) and _passes_over(found):
        names.add(TOLD)
    return frozenset(names)


def _follow_ups(found: Search) -> nx.DiGraph[tuple[int, Client]]:
    """How clients go from belief to belief, each by itself, by what they send before the next step of their program; naive
    ones send nothing of the sort."""
    tables, looked = found.space.tables, set[tuple[int, int, int]]()
    before: dict[int, Client] = {}
    graph: nx.DiGraph[tuple[int, Client]] = nx.DiGraph()
    if tables.reading == NAIVE:
        return graph
    for state in found.reached:
        for sid, actor in enumerate(state[1:-1]):
            client = before.get(actor) or before.setdefault(actor, tables.actor(actor).client)
            here = (state[0], sid, actor)
            if not client.todo or here in looked:
                continue
            looked.add(here)
            for branch in tables.options(*here):
                if not isinstance(branch.act, Receipt):
                    graph.add_edge((sid, client), (sid, tables.actor(branch.actor).client))
    return graph


def _passes_over(found: Search) -> bool:
    """Whether some NOOP or CHECK leaves a piece of news untold, under a profile that is not known to break O-TOLD."""
    space, looked = found.space, set[tuple[int, int, int]]()
    known = found.failing.get(TOLD, 0)
    for state in found.reached:
        for sid, actor in enumerate(state[1:-1]):
            here = (state[0], sid, actor)
            if here in looked:
                continue
            looked.add(here)
            for branch in space.tables.options(*here):
                if isinstance(branch.act, (p.Noop, p.Check)) and branch.mask & ~known:
                    after = (branch.world, *state[1 : 1 + sid], branch.actor, *state[2 + sid :])
                    if news(space, state, sid) & news(space, after, sid):
                        return True
    return False


def starvation(found: Search) -> None:
    """Add to a finished search whether some retried command can be refused for ever."""
    space = found.space
    retriers = [sid for sid, program in enumerate(space.scenario.programs) if any(s.retry for s in program.steps)]
    steps = _steps(found) if retriers else []
    wrong: list[Wrong] = []
    for sid in retriers:
        tries = {id(edge) for state, edge in steps if edge.sid == sid and _tries(space, state, edge)}
        hopeless = [step for step in steps if id(step[1]) not in tries or _refused(step[1])]
        wrong += _loops(found, STARVATION, hopeless, sid, tries)
    _note(found, STARVATION, wrong)


def untold(found: Search) -> None:
    """Add to a finished search whether a client can ask for ever, and never be told one and the same thing. Raises
    ValueError where what clients believe is not known ("beliefs")."""
    space, steps = found.space, _steps(found)
    if space.tables.blind:
        raise ValueError("what a client has been told can't be seen in a space that forgets beliefs; ask it for O-TOLD")
    wrong: list[Wrong] = []
    for sid in range(len(space.scenario.programs)):
        polls = [(a, edge) for a, edge in steps if edge.sid == sid and isinstance(edge.branch.act, (p.Noop, p.Check))]
        passed_over = {item for a, edge in polls for item in news(space, a, sid) & news(space, edge.target, sid)}
        asks = {id(edge) for _, edge in polls}
        for item in sorted(passed_over):
            still = {state for state in found.reached if item in news(space, state, sid)}
            wrong += _loops(found, TOLD, [step for step in steps if step[0] in still], sid, asks)
    _note(found, TOLD, wrong)


def endless_retry(found: Search) -> None:
    """Add to a finished search whether a client can be at what follows a refused command for ever."""
    space, steps = found.space, _steps(found)
    wrong: list[Wrong] = []
    for sid in range(len(space.scenario.programs)):
        sends = [(a, edge) for a, edge in steps if edge.sid == sid and _served(edge)]
        again = {id(edge) for state, edge in sends if space.actor(state, sid).client.todo}
        onward = {id(edge) for _, edge in sends} - again
        wrong += _loops(found, RETRY_ENDS, [step for step in steps if id(step[1]) not in onward], sid, again)
    _note(found, RETRY_ENDS, wrong)


CHECKS = {STARVATION: starvation, TOLD: untold, RETRY_ENDS: endless_retry}


def news(space: Space, state: State, sid: int) -> frozenset[News]:
    """What there is to tell that client, and has not been told: it still counts a message that is expunged, it does not
    count one that is there, or it shows flags that a message has no longer."""
    client, truth = space.actor(state, sid)
    box = space.world(state).by_id(truth.mailbox)
    if box is None:
        return frozenset()
    alive = {message.uid: message for message in box.messages}
    counted = {uid for uid, _ in truth.counted}
    untold_ones = [News(EXPUNGE, box.id, uid, content) for uid, content in truth.counted if uid and uid not in alive]
    untold_ones += [News(ARRIVAL, box.id, m.uid, m.content) for m in box.messages if m.uid not in counted]
    for entry, (uid, content) in zip(client.shown, truth.counted, strict=False):
        if uid in alive and entry.flags is not None and entry.flags != alive[uid].flags:
            untold_ones.append(News(FLAGS, box.id, uid, content))
    return frozenset(untold_ones)


def is_idle(space: Space, state: State, sid: int) -> bool:
    """Whether that client has nothing to send, and nothing under way: not moving is then no injustice to it."""
    client = space.actor(state, sid).client
    return client.busy is None and not options(client, space.scenario.programs[sid])


def _steps(found: Search) -> list[Step]:
    """Every step of the graph. Raises ValueError where clients are interchangeable: a loop may then be none."""
    space = found.space
    if "symmetry" in space.reductions:
        raise ValueError("who goes round a loop can't be told in a space with symmetry; search it without")
    return [(state, edge) for state, mask in found.reached.items() for edge in space.edges(state, mask)]


def _loops(found: Search, name: str, steps: Iterable[Step], sid: int, point: set[int]) -> list[Wrong]:
    """A shortest lasso for each set of profiles that have a fair loop of those steps with one that is to the `point`: by
    client `sid`, and that makes the loop wrong. Profiles for which that is known already are left out."""
    space = found.space
    everyone = range(len(space.scenario.programs))

    def done(step: Step) -> int:
        _, edge = step
        return (_THE_POINT if id(edge) in point else 0) | 2 << edge.sid if edge.sid >= 0 else 0

    def due(part: list[Step]) -> int | None:
        state, movers = part[0][0], {edge.sid for _, edge in part}
        if state[-1] < len(space.scenario.agent):
            return None
        if not all(other in movers or is_idle(space, state, other) for other in everyone if other != sid):
            return None
        return _THE_POINT | sum(2 << other for other in movers | {sid})

    wrong = []
    duties, universe = Fairness(done, due), space.universe
    for mask, part in fair_components(steps, universe.all & ~found.failing.get(name, 0), duties):
        simplest = universe.index(universe.simplest(mask))

        def depth(state: State, mask: int = mask, index: int = simplest) -> int:
            return len(found.path(Violation(mask, state, None), index))

        loop = shortest_loop(part, duties, depth)
        wrong.append((depth(loop[0][0]) + len(loop), mask, tuple(loop)))
    return wrong


def _note(found: Search, name: str, wrong: list[Wrong]) -> None:
    """Note those lassos, the shortest first."""
    for _, mask, loop in sorted(wrong, key=lambda one: one[0]):
        found.break_at(name, mask, loop[0][0], None, loop)


def _tries(space: Space, state: State, edge: Transition) -> bool:
    """Whether the client that takes that step tries what it is to retry."""
    client = space.actor(state, edge.sid).client
    step = current_step(client, space.scenario.programs[edge.sid])
    return _served(edge) and step is not None and step.retry and not client.todo


def _served(edge: Transition) -> bool:
    """Whether that step of a client has a command answered; where requests and responses are steps, not all do."""
    return not isinstance(edge.branch.act, (Sent, Receipt))


def _refused(edge: Transition) -> bool:
    return any(to == edge.sid and isinstance(r, p.Tagged) and r.status == "NO" for to, r in edge.branch.responses)
