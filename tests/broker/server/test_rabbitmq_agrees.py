"""A real node still answers what is pinned here of RabbitMQ 3.10, where one is installed."""

from __future__ import annotations

import socket
import time
from contextlib import closing

import pytest

from hubemu.broker.wire.frames import METHOD, FrameReader
from hubemu.broker.wire.methods import Method, decode_method, encode_method
from tests.support.amqp_dialogue import CAPABILITIES, GOODBYE, HEADER, method
from tests.support.amqp_errors import CONNECTION_ERRORS, Close
from tests.support.channel_answers import CHANNEL_CLOSES, CONNECTION_CLOSES

PATIENCE = 30.0
"""Seconds for an answer that must come."""


class Wire:
    """A client of bytes on a real socket."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._frames = FrameReader(0)
        self.close = self._socket.close

    def send(self, *data: bytes) -> None:
        """Send bytes."""
        self._socket.sendall(b"".join(data))

    def expect(self, name: str) -> Method:
        """The next method `name`; whatever comes before it is left out."""
        while True:
            while (frame := self._frames.next()) is not None:
                kind, _, payload = frame
                if kind == METHOD and (came := decode_method(payload)).spec.name == name:
                    return came
            data = self._socket.recv(65536)
            assert data, f"the connection ended before {name}"
            self._frames.feed(data)

    def ends(self) -> float:
        """Seconds until the node resets the connection; what comes before it is left out."""
        before = time.monotonic()
        with pytest.raises(ConnectionResetError):
            self._drain()
        return time.monotonic() - before

    def is_open(self) -> bool:
        """Whether the node has not ended the connection so far."""
        self._socket.setblocking(False)
        with pytest.raises(BlockingIOError):
            self._drain()
        return True

    def _drain(self) -> None:
        while self._socket.recv(65536):
            pass

    def half_close(self) -> None:
        """Send no more."""
        self._socket.shutdown(socket.SHUT_WR)


def opened(port: int, heartbeat: int = 0) -> Wire:
    """A connection with its channel 1."""
    wire = Wire(port)
    wire.send(HEADER)
    login = {"mechanism": "PLAIN", "response": b"\0guest\0guest", "locale": "en_US"}
    properties = {"capabilities": CAPABILITIES}
    tuning = {"channel_max": 2047, "frame_max": 131072, "heartbeat": heartbeat}
    wire.send(encode_method(0, "connection.start_ok", client_properties=properties, **login))
    wire.expect("connection.tune")
    wire.send(encode_method(0, "connection.tune_ok", **tuning))
    wire.send(method(0, "connection.open", virtual_host="/"), method(1, "channel.open"))
    wire.expect("channel.open_ok")
    return wire


@pytest.mark.parametrize("case", CONNECTION_ERRORS)
def test_a_node_closes_the_connection_as_pinned(node: int, case: str) -> None:
    data, (code, text, (class_id, method_id)) = CONNECTION_ERRORS[case]
    with closing(opened(node)) as wire:
        wire.send(data)
        close = wire.expect("connection.close").fields
    assert close == {
        "reply_code": code,
        "reply_text": text,
        "class_id": class_id,
        "method_id": method_id,
    }


def closed(node: int, data: bytes, name: str) -> Close:
    with closing(opened(node)) as wire:
        wire.send(method(2, "channel.open"), data)
        fields = wire.expect(name).fields
    at_fault = fields["class_id"], fields["method_id"]
    return fields["reply_code"], fields["reply_text"], at_fault


@pytest.mark.parametrize("case", CHANNEL_CLOSES)
def test_a_node_closes_the_channel_as_pinned(node: int, case: str) -> None:
    data, close = CHANNEL_CLOSES[case]
    assert closed(node, data, "channel.close") == close


@pytest.mark.parametrize("case", CONNECTION_CLOSES)
def test_a_node_ends_the_connection_as_pinned(node: int, case: str) -> None:
    data, close = CONNECTION_CLOSES[case]
    assert closed(node, data, "connection.close") == close


@pytest.mark.parametrize("data", [b"", GOODBYE])
def test_a_node_resets_who_waits_for_the_end(node: int, data: bytes) -> None:
    with closing(opened(node)) as wire:
        wire.send(data)
        wire.half_close()
        assert wire.ends() < PATIENCE


def test_a_node_waits_for_one_heartbeat_after_a_close(node: int) -> None:
    with (
        closing(opened(node, heartbeat=600)) as patient,
        closing(opened(node, heartbeat=2)) as wire,
    ):
        for one in (patient, wire):
            one.send(GOODBYE)
            one.expect("connection.close_ok")
        assert wire.ends() > 1
        assert patient.is_open()


@pytest.mark.parametrize("durable", [False, True])
def test_a_node_makes_no_exclusive_queue_durable(node: int, durable: bool) -> None:
    with closing(opened(node)) as wire:
        for again in (True, durable):
            wire.send(method(1, "queue.declare", queue="own", exclusive=True, durable=again))
            wire.expect("queue.declare_ok")
