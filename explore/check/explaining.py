"""How does a property break? The shortest counterexample, for one property and clients of one kind."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from explore.check.checking import check
from explore.check.report import Report
from explore.check.verdict import Verdict
from explore.check.word import Word
from explore.properties import Property, property_named
from explore.runs import Counterexample
from explore.scenario import OwnClient, Scenario, against, builtin, load, own
from explore.search import DEFAULT_MOST_STATES
from explore.space import Universe
from model.client import MANNERS, must_be_a_manner
from strategies import Profile

ClientLike = str | OwnClient | Callable[..., Any]
"""A manner of client, `module:Name`, or a client of one's own: a generator function, or a class (see `own`)."""


class Undetermined(Exception):
    """The search ended before it could tell whether the property breaks: what it has explored, in one line."""


def explain(
    prop: Property | str,
    scenarios: Scenario | Iterable[Scenario] | None = None,
    profile: Profile | str | None = None,
    client: ClientLike | None = None,
    *,
    most_states: int = DEFAULT_MOST_STATES,
    most_seconds: float = math.inf,
    jobs: int | None = 1,
    client_commands: int | None = None,
) -> Counterexample | None:
    """A shortest way to break that property (or the one of that id); None if nothing in those scenarios breaks it
    (or ever puts it to the test: `Verdict.came_up`, in the report of `check`, tells which).

    `scenarios` are by default the built-in ones, or, for a client of one's own, those of `against`. `profile` is the one
    server to look at, as a value or spelled out (default: every server); `client` says who the clients are (default: those
    that each scenario is meant for). The other arguments are those of `check`. Raises ValueError for a property, a profile
    or a client that there is not and where there is no scenario, and Undetermined if the search was cut before anything
    broke, or a client of one's own would have gone on beyond the commands for which it was followed.
    """
    asked = property_named(prop) if isinstance(prop, str) else prop
    server = Profile.parse(profile) if isinstance(profile, str) else profile
    universe = Universe() if server is None else Universe.of(server)
    given = (scenarios,) if isinstance(scenarios, Scenario) else None if scenarios is None else tuple(scenarios)
    if given == ():
        raise ValueError("no scenario to search; leave the argument out for the built-in ones")
    played, manners = with_client(client, given)
    report = check(
        played, universe, manners, (asked,), most_states=most_states, most_seconds=most_seconds, jobs=jobs,
        client_commands=client_commands,
    )  # fmt: skip
    verdict = report.verdict(asked)
    if verdict.word == Word.UNDETERMINED:
        raise Undetermined(f"{asked.id} is undetermined: {_explored(report, verdict)}")
    return verdict.counterexample


def with_client(
    client: ClientLike | None, scenarios: tuple[Scenario, ...] | None = None
) -> tuple[tuple[Scenario, ...], tuple[str, ...] | None]:
    """Those scenarios (None: the usual ones) with that client, and the manners of the clients in them (None: those that
    each is meant for). Raises ValueError (OwnClientError, if it is to be one's own) for a client that there is not."""
    client_or_manner = client_named(client) if isinstance(client, str) else client
    if client_or_manner is not None and not isinstance(client_or_manner, str):
        mine = client_or_manner if isinstance(client_or_manner, OwnClient) else own(client_or_manner)
        return against(mine, scenarios or ()), (MANNERS[0],)
    return builtin() if scenarios is None else scenarios, None if client_or_manner is None else (client_or_manner,)


def client_named(word: str) -> str | OwnClient:
    """That manner of client, or the client of one's own that is `module:Name`. Raises ValueError (OwnClientError)."""
    if ":" in word:
        return load(word)
    must_be_a_manner(word, ", or module:Name for a client of your own")
    return word


def _explored(report: Report, verdict: Verdict) -> str:
    if report.interrupted:
        return "the search was interrupted"
    if not report.cut:
        return verdict.reason
    return f"the search was cut after {report.states:,} states{f', at depth {report.depth}' if report.depth else ''}"
