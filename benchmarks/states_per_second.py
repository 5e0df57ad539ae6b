"""How many states a second does mailrace explore, beside Spin?

    .venv/bin/python benchmarks/states_per_second.py

One profile, and one fixed script of 7 commands for each of 3 clients: where all profiles at once gain nothing, and only
the loop counts. Both search every state of the same model (`spin/mailboxes.pml`), and are checked to find as many;
Spin's verifier is made by gcc -O2, its search exact. `ratio R` is mailrace's states per CPU second by Spin's; counted are
the states that both have, not those that mailrace has besides for the ghost variables of its properties.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from common import alphabet, apart, default_profile, explore, measure, median, no_arguments, say, scenario, spin_universe
from explore.space.profile_set import Universe
from projection import project
from spinning import build, need_spin, run

MESSAGES, ROUNDS = 3, 5
ALPHABET = alphabet(MESSAGES)
MARK_1, MARK_2, MARK_3 = ALPHABET[3:6]
SEE, FETCH, SEARCH, COPY, NOOP = ALPHABET[6:]
EXPUNGE, RENAME = ALPHABET[2], ALPHABET[1]
SCRIPTS = [
    [FETCH, MARK_1, EXPUNGE, SEE, NOOP, COPY, MARK_1],
    [MARK_2, SEE, COPY, FETCH, EXPUNGE, NOOP, SEARCH],
    [SEE, FETCH, MARK_3, COPY, NOOP, EXPUNGE, RENAME],
]


def digits(script: list[str]) -> int:
    """The script as the Spin model reads it."""
    return sum(ALPHABET.index(text) << 4 * step for step, text in enumerate(script))


def main() -> int:
    """Time both, and print the ratio last."""
    need_spin()
    profile = default_profile()
    universe = Universe.of(profile)
    what = scenario(MESSAGES, SCRIPTS)
    say(f"{len(SCRIPTS)} clients, {MESSAGES} messages, a script of {len(SCRIPTS[0])} commands each, profile {profile}")
    for number, script in enumerate(SCRIPTS, 1):
        say(f"  C{number}: {' | '.join(script)}")
    with tempfile.TemporaryDirectory() as name:
        defines: dict[str, str | int] = {
            "C": len(SCRIPTS), "M": MESSAGES, "N": len(SCRIPTS[0]), "PROFILE": spin_universe().index(profile),
            **{f"SCRIPT{client}": digits(script) for client, script in enumerate(SCRIPTS)},
        }  # fmt: skip
        verifier = build(Path(name), "scripts", defines)
        same = apart(lambda: len(project(explore(what, universe), MESSAGES, len(SCRIPTS[0])).everything))
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(measure(what, universe))
            theirs.append(run(verifier, 18).took)
    mine, spins = median(ours), median(theirs)
    say(f"mailrace: {mine}\nSpin:     {spins}")
    if spins.states - 1 != same:
        say(f"they disagree: mailrace has {same:,} states, Spin {spins.states - 1:,} (and one before the profile is chosen)")
        return 1
    say(f"the same {same:,} states: mailrace {same / mine.cpu:,.0f} of them a second, Spin {same / spins.cpu:,.0f}")
    say(f"ratio {spins.cpu / mine.cpu:.3g}")
    return 0


if __name__ == "__main__":
    no_arguments(__doc__)
    sys.exit(main())
