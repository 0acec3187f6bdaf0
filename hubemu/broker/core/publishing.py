"""From a message that may be published to the queues that take it.

One rule for what clients publish (`channel_publisher`) and what this process does (`vhost`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TypeAlias

from hubemu.broker.core.arguments import parse_expiration
from hubemu.broker.core.copies import address, further_keys
from hubemu.broker.core.message import Message
from hubemu.broker.core.queue import MessageQueue
from hubemu.broker.wire.properties import expiration, has_headers

__all__ = ["addressed", "enqueue"]

Gathered: TypeAlias = Callable[[], AbstractContextManager[None]]
"""Has what dies in its block wait until it ends: `DeadLetters.gathered`."""

_EXPIRATION = 0x01
"""Its flag in the first octet of a raw header."""


def addressed(message: Message) -> tuple[Message, tuple[str, ...]]:
    """`message` as its recipients may see it, with its lifetime; and its keys beside its own.

    Raises:
        ChannelError: 406 expiration or CC/BCC invalid.
    """
    header = message.header
    if header[0] & _EXPIRATION and (lifetime := expiration(header)) is not None:
        message.ttl = parse_expiration(lifetime)
    # `in` takes octets for a number at first, which costs several times as much.
    if header.find(b"CC") >= 0 and has_headers(header):
        message = address(message)
        return message, further_keys(message)
    return message, ()


def enqueue(
    message: Message, queues: Sequence[MessageQueue], gathered: Gathered
) -> Sequence[MessageQueue]:
    """Put `message` into all of `queues`; gives those that refuse it."""
    if len(queues) == 1:
        return () if queues[0].enqueue(message) else queues
    with gathered():
        return [queue for queue in queues if not queue.enqueue(message)]
