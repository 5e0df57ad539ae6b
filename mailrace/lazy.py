"""Which commands are there? Known by name and one line of help; each is loaded only when it is used.

So `mailrace --help` loads nothing but click. A command stands in a module of this package, with its imports at the top.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

import click

from mailrace.exit_codes import PIPE_CLOSED


class LazyCommand(NamedTuple):
    """Where a command is, as `module:name`, and the first line of its help."""

    place: str
    help: str


COMMANDS: Mapping[str, LazyCommand] = {
    "check": LazyCommand(
        "mailrace.checking:check",
        "Explore every interleaving under all profiles, and say which strategies keep which promises.",
    ),
    "coverage": LazyCommand(
        "mailrace.coverage:coverage",
        "List every statement of RFC 2180 with what makes it executable: strategy, property, example, study, test.",
    ),
    "explain": LazyCommand(
        "mailrace.checking:explain",
        "Show the shortest way to break a PROPERTY (a hazard or an obligation), as a transcript.",
    ),
    "faults": LazyCommand(
        "mailrace.tables:faults",
        "Hunt every seeded fault: small wrong servers, each of which an obligation must catch.",
    ),
    "graph": LazyCommand(
        "mailrace.graphing:graph",
        "Show the state space of a SCENARIO as a graph: its size, where runs end and go round, its nodes and arrows.",
    ),
    "pipelining": LazyCommand(
        "mailrace.tables:pipelining",
        "Which commands may be sent before the last one is completed? RFC 3501 §5.5, derived.",
    ),
    "properties": LazyCommand(
        "mailrace.tables:properties", "List every obligation and hazard, with its statement and source."
    ),
    "replay": LazyCommand(
        "mailrace.replaying:replay", "Drive transcripts line by line, and show where the server's answers part from them."
    ),
    "simulate": LazyCommand(
        "mailrace.simulate:simulate", 'Put numbers on RFC 2180\'s "may be small" and "may not be practical": run a STUDY.'
    ),
    "strategies": LazyCommand(
        "mailrace.tables:strategies", "List every decision and the strategies for it, with the paragraph that allows each."
    ),
}


OF_OUTPUT = (errno.EPIPE, errno.ENOSPC, errno.EIO)
"""Why standard output can't be written. An error of a file has its name; other errors are not of writing at all."""


class LazyGroup(click.Group):
    """A group of the commands of a table, none of which is loaded before it is asked for."""

    def __init__(self, *arguments: Any, table: Mapping[str, LazyCommand] = COMMANDS, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, loaded; None if there is none."""
        if cmd_name not in self.table:
            return None
        module, _, name = self.table[cmd_name].place.partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command), f"{self.table[cmd_name].place} is no command"
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. A pipe that somebody has closed ends it quietly, with the exit code that the shell has for that
        (128 + SIGPIPE); raises ClickException if standard output can't be written otherwise."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except OSError as error:
            if error.filename is not None or error.errno not in OF_OUTPUT:
                raise click.ClickException(str(error)) from None
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains once more at its end
            if error.errno == errno.EPIPE:
                sys.exit(PIPE_CLOSED)
            raise click.ClickException(f"cannot write to standard output: {error.strerror}") from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each command with its line of help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.help) for name, command in self.table.items()])
