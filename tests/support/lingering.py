"""A client that says goodbye and does not hang up, as some software does when it is busy."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pika import frame, spec

from tests.support.live import PATIENCE, LiveHub

__all__ = ["closed_but_not_hung_up"]

_HEADER = b"AMQP\x00\x00\x09\x01"


@contextmanager
def closed_but_not_hung_up(hub: LiveHub, client: str, vhost: str = "15-15_v2.0") -> Iterator[None]:
    """A connection that was closed in AMQP's way, for as long as its socket stays open."""
    plain = socket.create_connection(("localhost", hub.port), PATIENCE)
    with hub.tls(client).wrap_socket(plain, server_hostname="localhost") as line:
        talk = _Talk(line)
        talk.say(_HEADER, "Connection.Start")
        talk.method(spec.Connection.StartOk({}, "EXTERNAL", "", "en_US"), "Connection.Tune")
        line.sendall(frame.Method(0, spec.Connection.TuneOk(2047, 131072, 600)).marshal())
        talk.method(spec.Connection.Open(vhost), "Connection.OpenOk")
        talk.method(spec.Connection.Close(200, "bye", 0, 0), "Connection.CloseOk")
        yield


class _Talk:
    def __init__(self, line: ssl.SSLSocket) -> None:
        self._line = line
        self._came = b""

    def method(self, method: Any, answer: str) -> None:
        """Send a method and get its answer."""
        self.say(frame.Method(0, method).marshal(), answer)

    def say(self, octets: bytes, answer: str) -> None:
        """Send octets and get what answers them."""
        self._line.sendall(octets)
        while True:
            taken, came = frame.decode_frame(self._came)
            self._came = self._came[taken:]
            if came is None:
                more = self._line.recv(65536)
                assert more, f"the broker hung up before it sent {answer}"
                self._came += more
            elif isinstance(came, frame.Method):
                assert answer == came.method.NAME
                return
