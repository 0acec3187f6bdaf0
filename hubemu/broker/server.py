"""The listening broker: accepts sockets, keeps sessions, flushes them once per turn of the loop."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Callable
from functools import partial

from hubemu.broker.client_socket import ClientSocket
from hubemu.broker.core import Broker
from hubemu.broker.interposing import ServerInterposer
from hubemu.broker.listening import Listeners
from hubemu.broker.open_connection import (
    Admission,
    ChannelInfo,
    ConnectionInfo,
    OpenConnection,
    connection_info,
)
from hubemu.broker.protocol.auth import Authenticator, CertificateLogin, Peer
from hubemu.broker.protocol.connection import Connection
from hubemu.broker.protocol.refused import OnRefused, Refused
from hubemu.broker.protocol.state import State
from hubemu.broker.refused_attempts import failed_attempt, log_refused
from hubemu.broker.server_limits import ServerLimits
from hubemu.broker.session import Session
from hubemu.broker.tls import TlsGate, TlsPipe
from hubemu.broker.tls_policy import TlsAttempt, TlsPolicy

__all__ = [
    "AmqpServer",
    "ChannelInfo",
    "ConnectionInfo",
    "Refused",
    "ServerLimits",
    "TlsAttempt",
    "TlsPolicy",
]

_LOG = logging.getLogger(__name__)

_STOP_TIMEOUT = 2.0
"""Seconds clients get to answer our close when the server stops."""


class AmqpServer:
    """AMQP 0-9-1 on a port, with TLS or without, for the vHosts of one broker.

    Args:
        broker: what clients get to see.
        tls: what TLS connections meet; `None` for plain TCP.
        on_attempt: told of every TLS handshake, refused ones above all.
        on_refused: told of everything refused to a client that is past TLS; the default logs it.
        on_opened: told of each connection once it is open.
        authenticator: who may log in; the default takes the certificate's common name.
        limits: how many, how large, how long.
    """

    def __init__(
        self,
        broker: Broker,
        *,
        tls: TlsPolicy | None,
        on_attempt: Callable[[TlsAttempt], None] = lambda _attempt: None,
        on_refused: OnRefused | None = None,
        on_opened: Callable[[ConnectionInfo], None] = lambda _connection: None,
        authenticator: Authenticator | None = None,
        limits: ServerLimits | None = None,
    ) -> None:
        self._broker = broker
        self._gate = TlsGate(tls) if tls is not None else None
        self._on_attempt = on_attempt
        self._tell_refused = on_refused or log_refused
        self._on_opened = on_opened
        self._authenticator = authenticator or CertificateLogin(broker.users)
        self._limits = limits or ServerLimits()
        self.handshake_timeout = self._limits.handshake_timeout
        self._sessions: dict[Session, Admission] = {}
        self._unfinished: set[Session] = set()
        self._ids = itertools.count(1)
        self._dirty: list[Session] = []
        self._listeners = Listeners(self._session)
        self._unwatch: tuple[Callable[[], None], ...] = ()
        self._all_gone = asyncio.Event()
        self.interposer: ServerInterposer | None = None
        """Who is asked about each connection that comes, if anybody is."""

    async def start(self, host: str, port: int) -> int:
        """Listen; the port bound (`port` 0 takes a free one).

        The host `localhost` is both loopback addresses, where the machine has IPv6.

        Raises:
            StartError: the address is taken or not ours; how to mend it is said.
        """
        bound = await self._listeners.open(host, port)
        self._unwatch = (
            self._broker.alarms.watch(self._alarm),
            self._broker.watch_answers(self._flush),
        )
        return bound

    async def stop(self) -> None:
        """Stop listening, tell every client (320), close every socket. Idempotent."""
        if not self._listeners:
            return
        await self._listeners.refuse()
        self.drop_connections("broker forced connection closure with reason 'shutdown'")
        await self._wait_until_gone(_STOP_TIMEOUT)
        for session in tuple(self._sessions):
            session.abort()
        await self._wait_until_gone(None)
        for leave in self._unwatch:
            leave()
        await self._listeners.close()

    def set_tls(self, tls: TlsPolicy) -> None:
        """New handshakes meet `tls`; open connections stay as they are."""
        self._gate = TlsGate(tls)

    async def refuse_connections(self) -> None:
        """Have the system refuse who connects, the port staying ours; open connections stay."""
        await self._listeners.refuse()

    async def accept_connections(self) -> None:
        """Listen again on the same port, after `refuse_connections`."""
        await self._listeners.accept()

    def connections(self) -> list[ConnectionInfo]:
        """The connections that are open, oldest first."""
        return [one.info for one in self.open_connections()]

    def open_connections(self) -> list[OpenConnection]:
        """The same, to be acted on."""
        return [
            self._opened(session, session.connection, admission)
            for session, admission in self._sessions.items()
            if session.connection is not None and session.connection.state is State.RUNNING
        ]

    def open_connection(self, id_: str) -> OpenConnection | None:
        """The open connection with an id (`ConnectionInfo.id`), if there is one."""
        return next((one for one in self.open_connections() if one.info.id == id_), None)

    @property
    def sessions(self) -> int:
        """How many sockets it holds, open connections or not."""
        return len(self._sessions)

    def close_connections(
        self, explanation: str, *, of_user: str | None = None, on_vhost: str | None = None
    ) -> int:
        """Close those of a user, or on a vHost (320 CONNECTION_FORCED); how many were open."""
        found = [
            one
            for one in self.open_connections()
            if of_user in (None, one.info.user) and on_vhost in (None, one.info.vhost)
        ]
        for one in found:
            one.close_by_force(explanation)
        return len(found)

    def drop_connections(self, explanation: str = "closed by an operator") -> int:
        """Close every connection (320 CONNECTION_FORCED); how many were open."""
        count = len(self.connections())
        for session in tuple(self._sessions):
            if session.connection is None:
                session.abort()
            else:
                self._each(session, partial(session.connection.force_close, explanation))
                self.flush_soon(session)
        return count

    # What sessions need (Shell)

    def connect(self, peer: Peer, wake: Callable[[], None]) -> Connection:
        """See `Shell`."""
        return Connection(
            self._broker,
            self._authenticator,
            peer,
            self._limits.connection,
            wake=wake,
            now=time.monotonic,
            on_refused=self._refused,
        )

    def admit(self, session: Session) -> bool:
        """See `Shell`."""
        no_place = self._limits.no_place(len(self._sessions), len(self._unfinished))
        if no_place:
            self._refused(
                Refused(
                    scope="connection",
                    peer=Peer(address=session.address),
                    user="",
                    vhost="",
                    channel=0,
                    method="",
                    code=0,
                    text=no_place,
                )
            )
            return False
        if self.interposer is not None and not self.interposer.accepts(session.socket):
            return False
        self._sessions[session] = Admission(f"{next(self._ids)}", self._broker.clock.now())
        self._unfinished.add(session)
        return True

    def identified(self, session: Session, peer: Peer) -> bool:
        """See `Shell`."""
        return self.interposer is None or self.interposer.identified(session.socket, peer)

    def opened(self, session: Session) -> None:
        """See `Shell`."""
        self._unfinished.discard(session)
        if session.connection is not None:
            opened = self._opened(session, session.connection, self._sessions[session])
            self._on_opened(opened.info)
            if self.interposer is not None:
                self.interposer.opened(opened)

    def tls_ended(self, session: Session, pipe: TlsPipe, accepted: bool, reason: str) -> None:
        """See `Shell`."""
        self._on_attempt(
            TlsAttempt(
                at=self._broker.clock.now(),
                peer=session.address,
                accepted=accepted,
                tls_version=pipe.version,
                reason=reason,
                chain=pipe.chain,
            )
        )

    def flush_soon(self, session: Session) -> None:
        """See `Shell`."""
        if not self._dirty:
            asyncio.get_running_loop().call_soon(self._flush)
        if not session.dirty:
            session.dirty = True
            self._dirty.append(session)

    def forget(self, session: Session) -> None:
        """See `Shell`."""
        self._sessions.pop(session, None)
        self._unfinished.discard(session)
        if not self._sessions:
            self._all_gone.set()

    # Own affairs

    def _session(self) -> ClientSocket:
        gate = self._gate
        if self.interposer is not None:
            gate = self.interposer.gate() or gate
        return Session(self, gate.pipe() if gate is not None else None).socket

    def _opened(
        self, session: Session, connection: Connection, admission: Admission
    ) -> OpenConnection:
        info = connection_info(connection, admission)
        return OpenConnection(info, session.socket, connection, lambda: self.flush_soon(session))

    def _flush(self) -> None:
        if self._broker.holding_answers:
            return  # comes again when they may go
        dirty, self._dirty = self._dirty, []
        for session in dirty:
            self._each(session, session.flush)

    def _alarm(self, reason: str, raised: bool) -> None:
        for session in tuple(self._sessions):
            if session.connection is not None:
                self._each(session, partial(session.connection.alarm, reason, raised))
                self.flush_soon(session)

    def _each(self, session: Session, call: Callable[[], object]) -> None:
        """Do something with one of many sessions: a fault ends that one, not what others get."""
        try:
            call()
        except Exception:
            _LOG.exception("%s: its connection ends by a fault of hubemu", session.address)
            session.abort()

    def _refused(self, refused: Refused) -> None:
        """Something was refused past TLS; without login or vHost the attempt to connect failed."""
        self._tell_refused(refused)
        failed = failed_attempt(refused, self._broker.clock.now())
        if failed is not None:
            self._on_attempt(failed)

    async def _wait_until_gone(self, timeout: float | None) -> None:
        if not self._sessions:
            return
        self._all_gone.clear()
        try:
            await asyncio.wait_for(self._all_gone.wait(), timeout)
        except TimeoutError:
            _LOG.warning("%d clients did not answer our close", len(self._sessions))
