"""How is a counterexample drawn as a Mermaid sequence diagram?"""

from __future__ import annotations

import re

from explore.figures import ResponsePlace, sent_ahead
from explore.properties import Property
from explore.runs import BrokenAt, Run, conclusion, remarks, spoken
from explore.system import AGENT
from model.protocol import Tagged, response_text

_UNSAFE = re.compile(r"[^A-Za-z0-9 .,:()*\[\]/+=_'\\§-]|(?i:\bend\b)")


def mermaid(run: Run, prop: Property, broken: BrokenAt | None) -> str:
    """A sequence diagram: solid arrows are requests and completions, dashed ones untagged responses. A command sent ahead
    stands where its client sends it, and a note says when it is served."""
    people = [f"C{sid + 1}" for sid in run.involved]
    parties = [*people[:1], "S", *people[1:], *(["Agent"] if any(t.move.sid == AGENT for t in run.turns) else [])]
    lines = ["sequenceDiagram", f"    title {entities(f'{prop.id} under {run.profile}')}"]
    lines += [f"    participant {party}" for party in parties]
    everyone = ",".join((parties[0], parties[-1]))
    lines.append(f"    Note over {everyone}: {entities(run.schedule.scenario.players(run.schedule.manner))}")
    said, moments = remarks(run), sent_ahead(run)
    waiting = {later for several in moments.values() for later in several}
    first = len(run.turns) - run.schedule.loop if run.schedule.loop else -1
    for number, turn in enumerate(run.turns):
        if number == first:
            lines.append("    loop for ever")
        lines.append(f"    Note over S: {turn.tag} is served" if number in waiting else _sent(run, number))
        for place, (to, response) in enumerate(turn.responses):
            for later in moments.get(ResponsePlace(number, place), ()):
                lines += [_noted(said[later][0]), _sent(run, later)]
            arrow = "->>" if isinstance(response, Tagged) else "-->>"
            lines.append(f"    S{arrow}C{to + 1}: {entities(response_text(response, turn.tag))}")
        lines += [_noted(remark) for remark in said[number][number in waiting :]]
    lines += ["    end"] if first >= 0 else []
    lines.append(f"    Note over {everyone}: {entities(conclusion(prop, broken))}")
    return "\n".join(lines) + "\n"


def _sent(run: Run, number: int) -> str:
    """The command of that turn, as it leaves whoever sends it."""
    who, _, what = spoken(run.turns[number])[0].partition(": ")
    return f"    {who}->>S: {entities(what)}"


def _noted(remark: str) -> str:
    """A remark on a client, beside it."""
    who, _, what = remark.partition(" ")
    return f"    Note over {who}: {entities(what)}"


def entities(text: str) -> str:
    """Text as Mermaid takes it: what has a meaning there (`;`, `#`, quotes, line ends, the word "end") as entities.

    >>> entities('a; "b" end')
    'a#59; #34;b#34; #101;nd'
    """
    return _UNSAFE.sub(lambda match: f"#{ord(match[0][0])};{match[0][1:]}", text)

