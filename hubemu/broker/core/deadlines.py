"""When queues have something to do for time alone: a message or the queue itself expires.

A queue arms itself for its earliest deadline and is called back then; one that has nothing to do
any more by that time simply arms itself anew. So consuming messages costs nothing here.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from itertools import count
from typing import Final, Protocol, TypeAlias

from hubemu.watchers import tell_each

__all__ = ["Deadlines", "Timed"]


_SLACK: Final = 64
"""Entries for which the heap is not worth rebuilding."""


class Timed(Protocol):
    """Something with deadlines."""

    def on_deadline(self, now: float) -> None:
        """The time it armed itself for has come."""


_Entry: TypeAlias = tuple[float, int, Timed]
"""When, and in which order of arming, somebody is called."""


class Deadlines:
    """The deadlines of all queues of a broker, in seconds of its clock.

    Each queue has one at most. What is replaced or disarmed stays in the heap for a while, but the
    heap is never larger than twice what is armed, and a little.
    """

    def __init__(self) -> None:
        self._heap: list[_Entry] = []
        self._armed: dict[Timed, _Entry] = {}
        self._order = count()
        self._watchers: list[Callable[[], None]] = []

    def __len__(self) -> int:
        """How many entries are kept, gone ones included."""
        return len(self._heap)

    def arm(self, at: float, timed: Timed) -> None:
        """Have `timed` called at `at`, and no longer when it was armed for before."""
        before = self.next()
        entry = self._armed[timed] = (at, next(self._order), timed)
        heapq.heappush(self._heap, entry)
        self._sweep()
        if before is None or at < before:
            tell_each(self._watchers)

    def disarm(self, timed: Timed) -> None:
        """Call `timed` no more: it is gone."""
        if self._armed.pop(timed, None) is not None:
            self._sweep()

    def next(self) -> float | None:
        """The earliest deadline."""
        heap = self._heap
        while heap and self._armed.get(heap[0][2]) is not heap[0]:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def due(self, now: float) -> Iterator[Timed]:
        """Take out, one by one, those whose time has come by `now`."""
        while (earliest := self.next()) is not None and earliest <= now:
            timed = heapq.heappop(self._heap)[2]
            del self._armed[timed]
            yield timed

    def watch(self, earlier: Callable[[], None]) -> Callable[[], None]:
        """Call `earlier` when `next()` becomes earlier; gives the function that ends it."""
        self._watchers.append(earlier)
        return lambda: self._watchers.remove(earlier)

    def _sweep(self) -> None:
        """Rebuild the heap once most of it is gone, so that an entry costs a constant time."""
        if len(self._heap) > 2 * len(self._armed) + _SLACK:
            self._heap = list(self._armed.values())
            heapq.heapify(self._heap)
