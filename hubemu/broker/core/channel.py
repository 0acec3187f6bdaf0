"""One AMQP channel's semantics: publishing, consuming, settling deliveries.

Rules:
1. Delivery tags count up by one per delivery; `unacked` holds those the client still owes a word.
2. What has been checked for an (exchange, routing key) holds until the topology changes.
3. A return goes to the sink before the confirm of the same publish.
4. `consume` and `recover` deliver nothing themselves: the peer first gets their reply, then
   `resume()` lets the messages go.
5. Settled deliveries are taken out first, all of them or none; then queues are told; then
   consumers are woken.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from hubemu.broker.core.arguments import consumer_priority, parse_expiration
from hubemu.broker.core.consuming import ChannelConsumer
from hubemu.broker.core.copies import address, further_keys
from hubemu.broker.core.declaring import Declarations, QueueDeclared
from hubemu.broker.core.errors import (
    ChannelError,
    access_refused,
    not_allowed,
    not_implemented,
    precondition_failed,
    resource_error,
)
from hubemu.broker.core.message import Message
from hubemu.broker.core.owner import ConnectionOwner
from hubemu.broker.core.queue import MessageQueue
from hubemu.broker.core.ready import QueuedMessage
from hubemu.broker.core.sink import ChannelSink
from hubemu.broker.core.transaction import Publication, Settlement, Transaction
from hubemu.broker.core.users import User
from hubemu.broker.core.vhost import VirtualHost
from hubemu.broker.wire.properties import expiration, has_headers, user_id

__all__ = ["Channel", "GetResult", "QueueDeclared"]

_HEADERS_OR_EXPIRATION = 0x21
"""Their flags in the first octet of a raw header."""
_USER_ID = 0x10
"""Its flag in the second octet."""
_NO_ROUTE = 312


class GetResult(NamedTuple):
    """What basic.get-ok says; `message_count` is what is left in the queue."""

    delivery_tag: int
    redelivered: bool
    message: Message
    message_count: int


class Channel(Declarations):
    """One channel of a client.

    Args:
        user: has a permission on `vhost` (`Broker.open` sees to that).
        sink: where deliveries, returns and confirms go.
        owner: the connection, as the owner of exclusive queues.
    """

    def __init__(
        self, vhost: VirtualHost, user: User, sink: ChannelSink, owner: ConnectionOwner
    ) -> None:
        super().__init__(vhost, user, owner)
        self.sink = sink
        self.unacked: dict[int, QueuedMessage] = {}
        self.next_tag = 1
        self.outstanding = 0
        """Unacknowledged deliveries to its consumers (not those of basic.get)."""
        self._limits = vhost.runtime.limits
        self.window = self._limits.unacked_per_consumer
        """Prefetch of the channel as a whole."""
        self.consumers: dict[str, ChannelConsumer] = {}
        self._consumer_window = self._limits.unacked_per_consumer
        self._ledger = vhost.runtime.ledger
        self._router = vhost.router
        self._epoch = vhost.router.epoch
        self._routes: dict[tuple[str, str], tuple[MessageQueue, ...]] = {}
        self._confirming = False
        self._published = 0
        self._transaction: Transaction | None = None
        self._oldest_tag = 1
        self._disturbed: set[MessageQueue] = set()
        self._closed = False

    # Publishing

    def confirm_select(self) -> None:
        """Have every publish from now on confirmed.

        Raises:
            ChannelError: 406 in tx mode.
        """
        if self._transaction is not None:
            raise precondition_failed("cannot switch from tx to confirm mode")
        self._confirming = True

    def publish(self, message: Message, mandatory: bool = False, immediate: bool = False) -> None:
        """Route `message` into queues; its return and confirm reach the sink before the end.

        Raises:
            ChannelError: 403, 404, or 406 for a property that contradicts user or format.
            ConnectionError_: 540 `immediate`, 506 the broker is full.
        """
        if immediate:
            raise not_implemented("immediate=true")
        if self._epoch != self._router.epoch:
            self._routes.clear()
            self._epoch = self._router.epoch
        queues = self._routes.get((message.exchange, message.routing_key))
        header = message.header
        if queues is None or header[0] & _HEADERS_OR_EXPIRATION or header[1] & _USER_ID:
            message, queues = self._admit(message, queues)
        if self._ledger.under_pressure and self._ledger.full:
            raise resource_error("too many messages are queued: consume some before publishing")
        if self._transaction is not None:
            self._hold_back(Publication(message, queues, mandatory))
        else:
            self._send(message, queues, mandatory)

    def _send(self, message: Message, queues: tuple[MessageQueue, ...], mandatory: bool) -> None:
        accepted = True
        for queue in queues:
            if not queue.enqueue(message):
                accepted = False
        if mandatory and not queues:
            self.sink.returned(message, _NO_ROUTE, "NO_ROUTE")
        if self._confirming:
            self._published += 1
            self.sink.confirm(self._published, False, accepted)

    def _admit(
        self, message: Message, queues: tuple[MessageQueue, ...] | None
    ) -> tuple[Message, tuple[MessageQueue, ...]]:
        """Check a message and route it; `queues` is its route if its place is checked already."""
        if queues is None:
            self._authorise(message)
        header = message.header
        claimed = user_id(header)
        if claimed is not None and claimed != self.user.name:
            raise precondition_failed(
                f"user_id property set to '{claimed}' "
                f"but authenticated user was '{self.user.name}'"
            )
        lifetime = expiration(header)
        if lifetime is not None:
            message.ttl = parse_expiration(lifetime)
        further: tuple[str, ...] = ()
        if has_headers(header) and b"CC" in header:
            message = address(message)
            further = further_keys(message)
        if queues is None or further:
            source = self.vhost.exchange(message.exchange)
            queues = self._router.route(source, message, further)
            self._remember(message)
        return message, queues

    def _authorise(self, message: Message) -> None:
        exchange, key = message.exchange, message.routing_key
        self._access.require("write", "exchange", exchange)
        found = self.vhost.exchange(exchange)
        if found.internal:
            raise access_refused(
                f"cannot publish to internal exchange '{exchange}' in vhost '{self.vhost.name}'"
            )
        if found.type == "topic":
            self._access.require_topic("write", exchange, key)

    def _remember(self, message: Message) -> None:
        queues = self._router.known(message.exchange, message.routing_key)
        if queues is not None:
            if len(self._routes) >= self._limits.cached_routes_per_channel:
                self._routes.clear()
            self._routes[message.exchange, message.routing_key] = queues

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
            raise access_refused(
                f"queue '{name}' in vhost '{self.vhost.name}' in exclusive use"
            )
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
        if settlement.requeue:
            _pump(self._requeue(deliveries))
            self._wake(deliveries)
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

    def _wake(self, deliveries: Iterable[QueuedMessage]) -> None:
        """Let the consumers that held these deliveries have others."""
        if any(queued.consumer is None for queued in deliveries):
            self.resume()

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

    def _hold_back(self, publication: Publication) -> None:
        if self._transaction is None:
            raise precondition_failed("channel is not transactional")
        held = self._transaction.publications
        if len(held) >= self._limits.transaction_messages:
            raise resource_error("too many messages in one transaction: commit before going on")
        held.append(publication)

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
