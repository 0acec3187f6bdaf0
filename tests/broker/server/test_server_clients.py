"""Real clients, which share no code with us: pika, aio-pika, and amqplib on Node."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aio_pika
import pika
import pytest
import trustme

from hubemu.broker.server import TlsPolicy
from tests.support.amqp_dialogue import guest_broker
from tests.support.amqp_listening import Listening, listening
from tests.support.tls_pair import accept_all, client_certificate, client_context, server_context

AUTHORITY = trustme.CA()
GUEST = client_certificate(AUTHORITY, "guest")
EXCHANGE_JS = Path(__file__).parents[2] / "support" / "node" / "exchange.js"


def beside(talk: Callable[[Listening], Any], tls: bool = False) -> Any:
    """Run a blocking client in a thread, beside a server with a queue `q`."""

    async def scenario() -> Any:
        policy = TlsPolicy(server_context(AUTHORITY), accept_all) if tls else None
        broker = guest_broker()
        broker.vhosts["/"].add_queue("q")
        async with listening(broker, tls=policy) as hub:
            async with asyncio.timeout(30):
                return await asyncio.to_thread(talk, hub)

    return asyncio.run(scenario())


# --- pika


def pika_parameters(hub: Listening, tls: bool) -> pika.ConnectionParameters:
    if not tls:
        return pika.URLParameters(hub.url)
    return pika.ConnectionParameters(
        "127.0.0.1",
        hub.port,
        "/",
        pika.credentials.ExternalCredentials(),
        ssl_options=pika.SSLOptions(client_context(AUTHORITY, GUEST), "localhost"),
    )


@pytest.mark.parametrize("tls", [False, True])
def test_pika_exchanges_messages(tls: bool) -> None:
    def talk(hub: Listening) -> None:
        with pika.BlockingConnection(pika_parameters(hub, tls)) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            queue = channel.queue_declare("", exclusive=True).method.queue
            channel.basic_publish("", queue, b"hello", pika.BasicProperties(message_id="m1"))
            with pytest.raises(pika.exceptions.UnroutableError):
                channel.basic_publish("", "nowhere", b"x", mandatory=True)
            method, properties, body = next(channel.consume(queue, inactivity_timeout=5))
            assert (properties.message_id, body) == ("m1", b"hello")
            channel.basic_ack(method.delivery_tag)
            channel.cancel()
            with pytest.raises(pika.exceptions.ChannelClosedByBroker) as caught:
                channel.queue_declare("absent", passive=True)
            assert caught.value.reply_code == 404

    beside(talk, tls)


def test_pika_tells_of_a_refused_login() -> None:
    def talk(hub: Listening) -> None:
        parameters = pika_parameters(hub, tls=False)
        parameters.credentials = pika.PlainCredentials("guest", "wrong")
        with pytest.raises(pika.exceptions.ProbableAuthenticationError) as caught:
            pika.BlockingConnection(parameters)
        assert "403" in str(caught.value)

    beside(talk)


def test_pika_tells_of_an_unknown_vhost() -> None:
    def talk(hub: Listening) -> None:
        parameters = pika_parameters(hub, tls=False)
        parameters.virtual_host = "nope"
        with pytest.raises(pika.exceptions.ProbableAccessDeniedError) as caught:
            pika.BlockingConnection(parameters)
        assert "vhost nope not found" in str(caught.value)

    beside(talk)


def test_pika_tells_of_a_missing_certificate() -> None:
    def talk(hub: Listening) -> None:
        parameters = pika_parameters(hub, tls=True)
        without = client_context(AUTHORITY, None, ssl.TLSVersion.TLSv1_2)
        parameters.ssl_options = pika.SSLOptions(without, "localhost")
        with pytest.raises(ssl.SSLError, match="ALERT_HANDSHAKE_FAILURE"):
            pika.BlockingConnection(parameters)

    beside(talk, tls=True)


# --- aio-pika


def test_aio_pika_exchanges_messages() -> None:
    async def scenario() -> None:
        async with listening() as hub, await aio_pika.connect(hub.url) as connection:
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=10)
            queue = await channel.declare_queue("q", durable=True)
            numbers = [str(number).encode() for number in range(50)]
            for number in numbers:
                await channel.default_exchange.publish(aio_pika.Message(number), "q")
            received = []
            async with queue.iterator() as messages:
                async for message in messages:
                    async with message.process():
                        received.append(message.body)
                    if len(received) == len(numbers):
                        break
            assert received == numbers

    asyncio.run(scenario())


# --- amqplib


def node(amqplib: Path, folder: Path, *arguments: str) -> Callable[[Listening], str]:
    def talk(hub: Listening) -> str:
        (folder / "node_modules").symlink_to(amqplib)
        script = folder / "exchange.js"
        script.write_text(EXCHANGE_JS.read_text())
        scheme = "amqps" if arguments else "amqp"
        login = "" if arguments else "guest:guest@"
        url = f"{scheme}://{login}localhost:{hub.port}/%2F?heartbeat=5"
        done = subprocess.run(
            ["node", str(script), url, "q", *arguments],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return talk


EXPECTED = "returned 200000\nleft 0\nrefused 404\n"


@pytest.mark.node
@pytest.mark.parametrize("tls", [False, True])
def test_amqplib_exchanges_messages(amqplib: Path, tmp_path: Path, tls: bool) -> None:
    arguments: tuple[str, ...] = ()
    if tls:
        GUEST.cert_chain_pems[0].write_to_path(tmp_path / "guest.crt")
        GUEST.private_key_pem.write_to_path(tmp_path / "guest.key")
        AUTHORITY.cert_pem.write_to_path(tmp_path / "ca.pem")
        arguments = tuple(str(tmp_path / name) for name in ("guest.crt", "guest.key", "ca.pem"))

    assert beside(node(amqplib, tmp_path, *arguments), tls) == EXPECTED
