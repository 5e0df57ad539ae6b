"""`mailrace replay`: transcripts and tokens, played again."""

from __future__ import annotations

import sys

import click

from explore.show import Score, beside, example_scores, play_back, terminal
from mailrace.exit_codes import VIOLATED
from mailrace.parameter_types import SCORE
from mailrace.shared import complaining, with_profile, with_versus
from strategies import Profile


@click.command()
@click.argument("given", nargs=-1, type=SCORE, metavar="[TRANSCRIPT | TOKEN]...")
@with_profile
@with_versus
def replay(given: tuple[Score, ...], profile: Profile | None, versus: Profile | None) -> None:
    """Drive transcripts line by line, and show where the server's answers part from them.

    A TOKEN, as `mailrace explain` prints it, is played again: the transcript is printed anew, and which property breaks
    where. Without anything, the examples of RFC 2180 are replayed, each under the strategy that it illustrates, and
    shown to part under every other strategy of that decision. Exit code 1 if something differs, or breaks no more.
    """
    if profile is not None and versus is not None:
        raise click.UsageError("--profile and --versus both name the server to replay under; give one of them")
    scores = list(given) or example_scores()
    if versus is not None:
        for score in scores:
            with complaining():
                both = beside(score, versus, terminal.width())
            click.echo(both)
        return
    failed = others = 0
    for score in scores:
        played = play_back(score, profile)
        click.echo(played.story, nl=False)
        mark = click.style("✓", "green") if played.ok else click.style("✗", "red")
        click.echo(f"{mark} {score.name}  {played.sentence}", err=bool(played.story))
        for line in played.details:
            click.echo(f"  {line}")
        failed += not played.ok
        others += played.others
    aside = all(score.run is not None for score in scores)
    click.echo(f"{len(scores) - failed} of {len(scores)} {'transcripts' if given else 'examples'} replay", err=aside)
    if profile is None and others and not failed:
        click.echo(f"{others} other strategies part from them, each where it should")
    sys.exit(VIOLATED if failed else 0)
