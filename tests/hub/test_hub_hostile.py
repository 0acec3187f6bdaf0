"""Hostile or broken clients get a clear refusal, and the Hub goes on serving others."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.live import PATIENCE, LiveHub
from tests.support.messages import as_bytes, envelope

A, C = "fr.health.samuA", "fr.health.samuC"


@pytest.fixture(autouse=True)
def the_hub_goes_on(hub: LiveHub) -> Iterator[None]:
    """Whatever a test did, an exchange between others works after it."""
    yield
    message = envelope(A, C)
    with hub.connect(A) as sender, hub.connect(C) as recipient:
        sender.publish(as_bytes(message))
        assert recipient.take("message").json["distributionID"] == message["distributionID"]


def plain(hub: LiveHub) -> socket.socket:
    return socket.create_connection(("127.0.0.1", hub.port), timeout=PATIENCE)


def secure(hub: LiveHub) -> ssl.SSLSocket:
    return hub.tls(A).wrap_socket(plain(hub), server_hostname="localhost")


def everything(connection: socket.socket) -> bytes:
    """What the Hub says until it hangs up."""
    received = b""
    try:
        while chunk := connection.recv(65_536):
            received += chunk
    except ConnectionError:
        pass
    return received


def frame(kind: int, channel: int, payload: bytes, end: bytes = b"\xce") -> bytes:
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + end


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"AMQP\x00\x00\x09\x01", "AMQP"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP"),
        (bytes(range(256)) * 8, "TLS"),
    ],
    ids=["plain amqp", "http", "garbage"],
)
def test_what_is_not_tls_is_refused_and_explained(hub: LiveHub, sent: bytes, reason: str) -> None:
    with plain(hub) as connection:
        connection.sendall(sent)
        everything(connection)
    last = hub.last_attempt()
    assert last["accepted"] is False
    assert reason in last["reason"]


def test_half_open_tls_disturbs_nobody(hub: LiveHub) -> None:
    """The next test in line, an exchange between others, runs while these hang."""
    hanging = [plain(hub) for _ in range(50)]
    for connection in hanging:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01")
    with hub.connect(A) as client:
        assert client.depth("message") == 0
    for connection in hanging:
        connection.close()


@pytest.mark.parametrize("header", [b"AMQP\x01\x01\x00\x0a", b"AMQP\x00\x00\x08\x00", b"HTTP/1.1"])
def test_another_protocol_header_is_answered_with_ours(hub: LiveHub, header: bytes) -> None:
    with secure(hub) as connection:
        connection.sendall(header)
        # RabbitMQ 4 would rather speak AMQP 1.0 with SASL.
        ours = b"AMQP\x03\x01\x00\x00" if hub.version >= 4 else b"AMQP\x00\x00\x09\x01"
        assert everything(connection) == ours


@pytest.mark.parametrize(
    "sent",
    [
        frame(1, 0, b"\x00" * 200_000),
        struct.pack(">BHI", 1, 0, 0xFFFF_FFFF),
        frame(1, 0, b"\x00\x0a\x00\x0b", end=b"\x00"),
        frame(99, 7, b"?"),
        frame(1, 0, b"\x00\x0a\x00\x0b\xff\xff\xff\xff"),
    ],
    ids=["oversized", "4 GiB announced", "no end octet", "unknown type", "cut table"],
)
def test_broken_frames_end_that_connection_only(hub: LiveHub, sent: bytes) -> None:
    with secure(hub) as connection:
        connection.sendall(b"AMQP\x00\x00\x09\x01")
        connection.recv(4096)
        connection.sendall(sent)
        everything(connection)


def test_a_client_that_vanishes_in_mid_frame(hub: LiveHub) -> None:
    with secure(hub) as connection:
        connection.sendall(b"AMQP\x00\x00\x09\x01" + struct.pack(">BHI", 1, 0, 50) + b"half")


@pytest.mark.parametrize("header", ["CC", "BCC"])
@pytest.mark.parametrize("value", ["a", "", 1, -1, 1.5, True, None, {}, {"a": ["b"]}])
def test_copies_that_are_no_list_are_400_over_http(hub: LiveHub, header: str, value: Any) -> None:
    message = {
        "as": "fr.health.samuA",
        "vhost": "15-15_v2.0",
        "body": "{}",
        "properties": {"headers": {header: value}},
    }
    status, problem = hub.refused("POST", "/api/v1/messages", message)
    assert status == 400
    assert f'unacceptable_type_in_header,"{header}"' in problem["detail"]
