"""Direct reply-to: answers straight to the channel that asked, through no queue.

A channel consumes from the pseudo-queue `amq.rabbitmq.reply-to`; in what it publishes with that
name as `reply_to` an address of its own is put instead; what anybody publishes to the default
exchange with the address as key is delivered to it.

Rules (RabbitMQ's):
1. One reply consumer a channel, without acknowledgements; it needs no permission.
2. A mandatory answer is delivered and returned as unroutable all the same: no queue took it.
3. Answers all carry the channel's next delivery tag, and do not use it up.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Final

import msgspec

from hubemu.broker.core.message import Message
from hubemu.broker.wire.properties import encode_properties

__all__ = ["REPLY_TO", "ReplyAddresses", "is_answer", "with_reply_address"]

REPLY_TO: Final = "amq.rabbitmq.reply-to"
_PREFIX: Final = f"{REPLY_TO}."


class ReplyAddresses:
    """The addresses of all reply consumers of a vHost."""

    def __init__(self) -> None:
        self._takers: dict[str, Callable[[Message], None]] = {}

    def open(self, take: Callable[[Message], None]) -> str:
        """A new address; `take` gets what is sent there."""
        address = _PREFIX + urlsafe_b64encode(secrets.token_bytes(18)).decode()
        self._takers[address] = take
        return address

    def close(self, address: str) -> None:
        """Give up an address."""
        del self._takers[address]

    def known(self, name: str) -> bool:
        """Whether a queue of that name can be said to exist."""
        return name == REPLY_TO or name in self._takers

    def send(self, message: Message) -> None:
        """Deliver an answer, if its address still exists."""
        take = self._takers.get(message.routing_key)
        if take is not None:
            take(message)


def is_answer(message: Message) -> bool:
    """Whether `message` is published to a reply address."""
    return not message.exchange and message.routing_key.startswith(_PREFIX)


def with_reply_address(message: Message, address: str) -> Message:
    """`message` with `address` as its `reply_to`."""
    properties = msgspec.structs.replace(message.properties, reply_to=address)
    return Message(
        message.exchange,
        message.routing_key,
        message.body,
        encode_properties(properties),
        token=message.token,
    )
