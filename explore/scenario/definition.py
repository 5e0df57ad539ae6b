"""What is explored: a starting world, and what each client (and the external agent) sets out to do.

A scenario is written as a transcript's header (see `model.notation.transcript`), followed by programs instead of a
conversation:

    Title: one client expunges, one reads
    Mailbox: FOO 3 messages, 2 \\Deleted
    Selected: FOO by C1 C2

    C1: EXPUNGE                                   (a command, without a tag)
    C2: FETCH 2 BODY[] | STORE 2 +FLAGS (\\Seen)   (either of them: both are explored)
    C2: retry DELETE FOO                          (again and again, until it is not answered NO)
    C3: forever                                   (the steps of C3 that follow are repeated for ever)
    C3: any message command | LOGOUT              (`any message command`, `any mailbox command`, `any command`: every
    Agent: DELIVER FOO "new"                       command of the alphabet of `explore.scenario.alphabet`)
    C4: own mine:reader, up to 16 commands        (a client of your own, see `explore.scenario.custom_client`)

Every order in which the clients can take their turns is explored. A header line `Bound: 4 uids, 3 mailboxes` leaves out
every step, of a client or of the agent, that would give out more UIDs in one mailbox, or create more mailboxes (INBOX is
the first), than that: what programs without end need to have finitely many states. `Bound: 1 more uid, 1 more mailbox`
counts from what is there at the start: from the fullest mailbox. A start that is outside the bound is refused, and a
search says what it had no room for (`explore.search.growth`). `Clients: pipelining, reckless` says for clients of which
manners the scenario is meant, if nobody asks for others. Reading is strict, as for transcripts.
"""

from __future__ import annotations

from typing import NamedTuple

from model.client import MANNERS, Program, User
from model.store import Action, World


MESSAGE, MAILBOX = "message", "mailbox"
"""What a bound can be on."""


class Scenario(NamedTuple):
    """A world to start from, one program a client, and the agent's actions: for each step, the choices. `header` has
    the lines that describe the world, for those who write it down again; `manners` are those of the clients for which
    it is meant."""

    name: str
    title: str
    world: World
    programs: tuple[Program, ...]
    agent: tuple[tuple[Action, ...], ...] = ()
    header: tuple[str, ...] = ()
    most_uids: int | None = None
    most_mailboxes: int | None = None
    manners: tuple[str, ...] = MANNERS

    @property
    def own(self) -> bool:
        """Whether some client is of somebody's own making (`explore.scenario.custom_client`)."""
        return any(program.user is not None for program in self.programs)

    @property
    def own_clients(self) -> dict[str, User]:
        """Those clients, by who they are: C1, ..."""
        users = ((sid, program.user) for sid, program in enumerate(self.programs))
        return {f"C{sid + 1}": user for sid, user in users if user is not None}

    def players(self, manner: str) -> str:
        """Who the clients are, if those that follow a program are of that manner."""
        own = [f"{who} is {user.name}" for who, user in self.own_clients.items()]
        return "; ".join([*own, f"{'the other clients' if own else 'the clients'} are {manner}"])

    @property
    def endless(self) -> bool:
        """Whether some client repeats or retries: runs can then be without end."""
        return self.retried or any(program.repeat is not None for program in self.programs)

    @property
    def bounded(self) -> bool:
        """Whether it has a bound on messages or mailboxes."""
        return self.most_uids is not None or self.most_mailboxes is not None

    @property
    def retried(self) -> bool:
        """Whether some client tries something again and again."""
        return any(step.retry for program in self.programs for step in program.steps)

    @property
    def bound(self) -> dict[str, int]:
        """Clients, messages at the start (in the fullest mailbox) and commands (the longest program, and all)."""
        lengths = [len(program.steps) for program in self.programs] + [u.commands for u in self.own_clients.values()]
        return {
            "clients": len(self.programs),
            "messages": max(len(box.messages) for box in self.world.mailboxes),
            "commands": sum(lengths) + len(self.agent),
        }

    def excess(self, world: World) -> frozenset[str]:
        """What there are more of in that world than the scenario's bound allows: MESSAGE, MAILBOX."""
        uids, mailboxes = self.most_uids, self.most_mailboxes
        messages = uids is not None and any(box.uidnext - 1 > uids for box in world.mailboxes)
        named = ((MESSAGE, messages), (MAILBOX, mailboxes is not None and world.next_id - 1 > mailboxes))
        return frozenset(what for what, too_many in named if too_many)

    def allows(self, world: World) -> bool:
        """Whether that world is within the scenario's bound."""
        return not self.excess(world)
