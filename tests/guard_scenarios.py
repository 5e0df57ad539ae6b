"""Random scenarios, servers and properties for the guard: every command of the model, in whatever order and state."""

from __future__ import annotations

from random import Random

from explore.scenario.definition import Scenario
from explore.scenario.notation import parse
from explore.space.profile_set import Universe
from strategies import Profile

KINDS = ("plain", "open", "admin", "ask", "append", "fetch", "store", "search", "copy")
WEIGHTS = (7, 3, 5, 2, 3, 6, 7, 4, 5)
FLAGS = ("\\Seen", "\\Deleted", "\\Flagged", "kw")
LAYOUTS = (
    ("FOO",), ("FOO",), ("FOO", "BAR"), ("FOO", "BAR"), ("FOO", "FOO/SUB"), ("INBOX",), ("INBOX", "FOO"),
    ("FOO", "BAR", "FOO/SUB"), ("FOO", "BAR/X"),
)  # fmt: skip

THEMES = (
    (
        "EXPUNGE", "EXPUNGE", "FETCH {n} BODY[]", "FETCH {n} (FLAGS BODY.PEEK[])", "UID FETCH {n} (UID BODY[])",
        "COPY {n} {o}", "UID COPY {n} {o}", "STORE {n} +FLAGS (\\Deleted)", 'APPEND {o} "{m}1"', "NOOP", "CLOSE",
        'SEARCH TEXT "{m}1"', "SELECT {o}",
    ),
    (
        "STORE {n} +FLAGS (\\Deleted)", "STORE {n} -FLAGS (\\Deleted)", "STORE {n} +FLAGS.SILENT (\\Seen)", "EXPUNGE",
        "UID STORE {n} FLAGS (\\Flagged)", "FETCH {n} FLAGS", "NOOP", "CLOSE", "SEARCH DELETED", "UID SEARCH SEEN",
    ),
    (
        "DELETE {m}", "RENAME {m} NEW", "RENAME NEW {m}", "CREATE {m}", "SELECT {m}", "EXAMINE {m}", 'APPEND {m} "{m}1"',
        "STATUS {m} (MESSAGES UIDNEXT)", "CLOSE", "FETCH {n} BODY[]", "NOOP", "SUBSCRIBE {m}", 'LIST "" "*"', "LOGOUT",
    ),
    (
        "FETCH {n} BODY[]", 'SEARCH NOT TEXT "{m}1"', 'SEARCH TEXT "{m}1"', "EXPUNGE", "COPY {n} {o}", "NOOP",
        "STORE {n} +FLAGS (\\Deleted)", "RENAME {m} NEW",
    ),
    ("EXPUNGE", "COPY {n} {o}", "UID FETCH {n} (UID BODY[])", "FETCH {n} BODY[]", 'APPEND {o} "{m}1"'),
)
"""Commands that have much to do with one another: on ghosts, on flags, on a mailbox's name, on contents, on copies. {m} is
the mailbox that is open, {o} another one."""


class Drawer:
    """Draws from one random source; some scenarios are about a few kinds of commands only, so that these meet."""

    def __init__(self, random: Random, theme: int | None = None) -> None:
        self.random = random
        self.boxes = random.choice(LAYOUTS)
        spare = random.choice(("FOO", "BAR", "NEW", "FOO/SUB", "BAR/SUB"))
        self.names = (*self.boxes * 3, "INBOX", spare)
        self.theme = {*(KINDS if self.maybe(0.4) else random.sample(KINDS, 3)), "plain"}
        self.pool: list[str] = []
        self.themed = theme is not None or self.maybe(0.5)
        if self.themed:
            self.boxes = random.choice((("FOO",), ("FOO", "BAR"), ("FOO", "BAR")))
            texts = THEMES[theme] if theme is not None else random.choice(THEMES)
            self.pool = [self.filled(text) for text in random.sample(texts, min(random.randint(3, 6), len(texts)))]
        elif self.maybe(0.6):
            self.pool = [self.command() for _ in range(random.randint(2, 5))]

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def filled(self, text: str) -> str:
        """A command of a theme."""
        numbers = self.random.choice(("1", "1:2", "1:3", "1:*", "2", "2:3"))
        return text.format(n=numbers, m="FOO", o=self.boxes[-1] if len(self.boxes) > 1 else "FOO").replace("FOO1", "foo1")

    def numbers(self) -> str:
        one = ("1", "2", "3", "1", "2", "*", "4")
        parts = 1 + self.maybe(0.15)
        choose = self.random.choice
        ranges = [choose(one) if self.maybe(0.5) else f"{choose(one)}:{choose(one)}" for _ in range(parts)]
        return ",".join(ranges)

    def flags(self) -> str:
        chosen = set(self.random.choices(FLAGS, (1, 4, 1, 1), k=1 + self.maybe(0.2)))
        return f"({' '.join(sorted(chosen))})"

    def name(self) -> str:
        chosen: str = self.random.choice(self.names)
        return chosen

    def key(self, depth: int = 0) -> str:
        kind = self.random.randrange(9 if depth < 2 else 7)
        if kind < 2:
            return self.random.choice(("ALL", "DELETED", "UNDELETED", "SEEN", "UNSEEN", "KEYWORD kw"))
        if kind < 4:
            return self.numbers() if kind == 2 else f"UID {self.numbers()}"
        if kind < 7:
            word = self.random.choice((self.boxes[0].lower(), "1", "2", "new", "foo1"))
            return f'{self.random.choice(("TEXT", "BODY"))} "{word}"'
        return f"NOT {self.key(depth + 1)}" if kind == 7 else f"OR {self.key(depth + 1)} {self.key(depth + 1)}"

    def command(self) -> str:
        """A command of any kind."""
        if self.pool:
            chosen: str = self.random.choice(self.pool)
            return chosen
        weights = [weight * (kind in self.theme) for kind, weight in zip(KINDS, WEIGHTS, strict=True)]
        return self.of_kind(self.random.choices(KINDS, weights)[0])

    def of_kind(self, kind: str) -> str:
        choose, uid, name = self.random.choice, "UID " if self.maybe(0.4) else "", self.name
        match kind:
            case "plain":
                return choose(("NOOP", "NOOP", "CHECK", "LOGOUT", "CLOSE", "EXPUNGE", "EXPUNGE", "EXPUNGE"))
            case "open":
                return f"{choose(('SELECT', 'EXAMINE'))} {name()}"
            case "admin":
                verb = choose(("CREATE", "DELETE", "DELETE", "RENAME", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE"))
                return f"{verb} {name()}{f' {name()}' if verb == 'RENAME' else ''}"
            case "ask":
                status = f"STATUS {name()} (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)"
                return choose((status, f'LIST "" "{choose(("*", "%", "FOO*"))}"', 'LSUB "" "*"'))
            case "append":
                flags = f"{self.flags()} " if self.maybe(0.4) else ""
                return f'APPEND {name()} {flags}"{choose(("new", "foo1", ""))}"'
            case "fetch":
                items = self.random.sample(("FLAGS", "UID", "BODY[]", "BODY.PEEK[]", "ENVELOPE"), choose((1, 1, 2)))
                return f"{uid}FETCH {self.numbers()} ({' '.join(items)})"
            case "store":
                silent = ".SILENT" if self.maybe(0.4) else ""
                return f"{uid}STORE {self.numbers()} {choose(('+', '+', '-', ''))}FLAGS{silent} {self.flags()}"
            case "search":
                return f"{uid}SEARCH {self.key()}"
        return f"{uid}COPY {self.numbers()} {name()}"

    def action(self) -> str:
        choose, name = self.random.choice, self.name
        deliver = f'DELIVER {name()} "{choose(("late", "foo1", ""))}"'
        return choose((deliver, f"EXPUNGE {name()} {self.numbers()}", f"RENAME {name()} {name()}"))

    def mailbox(self, box: str) -> str:
        count = self.random.choice((1, 2, 2) if self.themed else (0, 1, 2, 2, 3))
        marks = [f for f in ("\\Deleted", "\\Seen", "empty") if self.maybe(0.6 if f == "\\Deleted" else 0.15)]
        marked = "".join(f", {self.random.randint(1, count)} {mark}" for mark in marks) if count else ""
        return f"Mailbox: {box} {count} messages{marked}" if count else f"Mailbox: {box}"

    def program(self, clients: int) -> list[str]:
        steps = []
        for _ in range(self.random.randint(1, {1: 4, 2: 3, 3: 2}[clients])):
            retry = "retry " if self.maybe(0.05) else ""
            many = self.random.choice((1, 1, 1, 2))
            steps.append(retry + " | ".join(self.command() for _ in range(many)))
        return steps


def scenario_of(random: Random, theme: int | None = None, among: int = 2, bounded: bool = False) -> Scenario:
    """A random scenario of one to three clients; with that theme (a place in THEMES), of so many; `bounded`: surely with a
    bound."""
    drawer = Drawer(random, theme)
    clients = random.choice((1, 2, 2, 2, 3)) if theme is None else among
    lines = [drawer.mailbox(box) for box in drawer.boxes]
    for sid in range(1, clients + 1):
        if drawer.maybe(0.9 if drawer.themed else 0.8):
            how = random.choice(("Selected", "Selected", "Selected", "Examined"))
            lines.append(f"{how}: {'FOO' if drawer.themed else random.choice(drawer.boxes)} by C{sid}")
    programs: list[list[str]] = []
    for _ in range(clients):
        programs.append(programs[-1] if programs and drawer.maybe(0.25) else drawer.program(clients))
    if bounded or drawer.maybe(0.2):
        lines.append(f"Bound: {random.choice((0, 1, 1, 2))} more uids, {random.choice((1, 2))} more mailboxes")
        if drawer.maybe(0.3):
            programs[0] = ["forever", *programs[0]]
    lines += [f"C{sid}: {step}" for sid, steps in enumerate(programs, 1) for step in steps]
    for _ in range(random.choice((0, 0, 0, 1, 1, 2))):
        lines.append(f"Agent: {' | '.join(drawer.action() for _ in range(random.choice((1, 1, 2))))}")
    return parse("guard", "\n".join(lines) + "\n")


def profile_of(random: Random, universe: Universe) -> Profile:
    """A random profile of that universe."""
    return universe.profile(random.randrange(universe.size))
