"""The session view: what a client has been told, against what is true (RFC 3501 §7, §7.4.1).

In the style of go-imap's tracker_test: one mailbox, one view, a table of what is between them.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.protocol.flags import FLAGGED, NO_FLAGS, SEEN
from model.store.mailbox import Mailbox, Message
from model.store.session import (
    ARRIVALS, EXPUNGES, FLAG_CHANGES, SELECTED, View, arrivals, expunged_positions, pending, renumber, selected,
    with_flags, without,
)  # fmt: skip

SEEN_ONLY = frozenset({SEEN})


def box(*uids: int, seen: tuple[int, ...] = ()) -> Mailbox:
    """A mailbox with those UIDs; `seen` are the UIDs with \\Seen."""
    messages = (Message(uid, SEEN_ONLY if uid in seen else NO_FLAGS, f"m{uid}") for uid in uids)
    return Mailbox(1, "FOO", 1, 100, tuple(messages))


def view(*uids: int, seen: tuple[int, ...] = ()) -> View:
    """A view that counts those UIDs; `seen` are the UIDs told to have \\Seen."""
    return tuple((uid, SEEN_ONLY if uid in seen else NO_FLAGS) for uid in uids)


@pytest.mark.parametrize("read_only", [False, True])
def test_selected_counts_what_is_there(read_only: bool) -> None:
    session = selected(box(3, 5, 9, seen=(5,)), read_only)
    assert (session.state, session.mailbox, session.name, session.read_only) == (SELECTED, 1, "FOO", read_only)
    assert session.view == view(3, 5, 9, seen=(5,))
    assert session.uids == (3, 5, 9)


@pytest.mark.parametrize(
    ("told", "mailbox", "news", "expunged", "new"),
    [
        pytest.param(view(), box(), 0, (), (), id="both empty"),
        pytest.param(view(1, 2, 3), box(1, 2, 3), 0, (), (), id="no news"),
        pytest.param(view(1, 2, 3), box(1, 3), EXPUNGES, (2,), (), id="expunge in the middle"),
        pytest.param(view(1, 2, 3), box(1, 2), EXPUNGES, (3,), (), id="expunge at the end"),
        pytest.param(view(1, 2, 3), box(), EXPUNGES, (1, 2, 3), (), id="all expunged"),
        pytest.param(view(4, 7, 9), box(4, 9), EXPUNGES, (2,), (), id="numbers are not UIDs"),
        pytest.param(view(), box(1, 2), ARRIVALS, (), (1, 2), id="first arrivals"),
        pytest.param(view(1, 2), box(1, 2, 5), ARRIVALS, (), (5,), id="arrival"),
        pytest.param(view(1, 2), box(5), EXPUNGES | ARRIVALS, (1, 2), (5,), id="all replaced"),
        pytest.param(view(1, 3), box(1, 2, 3), 0, (), (), id="below the last and not counted is no arrival"),
        pytest.param(view(1, 2), box(1, 2, seen=(2,)), FLAG_CHANGES, (), (), id="flag set"),
        pytest.param(view(1, 2, seen=(2,)), box(1, 2), FLAG_CHANGES, (), (), id="flag cleared"),
        pytest.param(view(1, 2), box(1, 2, 3, seen=(3,)), ARRIVALS, (), (3,), id="a new message's flags are no change"),
        pytest.param(view(1, 2, seen=(2,)), box(1), EXPUNGES, (2,), (), id="an expunged message's flags are no change"),
        pytest.param(
            view(1, 2, 3), box(2, 3, 4, seen=(2,)), EXPUNGES | ARRIVALS | FLAG_CHANGES, (1,), (4,), id="everything"
        ),
    ],
)
def test_news(told: View, mailbox: Mailbox, news: int, expunged: tuple[int, ...], new: tuple[int, ...]) -> None:
    assert pending(told, mailbox) == news
    assert expunged_positions(told, mailbox) == expunged
    assert tuple(uid for uid, _ in arrivals(told, mailbox)) == new


def test_arrivals_come_with_their_flags() -> None:
    assert arrivals(view(1), box(1, 2, 3, seen=(3,))) == view(2, 3, seen=(3,))


@pytest.mark.parametrize(
    ("order", "sent"),
    [
        pytest.param((), (), id="none"),
        pytest.param((4,), (4,), id="one"),
        pytest.param((4, 5, 6, 7), (4, 4, 4, 4), id="RFC 2180 §4.1.1, low to high"),
        pytest.param((7, 6, 5, 4), (7, 6, 5, 4), id="high to low"),
        pytest.param((1, 3, 5), (1, 2, 3), id="with gaps"),
        pytest.param((5, 3, 1), (5, 3, 1), id="with gaps, high to low"),
        pytest.param((3, 1, 5), (3, 1, 3), id="middle first"),
        pytest.param((3, 4, 7, 11), (3, 3, 5, 8), id="RFC 3501 §6.4.3's example"),
    ],
)
def test_renumber(order: tuple[int, ...], sent: tuple[int, ...]) -> None:
    assert renumber(order) == sent


@given(st.sets(st.integers(1, 9)).flatmap(lambda gone: st.permutations(sorted(gone))))
def test_renumber_takes_away_those_messages_in_that_order(order: list[int]) -> None:
    """A client that deletes from a list what each EXPUNGE names removes just those, one after the other."""
    client = list(range(1, 10))
    removed = [client.pop(number - 1) for number in renumber(tuple(order))]
    assert removed == order
    assert tuple(client) == tuple(uid for uid, _ in without(view(*range(1, 10)), tuple(order)))


@pytest.mark.parametrize(
    ("told", "positions", "left"),
    [
        (view(1, 2, 3), (), view(1, 2, 3)),
        (view(1, 2, 3), (2,), view(1, 3)),
        (view(4, 7, 9), (1, 3), view(7)),
        (view(4, 7, 9, seen=(9,)), (2, 1), view(9, seen=(9,))),
        (view(4), (1,), view()),
    ],
)
def test_without(told: View, positions: tuple[int, ...], left: View) -> None:
    assert without(told, positions) == left


def test_with_flags() -> None:
    told = view(4, 7, 9)
    assert with_flags(told, 2, SEEN_ONLY) == view(4, 7, 9, seen=(7,))
    assert with_flags(told, 1, frozenset({FLAGGED}))[0] == (4, frozenset({FLAGGED}))
    assert with_flags(told, 3, NO_FLAGS) is told


@given(st.sets(st.integers(1, 8)), st.sets(st.integers(1, 12)))
def test_telling_all_news_leads_to_the_mailbox(counted: set[int], there: set[int]) -> None:
    """Whatever a view has been told, expunges and arrivals turn it into the mailbox, if new UIDs are above the old."""
    mailbox = box(*sorted(there & counted | {uid for uid in there if uid > max(counted, default=0)}))
    told = view(*sorted(counted))
    now = without(told, expunged_positions(told, mailbox))
    now += arrivals(now, mailbox)
    assert now == tuple((message.uid, message.flags) for message in mailbox.messages)
    assert pending(now, mailbox) == 0
    assert (pending(told, mailbox) == 0) == (told == now)
