"""Which loops are wrong? H-STARVATION, O-TOLD and O-RETRY-ENDS.

- H-STARVATION: a client that retries is refused at least once, and never succeeds.
- O-TOLD: a client says NOOP or CHECK, and one and the same piece of news (`News`) stays untold all the way round.
- O-RETRY-ENDS: a client sends something, but only what RFC 2180 tells it to send after a NO or in doubt; its program
  never gets a turn again.

O-TOLD has a check of single steps besides (`explore.properties.numbering.told`): no NOOP tells nothing while there is news.
Neither says what the other says. A server that tells only at every second NOOP passes over none of the news for ever, and
fails that check; one that tells something at each NOOP, but always something else, passes it, and fails here. Together:
each NOOP brings news, if there is any, and each piece of news has its turn. RFC 2180 §4.1.2 (b) relies on both: after one
NOOP a client is to know what was expunged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from explore.properties.loop import LoopCheck, LoopStep, Moment, Subject
from explore.system import act_text, actor_name
from model import protocol as p
from model.client import Client, Program, current_step

EXPUNGE, ARRIVAL, FLAGS = "expunge", "arrival", "flags"


class News(NamedTuple):
    """Something that a client has not been told: an EXPUNGE or ARRIVAL of a message in that mailbox (an id), or its new
    FLAGS."""

    kind: str
    mailbox: int
    uid: int
    content: str

    def __str__(self) -> str:
        if self.kind == FLAGS:
            return f"that the flags of {self.content!r} have changed"
        return f"that {self.content!r} {'is expunged' if self.kind == EXPUNGE else 'has arrived'}"


def news(now: Moment, sid: int) -> frozenset[News]:
    """What there is to tell that client, and has not been told: it still counts a message that is expunged, it does not
    count one that is there, or it shows flags that a message has no longer."""
    client, truth = now.client(sid), now.truth(sid)
    box = now.world.by_id(truth.mailbox)
    if box is None:
        return frozenset()
    alive = {message.uid: message for message in box.messages}
    counted = {uid for uid, _ in truth.counted}
    untold = [News(EXPUNGE, box.id, uid, content) for uid, content in truth.counted if uid and uid not in alive]
    untold += [News(ARRIVAL, box.id, m.uid, m.content) for m in box.messages if m.uid not in counted]
    for entry, (uid, content) in zip(client.shown, truth.counted, strict=False):
        if uid in alive and entry.flags is not None and entry.flags != alive[uid].flags:
            untold.append(News(FLAGS, box.id, uid, content))
    return frozenset(untold)


# --- H-STARVATION ---------------------------------------------------------------------------------------------------


def _retriers(steps: Iterable[LoopStep]) -> Sequence[Subject]:
    return [Subject(sid) for sid in sorted({step.sid for step in steps if _tries(step)})]


def _tries(step: LoopStep) -> bool:
    """Whether the client that takes that step tries what it is to retry."""
    return step.served and isinstance(step.act, p.COMMANDS) and _is_to_retry(step.mover, step.program)


def _is_to_retry(client: Client, program: Program) -> bool:
    now = current_step(client, program)
    return now is not None and now.retry and not client.todo


def _refused(step: LoopStep) -> bool:
    return any(to == step.sid and isinstance(r, p.Tagged) and r.status == "NO" for to, r in step.responses)


def _is_a_try(subject: Subject, step: LoopStep) -> bool:
    return step.sid == subject.sid and _tries(step)


def _starves(subject: Subject, steps: Sequence[LoopStep]) -> str:
    return f"{actor_name(subject.sid)} is refused every time, {_while_others(subject.sid, steps)}"


STARVATION = LoopCheck(
    _retriers, lambda subject, step: not _is_a_try(subject, step) or _refused(step), _is_a_try, _starves, mover=_is_to_retry
)  # fmt: skip
"""RFC 2180 §3.1 (b), §4.1.4 (b), §4.2.4 (d): some client tries the same again and again, and is refused every time."""


# --- O-TOLD ---------------------------------------------------------------------------------------------------------


def _passed_over(steps: Iterable[LoopStep]) -> Sequence[Subject]:
    """Each piece of news that a NOOP or CHECK leaves untold."""
    subjects = {Subject(step.sid, item) for step in steps if _polls(step) for item in _untold(step)}
    return sorted(subjects, key=lambda subject: (subject.sid, subject.about))


def _polls(step: LoopStep) -> bool:
    return isinstance(step.act, (p.Noop, p.Check))


def _untold(step: LoopStep) -> frozenset[News]:
    return news(step.before, step.sid) & news(step.after, step.sid)


def _never_told(subject: Subject, steps: Sequence[LoopStep]) -> str:
    asked = next(step.act for step in steps if step.sid == subject.sid and _polls(step))
    says = f"{actor_name(subject.sid)} says {act_text(asked)} again and again"
    return f"{says}, and is never told {subject.about}, {_while_others(subject.sid, steps)}"


UNTOLD = LoopCheck(
    _passed_over,
    lambda subject, step: subject.about in news(step.before, subject.sid),
    lambda subject, step: step.sid == subject.sid and _polls(step),
    _never_told,
    acts=(p.Noop, p.Check),
)
"""RFC 3501 §5.2, §6.1.2: a client asks again and again, and one thing is never told."""


# --- O-RETRY-ENDS ---------------------------------------------------------------------------------------------------


def _at_it_again(steps: Iterable[LoopStep]) -> Sequence[Subject]:
    return [Subject(sid) for sid in sorted({step.sid for step in steps if _follows_up(step)})]


def _follows_up(step: LoopStep) -> bool:
    """Whether the client sends what it has to do before its program goes on."""
    return step.served and isinstance(step.act, p.COMMANDS) and bool(step.mover.todo)


def _is_onward(subject: Subject, step: LoopStep) -> bool:
    return step.sid == subject.sid and step.served and not step.mover.todo


def _never_done(subject: Subject, steps: Sequence[LoopStep]) -> str:
    sent = " and ".join(dict.fromkeys(act_text(step.act) for step in steps if step.sid == subject.sid and step.served))
    return f"{actor_name(subject.sid)} sends {sent} again and again, and never comes to an end of it"


RETRY_FOR_EVER = LoopCheck(
    _at_it_again,
    lambda subject, step: not _is_onward(subject, step),
    lambda subject, step: step.sid == subject.sid and _follows_up(step),
    _never_done,
    alone=True,
    mover=lambda client, program: bool(client.todo),
)
"""RFC 2180 §3.4 (e), §4.1.2 (b, c, d), §4.2.3, §4.2.4: what is to be done after a NO never comes to an end."""


def _while_others(sid: int, steps: Sequence[LoopStep]) -> str:
    others = [actor_name(other) for other in sorted({step.sid for step in steps} - {sid})]
    moving = f"while {' and '.join(others)} keep{'' if len(others) > 1 else 's'} moving"
    return moving if others else "while nobody else has anything left to do"
