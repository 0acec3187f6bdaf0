"""How long a batch grows before it is written: what comes and goes meanwhile needs no disk.

Rules:
1. A batch for which nobody waits may grow for a while.
2. One that is awaited is written at once, unless consumers have, or are about to get, all that it
   adds. Then it may grow as long as they go on acknowledging, within bounds: a message that was
   acknowledged is as safe as one on disk (RabbitMQ confirms it then, too).
3. Where that gained nothing it is not tried for some of the next batches, each time for more.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from hubemu.broker.store.batch import Batch

__all__ = ["Patience"]

_PATIENCE_SECONDS = 0.01
_AWAITED_SECONDS = 0.025
"""The same while somebody waits and acknowledgements come: as long as a hundred messages take."""
_SILENCE_SECONDS = 0.002
"""How long none may come meanwhile: about as long as a disk takes."""
_MOST_PASSED_OVER: Final = 64


class Patience:
    """The time given to batches, one after the other, until `end`."""

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self._awaited = False
        self._ended = False
        self._passed_over = 0
        self._to_pass_over = 0

    def waits(self) -> None:
        """Somebody begins to wait."""
        self._news.set()

    def spared(self) -> None:
        """Everything that was to be added has gone."""
        if self._awaited:
            self._news.set()

    def end(self) -> None:
        """Have none any more."""
        self._ended = True
        self._news.set()

    async def with_(self, batch: Batch) -> None:
        """Let `batch` grow."""
        if not (batch.awaited or self._ended):
            await self._next_news(_PATIENCE_SECONDS)
        if batch.awaited and self._may_pay(batch):
            self._awaited = True
            await self._while_acknowledged(batch)
            self._awaited = False
            self._learn(batch)

    async def _while_acknowledged(self, batch: Batch) -> None:
        now = asyncio.get_running_loop().time
        end = now() + _AWAITED_SECONDS
        while batch.added and not (batch.holding or self._ended):
            spared = batch.spared
            left = min(_SILENCE_SECONDS, end - now())
            if left <= 0 or not (await self._next_news(left) or batch.spared > spared):
                return

    async def _next_news(self, seconds: float) -> bool:
        """Wait for news, not longer than that; whether there are any."""
        self._news.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await self._news.wait()
        return False

    def _may_pay(self, batch: Batch) -> bool:
        """Whether all that would be added may go before it has to be written (rules 2 and 3)."""
        if not batch.added or batch.holding:
            return False
        if self._to_pass_over:
            self._to_pass_over -= 1
            return False
        return all(queue.in_use for queue in {one.queue for one in batch.added.values()})

    def _learn(self, batch: Batch) -> None:
        """Most went: try again at once. Else pass over twice as many batches as last time."""
        gained = batch.spared > len(batch.added)
        self._passed_over = 0 if gained else min(_MOST_PASSED_OVER, 2 * self._passed_over + 1)
        self._to_pass_over = self._passed_over
