"""A quorum queue, as far as its clients can tell it from a classic one.

Rules (RabbitMQ 3.10's):
1. Who refuses a message puts it behind all others, unless the queue has a delivery limit. Then, and
   if it is left by who went away, it goes to the front, behind those that came back before it. What
   several consumers of one channel leave comes consumer by consumer, in the order of their tags.
2. Limits count after the consumers took what they accept; of several messages dropped at once the
   last is dead-lettered first. `reject-publish-dlx` is no overflow behaviour of a quorum queue: it
   drops from the head.
3. With `reject-publish` one message more than the limit is taken; from then on none is, until the
   queue has drained to four fifths of its limits. Dead letters are always taken.
4. No consumer is exclusive; the flag is ignored.
5. It expires (`x-expires`) only when nobody holds a message of it; settling renews its time, while
   declaring it again does not.
   What expired behind a message that basic.get gives to be acknowledged counts in the answer.
6. basic.get always tells how often a message came back, a consumer is told from the second delivery
   on. A dead letter does not tell it, therefore the queue keeps the message without.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, cast

from hubemu.broker.core.errors import ChannelError, not_implemented, precondition_failed
from hubemu.broker.core.message import Message
from hubemu.broker.core.queue_types.classic import ClassicType
from hubemu.broker.core.ready import PriorityReady, QueuedMessage, Ready, ReturnedFirst
from hubemu.broker.core.settings import QueueSettings
from hubemu.broker.wire.fields import Int64
from hubemu.broker.wire.properties import replace_headers

if TYPE_CHECKING:
    from hubemu.broker.core.queue import MessageQueue

__all__ = ["QuorumType"]

_DRAINED: Final = 0.8
_REJECT: Final = "reject-publish"


class QuorumType(ClassicType):
    """The type of one quorum queue."""

    name = "quorum"
    counts_deliveries = True
    forgets_expired_at_once = False
    keeps_transient = True
    knows_global_prefetch = False
    single_active_by_priority = False
    limits_before_overflow = False
    refusing_overflows = frozenset({"reject-publish"})
    trims_before_consumers = False
    held_is_used = True
    comes_to_old_place = False
    tells_refusals_in_tx = False
    foreign_arguments = (
        "x-initial-cluster-size",
        "x-max-age",
        "x-max-priority",
        "x-queue-master-locator",
        "x-queue-mode",
        "x-queue-version",
        "x-stream-max-segment-size-bytes",
    )
    foreign_consumer_arguments = frozenset({"x-stream-offset", "x-cancel-on-ha-failover"})
    compared_arguments = (
        "x-dead-letter-exchange",
        "x-dead-letter-routing-key",
        "x-dead-letter-strategy",
        "x-expires",
        "x-max-length",
        "x-max-length-bytes",
        "x-max-in-memory-length",
        "x-max-in-memory-bytes",
        "x-overflow",
        "x-single-active-consumer",
        "x-queue-type",
        "x-quorum-initial-group-size",
        "x-delivery-limit",
        "x-message-ttl",
        "x-queue-leader-locator",
    )

    def __init__(self) -> None:
        self._full = False
        """Whether nothing more is taken until it has drained."""
        self._dropped: list[QueuedMessage] = []
        """What is dropped at once, first to last."""

    # What clients may ask

    @classmethod
    def check_server_named(cls) -> None:
        """See `ClassicType`.

        Raises:
            ChannelError: 406.
        """
        raise precondition_failed(
            "Cannot declare a server-named queue for type rabbit_quorum_queue"
        )

    @classmethod
    def check_properties(
        cls, queue: str, vhost: str, *, durable: bool, exclusive: bool, auto_delete: bool
    ) -> None:
        """See `ClassicType`; of several, RabbitMQ names the first."""
        for name, given in (
            ("auto-delete", auto_delete),
            ("exclusive-owner", exclusive),
            ("non-durable", not durable),
        ):
            if given:
                raise precondition_failed(
                    f"invalid property '{name}' for queue '{queue}' in vhost '{vhost}'"
                )

    def check_deletion(self, place: str, *, if_unused: bool, if_empty: bool) -> None:
        """See `ClassicType`."""
        for flag, asked in (("if-unused", if_unused), ("if-empty", if_empty)):
            if asked:
                raise not_implemented(
                    f"cannot delete {place}. queue.delete operations with {flag} flag set "
                    "are not supported by quorum queues"
                )

    def check_get(self, queue: MessageQueue, vhost: str) -> None:
        """See `ClassicType`: only the active consumer may have messages, if there is to be one."""
        if queue.arguments.get("x-single-active-consumer"):
            raise ChannelError(
                405,
                f"cannot obtain access to locked queue '{queue.name}' in vhost '{vhost}'. "
                "basic.get operations are not supported by quorum queues with single active "
                "consumer",
            )

    def told(self, queued: QueuedMessage) -> Message:
        """See `ClassicType`: with `x-delivery-count`."""
        message = queued.message
        headers = {**message.headers, "x-delivery-count": Int64(queued.deliveries)}
        return Message(
            message.exchange,
            message.routing_key,
            message.body,
            replace_headers(message.header, dict(sorted(headers.items()))),
            token=message.token,
        )

    def admits(self, queue: MessageQueue, *, exclusive: bool) -> bool:
        """See `ClassicType`."""
        return True

    # Its messages

    def ready(self, settings: QueueSettings) -> ReturnedFirst:
        """See `ClassicType`."""
        return ReturnedFirst()

    def returned_together(
        self, queue: MessageQueue, messages: Sequence[QueuedMessage]
    ) -> Iterable[Sequence[QueuedMessage]]:
        """See `ClassicType`: what basic.get gave comes one by one."""
        if queue.settings.delivery_limit is None or messages[0].consumer is None:
            return [(queued,) for queued in messages]
        return [messages]

    def left_in_order(self, messages: Sequence[QueuedMessage]) -> Sequence[QueuedMessage]:
        """See `ClassicType`: consumer by consumer."""
        return sorted(messages, key=_consumer_tag)

    def left_group(self, queued: QueuedMessage) -> str:
        """See `ClassicType`."""
        return _consumer_tag(queued)

    def put_back(
        self, queue: MessageQueue, messages: Sequence[QueuedMessage], *, refused: bool
    ) -> None:
        """See `ClassicType`."""
        log = queue.messages.log
        if refused and queue.settings.delivery_limit is None:
            for queued in messages:
                queued.back = False
                queue.messages.take_again(queued)
            return
        if log is not None:
            for queued in messages:
                log.returned(queued)
        self.place(queue.messages.ready, messages)

    def place(self, ready: Ready | PriorityReady, messages: Sequence[QueuedMessage]) -> None:
        """See `ClassicType`: at the front, behind those that came back before."""
        cast(ReturnedFirst, ready).put_back(messages)

    def refuses(self, queue: MessageQueue, message: Message, *, dead: bool) -> bool:
        """See `ClassicType`."""
        if dead or queue.settings.overflow != _REJECT:
            return False
        if self._full and queue.messages.within(_DRAINED):
            self._full = False
        if self._full:
            queue.messages.tell_dropped(message, "maxlen")
        return self._full

    def trim(self, queue: MessageQueue) -> bool:
        """See `ClassicType`."""
        if queue.settings.overflow == _REJECT:
            self._full = self._full or queue.messages.exceeds(0, 0)
            return False
        return self.trim_in_parts(queue)

    def drop_for_room(self, queue: MessageQueue, queued: QueuedMessage) -> None:
        """See `ClassicType`."""
        self._dropped.append(queued)

    def trimmed(self, queue: MessageQueue) -> None:
        """See `ClassicType`."""
        dropped, self._dropped = self._dropped, []
        for queued in reversed(dropped):
            queue.messages.die(queued, "maxlen")


def _consumer_tag(queued: QueuedMessage) -> str:
    """That of who holds it; what basic.get gave comes first."""
    return queued.consumer.tag if queued.consumer is not None else ""
