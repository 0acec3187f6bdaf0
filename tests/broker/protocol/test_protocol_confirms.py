"""Confirms and returns on the wire: their groups, their order, and what they come before."""

from __future__ import annotations

import pytest

from tests.support.amqp_dialogue import (
    GOODBYE,
    method,
    publish,
)
from tests.support.channel_dialogue import CLOSE, NOT_FOUND, names, with_queue


def test_the_first_confirm_of_a_turn_is_told_at_once_and_others_in_groups() -> None:
    dialogue = with_queue()
    dialogue.send(method(1, "confirm.select"))
    told = [(1, False), (5, True), (9, True), (10, False)]
    for turn in range(3):
        replies = dialogue.send(publish(1, "q", b"x") * 10)
        assert replies == [
            (1, "basic.ack", {"delivery_tag": 10 * turn + tag, "multiple": multiple})
            for tag, multiple in told
        ]


def test_two_messages_of_a_turn_get_two_confirms() -> None:
    """A client that counts acknowledgements would wait for ever after one with `multiple`."""
    dialogue = with_queue()
    dialogue.send(method(1, "confirm.select"))
    replies = dialogue.send(publish(1, "q", b"x") * 2)
    assert [fields["delivery_tag"] for _, _, fields in replies] == [1, 2]
    assert not any(fields["multiple"] for _, _, fields in replies)


def test_confirms_are_spread_as_rabbitmqs() -> None:
    """RabbitMQ 3.10 sends 36 to 82 for 200 transient messages that come at once."""
    dialogue = with_queue()
    dialogue.send(method(1, "confirm.select"))
    replies = dialogue.send(publish(1, "q", b"x") * 200)
    assert names(replies) == ["basic.ack"] * 51
    assert 36 <= len(replies) <= 77


def test_a_return_comes_before_its_confirm() -> None:
    dialogue = with_queue()
    dialogue.send(method(1, "confirm.select"))
    replies = dialogue.send(publish(1, "nowhere", b"xyz", mandatory=True))
    assert names(replies) == ["basic.return", "header", "body", "basic.ack"]
    assert replies[0][2] == {
        "reply_code": 312,
        "reply_text": "NO_ROUTE",
        "exchange": "",
        "routing_key": "nowhere",
    }


def test_confirms_come_before_the_close_of_their_channel() -> None:
    dialogue = with_queue()
    dialogue.send(method(1, "confirm.select"))
    replies = dialogue.send(publish(1, "q", b"x"), publish(1, "q", b"x", exchange="nope"))
    assert replies == [(1, "basic.ack", {"delivery_tag": 1, "multiple": False}), NOT_FOUND]


@pytest.mark.parametrize("close", [CLOSE, b""])
def test_confirms_come_before_the_answer_to_a_close(close: bytes) -> None:
    dialogue = with_queue()
    dialogue.send(method(1, "confirm.select"))
    replies = dialogue.send(publish(1, "q", b"x"), close or GOODBYE)
    assert names(replies)[0] == "basic.ack"
    assert names(replies)[1].endswith(".close_ok")
