"""Which states are equal up to a permutation of the clients? Of those, one stands for all (scalarset symmetry: Ip and Dill,
"Better Verification Through Symmetry", 1996).

Clients with the same program are interchangeable: exchanging two of them, with their sessions, leads from reachable
states to reachable states and from violations to violations. A state is made canonical by sorting the clients of each
program by their own state and their session; equal ones are equal in everything, so that the result does not depend on
the order in which they stood.
"""

from __future__ import annotations

from explore.space.interning import Interned
from explore.space.transitions import State, Transitions
from model.client import Program
from model.store import Session


class Symmetry:
    """The interchangeable clients of one scenario."""

    def __init__(self, programs: tuple[Program, ...], tables: Transitions) -> None:
        alike: dict[Program, list[int]] = {}
        for sid, program in enumerate(programs):
            alike.setdefault(program, []).append(sid)
        self.groups = [sids for sids in alike.values() if len(sids) > 1]
        self._everyone = [*range(len(programs))]
        self._all_alike = self.groups == [self._everyone]
        self._tables = tables
        self._sessions: Interned[Session] = Interned()
        self._sessions_of: dict[int, tuple[int, ...]] = {}
        self._permuted: dict[tuple[int, tuple[int, ...]], int] = {}

    def canonical(self, state: State) -> State:
        """The state that stands for this one."""
        sessions = self._sessions_of.get(state[0])
        if sessions is None:
            sessions = self._sessions_of[state[0]] = self._numbered(state[0])
        if not sessions:
            return (state[0], *sorted(state[1:-1]), state[-1])
        ranks, order = [*zip(state[1:-1], sessions, strict=True)], self._everyone.copy()
        for sids in self.groups:
            ranked = sorted(sids, key=ranks.__getitem__)
            if ranked != sids:
                for place, sid in zip(sids, ranked, strict=True):
                    order[place] = sid
        if order == self._everyone:
            return state
        return (self._permute(state[0], tuple(order)), *[state[1 + sid] for sid in order], state[-1])

    def _numbered(self, world: int) -> tuple[int, ...]:
        """The numbers of that world's sessions; none if all clients are interchangeable, and the sessions are equal: then
        there is nothing to exchange but the clients."""
        sessions = tuple(map(self._sessions.add, self._tables.server.worlds.values[world].sessions))
        return () if self._all_alike and len(set(sessions)) == 1 else sessions

    def _permute(self, world: int, order: tuple[int, ...]) -> int:
        key = (world, order)
        cached = self._permuted.get(key)
        if cached is None:
            before = self._tables.server.worlds.values[world]
            after = before._replace(sessions=tuple(before.sessions[sid] for sid in order))
            cached = self._permuted[key] = self._tables.server.worlds.add(after)
        return cached
