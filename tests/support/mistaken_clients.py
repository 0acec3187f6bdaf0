"""How a client makes a mistake: what it does on a Hub, by pika or plain sockets."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel

from tests.support.live import LiveHub
from tests.support.messages import as_bytes

__all__ = [
    "A",
    "Act",
    "V",
    "by_password",
    "connecting",
    "distrustful",
    "of_the_server",
    "on_channel",
    "plain",
    "sent",
    "twice",
    "without_certificate",
]

A, B, C = "fr.health.samuA", "fr.health.samuB", "fr.health.samuC"
V = "15-15_v2.0"


Act = Callable[[LiveHub], object]


def on_channel(act: Callable[[BlockingChannel], object], vhost: str = V) -> Act:
    """Do it on a channel of samuA without confirms, as many first programs are; then look."""

    def play(hub: LiveHub) -> None:
        connection = pika.BlockingConnection(hub.parameters(vhost, hub.tls(A)))
        try:
            channel = connection.channel()
            act(channel)
            channel.queue_declare(f"{A}.info", passive=True)
        finally:
            if connection.is_open:
                connection.close()

    return play


def connecting(context: Callable[[LiveHub], ssl.SSLContext], vhost: str = V, **more: Any) -> Act:
    """Only connect, with other material or to another vHost."""
    return lambda hub: pika.BlockingConnection(hub.parameters(vhost, context(hub), **more)).close()


def sent(message: dict[str, Any] | bytes, vhost: str = V, **properties: Any) -> Act:
    """Publish a message as samuA, properly but for what is wrong with it."""
    wanted = {"content_type": "application/json", "delivery_mode": 2} | properties
    body = message if isinstance(message, bytes) else as_bytes(message)
    return on_channel(
        lambda channel: channel.basic_publish("hubsante", A, body, pika.BasicProperties(**wanted)),
        vhost,
    )


def without_certificate(hub: LiveHub) -> ssl.SSLContext:
    """Only the trust store."""
    return ssl.create_default_context(cafile=str(hub.certs / "truststores/igc.pem"))


def of_the_server(hub: LiveHub) -> ssl.SSLContext:
    """A trusted certificate whose name is no client's."""
    context = without_certificate(hub)
    context.load_cert_chain(hub.certs / "server/igc.crt", hub.certs / "server/igc.key")
    return context


def distrustful(hub: LiveHub) -> ssl.SSLContext:
    """A client that trusts another authority than the Hub's."""
    context = ssl.create_default_context(cafile=str(hub.certs / "ca/legacy.pem"))
    own = hub.certs / "clients" / A
    context.load_cert_chain(own / "igc.crt", own / "igc.key")
    return context


def by_password(hub: LiveHub) -> None:
    """The right certificate, the wrong mechanism."""
    parameters = hub.parameters(V, hub.tls(A))
    parameters.credentials = pika.PlainCredentials("guest", "guest")
    pika.BlockingConnection(parameters).close()


def plain(greeting: bytes) -> Act:
    """Speak without TLS."""

    def play(hub: LiveHub) -> None:
        with socket.create_connection(("127.0.0.1", hub.port), timeout=10) as client:
            client.sendall(greeting)
            while client.recv(4096):
                pass
        raise ConnectionError("closed")

    return play


def twice(channel: BlockingChannel) -> None:
    """Acknowledge a delivery that never was."""
    channel.basic_ack(1)
