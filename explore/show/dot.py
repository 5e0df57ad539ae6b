"""How is a counterexample drawn as a graph of the states it goes through? In DOT."""

from __future__ import annotations

from explore.graph import dot_string
from explore.properties import Property
from explore.runs import BrokenAt, Run, conclusion, spoken
from model.protocol import flags_text
from model.store import Mailbox


def dot(run: Run, prop: Property, broken: BrokenAt | None) -> str:
    """The states of the run, each summarised, with what is said on the way from one to the next."""
    lines = [
        f"digraph {dot_string(prop.id)} {{",
        f"  label={dot_string(conclusion(prop, broken))}; labelloc=t;",
        '  node [shape=box, fontname="monospace"]; edge [fontname="monospace"];',
    ]
    back = len(run.turns) - run.schedule.loop if run.schedule.loop else None
    last = len(run.turns) if back is None else len(run.turns) - 1
    for number in range(last + 1):
        color = ", color=red, penwidth=2" if broken is not None and number == min(broken.turn, last) else ""
        lines.append(f"  s{number} [label={dot_string(_summary(run, number), left=True)}{color}];")
    for number, turn in enumerate(run.turns):
        target = back if number == last else number + 1
        lines.append(f"  s{number} -> s{target} [label={dot_string(chr(10).join(spoken(turn)), left=True)}];")
    return "\n".join((*lines, "}")) + "\n"


def _summary(run: Run, number: int) -> str:
    """The mailboxes, and what each client that has a part in it has open and counts."""
    world = run.world(number)
    rows = [_mailbox(box) for box in world.mailboxes if box.messages or box.name != "INBOX"]
    for sid in run.involved:
        client = run.participant(number, sid).client
        if not client.connected:
            rows.append(f"C{sid + 1} is disconnected")
        elif client.name is not None:
            rows.append(f"C{sid + 1} shows {client.name}, {len(client.shown)} messages")
    return "\n".join(rows) or "no mailbox but an empty INBOX"


def _mailbox(box: Mailbox) -> str:
    messages = [f"{m.uid}{' ' + flags_text(m.flags) if m.flags else ''}" for m in box.messages]
    return f"{box.name}{' (deleted)' if box.ghost else ''}: {', '.join(messages) or 'empty'}"
