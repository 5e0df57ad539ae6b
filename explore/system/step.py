"""What happened in one step? One command with all its responses, or one action of the external agent.

A property is judged on it: it has the worlds around it, what the client believed before and after, and what is true.
"""

from __future__ import annotations

from typing import NamedTuple

from explore.system.ground_truth import GroundTruth, MessageIdentity, after_response, meant_by
from model import protocol as p
from model.client import Client
from model.protocol import sequence
from model.store import Action, Mailbox, Message, World


class Step(NamedTuple):
    """One step: the worlds around it, who did what, the responses (own, those to other sessions, and all with whom they
    went to, in the order of the wire), the client and the truth about it before and after, and for each own response the
    identities that the client counted when it came.

    `status` is that of the tagged response ("" where there was none); `box` is the mailbox that the client really had
    open before the step, `box_after` the same mailbox after it; `moved` says whether any mailbox changed at all. `intended`
    is what the client meant by its numbers when it sent the command, where that can be earlier than it was served.
    """

    before: World
    after: World
    sid: int
    act: p.Command | Action
    own: tuple[p.Response, ...]
    others: tuple[tuple[int, p.Response], ...]
    client: Client
    client_after: Client
    truth: GroundTruth
    truth_after: GroundTruth
    trace: tuple[tuple[p.Response, tuple[MessageIdentity, ...]], ...]
    status: str
    box: Mailbox | None
    box_after: Mailbox | None
    moved: bool
    responses: tuple[tuple[int, p.Response], ...]
    intended: tuple[tuple[int, MessageIdentity], ...] = ()

    def meant(self, numbers: sequence.SequenceSet, uid: bool) -> tuple[tuple[int, MessageIdentity], ...]:
        """The messages that the client means by such a set, each with its number, by its own count."""
        return meant_by(self.truth.counted, numbers, uid)

    def split(self) -> tuple[dict[int, Message], dict[int, MessageIdentity]]:
        """The messages that a FETCH, STORE or COPY means, by number: those in the mailbox, and the expunged ones."""
        act = self.act
        assert isinstance(act, p.NUMBERED)
        box = self.box
        alive = {message.uid: message for message in box.messages} if box is not None else {}
        meant = self.meant(act.numbers, act.uid)
        present = {number: alive[identity[0]] for number, identity in meant if identity[0] in alive}
        gone = {number: identity for number, identity in meant if identity[0] not in alive}
        return present, gone

    def still_counts(self, identity: MessageIdentity) -> bool:
        """Whether, after the step, the client still counts that message: nobody has told it that it is gone."""
        return identity in self.truth_after.counted


def observe(
    before: World,
    after: World,
    sid: int,
    act: p.Command | Action,
    responses: tuple[tuple[int, p.Response], ...],
    clients: tuple[Client, Client],
    truth: GroundTruth,
) -> Step:
    """The step of session `sid` (or the agent) from one world to the other; `clients` are its client before and after,
    `truth` what was true of it before."""
    own = tuple([response for to, response in responses if to == sid])
    others = tuple([pair for pair in responses if pair[0] != sid])
    trace = []
    status = ""
    now = truth._replace(counted=()) if isinstance(act, p.Select) else truth
    for response in own:
        trace.append((response, now.counted))
        now = after_response(now, response, before, after, act)
        if isinstance(response, p.Tagged):
            status = response.status
    box, box_after = before.by_id(truth.mailbox), after.by_id(truth.mailbox)
    moved = before.mailboxes != after.mailboxes
    return Step(
        before, after, sid, act, own, others, *clients, truth, now, tuple(trace), status, box, box_after, moved, responses
    )


