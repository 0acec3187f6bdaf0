"""Messages of a queue that wait for a consumer, in order.

Rules:
1. The order is that of arrival (within a priority); a message that comes back takes its old place.
2. A message's place in the order is its `position`, which it keeps for life.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, ClassVar, Final, Self

import msgspec

from hubemu.broker.core.message import Message
from hubemu.broker.wire.properties import priority

if TYPE_CHECKING:
    from hubemu.broker.core.consumer import Consumer
    from hubemu.broker.core.queue import MessageQueue

__all__ = ["PriorityReady", "QueuedMessage", "Ready", "ReturnedFirst"]


_WORTH_A_WALK: Final = 64
"""Messages that are walked through in the time in which one finds its place by itself."""


class QueuedMessage(msgspec.Struct, eq=False):
    """A message in one queue: its place there, when it expires, who holds it.

    `expires_at` is in seconds since the epoch, `weight` what it counts towards the memory limit;
    `deliveries` says how many times it came back, `back` whether it stands at the front for that.
    """

    queue: MessageQueue
    message: Message
    position: int
    expires_at: float | None
    weight: int
    redelivered: bool = False
    deliveries: int = 0
    consumer: Consumer | None = None
    back: bool = False


class Ready(deque[QueuedMessage]):
    """First in, first out; the interface a queue works with."""

    overtakes: ClassVar[bool] = False
    """Whether what comes may be before what is there."""

    def anew(self) -> Self:
        """An empty one of its kind."""
        return type(self)()

    def restore(self, messages: Sequence[QueuedMessage]) -> None:
        """Put back `messages`, sorted by position, where they belong.

        A few that belong behind many are put there one by one, without a walk through the many.
        """
        if not self or messages[-1].position < self[0].position:
            # As a rule; a search of a deque begins in its middle, which is far in a long one.
            self.extendleft(reversed(messages))
            return
        before = bisect_left(self, messages[-1].position, key=_position)
        if len(messages) * _WORTH_A_WALK < before:
            for queued in messages:
                self.insert(bisect_left(self, queued.position, key=_position), queued)
            return
        overtaken = [self.popleft() for _ in range(before)]
        merged = sorted(chain(overtaken, messages), key=_position)
        self.extendleft(reversed(merged))


class ReturnedFirst(Ready):
    """What comes back goes to the front, behind what came back before it."""

    def put_back(self, messages: Sequence[QueuedMessage]) -> None:
        """Put in `messages`, whatever their positions."""
        # Found when it is needed: counting them would cost everybody who takes a message.
        before = bisect_left(self, True, key=_is_not_back) if self and self[0].back else 0
        self.rotate(-before)
        self.extendleft(reversed(messages))
        self.rotate(before)
        for queued in messages:
            queued.back = True


class PriorityReady:
    """A queue with `x-max-priority`: higher first, and in order within each priority."""

    overtakes: ClassVar[bool] = True

    def __init__(self, max_priority: int) -> None:
        self._levels = [Ready() for _ in range(max_priority + 1)]
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> QueuedMessage:
        return self._highest()[index]

    def __iter__(self) -> Iterator[QueuedMessage]:
        return chain.from_iterable(reversed(self._levels))

    def append(self, queued: QueuedMessage) -> None:
        """Add behind those of the same priority."""
        self._level(queued).append(queued)
        self._length += 1

    def popleft(self) -> QueuedMessage:
        """Take the first of the highest priority."""
        queued = self._highest().popleft()
        self._length -= 1
        return queued

    def restore(self, messages: Sequence[QueuedMessage]) -> None:
        """Put back `messages`, sorted by position, where they belong."""
        by_level: dict[int, list[QueuedMessage]] = {}
        for queued in messages:
            by_level.setdefault(self._priority(queued), []).append(queued)
        for level, own in by_level.items():
            self._levels[level].restore(own)
        self._length += len(messages)

    def anew(self) -> PriorityReady:
        """An empty one with as many priorities."""
        return PriorityReady(len(self._levels) - 1)

    def _highest(self) -> Ready:
        return next(level for level in reversed(self._levels) if level)

    def _level(self, queued: QueuedMessage) -> Ready:
        return self._levels[self._priority(queued)]

    def _priority(self, queued: QueuedMessage) -> int:
        wanted = priority(queued.message.header) or 0
        return min(wanted, len(self._levels) - 1)


def _position(queued: QueuedMessage) -> int:
    return queued.position


def _is_not_back(queued: QueuedMessage) -> bool:
    return not queued.back
