"""TLS on a real socket: logins by certificate, and refusals that can be told apart."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
import trustme

from hubemu.broker.server import TlsPolicy
from hubemu.broker.tls_policy import Objection
from hubemu.broker.wire.methods import encode_method
from hubemu.common_name import common_name
from tests.support.amqp_dialogue import HEADER, guest_broker, method, publish
from tests.support.amqp_listening import Listening, listening, raw_client
from tests.support.tls_pair import (
    VERSIONS,
    accept_all,
    client_certificate,
    client_context,
    server_context,
)

AUTHORITY = trustme.CA()
STRANGER = trustme.CA()
GUEST = client_certificate(AUTHORITY, "guest")
both_versions = pytest.mark.parametrize("version", VERSIONS)


@asynccontextmanager
async def secured(policy: TlsPolicy | None = None) -> AsyncIterator[Listening]:
    tls = policy or TlsPolicy(server_context(AUTHORITY), accept_all)
    async with listening(guest_broker(), tls=tls) as hub:
        yield hub


async def refused(hub: Listening, context: ssl.SSLContext) -> str:
    """What a client sees, in its handshake (TLS 1.2) or on its first read (1.3)."""
    try:
        async with raw_client(hub.port, context) as client:
            client.writer.write(HEADER)
            return repr(await client.rest())
    except (ssl.SSLError, ConnectionError) as error:
        return str(error)


@both_versions
def test_the_certificate_logs_in(version: ssl.TLSVersion) -> None:
    async def scenario() -> None:
        async with secured() as hub:
            async with raw_client(hub.port, client_context(AUTHORITY, GUEST, version)) as client:
                await client.open("EXTERNAL")
                (info,) = hub.server.connections()
                assert info.user == "guest"
                assert info.tls_version == version.name.replace("_", ".")
                assert common_name(info.chain[0]) == "guest"
            attempt = await hub.attempt()
            assert attempt.accepted
            assert attempt.reason == ""
            assert attempt.chain == info.chain
            assert attempt.peer == info.peer

    asyncio.run(scenario())


@both_versions
def test_a_stranger_gets_an_alert_and_is_told_of(version: ssl.TLSVersion) -> None:
    async def scenario() -> None:
        stranger = client_certificate(STRANGER, "guest")
        async with secured() as hub:
            seen = await refused(hub, client_context(AUTHORITY, stranger, version))
            assert "unknown ca" in seen.lower()
            attempt = await hub.attempt()
            assert not attempt.accepted
            assert attempt.reason == "unable to get local issuer certificate"
            assert common_name(attempt.chain[0]) == "guest"
            assert attempt.tls_version == version.name.replace("_", ".")
        assert len(hub.attempts) == 1

    asyncio.run(scenario())


def test_a_name_that_is_no_user_is_an_attempt_of_its_own() -> None:
    async def scenario() -> None:
        nobody = client_certificate(AUTHORITY, "nobody")
        async with secured() as hub:
            async with raw_client(hub.port, client_context(AUTHORITY, nobody)) as client:
                answer = await client.log_in("EXTERNAL")
                assert (answer.spec.name, answer.fields["reply_code"]) == ("connection.close", 403)
            assert (await hub.attempt(1)).accepted
            second = await hub.attempt(2)
            assert not second.accepted
            assert second.reason == "EXTERNAL login refused: user 'nobody' - invalid credentials"
            assert common_name(second.chain[0]) == "nobody"

    asyncio.run(scenario())


def test_a_vhost_that_is_not_there_is_an_attempt_of_its_own() -> None:
    async def scenario() -> None:
        async with secured() as hub:
            async with raw_client(hub.port, client_context(AUTHORITY, GUEST)) as client:
                await client.log_in("EXTERNAL")
                tuned = {"channel_max": 2047, "frame_max": 131072, "heartbeat": 0}
                answer = await client.ask(
                    encode_method(0, "connection.tune_ok", **tuned),
                    method(0, "connection.open", virtual_host="nowhere"),
                )
                assert (answer.spec.name, answer.fields["reply_code"]) == ("connection.close", 530)
            second = await hub.attempt(2)
            assert not second.accepted
            assert second.reason.endswith("refused: 530 NOT_ALLOWED - vhost nowhere not found")

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (HEADER, "plain AMQP on a TLS port"),
        (b"GET / HTTP/1.1\r\n\r\n", "HTTP on a TLS port"),
        (b"\x00" * 50, "wrong version number"),
    ],
)
def test_other_protocols_are_told_apart(data: bytes, reason: str) -> None:
    async def scenario() -> None:
        async with secured() as hub:
            async with raw_client(hub.port) as client:
                client.writer.write(data)
                await client.rest()
            assert (await hub.attempt()).reason == reason

    asyncio.run(scenario())


def test_half_a_handshake_times_out_and_harms_nobody() -> None:
    async def scenario() -> None:
        good_context = client_context(AUTHORITY, GUEST)
        async with secured() as hub, raw_client(hub.port, good_context) as good:
            await good.open("EXTERNAL")
            hub.server.handshake_timeout = 1.0
            async with raw_client(hub.port) as slow:
                slow.writer.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc")
                assert await slow.rest() == b""
            assert (await good.ask(method(1, "queue.declare", queue="q"))).spec.name
        reasons = [attempt.reason for attempt in hub.attempts]
        assert reasons == ["", "the TLS handshake was not finished in 1 s"]

    asyncio.run(scenario())


def test_a_client_that_hangs_up_is_told_of_and_a_port_probe_is_not() -> None:
    async def scenario() -> None:
        async with secured() as hub:
            async with raw_client(hub.port):
                pass
            async with raw_client(hub.port) as client:
                client.writer.write(b"\x16\x03\x01\x02\x00")
                await client.writer.drain()
                await asyncio.sleep(0.01)
                client.writer.close()
                await client.writer.wait_closed()
            assert (await hub.attempt()).reason == "unexpected eof while reading"
            assert len(hub.attempts) == 1

    asyncio.run(scenario())


def test_a_new_policy_meets_new_handshakes_only() -> None:
    async def scenario() -> None:
        async with secured() as hub:
            async with raw_client(hub.port, client_context(AUTHORITY, GUEST)) as before:
                await before.open("EXTERNAL")
                hub.server.set_tls(TlsPolicy(server_context(STRANGER), accept_all))
                after = client_certificate(STRANGER, "guest")
                async with raw_client(hub.port, client_context(STRANGER, after)) as client:
                    await client.open("EXTERNAL")
                declared = await before.ask(method(1, "queue.declare", queue="q"))
                assert declared.spec.name == "queue.declare_ok"
            seen = await refused(hub, client_context(STRANGER, GUEST))
            assert "unknown ca" in seen.lower()

    asyncio.run(scenario())


@both_versions
def test_a_verdict_refuses_what_openssl_accepts(version: ssl.TLSVersion) -> None:
    def verdict(chain: Sequence[bytes]) -> Objection:
        return Objection(f"too late for {common_name(chain[0])}")

    async def scenario() -> None:
        policy = TlsPolicy(server_context(AUTHORITY), verdict)
        async with secured(policy) as hub:
            await refused(hub, client_context(AUTHORITY, GUEST, version))
            attempt = await hub.attempt()
            assert not attempt.accepted
            assert attempt.reason == "too late for guest"

    asyncio.run(scenario())


@both_versions
def test_large_messages_pass_through_tls(version: ssl.TLSVersion) -> None:

    async def scenario() -> None:
        context = client_context(AUTHORITY, GUEST, version)
        async with secured() as hub, raw_client(hub.port, context) as client:
            await client.open("EXTERNAL")
            await client.ask(method(1, "queue.declare", queue="q"))
            got = await client.ask(
                publish(1, "q", bytes(3_000_000)),
                method(1, "basic.get", queue="q", no_ack=True),
            )
            assert got.spec.name == "basic.get_ok"
            assert (await client.ask(method(1, "queue.purge", queue="q"))).fields == {
                "message_count": 0
            }

    asyncio.run(scenario())
