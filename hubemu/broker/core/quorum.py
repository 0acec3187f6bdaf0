"""What is different about a queue declared as quorum queue, as far as its clients see."""

from __future__ import annotations

from hubemu.broker.core.errors import precondition_failed
from hubemu.broker.core.message import Message
from hubemu.broker.core.ready import QueuedMessage
from hubemu.broker.wire.fields import Int64
from hubemu.broker.wire.properties import replace_headers

__all__ = ["check_quorum_properties", "with_delivery_count"]


def check_quorum_properties(
    queue: str, vhost: str, *, named: bool, durable: bool, exclusive: bool, auto_delete: bool
) -> None:
    """Refuse a property that a quorum queue cannot have.

    Raises:
        ChannelError: 406.
    """
    if not named:
        raise precondition_failed(
            "Cannot declare a server-named queue for type rabbit_quorum_queue"
        )
    for name, given in (
        ("non-durable", not durable),
        ("auto-delete", auto_delete),
        ("exclusive-owner", exclusive),
    ):
        if given:
            raise precondition_failed(
                f"invalid property '{name}' for queue '{queue}' in vhost '{vhost}'"
            )


def with_delivery_count(queued: QueuedMessage) -> Message:
    """The message as it is delivered: `x-delivery-count` tells how often it came back.

    A dead letter does not carry it, therefore the queue keeps the message without.
    """
    message = queued.message
    headers = {**message.headers, "x-delivery-count": Int64(queued.deliveries)}
    return Message(
        message.exchange,
        message.routing_key,
        message.body,
        replace_headers(message.header, headers),
        token=message.token,
    )
