"""A relay of bytes before a broker's listener: TLS stays between the client and the broker.

What passes can be met here, connection by connection, without the broker knowing. It learns who the
client really is by the PROXY protocol (version 1), if it is told to expect that.

Rules:
1. Nothing is read from one side that the other does not take: a slow reader holds its writer up.
2. An end is passed on as it came, after all that came before it: a close, or a reset.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import socket
import struct
from collections.abc import Callable
from typing import cast

from hubemu.address import authority
from hubemu.broker.listening import Listeners
from hubemu.proxy_protocol import Place, proxy_header

__all__ = ["Relay", "RelayedConnection"]

_LOG = logging.getLogger(__name__)
_NO_LINGER = struct.pack("ii", 1, 0)
"""SO_LINGER: on, for no time at all: the close that follows is a reset."""
_SOCKET_BUFFER = 256 * 1024
"""Octets handed to a socket that it has not taken; above this nothing more is read."""


class _Side(asyncio.Protocol):
    """One of the two sockets of a connection; what it gets goes to the other one."""

    def __init__(
        self,
        ended: Callable[[], None],
        made: Callable[[asyncio.Transport], None] = lambda _transport: None,
    ) -> None:
        self._ended = ended
        self._made = made
        self._transport: asyncio.Transport | None = None
        self._waiting: list[bytes] = []
        self.other: _Side | None = None

    @property
    def transport(self) -> asyncio.Transport | None:
        """Its socket, once it is there."""
        return self._transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open: what waits for it is written."""
        self._transport = made = cast("asyncio.Transport", transport)
        made.set_write_buffer_limits(high=_SOCKET_BUFFER)
        _no_delay(made)
        for data in self._waiting:
            made.write(data)
        self._waiting.clear()
        self._made(made)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self.other is not None:
            self.other.write(data)

    def write(self, data: bytes) -> None:
        """Send bytes, as soon as the socket is open."""
        if self._transport is None:
            self._waiting.append(data)
        elif not self._transport.is_closing():
            self._transport.write(data)

    def pause_writing(self) -> None:
        """This socket is full: the other one is read no more."""
        other = self.other.transport if self.other is not None else None
        if other is not None and not other.is_closing():
            other.pause_reading()

    def resume_writing(self) -> None:
        """It takes bytes again."""
        other = self.other.transport if self.other is not None else None
        if other is not None and not other.is_closing():
            other.resume_reading()

    def eof_received(self) -> bool:
        """It sends no more: for AMQP that is the end."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone: the other one ends the same way, after what it still has to send."""
        if self.other is not None:
            self.other.end(reset=exc is not None)
        self._ended()

    def end(self, *, reset: bool) -> None:
        """Close the socket once what was written is sent."""
        if self._transport is None or self._transport.is_closing():
            return
        if reset:
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
        self.peer = "?"
        self._relay = relay
        self._open = 2
        self._connecting: asyncio.Task[None] | None = None
        self.client = _Side(self._side_ended, self._accepted)
        self.broker = _Side(self._side_ended)
        self.client.other, self.broker.other = self.broker, self.client

    def _accepted(self, transport: asyncio.Transport) -> None:
        """A client came: its socket to the broker is opened, meanwhile it waits."""
        source, here = (transport.get_extra_info(name)[:2] for name in ("peername", "sockname"))
        self.peer = authority(*source)
        transport.pause_reading()
        if self._relay.announces:
            # First of all: an event loop may hand over bytes that came with the connection.
            self.broker.write(proxy_header(source, here))
        connecting = self._connect()
        self._connecting = asyncio.get_running_loop().create_task(connecting)

    async def _connect(self) -> None:
        host, port = self._relay.target
        try:
            await asyncio.get_running_loop().create_connection(lambda: self.broker, host, port)
        except OSError as error:
            _LOG.warning("%s: the broker is not there: %s", self.peer, error)
            self._side_ended()
            self.client.end(reset=True)
            return
        client = self.client.transport
        if client is None or client.is_closing():
            self.broker.end(reset=True)
        else:
            client.resume_reading()

    def _side_ended(self) -> None:
        self._open -= 1
        if not self._open:
            self._relay.forget(self)

    def abort(self) -> None:
        """End both sides at once."""
        if self._connecting is not None:
            self._connecting.cancel()
        self.client.abort()
        self.broker.abort()


class Relay:
    """Listens where clients come, and passes what they send on to the broker.

    Args:
        target: host and port of the broker's own listener.
        announces: whether the broker expects the PROXY protocol.
    """

    def __init__(self, target: Place, *, announces: bool) -> None:
        self.target = target
        self.announces = announces
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
        """Both its sides are gone."""
        self._connections.pop(connection.id, None)

    def _accept(self) -> asyncio.Protocol:
        connection = RelayedConnection(self, next(self._numbers))
        self._connections[connection.id] = connection
        return connection.client


def _no_delay(transport: asyncio.Transport) -> None:
    connected = transport.get_extra_info("socket")
    if connected is not None and connected.family in (socket.AF_INET, socket.AF_INET6):
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
