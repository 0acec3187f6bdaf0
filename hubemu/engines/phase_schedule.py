"""Steps of the certificate migration that a Hub goes by itself, by its own clock."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeAlias

from hubemu.alarm import DueWork
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
        self._since = 0.0
        self._done = 0
        self._going = DueWork(
            "the next phase", self._go_on, self._next_deadline, clock, supervision
        )

    def start(self) -> None:
        """Count from now on, every step still to come."""
        self._since, self._done = self._clock.now(), 0
        self._going.start()

    def gone(self) -> tuple[float, int]:
        """How many seconds it has counted, and how many steps it has gone."""
        return self._clock.now() - self._since, self._done

    def go_on(self, seconds: float, done: int) -> None:
        """Count on from there (`gone`)."""
        self._since, self._done = self._clock.now() - seconds, done
        self._going.start()

    async def stop(self) -> None:
        """Go no further; a step that is being gone is gone to its end. Safe to call twice."""
        await self._going.stop()

    def _next_deadline(self) -> float | None:
        if self._done == len(self._steps):
            return None
        return self._since + self._steps[self._done][1]

    async def _go_on(self) -> None:
        """Go every step that is due."""
        while (due := self._next_deadline()) is not None and due <= self._clock.now():
            phase, _ = self._steps[self._done]
            self._done += 1
            await self._go(phase)
