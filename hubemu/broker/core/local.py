"""A consumer inside this process: the dispatcher's way to messages, without a connection."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from hubemu.broker.core.consumer import Consumer
from hubemu.broker.core.message import Message
from hubemu.broker.core.queue import MessageQueue
from hubemu.broker.core.ready import QueuedMessage

__all__ = ["LocalConsumer", "LocalDelivery"]


class LocalDelivery(msgspec.Struct, eq=False):
    """A message handed to a `LocalConsumer`, to be acknowledged or rejected there, once."""

    queued: QueuedMessage
    message: Message
    redelivered: bool


class LocalConsumer(Consumer):
    """Hands the messages of a queue to `on_message`, with manual acknowledgement.

    `on_message` is called in the middle of the broker's work: it must not raise, and had better
    only take note. It may acknowledge, reject and publish.

    Once its window is full it takes no more until half of that is settled: then many at once.
    """

    __slots__ = ("_full", "_held", "_on_message")

    def __init__(
        self,
        queue: MessageQueue,
        on_message: Callable[[LocalDelivery], None],
        *,
        window: int,
        user: str,
    ) -> None:
        super().__init__(queue, tag="", user=user, window=window)
        self._on_message = on_message
        self._held: dict[QueuedMessage, None] = {}
        self._full = False

    def start(self) -> None:
        """Begin to consume."""
        self.queue.add_consumer(self)
        self._continue()

    def ack(self, delivery: LocalDelivery) -> None:
        """Be done with a message.

        Raises:
            KeyError: this delivery is settled already, or was put back by `cancel`.
        """
        self._release(delivery)
        self.queue.acknowledge(delivery.queued)
        self._continue()

    def reject(self, delivery: LocalDelivery, requeue: bool = False) -> None:
        """Refuse a message: it is dead-lettered or dropped, or put back with `requeue`.

        Raises:
            KeyError: this delivery is settled already, or was put back by `cancel`.
        """
        self._release(delivery)
        if requeue:
            self.queue.requeue([delivery.queued], refused=True)
            self.queue.wake(self)
            self.queue.pump()
        else:
            self.queue.reject(delivery.queued)
            self._continue()

    def widen(self, window: int) -> None:
        """Hold so many deliveries at most from now on."""
        self.window = window
        if self._full and self.outstanding < window:
            self._full = False
            self._continue()

    def cancel(self) -> None:
        """Consume no more; what is unacknowledged goes back to its place. Idempotent."""
        held = list(self._held)
        self._held.clear()
        self.outstanding = 0
        self._full = False
        self.queue.park(self)
        self.queue.requeue(held)
        self.queue.remove_consumer(self)

    @property
    def held(self) -> Iterable[QueuedMessage]:
        """What is not settled yet."""
        return self._held

    # What the queue asks of a consumer

    def accepts(self) -> bool:
        """Whether its window has room."""
        return not self._full

    def take(self, queued: QueuedMessage) -> None:
        """See `Consumer.take`."""
        self.outstanding += 1
        self._full = self.outstanding >= self.window
        self._held[queued] = None
        self._on_message(LocalDelivery(queued, queued.message, queued.redelivered))

    def cancelled(self) -> None:
        """The queue is gone: what is held can still be acknowledged, nothing more will come."""

    def _release(self, delivery: LocalDelivery) -> None:
        del self._held[delivery.queued]
        self.outstanding -= 1
        if self._full and self.outstanding * 2 <= self.window:
            self._full = False

    def _continue(self) -> None:
        if self.parked and not self._full:
            self.queue.wake(self)
            self.queue.pump()
