"""A fault in one session ends that session: the others of the same turn get what is theirs."""

from __future__ import annotations

import asyncio

import pytest

from hubemu.broker.client_socket import ClientSocket
from hubemu.broker.protocol.connection import Connection
from tests.support.amqp_dialogue import method, publish
from tests.support.amqp_listening import listening, raw_client


def test_a_socket_that_fails_keeps_nothing_from_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Both get their deliveries in one turn; the first one's cannot be written."""

    async def scenario() -> None:
        async with (
            listening() as hub,
            raw_client(hub.port) as bad,
            raw_client(hub.port) as good,
            raw_client(hub.port) as third,
        ):
            for client, queue in ((bad, "a"), (good, "b")):
                await client.open()
                await client.ask(method(1, "queue.declare", queue=queue))
                await client.ask(method(1, "basic.consume", queue=queue, no_ack=True))
            await third.open()
            address = hub.server.connections()[0].peer
            send = ClientSocket.send

            def fails(socket: ClientSocket, data: bytes) -> None:
                if socket.address == address:
                    raise RuntimeError("this socket is broken")
                send(socket, data)

            monkeypatch.setattr(ClientSocket, "send", fails)
            third.writer.write(publish(1, "a", b"1") + publish(1, "b", b"2"))
            assert (await good.answer()).spec.name == "basic.deliver"
            assert await bad.rest() == b""
            assert (await third.ask(method(1, "queue.declare", queue="c"))).spec.name == (
                "queue.declare_ok"
            )
            assert [one.peer for one in hub.server.connections()].count(address) == 0

    asyncio.run(scenario())
    assert "this socket is broken" in caplog.text


def test_an_alarm_that_one_cannot_be_told_reaches_the_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        async with listening() as hub, raw_client(hub.port) as bad, raw_client(hub.port) as good:
            await bad.open()
            await good.open()
            alarm, failing = Connection.alarm, ["the first"]

            def fails(connection: Connection, reason: str, raised: bool, holder: str = "") -> None:
                if failing:
                    failing.pop()
                    raise RuntimeError("it cannot be told")
                alarm(connection, reason, raised, holder)

            monkeypatch.setattr(Connection, "alarm", fails)
            hub.broker.alarms.disk(True)
            good.writer.write(publish(1, "q", b"1"))
            assert (await good.answer()).spec.name == "connection.blocked"
            assert await bad.rest() == b""

    asyncio.run(scenario())
    assert "it cannot be told" in caplog.text
