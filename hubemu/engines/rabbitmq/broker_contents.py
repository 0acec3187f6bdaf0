"""What is on a RabbitMQ now: connections and queues, asked where they can be asked.

A node of ours is asked itself. Of another one the management API tells, whose statistics lag behind
by some seconds (see `Management.connections`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeAlias

from hubemu.broker.core.queue import QueueDepth
from hubemu.engines.rabbitmq.erlang import ErlangShell
from hubemu.engines.rabbitmq.management import Management
from hubemu.engines.rabbitmq.node_queries import AskedNode

__all__ = ["Present", "Row", "TellsStatistics", "peer_of", "present"]

Row: TypeAlias = Mapping[str, Any]
"""A connection; its facts bear the names that the management API gives them."""
_TRIES: Final = 40
_AGAIN: Final = 0.25
"""How often, and after how many seconds, a connection is looked for that has just been opened."""


class Present(Protocol):
    """What is there now, and changes it at once (CheckFailed, ManagementError: it does not)."""

    @property
    def lag(self) -> float:
        """Seconds by which what it tells may be behind."""

    async def depths(self) -> dict[str, dict[str, QueueDepth]]:
        """The depth of every queue, by vHost and name."""

    async def purge(
        self, vhosts: Iterable[str], always: Iterable[str], written: Collection[tuple[str, str]]
    ) -> None:
        """Empty the queues of some vHosts: those that hold something, or may.

        These are the queues of the names `always`, and those `written` to lately (vHost, name).
        """

    async def connections(self, users: Iterable[str]) -> list[dict[str, Any]]:
        """The open connections of these users."""

    async def of_user(self, user: str, peer: str) -> list[dict[str, Any]]:
        """Those of one user, when the one from an address has just been opened."""

    async def close(self, connections: Sequence[Row], reason: str) -> None:
        """Close some of them (320 CONNECTION_FORCED - `reason`)."""

    async def set_policies(
        self, vhosts: Iterable[str], name: str, policy: Mapping[str, Any], *, classic: str
    ) -> list[str]:
        """Make a policy on some vHosts, as the management API takes it.

        The vHosts where no classic queue is called `classic`; if any, none is made.
        """

    async def remove_policies(self, name: str) -> None:
        """Remove the policies of a name, wherever there are any."""

    async def permit(self, places: Iterable[tuple[str, str, Mapping[str, str]]]) -> None:
        """Let users do on vHosts what `configure`, `write` and `read` say, and no more."""


class TellsStatistics:
    """A node of others.

    Args:
        management: its management API.
    """

    lag = 12.0
    """RabbitMQ counts each five seconds, later when busy."""

    def __init__(self, management: Management) -> None:
        self._management = management

    async def depths(self) -> dict[str, dict[str, QueueDepth]]:
        """See `Present`."""
        return await self._management.depths()

    async def purge(
        self, vhosts: Iterable[str], always: Iterable[str], written: Collection[tuple[str, str]]
    ) -> None:
        """See `Present`."""
        depths = await self.depths()
        there = {(vhost, name): depths[vhost][name] for vhost in depths for name in depths[vhost]}
        wanted, named = set(vhosts), set(always)
        filled = {
            (vhost, name)
            for (vhost, name), depth in there.items()
            if vhost in wanted and (depth.ready or depth.unacked or name in named)
        }
        await self._management.purge((there.keys() & set(written)) | filled)

    async def connections(self, users: Iterable[str]) -> list[dict[str, Any]]:
        """See `Present`."""
        return await self._management.connections(users)

    async def of_user(self, user: str, peer: str) -> list[dict[str, Any]]:
        """See `Present`: it is waited for until RabbitMQ has counted it among the user's."""
        for _ in range(_TRIES):
            rows = await self.connections([user])
            if any(peer_of(row) == peer for row in rows):
                return rows
            await asyncio.sleep(_AGAIN)
        return []

    async def close(self, connections: Sequence[Row], reason: str) -> None:
        """See `Present`: at once by their user, where all of a user's are."""
        names = {row["name"] for row in connections}
        users = {row["user"] for row in connections}
        there = await self._management.connections(users)
        spared = {row["user"] for row in there if row["name"] not in names}
        await self._management.disconnect(users - spared, reason)
        for row in connections:
            if row["user"] in spared:
                await self._close_one(row["name"], reason)

    async def set_policies(
        self, vhosts: Iterable[str], name: str, policy: Mapping[str, Any], *, classic: str
    ) -> list[str]:
        """See `Present`."""
        wanted = list(vhosts)
        types = await self._management.queue_types(classic)
        unfit = [vhost for vhost in wanted if types.get(vhost) != "classic"]
        if not unfit:
            made = (self._management.set_policy(vhost, name, policy) for vhost in wanted)
            await asyncio.gather(*made)
        return unfit

    async def remove_policies(self, name: str) -> None:
        """See `Present`."""
        for vhost, one in await self._management.policies():
            if one == name:
                await self._management.remove_policy(vhost, one)

    async def permit(self, places: Iterable[tuple[str, str, Mapping[str, str]]]) -> None:
        """See `Present`."""
        await self._management.permit(places)

    async def _close_one(self, name: str, reason: str) -> None:
        for _ in range(_TRIES):
            if await self._management.close_connection(name, reason):
                return
            await asyncio.sleep(_AGAIN)


def peer_of(row: Row) -> str:
    """The address of the client of a connection."""
    return str(row["name"]).partition(" -> ")[0]


def present(shell: ErlangShell | None, management: Management | None) -> Present | None:
    """What tells best of a started node what is on it; `None`: nothing does."""
    if management is None:
        return None
    if shell is not None and (shell.quick or shell.alone):
        return AskedNode(shell)
    return TellsStatistics(management)
