"""mailrace: what can happen when several IMAP clients work on one mailbox at once, under every server RFC 2180 allows.

The command line. Each command is loaded when it is used (`mailrace.lazy`); what the user gives is converted and refused in
one place (`mailrace.parameter_types`). Wrong input is one line on standard error and exit code 2.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any

import click

from mailrace.exit_codes import INTERRUPTED, USAGE
from mailrace.lazy import LazyGroup


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="mailrace")
def cli() -> None:
    """What can happen when several IMAP clients work on one mailbox at once? RFC 2180, executable."""


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
