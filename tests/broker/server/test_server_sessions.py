"""Sockets: deadlines, limits, fairness, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
import socket
import weakref

import pytest
import trustme

from hubemu.broker.protocol.auth import PasswordLogin
from hubemu.broker.protocol.limits import ConnectionLimits
from hubemu.broker.protocol.refused import Refused
from hubemu.broker.server import AmqpServer, ServerLimits, TlsPolicy
from hubemu.broker.wire.methods import encode_method
from hubemu.errors import StartError
from tests.support.amqp_dialogue import GOODBYE, HEADER, guest_broker, method, publish
from tests.support.amqp_listening import PATIENCE, listening, raw_client
from tests.support.tls_pair import (
    accept_all,
    client_certificate,
    client_context,
    server_context,
)
from tests.support.waiting import until


def test_a_client_is_listed_while_it_is_connected() -> None:
    async def scenario() -> None:
        async with listening() as hub:
            async with raw_client(hub.port) as client:
                await client.open()
                (info,) = hub.server.connections()
                assert (info.id, info.user, info.vhost, info.channels) == ("1", "guest", "/", 1)
                assert info.peer.startswith("127.0.0.1:")
                assert "capabilities" in info.client_properties
                assert (await client.ask(GOODBYE)).spec.name == "connection.close_ok"
            await until(lambda: not hub.server.connections())

    asyncio.run(scenario())


def test_a_taken_port_is_said_clearly() -> None:
    async def scenario() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            server = AmqpServer(guest_broker(), tls=None)
            with pytest.raises(StartError, match=f"127.0.0.1:{port}: .*choose another --port"):
                await server.start("127.0.0.1", port)

    asyncio.run(scenario())


def test_another_protocol_is_answered_and_closed() -> None:
    async def scenario() -> None:
        async with listening() as hub, raw_client(hub.port) as client:
            client.writer.write(b"GET / HTTP/1.1\r\n\r\n")
            assert await client.rest() == HEADER

    asyncio.run(scenario())


@pytest.mark.parametrize("start", [b"", HEADER])
def test_a_client_that_does_not_open_in_time_is_closed(start: bytes) -> None:
    async def scenario() -> None:
        limits = ServerLimits(handshake_timeout=0.4)
        async with listening(limits=limits) as hub, raw_client(hub.port) as client:
            client.writer.write(start)
            assert (await client.rest() == b"") == (start == b"")

    asyncio.run(scenario())


@pytest.mark.parametrize("data", [b"", GOODBYE, method(0, "queue.declare", queue="q")])
def test_a_client_that_waits_for_the_end_is_reset(data: bytes) -> None:
    async def scenario() -> None:
        async with listening() as hub, raw_client(hub.port) as client:
            await client.open()
            client.writer.write(data)
            client.writer.write_eof()
            with pytest.raises(ConnectionResetError):
                await client.reader.readuntil(b"never said")

    asyncio.run(scenario())


def test_a_client_that_stays_after_its_close_is_cut_off() -> None:
    async def scenario() -> None:
        async with listening() as hub, raw_client(hub.port) as client:
            await client.open(heartbeat=1)
            assert (await client.ask(GOODBYE)).spec.name == "connection.close_ok"
            before = asyncio.get_running_loop().time()
            async with raw_client(hub.port) as patient:
                await patient.open(heartbeat=600)
                assert (await patient.ask(GOODBYE)).spec.name == "connection.close_ok"
                end = asyncio.create_task(patient.rest())
                await client.rest()
                assert not end.done()
                end.cancel()
            assert asyncio.get_running_loop().time() - before > 0.5

    asyncio.run(scenario())


def test_connections_are_bounded() -> None:
    async def scenario() -> None:
        limits = ServerLimits(connections=1)
        async with listening(limits=limits) as hub, raw_client(hub.port) as first:
            await first.open()
            async with raw_client(hub.port) as second:
                with pytest.raises((ConnectionResetError, EOFError)):
                    await second.ask(HEADER)
            assert (await first.ask(GOODBYE)).spec.name == "connection.close_ok"

    asyncio.run(scenario())


def test_unfinished_handshakes_are_bounded() -> None:
    async def scenario() -> None:
        limits = ServerLimits(unfinished=1)
        async with listening(limits=limits) as hub, raw_client(hub.port) as first:
            await first.ask(HEADER)
            async with raw_client(hub.port) as second:
                with pytest.raises((ConnectionResetError, EOFError)):
                    await second.ask(HEADER)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("limits", "files", "told"),
    [
        (ServerLimits(connections=1), None, "1 are open"),
        (ServerLimits(unfinished=1), None, "1 have not finished their handshakes"),
        (ServerLimits(), 101, "the system lets this process open 101 files (ulimit)"),
    ],
    ids=["connections", "handshakes", "files"],
)
def test_who_finds_no_place_is_told_of_like_other_refusals(
    monkeypatch: pytest.MonkeyPatch, limits: ServerLimits, files: int | None, told: str
) -> None:
    monkeypatch.setattr("hubemu.broker.server_limits.allowed_open_files", lambda: files)
    refused: list[Refused] = []

    async def scenario() -> None:
        server = AmqpServer(
            guest_broker(),
            tls=None,
            authenticator=PasswordLogin({"guest": "guest"}),
            limits=limits,
            on_refused=refused.append,
        )
        port = await server.start("127.0.0.1", 0)
        async with raw_client(port) as first:
            await first.ask(HEADER)
            async with raw_client(port) as second:
                with pytest.raises((ConnectionResetError, EOFError)):
                    await second.ask(HEADER)
        await server.stop()

    asyncio.run(scenario())
    assert refused[0].text == f"too many connections: {told}"
    assert (refused[0].scope, refused[0].code) == ("connection", 0)
    assert refused[0].peer.address.startswith("127.0.0.1:")


def test_dropping_tells_clients_why() -> None:
    async def scenario() -> None:
        async with listening() as hub, raw_client(hub.port) as client:
            await client.open()
            assert hub.server.drop_connections() == 1
            close = await client.answer()
            assert close.spec.name == "connection.close"
            assert close.fields["reply_code"] == 320
            assert close.fields["reply_text"] == "CONNECTION_FORCED - closed by an operator"
            client.writer.write(encode_method(0, "connection.close_ok"))
            assert await client.rest() == b""

    asyncio.run(scenario())


def test_stopping_closes_those_that_do_not_answer() -> None:
    async def scenario() -> None:
        async with listening() as hub, raw_client(hub.port) as client:
            await client.open()
            stopping = asyncio.create_task(hub.server.stop())
            assert (await client.answer()).fields["reply_code"] == 320
            client.writer.write(encode_method(0, "connection.close_ok"))
            async with asyncio.timeout(PATIENCE):
                await stopping
            await hub.server.stop()

    asyncio.run(scenario())


def test_heartbeats_are_sent() -> None:
    async def scenario() -> None:
        async with listening() as hub, raw_client(hub.port) as client:
            await client.open(heartbeat=1)
            async with asyncio.timeout(PATIENCE):
                assert await client.reader.readexactly(8) == b"\x08\x00\x00\x00\x00\x00\x00\xce"

    asyncio.run(scenario())


def test_a_lost_client_gives_back_what_it_held() -> None:
    async def scenario() -> None:
        async with listening() as hub:
            async with raw_client(hub.port) as client:
                await client.open()
                await client.ask(method(1, "queue.declare", queue="q"))
                got = await client.ask(publish(1, "q", b"x"), method(1, "basic.get", queue="q"))
                assert got.spec.name == "basic.get_ok"
            async with raw_client(hub.port) as client:
                await client.open()
                got = await client.ask(method(1, "basic.get", queue="q"))
                assert got.fields["redelivered"] is True

    asyncio.run(scenario())


def test_a_flooding_publisher_does_not_starve_others() -> None:
    async def scenario() -> None:
        async with listening() as hub, raw_client(hub.port) as flooder:
            await flooder.open()
            await flooder.ask(method(1, "queue.declare", queue="q", arguments={"x-max-length": 1}))
            flood = publish(1, "q", b"x") * 2000
            flooding = asyncio.create_task(_write_until_cancelled(flooder.writer, flood))
            async with raw_client(hub.port) as other:
                async with asyncio.timeout(PATIENCE):
                    await other.open()
                    await other.ask(method(1, "queue.declare", queue="mine"))
            flooding.cancel()
            await asyncio.gather(flooding, return_exceptions=True)

    asyncio.run(scenario())


async def _write_until_cancelled(writer: asyncio.StreamWriter, data: bytes) -> None:
    while True:
        writer.write(data)
        await writer.drain()
        await asyncio.sleep(0)


def test_a_consumer_that_does_not_read_costs_no_more_than_its_buffers() -> None:
    async def scenario() -> None:
        limits = ServerLimits(connection=ConnectionLimits(output_high=100_000))
        async with (
            listening(limits=limits) as hub,
            raw_client(hub.port) as sleeper,
            raw_client(hub.port) as publisher,
        ):
            await sleeper.open()
            await publisher.open()
            await publisher.ask(method(1, "queue.declare", queue="q"))
            sleeper.writer.write(method(1, "basic.consume", queue="q", no_ack=True))
            body = b"x" * 100_000
            for _ in range(200):
                publisher.writer.write(publish(1, "q", body))
                await publisher.writer.drain()
            await publisher.ask(method(1, "queue.declare", queue="other"))
            assert hub.broker.vhosts["/"].depths()["q"].ready > 100
            read = 0
            async with asyncio.timeout(PATIENCE):
                while read < 200 * len(body):
                    read += len(await sleeper.reader.read(1 << 20))

    asyncio.run(scenario())


@pytest.mark.parametrize("over_tls", [False, True])
def test_clients_that_die_in_the_middle_of_a_message_leave_nothing(over_tls: bool) -> None:
    authority = trustme.CA()
    tls = TlsPolicy(server_context(authority), accept_all) if over_tls else None
    passwords = PasswordLogin({"guest": "guest"})

    async def scenario() -> None:
        context = client_context(authority, client_certificate(authority, "guest"))
        gone: list[weakref.ref[object]] = []
        async with listening(tls=tls, authenticator=passwords) as hub:
            for _ in range(3):
                async with raw_client(hub.port, context if over_tls else None) as client:
                    await client.open()
                    client.writer.write(publish(1, "q", b"x" * 1_000_000)[:-10])
                    await client.writer.drain()
                    await until(lambda: hub.broker.memory_use.bytes >= 900_000)
                    (session,) = hub.server._sessions
                    gone += [weakref.ref(session), weakref.ref(session.connection)]
                    del session
                    client.writer.transport.abort()
                await until(lambda: not hub.server.sessions)
            await asyncio.sleep(0)
            assert [one() for one in gone] == [None] * 6
            assert hub.broker.memory_use.bytes == 0

    gc.collect()
    gc.disable()
    try:
        asyncio.run(scenario())
    finally:
        gc.enable()
