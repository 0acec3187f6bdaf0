"""Who waits for the journal: one-off waiters and streams, woken by changes, never polling."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from hubemu.journal.entry import Entry
from hubemu.journal.query import Filters

__all__ = ["Missed", "RowChange", "Subscription", "Waiter"]


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row as it stands after a change; or what another source offers, under its own `name`."""

    row: dict[str, Any]
    name: str = "message"


@dataclass(frozen=True, slots=True)
class Missed:
    """So many changes were lost because the subscriber reads too slowly."""

    count: int


class Waiter:
    """Wakes once something after `number` that passes the filters has changed."""

    def __init__(self, filters: Filters, number: int) -> None:
        self._filters = filters
        self._number = number
        self._woken = asyncio.get_running_loop().create_future()

    def told(self, entry: Entry) -> None:
        """An entry has changed."""
        if self._woken.done() or entry.number <= self._number:
            return
        if self._filters.match(entry):
            self._woken.set_result(None)

    def forgotten(self) -> None:
        """Whatever comes is still to come."""

    async def wait(self, timeout: float) -> None:
        """Return when woken, or after `timeout` seconds."""
        await asyncio.wait((self._woken,), timeout=timeout)


class Subscription:
    """A stream of changes with a bounded queue; a slow reader loses the oldest and is told.

    Iterate it (`async for`) and close it; it ends when it is closed from elsewhere.
    """

    def __init__(
        self, filters: Filters, max_pending: int, on_close: Callable[[Subscription], None]
    ) -> None:
        self._filters = filters
        self._pending: deque[RowChange] = deque(maxlen=max_pending)
        self._missed = 0
        self._on_close = on_close
        self._closed = False
        self._wake = asyncio.Event()

    def told(self, entry: Entry) -> None:
        """An entry has changed."""
        if self._filters.match(entry):
            self.offer(RowChange(entry.row()))

    def forgotten(self) -> None:
        """Every message was forgotten: the rows before it are no more."""
        self.offer(RowChange({}, "forgotten"))

    def offer(self, change: RowChange) -> None:
        """Put a change into the stream."""
        if len(self._pending) == self._pending.maxlen:
            self._missed += 1
        self._pending.append(change)
        self._wake.set()

    def close(self) -> None:
        """End the stream; what is pending is forgotten."""
        if not self._closed:
            self._closed = True
            self._on_close(self)
            self._wake.set()

    async def next(self) -> RowChange | Missed | None:
        """The next change, or how many were missed; `None` once closed."""
        while not (self._pending or self._closed):
            self._wake.clear()
            await self._wake.wait()
        if self._closed:
            return None
        if self._missed:
            missed, self._missed = self._missed, 0
            return Missed(missed)
        return self._pending.popleft()

    async def __aiter__(self) -> AsyncIterator[RowChange | Missed]:
        while (change := await self.next()) is not None:
            yield change
