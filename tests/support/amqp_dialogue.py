"""A client that follows no rules: frames in, frames out, to a `Connection` without sockets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubemu.broker.core import Broker, Limits
from hubemu.broker.protocol.auth import Authenticator, PasswordLogin, Peer
from hubemu.broker.protocol.connection import Connection
from hubemu.broker.protocol.limits import ConnectionLimits
from hubemu.broker.protocol.refused import Refused
from hubemu.broker.wire import basic
from hubemu.broker.wire.frames import METHOD, FrameReader
from hubemu.broker.wire.methods import decode_method, encode_method
from hubemu.clock import Clock

HEADER = b"AMQP\x00\x00\x09\x01"
CAPABILITIES = {
    "authentication_failure_close": True,
    "basic.nack": True,
    "connection.blocked": True,
    "consumer_cancel_notify": True,
    "publisher_confirms": True,
}

Reply = tuple[int, str, Mapping[str, Any]]
"""Channel, method (or `header`, `body`, `heartbeat`), fields."""


def guest_broker(limits: Limits | None = None) -> Broker:
    """A broker with the vHost `/` and a user `guest` who may do everything."""
    broker = Broker(Clock(), limits=limits)
    broker.add_vhost("/")
    broker.grant("guest", "/", ".*", ".*", ".*")
    return broker


def method(channel: int, name: str, **fields: Any) -> bytes:
    """The frame of a method; what is not given is 0, false or empty."""
    defaults: dict[str, Any] = {
        "ticket": 0,
        "arguments": {},
        "passive": False,
        "durable": False,
        "exclusive": False,
        "auto_delete": False,
        "internal": False,
        "nowait": False,
        "no_local": False,
        "no_ack": False,
        "mandatory": False,
        "immediate": False,
        "consumer_tag": "",
        "exchange": "",
        "routing_key": "",
        "prefetch_size": 0,
        "global_": False,
        "multiple": False,
        "requeue": False,
        "if_unused": False,
        "if_empty": False,
        "out_of_band": "",
        "capabilities": "",
        "insist": False,
    }
    return encode_method(channel, name, **(defaults | fields))


GOODBYE = method(0, "connection.close", reply_code=200, reply_text="", class_id=0, method_id=0)
"""A connection's own end, in order."""


def publish(channel: int, key: str, body: bytes, *, raw: bytes = b"\0\0", **fields: Any) -> bytes:
    """The frames of a basic.publish with content."""
    head = method(channel, "basic.publish", routing_key=key, **fields)
    return head + basic.content(channel, raw, body, 131072)


class Dialogue:
    """A scripted client of one connection."""

    def __init__(
        self,
        broker: Broker | None = None,
        *,
        authenticator: Authenticator | None = None,
        peer: Peer | None = None,
        limits: ConnectionLimits | None = None,
    ) -> None:
        self.broker = broker or guest_broker()
        self.time = 0.0
        self.tick = 0.0
        """Seconds that pass whenever the clock is looked at."""
        self.refused: list[Refused] = []
        self.connection = Connection(
            self.broker,
            authenticator or PasswordLogin({"guest": "guest"}),
            peer or Peer(address="test"),
            limits or ConnectionLimits(),
            wake=lambda: None,
            now=self._now,
            on_refused=self.refused.append,
        )
        self.broker.alarms.watch(self.connection.alarm)
        self._reader = FrameReader(0)

    def _now(self) -> float:
        self.time += self.tick
        return self.time

    def send(self, *data: bytes) -> list[Reply]:
        """Send bytes; the replies to them."""
        self.connection.receive(b"".join(data))
        while self.connection.process(100):
            pass
        return self.replies()

    def raw_replies(self) -> bytes:
        """What waits to be sent, as bytes."""
        return self.connection.data_to_send()

    def replies(self) -> list[Reply]:
        """What waits to be sent, as frames."""
        self._reader.feed(self.raw_replies())
        replies: list[Reply] = []
        while (frame := self._reader.next()) is not None:
            kind, channel, payload = frame
            if kind == METHOD:
                decoded = decode_method(payload)
                replies.append((channel, decoded.spec.name, decoded.fields))
            else:
                name = {2: "header", 3: "body", 8: "heartbeat"}[kind]
                replies.append((channel, name, {"payload": payload}))
        return replies

    def start_ok(self, **fields: Any) -> list[Reply]:
        """Send the protocol header and start-ok; what comes after connection.start."""
        self.send(HEADER)
        given: dict[str, Any] = {
            "client_properties": {"capabilities": CAPABILITIES},
            "mechanism": "PLAIN",
            "response": b"\0guest\0guest",
            "locale": "en_US",
        }
        return self.send(encode_method(0, "connection.start_ok", **(given | fields)))

    def tune_ok(self, channel_max: int = 2047, frame_max: int = 131072, heartbeat: int = 0) -> None:
        """Send tune-ok."""
        frame = encode_method(
            0,
            "connection.tune_ok",
            channel_max=channel_max,
            frame_max=frame_max,
            heartbeat=heartbeat,
        )
        self.connection.receive(frame)
        self.connection.process(10)

    def open(self, **tuning: int) -> Dialogue:
        """Go through the whole handshake."""
        self.start_ok()
        self.tune_ok(**tuning)
        replies = self.send(method(0, "connection.open", virtual_host="/"))
        assert [name for _, name, _ in replies] == ["connection.open_ok"]
        return self

    def channel(self, number: int = 1, **tuning: int) -> Dialogue:
        """Go through the handshake and open a channel."""
        self.open(**tuning)
        replies = self.send(method(number, "channel.open"))
        assert [name for _, name, _ in replies] == ["channel.open_ok"]
        return self
