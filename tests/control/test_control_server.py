"""The server inside a running loop: ports, malformed HTTP, streams, and an end that is prompt."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from hubemu.control import ControlServer, http_protocol
from hubemu.control import server as server_module
from hubemu.control.resources import stream as stream_resource
from hubemu.errors import StartError
from hubemu.journal.watch import RowChange, Subscription
from tests.support.fake_hub import FakeHub, a_message

PATIENCE = 20.0


@asynccontextmanager
async def served(hub: FakeHub) -> AsyncIterator[httpx.AsyncClient]:
    server = ControlServer(hub.hub, "127.0.0.1", 0)
    port = await server.start()
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=PATIENCE
        ) as client:
            yield client
    finally:
        await server.stop()


async def exchange(client: httpx.AsyncClient, octets: bytes) -> bytes:
    """What the server answers to raw bytes, until it closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
    writer.write(octets)
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    await writer.wait_closed()
    return answer


def test_it_serves_on_the_port_it_gives(hub: FakeHub) -> None:
    async def scenario() -> None:
        async with served(hub) as client:
            assert (await client.get("/health")).status_code == 200

    asyncio.run(scenario())


def test_a_port_that_was_drawn_can_be_had_again_though_a_browser_still_holds_it(
    hub: FakeHub,
) -> None:
    async def scenario() -> None:
        async with served(hub) as browser:
            assert (await browser.get("/health")).status_code == 200
            port = browser.base_url.port
            held = await asyncio.open_connection("127.0.0.1", port)
            held[1].write(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await held[0].readuntil(b"\r\n\r\n")
        again = ControlServer(hub.hub, "127.0.0.1", port or 0)
        assert again.bind() == port
        await again.stop()
        held[1].close()

    asyncio.run(scenario())


def test_who_connects_before_it_is_loaded_is_answered_at_once(
    hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The moment until it would be loaded anyway lasts longer than the client's patience."""
    monkeypatch.setattr(server_module, "_SOON", 10 * PATIENCE)
    test_it_serves_on_the_port_it_gives(hub)


def test_who_started_it_learns_once_when_all_is_loaded(hub: FakeHub) -> None:
    told: list[str] = []

    async def scenario() -> None:
        server = ControlServer(hub.hub, "127.0.0.1", 0, lambda: told.append("loaded"))
        port = await server.start()
        assert told == [], "nobody waits for it before the Hub is announced"
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
                for _ in range(2):
                    assert (await client.get(f"http://127.0.0.1:{port}/health")).status_code == 200
                    assert told == ["loaded"]
        finally:
            await server.stop()

    asyncio.run(scenario())
    assert told == ["loaded"]


def test_it_ends_though_it_was_never_loaded(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "_SOON", 10 * PATIENCE)

    async def scenario() -> None:
        server = ControlServer(hub.hub, "127.0.0.1", 0)
        port = await server.start()
        await asyncio.wait_for(server.stop(), PATIENCE)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        assert not hub.hub.supervision.troubles()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("octets", "what"),
    [(b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", "TLS"), (b"AMQP\x00\x00\x09\x01", "AMQP")],
)
def test_who_speaks_tls_or_amqp_to_it_is_told_of_in_the_terminal(
    hub: FakeHub, caplog: pytest.LogCaptureFixture, octets: bytes, what: str
) -> None:
    async def scenario() -> bytes:
        async with served(hub) as client:
            return await exchange(client, octets)

    answer = asyncio.run(scenario())
    assert answer.startswith(b"HTTP/1.1 400 ")
    (record,) = caplog.records
    told = record.getMessage()
    assert told.startswith(f"{what} is spoken to the port of the control API")
    assert "clients of the Hub connect to amqps://, on another port from 127.0.0.1:" in told


def test_it_leaves_signals_and_logging_alone(hub: FakeHub) -> None:
    def state() -> tuple[object, ...]:
        loggers = [logging.getLogger(name) for name in ("", "uvicorn", "uvicorn.error")]
        return signal.getsignal(signal.SIGINT), *((one.level, *one.handlers) for one in loggers)

    async def scenario() -> None:
        before = state()
        async with served(hub) as client:
            await client.get("/health")
            assert state() == before
        assert state() == before

    asyncio.run(scenario())


def test_a_busy_port_is_named_with_the_mend(hub: FakeHub) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=rf"HTTP port {port} .* taken .*--http-port"):
            asyncio.run(ControlServer(hub.hub, "127.0.0.1", port).start())


def test_two_that_want_the_same_free_port_at_once_get_one_each(hub: FakeHub) -> None:
    async def scene() -> tuple[int, int, int]:
        first, second = (ControlServer(hub.hub, "127.0.0.1", 0) for _ in range(2))
        wanted = first.bind()
        second.bind(wanted)
        try:
            return wanted, await first.start(), await second.start()
        finally:
            await first.stop()
            await second.stop()

    wanted, first, second = asyncio.run(scene())
    assert wanted == first != second


def test_an_address_of_another_machine_is_refused(hub: FakeHub) -> None:
    with pytest.raises(StartError, match=r"192\.0\.2\.1 cannot be opened"):
        asyncio.run(ControlServer(hub.hub, "192.0.2.1", 0).start())


def test_a_server_that_was_never_started_stops(hub: FakeHub) -> None:
    asyncio.run(ControlServer(hub.hub, "127.0.0.1", 0).stop())


@pytest.mark.parametrize(
    "octets",
    [
        b"garbage\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 32 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /" + b"x" * 100_000,
        b"POST /api/v1/clock HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    ],
)
def test_malformed_http_is_refused_with_a_problem(hub: FakeHub, octets: bytes) -> None:
    async def scenario() -> None:
        async with served(hub) as client:
            head, _, body = (await exchange(client, octets)).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 400")
            assert b"application/problem+json" in head
            assert json.loads(body)["status"] == 400
            assert (await client.get("/health")).status_code == 200

    asyncio.run(scenario())


def test_a_client_that_leaves_in_the_middle_harms_nobody(
    hub: FakeHub, caplog: pytest.LogCaptureFixture
) -> None:
    request = (
        b"POST /api/v1/clock HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    )

    async def scenario() -> None:
        async with served(hub) as client:
            _, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
            writer.write(request)
            await writer.drain()
            writer.close()
            await writer.wait_closed()
            assert (await client.get("/health")).status_code == 200

    asyncio.run(scenario())
    assert "Traceback" not in caplog.text


def test_garbage_behind_a_stream_under_way_ends_it_quietly(
    hub: FakeHub, caplog: pytest.LogCaptureFixture
) -> None:
    request = (
        b"GET /api/v1/messages/stream HTTP/1.1\r\nHost: localhost\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )

    async def scenario() -> None:
        async with served(hub) as client:
            reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
            writer.write(request)
            await reader.readuntil(b"journal follow")
            writer.write(b"not a chunk\r\n")
            with contextlib.suppress(ConnectionResetError):
                await asyncio.wait_for(reader.read(), PATIENCE)
            writer.close()
            assert (await client.get("/health")).status_code == 200

    asyncio.run(scenario())
    assert "Traceback" not in caplog.text


async def next_event(lines: AsyncIterator[str]) -> list[str]:
    event: list[str] = []
    async for line in lines:
        if not line:
            return event
        event.append(line)
    return event


def test_the_stream_tells_changes_of_what_is_filtered(hub: FakeHub) -> None:
    async def scenario() -> None:
        async with (
            served(hub) as client,
            client.stream("GET", "/api/v1/messages/stream?outcome=rejected") as stream,
        ):
            assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
            lines = stream.aiter_lines()
            assert (await next_event(lines))[0] == "retry: 1000"
            a_message(hub.journal)
            wanted = a_message(hub.journal, outcome="rejected")
            name, data = await next_event(lines)
            assert name == "event: message"
            assert json.loads(data.removeprefix("data: "))["id"] == wanted.id

    asyncio.run(scenario())


def test_a_silent_stream_shows_that_it_lives(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_resource, "HEARTBEAT", 0.01)

    async def scenario() -> None:
        async with served(hub) as client, client.stream("GET", "/api/v1/messages/stream") as stream:
            lines = stream.aiter_lines()
            await next_event(lines)
            assert await next_event(lines) == [": heartbeat"]

    asyncio.run(scenario())


def test_head_of_the_stream_does_not_wait(hub: FakeHub) -> None:
    async def scenario() -> None:
        async with served(hub) as client:
            assert (await client.head("/api/v1/messages/stream")).status_code == 200

    asyncio.run(scenario())


def test_it_stops_at_once_whoever_is_waiting(
    hub: FakeHub, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> tuple[int, list[str]]:
        server = ControlServer(hub.hub, "127.0.0.1", 0)
        port = await server.start()
        base = f"http://127.0.0.1:{port}"
        async with (
            httpx.AsyncClient(base_url=base, trust_env=False, timeout=PATIENCE) as client,
            client.stream("GET", "/api/v1/messages/stream") as stream,
        ):
            lines = stream.aiter_lines()
            await next_event(lines)
            poll = asyncio.create_task(client.get("/api/v1/messages?wait=60"))
            _, idle = await asyncio.open_connection("127.0.0.1", port)
            _, half = await asyncio.open_connection("127.0.0.1", port)
            half.write(
                b"POST /api/v1/clock HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n"
            )
            await client.get("/health")  # by now the server has met them all
            await asyncio.wait_for(server.stop(), 30)  # and not the minute that one may wait
            rest = [line async for line in lines if line]
            for writer in (idle, half):
                writer.close()
            return (await poll).status_code, rest

    status, rest = asyncio.run(scenario())
    assert status == 503
    assert rest == []
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    "octets",
    [b"", b"GET /health HTT", b"POST /api/v1/messages HTTP/1.1\r\nHost: localhost\r\n"],
    ids=["nothing", "half a line", "half a head"],
)
def test_a_request_that_is_never_finished_times_out(
    hub: FakeHub, monkeypatch: pytest.MonkeyPatch, octets: bytes
) -> None:
    monkeypatch.setattr(http_protocol, "REQUEST_SECONDS", 0.1)

    async def scenario() -> None:
        async with served(hub) as client:
            head, _, body = (await exchange(client, octets)).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 408 Request Timeout")
            assert json.loads(body)["detail"] == "The request was not all there after 0.1 s."

    asyncio.run(scenario())


def test_a_body_that_never_ends_times_out(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "REQUEST_SECONDS", 0.1)
    head = b"POST /api/v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"

    async def scenario() -> None:
        async with served(hub) as client:
            assert (await exchange(client, head)).startswith(b"HTTP/1.1 408 ")
            assert (await client.get("/health")).status_code == 200

    asyncio.run(scenario())


def test_a_finished_request_does_not_time_out(
    hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "REQUEST_SECONDS", 0.05)

    async def scenario() -> None:
        async with served(hub) as client:
            answer = await client.get("/api/v1/messages", params={"wait": "0.3"})
            assert answer.status_code == 200
            assert (await client.get("/health")).status_code == 200

    asyncio.run(scenario())


def test_a_stream_of_events_that_nobody_reads_is_ended(
    hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "READING_SECONDS", 0.1)

    async def scenario() -> None:
        async with served(hub) as client:
            sleeper = socket.create_connection(("127.0.0.1", client.base_url.port or 0))
            sleeper.sendall(b"GET /api/v1/messages/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
            async with asyncio.timeout(PATIENCE):
                while not hub.hub.journal._watchers:
                    await asyncio.sleep(0.005)
                (subscription,) = hub.hub.journal._watchers
                assert isinstance(subscription, Subscription)
                while hub.hub.journal._watchers:
                    subscription.offer(RowChange({"detail": "x" * 200_000}))
                    await asyncio.sleep(0.001)
            sleeper.close()

    asyncio.run(scenario())
