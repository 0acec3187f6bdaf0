"""A channel of the broker's core with what a client may ask of it in one place, by AMQP's names."""

from __future__ import annotations

from collections.abc import Mapping

from hubemu.broker.core import Channel as CoreChannel
from hubemu.broker.core import ChannelSink, ConnectionOwner, User, VirtualHost
from hubemu.broker.core.consumer import Consumer
from hubemu.broker.core.ready import QueuedMessage


class Channel:
    """Calls the parts of `core`."""

    def __init__(
        self, vhost: VirtualHost, user: User, sink: ChannelSink, owner: ConnectionOwner
    ) -> None:
        self.core = core = CoreChannel(vhost, user, sink, owner)
        self.vhost = vhost
        self.user = user
        self.exchange_declare = core.exchanges.declare
        self.exchange_delete = core.exchanges.delete
        self.exchange_bind = core.exchanges.bind
        self.exchange_unbind = core.exchanges.unbind
        self.queue_declare = core.queues.declare
        self.queue_delete = core.queues.delete
        self.queue_bind = core.queues.bind
        self.queue_unbind = core.queues.unbind
        self.queue_purge = core.queues.purge
        self.publish = core.publisher.publish
        self.consume = core.consumers.consume
        self.cancel = core.consumers.cancel
        self.get = core.consumers.get
        self.qos = core.consumers.qos
        self.flow = core.consumers.flow
        self.resume = core.consumers.resume
        self.ack = core.acknowledgements.ack
        self.nack = core.acknowledgements.nack
        self.reject = core.acknowledgements.reject
        self.recover = core.acknowledgements.recover
        self.confirm_select = core.mode.confirm_select
        self.tx_select = core.mode.tx_select
        self.tx_commit = core.transactions.commit
        self.tx_rollback = core.transactions.rollback
        self.close = core.close

    @property
    def unacked(self) -> Mapping[int, QueuedMessage]:
        """The deliveries that are not settled, by their tags."""
        return self.core.deliveries.unacked

    @property
    def consumers(self) -> Mapping[str, Consumer]:
        """Its consumers by their tags."""
        return self.core.consumers.by_tag
