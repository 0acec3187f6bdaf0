"""The effects of the broker on RabbitMQ: its policies, permissions, alarms and forced closes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hubemu.engines.rabbitmq.management import Management
from hubemu.engines.rabbitmq.nodelog import Connected
from hubemu.errors import CheckFailed
from hubemu.faults.fault import Fault
from hubemu.topology import DISPATCH, DISPATCHER, Permission, Topology

__all__ = ["RabbitMqEffects", "RabbitMqPlace", "remove_left_behind"]

_PREFIX: Final = "hubemu-fault-"
"""Names of policies that are faults."""
_ABOVE_ALL: Final = 1_000
"""Their priority: one policy governs a queue, the highest."""
_CLASSIC: Final = "classic"
_NOT_BY_QUORUM: Final = (
    "a quorum queue refuses nothing that its consumer takes at once, and dispatch is one here: use "
    "the embedded engine, or classic queues"
)
_NOTHING: Final = "^$"
_NO_DISK: Final = "1000000000000000000"
_DISK: Final = "50MB"
"""Octets that must be free on the disk: more than there are, and RabbitMQ's default."""
_FORCED: Final = "CONNECTION_FORCED - "
_TRIES: Final = 40
_AGAIN: Final = 0.25
"""How often, and after how many seconds, a connection is looked for that has just been opened."""
_Row = Mapping[str, Any]
_Act = Callable[[Fault], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class RabbitMqPlace:
    """A node, as far as it can be reached: `control` runs `rabbitmqctl` on it."""

    management: Management
    control: Callable[..., Awaitable[None]]
    topology: Topology

    def clients(self) -> list[str]:
        """The users that are clients."""
        return [user for user in self.topology.users if user != DISPATCHER]


class RabbitMqEffects:
    """What the rules of the family `broker` do to one RabbitMQ.

    A rule that is put in force as a whole strikes once for each place where it is.
    """

    def __init__(self, place: RabbitMqPlace) -> None:
        self._place = place
        self._faults: list[Fault] = []
        self._met: dict[str, set[str]] = {}
        self._denied: dict[str, list[tuple[str, Permission]]] = {}
        self._begin: Mapping[str, _Act] = {
            "close-connection": self._close_open_ones,
            "nack": self._refuse,
            "deny": self._deny,
            "disk-alarm": self._disk,
        }
        self._end: Mapping[str, _Act] = {
            "close-connection": self._forget,
            "nack": self._remove_policy,
            "deny": self._give_back,
            "disk-alarm": self._disk,
        }

    async def begin(self, fault: Fault) -> None:
        """Put a fault in force (ManagementError, CheckFailed: it cannot be)."""
        self._faults.append(fault)
        try:
            await self._begin[fault.effect](fault)
        except BaseException:
            self._faults.remove(fault)
            raise

    async def end(self, fault: Fault) -> None:
        """Take it away: nothing of it stays."""
        self._faults.remove(fault)
        await self._end[fault.effect](fault)

    @property
    def closes(self) -> bool:
        """Whether connections are closed as they come."""
        return any(fault.effect == "close-connection" for fault in self._faults)

    async def connected(self, connected: Connected) -> None:
        """The node's log tells of a client that is connected, or was a moment ago."""
        rows = await self._place.management.connections([connected.user])
        own = [row for row in rows if _is_of(row, connected)]
        for fault in self._faults:
            if fault.effect == "close-connection":
                await self._close(fault, rows, self._struck(fault, own))

    # Connections

    async def _close_open_ones(self, fault: Fault) -> None:
        rows = await self._place.management.connections(self._place.clients())
        await self._close(fault, rows, self._struck(fault, rows))

    def _struck(self, fault: Fault, rows: Iterable[_Row]) -> list[_Row]:
        """Those that a fault strikes; each connection is one event to it."""
        met = self._met.setdefault(fault.id, set())
        new = [row for row in rows if row["name"] not in met]
        met.update(row["name"] for row in new)
        return [row for row in new if fault.strikes(**self._facts(row["user"], row["vhost"]))]

    async def _close(self, fault: Fault, rows: Sequence[_Row], struck: Sequence[_Row]) -> None:
        """Close those that are struck: at once by their user, where all of a user's are."""
        management = self._place.management
        reason = (fault.parameters.get("text") or "closed by a fault rule").removeprefix(_FORCED)
        spared = {row["user"] for row in rows if row not in struck}
        whole = {row["user"] for row in struck} - spared
        await management.disconnect(whole, reason)
        for row in struck:
            if row["user"] not in whole:
                await self._close_one(row["name"], reason)

    async def _forget(self, fault: Fault) -> None:
        """What is closed is closed."""
        self._met.pop(fault.id, None)

    async def _close_one(self, name: str, reason: str) -> None:
        for _ in range(_TRIES):
            if await self._place.management.close_connection(name, reason):
                return
            await asyncio.sleep(_AGAIN)

    def _facts(self, user: str, vhost: str) -> dict[str, str | None]:
        return {"client": self._place.topology.users.get(user, user), "vhost": vhost}

    # Policies

    async def _refuse(self, fault: Fault) -> None:
        """`dispatch` takes nothing more: whoever publishes to the Hub gets a nack."""
        policy = {
            "pattern": f"^{DISPATCH}$",
            "apply-to": "queues",
            "priority": _ABOVE_ALL,
            "definition": {"max-length": 0, "overflow": "reject-publish"},
        }
        vhosts = list(self._vhosts(fault))
        types = await self._place.management.queue_types(DISPATCH)
        if any(types.get(vhost) != _CLASSIC for vhost in vhosts):
            raise CheckFailed(_NOT_BY_QUORUM)
        for vhost in vhosts:
            if fault.strikes(vhost=vhost):
                await self._place.management.set_policy(vhost, _name(fault), policy)

    async def _remove_policy(self, fault: Fault) -> None:
        for vhost, name in await self._place.management.policies():
            if name == _name(fault):
                await self._place.management.remove_policy(vhost, name)

    def _vhosts(self, fault: Fault) -> Iterator[str]:
        return (vhost for vhost in self._place.topology.vhosts if fault.meets(vhost=vhost))

    # Rights

    async def _deny(self, fault: Fault) -> None:
        """Take the right from each user that a fault strikes."""
        struck = self._denied[fault.id] = [
            (vhost.name, given)
            for vhost in self._place.topology.vhosts.values()
            for given in vhost.permissions
            if given.user != DISPATCHER and fault.strikes(**self._facts(given.user, vhost.name))
        ]
        await self._set_rights(struck)

    async def _give_back(self, fault: Fault) -> None:
        await self._set_rights(self._denied.pop(fault.id, []))

    async def _set_rights(self, places: Iterable[tuple[str, Permission]]) -> None:
        for vhost, given in places:
            await self._place.management.permit(given.user, vhost, self._rights(vhost, given))

    def _rights(self, vhost: str, given: Permission) -> dict[str, str]:
        """What all faults in force leave of what is given."""
        rights = {"configure": given.configure, "write": given.write, "read": given.read}
        for fault in self._faults:
            if (vhost, given) in self._denied.get(fault.id, ()):
                rights[fault.parameters["right"]] = _NOTHING
        return rights

    # The disk

    async def _disk(self, fault: Fault) -> None:
        full = any(one.effect == "disk-alarm" for one in self._faults)
        if fault in self._faults:
            fault.strikes()
        await self._place.control("set_disk_free_limit", _NO_DISK if full else _DISK)


async def remove_left_behind(management: Management) -> None:
    """Remove the policies of faults whose Hub was killed; rights come back with the topology."""
    for vhost, name in await management.policies():
        if name.startswith(_PREFIX):
            await management.remove_policy(vhost, name)


def _is_of(row: _Row, connected: Connected) -> bool:
    return str(row["name"]).partition(" -> ")[0] == connected.peer


def _name(fault: Fault) -> str:
    return f"{_PREFIX}{fault.id}"
