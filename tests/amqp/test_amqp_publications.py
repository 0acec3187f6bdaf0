"""What becomes of publications: confirmed one by one or many at once, returned, refused."""

from __future__ import annotations

import pytest

from hubemu.amqp.publications import Publications
from hubemu.confirmation import Confirmation

ACCEPTED, RETURNED, REFUSED = Confirmation.ACCEPTED, Confirmation.RETURNED, Confirmation.REFUSED


@pytest.fixture
def told() -> list[tuple[str, Confirmation]]:
    return []


@pytest.fixture
def publications(told: list[tuple[str, Confirmation]]) -> Publications:
    """Five to be confirmed: a to e, of which a and c are alike."""
    waiting = Publications()
    for name, key, body in [
        ("a", "x", b"1"),
        ("b", "x", b"2"),
        ("c", "x", b"1"),
        ("d", "y", b"1"),
        ("e", "y", b"5"),
    ]:
        # Bound now.
        waiting.add(key, body, lambda what, name=name: told.append((name, what)))  # type: ignore[misc]
    return waiting


def test_a_confirm_settles_one(
    publications: Publications, told: list[tuple[str, Confirmation]]
) -> None:
    publications.confirmed(2, multiple=False, accepted=True)
    assert told == [("b", ACCEPTED)]
    assert len(publications) == 4


def test_a_confirm_of_many_settles_all_up_to_it_in_order(
    publications: Publications, told: list[tuple[str, Confirmation]]
) -> None:
    publications.confirmed(3, multiple=True, accepted=True)
    assert told == [("a", ACCEPTED), ("b", ACCEPTED), ("c", ACCEPTED)]


def test_a_return_is_matched_by_key_and_body_to_the_first_that_waits(
    publications: Publications, told: list[tuple[str, Confirmation]]
) -> None:
    publications.returned("x", b"1")
    publications.returned("x", b"1")
    publications.returned("y", b"5")
    publications.confirmed(5, multiple=True, accepted=True)
    assert [what for _, what in told] == [RETURNED, ACCEPTED, RETURNED, ACCEPTED, RETURNED]


def test_a_negative_confirm_is_a_refusal(
    publications: Publications, told: list[tuple[str, Confirmation]]
) -> None:
    publications.confirmed(1, multiple=False, accepted=False)
    assert told == [("a", REFUSED)]


def test_what_is_confirmed_twice_or_never_published_is_nobody_s(
    publications: Publications, told: list[tuple[str, Confirmation]]
) -> None:
    publications.confirmed(1, multiple=False, accepted=True)
    publications.confirmed(1, multiple=False, accepted=True)
    publications.confirmed(99, multiple=False, accepted=True)
    publications.returned("nowhere", b"")
    assert told == [("a", ACCEPTED)]


def test_nobody_is_told_after_the_link_broke(
    publications: Publications, told: list[tuple[str, Confirmation]]
) -> None:
    publications.clear()
    publications.confirmed(5, multiple=True, accepted=True)
    assert told == []
