"""Is a link first in, first out, each way by itself, and does no tag come twice? (`model.time.channel`)"""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from model import protocol as p
from model.notation.tags import command_tag
from model.protocol.writing import response_text
from model.time import channel
from model.time.channel import Link, Reply, Request

RESPONSES: tuple[p.Response, ...] = (
    p.Exists(1), p.Expunged(1), p.Bye(""), p.Tagged("OK", ""), p.Tagged("NO", "", "TRYCREATE"),
)  # fmt: skip


def test_only_the_completion_carries_the_tag() -> None:
    """RFC 3501 §2.2.2: status responses that do not complete a command, and data, are untagged."""
    full = channel.answer(Link(), "A001", RESPONSES)
    assert [reply.tag for reply in full.replies] == ["*", "*", "*", "A001", "A001"]
    assert tuple(reply.response for reply in full.replies) == RESPONSES


def test_the_ways_are_apart() -> None:
    both = channel.answer(channel.send(Link(), "A001", p.Noop()), "A000", (p.Exists(1),))
    request, left = channel.next_request(both)
    assert (request, left) == (Request("A001", p.Noop()), Link((), (Reply("*", p.Exists(1)),)))
    reply, left = channel.next_reply(both)
    assert (reply, left) == (Reply("*", p.Exists(1)), Link((Request("A001", p.Noop()),), ()))


@pytest.mark.parametrize("take", [channel.next_request, channel.next_reply])
def test_an_empty_link_has_nothing(take: object) -> None:
    assert callable(take)
    with pytest.raises(IndexError):
        take(Link())


def test_a_link_is_a_value() -> None:
    """What was sent is on the new link; the old one is as it was."""
    before = Link()
    after = channel.send(before, "A001", p.Noop())
    assert before == Link()
    assert after != before
    assert channel.next_request(after)[1] == before


_events = st.lists(st.sampled_from(("send", "answer", "serve", "read")), max_size=30)


@given(_events)
def test_first_in_first_out(events: list[str]) -> None:
    now = Link()
    sent: list[str] = []
    served: list[str] = []
    answered: list[p.Response] = []
    read: list[p.Response] = []
    for count, event in enumerate(events, 1):
        if event == "send":
            sent.append(command_tag(0, count))
            now = channel.send(now, sent[-1], p.Noop())
        elif event == "answer":
            new: tuple[p.Response, ...] = (p.Exists(count), p.Tagged("OK", str(count)))
            answered += new
            now = channel.answer(now, "A001", new)
        elif event == "serve" and now.requests:
            request, now = channel.next_request(now)
            served.append(request.tag)
        elif event == "read" and now.replies:
            reply, now = channel.next_reply(now)
            read.append(reply.response)
    assert sent == served + [request.tag for request in now.requests]
    assert answered == read + [reply.response for reply in now.replies]


@pytest.mark.parametrize(
    ("sid", "number", "tag"),
    [(0, 1, "A001"), (1, 12, "B012"), (25, 999, "Z999"), (0, 1000, "A1000"), (26, 1, "T27.001"), (98, 2, "T99.002")],
)
def test_tags(sid: int, number: int, tag: str) -> None:
    assert command_tag(sid, number) == tag
    assert response_text(p.Tagged("OK", "done"), tag) == f"{tag} OK done"


def test_no_tag_comes_twice() -> None:
    tags = [command_tag(sid, number) for sid in range(99) for number in (*range(1, 120), 999, 1000, 27001)]
    assert len(set(tags)) == len(tags)
    assert all(set(tag).isdisjoint('(){%*"\\+ ') and tag.isascii() for tag in tags), "RFC 3501 §9, tag"
