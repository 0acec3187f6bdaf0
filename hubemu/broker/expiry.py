"""The timer behind a broker's time-to-lives."""

from __future__ import annotations

from collections.abc import Callable

from hubemu.alarm import Alarm
from hubemu.broker.core import Broker
from hubemu.clock import Clock
from hubemu.supervision import Supervision

__all__ = ["ExpiryTimer"]

_RETRY_SECONDS = 1.0


class ExpiryTimer:
    """Calls `broker.expire()` when something is due, whoever moves the clock."""

    def __init__(self, broker: Broker, clock: Clock, supervision: Supervision) -> None:
        self._broker = broker
        self._clock = clock
        self._supervision = supervision
        self._alarm = Alarm(clock, broker.next_deadline, self._expire)
        self._leave: Callable[[], None] | None = None

    def start(self) -> None:
        """Begin; must be called inside the event loop."""
        self._leave = self._clock.watch(self._expire)  # a move of the clock tells at once
        self._alarm.start(self._broker.watch_deadline)

    def stop(self) -> None:
        """End; nothing expires any more."""
        if self._leave is not None:
            self._leave()
            self._leave = None
        self._alarm.stop()

    def _expire(self) -> None:
        well = self._supervision.guard("expiry of messages and queues", self._broker.expire)
        self._alarm.set(least=0.0 if well else _RETRY_SECONDS)
