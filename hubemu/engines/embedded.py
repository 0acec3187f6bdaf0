"""The embedded engine: the broker in this process, behind mutual TLS with certificate login."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubemu.broker.backlog_turns import BacklogTurns
from hubemu.broker.core import Broker, BrokerError, Observer, QueueDepth
from hubemu.broker.expiry import ExpiryTimer
from hubemu.broker.server import AmqpServer, ConnectionInfo, Refused, TlsAttempt, TlsPolicy
from hubemu.broker.tls_policy import Objection
from hubemu.broker.wire.properties import encode_properties
from hubemu.clock import Clock
from hubemu.dispatcher.driver import Dispatcher
from hubemu.dispatcher.embedded import EmbeddedFeed
from hubemu.engines.attempts import attempt_json, connection_json
from hubemu.engines.broker_view import BrokerView
from hubemu.engines.engine import DispatcherParts, PublishRefused
from hubemu.errors import CheckFailed
from hubemu.events import ConnectionLog
from hubemu.pki import KeyPair, Pki
from hubemu.properties import Properties
from hubemu.settings import Phase
from hubemu.supervision import Supervision
from hubemu.topology import HUB_EXCHANGE, Topology
from hubemu.topology_change import TopologyChange

if TYPE_CHECKING:
    from hubemu.broker.store import Committer

__all__ = ["EmbeddedEngine"]


class EmbeddedEngine:
    """A broker with the topology applied, listening for clients in a migration phase.

    Args:
        topology: what exists and who may touch it.
        pki: the Hub's certificates and whom it trusts in which phase.
        clock: moves time-to-lives and the validity of certificates.
        observer: is told what becomes of messages in the queues.
        log: is told of connections, attempts and refusals.
        supervision: keeps alive what must not end.
        state: the folder of what survives the broker; by default nothing does.

    Raises:
        InputError: the state is damaged.
        StartError: another broker has it.
    """

    name = "embedded"
    counts_lag = 0.0
    clock_moves = True

    def __init__(
        self,
        topology: Topology,
        pki: Pki,
        clock: Clock,
        observer: Observer,
        log: ConnectionLog,
        supervision: Supervision,
        *,
        state: Path | None = None,
    ) -> None:
        self._topology = topology
        self._pki = pki
        self._clock = clock
        self._log = log
        self._supervision = supervision
        self._phase = Phase.IGC
        self._server: AmqpServer | None = None
        self._listener = ("", 0)
        self._started_at = clock.now()
        self._committer: Committer | None = None
        if state is None:
            self.broker = Broker(clock, observer=observer)
            self.broker.apply(topology)
        else:
            from hubemu.broker.store import Committer, DiskStore  # only now: they load SQLite

            store = DiskStore(state)
            self.broker = Broker(clock, observer=observer, store=store)
            self.broker.apply(topology)
            store.recover(self.broker)
            self._committer = Committer(store, supervision, self.broker.alarms.disk)
        self._expiry = ExpiryTimer(self.broker, clock, supervision)
        self._turns = BacklogTurns(self.broker)

    @property
    def server(self) -> AmqpServer | None:
        """Where clients come in; only while it is started."""
        return self._server

    @property
    def phase(self) -> Phase:
        """The step of the migration that new connections meet."""
        return self._phase

    @property
    def listening(self) -> bool:
        """Whether clients can connect."""
        return self._server is not None

    @property
    def listener(self) -> tuple[str, int]:
        """Host and port it listens on."""
        return self._listener

    async def start(self, host: str, port: int, phase: Phase) -> int:
        """Listen for clients; the port bound.

        Raises:
            StartError: the port is taken or not allowed.
        """
        self._phase = phase
        if self._committer is not None:
            self._committer.start()
        server = AmqpServer(
            self.broker,
            tls=self.tls(),
            on_attempt=self._attempted,
            on_refused=self._refused,
            on_opened=self._opened,
        )
        bound = await server.start(host, port)
        self._server = server
        self._listener = (host, bound)
        self._expiry.start()
        self._turns.start()
        return bound

    async def stop(self) -> None:
        """Close every connection, stop listening, and let go of the state."""
        if self._server is not None:
            self._expiry.stop()
            await self._server.stop()
            self._server = None
        self._turns.stop()
        if self._committer is not None:
            await self._committer.stop()

    def dispatcher(self, parts: DispatcherParts) -> Dispatcher:
        """The dispatcher, in this process too."""
        return Dispatcher(
            parts.contexts,
            EmbeddedFeed(self.broker),
            journal=parts.journal,
            metrics=parts.metrics,
            clock=parts.clock,
            converter=parts.converter,
            supervision=self._supervision,
            interposer=parts.interposer,
            tracing=parts.tracing,
            unique=parts.unique,
        )

    async def consumed(self) -> None:
        """See `Engine`: it consumes as soon as it is started."""

    async def publish(
        self, client: str, vhost: str, body: bytes, properties: Properties, token: str
    ) -> None:
        """Publish to the Hub as a client; `token` becomes the id in the journal.

        Raises:
            PublishRefused: a client would get a channel error for it.
        """
        header = encode_properties(properties)
        try:
            self.broker.vhosts[vhost].publish(HUB_EXCHANGE, client, body, header, token=token)
        except BrokerError as refusal:
            raise PublishRefused(refusal.text) from None
        await self.safe()

    async def purge(self) -> None:
        """Empty every queue."""
        self.broker.purge()
        await self.settled()

    async def settled(self) -> None:
        """See `Engine`."""
        await self._turns.done()

    async def safe(self) -> None:
        """Wait until all that was done is on the disk, if it is to be."""
        if self._committer is not None:
            await self._committer.safe()

    def use_certificates(self, pki: Pki) -> None:
        """See `Engine`."""
        self._pki = pki

    async def set_phase(self, phase: Phase, *, disconnect: bool = False) -> int:
        """Meet new connections in `phase`; the number of open ones dropped, if asked to."""
        self._phase = phase
        if self._server is None:
            return 0
        self._server.set_tls(self.tls())
        return self._server.drop_connections() if disconnect else 0

    async def renew_trust(self) -> None:
        """See `Engine`."""
        if self._server is not None:
            self._server.set_tls(self.tls())

    async def make(self, change: TopologyChange) -> None:
        """See `Engine`."""
        try:
            self.broker.apply(change.added)
        except BrokerError as refusal:
            raise CheckFailed(f"the broker takes no more: {refusal.text}") from None
        await self.safe()

    async def remove(self, change: TopologyChange) -> int:
        """See `Engine`."""
        closed = self._close_those_of(change)
        for user in change.users:
            self.broker.remove_user(user)
        for vhost in change.vhosts:
            self.broker.remove_vhost(vhost)
        for name, queue in change.queues:
            home = self.broker.vhosts[name]
            if queue in home.queues:
                home.remove_queue(home.queues[queue])
        await self.safe()
        return closed

    def _close_those_of(self, change: TopologyChange) -> int:
        """Close the connections of users and on vHosts that go, in RabbitMQ's words."""
        if self._server is None:
            return 0
        close = self._server.close_connections
        users = sum(close(f"user '{one}' is deleted", of_user=one) for one in change.users)
        return users + sum(
            close(f"vhost '{one}' is deleted", on_vhost=one) for one in change.vhosts
        )

    async def check(self) -> None:
        """See `Engine`: what is told is always as it is now."""

    async def refresh(self) -> None:
        """See `Engine`: what is told is always as it is now."""

    def view(self) -> BrokerView:
        """See `Engine`."""
        return BrokerView(
            broker=self.broker,
            connections=tuple(self._server.connections()) if self._server is not None else (),
            users=self._topology.users,
            listener=self._listener,
            started_at=self._started_at,
        )

    def details(self) -> dict[str, Any]:
        """Facts for the health page."""
        trouble = self._committer.trouble if self._committer is not None else None
        return {"engine": self.name} | ({"fault": trouble} if trouble else {})

    def depths(self, vhost: str) -> Mapping[str, QueueDepth]:
        """The depth of every queue of a vHost."""
        return self.broker.vhosts[vhost].depths()

    def connections(self) -> list[dict[str, Any]]:
        """The open connections, as the control API shows them."""
        if self._server is None:
            return []
        users = self._topology.users
        return [connection_json(one, users) for one in self._server.connections()]

    def tls(self, shown: KeyPair | None = None) -> TlsPolicy:
        """What new connections meet in the present phase, with another certificate if need be."""
        judge = self._pki.judge(self._phase)

        def verdict(chain: Sequence[bytes]) -> Objection | None:
            now = self._clock.datetime()
            found = judge.fault(chain, now)
            return Objection(found.words(now), found.fault.alert) if found is not None else None

        # As RabbitMQ judges, and by the Hub's own clock.
        return TlsPolicy(self._pki.server_context(self._phase, shown), verdict, decides=True)

    def _attempted(self, attempt: TlsAttempt) -> None:
        reason = "" if attempt.accepted else self._explain(attempt)
        told = attempt_json(attempt, reason, self._topology.users)
        if attempt.accepted or attempt.in_amqp:
            self._log.attempt(told)
        else:
            self._log.refused_in_tls(told)

    def _refused(self, refused: Refused) -> None:
        self._log.refuse(refused, self._clock.now())

    def _opened(self, connection: ConnectionInfo) -> None:
        self._log.connected(connection_json(connection, self._topology.users))

    def _explain(self, attempt: TlsAttempt) -> str:
        now = self._clock.datetime()
        return self._pki.explain_refusal(attempt.chain, self._phase, now, attempt.reason)
