"""The timer behind a broker's time-to-lives: one alarm in the event loop, for the earliest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hubemu.broker.core import Broker
from hubemu.clock import Clock
from hubemu.supervision import Supervision

__all__ = ["ExpiryTimer"]

_RETRY_SECONDS = 1.0


class ExpiryTimer:
    """Calls `broker.expire()` when something is due, whoever moves the clock."""

    def __init__(self, broker: Broker, clock: Clock, supervision: Supervision) -> None:
        self._broker = broker
        self._supervision = supervision
        self._clock = clock
        self._alarm: asyncio.TimerHandle | None = None
        self._leave: list[Callable[[], None]] = []

    def start(self) -> None:
        """Begin; must be called inside the event loop."""
        self._leave = [self._clock.watch(self._fire), self._broker.watch_deadline(self._arm)]
        self._arm()

    def stop(self) -> None:
        """End; nothing expires any more."""
        for leave in self._leave:
            leave()
        self._leave.clear()
        self._disarm()

    def _disarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _arm(self, least: float = 0.0) -> None:
        self._disarm()
        deadline = self._broker.next_deadline()
        if deadline is not None:
            delay = max(least, deadline - self._clock.now())
            self._alarm = asyncio.get_running_loop().call_later(delay, self._fire)

    def _fire(self) -> None:
        well = self._supervision.guard("expiry of messages and queues", self._broker.expire)
        self._arm(least=0.0 if well else _RETRY_SECONDS)
