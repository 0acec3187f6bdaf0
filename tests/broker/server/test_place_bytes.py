"""The place between a client's socket and its session: octets and ends, in both directions."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trustme

from hubemu.broker.client_socket import ClientSocket
from hubemu.broker.open_connection import OpenConnection
from hubemu.broker.protocol.auth import Peer
from hubemu.broker.server import TlsPolicy
from hubemu.broker.tls import TlsGate
from tests.support.amqp_dialogue import GOODBYE, HEADER, guest_broker, method, publish
from tests.support.amqp_listening import Listening, RawClient, listening, raw_client
from tests.support.bad_network import BadNetwork, Policy, at_rate, delayed, silent, sliced, whole
from tests.support.tls_pair import accept_all, client_certificate, client_context, server_context
from tests.support.waiting import until

AUTHORITY = trustme.CA()
GUEST = client_certificate(AUTHORITY, "guest")
DECLARE = method(1, "queue.declare", queue="q")
NOTHING = (0, 0, False)


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[Listening, RawClient, ClientSocket]]:
    """A client over TLS with an open channel and the queue `q`, and its socket at the Hub."""
    tls = TlsPolicy(server_context(AUTHORITY), accept_all)
    context = client_context(AUTHORITY, GUEST)
    async with listening(guest_broker(), tls=tls) as hub, raw_client(hub.port, context) as client:
        await client.open("EXTERNAL")
        await client.ask(DECLARE)
        (connection,) = hub.server.open_connections()
        yield hub, client, connection.socket


def depth(hub: Listening) -> tuple[int, int, int]:
    ready, unacked, consumers = hub.broker.vhosts["/"].queues["q"].depth
    return ready, unacked, consumers


@pytest.mark.parametrize(
    ("up", "down"),
    [
        (delayed(0.02), whole),
        (whole, delayed(0.02)),
        (sliced(1), whole),
        (whole, sliced(7, 0.001)),
        (at_rate(50_000), at_rate(50_000)),
    ],
    ids=["late to the Hub", "late to the client", "sliced up", "sliced down", "slow line"],
)
def test_octets_go_on_late_or_in_pieces_and_in_order(up: Policy, down: Policy) -> None:
    async def scenario() -> None:
        async with connected() as (hub, client, socket):
            network = BadNetwork(socket, up=up, down=down)
            client.writer.write(b"".join(publish(1, "q", b"%d" % n) for n in range(20)))
            assert (await client.ask(DECLARE)).fields["message_count"] == 20
            bodies = [
                queued.message.body for queued in hub.broker.vhosts["/"].queues["q"].messages.ready
            ]
            assert bodies == [b"%d" % n for n in range(20)]
            await until(lambda: network.left == NOTHING)
            network.end()
            assert socket.transit is None
            assert (await client.ask(GOODBYE)).spec.name == "connection.close_ok"

    asyncio.run(scenario())


def test_a_delay_takes_its_time_each_way() -> None:
    async def scenario() -> None:
        async with connected() as (_, client, socket):
            network = BadNetwork(socket, up=delayed(0.05), down=delayed(0.05))
            before = asyncio.get_running_loop().time()
            await client.ask(DECLARE)
            assert asyncio.get_running_loop().time() - before >= 0.1
            network.end()

    asyncio.run(scenario())


def test_what_silence_held_goes_on_in_order_when_it_ends() -> None:
    async def scenario() -> None:
        async with connected() as (hub, client, socket):
            network = BadNetwork(socket, up=silent, down=silent)
            client.writer.write(b"".join(publish(1, "q", b"%d" % n) for n in range(3)) + DECLARE)
            await until(lambda: network.up.held)
            assert depth(hub) == (0, 0, 0)
            network.end()
            assert network.left == NOTHING
            assert (await client.answer()).fields["message_count"] == 3
            bodies = [
                queued.message.body for queued in hub.broker.vhosts["/"].queues["q"].messages.ready
            ]
            assert bodies == [b"0", b"1", b"2"]

    asyncio.run(scenario())


def test_silence_to_the_client_holds_the_close_of_the_hub_too() -> None:
    async def scenario() -> None:
        async with connected() as (hub, client, socket):
            network = BadNetwork(socket, down=silent)
            hub.server.open_connections()[0].close(320, "CONNECTION_FORCED - gone")
            client.writer.write(method(0, "connection.close_ok"))
            await until(lambda: len(network.down.held) > 1)
            assert not client.reader.at_eof()
            network.end()
            closed = await client.answer()
            assert (closed.fields["reply_code"], closed.fields["reply_text"]) == (
                320,
                "CONNECTION_FORCED - gone",
            )
            await client.rest()
            await until(lambda: hub.server.sessions == 0)
            assert network.over or network.left == NOTHING

    asyncio.run(scenario())


def test_a_client_that_is_gone_is_connected_until_the_hub_hears_of_it() -> None:
    async def scenario() -> None:
        async with connected() as (hub, client, socket):
            client.writer.write(publish(1, "q", b"unacked"))
            await client.ask(method(1, "basic.consume", queue="q"))
            await until(lambda: depth(hub) == (0, 1, 1))
            network = BadNetwork(socket, up=silent)
            client.writer.transport.abort()
            await until(lambda: network._loses or network.up.held)
            assert depth(hub) == (0, 1, 1)
            assert len(hub.server.connections()) == 1
            network.end()
            await until(lambda: depth(hub) == (1, 0, 0) and hub.server.sessions == 0)

    asyncio.run(scenario())


def test_a_client_is_cut_off_after_exactly_so_many_octets() -> None:
    async def scenario() -> None:
        async with listening() as hub, raw_client(hub.port) as client:
            await client.open()
            await client.ask(DECLARE)
            (connection,) = hub.server.open_connections()
            BadNetwork(connection.socket, cut=1000)
            client.writer.write(publish(1, "q", bytes(5000)) + method(1, "basic.get", queue="q"))
            assert len(await client.rest()) == 1000
            await until(lambda: hub.server.sessions == 0 and depth(hub) == (1, 0, 0))

    asyncio.run(scenario())


def test_a_reset_reaches_the_client_and_gives_back_what_it_held() -> None:
    async def scenario() -> None:
        async with connected() as (hub, client, socket):
            client.writer.write(publish(1, "q", b"unacked"))
            await client.ask(method(1, "basic.consume", queue="q"))
            await until(lambda: depth(hub) == (0, 1, 1))
            network = BadNetwork(socket, up=silent, down=silent)
            socket.abort()
            with pytest.raises(ConnectionResetError):
                await client.reader.readuntil(b"never said")
            await until(lambda: depth(hub) == (1, 0, 0) and hub.server.sessions == 0)
            assert network.over
            assert network.left == NOTHING

    asyncio.run(scenario())


def test_the_socket_is_not_read_and_the_broker_says_no_more_while_it_is_told_so() -> None:
    async def scenario() -> None:
        async with connected() as (hub, client, socket):
            socket.stall(True)
            client.writer.write(publish(1, "q", b"later"))
            await client.writer.drain()
            socket.hold_output(True)
            await hub_turns()
            assert depth(hub) == (0, 0, 0)
            socket.stall(False)
            await until(lambda: depth(hub) == (1, 0, 0))
            client.writer.write(DECLARE)
            await hub_turns()
            socket.hold_output(False)
            assert (await client.answer()).fields["message_count"] == 1

    asyncio.run(scenario())


async def hub_turns() -> None:
    """Turns of the loop in which something could happen that must not."""
    for _ in range(20):
        await asyncio.sleep(0.001)


class Door:
    """Stands in for a server's ways in."""

    def __init__(self, *, open_: bool = True, up: Policy | None = None) -> None:
        self.open = open_
        self.up = up
        self.networks: list[BadNetwork] = []
        self.came: list[OpenConnection] = []
        self.peers: list[Peer] = []
        self.unwanted: set[str | None] = set()
        self.tls: TlsGate | None = None

    def gate(self) -> TlsGate | None:
        """See `ServerInterposer`."""
        return self.tls

    def accepts(self, socket: ClientSocket) -> bool:
        """See `ServerInterposer`."""
        if self.up is not None:
            self.networks.append(BadNetwork(socket, up=self.up))
        return self.open

    def identified(self, socket: ClientSocket, peer: Peer) -> bool:
        """See `ServerInterposer`."""
        self.peers.append(peer)
        return peer.common_name not in self.unwanted

    def opened(self, opened: OpenConnection) -> None:
        """See `ServerInterposer`."""
        self.came.append(opened)


def test_new_connections_are_met_from_their_first_octet_and_told_of_once_they_are_open() -> None:
    async def scenario() -> None:
        async with listening() as hub:
            door = hub.server.interposer = Door(up=sliced(1))
            async with raw_client(hub.port) as client:
                await client.open()
                (opened,) = door.came
                assert (opened.info.user, opened.info.vhost) == ("guest", "/")
                assert door.networks[0].up.passed > 100

    asyncio.run(scenario())


def test_a_new_connection_is_reset_while_open_ones_stay() -> None:
    async def scenario() -> None:
        async with listening() as hub, raw_client(hub.port) as first:
            await first.open()
            hub.server.interposer = Door(open_=False)
            async with raw_client(hub.port) as second:
                with pytest.raises((ConnectionResetError, EOFError)):
                    await second.ask(HEADER)
            hub.server.interposer = None
            async with raw_client(hub.port) as third:
                await third.open()
            assert (await first.ask(DECLARE)).spec.name == "queue.declare_ok"

    asyncio.run(scenario())


def test_a_client_is_reset_as_soon_as_its_certificate_is_known() -> None:
    async def scenario() -> None:
        async with connected() as (hub, first, _):
            door = hub.server.interposer = Door()
            door.unwanted.add("guest")
            async with raw_client(hub.port, client_context(AUTHORITY, GUEST)) as second:
                with pytest.raises((ConnectionResetError, EOFError)):
                    await second.ask(HEADER)
            other = client_certificate(AUTHORITY, "other")
            async with raw_client(hub.port, client_context(AUTHORITY, other)) as third:
                await third.ask(HEADER)
            assert [peer.common_name for peer in door.peers] == ["guest", "other"]
            assert [attempt.accepted for attempt in hub.attempts] == [True, True, True]
            assert (await first.ask(DECLARE)).spec.name == "queue.declare_ok"

    asyncio.run(scenario())


def test_the_port_refuses_and_accepts_again_while_open_connections_stay() -> None:
    async def scenario() -> None:
        async with listening() as hub, raw_client(hub.port) as first:
            await first.open()
            await hub.server.refuse_connections()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", hub.port)
            await hub.server.accept_connections()
            async with raw_client(hub.port) as second:
                await second.open()
            assert (await first.ask(DECLARE)).spec.name == "queue.declare_ok"

    asyncio.run(scenario())


def test_the_port_can_be_had_after_a_server_that_refused_is_stopped() -> None:
    async def scenario() -> None:
        async with listening() as hub:
            await hub.server.refuse_connections()
        probe = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", hub.port)
        probe.close()

    asyncio.run(scenario())


def test_the_next_handshakes_see_another_certificate_and_those_after_it_the_usual_one() -> None:
    async def serial(port: int) -> str:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        GUEST.configure_cert(context)
        async with raw_client(port, context) as client:
            await client.open("EXTERNAL")
            shown = client.writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            return ssl.DER_cert_to_PEM_cert(shown)

    async def scenario() -> None:
        async with connected() as (hub, client, _):
            usual = await serial(hub.port)
            context = server_context(AUTHORITY)
            wrong = trustme.CA().issue_cert("elsewhere.example")
            wrong.configure_cert(context)
            door = hub.server.interposer = Door()
            door.tls = TlsGate(TlsPolicy(context, accept_all))
            other = await serial(hub.port)
            assert other == wrong.cert_chain_pems[0].bytes().decode().replace("\r", "")
            assert other != usual
            hub.server.interposer = None
            assert await serial(hub.port) == usual
            assert (await client.ask(DECLARE)).spec.name == "queue.declare_ok"

    asyncio.run(scenario())


def test_a_server_that_stops_leaves_nothing_of_a_bad_network() -> None:
    async def scenario() -> None:
        tls = TlsPolicy(server_context(AUTHORITY), accept_all)
        async with listening(guest_broker(), tls=tls) as hub:
            context = client_context(AUTHORITY, GUEST)
            async with raw_client(hub.port, context) as client:
                await client.open("EXTERNAL")
                (connection,) = hub.server.open_connections()
                network = BadNetwork(connection.socket, up=silent, down=delayed(3600))
                client.writer.transport.abort()
                await until(lambda: network._loses or network.up.held)
        assert network.over
        assert network.left == NOTHING
        assert hub.server.sessions == 0

    asyncio.run(scenario())
