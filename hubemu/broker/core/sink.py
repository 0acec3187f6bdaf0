"""What a channel has to say later: implemented by whoever speaks the protocol."""

from __future__ import annotations

from typing import Protocol

from hubemu.broker.core.message import Message

__all__ = ["ChannelSink"]


class ChannelSink(Protocol):
    """Where a channel's deliveries, returns and confirms go.

    Called in the middle of the broker's work: a sink only records or writes, it must not raise and
    must not call the channel.
    """

    writable: bool
    """False while the peer does not read: consumers are passed over until `Channel.resume()`."""

    def deliver(
        self, consumer_tag: str, delivery_tag: int, redelivered: bool, message: Message
    ) -> None:
        """basic.deliver, with content."""

    def returned(self, message: Message, code: int, text: str) -> None:
        """basic.return of a mandatory message, with content; text such as `NO_ROUTE`."""

    def confirm(self, delivery_tag: int, ack: bool) -> None:
        """basic.ack (or basic.nack) of a publish on a channel in confirm mode."""

    def consumer_cancelled(self, consumer_tag: str) -> None:
        """basic.cancel from the broker: the consumer's queue is gone."""
