"""The one source of time: movable, so that nobody waits for a time-to-live.

Everything that depends on time (TTL, expiry, certificate validity, reports) takes a `Clock`.
Only network deadlines (handshake, heartbeat) use the event loop's own time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from hubemu.watchers import tell_each

__all__ = ["Clock"]


class Clock:
    """Wall clock of a Hub, which can be moved forward.

    Args:
        source: where real time comes from, in seconds since the epoch.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._offset = 0.0
        self._watchers: list[Callable[[], None]] = []

    def now(self) -> float:
        """Seconds since the epoch, UTC, as this clock tells it."""
        return self._source() + self._offset

    def datetime(self) -> datetime:
        """The same instant as an aware UTC datetime."""
        return datetime.fromtimestamp(self.now(), UTC)

    @property
    def offset(self) -> float:
        """Seconds this clock is ahead of real time."""
        return self._offset

    def advance(self, seconds: float) -> None:
        """Move forward by `seconds` and tell every watcher.

        Raises:
            ValueError: `seconds` is negative; a broker's clock never goes back.
        """
        if seconds < 0:
            raise ValueError("a clock is moved forward only: give a positive number of seconds")
        self._offset += seconds
        self._tell()

    def reset(self) -> None:
        """Return to real time and tell every watcher."""
        self._offset = 0.0
        self._tell()

    def return_to(self, offset: float) -> None:
        """Be so many seconds ahead of real time, as it was before, and tell every watcher."""
        self._offset = offset
        self._tell()

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed` after each move; gives the function that ends the watch."""
        self._watchers.append(changed)
        return lambda: self._watchers.remove(changed)

    def _tell(self) -> None:
        tell_each(self._watchers)
