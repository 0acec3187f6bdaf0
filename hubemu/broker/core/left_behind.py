"""Much that a channel leaves when it ends, put back part by part.

Rules:
1. Nobody is handed anything of a queue while its messages come back.
2. Whoever takes one of its messages, or asks how many there are, finds all of them back
   (`MessageQueue.complete_returns`).
3. Their order is as if they came back at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice

from hubemu.broker.core.backlog import PART
from hubemu.broker.core.queue import MessageQueue
from hubemu.broker.core.ready import QueuedMessage

__all__ = ["LeftBehind"]


class LeftBehind:
    """Deliveries of one channel, of which there are many, on their way back to their queues."""

    def __init__(self, deliveries: Iterable[QueuedMessage]) -> None:
        self._unsorted = iter(deliveries)
        self._sorted: dict[MessageQueue, dict[str, deque[QueuedMessage]]] = {}

    def part(self) -> bool:
        """Sort a part by queue, or put one back; whether nothing is left."""
        if not self._sort():
            self._put_back()
        return not self._sorted

    def complete(self) -> None:
        """Put back all at once."""
        while not self.part():
            pass

    def _sort(self) -> bool:
        """Sort a part; False if all are."""
        found = False
        for queued in islice(self._unsorted, PART):
            found = True
            queue = queued.queue
            groups = self._sorted.get(queue)
            if groups is None:
                groups = self._sorted[queue] = {}
                queue.begin_return(self.complete)
            groups.setdefault(queue.type.left_group(queued), deque()).append(queued)
        return found

    def _put_back(self) -> None:
        """Put back a part of the first queue, which goes on when it has all."""
        queue = next(iter(self._sorted), None)
        if queue is None:
            return
        groups = self._sorted[queue]
        first = min(groups)
        queue.requeue(_taken(groups[first], from_end=queue.type.comes_to_old_place))
        if not groups[first]:
            del groups[first]
        if not groups:
            del self._sorted[queue]
            queue.end_return(self.complete)


def _taken(group: deque[QueuedMessage], *, from_end: bool) -> list[QueuedMessage]:
    """A part of a group. Where each finds its own place, the last come first: all others go before
    them, which needs no search."""
    count = min(PART, len(group))
    if from_end:
        return [group.pop() for _ in range(count)][::-1]
    return [group.popleft() for _ in range(count)]
