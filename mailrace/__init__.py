"""mailrace: what can happen when several IMAP clients work on one mailbox at once, under every server RFC 2180 allows.

The command line. Heavy imports are inside the commands, so that `--help` is quick. Wrong input is one line on standard
error and exit code 2.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any

import click

from mailrace import checking, coverage, graphing, replaying, simulate, tables
from mailrace.shared import INTERRUPTED, USAGE


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="mailrace")
def cli() -> None:
    """What can happen when several IMAP clients work on one mailbox at once? RFC 2180, executable."""


for command in (
    checking.check, checking.explain, replaying.replay, tables.faults, tables.pipelining, tables.strategies,
    tables.properties, coverage.coverage, simulate.simulate,
):  # fmt: skip
    cli.add_command(command)
cli.add_command(graphing.graph)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; wrong input is one line and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    run: Callable[..., Any] = cli.main
    try:
        run(args=arguments, prog_name="mailrace", standalone_mode=False)
    except click.Abort:
        sys.exit(INTERRUPTED)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "")
        sys.exit(USAGE)
    except click.ClickException as error:
        click.echo(f"mailrace: {' '.join(error.format_message().split())}", err=True)
        sys.exit(USAGE)
