"""One AMQP channel: what a client may ask of it, and which part of it answers.

declarations    `queue_declarations`, `exchange_declarations`
publishing      `channel_publisher`
consuming       `consumers`, over `deliveries` (tags) and `prefetch` (windows)
settling        `acknowledgements`
modes           `channel_mode`: confirms, or `transactions`
"""

from __future__ import annotations

from collections.abc import Mapping

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
        "_acknowledgements",
        "_consumers",
        "_deliveries",
        "_publisher",
        "_replies",
        "ack",
        "cancel",
        "cancel_all",
        "confirm_select",
        "consume",
        "consumers",
        "exchange_bind",
        "exchange_declare",
        "exchange_delete",
        "exchange_unbind",
        "flow",
        "get",
        "mode",
        "nack",
        "prefetch",
        "publish",
        "qos",
        "queue_bind",
        "queue_declare",
        "queue_delete",
        "queue_purge",
        "queue_unbind",
        "recover",
        "reject",
        "resume",
        "stop_consuming",
        "tx_commit",
        "tx_rollback",
        "tx_select",
        "user",
        "vhost",
    )

    def __init__(
        self, vhost: VirtualHost, user: User, sink: ChannelSink, owner: ConnectionOwner
    ) -> None:
        self.vhost = vhost
        self.user = user
        self.mode = ChannelMode()
        self.prefetch = Prefetch(vhost.runtime.limits)
        self._deliveries = Deliveries()
        self._replies = ReplyConsumer(vhost.replies, sink, self._deliveries)
        context = ChannelContext(vhost, user, owner)
        self._publisher = ChannelPublisher(context, sink, self.mode, self._replies)
        self._consumers = Consumers(context, sink, self._deliveries, self.prefetch, self._replies)
        self.consumers = self._consumers.by_tag
        self._acknowledgements = Acknowledgements(
            self.mode, self._deliveries, self.prefetch, self._consumers
        )

        exchanges = ExchangeDeclarations(context)
        self.exchange_declare = exchanges.declare
        self.exchange_delete = exchanges.delete
        self.exchange_bind = exchanges.bind
        self.exchange_unbind = exchanges.unbind

        queues = QueueDeclarations(context)
        self.queue_declare = queues.declare
        self.queue_delete = queues.delete
        self.queue_bind = queues.bind
        self.queue_unbind = queues.unbind
        self.queue_purge = queues.purge

        self.publish = self._publisher.publish
        self.confirm_select = self.mode.confirm_select

        self.consume = self._consumers.consume
        self.cancel = self._consumers.cancel
        self.cancel_all = self._consumers.cancel_all
        self.get = self._consumers.get
        self.qos = self._consumers.qos
        self.flow = self._consumers.flow
        self.resume = self._consumers.resume
        self.stop_consuming = self._consumers.stop

        self.ack = self._acknowledgements.ack
        self.nack = self._acknowledgements.nack
        self.reject = self._acknowledgements.reject
        self.recover = self._acknowledgements.recover

        transactions = Transactions(
            self.mode, self._publisher, self._acknowledgements, self._deliveries, vhost.runtime
        )
        self.tx_select = self.mode.tx_select
        self.tx_commit = transactions.commit
        self.tx_rollback = transactions.rollback

    @property
    def unacked(self) -> Mapping[int, QueuedMessage]:
        """The deliveries that the client still owes a word, by their tags."""
        return self._deliveries.unacked

    def close(self) -> None:
        """Cancel its consumers and put back what is unacknowledged. Idempotent."""
        if self._publisher.closed:
            return
        self._publisher.closed = True
        self._replies.stop()
        if self.mode.transaction is not None:
            self.tx_rollback()
        # First: what comes back may die of it, and a dead letter must not end up here.
        self.stop_consuming()
        held = self._deliveries.take_all()
        queues = self._acknowledgements.put_back(held.values(), refused=False)
        self._consumers.leave()
        pump(queues)
