"""UUIDs of a seed: the same again, and never one twice."""

from __future__ import annotations

from uuid import UUID

from hubemu.seeded_ids import SeededIds, seeded_uuid


def test_the_same_is_given_again_and_nothing_twice() -> None:
    first, again, other = SeededIds(7), SeededIds(7), SeededIds(8)
    given = [first.next(purpose) for purpose in ("a", "a", "b")]
    assert given == [again.next(purpose) for purpose in ("a", "a", "b")]
    assert len({*given, *(other.next(purpose) for purpose in ("a", "a", "b"))}) == 6


def test_the_order_of_other_purposes_has_no_part_in_it() -> None:
    first, again = SeededIds(7), SeededIds(7)
    first.next("b")
    assert first.next("a") == again.next("a")


def test_another_life_has_others() -> None:
    first, again = SeededIds(7), SeededIds(7)
    again.life = 1
    assert first.next("a") != again.next("a")


def test_they_look_as_if_drawn() -> None:
    assert seeded_uuid(7, "a", 1) == UUID(str(seeded_uuid(7, "a", 1)))
    assert {seeded_uuid(7, number).version for number in range(50)} == {4}
