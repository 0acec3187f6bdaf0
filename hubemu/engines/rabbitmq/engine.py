"""The RabbitMQ engine: a node that carries the Hub, and the dispatcher beside it."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any

from hubemu.amqp import Address, Link, LinkError, open_link
from hubemu.broker.core.queue import QueueDepth
from hubemu.clock import Clock
from hubemu.dispatcher import Dispatcher, contexts_of
from hubemu.dispatcher.amqp.feed import AmqpFeed
from hubemu.dispatcher.pool.pool import DispatcherPool
from hubemu.dispatcher.pool.worker import Assignment
from hubemu.engines.engine import DispatcherParts, PublishRefused
from hubemu.engines.rabbitmq.connections import connection_json
from hubemu.engines.rabbitmq.definitions import definitions
from hubemu.engines.rabbitmq.fault import broker_fault
from hubemu.engines.rabbitmq.handshakes import HandshakeTeller
from hubemu.engines.rabbitmq.log_follower import LogFollower
from hubemu.engines.rabbitmq.management import Management, ManagementError
from hubemu.engines.rabbitmq.node import Node, check_free, reachable
from hubemu.engines.rabbitmq.nodelog import Connected
from hubemu.engines.rabbitmq.version import check_version
from hubemu.errors import CheckFailed, StartError
from hubemu.events import ConnectionLog
from hubemu.pki import Pki, open_pki
from hubemu.properties import Properties
from hubemu.relay import Relay
from hubemu.settings import Phase
from hubemu.supervision import Supervision
from hubemu.telling import tell_each
from hubemu.topology import DEAD_LETTERS, DISPATCH, DISPATCHER, HUB_EXCHANGE, Topology

__all__ = ["Place", "RabbitMqEngine", "dispatcher_addresses"]

_LOCAL = "127.0.0.1"
_CONSUME_SECONDS = 30.0
_NO_MANAGEMENT = (
    "without RabbitMQ's management API: set HUBEMU_RABBITMQ_MANAGEMENT to its URL "
    "(http://user:password@host:15672)"
)

_PRECONDITION_FAILED = 406


@dataclass(frozen=True, slots=True)
class Place:
    """Where a dispatcher finds the broker, in words that travel between processes."""

    listeners: tuple[tuple[str, int], ...]
    certificates: Path
    phase: Phase
    proxied: bool = False


def dispatcher_addresses(place: Place) -> list[Address]:
    """The addresses of a place: of a cluster, any node that is up will do."""
    tls = _dispatcher_tls(place.certificates, place.phase)
    return [Address(host, port, tls, place.proxied) for host, port in place.listeners]


@lru_cache(maxsize=1)
def _dispatcher_tls(certificates: Path, phase: Phase) -> ssl.SSLContext:
    """What the dispatcher shows and trusts; the same for the links of all vHosts."""
    return open_pki(certificates).dispatcher_context(phase)


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
        self._turns: Iterator[tuple[str, int]] = iter(())
        self._port = 0
        self._fault: str | None = "RabbitMQ is not started"
        self._depths: Mapping[str, Mapping[str, QueueDepth]] = {}
        self._rows: list[dict[str, Any]] = []
        self._version = ""
        self._dispatcher: Dispatcher | DispatcherPool | None = None
        self._feed: AmqpFeed | DispatcherPool | None = None

    @property
    def relay(self) -> Relay | None:
        """What stands before the node, if anything does; only while it is started."""
        return self._relay

    @property
    def management(self) -> Management | None:
        """The node's management API, where it is known; only while it is started."""
        return self._node.management

    @property
    def node_kind(self) -> str:
        """Where the node comes from: `native`, `docker` or `existing`."""
        return self._node.kind

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

    async def control(self, *arguments: str) -> None:
        """Run `rabbitmqctl` on the node.

        Raises:
            CheckFailed: it cannot be run from here, or refuses.
        """
        await self._node.control(*arguments)

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
            self._version = await self._version_of(self._node.management)
        self._turns = cycle(self._node.addresses)
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

    async def _version_of(self, management: Management) -> str:
        try:
            version = await management.version()
        except ManagementError as error:
            raise StartError(f"RabbitMQ does not answer: {error}") from None
        check_version(version, "the broker")
        return version

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
            return
        for file in self._node.log_files:
            follower = LogFollower(
                file,
                self._topology,
                self._clock,
                self._log,
                self._supervision,
                self._connected,
                self._handshakes if self._relay is not None else None,
            )
            follower.start()
            self._followers.append(follower)

    def _connected(self, connected: Connected) -> None:
        tell_each(self._watchers, connected)

    def dispatcher(self, parts: DispatcherParts) -> Dispatcher | DispatcherPool:
        """See `Engine`: one in this process, or several in processes of their own."""
        number = parts.settings.dispatchers
        feed = AmqpFeed(
            list(parts.contexts),
            lambda: dispatcher_addresses(self._place()),
            parts.journal,
            self._supervision,
            queues=(DISPATCH, DEAD_LETTERS) if number == 1 else (DEAD_LETTERS,),
            random=Random(f"{parts.settings.seed} links"),  # noqa: S311 - no secret
        )
        alone = Dispatcher(
            parts.contexts,
            feed,
            journal=parts.journal,
            metrics=parts.metrics,
            clock=parts.clock,
            converter=parts.converter,
            supervision=self._supervision,
            interposer=parts.interposer,
            tracing=parts.tracing,
        )
        if number == 1:
            self._dispatcher, self._feed = alone, feed
        else:
            self._dispatcher = self._feed = self._pool(alone, feed, parts, number)
        return self._dispatcher

    def _pool(
        self, dead_letters: Dispatcher, feed: AmqpFeed, parts: DispatcherParts, number: int
    ) -> DispatcherPool:
        assignments = [
            Assignment(
                prefix=f"w{worker}.",
                contexts=partial(contexts_of, parts.tables, parts.settings),
                addresses=dispatcher_addresses,
                converter=parts.settings.converter,
                seed=f"{parts.settings.seed} links of {worker}",
                traces=parts.settings.traces,
            )
            for worker in range(number)
        ]
        return DispatcherPool(
            dead_letters,
            feed,
            assignments,
            self._place,
            journal=parts.journal,
            metrics=parts.metrics,
            supervision=self._supervision,
        )

    async def consumed(self) -> None:
        """See `Engine`."""
        dispatcher, feed = self._dispatcher, self._feed
        if dispatcher is None or feed is None:
            return
        try:
            async with asyncio.timeout(_CONSUME_SECONDS):
                await feed.consuming()
        except TimeoutError:
            links = dispatcher.health()["links"]
            vhost, reason = next(iter(links.items()), ("any vHost", "no answer in time"))
            raise StartError(f"the dispatcher cannot consume on {vhost}: {reason}") from None

    async def publish(
        self, client: str, vhost: str, body: bytes, properties: Properties, token: str
    ) -> None:
        """See `Engine`: really as that client, with its certificate."""
        holder = self._holder(client, vhost)
        tls = self._pki.client_context(holder, self._pki.kind(self._phase), self._phase)
        if self._feed is not None:
            self._feed.expect(vhost, client, body, token)
        try:
            link = await self._open_link(tls, vhost)
            try:
                await link.publish_confirmed(HUB_EXCHANGE, client, body, properties)
            finally:
                await link.close()
        except LinkError as error:
            if error.code == _PRECONDITION_FAILED:
                raise PublishRefused(str(error)) from None
            raise StartError(f"RabbitMQ does not take the message: {error}") from None

    async def _open_link(self, tls: ssl.SSLContext, vhost: str) -> Link:
        """A link to the node whose turn it is; to the next one if that cannot be reached."""
        for _ in self._node.addresses[1:]:
            try:
                return await open_link(Address(*next(self._turns), tls, self._node.proxied), vhost)
            except LinkError as error:
                if error.code:
                    raise
        return await open_link(Address(*next(self._turns), tls, self._node.proxied), vhost)

    async def purge(self) -> None:
        """See `Engine`."""
        management = self._node.management
        if management is None:
            raise CheckFailed(f"the queues cannot be emptied {_NO_MANAGEMENT}")
        written = self._feed.take_written() if self._feed is not None else set()
        try:
            depths = await management.depths()
            filled = {
                (vhost, name)
                for vhost in self._topology.vhosts
                for name, depth in depths.get(vhost, {}).items()
                if depth.ready or depth.unacked or name in (DISPATCH, DEAD_LETTERS)
            }
            known = {(vhost, name) for vhost in depths for name in depths[vhost]}
            await management.purge((written & known) | filled)
        except ManagementError as error:
            raise StartError(f"RabbitMQ cannot be purged: {error}") from None

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
            if isinstance(self._dispatcher, DispatcherPool):
                self._dispatcher.relocate()
        if not disconnect:
            return 0
        management = self._node.management
        if management is None:
            raise CheckFailed(f"connections cannot be dropped {_NO_MANAGEMENT}")
        try:
            open_ones = await management.connections(self._clients)
            await management.disconnect({row["user"] for row in open_ones})
        except ManagementError as error:
            raise StartError(f"connections cannot be dropped: {error}") from None
        return len(open_ones)

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

    async def add_users(self, added: Topology) -> None:
        """See `Engine`."""
        management = self._node.management
        if management is None:
            raise CheckFailed(f"no user can be made {_NO_MANAGEMENT}")
        try:
            await management.apply(definitions(added))
        except ManagementError as error:
            raise StartError(f"RabbitMQ does not take the new user: {error}") from None
        self._topology.users.update(added.users)

    async def check(self) -> None:
        """See `Engine`: the broker is asked, each time."""
        self._fault = await broker_fault(self._node, self._topology.vhosts)

    async def refresh(self) -> None:
        """See `Engine`; without a management API there is nothing to tell."""
        management = self._node.management
        if management is None:
            return
        try:
            self._depths = await management.depths()
            self._rows = await management.connections(self._clients)
        except ManagementError as error:
            self._fault = str(error)

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
        fault = self._node.fault() or self._fault
        return {
            "engine": self.name,
            "source": self._node.kind,
            "version": self._version,
            "fault": fault,
        }

    def _place(self) -> Place:
        node = self._node
        return Place(tuple(node.addresses), self._pki.folder, self._phase, node.proxied)

    def _holder(self, routing_key: str, vhost: str) -> str:
        """The client whose certificate may publish with a routing key."""
        for right in self._topology.vhosts[vhost].topic_permissions:
            if re.fullmatch(right.write, routing_key):
                return self._topology.users[right.user]
        raise StartError(f"no client may publish as {routing_key} on {vhost}")
