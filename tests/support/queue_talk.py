"""The same conversation about queues with a RabbitMQ node and with the embedded broker.

A `Line` is a connection to either; a `Talk` is a channel of one. What a broker answers later is
waited for, so that a conversation says the same on both.
"""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

from hubemu.broker.core import Broker
from hubemu.broker.wire.frames import METHOD, FrameReader
from hubemu.broker.wire.methods import decode_method, encode_method
from hubemu.broker.wire.properties import decode_properties, encode_properties
from hubemu.properties import Properties
from tests.support.amqp_dialogue import CAPABILITIES, GOODBYE, HEADER, Dialogue, Reply, method
from tests.support.amqp_dialogue import publish as content

__all__ = ["Dial", "DialogueLine", "Line", "Refused", "SocketLine", "Taken", "Talk"]

_PATIENCE = 30.0
"""Seconds for an answer that must come."""
_SETTLING = 10.0
"""Seconds for a queue to become as long as it should be."""


class Refused(Exception):
    """The broker closed the channel or the connection: `(code, text)`."""


class Line(Protocol):
    """A connection."""

    def send(self, data: bytes) -> None:
        """Send bytes."""

    def next(self) -> Reply:
        """The next frame that comes."""

    def drop(self) -> None:
        """End the connection without a word."""


Dial = Callable[[], Line]
"""Makes one more connection."""


class SocketLine:
    """A connection to the port of a broker."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), _PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._frames = FrameReader(0)
        self._open()

    def _open(self) -> None:
        login = {"mechanism": "PLAIN", "response": b"\0guest\0guest", "locale": "en_US"}
        properties = {"capabilities": CAPABILITIES}
        tuning = {"channel_max": 2047, "frame_max": 131072, "heartbeat": 0}
        self.send(HEADER)
        self.send(encode_method(0, "connection.start_ok", client_properties=properties, **login))
        self.send(encode_method(0, "connection.tune_ok", **tuning))
        self.send(method(0, "connection.open", virtual_host="/"))
        while self.next()[1] != "connection.open_ok":
            pass

    def send(self, data: bytes) -> None:
        """See `Line`."""
        self._socket.sendall(data)

    def next(self) -> Reply:
        """See `Line`."""
        while (frame := self._frames.next()) is None:
            data = self._socket.recv(65536)
            if not data:
                raise ConnectionResetError("the broker ended the connection")
            self._frames.feed(data)
        kind, channel, payload = frame
        if kind == METHOD:
            decoded = decode_method(payload)
            return channel, decoded.spec.name, decoded.fields
        return channel, {2: "header", 3: "body", 8: "heartbeat"}[kind], {"payload": payload}

    def drop(self) -> None:
        """See `Line`; the broker has noticed it when this returns."""
        with self._socket, suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            while self._socket.recv(65536):
                pass


class DialogueLine:
    """A connection to the embedded broker, without a socket."""

    def __init__(self, broker: Broker) -> None:
        self._dialogue = Dialogue(broker).open()
        self._came: deque[Reply] = deque()

    def send(self, data: bytes) -> None:
        """See `Line`."""
        self._came.extend(self._dialogue.send(data))

    def next(self) -> Reply:
        """See `Line`."""
        self._came.extend(self._dialogue.replies())
        if not self._came:
            raise TimeoutError("the broker says nothing")
        return self._came.popleft()

    def drop(self) -> None:
        """See `Line`."""
        self._dialogue.connection.lost()


class Taken(NamedTuple):
    """A message that was delivered or got."""

    tag: int
    body: str
    redelivered: bool
    properties: Properties

    def __str__(self) -> str:
        return f"{self.body}*" if self.redelivered else self.body


class Talk:
    """A channel in confirm mode, on a connection of its own."""

    def __init__(self, dial: Dial) -> None:
        self.line = dial()
        self.call("channel.open")
        self.call("confirm.select")

    def say(self, name: str, **fields: Any) -> None:
        """Send a method that has no answer."""
        self.line.send(method(1, name, **fields))

    def call(self, name: str, **fields: Any) -> Mapping[str, Any]:
        """Send a method; the fields of its answer."""
        self.say(name, **fields)
        return self._await(f"{name}_ok")[1]

    def declare(self, queue: str, **arguments: Any) -> None:
        """Make a durable queue; `_` stands for `-` in the names of arguments."""
        named = {f"x-{name.replace('_', '-')}": value for name, value in arguments.items()}
        self.call("queue.declare", queue=queue, durable=True, arguments=named)

    def depth(self, queue: str) -> int:
        """How many messages are ready."""
        return int(self.call("queue.declare", queue=queue, passive=True)["message_count"])

    def publish(self, queue: str, body: str, **properties: Any) -> str:
        """Publish to a queue; `ack` or `nack`."""
        return self.publish_raw(queue, encode_properties(Properties(**properties)), body)

    def publish_raw(self, queue: str, raw: bytes, body: str = "m") -> str:
        """The same with properties as bytes."""
        self.line.send(content(1, queue, body.encode(), raw=raw))
        return self._await("basic.ack", "basic.nack")[0].removeprefix("basic.")

    def consume(self, queue: str, tag: str = "c", prefetch: int = 0, **arguments: Any) -> None:
        """Consume with acknowledgements."""
        self.call("basic.qos", prefetch_count=prefetch)
        named = {f"x-{name}": value for name, value in arguments.items()}
        self.call("basic.consume", queue=queue, consumer_tag=tag, arguments=named)

    def delivered(self) -> Taken:
        """The next message delivered."""
        return self._content(self._await("basic.deliver")[1])

    def get(self, queue: str, *, no_ack: bool = False) -> Taken | None:
        """One message of a queue, if there is one."""
        self.say("basic.get", queue=queue, no_ack=no_ack)
        name, fields = self._await("basic.get_ok", "basic.get_empty")
        return self._content(fields) if name == "basic.get_ok" else None

    def drain(self, queue: str, expected: int) -> str:
        """All messages of a queue, once there are as many as expected (or time is over)."""
        deadline = time.monotonic() + _SETTLING
        while self.depth(queue) != expected and time.monotonic() < deadline:
            time.sleep(0.02)
        taken = []
        while (one := self.get(queue, no_ack=True)) is not None:
            taken.append(str(one))
        return " ".join(taken)

    def close_channel(self) -> None:
        """End the channel in order."""
        self.call("channel.close", reply_code=200, reply_text="", class_id=0, method_id=0)

    def close_connection(self) -> None:
        """End the connection in order."""
        self.line.send(GOODBYE)
        self._await("connection.close_ok")

    def _await(self, *names: str) -> tuple[str, Mapping[str, Any]]:
        while True:
            _, name, fields = self.line.next()
            if name in names:
                return name, fields
            if name in ("channel.close", "connection.close"):
                raise Refused(fields["reply_code"], fields["reply_text"])

    def _content(self, fields: Mapping[str, Any]) -> Taken:
        header = self._await("header")[1]["payload"]
        size, body = int.from_bytes(header[4:12]), b""
        while len(body) < size:
            body += self._await("body")[1]["payload"]
        properties = decode_properties(header[12:])
        return Taken(fields["delivery_tag"], body.decode(), fields["redelivered"], properties)
