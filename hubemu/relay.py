"""A relay of bytes before a broker's listener: TLS stays between the client and the broker.

What passes can be met here, connection by connection, without the broker knowing: the client's side
is the same `ClientSocket` that the embedded broker has, with the same place for a `Transit`. The
broker learns who the client really is by the PROXY protocol, if it is told to expect that.

Rules:
1. Nothing is read from one side that the other does not take: a slow reader holds its writer up.
2. An end of one side ends the other, after all that came before it.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import socket
import struct
from collections.abc import Callable
from typing import Protocol, TypeAlias, cast

from hubemu.broker.client_socket import ClientSocket
from hubemu.broker.handshake_watch import HandshakeWatch, Watched
from hubemu.broker.listening import Listeners
from hubemu.proxy_protocol import Place, proxy_header
from hubemu.supervision import Supervision

__all__ = ["Relay", "RelayInterposer", "RelayedConnection"]

_LOG = logging.getLogger(__name__)
_NO_LINGER = struct.pack("ii", 1, 0)
"""SO_LINGER: on, for no time at all: the close that follows is a reset."""
_SOCKET_BUFFER = 256 * 1024
"""Octets handed to a socket that it has not taken; above this nothing more is read."""


OnHandshake: TypeAlias = Callable[[str, Watched], None]


class RelayInterposer(Protocol):
    """Asked of each connection that comes (`Relay.interposer`)."""

    def accepts(self, socket: ClientSocket) -> bool:
        """A client connected; False resets its socket.

        Its octets may be led through a `ClientSocket.transit` from the first one on.
        """


class _BrokerSide(asyncio.Protocol):
    """The socket to the broker; what it gets goes to the client."""

    def __init__(self, client: ClientSocket, owner: RelayedConnection) -> None:
        self._client = client
        self._owner = owner
        self._transport: asyncio.Transport | None = None
        self._waiting: list[bytes] = []
        self._paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open: what waits for it is written."""
        self._transport = made = cast("asyncio.Transport", transport)
        made.set_write_buffer_limits(high=_SOCKET_BUFFER)
        connected = made.get_extra_info("socket")
        if connected is not None and connected.family in (socket.AF_INET, socket.AF_INET6):
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for data in self._waiting:
            made.write(data)
        self._waiting.clear()
        self.hold(self._paused)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._owner.watch is not None:
            self._owner.look(data, from_client=False)
        self._client.send(data)

    def write(self, data: bytes) -> None:
        """Send bytes, as soon as the socket is open."""
        if self._transport is None:
            self._waiting.append(data)
        elif not self._transport.is_closing():
            self._transport.write(data)

    def pause_writing(self) -> None:
        """The broker takes no more: the client is read no more."""
        self._client.read(False)

    def resume_writing(self) -> None:
        """It takes bytes again."""
        self._client.read(True)

    def hold(self, held: bool) -> None:
        """Whether the broker is not read, because the client takes nothing."""
        self._paused = held
        if self._transport is None or self._transport.is_closing():
            return
        if held:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def eof_received(self) -> bool:
        """It sends no more: for AMQP that is the end."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        self._owner.broker_gone()

    def end(self) -> None:
        """The client is gone: the broker is told at once, as a client that dies tells it."""
        if self._transport is not None and not self._transport.is_closing():
            connected = self._transport.get_extra_info("socket")
            if connected is not None:
                connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            self._transport.close()

    def abort(self) -> None:
        """Close the socket at once."""
        if self._transport is not None:
            self._transport.abort()


class RelayedConnection:
    """One client and the broker's socket for it."""

    def __init__(self, relay: Relay, number: int) -> None:
        self.id = f"{number}"
        self._relay = relay
        self._connecting: asyncio.Task[None] | None = None
        self.watch = HandshakeWatch() if relay.on_handshake is not None else None
        """Looks at the TLS handshake, until that is over."""
        self.client = ClientSocket(self)
        self._broker = _BrokerSide(self.client, self)

    @property
    def peer(self) -> str:
        """The client's address."""
        return self.client.address

    # What the client's socket tells

    def connected(self) -> None:
        """A client came: its socket to the broker is opened, meanwhile it waits."""
        interposer = self._relay.interposer
        if interposer is not None and not interposer.accepts(self.client):
            self.client.abort()
            return
        ends = self.client.ends
        if self._relay.announces and ends is not None:
            # First of all: an event loop may hand over bytes that came with the connection.
            self._broker.write(proxy_header(*ends))
        name = f"relaying {self.peer}"
        self._connecting = self._relay.supervision.passing(name, self._connect)

    def take_in(self, data: bytes) -> None:
        """Bytes came from the client."""
        if self.watch is not None:
            self.look(data, from_client=True)
        self._broker.write(data)

    def look(self, data: bytes, *, from_client: bool) -> None:
        """Look at bytes of a handshake, and tell how it ended once that is clear."""
        watch, told = self.watch, self._relay.on_handshake
        if watch is None or told is None:
            return
        (watch.from_client if from_client else watch.from_server)(data)
        if watch.over:
            self.watch = None
            if watch.outcome is not None:
                told(self.peer, watch.outcome)

    def output_full(self, full: bool) -> None:
        """The client takes nothing more for now, or again."""
        self._broker.hold(full)

    def gone(self) -> None:
        """The client is gone."""
        if self._connecting is not None:
            self._connecting.cancel()
        self._broker.end()
        self._relay.forget(self)

    # What the broker's socket tells

    def broker_gone(self) -> None:
        """The broker closed its socket: the client's is closed after what it still has to get."""
        self.client.close()

    def abort(self) -> None:
        """End both sides at once."""
        self.client.abort()
        self._broker.abort()

    async def _connect(self) -> None:
        self.client.read(False)
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: self._broker, *self._relay.target
            )
        except OSError as error:
            _LOG.warning("%s: the broker is not there: %s", self.peer, error)
            self.client.abort()
            return
        self.client.read(True)


class Relay:
    """Listens where clients come, and passes what they send on to the broker.

    Args:
        target: host and port of the broker's own listener.
        supervision: is told of faults of ours.
        announces: whether the broker expects the PROXY protocol.
    """

    def __init__(self, target: Place, supervision: Supervision, *, announces: bool) -> None:
        self.target = target
        self.supervision = supervision
        self.announces = announces
        self.interposer: RelayInterposer | None = None
        self.on_handshake: OnHandshake | None = None
        """Is told whose TLS handshake ended, and how; set it before clients come."""
        self._numbers = itertools.count(1)
        self._connections: dict[str, RelayedConnection] = {}
        self._listeners = Listeners(self._accept)

    @property
    def connections(self) -> tuple[RelayedConnection, ...]:
        """Those that are open, oldest first."""
        return tuple(self._connections.values())

    async def start(self, host: str, port: int) -> int:
        """Listen; the port bound.

        Raises:
            StartError: the port is taken or not allowed.
        """
        return await self._listeners.open(host, port)

    async def stop(self) -> None:
        """Listen no more, and end every connection. Idempotent."""
        await self._listeners.refuse()
        for connection in self.connections:
            connection.abort()
        await self._listeners.close()

    def forget(self, connection: RelayedConnection) -> None:
        """Its client is gone."""
        self._connections.pop(connection.id, None)

    def _accept(self) -> asyncio.Protocol:
        connection = RelayedConnection(self, next(self._numbers))
        self._connections[connection.id] = connection
        return connection.client
