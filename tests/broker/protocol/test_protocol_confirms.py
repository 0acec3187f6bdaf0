"""Publisher confirms are coalesced only where that is true."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubemu.broker.protocol.confirms import Confirms
from hubemu.broker.wire.frames import FrameReader
from hubemu.broker.wire.methods import decode_method

Told = tuple[str, int, bool]


def told(confirms: Confirms) -> list[Told]:
    reader = FrameReader(0)
    reader.feed(confirms.frames(1))
    replies = []
    while (frame := reader.next()) is not None:
        method = decode_method(frame[2])
        name = method.spec.name.removeprefix("basic.")
        replies.append((name, method.fields["delivery_tag"], method.fields["multiple"]))
    return replies


def settled(*steps: tuple[int, bool]) -> Confirms:
    confirms = Confirms()
    for tag, ack in steps:
        confirms.settle(tag, False, ack)
    return confirms


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([(1, True)], [("ack", 1, False)]),
        ([(1, True), (2, True), (3, True)], [("ack", 3, True)]),
        ([(2, True), (3, True)], [("ack", 2, False), ("ack", 3, False)]),
        ([(1, True), (3, True)], [("ack", 1, True), ("ack", 3, False)]),
        ([(2, True), (1, True)], [("ack", 2, True)]),
        ([(1, False)], [("nack", 1, True)]),
        ([(2, False)], [("nack", 2, False)]),
        ([(1, False), (2, False)], [("nack", 2, True)]),
        ([(1, False), (2, True)], [("ack", 2, False), ("nack", 1, True)]),
        (
            [(1, True), (2, False), (3, True)],
            [("ack", 1, True), ("ack", 3, False), ("nack", 2, False)],
        ),
    ],
)
def test_tags_are_told_together_when_all_below_are_settled(
    steps: Sequence[tuple[int, bool]], expected: list[Told]
) -> None:
    confirms = settled(*steps)
    assert confirms.pending
    assert told(confirms) == expected
    assert not confirms.pending
    assert told(confirms) == []


def test_a_gap_that_closes_later_lets_the_next_ones_be_told_together() -> None:
    confirms = settled((1, True), (3, True))
    told(confirms)
    confirms.settle(2, False, True)
    assert told(confirms) == [("ack", 2, False)]
    confirms.settle(4, False, True)
    confirms.settle(5, False, True)
    assert told(confirms) == [("ack", 5, True)]


def test_multiple_settles_all_up_to_the_tag() -> None:
    confirms = settled((2, False))
    told(confirms)
    confirms.settle(4, True, True)
    assert told(confirms) == [("ack", 4, True)]


@given(st.permutations(range(1, 12)), st.lists(st.integers(0, 11), max_size=5))
def test_in_any_order_each_tag_is_confirmed_once_and_never_too_early(
    order: Sequence[int], flushes: Sequence[int]
) -> None:
    confirms, done, confirmed = Confirms(), set[int](), set[int]()
    for step, tag in enumerate(order):
        confirms.settle(tag, False, True)
        done.add(tag)
        if step in flushes or step == len(order) - 1:
            for _, upto, multiple in told(confirms):
                covered = set(range(1, upto + 1)) if multiple else {upto}
                assert covered <= done
                confirmed |= covered
    assert confirmed == done


@given(
    st.permutations(range(1, 12)), st.lists(st.booleans(), min_size=11), st.sets(st.integers(0, 10))
)
def test_who_counts_as_clients_do_learns_the_fate_of_each_message(
    order: Sequence[int], taken: Sequence[bool], flushes: set[int]
) -> None:
    confirms, waiting, learnt = Confirms(), set(order), dict[int, bool]()
    for step, tag in enumerate(order):
        confirms.settle(tag, False, taken[tag - 1])
        if step in flushes or step == len(order) - 1:
            for name, upto, multiple in told(confirms):
                meant = {one for one in waiting if one == upto or (multiple and one < upto)}
                assert meant, "a frame that tells nothing"
                learnt.update(dict.fromkeys(meant, name == "ack"))
                waiting -= meant
    assert learnt == {tag: taken[tag - 1] for tag in order}
