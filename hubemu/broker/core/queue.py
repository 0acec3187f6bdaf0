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

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any, NamedTuple

from hubemu.broker.core.consumer import Consumer, ConsumerRing, SingleActiveRing
from hubemu.broker.core.exchanges import Binding
from hubemu.broker.core.message import Message, weight
from hubemu.broker.core.owner import ConnectionOwner
from hubemu.broker.core.queue_expiry import QueueExpiry
from hubemu.broker.core.queue_messages import QueueHome, QueueMessages
from hubemu.broker.core.queue_types import queue_type
from hubemu.broker.core.ready import QueuedMessage
from hubemu.broker.core.settings import QueueSettings

__all__ = ["MessageQueue", "QueueDepth"]


class QueueDepth(NamedTuple):
    """How full a queue is, and how many consume it."""

    ready: int
    unacked: int
    consumers: int


class MessageQueue:
    """One queue of a vHost: its `messages`, its consumers, and its `type`, which knows the rest.

    Args:
        home: its vHost.
        durable, auto_delete, arguments: as declared.
        owner: the connection it is exclusive to.
    """

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
        self.name = name
        self.durable = durable
        self.auto_delete = auto_delete
        self.owner = owner
        self.arguments = dict(arguments or {})
        self.type = queue_type(self.arguments)()
        self.inbound: set[Binding] = set()
        self.unacked = 0
        self.deleted = False
        self._home = home
        self._clock = home.runtime.clock
        self._memory_use = home.runtime.memory_use
        self._observer = home.runtime.observer
        self._expiry = QueueExpiry(home.runtime)
        self.messages = QueueMessages(name, home, settings, self.type.ready(settings), self._expiry)
        self._ring = (
            SingleActiveRing(by_priority=self.type.single_active_by_priority)
            if self.arguments.get("x-single-active-consumer")
            else ConsumerRing()
        )
        self._handing_over = False
        self._returning: list[Callable[[], None]] = []
        self._full: Callable[[Message], bool] | None = None
        self._govern(settings)
        self._expiry.touch(self)

    # What it is

    def apply(self, settings: QueueSettings) -> None:
        """Be governed by `settings` from now on; messages that are in keep their expiry."""
        if self.settings.overflow == "drop-head" and self.type.limits_before_overflow:
            self._govern(replace(settings, overflow="drop-head"))
        self._govern(settings)
        self._expiry.touch(self)

    def count_as_full(self, full: Callable[[Message], bool] | None) -> None:
        """Have no room for messages that `full` says; `None`: for those that limits leave out."""
        self._full = full
        self._bounded = self.settings.bounded or full is not None

    @property
    def settings(self) -> QueueSettings:
        """What governs it."""
        return self.messages.settings

    @property
    def depth(self) -> QueueDepth:
        """Counts of messages and consumers."""
        return QueueDepth(len(self.messages.ready), self.unacked, len(self._ring))

    @property
    def consumers(self) -> tuple[Consumer, ...]:
        """Its consumers, oldest first."""
        return tuple(self._ring)

    @property
    def survives(self) -> bool:
        """Whether it is still there when the broker was stopped or killed."""
        return self.durable and self.owner is None

    # Messages in

    def recover(self, messages: Iterable[QueuedMessage]) -> None:
        """Take in messages that survived the broker, sorted by position; they keep it."""
        self.messages.recover(messages)
        self.type.trim(self)

    def enqueue(self, message: Message, *, dead: bool = False) -> bool:
        """Take `message` in, maybe as a dead letter; False if the overflow behaviour refuses it."""
        if self._bounded and not self.deleted:
            if self._full is not None and self._full(message):
                return self.type.turn_away(self, message)
            if self.type.refuses(self, message, dead=dead):
                return False
        ttl = self._ttl
        if message.ttl is not None and (ttl is None or message.ttl < ttl):
            ttl = message.ttl
        expires_at = None if ttl is None else self._clock.now() + ttl / 1000
        messages = self.messages
        size = weight(message)
        queued = QueuedMessage(self, message, messages.next_position, expires_at, size)
        turn = None if messages.ready or self._handing_over else self._ring.next()
        if self.deleted and turn is None:
            return False
        if messages.log is not None:
            messages.log.added(queued)
        messages.next_position += 1
        self._memory_use.add(size)
        if turn is not None:
            self._hand_over(queued, turn)
            if messages.ready:
                self.pump()
            return True
        messages.ready_bytes += len(message.body)
        messages.ready.append(queued)
        if expires_at is not None:
            messages.watch_new(expires_at)
        else:
            messages.last_expiry = inf
        trimmed = self._bounded and self.type.trim(self)
        if trimmed or (ttl == 0 and len(messages.ready) == 1):
            # Over before the next one comes: it takes no room from it.
            messages.expire_head(due=True)
        return True

    def requeue(self, messages: Sequence[QueuedMessage], *, refused: bool = False) -> None:
        """Put back messages that nobody holds any more; `refused`: whoever held them lives on.

        Those refused are of one consumer, or of basic.get. Wakes no consumer: call `pump`
        afterwards.
        """
        if refused:
            for together in self.type.returned_together(self, messages):
                self._return(together, refused=True)
        else:
            self._return(self.type.left_in_order(messages), refused=False)
            self._expiry.touch(self)
        self._settled()

    def begin_return(self, complete: Callable[[], None]) -> None:
        """Hand over nothing until `end_return`: messages come back part by part.

        `complete` puts back all of them at once.
        """
        self._returning.append(complete)
        self._handing_over = True

    def end_return(self, complete: Callable[[], None]) -> None:
        """They are back."""
        self._returning.remove(complete)
        if not self._returning:
            self._handing_over = False
            self.pump()

    def complete_returns(self) -> None:
        """Have everything back that is on its way."""
        for complete in tuple(self._returning):
            complete()

    # Messages out

    def pump(self) -> None:
        """Hand over ready messages as long as a consumer accepts one; then trim what is left."""
        if self._handing_over:
            return
        messages = self.messages
        messages.expire_head()
        while messages.ready and (turn := self._ring.next()) is not None:
            self._hand_over(messages.pop(), turn)
            messages.expire_head(due=True)
        if self._bounded:
            self.type.trim(self)

    def get(self, *, no_ack: bool, user: str) -> QueuedMessage | None:
        """Take the first message, on behalf of `user`, who acknowledges it unless `no_ack`."""
        self._expiry.used()
        if self._returning:
            self.complete_returns()
        messages = self.messages
        messages.expire_head()
        if not messages.ready:
            return None
        queued = messages.pop()
        self.unacked += 1
        self._delivered(queued, no_ack, user)
        if no_ack or self.type.forgets_expired_at_once:
            # What was behind it and is over does not count among the messages that are left.
            messages.expire_head(due=True)
        return queued

    def acknowledge(self, queued: QueuedMessage) -> None:
        """Be done with a message somebody holds."""
        self.unacked -= 1
        message = queued.message
        self._memory_use.remove(queued.weight)
        if (log := self.messages.log) is not None:
            log.removed(queued)
        if message.token is not None:
            self._observer.acknowledged(self._home.name, self.name, message)
        if self._renewed_by_settling:
            self._expiry.touch(self)

    def reject(self, queued: QueuedMessage) -> None:
        """Be done with a message that its holder refuses: it is dead-lettered or dropped."""
        self.unacked -= 1
        if self.deleted:
            self.messages.drop(queued, "deleted")
        else:
            self.messages.die(queued, "rejected")
        self._settled()

    def purge(self) -> int:
        """Drop the ready messages; gives how many."""
        self.complete_returns()
        return self.messages.clear("purged")

    def bury(self, message: Message, reason: str) -> None:
        """Send a message that left to the dead-letter exchange."""
        self._home.bury(self, message, reason)

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
            self._expiry.touch(self)
        self.pump()

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
        return len(self._ring) > 0 or (self.type.held_is_used and self.unacked > 0)

    def declared_again(self) -> None:
        """A client asked for it by queue.declare, passive or not, and waits for the answer."""
        if not self.type.held_is_used:
            self._expiry.touch(self)

    def on_deadline(self, now: float) -> None:
        """Expire what is due: messages at the head, or the unused queue itself."""
        if self._expiry.is_over(self, now):
            self._home.remove_queue(self)
        else:
            self.messages.expire_in_parts()

    def delete(self) -> int:
        """Cancel its consumers, drop its messages; gives how many were ready."""
        self.deleted = True
        self._expiry.disarm(self)
        for consumer in self._ring:
            self._ring.remove(consumer)
            consumer.cancelled()
        return self.messages.clear("deleted")

    # How

    def _govern(self, settings: QueueSettings) -> None:
        self.messages.settings = settings
        self._ttl = settings.message_ttl
        self._bounded = settings.bounded or self._full is not None
        self._renewed_by_settling = self.type.held_is_used and settings.expires is not None
        if self._bounded:
            self.type.trim(self)

    def _settled(self) -> None:
        if self._renewed_by_settling:
            self._expiry.touch(self)

    def _return(self, messages: Sequence[QueuedMessage], *, refused: bool) -> None:
        self.unacked -= len(messages)
        if self.deleted:
            for queued in messages:
                self.messages.drop(queued, "deleted")
            return
        limit, kept = self.settings.delivery_limit, []
        for queued in messages:
            queued.consumer = None
            queued.redelivered = True
            queued.deliveries += 1
            if limit is not None and queued.deliveries > limit:
                self.messages.die(queued, "delivery_limit")
            else:
                self.messages.ready_bytes += len(queued.message.body)
                self.messages.expect(queued)
                kept.append(queued)
        if kept:
            self.type.put_back(self, kept, refused=refused)
            self.messages.watch_head()
            if self._bounded and (self.type.trims_before_consumers or not len(self._ring)):
                self.type.trim(self)
            if self.messages.ready.overtakes:
                self.messages.expire_head(due=True)

    def _hand_over(self, queued: QueuedMessage, consumer: Consumer) -> None:
        queued.consumer = consumer
        self._handing_over = True
        try:
            self.unacked += 1
            if consumer.no_ack or queued.message.token is not None:
                self._delivered(queued, consumer.no_ack, consumer.user)
            consumer.take(queued)
        finally:
            self._handing_over = False

    def _delivered(self, queued: QueuedMessage, no_ack: bool, user: str) -> None:
        message = queued.message
        if message.token is not None:
            self._observer.delivered(self._home.name, self.name, message, user)
        if no_ack:
            self.acknowledge(queued)
