"""The relay before a broker: bytes, ends and pressure are passed on as they came."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable

import pytest

from hubemu.broker.client_socket import ClientSocket
from hubemu.broker.transit import Transit
from hubemu.proxy_protocol import proxy_header
from hubemu.relay import Relay
from hubemu.supervision import Supervision
from tests.support.bad_network import BadNetwork, silent
from tests.support.waiting import until

LOCAL = "127.0.0.1"
RESET = struct.pack("ii", 1, 0)


class Broker(asyncio.Protocol):
    """The far side: keeps what comes, and says what the test wants."""

    def __init__(self, arrived: asyncio.Queue[Broker]) -> None:
        self._arrived = arrived
        self.got = bytearray()
        self.lost: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._arrived.put_nowait(self)

    def data_received(self, data: bytes) -> None:
        self.got += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set_result(exc)


class Scene:
    """A relay, and the broker behind it."""

    def __init__(self, relay: Relay, port: int, arrived: asyncio.Queue[Broker]) -> None:
        self.relay = relay
        self.port = port
        self._arrived = arrived

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, Broker]:
        """A client, and what the broker has of it."""
        reader, writer = await asyncio.open_connection(LOCAL, self.port)
        return reader, writer, await self._arrived.get()

    async def gone(self) -> None:
        """Wait until no connection is left."""
        async with asyncio.timeout(10):
            while self.relay.connections:
                await asyncio.sleep(0)


def played(play: Callable[[Scene], Awaitable[None]], *, announces: bool = False) -> None:
    async def run() -> None:
        arrived: asyncio.Queue[Broker] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Broker(arrived), LOCAL, 0)
        relay = Relay(server.sockets[0].getsockname()[:2], Supervision(), announces=announces)
        port = await relay.start(LOCAL, 0)
        try:
            await play(Scene(relay, port, arrived))
        finally:
            await relay.stop()
            server.close()
            await server.wait_closed()

    asyncio.run(run())


async def ended(reader: asyncio.StreamReader) -> None:
    """See the end: a reset, as RabbitMQ ends its connections, or a close."""
    with contextlib.suppress(ConnectionResetError):
        assert await reader.read(1) == b""


def test_bytes_go_both_ways_in_order() -> None:
    async def play(scene: Scene) -> None:
        reader, writer, broker = await scene.connect()
        writer.write(b"one")
        await until(lambda: broker.got == b"one")
        broker.transport.write(b"two")
        assert await reader.readexactly(3) == b"two"
        writer.write(b"x" * 3_000_000)
        await until(lambda: len(broker.got) == 3_000_003)
        writer.close()

    played(play)


def test_the_broker_learns_who_the_client_is_before_all_else() -> None:
    async def play(scene: Scene) -> None:
        _, writer, broker = await scene.connect()
        writer.write(b"hello")
        mine = writer.get_extra_info("sockname")
        said = proxy_header(mine[:2], (LOCAL, scene.port))
        await until(lambda: broker.got == said + b"hello")
        assert said == f"PROXY TCP4 {LOCAL} {LOCAL} {mine[1]} {scene.port}\r\n".encode()
        writer.close()

    played(play, announces=True)


def test_an_address_of_ip_6_is_said_as_such() -> None:
    assert proxy_header(("::1", 1), ("::1", 2)) == b"PROXY TCP6 ::1 ::1 1 2\r\n"


def test_the_end_of_the_broker_comes_after_its_last_words() -> None:
    async def play(scene: Scene) -> None:
        reader, writer, broker = await scene.connect()
        broker.transport.write(b"last words" * 100_000)
        broker.transport.close()
        assert await reader.readexactly(1_000_000) == b"last words" * 100_000
        await ended(reader)
        writer.close()
        await scene.gone()

    played(play)


@pytest.mark.parametrize("reset", [True, False])
def test_the_end_of_the_client_is_passed_on(reset: bool) -> None:
    async def play(scene: Scene) -> None:
        _, writer, broker = await scene.connect()
        if reset:
            end = writer.get_extra_info("socket")
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        writer.close()
        await asyncio.wait_for(broker.lost, 10)
        await scene.gone()

    played(play)


def test_a_reader_who_takes_nothing_holds_the_writer_up() -> None:
    async def play(scene: Scene) -> None:
        reader, writer, broker = await scene.connect()
        broker.transport.set_write_buffer_limits(high=0)
        sent = 0
        portion = b"x" * 1_000_000
        while broker.transport.get_write_buffer_size() == 0:
            broker.transport.write(portion)
            sent += len(portion)
            for _ in range(50):
                await asyncio.sleep(0)
            assert sent < 200_000_000, "the relay takes all, and nobody reads it"
        assert len(await reader.readexactly(sent)) == sent
        writer.close()

    played(play)


def test_a_broker_that_is_not_there_is_an_end() -> None:
    async def play(scene: Scene) -> None:
        with socket.socket() as unused:
            unused.bind((LOCAL, 0))
            scene.relay.target = unused.getsockname()
            reader, writer = await asyncio.open_connection(LOCAL, scene.port)
            with pytest.raises(ConnectionResetError):
                await reader.readexactly(1)
            writer.close()
            await scene.gone()

    played(play)


class Doorkeeper:
    """Lets nobody in, or leads who comes through a bad network."""

    def __init__(self, network: Callable[[ClientSocket], Transit] | None) -> None:
        self._network = network

    def accepts(self, socket: ClientSocket) -> bool:
        if self._network is None:
            return False
        socket.transit = self._network(socket)
        return True


def test_what_comes_can_be_refused() -> None:
    async def play(scene: Scene) -> None:
        scene.relay.interposer = Doorkeeper(None)
        reader, writer = await asyncio.open_connection(LOCAL, scene.port)
        await ended(reader)
        writer.close()
        await scene.gone()

    played(play)


def test_what_passes_can_be_held_and_goes_on_in_order() -> None:
    async def play(scene: Scene) -> None:
        network: list[BadNetwork] = []

        def bad(socket: ClientSocket) -> Transit:
            network.append(BadNetwork(socket, up=silent))
            return network[0]

        scene.relay.interposer = Doorkeeper(bad)
        reader, writer, broker = await scene.connect()
        writer.write(b"one")
        broker.transport.write(b"two")
        assert await reader.readexactly(3) == b"two"
        assert broker.got == b""
        network[0].end()
        writer.write(b"three")
        await until(lambda: broker.got == b"onethree")
        writer.close()

    played(play)


def test_an_open_connection_can_be_cut() -> None:
    async def play(scene: Scene) -> None:
        reader, writer, broker = await scene.connect()
        (connection,) = scene.relay.connections
        connection.client.transit = BadNetwork(connection.client, cut=4)
        broker.transport.write(b"longer")
        assert await reader.readexactly(4) == b"long"
        await ended(reader)
        await asyncio.wait_for(broker.lost, 10)
        writer.close()

    played(play)
