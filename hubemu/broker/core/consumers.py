"""What a channel consumes: its consumers, basic.get, and whose turn it is.

Rules:
1. `consume` delivers nothing itself: the peer first gets its reply, then `resume()` lets the
   messages go.
2. A prefetch of the channel as a whole is shared in turns: who was served longest ago is first.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, NamedTuple

from hubemu.broker.core.arguments import consumer_priority
from hubemu.broker.core.channel_consumer import ChannelConsumer
from hubemu.broker.core.channel_context import ChannelContext
from hubemu.broker.core.deliveries import Deliveries
from hubemu.broker.core.errors import access_refused, not_allowed, not_implemented
from hubemu.broker.core.message import Message
from hubemu.broker.core.prefetch import Prefetch
from hubemu.broker.core.queue import MessageQueue
from hubemu.broker.core.reply_consumer import ReplyConsumer
from hubemu.broker.core.reply_to import REPLY_TO
from hubemu.broker.core.returns import Returns
from hubemu.broker.core.sink import ChannelSink

__all__ = ["Consumers", "GetResult", "pump"]

_LAST_SERVED = attrgetter("served")


class GetResult(NamedTuple):
    """What basic.get-ok says; `message_count` is what is left in the queue."""

    delivery_tag: int
    redelivered: bool
    message: Message
    message_count: int


class Consumers:
    """The consuming methods of one channel.

    Attributes:
        by_tag: its consumers, but that of direct replies.
    """

    __slots__ = (
        "_context",
        "_limits",
        "_replies",
        "_returns",
        "by_tag",
        "deliveries",
        "prefetch",
        "sink",
    )

    def __init__(
        self,
        context: ChannelContext,
        sink: ChannelSink,
        deliveries: Deliveries,
        prefetch: Prefetch,
        replies: ReplyConsumer,
        returns: Returns,
    ) -> None:
        self.by_tag: dict[str, ChannelConsumer] = {}
        self.sink = sink
        self.deliveries = deliveries
        self.prefetch = prefetch
        self._context = context
        self._limits = context.vhost.runtime.limits
        self._replies = replies
        self._returns = returns

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
            ConnectionError_: 530 the tag is in use, or there are too many consumers; 540 a quorum
                queue on a channel with a prefetch of its own.
        """
        if queue == REPLY_TO:
            return self._replies.start(consumer_tag or _unused_tag(), no_ack=no_ack)
        if consumer_tag in self.by_tag:
            raise not_allowed(f"attempt to reuse consumer tag '{consumer_tag}'")
        limit = self._limits.consumers_per_channel
        if len(self.by_tag) >= limit:
            raise not_allowed(f"reached maximum ({limit}) of consumers per channel")
        found = self._readable(queue)
        name, vhost = found.name, self._context.vhost.name
        if self.prefetch.global_count and not found.type.knows_global_prefetch:
            raise not_implemented(f"queue '{name}' in vhost '{vhost}' does not support global qos")
        priority = consumer_priority(name, vhost, arguments or {}, found.type)
        if not found.type.admits(found, exclusive=exclusive):
            raise access_refused(f"queue '{name}' in vhost '{vhost}' in exclusive use")
        tag = consumer_tag or _unused_tag()
        consumer = self.by_tag[tag] = ChannelConsumer(
            self,
            found,
            tag=tag,
            user=self._context.user.name,
            window=self.prefetch.consumer_window,
            no_ack=no_ack,
            exclusive=exclusive,
            priority=priority,
        )
        found.add_consumer(consumer)
        return tag

    def cancel(self, consumer_tag: str) -> None:
        """End a consumer, if there is one of that tag; its unacknowledged messages stay."""
        consumer = self.by_tag.pop(consumer_tag, None)
        if consumer is not None:
            consumer.queue.remove_consumer(consumer)
        elif consumer_tag == self._replies.tag:
            self._replies.stop()

    def get(self, queue: str, *, no_ack: bool = False) -> GetResult | None:
        """Take one message, `None` if there is none."""
        found = self._readable(queue)
        found.type.check_get(found, self._context.vhost.name)
        queued = found.get(no_ack=no_ack, user=self._context.user.name)
        if queued is None:
            return None
        tag = self.deliveries.got(queued, no_ack=no_ack)
        message = found.type.told(queued)
        return GetResult(tag, queued.redelivered, message, found.depth.ready)

    def qos(self, prefetch_size: int, prefetch_count: int, global_: bool) -> None:
        """Set the prefetch of the channel (`global_`) or of its future consumers; 0: no limit.

        Raises:
            ConnectionError_: 540 a limit in bytes.
        """
        if prefetch_size:
            raise not_implemented(f"prefetch_size!=0 ({prefetch_size})")
        if global_:
            got = sum(queued.consumer is None for queued in self.deliveries.unacked.values())
            self.prefetch.limit_channel(prefetch_count, got)
        else:
            self.prefetch.limit_consumers(prefetch_count)
        self.resume()

    def flow(self, active: bool) -> None:
        """Only to be told that messages may flow.

        Raises:
            ConnectionError_: 540 the client wants them to stop.
        """
        if not active:
            raise not_implemented("active=false")

    def resume(self) -> None:
        """Let messages go to its consumers: after a reply, or when the sink is writable again."""
        if self._returns.due:
            self._returns.give_back_due()
        if self.prefetch.global_count:
            self._resume_in_turns()
            return
        parked = [consumer for consumer in self.by_tag.values() if consumer.parked]
        for consumer in parked:
            consumer.queue.wake(consumer)
        pump({consumer.queue for consumer in parked})

    def _resume_in_turns(self) -> None:
        """One message of each queue at a time, until no consumer takes another."""
        prefetch, deliveries = self.prefetch, self.deliveries
        whole = prefetch.window
        try:
            served = -1
            while served != deliveries.next_tag:
                served = deliveries.next_tag
                waiting = sorted(self.by_tag.values(), key=_LAST_SERVED)
                for consumer in waiting:
                    consumer.queue.wake(consumer)
                for queue in dict.fromkeys(consumer.queue for consumer in waiting):
                    prefetch.window = min(whole, prefetch.outstanding + 1)
                    queue.pump()
        finally:
            prefetch.window = whole

    def forget(self, consumer: ChannelConsumer) -> None:
        """The queue of a consumer is gone: tell the client."""
        if self.by_tag.pop(consumer.tag, None) is not None:
            self.sink.consumer_cancelled(consumer.tag)

    def stop(self) -> None:
        """They get no more: the channel is about to be closed."""
        for consumer in self.by_tag.values():
            consumer.queue.park(consumer)

    def cancel_all(self, tags: Iterable[str] | None = None) -> None:
        """End all of them, or those of some tags, from the broker's side.

        The client is told, as if their queues went.
        """
        ended = [self.by_tag[tag] for tag in tags or tuple(self.by_tag) if tag in self.by_tag]
        for consumer in ended:
            consumer.queue.park(consumer)
        for consumer in ended:
            self.by_tag.pop(consumer.tag, None)
            consumer.queue.remove_consumer(consumer)
            self.sink.consumer_cancelled(consumer.tag)

    def leave_what_goes(self) -> None:
        """End those of auto-delete queues that nobody else consumes: what they hold goes, too."""
        own = set(self.by_tag.values())
        for consumer in own:
            if consumer.queue.auto_delete and own.issuperset(consumer.queue.consumers):
                consumer.queue.remove_consumer(consumer)

    def leave(self) -> None:
        """End all of them."""
        consumers = tuple(self.by_tag.values())
        self.by_tag.clear()
        for consumer in consumers:
            consumer.queue.remove_consumer(consumer)

    def _readable(self, queue: str) -> MessageQueue:
        name = self._context.named(queue)
        self._context.access.require("read", "queue", name)
        return self._context.queue(name)


def pump(queues: Iterable[MessageQueue]) -> None:
    """Let each of `queues` hand over what its consumers accept."""
    for queue in queues:
        queue.pump()


def _unused_tag() -> str:
    return f"amq.ctag-{urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b'=').decode()}"
