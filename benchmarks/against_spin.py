"""How does mailrace compare with Spin on the same model? First whether they agree at all; then time and memory.

    .venv/bin/python benchmarks/against_spin.py

The model: 2 clients, 3 messages, every program of 1, 2 and 3 commands, 576 profiles (`spin/mailboxes.pml` says what is
in a state, on both sides). They agree if, under every profile, they reach the same states and the same quiescent
states: for programs of 1 and 2 commands the sets are compared state by state, for 3 by count and by the sum of 64-bit
hashes. A disagreement is printed, and ends the script with 1.

Times are CPU seconds; Spin's without making the verifier. `ratio R` is Spin's by ours for programs of 3 commands, each
with the reductions that it has: Spin its partial order, mailrace all of its own. Beside it stand mailrace without any, so
that both search the very same states; mailrace with all properties; and what Spin can do if it need not find the same
states: with variables dropped that nothing reads (its default: the strategies of SEARCH, what was copied), and with what
the clients were told and shown left out besides, so that only the server's side of it is searched and no hazard could be
seen.
"""

from __future__ import annotations

import functools
import sys
import tempfile
from pathlib import Path

from common import ALL_PROPERTIES, Took, apart, every_program, explore, measure, median, no_arguments, say, spin_universe
from projection import Summary, first_difference, names, project, summarize
from explore.space.state_space import REDUCTIONS
from spinning import Ran, build, need_spin, read_sets, read_summary, run

CLIENTS, MESSAGES, COMMANDS = 2, 3, 3
STATE_BY_STATE = 2
REPETITIONS = {1: 3, 2: 3}
HASH_BITS = {1: 20, 2: 22, 3: 26}


def agree(folder: Path, commands: int) -> str | None:
    """The first difference between the two for programs of that length, or None; says how many states it compared."""
    universe, listed = spin_universe(), commands <= STATE_BY_STATE
    sets = project(explore(every_program(CLIENTS, MESSAGES, commands), universe), MESSAGES, commands)
    ours = summarize(sets, universe.size)
    flags: dict[str, str | int] = {"C": CLIENTS, "M": MESSAGES, "N": commands, "REPORT": 1}
    if listed:
        flags["LIST"] = 1
    told = run(build(folder, f"report{commands}", flags), HASH_BITS[commands])
    if not told.took.complete:
        return f"Spin's search for {commands} commands was cut short"
    theirs = read_summary(told.text)
    difference = _differ(ours, theirs)
    if difference is None and listed:
        difference = first_difference(sets, read_sets(told.text), names(commands, CLIENTS))
    if difference is None:
        say(
            f"{commands} command{'s' * (commands > 1)}: {universe.size} profiles agree, {sum(ours.counts[0]):,} states, "
            f"{sum(ours.counts[1]):,} of them quiescent, {'state by state' if listed else 'by count and hash'}"
        )
    return difference


def _differ(ours: Summary, theirs: Summary) -> str | None:
    for what, mine, other, my_hashes, other_hashes in zip(
        ("states", "quiescent states"), ours.counts, theirs.counts, ours.hashes, theirs.hashes, strict=True
    ):
        for profile, (count, there) in enumerate(zip(mine, other, strict=True)):
            if count != there:
                return f"profile {profile}: mailrace has {count:,} {what}, Spin {there:,}"
            if my_hashes[profile] != other_hashes[profile]:
                return f"profile {profile}: as many {what}, {count:,}, but not the same"
    return None


def compare(folder: Path, commands: int) -> tuple[float, float]:
    """Spin's CPU seconds by ours for programs of that length, on the same states and with the reductions of both; prints
    them, and what stands beside them."""
    what, universe = every_program(CLIENTS, MESSAGES, commands), spin_universe()
    size = {"C": CLIENTS, "M": MESSAGES, "N": commands}
    full = build(folder, f"full{commands}", dict(size))
    sliced = build(folder, f"sliced{commands}", dict(size), keep_everything=False)
    lean = build(folder, f"lean{commands}", {**size, "LEAN": 1}, keep_everything=False)
    took: dict[str, list[Took]] = {}
    for _ in range(REPETITIONS.get(commands, 1)):
        took.setdefault("mailrace", []).append(measure(what, universe))
        took.setdefault("Spin", []).append(_checked(run(full, HASH_BITS[commands])))
        took.setdefault("mailrace, with its reductions", []).append(measure(what, universe, reductions=REDUCTIONS))
        took.setdefault("Spin, write-only variables dropped", []).append(_checked(run(sliced, HASH_BITS[commands])))
        took.setdefault("Spin, as few states as can be", []).append(_checked(run(lean, HASH_BITS[commands])))
        took.setdefault("mailrace, all properties", []).append(measure(what, universe, ALL_PROPERTIES))
    middle = {side: median(times) for side, times in took.items()}
    say(f"\n{commands} command{'s' * (commands > 1)} (Spin and gcc took {full.made_in:.1f} s to make the verifier):")
    for side, times in middle.items():
        say(f"  {side + ':':36}{times}")
    ours, theirs = middle["mailrace"], middle["Spin"]
    reduced = middle["mailrace, with its reductions"]
    dropped, fewest = middle["Spin, write-only variables dropped"], middle["Spin, as few states as can be"]
    for title, top, bottom in (
        ("the same states: Spin / mailrace", theirs, ours),
        ("the reductions of both: Spin / mailrace", theirs, reduced),
        ("Spin with variables dropped / mailrace with reductions", dropped, reduced),
        ("Spin with few states / mailrace with its reductions", fewest, reduced),
    ):
        say(f"  {title + ':':56}time {top.cpu / bottom.cpu:.2f}, memory {top.memory / bottom.memory:.2f}")
    return theirs.cpu / ours.cpu, theirs.cpu / reduced.cpu


def _checked(ran: Ran) -> Took:
    if not ran.took.complete:
        say("  Spin's search was cut short, by memory or time: its figures are what it had come to")
    return ran.took


def main() -> int:
    """Compare, and print the ratio last."""
    need_spin()
    say(f"{CLIENTS} clients, {MESSAGES} messages, every program of n commands, {spin_universe().size} profiles")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for commands in range(1, COMMANDS + 1):
            difference = apart(functools.partial(agree, folder, commands))
            if difference is not None:
                say(f"{commands} command{'s' * (commands > 1)}: {difference}")
                return 1
        ratios = [compare(folder, commands) for commands in range(1, COMMANDS + 1)]
    say("\nSpin / mailrace by commands:")
    for title, numbers in zip(("the same states", "the reductions of both"), zip(*ratios, strict=True), strict=True):
        say(f"  {title + ':':24}" + ", ".join(f"{n}: {ratio:.3g}" for n, ratio in enumerate(numbers, 1)))
    say(f"ratio {ratios[-1][1]:.3g}")
    return 0


if __name__ == "__main__":
    no_arguments(__doc__)
    sys.exit(main())
