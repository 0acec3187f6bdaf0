"""What a lane remembers of messages, within its bounds."""

from __future__ import annotations

from hubemu.dispatcher.amqp.memory import Memory


def test_a_message_is_expected_once() -> None:
    memory = Memory(10)
    memory.expect("samuA", b"body", "m1")
    assert memory.expected("samuB", b"body") is None
    assert memory.expected("samuA", b"body") == "m1"
    assert memory.expected("samuA", b"body") is None


def test_a_dead_letter_is_known_by_its_sender_and_body() -> None:
    memory = Memory(10)
    memory.forwarded("samuA", b"body", "m1")
    assert memory.of_dead_letter("samuA", b"body") == "m1"
    assert memory.of_dead_letter("samuB", b"body") is None


def test_what_was_settled_is_recognised_once_and_not_for_ever() -> None:
    memory = Memory(2)
    for body in (b"1", b"2", b"3"):
        memory.settled("dispatch", "samuA", body)
    assert not memory.was_settled("dispatch", "samuA", b"1")
    assert not memory.was_settled("dispatch.dlq", "samuA", b"2")
    assert memory.was_settled("dispatch", "samuA", b"2")
    assert not memory.was_settled("dispatch", "samuA", b"2")
