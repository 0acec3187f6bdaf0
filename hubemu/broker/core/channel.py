"""One AMQP channel: what its bases declare, publish and consume; and how deliveries are settled.

Rules:
1. Settled deliveries are taken out first, all of them or none; then queues are told; then
   consumers are woken.
2. `recover` delivers nothing itself: the peer first gets its reply, then comes `resume()`.
3. In a transaction, settled deliveries are neither unacknowledged nor back in their queues.
"""

from __future__ import annotations

from collections.abc import Iterable

from hubemu.broker.core.consuming import Consuming, GetResult, pump
from hubemu.broker.core.declaring import QueueDeclared
from hubemu.broker.core.errors import ChannelError, not_implemented, precondition_failed
from hubemu.broker.core.owner import ConnectionOwner
from hubemu.broker.core.publishing import NO_ROUTE
from hubemu.broker.core.queue import MessageQueue
from hubemu.broker.core.ready import QueuedMessage
from hubemu.broker.core.sink import ChannelSink
from hubemu.broker.core.transaction import Publication, Settlement, Transaction
from hubemu.broker.core.users import User
from hubemu.broker.core.vhost import VirtualHost

__all__ = ["Channel", "GetResult", "QueueDeclared"]


class Channel(Consuming):
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
        self._oldest_tag = 1

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
        self._disturbed |= self._requeue(deliveries.values(), refused=True)

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
            self._disturbed |= self._requeue(deliveries, refused=True)
            self.resume()
            return
        for queued in deliveries:
            if settlement.ack:
                queued.queue.acknowledge(queued)
            else:
                queued.queue.reject(queued)
            self._release(queued)

    def _requeue(self, deliveries: Iterable[QueuedMessage], *, refused: bool) -> set[MessageQueue]:
        """Put deliveries back, all of a queue at once; gives the queues."""
        by_queue: dict[MessageQueue, list[QueuedMessage]] = {}
        for queued in deliveries:
            by_queue.setdefault(queued.queue, []).append(queued)
            if queued.consumer is not None:
                queued.consumer.outstanding -= 1
                self.outstanding -= 1
        for queue, own in by_queue.items():
            queue.requeue(own, refused=refused)
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
        """Carry out what was held back, all of it that can be.

        Raises:
            ChannelError: 406 not in tx mode, or a queue refused a message; the rest is done.
        """
        done = self._started_transaction()
        self._transaction = None
        complete = True
        for publication in done.publications:
            complete = self._carry_out(publication) and complete
        if done.publications:
            self._store.hold()
        for settlement in done.settlements:
            self._settle(settlement)
        self._transaction = Transaction()
        self._ledger.review()
        if not complete:
            raise precondition_failed("partial tx completion")

    def _carry_out(self, publication: Publication) -> bool:
        """Publish into the queues that still exist, or exist by now; False if one refuses it.

        That a quorum queue refuses it is not told, as RabbitMQ does not.
        """
        message, names, mandatory = publication
        queues = [found for name in names if (found := self.vhost.queues.get(name)) is not None]
        refused = [queue for queue in queues if not queue.enqueue(message)]
        if mandatory and not queues:
            self.sink.returned(message, NO_ROUTE, "NO_ROUTE")
        return all(queue.counts_deliveries for queue in refused)

    def tx_rollback(self) -> None:
        """Forget what was held back; deliveries are unacknowledged again.

        Raises:
            ChannelError: 406 not in tx mode.
        """
        done = self._started_transaction()
        for settlement in done.settlements:
            self.unacked.update(settlement.deliveries)
        if done.settlements:
            self.unacked = dict(sorted(self.unacked.items()))
            self._oldest_tag = next(iter(self.unacked), self.next_tag)
        self._transaction = Transaction()
        self._ledger.review()

    def _started_transaction(self) -> Transaction:
        if self._transaction is None:
            raise precondition_failed("channel is not transactional")
        self._ledger.count(-self._transaction.held)
        return self._transaction

    # The end

    def stop_consuming(self) -> None:
        """Its consumers get no more: it is about to be closed."""
        for consumer in self.consumers.values():
            consumer.queue.park(consumer)

    def close(self) -> None:
        """Cancel its consumers and put back what is unacknowledged. Idempotent."""
        if self._closed:
            return
        self._closed = True
        self._stop_replies()
        if self._transaction is not None:
            self.tx_rollback()
        # First: what comes back may die of it, and a dead letter must not end up here.
        self.stop_consuming()
        consumers, self.consumers = self.consumers, {}
        held, self.unacked = self.unacked, {}
        queues = self._requeue(held.values(), refused=False)
        for consumer in consumers.values():
            consumer.queue.remove_consumer(consumer)
        pump(queues)


def _unknown_tag(delivery_tag: int) -> ChannelError:
    return precondition_failed(f"unknown delivery tag {delivery_tag}")
