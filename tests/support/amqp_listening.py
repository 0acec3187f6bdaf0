"""A broker on a port of its own, and the plainest of clients: a socket."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from hubemu.broker.core import Broker
from hubemu.broker.protocol.auth import Authenticator, PasswordLogin
from hubemu.broker.server import AmqpServer, ServerLimits, TlsAttempt, TlsPolicy
from hubemu.broker.wire.frames import METHOD, FrameReader
from hubemu.broker.wire.methods import Method, decode_method, encode_method
from tests.support.amqp_dialogue import CAPABILITIES, HEADER, guest_broker, method

PATIENCE = 20.0
"""Seconds after which something that should have happened has not."""


@dataclass
class Listening:
    """A server, where it listens and what it told of TLS."""

    broker: Broker
    server: AmqpServer
    port: int
    attempts: list[TlsAttempt] = field(default_factory=list)

    @property
    def url(self) -> str:
        """For clients that log in by password."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}/%2F"

    async def attempt(self, number: int = 1) -> TlsAttempt:
        """The nth TLS attempt, awaited."""
        async with asyncio.timeout(PATIENCE):
            while len(self.attempts) < number:
                await asyncio.sleep(0.005)
        return self.attempts[number - 1]


@asynccontextmanager
async def listening(
    broker: Broker | None = None,
    *,
    tls: TlsPolicy | None = None,
    authenticator: Authenticator | None = None,
    limits: ServerLimits | None = None,
) -> AsyncIterator[Listening]:
    """A broker that listens until the block ends; without TLS `guest` logs in by password."""
    broker = broker or guest_broker()
    attempts: list[TlsAttempt] = []
    if tls is None and authenticator is None:
        authenticator = PasswordLogin({"guest": "guest"})
    server = AmqpServer(
        broker, tls=tls, on_attempt=attempts.append, authenticator=authenticator, limits=limits
    )
    port = await server.start("127.0.0.1", 0)
    try:
        yield Listening(broker, server, port, attempts)
    finally:
        await server.stop()


class RawClient:
    """Frames over a socket, without the manners of a client library."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._frames = FrameReader(0)

    async def ask(self, *data: bytes) -> Method:
        """Send, and give the next method that comes."""
        self.writer.write(b"".join(data))
        return await self.answer()

    async def answer(self) -> Method:
        """The next method that comes; content and heartbeats are passed over.

        Raises:
            EOFError: the server closed the socket.
        """
        async with asyncio.timeout(PATIENCE):
            while True:
                frame = self._frames.next()
                if frame is None:
                    await self._more()
                elif frame[0] == METHOD:
                    return decode_method(frame[2])

    async def _more(self) -> None:
        data = await self.reader.read(65536)
        if not data:
            raise EOFError
        self._frames.feed(data)

    async def rest(self) -> bytes:
        """All bytes until the server closes, in order or not."""
        read = b""
        async with asyncio.timeout(PATIENCE):
            try:
                while data := await self.reader.read(65536):
                    read += data
            except ConnectionResetError:
                pass
        return read

    async def log_in(self, mechanism: str = "PLAIN") -> Method:
        """Send the protocol header and start-ok; what comes after connection.start."""
        await self.ask(HEADER)
        return await self.ask(
            encode_method(
                0,
                "connection.start_ok",
                client_properties={"capabilities": CAPABILITIES},
                mechanism=mechanism,
                response=b"\0guest\0guest",
                locale="en_US",
            )
        )

    async def open(self, mechanism: str = "PLAIN", vhost: str = "/", heartbeat: int = 0) -> None:
        """Go through the handshake and open channel 1."""
        assert (await self.log_in(mechanism)).spec.name == "connection.tune"
        opened = await self.ask(
            encode_method(
                0, "connection.tune_ok", channel_max=2047, frame_max=131072, heartbeat=heartbeat
            ),
            method(0, "connection.open", virtual_host=vhost),
        )
        assert opened.spec.name == "connection.open_ok"
        assert (await self.ask(method(1, "channel.open"))).spec.name == "channel.open_ok"


@asynccontextmanager
async def raw_client(port: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawClient]:
    """A connected socket, closed at the end of the block whatever became of it."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=tls, server_hostname="localhost" if tls else None
    )
    try:
        yield RawClient(reader, writer)
    finally:
        writer.transport.abort()
        await asyncio.sleep(0)
