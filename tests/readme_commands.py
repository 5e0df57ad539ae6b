"""Which commands does README mention, and does each of them run as it stands there?

`python tests/readme_commands.py` runs them all, each in a process of its own and with its default arguments, which takes
minutes; it ends with exit code 1 if one ends in a traceback, or with another exit code than README says.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PLACEHOLDERS = {"PROPERTY": "H-CONVERGENCE", "SCENARIO": "3-quiet"}
VALUES = {
    "--json FILE": "out.json", "--json F": "out.json", "--csv F": "out.csv", "--plot F": "out.png",
    "--profile P": "fetch=4.1.3", "--versus P": "fetch=4.1.3", "--client MANNER": "naive",
    "--jobs N": "1", "--depth N": "3", "--max-states N": "50",
    "--max-seconds S": "5", "--no-reduction NAME": "symmetry", "--seed N": "7", "--set name=value": "clients=3",
}  # fmt: skip
"""What stands for the values of the options in README's table of commands."""
SUBJECTS = {
    "check": "3-quiet", "explain": "H-CONVERGENCE 3-quiet", "graph": "3-quiet",
    "simulate": "delete-refused --replications 1",
}  # fmt: skip
"""What the options of a command are tried on; of others, the command without arguments."""
REGISTERED = """
from model.protocol import NO_FLAGS
from model.server import FetchRuling
from model.store import Message
from strategies import DECISIONS, NOTHING, Strategy
{}
DECISIONS["fetch"] = (*DECISIONS["fetch"], MadeUp())
"""


class Documented(NamedTuple):
    """A command as README has it, its arguments after `mailrace`, and the exit code that README says it ends with."""

    text: str
    arguments: tuple[str, ...]
    code: int = 0


def blocks(language: str = "") -> list[str]:
    """README's blocks of code in that language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.S | re.M)


def mentioned() -> list[Documented]:
    """Every command in README's text, tables and blocks, once. `mailrace explain` alone is a name: it wants an argument."""
    spans = re.findall(r"`(mailrace [^`\n]*)`", README)
    lines = re.findall(r"^ +(mailrace .*?) *(?:#.*)?$", README, re.M)
    found = {_arguments(text): text for text in (*lines, *spans)}
    return [Documented(text, words, 2 if words == ("explain",) else 0) for words, text in found.items()]


def _arguments(text: str) -> tuple[str, ...]:
    """The arguments of a command, without those that may be left out."""
    words = shlex.split(re.sub(r"\[[^\]]*\](?:\.\.\.)?", "", text))[1:]
    return tuple(PLACEHOLDERS.get(word, word) for word in words)


def options() -> list[Documented]:
    """Every option in README's table of commands, tried on something small."""
    found = []
    for name, told in re.findall(r"^\| `mailrace (\w+)[^|]*\| (.*) \|$", README, re.M):
        option = ""
        for span in re.findall(r"`([^`]*)`", told):
            if span.startswith("--"):
                option = span.split()[0]
            elif option not in ("--format", "--by"):
                continue
            value = VALUES.get(span) or (span.split()[-1] if option in ("--format", "--by") else "")
            assert value, f"{span} is not in VALUES"
            words = (name, *SUBJECTS.get(name, "").split(), option, value)
            found.append(Documented(f"mailrace {name} {span}", words, 1 if words[:2] == ("replay", "--profile") else 0))
    return found


def furnish(folder: Path) -> None:
    """Write what README's commands need into that folder: its scenario, its client, and a place for its pictures."""
    (folder / "docs" / "figures").mkdir(parents=True)
    scenario = next(block for block in blocks() if block.startswith("Title: may I expunge"))
    (folder / "my.txt").write_text(scenario, encoding="utf-8")
    client = next(block for block in blocks("python") if "def reader" in block)
    (folder / "mine.py").write_text(client, encoding="utf-8")


def registered() -> str:
    """The code that registers README's strategy."""
    return REGISTERED.format(next(block for block in blocks("python") if "class MadeUp" in block))


def main() -> int:
    """Run every command as it stands, and say how each ended."""
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        furnish(Path(scratch))
        for command in (*mentioned(), *options()):
            code = "from __future__ import annotations\n" + (registered() if "made-up" in command.text else "")
            code += f"import mailrace\nmailrace.main({list(command.arguments)!r})\n"
            (Path(scratch) / "command.py").write_text(code, encoding="utf-8")
            started = time.monotonic()
            ran = subprocess.run(
                [sys.executable, "command.py"], cwd=scratch, capture_output=True, text=True, encoding="utf-8", check=False
            )
            right = ran.returncode == command.code and "Traceback" not in ran.stderr
            wrong += not right
            took = time.monotonic() - started
            print(f"{'✓' if right else '✗'} {command.text}  (exit code {ran.returncode}, {took:.1f} s)", flush=True)
            if not right:
                print(ran.stderr)
    print(f"{wrong} of README's commands went wrong" if wrong else "all of README's commands run")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
