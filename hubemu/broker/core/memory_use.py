"""How much the broker holds, and when that is too much.

Rules:
1. A message counts once in each queue it is in, from its arrival until it is acknowledged,
   dropped or dead-lettered.
2. What is on its way there counts by its octets: bodies of which frames are missing, and messages
   of transactions that are not committed.
3. Pressure starts above a limit and ends below nine tenths of it, so that it does not flutter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hubemu.broker.core.limits import Limits
from hubemu.watchers import tell_each

__all__ = ["MemoryUse"]

_RELIEF: Final = 0.9


class MemoryUse:
    """Counts messages and body bytes in all queues; tells watchers when pressure comes or goes."""

    __slots__ = (
        "_limits",
        "_most_bytes",
        "_most_messages",
        "_watchers",
        "bytes",
        "messages",
        "under_pressure",
    )

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._most_bytes = limits.queued_bytes
        self._most_messages = limits.queued_messages
        self._watchers: list[Callable[[bool], None]] = []
        self.bytes = 0
        self.messages = 0
        self.under_pressure = False

    def add(self, size: int) -> None:
        """A message of `size` bytes came into a queue."""
        self.messages += 1
        self.bytes += size
        passed = self.bytes > self._most_bytes or self.messages > self._most_messages
        if passed and not self.under_pressure:
            self._tell(True)

    def remove(self, size: int) -> None:
        """A message of `size` bytes left a queue."""
        self.messages -= 1
        self.bytes -= size
        if self.under_pressure:
            self.review()

    def hold(self, size: int) -> None:
        """So many bytes are held outside of queues from now on."""
        self.bytes += size
        if self.bytes > self._most_bytes and not self.under_pressure:
            self._tell(True)

    def count(self, size: int) -> None:
        """So many bytes more are held outside of queues, or fewer; told with the next change.

        After fewer `review` must follow, once they are where they go.
        """
        self.bytes += size

    def review(self) -> None:
        """See whether pressure is over."""
        if self.under_pressure and not self._exceeds(_RELIEF):
            self._tell(False)

    @property
    def full(self) -> bool:
        """Whether publishing must be refused."""
        return self.under_pressure and self._exceeds(self._limits.refuse_factor)

    def watch(self, changed: Callable[[bool], None]) -> Callable[[], None]:
        """Call `changed(under_pressure)` on each change; gives the function that ends it."""
        self._watchers.append(changed)
        return lambda: self._watchers.remove(changed)

    def _exceeds(self, factor: float) -> bool:
        limits = self._limits
        return (
            self.bytes > limits.queued_bytes * factor
            or self.messages > limits.queued_messages * factor
        )

    def _tell(self, under_pressure: bool) -> None:
        self.under_pressure = under_pressure
        tell_each(self._watchers, under_pressure)
