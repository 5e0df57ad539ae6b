"""Sequence sets: RFC 3501 §9 (sequence-set, seq-range, seq-number), §6.4.8 for UIDs."""

from __future__ import annotations

import pytest
from commands import named_by, named_by_uid, sequence_sets
from hypothesis import given, settings
from hypothesis import strategies as st

from model.protocol.sequence import STAR, SequenceSet, of, parse, resolve, resolve_uids, to_text

TEXTS: dict[str, SequenceSet] = {
    "1": ((1, 1),),
    "*": ((STAR, STAR),),
    "2:4": ((2, 4),),
    "4:2": ((4, 2),),
    "*:4": ((STAR, 4),),
    "4:*": ((4, STAR),),
    "2,4:7,9:*": ((2, 2), (4, 7), (9, STAR)),
    "2,2,1": ((2, 2), (2, 2), (1, 1)),
    "4294967295": ((4294967295, 4294967295),),
}


@pytest.mark.parametrize("text", TEXTS)
def test_parse_and_to_text(text: str) -> None:
    assert parse(text) == TEXTS[text]
    assert to_text(TEXTS[text]) == text


@pytest.mark.parametrize("text", ["3:3", "*:*"])
def test_a_range_of_one_is_written_as_one_number(text: str) -> None:
    assert to_text(parse(text)) == text.partition(":")[0]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "''"),
        (",", "''"),
        ("1,", "''"),
        ("1,,2", "''"),
        ("a", "'a'"),
        ("1:", "'1:'"),
        (":1", "':1'"),
        ("1:2:3", "'1:2:3'"),
        ("-1", "'-1'"),
        ("1 2", "'1 2'"),
        ("1:a,3", "'1:a'"),
        ("**", "'**'"),
        ("0", "0 is"),
        ("0:3", "0 is"),
        ("4294967296", "4294967296 is"),
    ],
)
def test_parse_says_what_is_wrong(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=r"sequence number") as caught:
        parse(text)
    message = str(caught.value)
    assert message.startswith(wrong)
    assert "\n" not in message


@pytest.mark.parametrize("text", ["\u0663", "01", "1:\u0664", "9" * 5000])
def test_numbers_are_ascii_without_leading_zeros(text: str) -> None:
    """RFC 3501 §9: nz-number = digit-nz *DIGIT."""
    with pytest.raises(ValueError, match=r"sequence number"):
        parse(text)


@given(sequence_sets(largest=40, parts=5))
def test_round_trip(numbers: SequenceSet) -> None:
    assert parse(to_text(numbers)) == numbers


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([], ""), ([5], "5"), ([3, 1, 2, 7], "1:3,7"), ([2, 2, 2], "2"), ([1, 3, 5], "1,3,5"), ([6, 5, 4], "4:6")],
)
def test_of(numbers: list[int], text: str) -> None:
    assert to_text(of(numbers)) == text


@given(st.lists(st.integers(1, 12)))
def test_of_names_exactly_those_and_is_shortest(numbers: list[int]) -> None:
    found = of(numbers)
    assert resolve(found, 12) == tuple(sorted(set(numbers)))
    gaps = sum(number + 1 not in numbers for number in set(numbers))
    assert len(found) == gaps


@pytest.mark.parametrize(
    ("text", "count", "named"),
    [
        ("1", 1, (1,)),
        ("2:4", 5, (2, 3, 4)),
        ("4:2", 5, (2, 3, 4)),
        ("4:2,*", 5, (2, 3, 4, 5)),
        ("*", 7, (7,)),
        ("*:*", 7, (7,)),
        ("*:5", 7, (5, 6, 7)),
        ("5:*", 7, (5, 6, 7)),
        ("7:*", 7, (7,)),
        ("3,1,3:1", 3, (1, 2, 3)),
        ("6", 5, None),
        ("4:6", 5, None),
        ("1,6", 5, None),
        ("9:*", 5, None),
        ("*:9", 5, None),
        ("1:4294967295", 5, None),
        ("1", 0, None),
        ("*", 0, None),
        ("1:*", 0, None),
        ("*:1", 0, None),
    ],
)
def test_resolve(text: str, count: int, named: tuple[int, ...] | None) -> None:
    """RFC 3501 §9, seq-number: a number beyond the mailbox is an error, and so is `*` if it is empty."""
    assert resolve(parse(text), count) == named


def test_the_empty_set_names_nothing() -> None:
    assert resolve((), 3) == ()
    assert resolve_uids((), (1, 2)) == ()


@settings(max_examples=200)
@given(sequence_sets(largest=9, parts=3), st.integers(0, 9))
def test_resolve_is_what_brute_force_finds(numbers: SequenceSet, count: int) -> None:
    """Each end must be one of 1…count; what lies between is named."""
    ends = {end or count for ends in numbers for end in ends}
    if ends <= set(range(1, count + 1)):
        assert resolve(numbers, count) == tuple(named_by(numbers, count))
    else:
        assert resolve(numbers, count) is None


@pytest.mark.parametrize(
    ("text", "known", "places"),
    [
        ("3", (3, 5, 9), (1,)),
        ("4", (3, 5, 9), ()),
        ("1:100", (3, 5, 9), (1, 2, 3)),
        ("9:4", (3, 5, 9), (2, 3)),
        ("*", (3, 5, 9), (3,)),
        ("20:*", (3, 5, 9), (3,)),
        ("*:20", (3, 5, 9), (3,)),
        ("4:*", (3, 5, 9), (2, 3)),
        ("9:*", (3, 5), (2,)),
        ("5,3", (3, 5, 9), (1, 2)),
        ("1:4294967295", (3,), (1,)),
        ("*", (), ()),
        ("1:*", (), ()),
        ("1:9", (), ()),
    ],
)
def test_resolve_uids(text: str, known: tuple[int, ...], places: tuple[int, ...]) -> None:
    """RFC 3501 §6.4.8: UIDs that are not there are no error; `9:*` names the last even where it is smaller than 9."""
    assert resolve_uids(parse(text), known) == places


@settings(max_examples=200)
@given(sequence_sets(largest=12, parts=3), st.sets(st.integers(1, 12)))
def test_resolve_uids_is_what_brute_force_finds(numbers: SequenceSet, uids: set[int]) -> None:
    known = tuple(sorted(uids))
    assert resolve_uids(numbers, known) == tuple(named_by_uid(numbers, known))
