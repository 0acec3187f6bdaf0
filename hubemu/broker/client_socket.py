"""A client's socket, as asyncio has it, and the place where something may stand in between.

Rules:
1. Octets and ends of both sides go on at once, or through a `Transit` where there is one; then they
   go on when it says so.
2. Closing ends what was written first; aborting does not, and no transit holds it up.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Protocol, cast

from hubemu.address import authority
from hubemu.broker.transit import Transit

__all__ = ["ClientSocket"]

_BUFFER = 256 * 1024
"""Octets handed to the system that it has not taken; above this nothing more is drained."""
_NO_LINGER = struct.pack("ii", 1, 0)
"""SO_LINGER: on, for no time at all."""
LAST_WORDS = 5.0
"""Seconds a client has to read what was sent last, an alert or a close."""


class _Owner(Protocol):
    def connected(self) -> None:
        """A client connected."""

    def take_in(self, data: bytes) -> None:
        """Bytes came."""

    def output_full(self, full: bool) -> None:
        """The socket is full, or takes bytes again."""

    def gone(self) -> None:
        """The client is gone."""


class _Nobody(_Owner):
    """Whose a socket is that is gone: two that hold each other would wait for a search."""

    def connected(self) -> None:
        """See `_Owner`."""

    def take_in(self, data: bytes) -> None:
        """See `_Owner`."""

    def output_full(self, full: bool) -> None:
        """See `_Owner`."""

    def gone(self) -> None:
        """See `_Owner`."""


class ClientSocket(asyncio.Protocol):
    """One socket, from accept to close.

    Args:
        owner: the session whose it is.
    """

    def __init__(self, owner: _Owner) -> None:
        self.address = "?"
        self.transit: Transit | None = None
        """What stands between owner and socket, if anything does."""
        self._owner: _Owner = owner
        self._transport: asyncio.Transport | None = None
        self._wanted = True
        self._stalled = False
        self._full = False
        self._held = False
        self._parted = False
        self._closes = False
        self._lost = False
        self._over = False

    @property
    def open(self) -> bool:
        """Whether it can be written to."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def ends(self) -> tuple[tuple[str, int], tuple[str, int]] | None:
        """Address and port of the client, and of ours; `None` where there are none."""
        if self._transport is None:
            return None
        peer, here = map(self._transport.get_extra_info, ("peername", "sockname"))
        return (peer[:2], here[:2]) if isinstance(peer, tuple) else None

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected."""
        transport = self._transport = cast("asyncio.Transport", transport)
        transport.set_write_buffer_limits(high=_BUFFER)
        peer = transport.get_extra_info("peername")
        self.address = authority(peer[0], peer[1]) if isinstance(peer, tuple) else "local"
        _set_up_as_rabbitmq(transport)
        self._owner.connected()

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self.transit is not None:
            self.transit.to_hub(data)
        else:
            self._owner.take_in(data)

    def eof_received(self) -> bool:
        """The client sends no more: it is gone for AMQP."""
        if self.transit is None:
            return False
        self.transit.client_ends()
        return True

    def pause_writing(self) -> None:
        """The socket is full."""
        self._full = True
        self._owner.output_full(True)

    def resume_writing(self) -> None:
        """There is room again."""
        self._full = False
        if not self._held:
            self._owner.output_full(False)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        self._lost = True
        if self.transit is not None:
            self.transit.lost()
        else:
            self.forget()

    # What the owner asks

    def send(self, data: bytes) -> None:
        """Send bytes."""
        if self.transit is not None:
            self.transit.to_client(data)
        else:
            self.put_out(data)

    def read(self, wanted: bool) -> None:
        """Whether more bytes are wanted for now."""
        self._wanted = wanted
        self._read_as_wanted()

    def end_output(self) -> None:
        """Say no more, but hear what comes; a transit has it closed."""
        if self.transit is not None:
            self.close()
        elif self._transport is not None and self.open:
            self._transport.write_eof()

    def close(self) -> None:
        """Close once what was sent is out, after a while in any case."""
        if self._lost:
            self.forget()
        elif self.open and not self._closes:
            self._closes = True
            if self.transit is not None:
                self.transit.hub_closes()
            else:
                self.hang_up()

    def give_up(self) -> None:
        """Wait for the client no longer: reset it, unless a transit holds that back, too."""
        if self.transit is not None:
            self.close()
        else:
            self.abort()

    def abort(self) -> None:
        """Close at once: the client is reset."""
        self._leave_transit()
        if self._lost:
            self.forget()
        elif self._transport is not None:
            self._transport.abort()

    # What a transit calls

    def take_in(self, data: bytes) -> None:
        """Hand bytes that came to the broker."""
        if not self._over:
            self._owner.take_in(data)

    def end_input(self) -> None:
        """Hand on that the client sends no more: the socket is closed."""
        if self._transport is not None:
            self._transport.close()

    def put_out(self, data: bytes) -> None:
        """Hand bytes to the system."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def hang_up(self) -> None:
        """Hand on that the broker closes."""
        if self._transport is not None and self.open:
            self._transport.close()
            asyncio.get_running_loop().call_later(LAST_WORDS, self._transport.abort)

    def part(self) -> None:
        """Have both sides see the end; the client gets all that was put out before. Idempotent.

        It is a plain end of the stream (FIN): a reset could overtake what it still has to get.
        """
        if self._lost:
            self.forget()
        elif self._transport is not None and self.open and not self._parted:
            self._parted = True
            self._transport.write_eof()
            self._transport.resume_reading()  # whatever comes: unread it would be a reset
            loop = asyncio.get_running_loop()
            loop.call_later(LAST_WORDS, self._transport.abort)
            loop.call_soon(self.forget)  # the Hub may still handle what came before

    def forget(self) -> None:
        """Hand on that the client is gone. Idempotent."""
        if not self._over:
            self._over = True
            self._leave_transit()
            owner, self._owner, self._transport = self._owner, _Nobody(), None
            owner.gone()

    def stall(self, stalled: bool) -> None:
        """Have the socket not be read for now, or read again."""
        self._stalled = stalled
        self._read_as_wanted()

    def hold_output(self, held: bool) -> None:
        """Have the broker say no more for now, or go on once the socket has room too."""
        self._held = held
        if not self._full:
            self._owner.output_full(held)

    def _leave_transit(self) -> None:
        transit, self.transit = self.transit, None
        if transit is not None:
            transit.ended()

    def _read_as_wanted(self) -> None:
        if self._transport is None or not self.open:
            return
        if self._wanted and not self._stalled:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()


def _set_up_as_rabbitmq(transport: asyncio.Transport) -> None:
    """RabbitMQ's socket options: small packets go at once, and a close resets the connection.

    A client that waits for the end of its connection sees a reset there, and so must here.
    """
    connected = transport.get_extra_info("socket")
    if connected is not None and connected.family in (socket.AF_INET, socket.AF_INET6):
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
