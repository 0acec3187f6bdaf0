"""Talking to a broker over one channel: a queue of one's own, and how a channel is closed."""

from __future__ import annotations

from tests.support.amqp_dialogue import Dialogue, Reply, method

__all__ = ["CLOSE", "NOT_FOUND", "names", "with_queue"]

CLOSE = method(1, "channel.close", reply_code=200, reply_text="", class_id=0, method_id=0)
NOT_FOUND: Reply = (
    1,
    "channel.close",
    {
        "reply_code": 404,
        "reply_text": "NOT_FOUND - no exchange 'nope' in vhost '/'",
        "class_id": 60,
        "method_id": 40,
    },
)


def names(replies: list[Reply]) -> list[str]:
    """The methods of replies."""
    return [name for _, name, _ in replies]


def with_queue(name: str = "q") -> Dialogue:
    """A dialogue on channel 1, which has declared a queue."""
    dialogue = Dialogue().channel()
    assert names(dialogue.send(method(1, "queue.declare", queue=name))) == ["queue.declare_ok"]
    return dialogue
