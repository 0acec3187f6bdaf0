"""A client's consumer: a queue's messages out through a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hubemu.broker.core.consumer import Consumer
from hubemu.broker.core.queue import MessageQueue
from hubemu.broker.core.ready import QueuedMessage

if TYPE_CHECKING:
    from hubemu.broker.core.consumers import Consumers

__all__ = ["ChannelConsumer"]


class ChannelConsumer(Consumer):
    """Takes messages while the channel's peer reads and both prefetch windows have room."""

    __slots__ = ("_consumers", "_deliveries", "_prefetch", "_sink", "served")

    def __init__(self, consumers: Consumers, queue: MessageQueue, **settings: Any) -> None:
        super().__init__(queue, **settings)
        self._consumers = consumers
        self._deliveries = consumers.deliveries
        self._prefetch = consumers.prefetch
        self._sink = consumers.sink
        self.served = consumers.deliveries.next_tag
        """Past the tag of its last delivery; at first, of the channel's: it stands in last."""

    def accepts(self) -> bool:
        """See `Consumer.accepts`."""
        if not self._sink.writable:
            return False
        prefetch = self._prefetch
        if prefetch.outstanding >= prefetch.window and self._shares_window():
            return False
        return self.no_ack or self.outstanding < self.window

    def _shares_window(self) -> bool:
        """Whether the channel's window holds it."""
        if self._prefetch.global_count:
            return self.queue.type.knows_global_prefetch
        return not self.no_ack

    def take(self, queued: QueuedMessage) -> None:
        """See `Consumer.take`."""
        deliveries = self._deliveries
        tag = deliveries.next_tag
        deliveries.next_tag = self.served = tag + 1
        if not self.no_ack:
            deliveries.unacked[tag] = queued
            self._prefetch.outstanding += 1
            self.outstanding += 1
        message = self.queue.type.told(queued) if queued.deliveries else queued.message
        self._sink.deliver(self.tag, tag, queued.redelivered, message)

    def cancelled(self) -> None:
        """See `Consumer.cancelled`."""
        self._consumers.forget(self)
