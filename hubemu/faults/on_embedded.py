"""The families `network`, `broker` and `certificates` on the embedded engine."""

from __future__ import annotations

import asyncio

from hubemu.broker.protocol.refused import Refused
from hubemu.broker.server import AmqpServer
from hubemu.clock import Clock
from hubemu.engines.embedded import EmbeddedEngine
from hubemu.faults.broker.effects import BrokerEffects
from hubemu.faults.broker.place import BrokerPlace
from hubemu.faults.certificates.bad_certificates import BadCertificates
from hubemu.faults.certificates.presented import Presented
from hubemu.faults.certificates.presented import why_not as why_no_certificate
from hubemu.faults.doors import ServerDoor
from hubemu.faults.fault import Fault
from hubemu.faults.network.limits import why_not as why_no_network
from hubemu.faults.network.network import Network
from hubemu.pki import Pki
from hubemu.topology import Topology, owners

__all__ = ["OnEmbedded"]


class OnEmbedded:
    """Puts rules of these families in force; must be made inside the event loop.

    Args:
        engine: is started.
        server: where its clients come in.
        topology: whose users and queues are whose.
        pki: the Hub's certificates.
        clock: the Hub's time.
    """

    def __init__(
        self,
        engine: EmbeddedEngine,
        server: AmqpServer,
        topology: Topology,
        pki: Pki,
        clock: Clock,
    ) -> None:
        self._network = Network(asyncio.get_running_loop())
        users = topology.users  # those that are bound later, too
        self._topology = topology
        self._owners = owners(topology)
        self._broker = BrokerEffects(BrokerPlace(engine.broker, server, users, self._owners))
        self._presented = Presented(engine, BadCertificates(pki, clock))
        self._door = ServerDoor(
            server, users, self._network, self._broker.opened, self._presented.gate
        )
        self._faults: list[Fault] = []

    def why_not(self, fault: Fault) -> str | None:
        """Why a rule cannot be put in force; `None` if it can."""
        if fault.where == "network":
            return why_no_network(fault)
        return why_no_certificate(fault) if fault.where == "certificates" else None

    async def begin(self, fault: Fault) -> None:
        """Put a rule in force."""
        self._faults.append(fault)
        self._door.watch(True)
        if fault.where == "network":
            self._network.begin(fault, self._door.parties())
        elif fault.where == "broker":
            self._broker.begin(fault)
        else:
            await self._presented.begin(fault)

    async def end(self, fault: Fault) -> None:
        """Take it away: nothing of it stays."""
        self._faults.remove(fault)
        self._door.watch(bool(self._faults))
        if fault.where == "network":
            self._network.end(fault)
        elif fault.where == "broker":
            self._broker.end(fault)
        else:
            self._presented.end(fault)

    def behind(self, refused: Refused) -> str | None:
        """The id of the rule by which the broker refused something just now."""
        return self._broker.behind(refused)

    def shown(self) -> str | None:
        """The id of the rule by which the Hub shows a bad certificate, if one does."""
        return self._presented.shown

    async def follow(self) -> None:
        """Other users, queues or vHosts are there: rules are in force where they could strike."""
        self._owners.clear()
        self._owners.update(owners(self._topology))
        self._broker.follow()

    def struck(self, peer: str) -> list[str]:
        """The rules in force that have struck the connection of a client's address."""
        return [*self._network.struck(peer), *self._broker.struck(peer)]
