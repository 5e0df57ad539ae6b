"""When is a property put to the test? A property that no step ever put to the test has not been shown to hold."""

from __future__ import annotations

from explore.system import AGENT, Step
from model import protocol as p
from model.client import Client
from model.protocol import INBOX


def shows_a_mailbox(client: Client) -> bool:
    """The client believes that it has a mailbox open."""
    return client.name is not None


def is_clients(step: Step) -> bool:
    """A client gave a command."""
    return step.sid != AGENT


def changes_mailboxes(step: Step) -> bool:
    """Some mailbox is not as it was."""
    return step.moved


def answers(step: Step) -> bool:
    """The command was completed with OK or NO in an open mailbox."""
    return step.status in ("OK", "NO") and step.box is not None


def succeeds(step: Step) -> bool:
    """The command was answered OK."""
    return step.status == "OK"


def is_refused(step: Step) -> bool:
    """The command was answered NO or BAD."""
    return step.status in ("NO", "BAD")


def sends_numbers(step: Step) -> bool:
    """A response that carries message sequence numbers was sent."""
    return any(isinstance(response, (p.Fetched, p.Expunged, p.Found)) for response in step.own)


def shows_messages(step: Step) -> bool:
    """A response says which message a number is, or which messages match."""
    return any(_identifies(response) for response in step.own)


def _identifies(response: p.Response) -> bool:
    if isinstance(response, p.Fetched):
        return response.uid is not None or response.content is not None
    return isinstance(response, p.Found)


def shows_content(step: Step) -> bool:
    """A FETCH response with content was sent."""
    return any(isinstance(response, p.Fetched) and response.content is not None for response in step.own)


def counts_messages(step: Step) -> bool:
    """An EXISTS response was sent."""
    return any(isinstance(response, p.Exists) for response in step.own)


def announces_expunge(step: Step) -> bool:
    """An EXPUNGE response was sent."""
    return any(isinstance(response, p.Expunged) for response in step.own)


def counts_expunged(step: Step) -> bool:
    """The client counted an expunged message before the step."""
    alive = {message.uid for message in step.box.messages} if step.box is not None else set()
    return step.box is not None and any(uid not in alive for uid, _ in step.truth.counted)


def removes_messages(step: Step) -> bool:
    """Messages of the open mailbox went."""
    if step.box is None or step.box_after is None:
        return False
    left = {message.uid for message in step.box_after.messages}
    return any(message.uid not in left for message in step.box.messages)


def opens_again(step: Step) -> bool:
    """A client opened a name that it had opened before."""
    act = step.act
    return isinstance(act, p.Select) and step.status == "OK" and any(name == act.mailbox for name, _, _ in step.truth.opened)


def is_read_only(step: Step) -> bool:
    """The session had its mailbox open by EXAMINE."""
    return step.sid != AGENT and step.before.sessions[step.sid].read_only


def meets_ghost(step: Step) -> bool:
    """A deleted mailbox was still open somewhere."""
    return step.sid != AGENT and any(box.ghost for box in step.before.mailboxes)


def names_own_mailbox(step: Step) -> bool:
    """The command named the mailbox that its client has open, by the name that it knows."""
    return isinstance(step.act, (p.Append, p.Copy, p.Status)) and step.act.mailbox == step.client.name


def deletes_or_renames(step: Step) -> bool:
    """A mailbox was to be deleted or renamed, or somebody was disconnected."""
    responses = (response for _, response in (*step.others, *((step.sid, answer) for answer in step.own)))
    return isinstance(step.act, (p.Delete, p.Rename)) or any(isinstance(response, p.Bye) for response in responses)


def names_deleted(step: Step) -> bool:
    """The command named a message that is expunged, or whose mailbox is deleted."""
    if not isinstance(step.act, p.NUMBERED) or step.box is None:
        return False
    present, gone = step.split()
    return bool(gone) or (step.box.ghost and bool(present))


def names_both(step: Step) -> bool:
    """The command named messages that are there, and others that are expunged."""
    present, gone = step.split() if isinstance(step.act, p.NUMBERED) else ({}, {})
    return bool(present) and bool(gone)


def is_reissued(step: Step) -> bool:
    """The client gave the command as what was left to do after a NO."""
    return bool(step.client.todo)


def renames_inbox(step: Step) -> bool:
    """RENAME of INBOX was answered OK."""
    return isinstance(step.act, p.Rename) and step.act.mailbox == INBOX and step.status == "OK"


def meant_by_number(step: Step) -> bool:
    """The client meant messages by the numbers of a command that it need not have sent as it was served."""
    return bool(step.intended)
