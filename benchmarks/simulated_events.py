"""How many events a second does the simulation manage, and how does that grow with clients and messages?

    .venv/bin/python benchmarks/simulated_events.py

A crowd in one mailbox (`explore/studies/crowd.py`), for some simulated minutes, each size in a process of its own. Events
are SimPy's; commands are what the server carried out, and the work is in these: each looks at the whole view of its client.
Then the exponents a and b for which the CPU seconds a command are about constant × clients^a × messages^b: least squares on
the logarithms. `figure F` is the number of events a CPU second at the largest size.
"""

from __future__ import annotations

import resource
import time
from typing import NamedTuple

import numpy as np

from common import apart, no_arguments, say
from explore.studies.crowd import crowd

SIZES = tuple((clients, messages) for clients in (25, 100, 400) for messages in (125, 500, 2000))
"""Clients and messages of each run, the largest last."""
COMMANDS = 1000
"""About how many commands are to be carried out in each: fewer clients get more time."""


class Took(NamedTuple):
    """What a run took and did: CPU seconds, greatest memory in MiB, SimPy's events, commands."""

    cpu: float
    memory: float
    events: int
    commands: int


def minutes(clients: int) -> float:
    """How long a crowd of that size needs for `COMMANDS`: two commands a minute each, after a minute of coming in."""
    return 1 + COMMANDS / (2 * clients)


def measure(clients: int, messages: int, length: float) -> Took:
    """That run, timed in a process of its own."""

    def timed() -> Took:
        cpu = time.process_time()
        found = crowd(clients, messages, length)
        cpu = time.process_time() - cpu
        return Took(cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, found.events, found.commands)

    return apart(timed)


def exponents(seconds: dict[tuple[int, int], float]) -> tuple[float, float]:
    """The a and b for which constant × clients^a × messages^b fits those values best.

    >>> [round(exponent, 6) for exponent in exponents({(c, m): 5 * c**0.5 * m for c, m in SIZES})]
    [0.5, 1.0]
    """
    sizes = np.log(np.asarray(list(seconds), float))
    rows = np.column_stack((np.ones(len(sizes)), sizes))
    solution = np.linalg.lstsq(rows, np.log(np.asarray(list(seconds.values()))), rcond=None)[0]
    return float(solution[1]), float(solution[2])


def main() -> None:
    """Print the table, the exponents, and the figure last."""
    each: dict[tuple[int, int], float] = {}
    rate = 0.0
    say("clients messages  minutes  commands     events  CPU seconds    MiB  commands/s  events/s")
    for clients, messages in SIZES:
        length = minutes(clients)
        took = measure(clients, messages, length)
        rate = took.events / took.cpu
        each[clients, messages] = took.cpu / took.commands
        say(
            f"{clients:7} {messages:8} {length:8.1f} {took.commands:9,} {took.events:10,} {took.cpu:12.2f} "
            f"{took.memory:6.0f} {took.commands / took.cpu:11,.0f} {rate:9,.0f}"
        )
    by_clients, by_messages = exponents(each)
    say(f"CPU seconds a command grow as clients^{by_clients:.2f} × messages^{by_messages:.2f}")
    say(f"figure {rate:.3g}")


if __name__ == "__main__":
    no_arguments(__doc__)
    main()
