"""The effects of the broker on RabbitMQ: its policies, permissions, alarms and forced closes."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hubemu.engines.rabbitmq.broker_contents import Present, Row, peer_of
from hubemu.engines.rabbitmq.config import DISK_FREE
from hubemu.engines.rabbitmq.erlang import ErlangShell
from hubemu.engines.rabbitmq.management import Management, ManagementError
from hubemu.engines.rabbitmq.nodelog import Connected
from hubemu.errors import CheckFailed
from hubemu.faults.fault import Fault
from hubemu.topology import DISPATCH, DISPATCHER, Permission, Topology

__all__ = ["RabbitMqEffects", "RabbitMqPlace", "remove_left_behind"]

_PREFIX: Final = "hubemu-fault-"
"""Names of policies that are faults."""
_ABOVE_ALL: Final = 1_000
"""Their priority: one policy governs a queue, the highest."""
_NOT_BY_QUORUM: Final = (
    "a quorum queue refuses nothing that its consumer takes at once, and dispatch is one here: use "
    "the embedded engine, or classic queues"
)
_NOTHING: Final = "^$"
_NO_DISK: Final = 10**18
"""Octets that must be free on the disk: more than there are."""
_SET_DISK: Final = 'rabbit_disk_monitor:set_disk_free_limit(maps:get(<<"limit">>, Given)), true'
_FORCED: Final = "CONNECTION_FORCED - "
_Act = Callable[[Fault], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class RabbitMqPlace:
    """A node: `now` tells what is on it and changes it, `shell` is of one of ours."""

    now: Present
    shell: ErlangShell | None
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
        self._denied: dict[str, set[tuple[str, Permission]]] = {}
        self._refused: dict[str, set[str]] = {}
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
        """Put a fault in force (ManagementError, CheckFailed: it cannot be, and none of it is)."""
        self._faults.append(fault)
        try:
            await self._begin[fault.effect](fault)
        except BaseException:
            # It may be in force on some of its places: an answer that did not come says nothing.
            with contextlib.suppress(ManagementError, CheckFailed):
                await self.end(fault)
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
        rows = await self._place.now.of_user(connected.user, connected.peer)
        own = [row for row in rows if peer_of(row) == connected.peer]
        for fault in [one for one in self._faults if one.effect == "close-connection"]:
            await self._close(fault, self._struck(fault, own))

    # Connections

    async def _close_open_ones(self, fault: Fault) -> None:
        rows = await self._place.now.connections(self._place.clients())
        await self._close(fault, self._struck(fault, rows))

    def _struck(self, fault: Fault, rows: Iterable[Row]) -> list[Row]:
        """Those that a fault strikes; each connection is one event to it."""
        met = self._met.setdefault(fault.id, set())
        new = [row for row in rows if row["name"] not in met]
        met.update(row["name"] for row in new)
        return [row for row in new if fault.strikes(**self._facts(row["user"], row["vhost"]))]

    async def _close(self, fault: Fault, struck: Sequence[Row]) -> None:
        if struck:
            reason = fault.parameters.get("text") or "closed by a fault rule"
            await self._place.now.close(struck, reason.removeprefix(_FORCED))

    async def _forget(self, fault: Fault) -> None:
        """What is closed is closed."""
        self._met.pop(fault.id, None)

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
        known = self._refused.setdefault(fault.id, set())
        every = self._place.topology.vhosts
        vhosts = [one for one in every if one not in known and fault.meets(vhost=one)]
        now = self._place.now
        if await now.set_policies(vhosts, _name(fault), policy, classic=DISPATCH):
            raise CheckFailed(_NOT_BY_QUORUM)
        for vhost in vhosts:
            fault.strikes(vhost=vhost)
        known.update(vhosts)

    async def _remove_policy(self, fault: Fault) -> None:
        self._refused.pop(fault.id, None)
        await self._place.now.remove_policies(_name(fault))

    # Rights

    async def _deny(self, fault: Fault) -> None:
        """Take the right from each user that a fault strikes."""
        denied = self._denied.setdefault(fault.id, set())
        struck = {
            place
            for place in self._places()
            if place not in denied and fault.strikes(**self._facts(place[1].user, place[0]))
        }
        denied.update(struck)
        await self._set_rights(struck)

    async def _give_back(self, fault: Fault) -> None:
        await self._set_rights(self._denied.pop(fault.id, set()) & self._places())

    def _places(self) -> set[tuple[str, Permission]]:
        """What each client may do on each vHost."""
        return {
            (vhost.name, given)
            for vhost in self._place.topology.vhosts.values()
            for given in vhost.permissions
            if given.user != DISPATCHER
        }

    async def follow(self) -> None:
        """Other users or vHosts are there: faults are where they could strike.

        Raises:
            ManagementError, CheckFailed: RabbitMQ does not let it be.
        """
        there, vhosts = self._places(), self._place.topology.vhosts.keys()
        for denied in self._denied.values():
            denied.intersection_update(there)
        for refused in self._refused.values():
            refused.intersection_update(vhosts)
        for fault in self._faults:
            if fault.effect in ("nack", "deny"):
                await self._begin[fault.effect](fault)

    async def _set_rights(self, places: Iterable[tuple[str, Permission]]) -> None:
        await self._place.now.permit(
            [(given.user, vhost, self._rights(vhost, given)) for vhost, given in places]
        )

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
        if self._place.shell is not None:  # of another node the alarm is refused
            await self._place.shell.ask(_SET_DISK, limit=_NO_DISK if full else DISK_FREE)


async def remove_left_behind(management: Management) -> None:
    """Remove the policies of faults whose Hub was killed; rights come back with the topology."""
    for vhost, name in await management.policies():
        if name.startswith(_PREFIX):
            await management.remove_policy(vhost, name)


def _name(fault: Fault) -> str:
    return f"{_PREFIX}{fault.id}"
