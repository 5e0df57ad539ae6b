"""What does RFC 2180 say? Every statement of its §3 to §5, and the words that §2 defines, told in our own words.

A statement's id is its paragraph and a letter: `3.2-b` is the second statement of §3.2, and is cited as `RFC 2180 §3.2
(b)`. Its kind goes by the RFC's capitals: MAY, SHOULD and MUST of a server; what a client SHOULD do, may then do, or is
required to do; a remark on what is practical or secure; all else is explanation.
"""

from __future__ import annotations

from typing import NamedTuple

MAY, SHOULD, MUST, DUTY = "server may", "server should", "server must", "client duty"
PRACTICE, SECURITY, EXPLAINS = "remark on practicality", "remark on security", "explanation"
KINDS = (MAY, SHOULD, MUST, DUTY, PRACTICE, SECURITY, EXPLAINS)


class Statement(NamedTuple):
    """One statement: its id (paragraph, a hyphen, a letter), its kind, and what it says."""

    id: str
    kind: str
    text: str

    @property
    def paragraph(self) -> str:
        """`4.1.3`, for `4.1.3-e`."""
        return self.id.partition("-")[0]

    @property
    def letter(self) -> str:
        """`e`, for `4.1.3-e`."""
        return self.id.partition("-")[2]


PARAGRAPHS = {
    "2": "what the words mean",
    "3": "deleting or renaming a mailbox that others have open",
    "3.1": "DELETE, RENAME: refuse",
    "3.2": "DELETE: keep a ghost",
    "3.3": "DELETE, RENAME: disconnect the others",
    "3.4": "RENAME: change the name under them",
    "4": "expunging messages that others count",
    "4.1": "FETCH of expunged messages",
    "4.1.1": "FETCH: serve the ghost",
    "4.1.2": "FETCH: leave it out, answer NO",
    "4.1.3": "FETCH: answer NIL, and OK",
    "4.1.4": "EXPUNGE: refuse",
    "4.2": "STORE on expunged messages",
    "4.2.1": "STORE: silent",
    "4.2.2": "STORE: on expunged messages only",
    "4.2.3": "STORE: set the others' flags, answer NO",
    "4.2.4": "STORE: set nothing, answer NO",
    "4.3": "SEARCH for expunged messages",
    "4.4": "COPY of expunged messages",
    "4.4.1": "COPY: refuse",
    "4.4.2": "COPY: copy the ghosts too",
    "5": "security",
}
"""Each paragraph that has statements, with a heading of ours."""

_S = Statement
STATEMENTS: tuple[Statement, ...] = (
    _S("2-a", EXPLAINS, "In an example, C1 to C3 are what three clients send, and S1 to S3 what each of them is sent."),
    _S("2-b", EXPLAINS, "A mailbox is shared if several users can use it, and multi-accessed while several clients do."),
    _S("2-c", EXPLAINS, "A client has a mailbox accessed once its SELECT or EXAMINE of it has succeeded."),
    _S("3-a", EXPLAINS, "Where several clients are in a mailbox, or something outside IMAP works on it, deleting or "
       "renaming it takes care."),
    _S("3-b", EXPLAINS, "What follows are choices; a server picks among them."),
    _S("3.1-a", MAY, "DELETE and RENAME of a mailbox that others have accessed can be answered NO."),
    _S("3.1-b", PRACTICE, "If many clients use a shared mailbox, there may hardly ever, or never, be a moment at which "
       "nobody has it accessed: then it can be neither deleted nor renamed."),
    _S("3.2-a", MAY, "DELETE can succeed while those that have the mailbox accessed keep what is in it."),
    _S("3.2-b", EXPLAINS, "The mailbox goes for good when the last of them has finished with it."),
    _S("3.2-c", EXPLAINS, "For everybody else the ghost is not there any more."),
    _S("3.2-d", EXPLAINS, "LIST and LSUB do not show them the ghost."),
    _S("3.2-e", EXPLAINS, "Its name is no valid argument of any other command of theirs, until nobody has the ghost "
       "accessed."),
    _S("3.2-f", SECURITY, "What is in it stays readable until the last client closes it, which is not what one wants "
       "where it is offensive or confidential."),
    _S("3.2-g", PRACTICE, "The name may not be free for a new mailbox until everybody has finished with the old one."),
    _S("3.2-h", EXPLAINS, "Once nobody has the ghost accessed, its name can be used again."),
    _S("3.3-a", MAY, "DELETE and RENAME can succeed, and everybody else who has the mailbox accessed is disconnected with "
       "an untagged BYE."),
    _S("3.3-b", EXPLAINS, "A server can disconnect for DELETE and still do something gentler for RENAME."),
    _S("3.4-a", MAY, "RENAME can just change the mailbox's name."),
    _S("3.4-b", EXPLAINS, "Those that have it accessed go on with all commands that do not name it, such as FETCH."),
    _S("3.4-c", EXPLAINS, "They find out when they next use the old name."),
    _S("3.4-d", MAY, "The tagged NO to a command with the old name can carry the NEWNAME code."),
    _S("3.4-e", EXPLAINS, "That is a hint: the command can succeed if it is given again with the new name."),
    _S("4-a", EXPLAINS, "Where several clients are in a mailbox, or something outside IMAP works on it, expunging takes "
       "care."),
    _S("4-b", EXPLAINS, "Another client may be just giving a command that goes by sequence numbers."),
    _S("4-c", EXPLAINS, "No EXPUNGE response can be sent with FETCH, STORE or SEARCH: a client can't be told at once."),
    _S("4-d", EXPLAINS, "So FETCH, STORE or SEARCH on an expunged message can be ambiguous."),
    _S("4.1-a", EXPLAINS, "What follows are choices for FETCH of expunged messages. In all the examples two clients have a "
       "mailbox of seven messages selected, 4:7 are marked, and the first client expunges them."),
    _S("4.1.1-a", MAY, "EXPUNGE can succeed while FETCH still gets the messages, until each client can be sent its EXPUNGE "
       "responses."),
    _S("4.1.1-b", SECURITY, "What was expunged stays readable, which is not what one wants where it is offensive or "
       "confidential: then all access should end at once, whoever is in the midst of it."),
    _S("4.1.1-c", EXPLAINS, "A command such as NOOP is where a client is told of the expunges, and how many are left."),
    _S("4.1.1-d", EXPLAINS, "Once told, it does not get those messages any more: FETCH of their numbers fails."),
    _S("4.1.2-a", MAY, "EXPUNGE can succeed, and FETCH then gets the messages that are left and a tagged NO."),
    _S("4.1.2-b", DUTY, "After NO to FETCH a client should say NOOP, to be told of what was expunged."),
    _S("4.1.2-c", DUTY, "Then it may give the FETCH again."),
    _S("4.1.2-d", DUTY, "Or it may work out from the FETCH and EXPUNGE responses that expunges made it fail; what it has "
       "got then, it need not fetch again."),
    _S("4.1.3-a", MAY, "EXPUNGE can succeed, and FETCH then gets the usual data of the messages that are left, empty data "
       "for the expunged ones, and a tagged OK."),
    _S("4.1.3-b", SHOULD, "If all the messages that it names are expunged, it gets a tagged NO and nothing else."),
    _S("4.1.3-c", DUTY, "After that NO a client should say NOOP, to be told of what was expunged."),
    _S("4.1.3-d", DUTY, "Then it may give the FETCH again, or work out from the EXPUNGE responses why it failed."),
    _S("4.1.3-e", EXPLAINS, "Empty data has the form of the item asked for: the RFC shows it for eleven items."),
    _S("4.1.3-f", EXPLAINS, "A client may not be able to tell it from data that is really empty, such as the flags of a "
       "message without flags."),
    _S("4.1.3-g", DUTY, "Where it may be either, a client should give a command such as NOOP, to be told which."),
    _S("4.1.4-a", MAY, "EXPUNGE in a mailbox that others have accessed can be answered NO: then there is nothing to "
       "resolve."),
    _S("4.1.4-b", PRACTICE, "If many clients use a shared mailbox, there may hardly ever, or never, be a moment at which "
       "nobody else has it accessed: then no message can be expunged."),
    _S("4.2-a", EXPLAINS, "What follows are choices for STORE on expunged messages."),
    _S("4.2.1-a", SHOULD, "A silent STORE that has set the flags of all the messages that are left is answered OK."),
    _S("4.2.1-b", EXPLAINS, "It does set them: the expunged ones among those named stop nothing."),
    _S("4.2.2-a", SHOULD, "A STORE that is not silent and names expunged messages only gets a tagged NO and nothing else."),
    _S("4.2.3-a", MAY, "A STORE that is not silent and names messages of both sorts can set the flags of those that are "
       "left and get their FETCH responses, and a tagged NO."),
    _S("4.2.3-b", DUTY, "After NO to STORE a client should say NOOP, to be told of what was expunged."),
    _S("4.2.3-c", DUTY, "Then it may give the STORE again."),
    _S("4.2.3-d", DUTY, "Or it may work out from the FETCH and EXPUNGE responses that expunges made it fail, and need not "
       "give it again."),
    _S("4.2.4-a", MAY, "A STORE that is not silent and names messages of both sorts can set nothing and get NO (untagged, "
       "the RFC says; its example has a tagged one, without which no command ends)."),
    _S("4.2.4-b", DUTY, "After NO to STORE a client should say NOOP, to be told of what was expunged."),
    _S("4.2.4-c", DUTY, "Then it gives the STORE again, for the messages that are left by their new numbers."),
    _S("4.2.4-d", PRACTICE, "If many clients use a shared mailbox, there may hardly ever, or never, be a moment at which no "
       "expunge is pending: then a client can't set the flags of all messages at once."),
    _S("4.3-a", MAY, "SEARCH can leave out messages that are expunged and not yet announced to this client."),
    _S("4.3-b", DUTY, "A client that misses a message it expected should say NOOP, to see whether it was expunged."),
    _S("4.4-a", EXPLAINS, "Of the commands with sequence numbers, COPY is the only one with which EXPUNGE responses can be "
       "sent safely, because no COPY follows on the heels of another."),
    _S("4.4-b", DUTY, "A client does not send a COPY before it knows that the last one has worked."),
    _S("4.4.1-a", MAY, "COPY in a mailbox that has expunged messages can be answered NO (as its example has it: if it names "
       "one)."),
    _S("4.4.1-b", MUST, "Pending EXPUNGE responses are sent with that COPY."),
    _S("4.4.1-c", MUST, "A COPY that fails leaves the destination as it was: nothing of it is copied."),
    _S("4.4.2-a", MAY, "COPY in a mailbox that has expunged messages can succeed, whether it names them or not."),
    _S("4.4.2-b", MUST, "Pending EXPUNGE responses are sent with that COPY."),
    _S("4.4.2-c", EXPLAINS, "What is copied goes by the numbers before those EXPUNGE responses."),
    _S("4.4.2-d", EXPLAINS, "The responses take effect after the messages were identified, as none can be sent before there "
       "is a command: 2,4,6,8 at the start of the COPY are 2,3,5,7 at its end, once 3 is expunged."),
    _S("4.4.2-e", MUST, "A message that such a COPY names and that is expunged is in the destination afterwards."),
    _S("5-a", EXPLAINS, "What IMAP itself says about security holds here as well."),
    _S("5-b", SECURITY, "Some of these servers do not delete at once what is deleted from a mailbox that several clients "
       "have accessed."),
    _S("5-c", SECURITY, "That may matter where it is confidential and had better be gone at once."),
)  # fmt: skip
"""All statements, in the order of the RFC."""
