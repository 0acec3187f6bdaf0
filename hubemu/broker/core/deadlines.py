"""When queues have something to do for time alone: a message or the queue itself expires.

A queue arms itself for its earliest deadline and is called back then; one that has nothing to do
any more by that time simply arms itself anew. So consuming messages costs nothing here.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from itertools import count
from typing import Protocol

__all__ = ["Deadlines", "Timed"]


class Timed(Protocol):
    """Something with deadlines."""

    def on_deadline(self, now: float) -> None:
        """The time it armed itself for has come."""


class Deadlines:
    """The deadlines of all queues of a broker, in seconds of its clock."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timed]] = []
        self._order = count()
        self._watchers: list[Callable[[], None]] = []

    def arm(self, at: float, timed: Timed) -> None:
        """Have `timed` called at `at`."""
        earlier = not self._heap or at < self._heap[0][0]
        heapq.heappush(self._heap, (at, next(self._order), timed))
        if earlier:
            for changed in tuple(self._watchers):
                changed()

    def next(self) -> float | None:
        """The earliest deadline."""
        return self._heap[0][0] if self._heap else None

    def due(self, now: float) -> Iterator[Timed]:
        """Take out, one by one, those whose time has come by `now`."""
        while self._heap and self._heap[0][0] <= now:
            yield heapq.heappop(self._heap)[2]

    def watch(self, earlier: Callable[[], None]) -> Callable[[], None]:
        """Call `earlier` when `next()` becomes earlier; gives the function that ends it."""
        self._watchers.append(earlier)
        return lambda: self._watchers.remove(earlier)
