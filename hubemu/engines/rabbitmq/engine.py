"""The RabbitMQ engine: a node that carries the Hub, and the dispatcher beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hubemu.broker.core.queue import QueueDepth
from hubemu.clock import Clock
from hubemu.dispatcher.driver import Dispatcher
from hubemu.dispatcher.pool.pool import DispatcherPool
from hubemu.engines.engine import DispatcherParts
from hubemu.engines.rabbitmq.broker_contents import Present, present
from hubemu.engines.rabbitmq.connections import connection_json
from hubemu.engines.rabbitmq.dispatching import HubDispatcher
from hubemu.engines.rabbitmq.fault import broker_fault
from hubemu.engines.rabbitmq.handshakes import HandshakeTeller
from hubemu.engines.rabbitmq.log_follower import LogFollower
from hubemu.engines.rabbitmq.management import ManagementError
from hubemu.engines.rabbitmq.managing import (
    disconnect_clients,
    empty,
    make,
    managed,
    remove,
    version_of,
)
from hubemu.engines.rabbitmq.node import Node, check_free, reachable
from hubemu.engines.rabbitmq.nodelog import Connected
from hubemu.engines.rabbitmq.places import Place
from hubemu.engines.rabbitmq.publishing import ClientPublisher, holder_of
from hubemu.errors import CheckFailed, StartError
from hubemu.events import ConnectionLog
from hubemu.pki import Pki
from hubemu.properties import Properties
from hubemu.relay import Relay
from hubemu.settings import Phase
from hubemu.supervision import Supervision
from hubemu.topology import DISPATCHER, Topology
from hubemu.topology_change import TopologyChange
from hubemu.watchers import tell_each

__all__ = ["RabbitMqEngine"]

_LOCAL = "127.0.0.1"
_NO_CHANGE = "neither clients nor vHosts can be added or removed"


class RabbitMqEngine:
    """RabbitMQ with the topology applied, its clients' certificates those of a migration phase.

    Args:
        node: where RabbitMQ comes from.
        topology: what exists and who may touch it.
        pki: the Hub's certificates and whom it trusts in which phase.
        clock: the Hub's time.
        log: is told of connections and refusals, as far as the node's own log is ours to read.
        supervision: keeps alive what must not end.
    """

    name = "rabbitmq"
    clock_moves = False

    def __init__(
        self,
        node: Node,
        topology: Topology,
        pki: Pki,
        clock: Clock,
        log: ConnectionLog,
        supervision: Supervision,
    ) -> None:
        self._node = node
        self._clock = clock
        self._log = log
        self._supervision = supervision
        self._followers: list[LogFollower] = []
        self._shown: Callable[[Phase], tuple[bytes, bytes]] | None = None
        self._watchers: list[Callable[[Connected], None]] = []
        self._relay: Relay | None = None
        self._relayed: tuple[str, int] | None = None
        self._topology = topology
        self._pki = pki
        self._others = False
        self._handshakes = HandshakeTeller(pki, lambda: self._phase, clock, log, topology.users)
        self._phase = Phase.IGC
        self._publisher: ClientPublisher | None = None
        self._port = 0
        self._fault: str | None = "RabbitMQ is not started"
        self._depths: Mapping[str, Mapping[str, QueueDepth]] = {}
        self._rows: list[dict[str, Any]] = []
        self._version = ""
        self._dispatching: HubDispatcher | None = None

    @property
    def relay(self) -> Relay | None:
        """What stands before the node, if anything does; only while it is started."""
        return self._relay

    @property
    def node(self) -> Node:
        """The node itself."""
        return self._node

    async def show(self, shown: Callable[[Phase], tuple[bytes, bytes]] | None) -> None:
        """Have new connections meet another certificate in every phase; `None`: the Hub's own.

        Args:
            shown: gives chain and key of a phase, PEM.

        Raises:
            CheckFailed: it cannot be done from here, with what to do instead.
        """
        self._shown = shown
        if shown is None:
            await self._node.show_phase(self._phase)
        else:
            await self._node.show_certificate(*shown(self._phase))

    @property
    def present(self) -> Present | None:
        """Tells what is on the node now, if anything does; only while it is started."""
        return present(self._node.shell, self._node.management)

    def watch_clients(self, connected: Callable[[Connected], None]) -> None:
        """Call `connected` with each client of the Hub that is connected, as the log tells it."""
        self._watchers.append(connected)

    @property
    def _clients(self) -> list[str]:
        return [user for user in self._topology.users if user != DISPATCHER]

    @property
    def phase(self) -> Phase:
        """The step of the migration that new connections meet."""
        return self._phase

    @property
    def listening(self) -> bool:
        """Whether clients can connect, the topology being there."""
        return self._port != 0 and self._node.fault() is None and self._fault is None

    @property
    def listener(self) -> tuple[str, int]:
        """See `Engine`: the relay, where there is one; of a cluster, its first node."""
        return self._relayed or self._node.addresses[0]

    async def start(self, host: str, port: int, phase: Phase) -> int:
        """See `Engine`."""
        self._phase = phase
        self._port = await self._open(host, port, phase)
        if self._node.management is not None:
            self._version = await version_of(self._node.management)
        self._publisher = ClientPublisher(self._node)
        self._follow_logs()
        await self.check()
        return self._port

    async def _open(self, host: str, port: int, phase: Phase) -> int:
        """Start the node, behind a relay if it expects one; the port that clients are told."""
        if not self._node.proxied:
            return await self._node.start(host, port, phase)
        if port:
            check_free(host, port)  # before the node takes seconds to boot
        await self._node.start(_LOCAL, 0, phase)
        relay = self._relay = Relay(self._node.addresses[0], self._supervision, announces=True)
        relay.on_handshake = self._handshakes.watched
        bound = await relay.start(host, port)
        self._relayed = (reachable(host), bound)
        return bound

    async def stop(self) -> None:
        """See `Engine`."""
        self._port = 0
        if self._relay is not None:
            await self._relay.stop()
        for follower in self._followers:
            await follower.stop()
        await self._node.stop()

    def _follow_logs(self) -> None:
        if not self._node.log_files:
            self._log.unknown(
                "what this RabbitMQ refuses to clients cannot be known here: its log is not ours "
                "to read (set HUBEMU_RABBITMQ_LOG to its file)"
            )
        handshakes = self._handshakes if self._relay is not None else None
        told = (self._topology, self._clock, self._log, self._supervision, self._connected)
        self._followers = [LogFollower(one, *told, handshakes) for one in self._node.log_files]
        for follower in self._followers:
            follower.start()

    def _connected(self, connected: Connected) -> None:
        tell_each(self._watchers, connected)

    def dispatcher(self, parts: DispatcherParts) -> Dispatcher | DispatcherPool:
        """See `Engine`: one in this process, or several in processes of their own."""
        self._dispatching = HubDispatcher(parts, self._place, self._supervision)
        return self._dispatching.dispatcher

    async def consumed(self) -> None:
        """See `Engine`."""
        if self._dispatching is not None:
            await self._dispatching.consumed()

    async def publish(
        self, client: str, vhost: str, body: bytes, properties: Properties, token: str
    ) -> None:
        """See `Engine`: really as that client, with its certificate."""
        if self._publisher is None:
            raise StartError("RabbitMQ is not started")
        holder = holder_of(self._topology, client, vhost)
        tls = self._pki.client_context(holder, self._pki.kind(self._phase), self._phase)
        if self._dispatching is not None:
            self._dispatching.feed.expect(vhost, client, body, token)
        await self._publisher.publish(tls, vhost, client, body, properties)

    async def purge(self) -> None:
        """See `Engine`."""
        now = managed(self.present, "the queues cannot be emptied")
        written = self._dispatching.feed.take_written() if self._dispatching else set()
        await empty(now, self._topology, written)

    async def settled(self) -> None:
        """See `Engine`: it tells nobody when."""

    def use_certificates(self, pki: Pki) -> None:
        """See `Engine`."""
        self._others = pki is not self._pki
        self._pki = pki
        self._handshakes.use_certificates(pki)
        self._node.use_certificates(pki)

    async def set_phase(self, phase: Phase, *, disconnect: bool = False) -> int:
        """See `Engine`."""
        if phase is not self._phase or self._others:
            await self._meet(phase)
            if self._dispatching is not None:
                self._dispatching.relocate()
        if not disconnect:
            return 0
        cannot = "connections cannot be dropped"
        return await disconnect_clients(managed(self.present, cannot), self._clients)

    async def _meet(self, phase: Phase) -> None:
        """Have new connections meet a phase, and what a fault shows in it if one does."""
        await self._node.show_phase(phase)
        self._others = False
        self._phase = phase
        if self._shown is not None:
            await self._node.show_certificate(*self._shown(phase))

    async def renew_trust(self) -> None:
        """See `Engine`."""
        await self._meet(self._phase)

    async def make(self, change: TopologyChange) -> None:
        """See `Engine`."""
        cluster = len(self._node.addresses) > 1
        await make(managed(self._node.management, _NO_CHANGE), change, cluster=cluster)

    async def remove(self, change: TopologyChange) -> int:
        """See `Engine`."""
        management = managed(self._node.management, _NO_CHANGE)
        users = {*self._clients, *change.users}
        return await remove(management, managed(self.present, _NO_CHANGE), change, users)

    async def check(self) -> None:
        """See `Engine`: the broker is asked, each time."""
        self._fault = await broker_fault(self._node, self._topology.vhosts)

    async def refresh(self) -> None:
        """See `Engine`; without a management API there is nothing to tell."""
        if (now := self.present) is None:
            return
        try:
            self._depths = await now.depths()
            self._rows = await now.connections(self._clients)
        except (ManagementError, CheckFailed) as error:
            self._fault = str(error)

    @property
    def counts_lag(self) -> float:
        """See `Engine`."""
        now = self.present
        return 0.0 if now is None else now.lag

    def depths(self, vhost: str) -> Mapping[str, QueueDepth]:
        """See `Engine`."""
        return self._depths.get(vhost, {})

    def connections(self) -> list[dict[str, Any]]:
        """See `Engine`; the dispatcher's own are left out."""
        return [connection_json(row, self._topology.users) for row in self._rows]

    def view(self) -> None:
        """See `Engine`: RabbitMQ has a management API of its own."""

    def details(self) -> dict[str, Any]:
        """See `Engine`."""
        return {
            "engine": self.name,
            "source": self._node.kind,
            "version": self._version,
            "fault": self._node.fault() or self._fault,
        }

    def _place(self) -> Place:
        node = self._node
        return Place(tuple(node.addresses), self._pki.folder, self._phase, node.proxied)
