"""Consumers of a queue and whose turn it is.

Rules:
1. A consumer gets a message only if it accepts one; it is then last in its turn.
2. Higher priority goes first as long as one of that priority accepts.
3. A consumer that does not accept is parked, and costs nothing until it is woken.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Iterator
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hubemu.broker.core.queue import MessageQueue
    from hubemu.broker.core.ready import QueuedMessage

__all__ = ["Consumer", "ConsumerRing", "SingleActiveRing"]


class Consumer(ABC):
    """Somebody to whom a queue hands messages.

    Args:
        window: how many unacknowledged messages it holds at most.
    """

    __slots__ = (
        "exclusive",
        "no_ack",
        "outstanding",
        "parked",
        "priority",
        "queue",
        "tag",
        "user",
        "window",
    )

    def __init__(
        self,
        queue: MessageQueue,
        *,
        tag: str,
        user: str,
        window: int,
        no_ack: bool = False,
        exclusive: bool = False,
        priority: int = 0,
    ) -> None:
        self.queue = queue
        self.tag = tag
        self.user = user
        self.window = window
        self.no_ack = no_ack
        self.exclusive = exclusive
        self.priority = priority
        self.outstanding = 0
        self.parked = True

    @abstractmethod
    def accepts(self) -> bool:
        """Whether it may be handed one more message now."""

    @abstractmethod
    def take(self, queued: QueuedMessage) -> None:
        """Get a message."""

    @abstractmethod
    def cancelled(self) -> None:
        """The queue is gone, and this consumer is no longer one of its."""


class ConsumerRing:
    """The consumers of one queue. New ones are parked until woken."""

    def __init__(self) -> None:
        self._all: dict[Consumer, None] = {}
        self._members: Counter[int] = Counter()
        self._waiting: dict[int, deque[Consumer]] = {}
        self._levels: list[deque[Consumer]] = []

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, consumer: object) -> bool:
        return consumer in self._all

    def __iter__(self) -> Iterator[Consumer]:
        return iter(tuple(self._all))

    @property
    def first(self) -> Consumer | None:
        """The oldest consumer."""
        return next(iter(self._all), None)

    def add(self, consumer: Consumer) -> None:
        """Let it take part."""
        self._all[consumer] = None
        self._members[consumer.priority] += 1
        if consumer.priority not in self._waiting:
            self._waiting[consumer.priority] = deque()
            self._sort()

    def remove(self, consumer: Consumer) -> None:
        """Let it no longer take part."""
        self.park(consumer)
        del self._all[consumer]
        self._members[consumer.priority] -= 1
        if not self._members[consumer.priority]:
            del self._members[consumer.priority]
            del self._waiting[consumer.priority]
            self._sort()

    def park(self, consumer: Consumer) -> None:
        """It accepts no message until it is woken."""
        if not consumer.parked:
            self._waiting[consumer.priority].remove(consumer)
            consumer.parked = True

    def wake(self, consumer: Consumer) -> None:
        """It may accept messages again."""
        if consumer.parked and consumer in self._all:
            consumer.parked = False
            self._waiting[consumer.priority].append(consumer)

    def next(self) -> Consumer | None:
        """Whose turn it is, now last in turn; `None` if nobody accepts a message."""
        for waiting in self._levels:
            while waiting:
                consumer = waiting[0]
                if consumer.accepts():
                    waiting.rotate(-1)
                    return consumer
                waiting.popleft()
                consumer.parked = True
        return None

    def _sort(self) -> None:
        self._levels = [self._waiting[priority] for priority in sorted(self._waiting)[::-1]]


class SingleActiveRing(ConsumerRing):
    """For `x-single-active-consumer`: only one consumer gets messages, until it leaves.

    Args:
        by_priority: whether the next one is that of the highest priority, not the oldest.
    """

    def __init__(self, *, by_priority: bool) -> None:
        super().__init__()
        self._by_priority = by_priority
        self._active: Consumer | None = None

    def add(self, consumer: Consumer) -> None:
        """See `ConsumerRing`; the first one is active, whatever its priority."""
        super().add(consumer)
        if self._active is None:
            self._active = consumer

    def remove(self, consumer: Consumer) -> None:
        """See `ConsumerRing`; the active one is followed by another."""
        super().remove(consumer)
        if consumer is self._active:
            key = attrgetter("priority") if self._by_priority else _no_matter
            self._active = max(self, key=key, default=None)

    def next(self) -> Consumer | None:
        """The active consumer, if it accepts a message."""
        active = self._active
        if active is None or active.parked:
            return None
        if active.accepts():
            return active
        self.park(active)
        return None


def _no_matter(_consumer: Consumer) -> int:
    return 0
