"""The routing tables of a Hub that is up: which are in force, and how others come to be.

1. Tables are checked whole, and certificates made, before anything is changed.
2. What is to be done on the broker is the difference to the topology in force: whom a change does
   not name keeps connection and messages.
3. A change is done whole or not at all: what a broker does not take is taken back.
4. One change after the other.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from hubemu.description import directory_of
from hubemu.dispatcher import UnusableModel, VHostContext, contexts_of
from hubemu.errors import HubemuError
from hubemu.events import ConnectionLog, EventLog
from hubemu.faults.of_hub import HubFaults
from hubemu.hub_announcement import Announcement
from hubemu.hub_certificates import CertificateMaker
from hubemu.hub_parts import HubParts
from hubemu.hub_tables import HubTables
from hubemu.routing import Client, RoutingTables
from hubemu.routing_changes import RowChanges, TablesRefused, check_tables, rows_changed
from hubemu.settings import Settings
from hubemu.topology import Topology
from hubemu.topology_change import change_between

__all__ = ["HubRouting", "RoutingChange", "RoutingParts"]


@dataclass(frozen=True, slots=True)
class RoutingChange:
    """What a change did: the rows that differ, and how many connections it closed."""

    clients: RowChanges
    vhosts: RowChanges
    disconnected: int = 0

    def to_json(self) -> dict[str, Any]:
        """As the control API and the events tell it."""
        return {
            "clients": self.clients.to_json(),
            "vhosts": self.vhosts.to_json(),
            "disconnected": self.disconnected,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingParts:
    """What follows a change of the tables."""

    settings: Settings
    parts: HubParts
    maker: CertificateMaker
    faults: HubFaults
    connection_log: ConnectionLog
    announcement: Announcement
    events: EventLog


@dataclass(frozen=True, slots=True)
class _Target:
    """Tables, and what follows from them."""

    tables: RoutingTables
    topology: Topology
    contexts: dict[str, VHostContext]


class HubRouting:
    """Changes the tables of a Hub.

    Args:
        tables: those that are in force, and what follows from them.
        parts: who follows.
    """

    def __init__(self, tables: HubTables, parts: RoutingParts) -> None:
        self._tables = tables
        self._parts = parts
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Nobody changes anything while the block runs."""
        async with self._turn:
            yield

    async def change(self, wanted: Callable[[RoutingTables], RoutingTables]) -> RoutingChange:
        """Put other tables in force; when this returns, clients, broker and dispatcher know them.

        Args:
            wanted: gives them, from those in force.

        Raises:
            TablesRefused: no Hub can have them; a vHost names a release that is not there.
            InputError: a name fits no certificate.
            CheckFailed: the broker's clients are not ours to change, with what to do instead.
            StartError: the broker does not take the change; all is as before.
        """
        async with self._turn:
            return await self._put_in_force(wanted(self._tables.in_force.now))

    async def reload(self) -> RoutingChange:
        """Put what the files of the start say now in force; a reset brings that back from now on.

        Raises:
            as `change`; InputError also: a file is wrong, with file, line and what is allowed.
        """
        given = await asyncio.to_thread(self._tables.read)
        async with self._turn:
            done = await self._put_in_force(given)
            self._tables.given = given
            if self._tables.kept is not None:
                self._tables.kept.start_from(given)
        return done

    async def return_to_start(self) -> None:
        """Have the tables of the start again; only while `held`, and as `change` raises."""
        await self._put_in_force(self._tables.given)

    async def put_back(self, tables: RoutingTables) -> None:
        """Have tables that were in force before; only while `held`, and as `change` raises."""
        await self._put_in_force(tables)

    async def follow_bindings(self) -> None:
        """Names were bound to clients: let those in who bear them (raises as `change`)."""
        async with self._turn:
            await self._go(self._target(self._tables.in_force.now))

    async def _put_in_force(self, tables: RoutingTables) -> RoutingChange:
        before = self._tables.in_force.now
        clients = rows_changed(before.clients, tables.clients)
        vhosts = rows_changed(before.vhosts, tables.vhosts)
        if tables == before:
            return RoutingChange(clients, vhosts)
        check_tables(tables)
        target = await asyncio.to_thread(self._target, tables)
        await self._certify([tables.clients[one] for one in (*clients.added, *clients.changed)])
        closed = await self._go(target)
        done = RoutingChange(clients, vhosts, closed)
        self._parts.events.tell("routing", done.to_json())
        return done

    async def _go(self, target: _Target) -> int:
        """Go to other tables, or stay where one is; how many connections it closed."""
        parts, tables = self._parts, self._tables
        before = _Target(tables.in_force.now, tables.topology.copy(), dict(tables.contexts))
        try:
            closed = await self._follow(target, since=before)
            if tables.kept is not None:
                tables.kept.write(target.tables)
        except BaseException:
            with contextlib.suppress(HubemuError):  # the first trouble is the one to tell
                await self._follow(before, since=target)
            raise
        parts.announcement.follow(tables.topology.vhosts)
        return closed

    async def _follow(self, target: _Target, *, since: _Target) -> int:
        """Have broker, dispatcher and all who tell know other tables; the connections closed."""
        parts, engine = self._parts, self._parts.parts.engine
        change = change_between(since.topology, target.topology)
        if change.adds:
            await engine.make(change)
        self._know(target)
        if target.tables != since.tables:
            await parts.parts.dispatcher.follow()
            await engine.consumed()
        closed = await engine.remove(change) if change.removes else 0
        await parts.faults.follow()
        return closed

    async def _certify(self, clients: Sequence[Client]) -> None:
        """Make the certificates of clients that are new, or called otherwise, before all else."""
        if clients:
            pki = self._parts.parts.pki
            await asyncio.to_thread(self._parts.maker.complete, pki, clients)

    def _know(self, target: _Target) -> None:
        parts, tables = self._parts, self._tables
        tables.in_force.now = target.tables
        tables.topology.become(target.topology)
        tables.contexts.clear()
        tables.contexts.update(target.contexts)
        parts.maker.follow(parts.parts.pki)
        parts.connection_log.follow(directory_of(target.tables, tables.topology))

    def _target(self, tables: RoutingTables) -> _Target:
        """What follows from tables (TablesRefused: a release is not there)."""
        try:
            contexts = contexts_of(tables, self._parts.settings)
        except UnusableModel as unusable:
            raise TablesRefused(str(unusable), "vhosts", unusable.vhost, "model") from None
        return _Target(tables, self._tables.topology_of(tables), contexts)
