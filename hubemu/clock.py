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
        begins: where it is at its start, in seconds since the epoch; by default where real time is.
        stands: whether it goes on only when it is moved.
    """

    def __init__(
        self,
        source: Callable[[], float] = time.time,
        *,
        begins: float | None = None,
        stands: bool = False,
    ) -> None:
        self._real = source
        start = source() if begins is None else begins
        self._source: Callable[[], float] = (lambda: start) if stands else source
        self._begins = begins
        self.stands = stands
        """Whether it goes on only when it is moved."""
        self._offset = self._first_offset()
        self._watchers: list[Callable[[], None]] = []

    def now(self) -> float:
        """Seconds since the epoch, UTC, as this clock tells it."""
        return self._source() + self._offset

    def real_datetime(self) -> datetime:
        """The instant by real time, which others go by."""
        return datetime.fromtimestamp(self._real(), UTC)

    def datetime(self) -> datetime:
        """The same instant as an aware UTC datetime."""
        return datetime.fromtimestamp(self.now(), UTC)

    @property
    def begins(self) -> float | None:
        """Where it is at its start; `None`: where real time is."""
        return self._begins

    @property
    def offset(self) -> float:
        """Seconds this clock is ahead of real time, negative if it is behind."""
        return self._offset if self._is_real else self.now() - self._real()

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
        """Return to the start, or to real time, and tell every watcher."""
        self._offset = self._first_offset()
        self._tell()

    def return_to(self, at: float, offset: float) -> None:
        """Return to where it was and tell every watcher: as far ahead of real time, or, where it
        has nothing to do with that, to the instant itself."""
        self._offset = offset if self._is_real else at - self._source()
        self._tell()

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed` after each move; gives the function that ends the watch."""
        self._watchers.append(changed)
        return lambda: self._watchers.remove(changed)

    @property
    def _is_real(self) -> bool:
        """Whether it goes with real time, but for what it was moved by."""
        return self._begins is None and not self.stands

    def _first_offset(self) -> float:
        return 0.0 if self._begins is None else self._begins - self._source()

    def _tell(self) -> None:
        tell_each(self._watchers)
