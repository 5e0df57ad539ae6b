"""Run notebooks from top to bottom and keep what they show: all of them, or those named.

    python notebooks/run_all.py [--into FOLDER] [NOTEBOOK.ipynb]...

Without a FOLDER they are changed in place. What differs from run to run (times, versions, how output was cut into pieces)
is left out, so that a notebook changes only if what it shows does. Ends with 1 if a cell fails or warns.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

HERE = Path(__file__).parent
MOST_SECONDS = 300


def run(text: str) -> Any:
    """That notebook, executed in an empty folder. Raises CellExecutionError if a cell fails."""
    notebook = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        cell.metadata = {}
    with TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook, timeout=MOST_SECONDS, kernel_name="python3", record_timing=False, coalesce_streams=True,
            extra_arguments=["--log-level=ERROR"], resources={"metadata": {"path": folder}},
        )  # fmt: skip
        client.execute()
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return notebook


def warnings(notebook: Any) -> list[str]:
    """What its cells wrote on standard error."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return [output.text for output in outputs if output.output_type == "stream" and output.name == "stderr"]


def main(arguments: list[str]) -> int:
    """Run them; returns the exit code."""
    parser = argparse.ArgumentParser(description="Run notebooks and keep what they show.")
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="write them there, not in place")
    parser.add_argument("notebooks", nargs="*", type=Path, metavar="NOTEBOOK")
    asked = parser.parse_args(arguments)
    failed = False
    for file in asked.notebooks or sorted(HERE.glob("*.ipynb")):
        print(file.name, flush=True)
        try:
            done = run(file.read_text(encoding="utf-8"))
        except CellExecutionError as error:
            print(error, file=sys.stderr)
            failed = True
            continue
        for text in warnings(done):
            print(f"{file.name} warns: {text}", file=sys.stderr)
            failed = True
        text = nbformat.writes(done)  # type: ignore[no-untyped-call]
        (asked.into / file.name if asked.into else file).write_text(f"{text.rstrip()}\n", encoding="utf-8")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
