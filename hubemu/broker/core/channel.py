"""One AMQP channel: what a client may ask of it is asked of its parts.

Each part has a file and a state of its own; what concerns several of them is here.
"""

from __future__ import annotations

from collections.abc import Iterable

from hubemu.broker.core.acknowledgements import Acknowledgements
from hubemu.broker.core.channel_context import ChannelContext
from hubemu.broker.core.channel_mode import ChannelMode
from hubemu.broker.core.channel_publisher import ChannelPublisher
from hubemu.broker.core.consumers import Consumers, GetResult, pump
from hubemu.broker.core.deliveries import Deliveries
from hubemu.broker.core.exchange_declarations import ExchangeDeclarations
from hubemu.broker.core.owner import ConnectionOwner
from hubemu.broker.core.prefetch import Prefetch
from hubemu.broker.core.queue_declarations import QueueDeclarations, QueueDeclared
from hubemu.broker.core.ready import QueuedMessage
from hubemu.broker.core.reply_consumer import ReplyConsumer
from hubemu.broker.core.returns import Returns
from hubemu.broker.core.sink import ChannelSink
from hubemu.broker.core.transactions import Transactions
from hubemu.broker.core.users import User
from hubemu.broker.core.vhost import VirtualHost

__all__ = ["Channel", "GetResult", "QueueDeclared"]


class Channel:
    """One channel of a client.

    Args:
        user: has a permission on `vhost` (`Broker.open` sees to that).
        sink: where deliveries, returns and confirms go.
        owner: the connection, as the owner of exclusive queues.
    """

    __slots__ = (
        "_replies",
        "_returns",
        "acknowledgements",
        "consumers",
        "deliveries",
        "exchanges",
        "mode",
        "prefetch",
        "publisher",
        "queues",
        "transactions",
        "user",
        "vhost",
    )

    def __init__(
        self, vhost: VirtualHost, user: User, sink: ChannelSink, owner: ConnectionOwner
    ) -> None:
        self.vhost = vhost
        self.user = user
        context = ChannelContext(vhost, user, owner)
        self.exchanges = ExchangeDeclarations(context)
        self.queues = QueueDeclarations(context)
        self.mode = mode = ChannelMode()
        self.prefetch = prefetch = Prefetch(vhost.runtime.limits)
        self.deliveries = deliveries = Deliveries()
        self._replies = replies = ReplyConsumer(vhost.replies, sink, deliveries)
        self._returns = returns = Returns(deliveries, prefetch)
        self.publisher = ChannelPublisher(context, sink, mode, replies)
        self.consumers = Consumers(context, sink, deliveries, prefetch, replies, returns)
        self.acknowledgements = Acknowledgements(
            mode, deliveries, prefetch, self.consumers, returns
        )
        self.transactions = Transactions(
            mode, self.publisher, self.acknowledgements, deliveries, vhost.runtime
        )

    @property
    def held(self) -> Iterable[QueuedMessage]:
        """What would come back if it ended: unacknowledged, or settled by no more than a
        transaction."""
        held = self.deliveries.unacked
        transaction = self.mode.transaction
        if transaction is not None and transaction.settlements:
            held = {**held}
            for settlement in transaction.settlements:
                held.update(settlement.deliveries)
            held = dict(sorted(held.items()))
        return held.values()

    def close(self) -> None:
        """Cancel its consumers and put back what is unacknowledged. Idempotent."""
        if self.publisher.closed:
            return
        self.publisher.closed = True
        self._replies.stop()
        if self.mode.transaction is not None:
            self.transactions.rollback()
        # First: what comes back may die of it, and a dead letter must not end up here.
        self.consumers.stop()
        self.consumers.leave_what_goes()
        queues = self._returns.leave_all(self.vhost.runtime.backlog)
        self.consumers.leave()
        pump(queues)
