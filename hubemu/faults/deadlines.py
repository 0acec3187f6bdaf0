"""The timer that ends rules whose seconds are over, whoever moves the clock."""

from __future__ import annotations

from hubemu.alarm import DueWork
from hubemu.clock import Clock
from hubemu.faults.book import RuleBook
from hubemu.supervision import Supervision

__all__ = ["RuleTimer"]


class RuleTimer:
    """Has a book end what is due: `start` it inside the event loop, `stop` it."""

    def __init__(self, book: RuleBook, clock: Clock, supervision: Supervision) -> None:
        self._book = book
        self._ending = DueWork(
            "the end of fault rules", book.end_due, book.next_deadline, clock, supervision
        )

    def start(self) -> None:
        """Begin."""
        self._ending.start(self._book.watch_deadlines)

    async def stop(self) -> None:
        """End; what is being ended is ended first."""
        await self._ending.stop()
