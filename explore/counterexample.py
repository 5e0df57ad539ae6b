"""How is a violation told to a mail person? As a transcript in RFC 2180's notation that can be replayed.

Between the lines stands what is not on the wire: for each client whose belief parts from the truth, what it believes
and what is so, whenever that changes; at the end, in a sentence, what has broken.
"""

from __future__ import annotations

from typing import NamedTuple

from explore.convergence import diverges
from explore.factored import Actor
from explore.observation import AGENT
from explore.properties import Property
from explore.search import Search, Violation
from explore.space import Edge, Space, State
from model import link
from model.agent import Deliver, Purge, Relabel, action_text
from model.sequence import of, to_text
from model.syntax import command_text, flags_text, response_text
from model.world import World
from strategies import Profile


class Counterexample(NamedTuple):
    """A shortest way to break a property: in which scenario, under which profile, for clients of which manner, in how
    many steps; `text` is the transcript, a file that `mailrace replay` accepts."""

    property: str
    scenario: str
    profile: Profile
    manner: str
    steps: int
    text: str


def shortest(found: Search, name: str, within: int) -> tuple[Violation, int] | None:
    """The first violation of that property under some profile of the set `within`, and the simplest such profile."""
    best: tuple[int, Violation, int] | None = None
    for violation in found.violations.get(name, []):
        if violation.mask & within:
            universe = found.space.universe
            index = universe.index(universe.simplest(violation.mask & within))
            length = len(found.path(violation, index)) + len(violation.loop)
            if best is None or length < best[0]:
                best = (length, violation, index)
    return None if best is None else best[1:]


def tell(found: Search, prop: Property, violation: Violation, index: int) -> Counterexample:
    """The counterexample for that violation under the profile of that number."""
    space, profile = found.space, found.space.universe.profile(index)
    path = found.path(violation, index)
    teller = _Teller(space, {edge.sid for _, edge in (*path, *violation.loop)})
    lines = [
        f"Title: {prop.id} breaks: {prop.statement}",
        f"Profile: {profile}",
        *space.scenario.header,
        "",
        f"<the clients are {space.manner}>",
    ]
    for state, edge in path:
        lines += teller.step(state, edge)
    if violation.loop:
        lines.append("<from here on, for ever:>")
        for state, edge in violation.loop:
            lines += teller.step(state, edge)
        lines.append(f"<{prop.id}: refused every time, while all the others keep moving>")
    else:
        lines.append(f"<{prop.id}: {_reason(space, prop, violation)}>")
    steps = len(path) + len(violation.loop)
    return Counterexample(prop.id, space.scenario.name, profile, space.manner, steps, "\n".join(lines) + "\n")


def _reason(space: Space, prop: Property, violation: Violation) -> str:
    if violation.edge is None or prop.check is None:
        return diverges(space, violation.state) or prop.statement
    return prop.check(space.observation_of(violation.state, violation.edge)) or prop.statement


class _Teller:
    """Writes steps down one after the other, with tags, and with remarks where the belief of a client that has a part
    in it comes to differ from what is so."""

    def __init__(self, space: Space, cast: set[int]) -> None:
        self.space = space
        self.sent: dict[int, int] = {}
        self.said: dict[int, tuple[str, ...]] = {sid: () for sid in sorted(cast) if sid != AGENT}

    def step(self, state: State, edge: Edge) -> list[str]:
        act = edge.branch.act
        if isinstance(act, (Deliver, Purge, Relabel)):
            lines = [f"Agent: {action_text(act)}"]
        else:
            number = self.sent[edge.sid] = self.sent.get(edge.sid, 0) + 1
            tag = link.tag(edge.sid, number)
            lines = [f"C{edge.sid + 1}: {tag} {command_text(act)}"]
            for to, response in edge.branch.responses:
                lines.append(f"S{to + 1}: {response_text(response, tag)}")
        return ["", *lines, *self._remarks(edge.target)]

    def _remarks(self, state: State) -> list[str]:
        remarks = []
        for sid, said in self.said.items():
            gaps = self.said[sid] = gap(self.space.world(state), self.space.actor(state, sid))
            new = [remark for remark in gaps if remark not in said]
            if new:
                remarks.append(f"<C{sid + 1} {'; '.join(new)}>")
            elif said and not gaps:
                remarks.append(f"<C{sid + 1} is right about everything again>")
        return remarks


def gap(world: World, actor: Actor) -> tuple[str, ...]:
    """What a client believes and is not so, each as half a sentence; empty where it is right."""
    client, truth = actor.client, actor.truth
    if not client.connected or client.name is None:
        return ()
    box = world.by_id(truth.mailbox)
    remarks = []
    if box is None or box.ghost:
        remarks.append(f"has {client.name} open, which is deleted")
    elif box.name != client.name:
        remarks.append(f"has {client.name} open, which is called {box.name} now")
    alive = {message.uid: message for message in box.messages} if box is not None else {}
    gone = [number for number, (uid, _) in enumerate(truth.counted, 1) if uid not in alive]
    if gone and box is not None:
        verb = "are" if len(gone) > 1 else "is"
        remarks.append(f"counts {len(truth.counted)} messages; its {to_text(of(gone))} {verb} expunged")
    unlike: dict[str, list[int]] = {}
    for number, ((uid, content), entry) in enumerate(zip(truth.counted, client.shown, strict=False), 1):
        if entry.content not in (None, content):
            shown = repr(entry.content) if entry.content else "empty"
            remarks.append(f"shows message {number} as {shown}, it is {content!r}")
        if uid in alive and entry.flags is not None and entry.flags != alive[uid].flags:
            difference = f"with flags {flags_text(entry.flags)}, now {flags_text(alive[uid].flags)}"
            unlike.setdefault(difference, []).append(number)
    remarks += [f"shows {to_text(of(numbers))} {difference}" for difference, numbers in unlike.items()]
    return tuple(remarks)
