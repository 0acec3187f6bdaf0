"""Heartbeats that do not come; the event is a connection that should get some."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from hubemu.broker.open_connection import OpenConnection
from hubemu.broker.protocol.connection import Connection
from hubemu.faults.broker.place import BrokerPlace
from hubemu.faults.fault import Fault

__all__ = ["Heartbeats"]


class Heartbeats:
    """`stall-heartbeats`: whatever else there is to say is said."""

    def __init__(self, place: BrokerPlace) -> None:
        self._place = place
        self._faults: list[Fault] = []
        self._holders: WeakKeyDictionary[Connection, set[str]] = WeakKeyDictionary()

    def begin(self, fault: Fault) -> None:
        """See `Effect`."""
        self._faults.append(fault)
        for opened in self._place.connections(fault):
            self._strike(fault, opened)

    def end(self, fault: Fault) -> None:
        """See `Effect`: a heartbeat that is owed comes at once."""
        self._faults.remove(fault)
        for opened in self._place.server.open_connections():
            holders = self._holders.get(opened.connection, set())
            if fault.id in holders:
                holders.remove(fault.id)
                if not holders:
                    opened.release_heartbeats()

    def opened(self, opened: OpenConnection) -> None:
        """See `Effect`."""
        for fault in self._faults:
            if self._place.concerns(fault, opened):
                self._strike(fault, opened)

    def _strike(self, fault: Fault, opened: OpenConnection) -> None:
        if opened.info.heartbeat and fault.strikes(**self._place.facts(opened)):
            self._holders.setdefault(opened.connection, set()).add(fault.id)
            self._place.note(fault, opened.info.peer)
            opened.hold_heartbeats()
