"""How is the table of what may be pipelined shown in a terminal?"""

from __future__ import annotations

from rich import box
from rich.table import Table
from rich.text import Text

from explore.check import (
    COMMANDS, RFC_DEPENDS, RFC_INVALID, RFC_VALID, SequenceVerdict, judge, safe_to_expunge_with, spelled, table_of_pairs,
)  # fmt: skip
from explore.show.terminal import console
from explore.space import Universe


def show_pipelining(universe: Universe) -> None:
    """Print the table of every ordered pair, what RFC 3501 §5.5 says beside it, and RFC 2180 §4.4's claim."""
    screen = console()
    screen.print("May the second command (column) be sent before the first one (row) is completed?")
    screen.print("A message is expunged from outside, at any moment. ✓ always   ✗ it can act on a message not meant")
    screen.print(_pairs(table_of_pairs(universe)))
    for names in (*RFC_INVALID, *RFC_VALID):
        said = "invalid" if names in RFC_INVALID else "valid"
        screen.print(f"RFC 3501 §5.5 calls {names} {said}: it {judge(spelled(names), universe).outcome(universe)}")
    for pair in RFC_DEPENDS:
        screen.print(f"... and says it depends: {' + '.join(pair)} {judge(pair, universe).outcome(universe)}")
    screen.print("RFC 2180 §4.4: with which of these commands is it safe to send EXPUNGE?")
    for text in COMMANDS[:4]:
        verdict = safe_to_expunge_with(text)
        said = "safe, as nothing with numbers may follow before it is completed"
        if verdict is not None:
            said = f"not safe: {verdict.commands[1]} may follow, and goes wrong"
        screen.print(f"  {text}: {said}")


def _pairs(rows: list[list[SequenceVerdict]]) -> Table:
    conditions = sorted({verdict.condition for row in rows for verdict in row if verdict.unsafe})
    pairs = Table(box=box.SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, pad_edge=False)
    pairs.add_column("", no_wrap=True)
    pairs.add_column("first", no_wrap=True)
    for number in range(1, len(COMMANDS) + 1):
        pairs.add_column(str(number), justify="center")
    pairs.add_column("✗ under", no_wrap=True)
    for number, row in enumerate(rows, 1):
        cells = [Text("✗", "bold red") if verdict.unsafe else Text("✓", "green") for verdict in row]
        unsafe = [name for name in conditions if any(verdict.condition == name for verdict in row)]
        under = ", ".join("every profile" if name == "always" else name for name in unsafe)
        pairs.add_row(str(number), COMMANDS[number - 1], *cells, under)
    return pairs
