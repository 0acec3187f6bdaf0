"""How a client settles deliveries: acknowledged, refused, or put back.

Rules:
1. Settled deliveries are taken out first, all of them or none; then queues are told; then
   consumers are woken.
2. `recover` does nothing itself: the peer first gets its reply, then comes `Consumers.resume`.
3. In a transaction, settled deliveries are neither unacknowledged nor back in their queues.
"""

from __future__ import annotations

from hubemu.broker.core.channel_mode import ChannelMode
from hubemu.broker.core.consumers import Consumers
from hubemu.broker.core.deliveries import Deliveries, unknown_tag
from hubemu.broker.core.errors import not_implemented
from hubemu.broker.core.prefetch import Prefetch
from hubemu.broker.core.ready import QueuedMessage
from hubemu.broker.core.returns import Returns
from hubemu.broker.core.transaction import SettledDeliveries

__all__ = ["Acknowledgements"]


class Acknowledgements:
    """The settling methods of one channel."""

    __slots__ = ("_consumers", "_deliveries", "_mode", "_prefetch", "_returns")

    def __init__(
        self,
        mode: ChannelMode,
        deliveries: Deliveries,
        prefetch: Prefetch,
        consumers: Consumers,
        returns: Returns,
    ) -> None:
        self._mode = mode
        self._deliveries = deliveries
        self._prefetch = prefetch
        self._consumers = consumers
        self._returns = returns

    def ack(self, delivery_tag: int, multiple: bool = False) -> None:
        """The client is done with a delivery, or with all up to it (`multiple`; 0: with all).

        Raises:
            ChannelError: 406 no such delivery is unacknowledged.
        """
        if not multiple and self._mode.transaction is None:
            queued = self._deliveries.unacked.pop(delivery_tag, None)
            if queued is None:
                raise unknown_tag(delivery_tag)
            queued.queue.acknowledge(queued)
            self._release(queued)
        else:
            deliveries = self._deliveries.take(delivery_tag, multiple)
            self.settle(SettledDeliveries(deliveries, ack=True, requeue=False))

    def nack(self, delivery_tag: int, multiple: bool = False, requeue: bool = True) -> None:
        """The client refuses a delivery, or all up to it (`multiple`; 0: all).

        Raises:
            ChannelError: 406 no such delivery is unacknowledged.
        """
        deliveries = self._deliveries.take(delivery_tag, multiple)
        self.settle(SettledDeliveries(deliveries, ack=False, requeue=requeue))

    def reject(self, delivery_tag: int, requeue: bool = True) -> None:
        """The client refuses a delivery.

        Raises:
            ChannelError: 406 no such delivery is unacknowledged.
        """
        self.nack(delivery_tag, False, requeue)

    def recover(self, requeue: bool) -> None:
        """Everything unacknowledged comes back, and is delivered again, with `Consumers.resume`.

        Raises:
            ConnectionError_: 540 the client wants the same consumers to get it again.
        """
        if not requeue:
            raise not_implemented("requeue=false")
        self._returns.due = True

    def settle(self, settlement: SettledDeliveries) -> None:
        """Carry out `settlement`, or hold it back for the commit."""
        if self._mode.transaction is not None:
            self._mode.transaction.settlements.append(settlement)
            return
        deliveries = settlement.deliveries.values()
        if settlement.requeue and not settlement.ack:
            self._returns.give_back(deliveries)
            self._consumers.resume()
            return
        for queued in deliveries:
            if settlement.ack:
                queued.queue.acknowledge(queued)
            else:
                queued.queue.reject(queued)
            self._release(queued)

    def _release(self, queued: QueuedMessage) -> None:
        """Make room in the windows a settled delivery took."""
        consumer = queued.consumer
        if consumer is None:
            return
        consumer.outstanding -= 1
        prefetch = self._prefetch
        prefetch.outstanding -= 1
        if prefetch.outstanding + 1 >= prefetch.window:
            self._consumers.resume()
        elif consumer.parked:
            consumer.queue.wake(consumer)
            consumer.queue.pump()
