"""How is Spin run, and what does it say? `benchmarks/spin/mailboxes.pml` is made into a verifier and run.

Spin itself is the Debian package `spin`; where it is missing and we may, it is installed.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from common import Took, say
from projection import Sets, Summary

MODEL = Path(__file__).parent / "spin" / "mailboxes.pml"
COMPILER = ("gcc", "-O2", "-DSAFETY", "-DNOFAIR", "-DNOBOUNDCHECK")
MOST_MEMORY = 6144
MOST_SECONDS = 600


class Verifier(NamedTuple):
    """A compiled verifier, and the wall seconds that Spin and the compiler took to make it."""

    program: Path
    made_in: float


class Ran(NamedTuple):
    """One run: what it took (cut short if it would have needed more memory or time than it may), and what it printed."""

    took: Took
    text: str


def need_spin() -> None:
    """Make sure that there are Spin and a C compiler; else say in a line what to install, and end with 2."""
    wanted = {"spin": "spin", "gcc": "gcc"}
    missing = [package for tool, package in wanted.items() if shutil.which(tool) is None]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"installing {' and '.join(missing)} with apt-get")
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
            subprocess.run(["apt-get", "--quiet", *command], check=False, capture_output=True)
        missing = [package for tool, package in wanted.items() if shutil.which(tool) is None]
    if missing:
        say(f"this benchmark needs the Debian packages {' and '.join(missing)}: apt-get install {' '.join(missing)}")
        sys.exit(2)


def build(folder: Path, name: str, defines: dict[str, str | int], keep_everything: bool = True) -> Verifier:
    """The verifier for the model with those definitions.

    `keep_everything`: write-only variables stay in the state (`spin -o2`); by default Spin drops them.
    """
    started = time.perf_counter()
    place = folder / name
    place.mkdir()
    options = [f"-D{key}={value}" for key, value in defines.items()]
    spin = ["spin", *(["-o2"] if keep_everything else []), *options, "-a", str(MODEL)]
    subprocess.run(spin, cwd=place, check=True, stdout=subprocess.DEVNULL)
    compiler = [*COMPILER, f"-DMEMLIM={MOST_MEMORY}", "-o", "pan", "pan.c"]
    subprocess.run(compiler, cwd=place, check=True, capture_output=True)
    return Verifier(place / "pan", time.perf_counter() - started)


def run(verifier: Verifier, hash_bits: int = 24) -> Ran:
    """An exact search by that verifier, depth first with partial-order reduction, as Spin does by default."""
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    limit = ["timeout", str(MOST_SECONDS)] if shutil.which("timeout") else []
    command = [*limit, str(verifier.program), "-m1000", f"-w{hash_bits}"]
    text = subprocess.run(command, check=False, capture_output=True, text=True).stdout
    wall, after = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if "errors: " in text and "errors: 0" not in text:
        raise RuntimeError(f"Spin found an error in the model:\n{text}")
    complete = "errors: 0" in text and "Search not completed" not in text
    return Ran(
        Took(
            cpu, wall, _number(r"([\d.e+]+)\s+total actual memory usage", text),
            int(_number(r"([\d.e+]+) states, stored", text)), int(_number(r"([\d.e+]+) transitions", text)), complete,
        ),
        text,
    )  # fmt: skip


def _number(pattern: str, text: str) -> float:
    match = re.search(pattern, text)
    return float(match[1]) if match else 0.0


def read_summary(text: str) -> Summary:
    """The counts and hashes that a verifier made with REPORT has printed."""
    rows = [line.split()[2:] for line in text.splitlines() if line.startswith("profile ")]
    every, every_hash, quiet, quiet_hash = zip(*rows, strict=True)
    return Summary(
        (tuple(map(int, every)), tuple(map(int, quiet))),
        (tuple(int(value, 16) for value in every_hash), tuple(int(value, 16) for value in quiet_hash)),
    )


def read_sets(text: str) -> Sets:
    """The states that a verifier made with REPORT and LIST has printed."""
    everything: dict[str, int] = {}
    quiescent: set[str] = set()
    for line in text.splitlines():
        if line.startswith("state "):
            _, profile, quiet, fields = line.split(" ", 3)
            everything[fields] = everything.get(fields, 0) | 1 << int(profile)
            if quiet == "1":
                quiescent.add(fields)
    numbers = {fields: tuple(map(int, fields.split())) for fields in everything}
    return Sets(
        {numbers[fields]: mask for fields, mask in everything.items()},
        {numbers[fields]: everything[fields] for fields in quiescent},
    )
