"""How is the hunt for seeded faults shown in a terminal?"""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from explore.check import Caught, FaultTable


def show_faults(fault_table: FaultTable, console: Console) -> None:
    """Print the table."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    table.add_column("fault", no_wrap=True)
    table.add_column("what the server does wrong", ratio=3)
    table.add_column("caught by (the steps of the shortest way)", ratio=4)
    for row in fault_table.rows:
        table.add_row(row.fault.name, Text(row.fault.story), _catchers(row))
    console.print(table)
    mark = Text("● the obligation it was made for   ", "dim")
    console.print(mark + Text("mailrace faults NAME: its shortest counterexample", "dim"))
    console.print(Text(fault_table.summary(), "red" if fault_table.missed else "bold"))


def _catchers(row: Caught) -> Text:
    names = row.steps if row.right else {row.fault.breaks: None, **row.steps}
    text = Text()
    for name, steps in names.items():
        if name == row.fault.breaks:
            text.append(f"● {name} {steps}" if steps is not None else f"✗ not {name}", "bold green" if steps else "bold red")
        else:
            text.append(f", {name} {steps}", "dim")
    return text
