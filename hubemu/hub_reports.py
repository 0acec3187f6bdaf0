"""What a Hub tells of itself, as the control API shows it."""

from __future__ import annotations

from typing import Any

from hubemu.description import describe_clients, describe_vhost
from hubemu.events import ConnectionLog
from hubemu.faults.of_hub import HubFaults
from hubemu.hub_announcement import Announcement
from hubemu.hub_condition import components, missing
from hubemu.hub_parts import HubParts
from hubemu.journal.journal import Journal
from hubemu.routing import TablesInForce
from hubemu.settings import Settings
from hubemu.supervision import Supervision

__all__ = ["HubReports"]


class HubReports:
    """How a Hub is, whose clients are connected, what became of its messages.

    Args:
        settings: the Hub's.
        tables: its routing tables.
        parts: what is started of it; all that is told of broker or dispatcher needs them.
        announcement: where it is.
        supervision: what of it ended by a fault.
        connection_log: attempts and refusals.
        faults: what they did.
        journal: its messages.
    """

    def __init__(
        self,
        settings: Settings,
        tables: TablesInForce,
        parts: HubParts,
        *,
        announcement: Announcement,
        supervision: Supervision,
        connection_log: ConnectionLog,
        faults: HubFaults,
        journal: Journal,
    ) -> None:
        self._settings = settings
        self._tables = tables
        self._parts = parts
        self._announcement = announcement
        self._supervision = supervision
        self._connection_log = connection_log
        self._faults = faults
        self._journal = journal

    def missing(self) -> list[str]:
        """What is missing until the Hub is ready; empty when nothing is."""
        parts = self._parts.made_engine, self._parts.made_dispatcher, self._supervision
        return missing(*parts, announced=self._announcement.is_made)

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Whether all is well, and the state of each part as the actuator shows it."""
        parts = self._parts.made_engine, self._parts.made_dispatcher, self._supervision
        return not self.missing(), components(*parts)

    def hub(self) -> dict[str, Any]:
        """The endpoints, with every client and every vHost (types, model, queue depths), the type
        of the clients' queues, by how many seconds the depths may be behind, and the seed."""
        engine, contexts = self._parts.engine, self._parts.dispatcher.contexts
        vhosts = [
            describe_vhost(context, self._tables.now, engine.depths(name))
            for name, context in contexts.items()
        ]
        clients = describe_clients(self._tables.now, self._settings.environment)
        kind = self._settings.queue_type.value
        more = {"queueType": kind, "countsLag": engine.counts_lag, "seed": self._settings.seed}
        return self._announcement.said() | {"clients": clients, "vhosts": vhosts} | more

    def connections(self) -> dict[str, Any]:
        """The open connections, the last TLS attempts and the last refusals, newest last."""
        return {
            "connections": list(map(self._faults.with_strikes, self._parts.engine.connections())),
            "attempts": self._connection_log.attempts(),
            "refusals": self._connection_log.refusals(),
        }

    def faults(self) -> dict[str, Any]:
        """What became of all messages since the start or the last reset."""
        engine, dispatcher = self._parts.engine, self._parts.dispatcher
        in_flight = dispatcher.health()["inFlight"]
        return self._faults.report(engine, dispatcher.contexts, self._journal, in_flight)

    async def check(self) -> None:
        """Have `missing` and `health` tell what is true now."""
        if self._parts.made_engine is not None:
            await self._parts.made_engine.check()

    async def refresh(self) -> None:
        """Have `hub` and `connections` tell what is true now."""
        if self._parts.made_engine is not None:
            await self._parts.made_engine.refresh()
