"""A queue: messages in order, consumers in turn.

Rules:
1. Every message that came in leaves exactly once: acknowledged, dropped, or dead-lettered. Until
   then it is either ready here or held, unacknowledged, by whoever it was handed to.
2. A message reaches a consumer before one that came later, unless it was put back meanwhile.
3. Nothing expires while somebody holds it, nor what a consumer can take at once.
4. Handing over is not re-entrant: what a consumer does while it takes a message (acknowledge,
   publish here) changes state at once, and the outermost loop goes on from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from hubemu.broker.core.consumer import Consumer, ConsumerRing, SingleActiveRing
from hubemu.broker.core.contents import QueueHome
from hubemu.broker.core.exchanges import Binding
from hubemu.broker.core.lease import LeasedContents
from hubemu.broker.core.message import Message
from hubemu.broker.core.owner import ConnectionOwner
from hubemu.broker.core.ready import QueuedMessage
from hubemu.broker.core.settings import QueueSettings

__all__ = ["MessageQueue", "QueueDepth"]


class QueueDepth(NamedTuple):
    """How full a queue is, and how many consume it."""

    ready: int
    unacked: int
    consumers: int


class MessageQueue(LeasedContents):
    """One queue of a vHost.

    Args:
        home: its vHost.
        durable, auto_delete, arguments: as declared.
        owner: the connection it is exclusive to.
    """

    counts_deliveries = False
    """Whether clients are told how often a message came back."""
    trims_before_consumers = True
    """Whether limits count what came back before consumers took some of it."""

    def __init__(
        self,
        name: str,
        home: QueueHome,
        settings: QueueSettings,
        *,
        durable: bool = True,
        auto_delete: bool = False,
        owner: ConnectionOwner | None = None,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(name, home, settings)
        self.durable = durable
        self.auto_delete = auto_delete
        self.owner = owner
        self.arguments = dict(arguments or {})
        self.inbound: set[Binding] = set()
        self.unacked = 0
        self._ring = (
            SingleActiveRing(by_priority=not self.counts_deliveries)
            if self.arguments.get("x-single-active-consumer")
            else ConsumerRing()
        )
        self._handing_over = False
        self.touch()

    # What it is

    def apply(self, settings: QueueSettings) -> None:
        """Be governed by `settings` from now on; messages that are in keep their expiry.

        RabbitMQ changes the limits of a classic queue before its overflow behaviour: what is too
        many by then is dropped if the queue dropped until now.
        """
        if self.settings.overflow == "drop-head" and not self.counts_deliveries:
            self._govern(replace(settings, overflow="drop-head"))
        self._govern(settings)
        self.touch()

    @property
    def depth(self) -> QueueDepth:
        """Counts of messages and consumers."""
        return QueueDepth(len(self._ready), self.unacked, len(self._ring))

    @property
    def consumers(self) -> tuple[Consumer, ...]:
        """Its consumers, oldest first."""
        return tuple(self._ring)

    @property
    def survives(self) -> bool:
        """Whether it is still there when the broker was stopped or killed."""
        return self.durable and self.owner is None

    # Messages in

    def enqueue(self, message: Message, *, dead: bool = False) -> bool:
        """Take `message` in, maybe as a dead letter; False if the overflow behaviour refuses it."""
        if self._bounded and not self.deleted and self._refuses(message, dead=dead):
            return False
        ttl = self._ttl
        if message.ttl is not None and (ttl is None or message.ttl < ttl):
            ttl = message.ttl
        expires_at = None if ttl is None else self._clock.now() + ttl / 1000
        queued = QueuedMessage(self, message, self._next_position, expires_at)
        if not self._ready and not self._handing_over and (turn := self._ring.next()) is not None:
            if self.log is not None:
                self.log.added(queued)
            self._next_position += 1
            self._ledger.add(len(message.body))
            self._hand_over(queued, turn)
            if self._ready:
                self.pump()
            return True
        if self.deleted:
            return False
        if self.log is not None:
            self.log.added(queued)
        self._next_position += 1
        self._ledger.add(len(message.body))
        self.ready_bytes += len(message.body)
        self._ready.append(queued)
        if expires_at is not None:
            self._watch_head()
        if self._bounded:
            self._trim()
        return True

    def requeue(self, messages: Sequence[QueuedMessage], *, refused: bool = False) -> None:
        """Put back messages that nobody holds any more; `refused`: whoever held them lives on.

        Wakes no consumer: call `pump` afterwards.
        """
        self.unacked -= len(messages)
        if not refused:
            self.touch()
        if self.deleted:
            for queued in messages:
                self._drop(queued.message, "deleted")
            return
        kept = []
        for queued in messages:
            queued.consumer = None
            queued.redelivered = True
            queued.deliveries += 1
            if self._delivered_too_often(queued):
                self._die(queued, "delivery_limit")
            else:
                self.ready_bytes += len(queued.message.body)
                kept.append(queued)
        if kept:
            self._put_back(kept, refused=refused)
            self._watch_head()
            if self._bounded and self.trims_before_consumers:
                self._trim()

    # Messages out

    def pump(self) -> None:
        """Hand over ready messages as long as a consumer accepts one."""
        if self._handing_over:
            return
        self.expire_head()
        ready = self._ready
        while ready and (turn := self._ring.next()) is not None:
            self._hand_over(self._pop(), turn)
            self.expire_head()

    def get(self, *, no_ack: bool, user: str) -> QueuedMessage | None:
        """Take the first message, on behalf of `user`, who acknowledges it unless `no_ack`."""
        self._last_used = self._clock.now()
        self.expire_head()
        if not self._ready:
            return None
        queued = self._pop()
        self._account_delivery(queued, no_ack=no_ack, user=user)
        # What was behind it and is over does not count among the messages that are left.
        self.expire_head()
        return queued

    def acknowledge(self, queued: QueuedMessage) -> None:
        """Be done with a message somebody holds."""
        self.unacked -= 1
        message = queued.message
        self._ledger.remove(len(message.body))
        if self.log is not None:
            self.log.removed(queued)
        if message.token is not None:
            self._observer.acknowledged(self._vhost, self.name, message)

    def reject(self, queued: QueuedMessage) -> None:
        """Be done with a message that its holder refuses: it is dead-lettered or dropped."""
        self.unacked -= 1
        if self.deleted:
            self._drop(queued.message, "deleted")
        else:
            self._die(queued, "rejected")

    # Consumers

    def add_consumer(self, consumer: Consumer) -> None:
        """Let `consumer` take part, once it is woken."""
        self._ring.add(consumer)

    def remove_consumer(self, consumer: Consumer) -> None:
        """Let `consumer` no longer take part; an auto-delete queue goes with its last one."""
        if consumer not in self._ring:
            return
        self._ring.remove(consumer)
        if not len(self._ring):
            if self.auto_delete:
                self._home.remove_queue(self)
                return
            self.touch()
        self.pump()

    def admits(self, *, exclusive: bool) -> bool:
        """Whether one more consumer may come; an exclusive one wants to be alone.

        Where only one consumer is active at a time none can be exclusive.
        """
        if exclusive and self.arguments.get("x-single-active-consumer"):
            return False
        first = self._ring.first
        return first is None or not (exclusive or first.exclusive)

    def park(self, consumer: Consumer) -> None:
        """`consumer` is about to leave: it gets no more."""
        self._ring.park(consumer)

    def wake(self, consumer: Consumer) -> None:
        """`consumer` may accept messages again. Call `pump` afterwards."""
        self._ring.wake(consumer)

    # Its end

    @property
    def in_use(self) -> bool:
        """Whether its `x-expires` time stands still."""
        return len(self._ring) > 0

    def delete(self) -> int:
        """Cancel its consumers, drop its messages; gives how many were ready."""
        self.deleted = True
        self._deadlines.disarm(self)
        for consumer in self._ring:
            self._ring.remove(consumer)
            consumer.cancelled()
        return self._clear("deleted")

    # How

    def _hand_over(self, queued: QueuedMessage, consumer: Consumer) -> None:
        queued.consumer = consumer
        self._handing_over = True
        try:
            self._account_delivery(queued, no_ack=consumer.no_ack, user=consumer.user)
            consumer.take(queued)
        finally:
            self._handing_over = False

    def _account_delivery(self, queued: QueuedMessage, *, no_ack: bool, user: str) -> None:
        message = queued.message
        if message.token is not None:
            self._observer.delivered(self._vhost, self.name, message, user)
        self.unacked += 1
        if no_ack:
            self.acknowledge(queued)

    def _put_back(self, messages: Sequence[QueuedMessage], *, refused: bool) -> None:
        """Make ready again, at their old places, messages that are counted already."""
        del refused
        if self.log is not None:
            for queued in messages:
                self.log.returned(queued)
        self._ready.restore(sorted(messages, key=lambda queued: queued.position))

    def _expire(self) -> None:
        self._home.remove_queue(self)

    def _bury(self, message: Message, reason: str) -> None:
        self._home.bury(self, message, reason)

    def _delivered_too_often(self, queued: QueuedMessage) -> bool:
        limit = self.settings.delivery_limit
        return limit is not None and queued.deliveries > limit
