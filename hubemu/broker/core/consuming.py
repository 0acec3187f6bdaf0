"""What a channel consumes: consumers, their windows, basic.get, direct replies.

Rules:
1. Delivery tags count up by one per delivery; `unacked` holds those the client still owes a word.
2. `consume` delivers nothing itself: the peer first gets its reply, then `resume()` lets the
   messages go.
3. A prefetch of the channel as a whole is shared in turns: who was served longest ago is first. It
   holds consumers without acknowledgements too, but not those of quorum queues; what basic.get
   took before it was set counts as long as it is set; a prefetch for consumers ends it.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, NamedTuple

from hubemu.broker.core.arguments import consumer_priority
from hubemu.broker.core.channel_consumer import ChannelConsumer
from hubemu.broker.core.errors import (
    access_refused,
    not_allowed,
    not_implemented,
    precondition_failed,
)
from hubemu.broker.core.message import Message
from hubemu.broker.core.owner import ConnectionOwner
from hubemu.broker.core.publishing import Publishing
from hubemu.broker.core.queue import MessageQueue
from hubemu.broker.core.quorum import check_get, with_delivery_count
from hubemu.broker.core.ready import QueuedMessage
from hubemu.broker.core.reply_to import REPLY_TO
from hubemu.broker.core.sink import ChannelSink
from hubemu.broker.core.users import User
from hubemu.broker.core.vhost import VirtualHost

_LAST_SERVED = attrgetter("served")

__all__ = ["Consuming", "GetResult", "pump"]


class GetResult(NamedTuple):
    """What basic.get-ok says; `message_count` is what is left in the queue."""

    delivery_tag: int
    redelivered: bool
    message: Message
    message_count: int


class Consuming(Publishing):
    """The consuming half of a channel."""

    def __init__(
        self, vhost: VirtualHost, user: User, sink: ChannelSink, owner: ConnectionOwner
    ) -> None:
        super().__init__(vhost, user, sink, owner)
        self.unacked: dict[int, QueuedMessage] = {}
        self.next_tag = 1
        self.outstanding = 0
        """Unacknowledged deliveries to its consumers (not those of basic.get)."""
        self.window = self._limits.unacked_per_consumer
        """Unacknowledged deliveries at which its consumers wait."""
        self.global_prefetch = 0
        """Prefetch of the channel as a whole; 0: no limit."""
        self.consumers: dict[str, ChannelConsumer] = {}
        self._consumer_window = self._limits.unacked_per_consumer
        self._got = 0
        """Unacknowledged messages of basic.get when the channel's prefetch was set."""
        self._reply_tag: str | None = None
        self._disturbed: set[MessageQueue] = set()
        """Queues to be pumped by `resume`."""

    @property
    def prefetch(self) -> int:
        """Prefetch of its future consumers; 0: no limit."""
        window = self._consumer_window
        return 0 if window == self._limits.unacked_per_consumer else window

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
            return self._consume_replies(consumer_tag, no_ack=no_ack)
        if consumer_tag in self.consumers:
            raise not_allowed(f"attempt to reuse consumer tag '{consumer_tag}'")
        limit = self._limits.consumers_per_channel
        if len(self.consumers) >= limit:
            raise not_allowed(f"reached maximum ({limit}) of consumers per channel")
        name = self._named(queue)
        self._access.require("read", "queue", name)
        found = self._accessible(name)
        if found.counts_deliveries and self.global_prefetch:
            raise not_implemented(
                f"queue '{name}' in vhost '{self.vhost.name}' does not support global qos"
            )
        priority = consumer_priority(
            name, self.vhost.name, arguments or {}, quorum=found.counts_deliveries
        )
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
        elif consumer_tag == self._reply_tag:
            self._stop_replies()

    def get(self, queue: str, *, no_ack: bool = False) -> GetResult | None:
        """Take one message, `None` if there is none."""
        name = self._named(queue)
        self._access.require("read", "queue", name)
        found = self._accessible(name)
        if found.counts_deliveries:
            check_get(name, self.vhost.name, found.arguments)
        queued = found.get(no_ack=no_ack, user=self.user.name)
        if queued is None:
            return None
        tag = self.next_tag
        self.next_tag = tag + 1
        if not no_ack:
            self.unacked[tag] = queued
        message = with_delivery_count(queued) if found.counts_deliveries else queued.message
        return GetResult(tag, queued.redelivered, message, found.depth.ready)

    def _consume_replies(self, consumer_tag: str, *, no_ack: bool) -> str:
        if self._reply_address is not None:
            raise precondition_failed("reply consumer already set")
        if not no_ack:
            raise precondition_failed("reply consumer cannot acknowledge")
        self._reply_address = self.vhost.replies.open(self._take_reply)
        self._reply_tag = consumer_tag or _unused_tag()
        return self._reply_tag

    def _take_reply(self, message: Message) -> None:
        if self._reply_tag is not None:
            self.sink.deliver(self._reply_tag, self.next_tag, False, message)

    def _stop_replies(self) -> None:
        if self._reply_address is not None:
            self.vhost.replies.close(self._reply_address)
        self._reply_address = self._reply_tag = None

    def qos(self, prefetch_size: int, prefetch_count: int, global_: bool) -> None:
        """Set the prefetch of the channel (`global_`) or of its future consumers; 0: no limit.

        Raises:
            ConnectionError_: 540 a limit in bytes.
        """
        if prefetch_size:
            raise not_implemented(f"prefetch_size!=0 ({prefetch_size})")
        unlimited = self._limits.unacked_per_consumer
        if not global_:
            self._consumer_window = prefetch_count or unlimited
        if global_ and prefetch_count:
            self._limit(prefetch_count)
        else:
            self.global_prefetch, self.window = 0, unlimited
        self.resume()

    def _limit(self, prefetch: int) -> None:
        if not self.global_prefetch:
            self._got = sum(queued.consumer is None for queued in self.unacked.values())
        self.global_prefetch = prefetch
        self.window = prefetch - self._got

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
        if self.global_prefetch:
            self._resume_in_turns()
            pump(queues)
            return
        for consumer in self.consumers.values():
            if consumer.parked:
                consumer.queue.wake(consumer)
                queues.add(consumer.queue)
        pump(queues)

    def _resume_in_turns(self) -> None:
        """One message of each queue at a time, until no consumer takes another."""
        whole = self.window
        try:
            served = -1
            while served != self.next_tag:
                served = self.next_tag
                waiting = sorted(self.consumers.values(), key=_LAST_SERVED)
                for consumer in waiting:
                    consumer.queue.wake(consumer)
                for queue in dict.fromkeys(consumer.queue for consumer in waiting):
                    self.window = min(whole, self.outstanding + 1)
                    queue.pump()
        finally:
            self.window = whole

    def forget(self, consumer: ChannelConsumer) -> None:
        """The queue of a consumer is gone: tell the client."""
        if self.consumers.pop(consumer.tag, None) is not None:
            self.sink.consumer_cancelled(consumer.tag)


def pump(queues: Iterable[MessageQueue]) -> None:
    """Let each of `queues` hand over what its consumers accept."""
    for queue in queues:
        queue.pump()


def _unused_tag() -> str:
    return f"amq.ctag-{urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b'=').decode()}"
