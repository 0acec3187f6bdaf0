"""What is different about a queue declared as quorum queue, as far as its clients see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubemu.broker.core.errors import ChannelError, precondition_failed
from hubemu.broker.core.message import Message
from hubemu.broker.core.ready import QueuedMessage
from hubemu.broker.wire.fields import Int64
from hubemu.broker.wire.properties import replace_headers

__all__ = ["check_get", "check_quorum_properties", "with_delivery_count"]


def check_quorum_properties(
    queue: str, vhost: str, *, durable: bool, exclusive: bool, auto_delete: bool
) -> None:
    """Refuse a property that a quorum queue cannot have; of several, RabbitMQ names the first.

    Raises:
        ChannelError: 406.
    """
    for name, given in (
        ("auto-delete", auto_delete),
        ("exclusive-owner", exclusive),
        ("non-durable", not durable),
    ):
        if given:
            raise precondition_failed(
                f"invalid property '{name}' for queue '{queue}' in vhost '{vhost}'"
            )


def with_delivery_count(queued: QueuedMessage) -> Message:
    """The message with `x-delivery-count`, which tells how often it came back.

    basic.get always tells it, a consumer is told from the second delivery on. A dead letter does
    not carry it, therefore the queue keeps the message without.
    """
    message = queued.message
    headers = {**message.headers, "x-delivery-count": Int64(queued.deliveries)}
    return Message(
        message.exchange,
        message.routing_key,
        message.body,
        replace_headers(message.header, dict(sorted(headers.items()))),
        token=message.token,
    )


def check_get(queue: str, vhost: str, arguments: Mapping[str, Any]) -> None:
    """Refuse basic.get where only the active consumer may have messages.

    Raises:
        ChannelError: 405.
    """
    if arguments.get("x-single-active-consumer"):
        raise ChannelError(
            405,
            f"cannot obtain access to locked queue '{queue}' in vhost '{vhost}'. basic.get "
            "operations are not supported by quorum queues with single active consumer",
        )
