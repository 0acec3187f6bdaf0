"""The turns in which a broker's work on many messages is done: one part in each of the loop's."""

from __future__ import annotations

import asyncio

from hubemu.broker.core import Broker

__all__ = ["BacklogTurns"]


class BacklogTurns:
    """Gives a broker's backlog its turns, between those of everything else in the event loop."""

    def __init__(self, broker: Broker) -> None:
        self._backlog = broker.backlog

    def start(self) -> None:
        """Begin; must be called inside the event loop."""
        loop = asyncio.get_running_loop()
        self._backlog.drive(lambda: loop.call_soon(self._backlog.turn))

    def stop(self) -> None:
        """Do what is left, at once. Idempotent."""
        self._backlog.drive(None)

    async def done(self) -> None:
        """Wait until nothing is left of what was begun, while others are served."""
        while self._backlog:
            await asyncio.sleep(0)
