"""How is a counterexample drawn? As a Mermaid sequence diagram, or as a DOT graph of the states it goes through."""

from __future__ import annotations

import re

from explore.counterexample import remarks, spoken
from explore.course import Break, Run, actor_name
from explore.factored import State
from explore.observation import AGENT
from explore.properties import Property

from model.mailbox import Mailbox
from model.protocol import Tagged
from model.syntax import flags_text, response_text

_UNSAFE = re.compile(r"[^A-Za-z0-9 .,:()*\[\]/+=_'\\§-]|(?i:\bend\b)")


# --- Mermaid --------------------------------------------------------------------------------------------------------


def mermaid(run: Run, prop: Property, broken: Break | None) -> str:
    """A sequence diagram: solid arrows are requests and completions, dashed ones untagged responses."""
    cast = [f"C{sid + 1}" for sid in run.cast]
    parties = [*cast[:1], "S", *cast[1:], *(["Agent"] if any(t.move.sid == AGENT for t in run.turns) else [])]
    lines = ["sequenceDiagram", f"    title {entities(f'{prop.id} under {run.space.universe.profile(0)}')}"]
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


def _verdict(prop: Property, broken: Break | None) -> str:
    return f"{prop.id}: {broken.reason}" if broken is not None else f"{prop.id} does not break here"


# --- DOT ------------------------------------------------------------------------------------------------------------


def dot(run: Run, prop: Property, broken: Break | None) -> str:
    """The states of the run, each summarised, with what is said on the way from one to the next."""
    lines = [
        f"digraph {quoted(prop.id)} {{",
        f"  label={quoted(_verdict(prop, broken))}; labelloc=t;",
        '  node [shape=box, fontname="monospace"]; edge [fontname="monospace"];',
    ]
    back = len(run.turns) - run.schedule.loop if run.schedule.loop else None
    last = len(run.turns) if back is None else len(run.turns) - 1
    for number, state in enumerate(run.states[: last + 1]):
        color = ", color=red, penwidth=2" if broken is not None and number == min(broken.turn, last) else ""
        lines.append(f"  s{number} [label={quoted(_summary(run, state), left=True)}{color}];")
    for number, turn in enumerate(run.turns):
        target = back if number == last else number + 1
        lines.append(f"  s{number} -> s{target} [label={quoted(chr(10).join(spoken(turn)), left=True)}];")
    return "\n".join((*lines, "}")) + "\n"


def quoted(text: str, left: bool = False) -> str:
    r"""Text as a quoted string of DOT; with `left`, its lines set flush left.

    >>> quoted('say "\\Seen"')
    '"say \\"\\\\Seen\\""'
    """
    end = "\\l" if left else "\\n"
    rows = [row.replace("\\", "\\\\").replace('"', '\\"') for row in text.splitlines()]
    return f'"{end.join(rows)}{end if left else ""}"'


def _summary(run: Run, state: State) -> str:
    """The mailboxes, and what each client that has a part in it has open and counts."""
    world = run.space.world(state)
    rows = [_mailbox(box) for box in world.mailboxes if box.messages or box.name != "INBOX"]
    for sid in run.cast:
        client = run.space.actor(state, sid).client
        if not client.connected:
            rows.append(f"C{sid + 1} is disconnected")
        elif client.name is not None:
            rows.append(f"C{sid + 1} shows {client.name}, {len(client.shown)} messages")
    return "\n".join(rows) or "no mailbox but an empty INBOX"


def _mailbox(box: Mailbox) -> str:
    messages = [f"{m.uid}{' ' + flags_text(m.flags) if m.flags else ''}" for m in box.messages]
    return f"{box.name}{' (deleted)' if box.ghost else ''}: {', '.join(messages) or 'empty'}"
