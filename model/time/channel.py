"""What is on the way between one client and the server? One FIFO each way: a response can be late, but not out of order.

Values only; `model.time.processes` gives them time. A request is a command with its tag; a response is as the server sends
it, with the tag of the command that it completes.
"""

from __future__ import annotations

from typing import NamedTuple

from model import protocol as p


class Request(NamedTuple):
    """A command on its way to the server."""

    tag: str
    command: p.Command


class Reply(NamedTuple):
    """A response on its way to the client; the tag is "*" for an untagged one."""

    tag: str
    response: p.Response


class Link(NamedTuple):
    """Everything on the way, the oldest first."""

    requests: tuple[Request, ...] = ()
    replies: tuple[Reply, ...] = ()


def send(link: Link, tag: str, command: p.Command) -> Link:
    """The link after the client has sent that command."""
    return link._replace(requests=(*link.requests, Request(tag, command)))


def answer(link: Link, tag: str, responses: tuple[p.Response, ...]) -> Link:
    """The link after the server has sent those responses to the command of that tag."""
    new = tuple(Reply(tag if isinstance(response, p.Tagged) else "*", response) for response in responses)
    return link._replace(replies=link.replies + new)


def next_request(link: Link) -> tuple[Request, Link]:
    """The oldest request, and the link without it. Raises IndexError if there is none."""
    return link.requests[0], link._replace(requests=link.requests[1:])


def next_reply(link: Link) -> tuple[Reply, Link]:
    """The oldest reply, and the link without it. Raises IndexError if there is none."""
    return link.replies[0], link._replace(replies=link.replies[1:])


