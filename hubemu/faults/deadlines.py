"""The timer that ends rules whose seconds are over, whoever moves the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hubemu.clock import Clock
from hubemu.faults.book import RuleBook
from hubemu.supervision import Supervision

__all__ = ["RuleTimer"]


class RuleTimer:
    """Has a book end what is due: `start` it inside the event loop, `stop` it."""

    def __init__(self, book: RuleBook, clock: Clock, supervision: Supervision) -> None:
        self._book = book
        self._clock = clock
        self._supervision = supervision
        self._leave: list[Callable[[], None]] = []
        self._alarm: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._leave = [self._clock.watch(self._arm), self._book.watch_deadlines(self._arm)]
        self._arm()

    async def stop(self) -> None:
        """End; what is being ended is ended first."""
        for leave in self._leave:
            leave()
        self._leave.clear()
        self._disarm()
        if self._ending is not None:
            await asyncio.wait((self._ending,))

    def _disarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _arm(self) -> None:
        self._disarm()
        deadline = self._book.next_deadline()
        if deadline is not None:
            wait = max(0.0, deadline - self._clock.now())
            self._alarm = asyncio.get_running_loop().call_later(wait, self._fire)

    def _fire(self) -> None:
        self._alarm = None
        if self._ending is None or self._ending.done():
            self._ending = self._supervision.once("the end of fault rules", self._end_due)

    async def _end_due(self) -> None:
        await self._book.end_due()
        self._arm()
