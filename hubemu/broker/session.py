"""One client: bytes between its socket, TLS and the protocol's `Connection`.

Thin on purpose: what AMQP means is decided in `broker.protocol`, what TLS means in `broker.tls`.

Rules:
1. Handle what came, in portions, so that one busy client cannot starve the others.
2. Write once per turn of the loop, whoever caused it (`Shell.flush_soon`).
3. Stop reading while the connection wants no input; stop draining while the socket is full.
4. Time lives here: handshake and closing deadlines, heartbeats.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from hubemu.broker.client_socket import LAST_WORDS, ClientSocket
from hubemu.broker.protocol.auth import Peer
from hubemu.broker.protocol.connection import Connection
from hubemu.broker.protocol.state import State
from hubemu.broker.tls import TlsPipe, TlsRefused
from hubemu.common_name import common_name

__all__ = ["Session", "Shell"]

_T = TypeVar("_T")

_LOG = logging.getLogger(__name__)

_PORTION = 0.002
"""Seconds for which frames are handled before other clients get their turn."""


class Shell(Protocol):
    """What a session needs of the server it belongs to."""

    handshake_timeout: float
    """Seconds until a connection must be open."""

    def connect(self, peer: Peer, wake: Callable[[], None]) -> Connection:
        """The protocol side of a new connection."""

    def admit(self, session: Session) -> bool:
        """Whether there is room for one more."""

    def identified(self, session: Session, peer: Peer) -> bool:
        """Whether a client may go on whose certificate, if it has one, is known by now."""

    def opened(self, session: Session) -> None:
        """The session's connection is open: its handshakes are over."""

    def tls_ended(self, session: Session, pipe: TlsPipe, accepted: bool, reason: str) -> None:
        """A TLS handshake is over."""

    def flush_soon(self, session: Session) -> None:
        """Have `Session.flush` called before this turn of the loop ends."""

    def forget(self, session: Session) -> None:
        """The session's socket is gone."""


class Session:
    """One client, from accept to close.

    Args:
        shell: the server.
        pipe: the TLS side, `None` for plain TCP.
    """

    def __init__(self, shell: Shell, pipe: TlsPipe | None) -> None:
        self.socket = ClientSocket(self)
        self.pipe = pipe
        self.connection: Connection | None = None
        """The AMQP side, once TLS (if any) is established."""
        self.dirty = False
        """Whether the shell knows that there is something to flush."""
        self._shell = shell
        self._loop = asyncio.get_running_loop()
        self._full = False
        self._reading = True
        self._again: asyncio.Handle | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._beat: asyncio.TimerHandle | None = None
        self._closing_in: float | None = None
        self._came = False
        self._refused = False
        self._tls_told = False

    @property
    def address(self) -> str:
        """The client's end of the socket."""
        return self.socket.address

    # What the socket tells

    def connected(self) -> None:
        """A client connected."""
        if not self._shell.admit(self):
            self.socket.abort()
            return
        self._deadline = self._loop.call_later(self._shell.handshake_timeout, self._too_slow)
        if self.pipe is None:
            self._start_amqp()

    def take_in(self, data: bytes) -> None:
        """Bytes came."""
        self._came = True
        if self._refused:
            return  # what follows a refused handshake must not reset the socket: it has an alert
        if self.pipe is not None:
            try:
                data = self._through_tls(self.pipe, data)
            except TlsRefused as refused:
                self._tls_failed(str(refused))
                return
        connection = self.connection
        if data and connection is not None:
            connection.receive(data)
            if self._again is None:
                self._work()
        if self.pipe is not None and self.pipe.ended:
            self.close()

    def output_full(self, full: bool) -> None:
        """The socket is full, or takes bytes again."""
        self._full = full
        if self.connection is not None:
            self.connection.channels.socket_writable(not full)
            if not full:
                self._shell.flush_soon(self)

    def gone(self) -> None:
        """The client is gone: it gives back everything."""
        for timer in (self._deadline, self._beat, self._again):
            if timer is not None:
                timer.cancel()
        if self.connection is None and self._came:
            self._tls_over(False, "unexpected eof while reading")
        self._shell.forget(self)
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.lost()
        self.pipe = None  # nothing large may wait for a search for cycles

    # Work

    def _through_tls(self, pipe: TlsPipe, data: bytes) -> bytes:
        if pipe.established:
            return pipe.decrypt(data)
        done = pipe.shake_hands(data)
        self._send(pipe.outgoing())
        if not done:
            return b""
        self._tls_over(True, "")
        self._start_amqp()
        return pipe.decrypt(b"")

    def _start_amqp(self) -> None:
        pipe = self.pipe
        peer = Peer(
            address=self.address,
            common_name=common_name(pipe.chain[0]) if pipe and pipe.chain else None,
            tls_version=pipe.version if pipe else "",
            chain=pipe.chain if pipe else (),
        )
        if self._shell.identified(self, peer):
            self.connection = self._shell.connect(peer, self._wake)
        else:
            self.abort()

    def _work(self) -> None:
        """Handle a portion of what came; come back for the rest."""
        self._again = None
        connection = self.connection
        if connection is None:
            return
        more = self._guarded(connection, lambda: connection.process(_PORTION), False)
        if more:
            self._again = self._loop.call_soon(self._work)
        self._read(not more and connection.wants_input)
        self._keep_time(connection)

    def _guarded(self, connection: Connection, work: Callable[[], _T], otherwise: _T) -> _T:
        """Do `work`; a bug in it ends this connection and no other."""
        try:
            return work()
        except Exception:
            _LOG.exception("%s: a bug ends this connection", self.address)
            connection.internal_error()
            return otherwise

    def _wake(self) -> None:
        if not self.dirty:
            self._shell.flush_soon(self)

    def flush(self) -> None:
        """Hand what waits to the socket."""
        self.dirty = False
        connection = self.connection
        if connection is None or self._full or not self.socket.open:
            return
        data = self._guarded(connection, connection.data_to_send, b"")
        if data:
            self._send(self.pipe.encrypt(data) if self.pipe is not None else data)
        if not self._reading and self._again is None and connection.wants_input:
            self._again = self._loop.call_soon(self._work)
        self._keep_time(connection)

    def close(self) -> None:
        """Close the socket once what was written is sent, after a while in any case."""
        if self.pipe is not None and self.socket.open:
            self._send(self.pipe.close())
        self.socket.close()

    def abort(self) -> None:
        """Close the socket at once."""
        self._tls_told = True
        self.socket.abort()

    def _give_up(self) -> None:
        """Wait for the client no longer; one that hears nothing does not hear of that either."""
        self._tls_told = True
        self.socket.give_up()

    def _send(self, data: bytes) -> None:
        if data:
            self.socket.send(data)

    def _read(self, wanted: bool) -> None:
        if wanted != self._reading:
            self._reading = wanted
            self.socket.read(wanted)

    # TLS

    def _tls_over(self, accepted: bool, reason: str) -> None:
        """Tell how the attempt ended, once: its first reason is the one that counts."""
        if self.pipe is not None and not self._tls_told:
            self._tls_told = True
            self._shell.tls_ended(self, self.pipe, accepted, reason)

    def _tls_failed(self, reason: str) -> None:
        """Refuse with the alert that OpenSSL made; the client gets a while to read it."""
        pipe = self.pipe
        if pipe is None:
            return
        if pipe.established:
            self.abort()
            return
        self._refused = True
        self._tls_over(False, reason)
        self._send(pipe.outgoing())
        self.socket.end_output()
        self._restart_deadline(LAST_WORDS, self._give_up)

    # Time

    def _keep_time(self, connection: Connection) -> None:
        """Arm and disarm what depends on the state of the connection."""
        if self._deadline is not None and connection.state is State.RUNNING:
            self._deadline.cancel()
            self._deadline = None
            self._shell.opened(self)
            if self.pipe is not None:
                self.pipe.rest()
        if self._beat is None and connection.heartbeat_period:
            self._beat = self._loop.call_later(connection.heartbeat_period, self._tick)
        if connection.closing_in != self._closing_in and connection.closing_in is not None:
            self._closing_in = connection.closing_in
            self._restart_deadline(self._closing_in, self.close)
            if not self._closing_in:
                self.flush()
                self.close()

    def _restart_deadline(self, seconds: float, action: Callable[[], None]) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self._loop.call_later(seconds, action)

    def _tick(self) -> None:
        connection = self.connection
        if connection is None:
            return
        self._guarded(connection, lambda: connection.tick(time.monotonic()), None)
        self._beat = self._loop.call_later(connection.heartbeat_period, self._tick)
        self._keep_time(connection)

    def _too_slow(self) -> None:
        seconds = self._shell.handshake_timeout
        if self.connection is None:
            self._tls_over(False, f"the TLS handshake was not finished in {seconds:g} s")
        _LOG.warning("%s: connection not open after %g s", self.address, seconds)
        self._give_up()
