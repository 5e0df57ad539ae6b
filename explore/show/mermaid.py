"""How is a counterexample drawn? As a Mermaid sequence diagram, or as a DOT graph of the states it goes through."""

from __future__ import annotations

import re

from explore.properties import Property
from explore.runs import BrokenAt, Run, remarks, spoken
from explore.system import AGENT, actor_name
from model.protocol import Tagged, response_text

_UNSAFE = re.compile(r"[^A-Za-z0-9 .,:()*\[\]/+=_'\\§-]|(?i:\bend\b)")


# --- Mermaid --------------------------------------------------------------------------------------------------------


def mermaid(run: Run, prop: Property, broken: BrokenAt | None) -> str:
    """A sequence diagram: solid arrows are requests and completions, dashed ones untagged responses."""
    people = [f"C{sid + 1}" for sid in run.involved]
    parties = [*people[:1], "S", *people[1:], *(["Agent"] if any(t.move.sid == AGENT for t in run.turns) else [])]
    lines = ["sequenceDiagram", f"    title {entities(f'{prop.id} under {run.profile}')}"]
    lines += [f"    participant {party}" for party in parties]
    everyone = ",".join((parties[0], parties[-1]))
    lines.append(f"    Note over {everyone}: {entities(f'the clients are {run.schedule.manner}')}")
    said = remarks(run)
    first = len(run.turns) - run.schedule.loop if run.schedule.loop else -1
    for number, turn in enumerate(run.turns):
        if number == first:
            lines.append("    loop for ever")
        _, _, what = spoken(turn)[0].partition(": ")
        lines.append(f"    {actor_name(turn.move.sid)}->>S: {entities(what)}")
        for to, response in turn.responses:
            arrow = "->>" if isinstance(response, Tagged) else "-->>"
            lines.append(f"    S{arrow}C{to + 1}: {entities(response_text(response, turn.tag))}")
        for remark in said[number]:
            who, _, what = remark.partition(" ")
            lines.append(f"    Note over {who}: {entities(what)}")
    lines += ["    end"] if first >= 0 else []
    lines.append(f"    Note over {everyone}: {entities(_verdict(prop, broken))}")
    return "\n".join(lines) + "\n"


def entities(text: str) -> str:
    """Text as Mermaid takes it: what has a meaning there (`;`, `#`, quotes, line ends, the word "end") as entities.

    >>> entities('a; "b" end')
    'a#59; #34;b#34; #101;nd'
    """
    return _UNSAFE.sub(lambda found: f"#{ord(found[0][0])};{found[0][1:]}", text)


def _verdict(prop: Property, broken: BrokenAt | None) -> str:
    return f"{prop.id}: {broken.reason}" if broken is not None else f"{prop.id} does not break here"


# --- DOT ------------------------------------------------------------------------------------------------------------


