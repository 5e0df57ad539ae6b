"""`mailrace replay`: transcripts and tokens, played again."""

from __future__ import annotations

import sys

import click

from mailrace.shared import PROFILE, VERSUS, VIOLATED, read, the_profile


@click.command()
@click.argument("words", nargs=-1, metavar="[TRANSCRIPT | TOKEN]...")
@PROFILE
@VERSUS
def replay(words: tuple[str, ...], profile: str | None, versus: str | None) -> None:
    """Drive transcripts line by line, and show where the server's answers part from them.

    A TOKEN, as `mailrace explain` prints it, is played again: the transcript is printed anew, and which property breaks
    where. Without anything, the examples of RFC 2180 are replayed, each under the strategy that it illustrates, and
    shown to part under every other strategy of that decision. Exit code 1 if something differs, or breaks no more.
    """
    from explore.show import beside, examples, play_back, read_all, terminal

    chosen = the_profile(profile) if profile is not None else None
    other = the_profile(versus) if versus is not None else None
    if chosen is not None and other is not None:
        raise click.ClickException("--profile and --versus both name the server to replay under; give one of them")
    try:
        scores = read_all(words, read) if words else examples()
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    if other is not None:
        for score in scores:
            click.echo(beside(score, other, terminal.width()))
        return
    failed = others = 0
    for score in scores:
        played = play_back(score, chosen)
        click.echo(played.story, nl=False)
        mark = click.style("✓", "green") if played.ok else click.style("✗", "red")
        click.echo(f"{mark} {score.name}  {played.sentence}", err=bool(played.story))
        for line in played.details:
            click.echo(f"  {line}")
        failed += not played.ok
        others += played.others
    aside = all(score.run is not None for score in scores)
    click.echo(f"{len(scores) - failed} of {len(scores)} {'transcripts' if words else 'examples'} replay", err=aside)
    if chosen is None and others and not failed:
        click.echo(f"{others} other strategies part from them, each where it should")
    sys.exit(VIOLATED if failed else 0)
