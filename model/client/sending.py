"""What does a client send next? Its program says, or what it has to find out first."""

from __future__ import annotations

from model import protocol as p
from model.client.belief import NAIVE, Ahead, Client, Pursuit
from model.client.numbers import named
from model.client.program import Program, ProgramStep


def options(client: Client, program: Program) -> tuple[p.Command, ...]:
    """What the client may send next; nothing while it is busy, disconnected or done."""
    if client.busy is not None or not client.connected:
        return ()
    if client.todo:
        return client.todo[:1]
    if program.user is not None:
        return program.user.options(client)
    step = current_step(client, program)
    return step.choices if step is not None else ()


def cut(client: Client, program: Program) -> bool:
    """Whether the client has nothing more to send only because it is not followed any further: it is not done."""
    waiting = client.busy is not None or not client.connected or bool(client.todo)
    return program.user is not None and not waiting and program.user.cut(client)


def current_step(client: Client, program: Program) -> ProgramStep | None:
    """The program's step that is next, or None when it is done."""
    return program.steps[client.step] if client.step < len(program.steps) else None


def options_ahead(client: Client, program: Program) -> tuple[p.Command, ...]:
    """What the client may send next if it does not wait for answers: what comes after all that it has sent. Whoever
    retries, or has something to find out first, waits."""
    if client.busy is None:
        return options(client, program)
    step = current_step(client, program)
    if not client.connected or client.todo or program.user is not None or step is None or step.retry:
        return ()
    for _ in range(1 + len(client.ahead)):
        client = _advance(client, program)
    step = current_step(client, program)
    return step.choices if step is not None and not step.retry else ()


def send(client: Client, command: p.Command, manner: str) -> Client:
    """The client that has sent that command, one of its `options` or `options_ahead`."""
    meant: tuple[int, ...] = ()
    touched: tuple[int, ...] = ()
    if isinstance(command, p.Store) and command.silent:
        meant = named(client, command.numbers, command.uid, surely=True)
        touched = named(client, command.numbers, command.uid)
    if client.busy is not None:
        return client._replace(ahead=(*client.ahead, Ahead(command, meant, touched)))
    pursuit = client.pursuit
    if isinstance(command, p.NUMBERED) and manner != NAIVE:
        pursuit = Pursuit(command, named(client, command.numbers, command.uid))
    return _begin(client, Ahead(command, meant, touched))._replace(pursuit=pursuit)


def _begin(client: Client, sent: Ahead) -> Client:
    """The client with that command in progress."""
    if isinstance(sent.command, p.Select):
        client = client._replace(name=None, shown=(), doubt=())
    return client._replace(busy=sent.command, meant=sent.meant, touched=sent.touched)


def _advance(client: Client, program: Program) -> Client:
    step = client.step + 1
    if step == len(program.steps) and program.repeat is not None:
        step = program.repeat
    return client._replace(step=step)
