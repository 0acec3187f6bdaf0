"""The families `network`, `broker` and `certificates` on RabbitMQ."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final

from hubemu.broker.protocol.refused import Refused
from hubemu.clock import Clock
from hubemu.engines.rabbitmq.engine import RabbitMqEngine
from hubemu.engines.rabbitmq.nodelog import Connected
from hubemu.faults.certificates.bad_certificates import BadCertificates
from hubemu.faults.family import Family
from hubemu.faults.fault import Fault
from hubemu.faults.network.limits import why_not as why_no_network
from hubemu.faults.network.network import Network
from hubemu.faults.rabbitmq.certificates import ShownByRabbitMq
from hubemu.faults.rabbitmq.certificates import why_not as why_no_certificate
from hubemu.faults.rabbitmq.effects import RabbitMqEffects, RabbitMqPlace, remove_left_behind
from hubemu.faults.rabbitmq.full_queues import FullQueues
from hubemu.faults.rabbitmq.limits import why_not as why_no_broker
from hubemu.faults.relay_door import RelayDoor
from hubemu.pki import Pki
from hubemu.supervision import Supervision
from hubemu.topology import Topology, owners

__all__ = ["OnRabbitMq"]

_ACCESS_REFUSED: Final = 403
_QUEUE_FULL: Final = "queue-full"
_NO_RELAY: Final = (
    "no relay stands before this RabbitMQ: let hubemu start one (--rabbitmq native or docker, "
    "without --no-relay)"
)


class OnRabbitMq:
    """Puts rules of these families in force; must be made inside the event loop.

    Args:
        engine: is started.
        topology: whose users and queues are whose.
        pki: the Hub's certificates.
        clock: the Hub's time.
        supervision: keeps alive what must not end.
        dispatch: the family of the Hub's dispatcher.
    """

    def __init__(
        self,
        engine: RabbitMqEngine,
        topology: Topology,
        pki: Pki,
        clock: Clock,
        supervision: Supervision,
        dispatch: Family,
    ) -> None:
        self._network = Network(asyncio.get_running_loop())
        self._ours = engine.node.shell is not None
        self._management = engine.node.management
        self._supervision = supervision
        self._users = topology.users
        self._door = (
            RelayDoor(engine.relay, topology.users, self._network) if engine.relay else None
        )
        self._broker = (
            RabbitMqEffects(RabbitMqPlace(now, engine.node.shell, topology))
            if (now := engine.present) is not None
            else None
        )
        self._topology = topology
        self._owners = owners(topology)
        self._full = FullQueues(dispatch, self._owners)
        self._shown = ShownByRabbitMq(engine, BadCertificates(pki, clock))
        self._faults: list[Fault] = []
        engine.watch_clients(self._connected)

    async def prepare(self) -> None:
        """Take away what a Hub that was killed left in force (ManagementError: it cannot be)."""
        if self._management is not None:
            await remove_left_behind(self._management)

    def why_not(self, fault: Fault) -> str | None:
        """Why a rule cannot be put in force; `None` if it can."""
        if fault.where == "network":
            return why_no_network(fault) if self._door is not None else _NO_RELAY
        if fault.effect == _QUEUE_FULL:
            return self._full.why_not(fault)
        if fault.where == "broker":
            return why_no_broker(fault, manageable=self._broker is not None, ours=self._ours)
        return why_no_certificate(fault)

    async def begin(self, fault: Fault) -> None:
        """Put a rule in force (ManagementError, CheckFailed: it cannot be)."""
        self._faults.append(fault)
        if fault.where == "network" and self._door is not None:
            self._door.watch(True)
            self._network.begin(fault, self._door.parties())
        elif fault.effect == _QUEUE_FULL:
            await self._full.begin(fault)
        elif fault.where == "broker" and self._broker is not None:
            await self._broker.begin(fault)
        elif fault.where == "certificates":
            await self._shown.begin(fault)

    async def end(self, fault: Fault) -> None:
        """Take it away: nothing of it stays."""
        self._faults.remove(fault)
        if fault.where == "network" and self._door is not None:
            self._door.watch(any(one.where == "network" for one in self._faults))
            self._network.end(fault)
        elif fault.effect == _QUEUE_FULL:
            await self._full.end(fault)
        elif fault.where == "broker" and self._broker is not None:
            await self._broker.end(fault)
        elif fault.where == "certificates":
            await self._shown.end(fault)

    def behind(self, refused: Refused) -> str | None:
        """The id of the rule by which RabbitMQ refused something, as far as its log tells."""
        client = self._users.get(refused.user, refused.user)
        for fault in self._faults:
            denies = fault.effect == "deny" and refused.code == _ACCESS_REFUSED
            if denies and fault.meets(client=client, vhost=refused.vhost):
                return fault.id
        return None

    def shown(self) -> str | None:
        """The id of the rule by which the Hub shows a bad certificate, if one does."""
        return self._shown.shown

    async def follow(self) -> None:
        """Other users, queues or vHosts are there: rules are in force where they could strike.

        Raises:
            ManagementError, CheckFailed: RabbitMQ does not let it be.
        """
        self._owners.clear()
        self._owners.update(owners(self._topology))
        if self._broker is not None:
            await self._broker.follow()

    def struck(self, peer: str) -> list[str]:
        """The network's rules in force that have struck the connection of a client's address."""
        return self._network.struck(peer)

    def _connected(self, connected: Connected) -> None:
        if self._door is not None:
            self._door.connected(connected)
        if self._broker is not None and self._broker.closes:
            self._supervision.passing(
                f"closing {connected.peer}", partial(self._broker.connected, connected)
            )
