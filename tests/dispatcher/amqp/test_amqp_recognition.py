"""What the dispatcher remembers of messages, within its bounds."""

from __future__ import annotations

import pytest

from hubemu.dispatcher.amqp.recognition import Recognition


def test_a_message_is_expected_once() -> None:
    memory = Recognition()
    memory.expect("samuA", b"body", "m1")
    assert memory.expected("samuB", b"body") is None
    assert memory.expected("samuA", b"body") == ("m1", False)
    assert memory.expected("samuA", b"body") is None


def test_a_dead_letter_is_known_by_its_sender_and_body() -> None:
    memory = Recognition()
    memory.forwarded("samuA", b"body", "m1")
    assert memory.of_dead_letter("samuA", b"body") == "m1"
    assert memory.of_dead_letter("samuB", b"body") is None


def test_each_of_two_that_are_the_same_has_its_id() -> None:
    memory = Recognition()
    memory.expect("samuA", b"body", "m1", in_doubt=True)
    memory.expect("samuA", b"body", "m2")
    assert memory.expected("samuA", b"body") == ("m1", True)
    assert memory.expected("samuA", b"body") == ("m2", False)
    assert memory.expected("samuA", b"body") is None


def test_the_oldest_is_forgotten_first() -> None:
    memory = Recognition()
    for number in range(10_001):
        memory.expect("samuA", b"%d" % number, str(number))
    assert memory.expected("samuA", b"0") is None
    assert memory.expected("samuA", b"1") is not None


def test_those_that_are_the_same_and_never_come_are_bounded_too() -> None:
    memory = Recognition()
    for number in range(10_500):
        memory.expect("samuA", b"body", str(number))
    assert memory.expected("samuA", b"body") == ("500", False)
    assert [memory.expected("samuA", b"body") for _ in range(9_999)][-1] == ("10499", False)
    assert memory.expected("samuA", b"body") is None


def test_only_so_many_messages_are_known_again_as_dead_letters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hubemu.dispatcher.amqp.recognition._FOLLOWED", 2)
    recognition = Recognition()
    for number in range(3):
        recognition.forwarded("samuA", b"%d" % number, f"m{number}")
    known = [recognition.of_dead_letter("samuA", b"%d" % number) for number in range(3)]
    assert known == [None, "m1", "m2"]
