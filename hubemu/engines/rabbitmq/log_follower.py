"""Follows the log of a node and tells the Hub what it says of clients."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hubemu.broker.protocol.refused import Refused
from hubemu.clock import Clock
from hubemu.engines.rabbitmq.handshakes import HandshakeTeller
from hubemu.engines.rabbitmq.log_tail import LogTail
from hubemu.engines.rabbitmq.nodelog import Connected, LogReader, TlsAlert
from hubemu.events import ConnectionLog
from hubemu.supervision import Supervision
from hubemu.topology import DISPATCHER, Topology

__all__ = ["LogFollower"]

_LOOK = 0.2
"""Seconds between two looks into the log."""


class LogFollower:
    """Reads a log file from where it ends now; `start` it in the event loop, `stop` it.

    Args:
        file: what the node writes.
        topology: who its users are.
        clock: the Hub's time.
        log: is told.
        supervision: keeps it alive.
        connected: is told of each client of the Hub that is connected.
        handshakes: knows whose handshakes are refused, if a relay sees them.
    """

    def __init__(
        self,
        file: Path,
        topology: Topology,
        clock: Clock,
        log: ConnectionLog,
        supervision: Supervision,
        connected: Callable[[Connected], None] = lambda _connected: None,
        handshakes: HandshakeTeller | None = None,
    ) -> None:
        self._file = file
        self._topology = topology
        self._clock = clock
        self._log = log
        self._supervision = supervision
        self._tell_connected = connected
        self._handshakes = handshakes
        self._tail: LogTail | None = None
        self._reader = LogReader()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Follow the log from now on (OSError: it cannot be read)."""
        tail = self._tail = LogTail(self._file)
        self._task = self._supervision.keep(
            f"reading {self._file.name}", lambda: self._follow(tail)
        )

    async def stop(self) -> None:
        """Follow it no more. Safe to call twice."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait((task,))
        if self._tail is not None:
            self._tail.close()
            self._tail = None

    async def _follow(self, tail: LogTail) -> None:
        quiet = False
        while True:
            # Told or not, it is never read again: a line that fails must not fail for ever.
            text = tail.read()
            self._tell(self._reader.feed(text))
            if text:
                quiet = False
                await asyncio.sleep(0)
                continue
            if quiet:  # a writer may be between two lines of one entry
                self._tell(self._reader.pause())
            quiet = True
            await asyncio.sleep(_LOOK)

    def _tell(self, told: Iterator[Connected | Refused | TlsAlert]) -> None:
        for one in told:
            if isinstance(one, Connected):
                self._connected(one)
            elif isinstance(one, TlsAlert):
                tell = self._log.alert if self._handshakes is None else self._handshakes.alert
                tell(f"{one.alert}: {one.detail}" if one.detail else one.alert)
            elif one.user != DISPATCHER:
                self._log.refuse(one, self._clock.now())
                if self._handshakes is not None:
                    self._handshakes.refused_later(one)

    def _connected(self, connected: Connected) -> None:
        if connected.user == DISPATCHER:
            return
        facts: dict[str, Any] = {
            "client": self._topology.users.get(connected.user),
            "user": connected.user,
            "vhost": connected.vhost,
            "peer": connected.peer,
            "tlsVersion": None,
            "certificate": {"commonName": connected.user},
            "product": None,
            "productVersion": None,
        }
        self._log.connected(facts)
        self._tell_connected(connected)
