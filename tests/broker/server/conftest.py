"""A RabbitMQ node to be asked, where one of the version that is pinned is installed."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from benchmarks.rabbitmq import plain_rabbitmq
from hubemu.broker.wire.frames import FrameReader
from hubemu.broker.wire.methods import decode_method
from hubemu.engines.rabbitmq.process import find_server
from tests.conftest import missing
from tests.support.amqp_dialogue import HEADER, guest_broker
from tests.support.queue_talk import Dial, DialogueLine, SocketLine

PATIENCE = 30.0
"""Seconds for an answer that must come."""
PINNED = "3.10."


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a node out of the box; what it answers is pinned of `PINNED`."""
    if find_server() is None:
        missing("rabbitmq", "no rabbitmq-server is installed here")
    with plain_rabbitmq(tmp_path_factory.mktemp("node") / "rabbitmq") as (_, port):
        version = _version(port)
        if not version.startswith(PINNED):
            pytest.skip(f"RabbitMQ {version} is installed here, pinned is {PINNED}x")
        yield port


def _version(port: int) -> str:
    frames = FrameReader(0)
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
        client.sendall(HEADER)
        while (frame := frames.next()) is None:
            frames.feed(client.recv(65536))
    start = decode_method(frame[2]).fields
    return str(start["server_properties"]["version"])


@pytest.fixture
def embedded() -> Dial:
    """Connections to an embedded broker."""
    broker = guest_broker()
    return lambda: DialogueLine(broker)


@pytest.fixture
def real(node: int) -> Iterator[Dial]:
    """Connections to a node."""
    lines = []

    def dial() -> SocketLine:
        lines.append(SocketLine(node))
        return lines[-1]

    yield dial
    for line in lines:
        line.drop()


@pytest.fixture(params=["embedded", "real"])
def dial(request: pytest.FixtureRequest) -> Dial:
    """Connections to either."""
    found: Dial = request.getfixturevalue(request.param)
    return found
