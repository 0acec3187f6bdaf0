"""The turns in which a broker's work on many messages is done: one part in each of the loop's."""

from __future__ import annotations

import asyncio
from typing import Final

from hubemu.broker.core import Broker

__all__ = ["BacklogTurns"]


_DISK_SECONDS: Final = 0.002
"""How long a turn is put off while the disk has enough to do."""


class BacklogTurns:
    """Gives a broker's backlog its turns, between those of everything else in the event loop.

    None comes while much is to be written: who publishes would wait for all of it.
    """

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._backlog = broker.backlog

    def start(self) -> None:
        """Begin; must be called inside the event loop."""
        loop = asyncio.get_running_loop()
        self._backlog.drive(lambda: loop.call_soon(self._turn))

    def _turn(self) -> None:
        if self._broker.burdened:
            asyncio.get_running_loop().call_later(_DISK_SECONDS, self._turn)
        else:
            self._backlog.turn()

    def stop(self) -> None:
        """Do what is left, at once. Idempotent."""
        self._backlog.drive(None)

    async def done(self) -> None:
        """Wait until nothing is left of what was begun, while others are served."""
        while self._backlog:
            await asyncio.sleep(_DISK_SECONDS if self._broker.burdened else 0)
