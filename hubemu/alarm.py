"""Deadlines by a clock that anybody may move: one alarm in the event loop, for the earliest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from hubemu.clock import Clock
from hubemu.supervision import Supervision

__all__ = ["Alarm", "DueWork", "Watch"]

Watch: TypeAlias = Callable[[Callable[[], None]], Callable[[], None]]
"""Has a call made whenever deadlines have changed; gives how to leave."""
_NextDeadline: TypeAlias = Callable[[], float | None]
"""By the clock, in seconds; `None`: nothing will be due."""


class Alarm:
    """Calls when something is due: `start` it inside the event loop, `stop` it.

    Args:
        clock: the Hub's.
        next_deadline: when.
        due: is called then; who wants to be called again sets the alarm.
    """

    def __init__(
        self, clock: Clock, next_deadline: _NextDeadline, due: Callable[[], object]
    ) -> None:
        self._clock = clock
        self._next_deadline = next_deadline
        self._due = due
        self._handle: asyncio.TimerHandle | None = None
        self._leave: list[Callable[[], None]] = []

    def start(self, *changes: Watch) -> None:
        """Begin, and set it again at each change and each move of the clock."""
        if not self._leave:
            self._leave = [watch(self.set) for watch in (self._clock.watch, *changes)]
        self.set()

    def stop(self) -> None:
        """End; nothing is called any more. Safe to call twice."""
        for leave in self._leave:
            leave()
        self._leave.clear()
        self._cancel()

    def set(self, least: float = 0.0) -> None:
        """Call at the next deadline, in `least` seconds at the soonest."""
        self._cancel()
        deadline = self._next_deadline()
        if deadline is not None:
            left = deadline - self._clock.now()
            if left > 0 and self._clock.stands:
                return  # who moves it has the alarm set again
            wait = max(least, left)
            self._handle = asyncio.get_running_loop().call_later(wait, self._ring)

    def _ring(self) -> None:
        self._handle = None
        self._due()

    def _cancel(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None


class DueWork:
    """Has work that takes its time done when it is due, never twice at once.

    Args:
        name: of the work, for whoever reads that it failed.
        work: does all that is due.
        next_deadline: when something will be.
        clock: the Hub's.
        supervision: watches the work.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], Coroutine[Any, Any, None]],
        next_deadline: _NextDeadline,
        clock: Clock,
        supervision: Supervision,
    ) -> None:
        self._name = name
        self._work = work
        self._supervision = supervision
        self._alarm = Alarm(clock, next_deadline, self._begin)
        self._doing: asyncio.Task[None] | None = None

    def start(self, *changes: Watch) -> None:
        """Begin, inside the event loop; see `Alarm`."""
        self._alarm.start(*changes)

    async def stop(self) -> None:
        """End; work that is under way is done first. Safe to call twice."""
        self._alarm.stop()
        if self._doing is not None:
            await asyncio.wait((self._doing,))
            self._alarm.stop()

    def _begin(self) -> None:
        if self._doing is None or self._doing.done():
            self._doing = self._supervision.once(self._name, self._do)

    async def _do(self) -> None:
        await self._work()
        self._alarm.set()
