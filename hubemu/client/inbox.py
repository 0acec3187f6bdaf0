"""What a consumer on one queue has received and not yet been asked for."""

from __future__ import annotations

import asyncio

from aiormq import exceptions as amqp
from aiormq.abc import AbstractChannel, DeliveredMessage
from pamqp.commands import Basic

from hubemu.client.received import ReceivedMessage, received
from hubemu.client.refusals import consume_refusal
from hubemu.errors import CheckFailed

__all__ = ["Inbox", "open_inbox"]


class Inbox:
    """Deliveries of one queue in their order; ends with the channel."""

    def __init__(self, queue: str, channel: AbstractChannel) -> None:
        self.queue = queue
        self._channel = channel
        self._arrived: asyncio.Queue[ReceivedMessage | CheckFailed] = asyncio.Queue()
        channel.closing.add_done_callback(self._closed)
        channel.on_consumer_cancel_callbacks.add(self._cancelled)

    async def next(self) -> ReceivedMessage:
        """The next delivery, waited for.

        Raises:
            CheckFailed: the Hub closed the channel or cancelled the consumer.
        """
        arrived = await self._arrived.get()
        if isinstance(arrived, CheckFailed):
            self._arrived.put_nowait(arrived)
            raise arrived
        return arrived

    async def ack(self, delivery: ReceivedMessage) -> None:
        """Tell the broker that `delivery` is dealt with.

        Raises:
            CheckFailed: the channel is closed.
        """
        try:
            await self._channel.basic_ack(delivery.tag)
        except (amqp.AMQPError, amqp.ChannelInvalidStateError) as error:
            raise consume_refusal(error, self.queue) from error

    async def reject(self, delivery: ReceivedMessage, *, requeue: bool = False) -> None:
        """Tell the broker that `delivery` is refused: a dead letter, unless it is requeued.

        Raises:
            CheckFailed: the channel is closed.
        """
        try:
            await self._channel.basic_reject(delivery.tag, requeue=requeue)
        except (amqp.AMQPError, amqp.ChannelInvalidStateError) as error:
            raise consume_refusal(error, self.queue) from error

    async def accept(self, delivered: DeliveredMessage) -> None:
        """Keep a delivery for `next`; called by the channel."""
        self._arrived.put_nowait(received(self.queue, delivered))

    def _closed(self, closing: asyncio.Future[None]) -> None:
        reason = None if closing.cancelled() else closing.exception()
        self._arrived.put_nowait(consume_refusal(reason, self.queue))

    def _cancelled(self, frame: Basic.Cancel) -> None:
        self._arrived.put_nowait(CheckFailed(f"{self.queue}: the broker ended the consumer"))


async def open_inbox(channel: AbstractChannel, queue: str, prefetch: int) -> Inbox:
    """Consume `queue` on `channel` into an inbox.

    Raises:
        CheckFailed: no such queue, or this client may not read it.
    """
    inbox = Inbox(queue, channel)
    try:
        await channel.basic_qos(prefetch_count=prefetch)
        await channel.basic_consume(queue, inbox.accept)
    except (amqp.AMQPError, amqp.ChannelInvalidStateError) as error:
        raise consume_refusal(error, queue) from error
    return inbox
