"""Bad lines on real connections over TLS: what a client and the Hub see of each effect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trustme

from hubemu.broker.client_socket import ClientSocket
from hubemu.broker.open_connection import OpenConnection
from hubemu.broker.protocol.auth import Peer
from hubemu.broker.server import ServerLimits, TlsPolicy
from hubemu.faults.network.bad_line import BadLine, line_of
from hubemu.faults.network.effects import Site, stages
from hubemu.faults.network.stage import Stage
from hubemu.faults.network.stages import Silence
from tests.support.amqp_dialogue import GOODBYE, guest_broker, method, publish
from tests.support.amqp_listening import Listening, RawClient, listening, raw_client
from tests.support.tls_pair import accept_all, client_certificate, client_context, server_context
from tests.support.waiting import until

AUTHORITY = trustme.CA()
GUEST = client_certificate(AUTHORITY, "guest")
DECLARE = method(1, "queue.declare", queue="q")


class Scene:
    """A client with an open channel and the queue `q`; its socket at the Hub."""

    def __init__(self, hub: Listening, client: RawClient, socket: ClientSocket) -> None:
        self.hub = hub
        self.client = client
        self.socket = socket
        self.line: BadLine | None = None

    def begin(self, effect: str, **parameters: Any) -> Callable[[], None]:
        """Begin an effect; what ends it."""
        site = Site(self.socket, asyncio.get_running_loop())
        pair: tuple[Stage | None, Stage | None] = stages(effect, parameters, site)
        line = self.line = line_of(self.socket)
        line.add(*pair)
        return lambda: line.remove(*pair)

    @property
    def bodies(self) -> list[bytes]:
        queue = self.hub.broker.vhosts["/"].queues["q"]
        return [queued.message.body for queued in queue.messages.ready]


@asynccontextmanager
async def scene(*, tls: bool = True) -> AsyncIterator[Scene]:
    policy = TlsPolicy(server_context(AUTHORITY), accept_all) if tls else None
    context = client_context(AUTHORITY, GUEST) if tls else None
    broker = guest_broker()
    async with listening(broker, tls=policy) as hub, raw_client(hub.port, context) as client:
        await client.open("EXTERNAL" if tls else "PLAIN")
        await client.ask(DECLARE)
        (connection,) = hub.server.open_connections()
        yield Scene(hub, client, connection.socket)


EFFECTS: list[tuple[str, dict[str, Any]]] = [
    ("latency", {"ms": 20, "jitterMs": 5}),
    ("latency", {"ms": 20, "direction": "to-hub"}),
    ("bandwidth", {"kbps": 400}),
    ("slice", {"bytes": 1, "direction": "to-hub"}),
    ("slice", {"bytes": 7, "ms": 1}),
]


@pytest.mark.parametrize(("effect", "parameters"), EFFECTS)
def test_all_that_is_said_comes_in_order_and_nothing_is_left(
    effect: str, parameters: dict[str, Any]
) -> None:
    async def play() -> None:
        async with scene() as on:
            end = on.begin(effect, **parameters)
            on.client.writer.write(b"".join(publish(1, "q", b"%d" % n) for n in range(20)))
            assert (await on.client.ask(DECLARE)).fields["message_count"] == 20
            assert on.bodies == [b"%d" % n for n in range(20)]
            end()
            assert on.socket.transit is None
            assert (await on.client.ask(GOODBYE)).spec.name == "connection.close_ok"

    asyncio.run(play())


def test_latency_of_both_ways_adds_up_and_several_rules_too() -> None:
    async def play() -> None:
        async with scene() as on:
            ends = [on.begin("latency", ms=30), on.begin("latency", ms=20, direction="to-client")]
            before = asyncio.get_running_loop().time()
            await on.client.ask(DECLARE)
            assert asyncio.get_running_loop().time() - before >= 0.079
            ends[0]()
            assert on.socket.transit is on.line
            before = asyncio.get_running_loop().time()
            await on.client.ask(DECLARE)
            assert asyncio.get_running_loop().time() - before >= 0.019
            ends[1]()
            assert on.socket.transit is None

    asyncio.run(play())


def test_what_silence_held_goes_on_when_it_ends() -> None:
    async def play() -> None:
        async with scene() as on:
            end = on.begin("silence")
            on.client.writer.write(b"".join(publish(1, "q", b"%d" % n) for n in range(3)) + DECLARE)
            await until(lambda: on.line and on.line.held[0])
            assert on.bodies == []
            end()
            assert (await on.client.answer()).fields["message_count"] == 3
            assert on.bodies == [b"0", b"1", b"2"]

    asyncio.run(play())


def test_silence_leaves_a_half_open_socket() -> None:
    async def play() -> None:
        async with scene() as on:
            end = on.begin("silence", direction="to-hub")
            on.client.writer.transport.abort()
            for _ in range(20):
                await asyncio.sleep(0.001)
            assert len(on.hub.server.connections()) == 1
            end()
            await until(lambda: on.hub.server.sessions == 0)

    asyncio.run(play())


def test_silence_lets_a_sender_send_no_more_than_it_holds() -> None:
    async def play() -> None:
        async with scene() as on:
            end = on.begin("silence", direction="to-hub")
            bodies = [b"%03d" % n + bytes(100_000) for n in range(300)]
            on.client.writer.write(b"".join(publish(1, "q", body) for body in bodies))
            await until(lambda: on.line and on.line.held[0] > 256 * 1024)
            assert on.line is not None
            assert on.line.held[0] < 2_000_000
            end()
            await until(lambda: len(on.bodies) == 300)
            assert on.bodies == bodies

    asyncio.run(play())


def test_a_broker_says_no_more_than_a_silent_line_holds() -> None:
    async def play() -> None:
        async with scene() as on:
            big = bytes(100_000)
            on.client.writer.write(b"".join(publish(1, "q", big) for _ in range(300)) + DECLARE)
            assert (await on.client.answer()).fields["message_count"] == 300
            end = on.begin("silence", direction="to-client")
            on.client.writer.write(method(1, "basic.consume", queue="q", no_ack=True))
            await until(lambda: on.line and on.line.held[1] > 256 * 1024)
            assert on.line is not None
            assert on.line.held[1] < 10_000_000
            end()
            assert (await on.client.answer()).spec.name == "basic.consume_ok"
            for _ in range(300):
                assert (await on.client.answer()).spec.name == "basic.deliver"

    asyncio.run(play())


@pytest.mark.parametrize("octets", [1, 1_000, 4_096, 70_000])
def test_the_client_gets_exactly_so_many_octets_and_the_end(octets: int) -> None:
    async def play() -> None:
        async with scene(tls=False) as on:
            on.begin("cut", bytes=octets, direction="to-client")
            on.client.writer.write(
                publish(1, "q", bytes(100_000)) + method(1, "basic.get", queue="q")
            )
            assert len(await on.client.rest()) == octets
            await until(lambda: on.hub.server.sessions == 0 and len(on.bodies) == 1)

    asyncio.run(play())


def test_the_hub_gets_exactly_so_many_octets() -> None:
    async def play() -> None:
        async with scene(tls=False) as on:
            one = publish(1, "q", b"whole")
            on.begin("cut", bytes=2 * len(one) + 3, direction="to-hub")
            on.client.writer.write(one * 3)
            await on.client.rest()
            await until(lambda: on.hub.server.sessions == 0)
            assert on.bodies == [b"whole", b"whole"]

    asyncio.run(play())


class Tunnel:
    """Every client that comes hears nothing; a `ServerInterposer`."""

    def __init__(self) -> None:
        self.lines: list[tuple[BadLine, Silence]] = []

    def gate(self) -> None:
        """See `ServerInterposer`."""

    def accepts(self, socket: ClientSocket) -> bool:
        """See `ServerInterposer`."""
        line, silence = line_of(socket), Silence(asyncio.get_running_loop())
        line.add(None, silence)
        self.lines.append((line, silence))
        return True

    def identified(self, socket: ClientSocket, peer: Peer) -> bool:
        """See `ServerInterposer`."""
        return True

    def opened(self, opened: OpenConnection) -> None:
        """See `ServerInterposer`."""


def test_a_client_that_hears_nothing_does_not_hear_that_it_was_given_up() -> None:
    async def play() -> None:
        async with listening(limits=ServerLimits(handshake_timeout=0.02)) as hub:
            tunnel = hub.server.interposer = Tunnel()
            async with raw_client(hub.port) as client:
                heard = asyncio.create_task(client.rest())
                await until(lambda: tunnel.lines and not tunnel.lines[0][1].empty)
                for _ in range(20):
                    await asyncio.sleep(0.001)
                assert not heard.done()
                line, silence = tunnel.lines[0]
                line.remove(None, silence)
                assert await heard == b""
                await until(lambda: hub.server.sessions == 0)

    asyncio.run(play())


def test_a_server_that_stops_leaves_nothing_of_a_bad_line() -> None:
    async def play() -> None:
        async with scene() as on:
            on.begin("silence")
            on.begin("latency", ms=3_600_000)
            on.client.writer.transport.abort()
            assert on.line is not None
            silence = on.line._up.stages[0]
            await until(lambda: not silence.empty)
            await on.hub.server.stop()
            assert on.hub.server.sessions == 0
            assert silence.empty

    asyncio.run(play())
