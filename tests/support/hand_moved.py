"""Time that goes on when a test says so."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable

__all__ = ["HandMoved"]


class _Call:
    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback: Callable[[], object] | None = callback

    def cancel(self) -> None:
        """Do not call."""
        self.callback = None


class HandMoved:
    """`Timers` whose time stands still but for `to`."""

    def __init__(self) -> None:
        self._now = 0.0
        self._calls: list[tuple[float, int, _Call]] = []
        self._numbers = itertools.count()

    @property
    def waiting(self) -> int:
        """Calls that are still to come."""
        return sum(call.callback is not None for _, _, call in self._calls)

    def time(self) -> float:
        """Now, in seconds."""
        return self._now

    def call_at(self, when: float, callback: Callable[[], object], /) -> _Call:
        """Call when time has come."""
        call = _Call(callback)
        heapq.heappush(self._calls, (when, next(self._numbers), call))
        return call

    def to(self, when: float) -> None:
        """Let time pass until `when`; what is due is called, each at its instant."""
        while self._calls and self._calls[0][0] <= when:
            due, _, call = heapq.heappop(self._calls)
            self._now = max(self._now, due)
            if call.callback is not None:
                call.callback()
        self._now = when
