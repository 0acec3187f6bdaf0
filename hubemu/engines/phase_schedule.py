"""Steps of the certificate migration that a Hub goes by itself, by its own clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeAlias

from hubemu.clock import Clock
from hubemu.settings import Phase
from hubemu.supervision import Supervision

__all__ = ["PhaseSchedule"]

Go: TypeAlias = Callable[[Phase], Coroutine[Any, Any, object]]


class PhaseSchedule:
    """Goes to each phase so many seconds after it was started: inside the event loop, `stop` it.

    Args:
        steps: phases and the seconds they come after; the earliest is gone first.
        go: goes to a phase.
        clock: the Hub's; who moves it past a step makes it go.
        supervision: is told of a step that fails.
    """

    def __init__(
        self, steps: Sequence[tuple[Phase, float]], go: Go, clock: Clock, supervision: Supervision
    ) -> None:
        self._steps = sorted(steps, key=lambda step: step[1])
        self._go = go
        self._clock = clock
        self._supervision = supervision
        self._since = 0.0
        self._done = 0
        self._alarm: asyncio.TimerHandle | None = None
        self._going: asyncio.Task[None] | None = None
        self._leave: Callable[[], None] | None = None

    def start(self) -> None:
        """Count from now on, every step still to come."""
        self._since, self._done = self._clock.now(), 0
        if self._leave is None:
            self._leave = self._clock.watch(self._arm)
        self._arm()

    async def stop(self) -> None:
        """Go no further; a step that is being gone is gone to its end. Safe to call twice."""
        if self._leave is not None:
            self._leave()
            self._leave = None
        self._disarm()
        if self._going is not None:
            await asyncio.wait((self._going,))

    def _disarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _arm(self) -> None:
        self._disarm()
        if self._done < len(self._steps):
            wait = self._since + self._steps[self._done][1] - self._clock.now()
            self._alarm = asyncio.get_running_loop().call_later(max(0.0, wait), self._fire)

    def _fire(self) -> None:
        self._alarm = None
        if self._going is None or self._going.done():
            self._going = self._supervision.once("the next phase", self._go_on)

    async def _go_on(self) -> None:
        """Go every step that is due."""
        while self._done < len(self._steps):
            phase, after = self._steps[self._done]
            if self._clock.now() < self._since + after:
                break
            self._done += 1
            await self._go(phase)
        self._arm()
