"""One AMQP channel: consuming, settling deliveries, transactions; and what its bases do.

Rules:
1. Delivery tags count up by one per delivery; `unacked` holds those the client still owes a word.
2. `consume` and `recover` deliver nothing themselves: the peer first gets their reply, then
   `resume()` lets the messages go.
3. Settled deliveries are taken out first, all of them or none; then queues are told; then
   consumers are woken.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from hubemu.broker.core.arguments import consumer_priority
from hubemu.broker.core.consuming import ChannelConsumer
from hubemu.broker.core.declaring import QueueDeclared
from hubemu.broker.core.errors import (
    ChannelError,
    access_refused,
    not_allowed,
    not_implemented,
    precondition_failed,
)
from hubemu.broker.core.message import Message
from hubemu.broker.core.owner import ConnectionOwner
from hubemu.broker.core.publishing import Publishing
from hubemu.broker.core.queue import MessageQueue
from hubemu.broker.core.ready import QueuedMessage
from hubemu.broker.core.sink import ChannelSink
from hubemu.broker.core.transaction import Settlement, Transaction
from hubemu.broker.core.users import User
from hubemu.broker.core.vhost import VirtualHost

__all__ = ["Channel", "GetResult", "QueueDeclared"]


class GetResult(NamedTuple):
    """What basic.get-ok says; `message_count` is what is left in the queue."""

    delivery_tag: int
    redelivered: bool
    message: Message
    message_count: int


class Channel(Publishing):
    """One channel of a client.

    Args:
        user: has a permission on `vhost` (`Broker.open` sees to that).
        sink: where deliveries, returns and confirms go.
        owner: the connection, as the owner of exclusive queues.
    """

    def __init__(
        self, vhost: VirtualHost, user: User, sink: ChannelSink, owner: ConnectionOwner
    ) -> None:
        super().__init__(vhost, user, sink, owner)
        self.unacked: dict[int, QueuedMessage] = {}
        self.next_tag = 1
        self.outstanding = 0
        """Unacknowledged deliveries to its consumers (not those of basic.get)."""
        self.window = self._limits.unacked_per_consumer
        """Prefetch of the channel as a whole."""
        self.consumers: dict[str, ChannelConsumer] = {}
        self._consumer_window = self._limits.unacked_per_consumer
        self._oldest_tag = 1
        self._disturbed: set[MessageQueue] = set()
        self._closed = False

    # Consuming

    def consume(
        self,
        queue: str,
        consumer_tag: str = "",
        *,
        no_local: bool = False,
        no_ack: bool = False,
        exclusive: bool = False,
        arguments: Mapping[str, Any] | None = None,
    ) -> str:
        """Register a consumer; gives its tag. Messages come after `resume()`.

        `no_local` is ignored, as RabbitMQ does.

        Raises:
            ChannelError: 403, 404, 405, or 406 for an argument.
            ConnectionError_: 530 the tag is in use, or there are too many consumers.
        """
        if consumer_tag in self.consumers:
            raise not_allowed(f"attempt to reuse consumer tag '{consumer_tag}'")
        limit = self._limits.consumers_per_channel
        if len(self.consumers) >= limit:
            raise not_allowed(f"reached maximum ({limit}) of consumers per channel")
        name = self._named(queue)
        self._access.require("read", "queue", name)
        found = self._accessible(name)
        priority = consumer_priority(name, self.vhost.name, arguments or {})
        if not found.admits(exclusive=exclusive):
            raise access_refused(f"queue '{name}' in vhost '{self.vhost.name}' in exclusive use")
        tag = consumer_tag or _unused_tag()
        consumer = self.consumers[tag] = ChannelConsumer(
            self,
            found,
            tag=tag,
            user=self.user.name,
            window=self._consumer_window,
            no_ack=no_ack,
            exclusive=exclusive,
            priority=priority,
        )
        found.add_consumer(consumer)
        return tag

    def cancel(self, consumer_tag: str) -> None:
        """End a consumer, if there is one of that tag; its unacknowledged messages stay."""
        consumer = self.consumers.pop(consumer_tag, None)
        if consumer is not None:
            consumer.queue.remove_consumer(consumer)

    def get(self, queue: str, *, no_ack: bool = False) -> GetResult | None:
        """Take one message, `None` if there is none."""
        name = self._named(queue)
        self._access.require("read", "queue", name)
        found = self._accessible(name)
        queued = found.get(no_ack=no_ack, user=self.user.name)
        if queued is None:
            return None
        tag = self.next_tag
        self.next_tag = tag + 1
        if not no_ack:
            self.unacked[tag] = queued
        return GetResult(tag, queued.redelivered, queued.message, found.depth.ready)

    def qos(self, prefetch_size: int, prefetch_count: int, global_: bool) -> None:
        """Set the prefetch of the channel (`global_`) or of its future consumers; 0: no limit.

        Raises:
            ConnectionError_: 540 a limit in bytes.
        """
        if prefetch_size:
            raise not_implemented(f"prefetch_size!=0 ({prefetch_size})")
        window = prefetch_count or self._limits.unacked_per_consumer
        if global_:
            self.window = window
            self.resume()
        else:
            self._consumer_window = window

    def flow(self, active: bool) -> None:
        """Only to be told that messages may flow.

        Raises:
            ConnectionError_: 540 the client wants them to stop.
        """
        if not active:
            raise not_implemented("active=false")

    def resume(self) -> None:
        """Let messages go to its consumers: after a reply, or when the sink is writable again."""
        queues = self._disturbed
        self._disturbed = set()
        for consumer in self.consumers.values():
            if consumer.parked:
                consumer.queue.wake(consumer)
                queues.add(consumer.queue)
        _pump(queues)

    # Settling

    def ack(self, delivery_tag: int, multiple: bool = False) -> None:
        """The client is done with a delivery, or with all up to it (`multiple`; 0: with all).

        Raises:
            ChannelError: 406 no such delivery is unacknowledged.
        """
        if not multiple and self._transaction is None:
            queued = self.unacked.pop(delivery_tag, None)
            if queued is None:
                raise _unknown_tag(delivery_tag)
            queued.queue.acknowledge(queued)
            self._release(queued)
        else:
            deliveries = self._take(delivery_tag, multiple)
            self._settle(Settlement(deliveries, ack=True, requeue=False))

    def nack(self, delivery_tag: int, multiple: bool = False, requeue: bool = True) -> None:
        """The client refuses a delivery, or all up to it (`multiple`; 0: all).

        Raises:
            ChannelError: 406 no such delivery is unacknowledged.
        """
        deliveries = self._take(delivery_tag, multiple)
        self._settle(Settlement(deliveries, ack=False, requeue=requeue))

    def reject(self, delivery_tag: int, requeue: bool = True) -> None:
        """The client refuses a delivery.

        Raises:
            ChannelError: 406 no such delivery is unacknowledged.
        """
        self.nack(delivery_tag, False, requeue)

    def recover(self, requeue: bool) -> None:
        """Put back everything unacknowledged; it is delivered again after `resume()`.

        Raises:
            ConnectionError_: 540 the client wants the same consumers to get it again.
        """
        if not requeue:
            raise not_implemented("requeue=false")
        deliveries, self.unacked = self.unacked, {}
        self._disturbed |= self._requeue(deliveries.values())

    def _take(self, delivery_tag: int, multiple: bool) -> dict[int, QueuedMessage]:
        """Take deliveries out of `unacked`."""
        if multiple and not delivery_tag:
            deliveries, self.unacked = self.unacked, {}
            return deliveries
        if delivery_tag not in self.unacked:
            raise _unknown_tag(delivery_tag)
        if not multiple:
            return {delivery_tag: self.unacked.pop(delivery_tag)}
        # Tags are dense, so that counting through them costs each of them once in all.
        tags = range(self._oldest_tag, delivery_tag + 1)
        self._oldest_tag = delivery_tag + 1
        return {tag: self.unacked.pop(tag) for tag in tags if tag in self.unacked}

    def _settle(self, settlement: Settlement) -> None:
        if self._transaction is not None:
            self._transaction.settlements.append(settlement)
            return
        deliveries = settlement.deliveries.values()
        if settlement.requeue and not settlement.ack:
            self._disturbed |= self._requeue(deliveries)
            self.resume()
            return
        for queued in deliveries:
            if settlement.ack:
                queued.queue.acknowledge(queued)
            else:
                queued.queue.reject(queued)
            self._release(queued)

    def _requeue(self, deliveries: Iterable[QueuedMessage]) -> set[MessageQueue]:
        """Put deliveries back, all of a queue at once; gives the queues."""
        by_queue: dict[MessageQueue, list[QueuedMessage]] = {}
        for queued in deliveries:
            by_queue.setdefault(queued.queue, []).append(queued)
            if queued.consumer is not None:
                queued.consumer.outstanding -= 1
                self.outstanding -= 1
        for queue, own in by_queue.items():
            queue.requeue(own)
        return set(by_queue)

    def _release(self, queued: QueuedMessage) -> None:
        """Make room in the windows a settled delivery took."""
        consumer = queued.consumer
        if consumer is None:
            return
        consumer.outstanding -= 1
        self.outstanding -= 1
        if self.outstanding + 1 >= self.window:
            self.resume()
        elif consumer.parked:
            consumer.queue.wake(consumer)
            consumer.queue.pump()

    # Transactions

    def tx_select(self) -> None:
        """Hold publications and settlements back from now on, until `tx_commit`.

        Raises:
            ChannelError: 406 in confirm mode.
        """
        if self._confirming:
            raise precondition_failed("cannot switch from confirm to tx mode")
        if self._transaction is None:
            self._transaction = Transaction()

    def tx_commit(self) -> None:
        """Carry out what was held back.

        Raises:
            ChannelError: 406 not in tx mode.
        """
        done = self._started_transaction()
        self._transaction = None
        for publication in done.publications:
            self._send(*publication)
        for settlement in done.settlements:
            self._settle(settlement)
        self._transaction = Transaction()

    def tx_rollback(self) -> None:
        """Forget what was held back; deliveries are unacknowledged again.

        Raises:
            ChannelError: 406 not in tx mode.
        """
        done = self._started_transaction()
        for settlement in done.settlements:
            self.unacked.update(settlement.deliveries)
        self.unacked = dict(sorted(self.unacked.items()))
        self._oldest_tag = 1
        self._transaction = Transaction()

    def _started_transaction(self) -> Transaction:
        if self._transaction is None:
            raise precondition_failed("channel is not transactional")
        return self._transaction

    # The end

    def forget(self, consumer: ChannelConsumer) -> None:
        """The queue of a consumer is gone: tell the client."""
        if self.consumers.pop(consumer.tag, None) is not None:
            self.sink.consumer_cancelled(consumer.tag)

    def close(self) -> None:
        """Cancel its consumers and put back what is unacknowledged. Idempotent."""
        if self._closed:
            return
        self._closed = True
        if self._transaction is not None:
            self.tx_rollback()
        consumers, self.consumers = self.consumers, {}
        held, self.unacked = self.unacked, {}
        queues = self._requeue(held.values())
        for consumer in consumers.values():
            consumer.queue.remove_consumer(consumer)
        _pump(queues)


def _pump(queues: Iterable[MessageQueue]) -> None:
    for queue in queues:
        queue.pump()


def _unused_tag() -> str:
    return f"amq.ctag-{urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b'=').decode()}"


def _unknown_tag(delivery_tag: int) -> ChannelError:
    return precondition_failed(f"unknown delivery tag {delivery_tag}")
