"""The dispatcher in the broker's own process: it consumes, judges and publishes by plain calls.

Deliveries are only put aside when they arrive; they are treated in turns of the event loop, each
bounded in number and time, so that sockets, timers and the control API get their share.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from hubemu.clock import Clock
from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.converter import Converter
from hubemu.dispatcher.lane import Lane, Services
from hubemu.dispatcher.ledger import Ledger
from hubemu.dispatcher.metrics import Metrics
from hubemu.journal import Journal

if TYPE_CHECKING:
    from hubemu.broker.core import Broker

__all__ = ["Dispatcher"]

TURN_MESSAGES = 64
TURN_SECONDS = 0.005
"""A turn ends after so many messages or so long, whichever comes first."""


class Dispatcher:
    """The dispatcher of every vHost: `start` it in a running event loop, `stop` it, start again.

    Args:
        contexts: what the checks need to know of each vHost, by name.
        broker: where the vHosts live.
        journal: keeps every message judged.
        metrics: counts them.
        clock: the Hub's time.
        converter: makes CISU conversions; without one, messages that need it are refused.
        unique: gives a UUID for each error report.
    """

    def __init__(
        self,
        contexts: Mapping[str, VHostContext],
        broker: Broker,
        *,
        journal: Journal,
        metrics: Metrics,
        clock: Clock,
        converter: Converter | None = None,
        unique: Callable[[], str] = lambda: str(uuid4()),
    ) -> None:
        self.contexts = contexts
        self._converter = converter
        services = Services(clock, converter, journal.new_id, unique)
        self._lanes = {
            name: Lane(
                broker.vhosts[name],
                context,
                Ledger(context, journal, metrics),
                services,
                self._wake,
            )
            for name, context in contexts.items()
        }
        self._awake: dict[Lane, None] = {}
        self._running = False
        self._turn: asyncio.Handle | None = None

    @property
    def running(self) -> bool:
        """Whether it consumes."""
        return self._running

    def start(self) -> None:
        """Consume on every vHost; must be called inside the event loop."""
        if self._running:
            return
        self._running = True
        for lane in self._lanes.values():
            lane.start()

    async def stop(self) -> None:
        """Consume no more; what is not settled stays in its queue. Safe to call twice."""
        self._running = False
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        for lane in self._lanes.values():
            await lane.stop()
        if self._converter is not None:
            await self._converter.close()

    def health(self) -> dict[str, Any]:
        """Facts for the health page: `lastError` is the last fault of ours, if there was one."""
        lanes = self._lanes
        faults = [(lane.faulted_at, lane.last_fault) for lane in lanes.values() if lane.last_fault]
        return {
            "running": self._running,
            "consuming": [name for name, lane in lanes.items() if lane.consuming],
            "inFlight": sum(lane.in_flight for lane in lanes.values()),
            "lastError": max(faults)[1] if faults else None,
        }

    def _wake(self, lane: Lane) -> None:
        self._awake[lane] = None
        if self._turn is None and self._running:
            self._turn = asyncio.get_running_loop().call_soon(self._take_turn)

    def _take_turn(self) -> None:
        """Treat a bounded number of deliveries, one vHost after the other."""
        self._turn = None
        end = perf_counter() + TURN_SECONDS
        left = TURN_MESSAGES
        while self._awake and left:
            lane = next(iter(self._awake))
            del self._awake[lane]
            if not lane.ready:
                continue
            lane.work()
            if lane.ready:
                self._awake[lane] = None  # last in turn
            left -= 1
            if perf_counter() >= end:
                break
        if self._awake and self._turn is None:
            self._turn = asyncio.get_running_loop().call_soon(self._take_turn)
