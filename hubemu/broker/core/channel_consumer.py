"""A client's consumer: a queue's messages out through a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hubemu.broker.core.consumer import Consumer
from hubemu.broker.core.queue import MessageQueue
from hubemu.broker.core.quorum import with_delivery_count
from hubemu.broker.core.ready import QueuedMessage

if TYPE_CHECKING:
    from hubemu.broker.core.consuming import Consuming

__all__ = ["ChannelConsumer"]


class ChannelConsumer(Consumer):
    """Takes messages while the channel's peer reads and both prefetch windows have room."""

    __slots__ = ("_channel", "served")

    def __init__(self, channel: Consuming, queue: MessageQueue, **settings: Any) -> None:
        super().__init__(queue, **settings)
        self._channel = channel
        self.served = 0
        """Past the tag of its last delivery."""

    def accepts(self) -> bool:
        """See `Consumer.accepts`."""
        channel = self._channel
        if not channel.sink.writable:
            return False
        if channel.outstanding >= channel.window and self._shares(channel):
            return False
        return self.no_ack or self.outstanding < self.window

    def _shares(self, channel: Consuming) -> bool:
        """Whether the channel's window holds it."""
        if channel.global_prefetch:
            return not self.queue.counts_deliveries
        return not self.no_ack

    def take(self, queued: QueuedMessage) -> None:
        """See `Consumer.take`."""
        channel = self._channel
        tag = channel.next_tag
        channel.next_tag = self.served = tag + 1
        if not self.no_ack:
            channel.unacked[tag] = queued
            channel.outstanding += 1
            self.outstanding += 1
        message = queued.message
        if queued.deliveries and self.queue.counts_deliveries:
            message = with_delivery_count(queued)
        channel.sink.deliver(self.tag, tag, queued.redelivered, message)

    def cancelled(self) -> None:
        """See `Consumer.cancelled`."""
        self._channel.forget(self)
