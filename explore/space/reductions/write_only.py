"""Which mailboxes does nobody ever look into? What lies there makes no difference, but for the contents that are there.

A mailbox is write-only if nobody has it open at the start and no command looks into it, makes, deletes or renames it: those
that name it put something in (APPEND, COPY), or go by the name alone (SUBSCRIBE, LIST). Then nobody can learn how many
messages it has, in which order or with which flags ("cone of influence", Clarke, Grumberg and Peled, "Model Checking",
1999, §13.1). Its contents still say whether a message that was deleted elsewhere is really gone.
"""

from __future__ import annotations

from explore.scenario import Scenario
from explore.space.footprint import only_contents
from model import protocol as p
from model.protocol import DELIMITER
from model.store import World


def write_only_mailboxes(scenario: Scenario) -> frozenset[str]:
    """The names of the write-only mailboxes of that scenario; none if a client of one's own has a part in it."""
    if scenario.own:
        return frozenset()
    commands = [command for program in scenario.programs for step in program.steps for command in step.choices]
    looked_into = {session.name for session in scenario.world.sessions}
    acted_on = {action.mailbox for actions in scenario.agent for action in actions}
    looked_into |= acted_on
    renamed = {name + DELIMITER for name in acted_on}
    for command in commands:
        match command:
            case p.Rename(old, new):
                looked_into.update((old, new))
                renamed.add(old + DELIMITER)
            case p.Select(name) | p.Create(name) | p.Delete(name) | p.Status(name):
                looked_into.add(name)
    names = {box.name for box in scenario.world.mailboxes} - looked_into
    return frozenset(name for name in names if not any(name.startswith(above) for above in renamed))


def with_only_contents(world: World, names: frozenset[str], forget_uids: bool) -> World:
    """The world in which the mailboxes of those names have each content once, without flags, in one standard order, and,
    if `forget_uids`, the next UID after that."""
    boxes = []
    for box in world.mailboxes:
        if box.name in names:
            contents = only_contents(box.messages)
            box = box._replace(messages=contents, uidnext=len(contents) + 1 if forget_uids else box.uidnext)
        boxes.append(box)
    return world._replace(mailboxes=tuple(boxes))
