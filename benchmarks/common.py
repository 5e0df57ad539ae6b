"""What do the benchmarks share? The sub-model that they search, and how a search is timed.

The sub-model: some clients have FOO selected, FRED is empty, and each gives so many commands, any of an alphabet.

Every timed search runs in a child process of its own, so that neither the tables nor the garbage of one slow down the
next, and the greatest memory of each is known. Times are CPU seconds (all sides have one thread), so that what else
runs on the machine counts as little as possible; wall seconds are printed beside them.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import resource
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple, ParamSpec, TypeVar, cast

from explore.properties.catalogue import PROPERTIES
from explore.properties.property import Property
from explore.scenario.definition import Scenario
from explore.scenario.notation import parse
from explore.search.breadth_first import Search, search
from explore.space.profile_set import Universe
from explore.space.state_space import Space
from model.client.belief import NAIVE
from strategies import DECISIONS, Profile

Answer = TypeVar("Answer")
How = ParamSpec("How")

NO_LIMIT = 1 << 60
MOST_MEMORY = 12 << 30
"""Bytes that a search may take before it fails, rather than something else on the machine."""
NO_PROPERTIES: tuple[Property, ...] = ()
ALL_PROPERTIES = PROPERTIES


SPIN_CHOICES = {
    "delete": ("3.1", "3.2", "3.3"),
    "rename": ("3.1", "3.3", "3.4", "3.4-newname"),
    "expunge": ("allow", "4.1.4"),
    "fetch": ("4.1.1", "4.1.2", "4.1.3"),
    "store": ("4.2.3", "4.2.4"),
    "search": ("4.3", "ghosts"),
    "copy": ("4.4.1", "4.4.2"),
    "tell": ("lazy",),
    "order": ("ascending",),
    "disconnect": ("now",),
    "beyond": ("bad",),
}
"""The 576 profiles of the Spin model, in the order in which it numbers them."""


class Took(NamedTuple):
    """What a search took and found: CPU and wall seconds, greatest memory in MiB, states, steps, whether complete."""

    cpu: float
    wall: float
    memory: float
    states: int
    transitions: int
    complete: bool

    @property
    def rate(self) -> float:
        """States per CPU second."""
        return self.states / self.cpu if self.cpu else float("inf")

    def __str__(self) -> str:
        cut = "" if self.complete else ", cut short"
        return (
            f"{self.states:,} states, {self.transitions:,} steps, {self.cpu:.2f} s CPU ({self.wall:.2f} s wall), "
            f"{self.memory:.0f} MiB, {self.rate:,.0f} states/s{cut}"
        )


def alphabet(messages: int) -> tuple[str, ...]:
    """The commands of the sub-model, in the order in which the Spin model numbers them."""
    marks = (f"STORE {number} +FLAGS (\\Deleted)" for number in range(1, messages + 1))
    everything = f"1:{messages}"
    return (
        "DELETE FOO", "RENAME FOO BAR", "EXPUNGE", *marks, f"STORE {everything} +FLAGS (\\Seen)",
        f"FETCH {everything} BODY.PEEK[]", "SEARCH ALL", f"COPY {everything} FRED", "NOOP",
    )  # fmt: skip


def scenario(messages: int, programs: list[list[str]]) -> Scenario:
    """The sub-model with those programs, one a client; a step is a command, or several with bars between."""
    names = " ".join(f"C{client}" for client in range(1, len(programs) + 1))
    lines = [f"Mailbox: FOO {messages} messages", "Mailbox: FRED 0 messages", f"Selected: FOO by {names}", ""]
    lines += [f"C{client}: {step}" for client, program in enumerate(programs, 1) for step in program]
    return parse(f"{len(programs)} clients, {messages} messages", "\n".join(lines) + "\n")


def every_program(clients: int, messages: int, commands: int) -> Scenario:
    """The sub-model in which each client gives that many commands, whichever."""
    return scenario(messages, [[" | ".join(alphabet(messages))] * commands] * clients)


def spin_universe() -> Universe:
    """The 576 profiles of the Spin model; profile n there is profile n here."""
    return Universe(
        {
            decision: tuple(strategy for key in keys for strategy in DECISIONS[decision] if strategy.key == key)
            for decision, keys in SPIN_CHOICES.items()
        }
    )


def any_length(clients: int, messages: int, kind: str, more: int = 1) -> Scenario:
    """Some clients that give any commands of an alphabet for ever ("message", "mailbox", or "" for both): every program of
    any length. There is room for so many `more` messages than FOO has at the start, and for as many more mailboxes."""
    names = " ".join(f"C{client}" for client in range(1, clients + 1))
    lines = [f"Mailbox: FOO {messages} messages", "Mailbox: FRED 0 messages", f"Selected: FOO by {names}"]
    lines += [f"Bound: {more} more uids, {more} more mailboxes"]
    words = f"any {kind} command" if kind else "any command"
    for client in range(1, clients + 1):
        lines += [f"C{client}: forever", f"C{client}: {words}"]
    return parse(f"{clients} clients, {messages} messages and {more} more, any {kind} commands", "\n".join(lines) + "\n")


def explore(
    what: Scenario,
    universe: Universe,
    properties: tuple[Property, ...] = NO_PROPERTIES,
    reductions: frozenset[str] = frozenset(),
    manner: str = NAIVE,
    most_seconds: float = math.inf,
) -> Search:
    """The search of that scenario."""
    space = Space(what, manner, universe, properties, reductions=reductions)
    return search(space, NO_LIMIT, most_seconds=most_seconds)


def timed(search_of: Callable[How, Search]) -> Callable[How, Took]:
    """That way to search, timed in a process of its own."""

    def measured(*arguments: How.args, **options: How.kwargs) -> Took:
        def job() -> Took:
            cpu, wall = time.process_time(), time.perf_counter()
            found = search_of(*arguments, **options)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            return Took(cpu, wall, memory, len(found.reached), found.transitions, found.complete)

        return apart(job)

    return measured


def apart(job: Callable[[], Answer]) -> Answer:
    """The answer of that job, run in a forked process, which ends without tidying up. (A fork starts with the memory of
    its parent: so whatever is big is done apart.)"""
    receiver, sender = multiprocessing.get_context("fork").Pipe(duplex=False)
    child = os.fork()
    if not child:
        try:
            resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
            sender.send(job())
        finally:
            os._exit(0)
    sender.close()
    try:
        return cast(Answer, receiver.recv())
    except EOFError:
        raise RuntimeError("the search ended without a result: out of memory?") from None
    finally:
        receiver.close()
        os.waitpid(child, 0)


measure = timed(explore)


def median(times: list[Took]) -> Took:
    """The one that took the median of CPU seconds (the quicker of the middle two)."""
    middle = statistics.median_low([took.cpu for took in times])
    return next(took for took in times if took.cpu == middle)


def say(line: str) -> None:
    """Print it now, even into a pipe."""
    print(line, flush=True)


def default_profile() -> Profile:
    """The server with all defaults, except that it tells as the Spin model does."""
    return Profile.parse("tell=lazy")


def no_arguments(about: str | None) -> None:
    """Ends a script that is given any: it takes none. With `--help` it says what it is about."""
    argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
