"""What a connection's channels give back when it ends goes to others, not to each other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.amqp_dialogue import GOODBYE, Dialogue, guest_broker, method, publish

LIMITED = {"x-queue-type": "quorum", "x-delivery-limit": 1}


def goodbye(dialogue: Dialogue) -> list[str]:
    return [name for _, name, _ in dialogue.send(GOODBYE)]


def loss(dialogue: Dialogue) -> list[str]:
    dialogue.connection.lost()
    return []


@pytest.mark.parametrize("end", [goodbye, loss])
def test_what_one_channel_held_is_not_delivered_to_the_next(
    end: Callable[[Dialogue], list[str]],
) -> None:
    broker = guest_broker()
    dialogue = Dialogue(broker).channel(1)
    dialogue.send(
        method(1, "queue.declare", queue="q", durable=True, arguments=LIMITED),
        publish(1, "q", b"x"),
        method(1, "basic.get", queue="q"),
        method(2, "channel.open"),
        method(2, "basic.consume", queue="q", consumer_tag="c"),
    )
    assert "basic.deliver" not in end(dialogue)
    # Delivered twice it would have been dropped, by its delivery limit.
    assert broker.vhosts["/"].depths()["q"].ready == 1
