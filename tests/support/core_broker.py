"""A broker core with a clock that stands still, and clients that record what they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubemu.broker.core import (
    Broker,
    ConnectionOwner,
    Limits,
    Message,
    Observer,
    VirtualHost,
)
from hubemu.broker.wire.properties import encode_properties
from hubemu.clock import Clock
from hubemu.properties import Properties
from tests.support.channel_calls import Channel

VHOST = "/"
START = 1_700_000_000.0


class RecordingSink:
    """Keeps what a channel says, in order of saying."""

    def __init__(self) -> None:
        self.writable = True
        self.said: list[tuple[Any, ...]] = []
        self.deliveries: list[tuple[str, int, bool, Message]] = []

    def deliver(
        self, consumer_tag: str, delivery_tag: int, redelivered: bool, message: Message
    ) -> None:
        self.deliveries.append((consumer_tag, delivery_tag, redelivered, message))
        self.said.append(("deliver", consumer_tag, message.body))

    def returned(self, message: Message, code: int, text: str) -> None:
        self.said.append(("return", code, text, message.body))

    def confirm(self, delivery_tag: int, ack: bool) -> None:
        self.said.append(("ack" if ack else "nack", delivery_tag))

    def consumer_cancelled(self, consumer_tag: str) -> None:
        self.said.append(("cancel", consumer_tag))


class RecordingObserver:
    """Keeps what becomes of messages: (what, queue, token, reason or user)."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, object, str]] = []

    def delivered(self, vhost: str, queue: str, message: Message, user: str) -> None:
        self.seen.append(("delivered", queue, message.token, user))

    def acknowledged(self, vhost: str, queue: str, message: Message) -> None:
        self.seen.append(("acknowledged", queue, message.token, ""))

    def dead_lettered(self, vhost: str, queue: str, message: Message, reason: str) -> None:
        self.seen.append(("dead-lettered", queue, message.token, reason))

    def dropped(self, vhost: str, queue: str, message: Message, reason: str) -> None:
        self.seen.append(("dropped", queue, message.token, reason))


class Client:
    """One channel on a connection of its own, with shorthand for what tests do all the time."""

    def __init__(self, broker: Broker, user: str = "guest", owner: ConnectionOwner | None = None):
        self.sink = RecordingSink()
        self.owner = owner or ConnectionOwner()
        self.channel = Channel(*broker.open(VHOST, user), self.sink, self.owner)

    def publish(
        self,
        exchange: str,
        routing_key: str,
        body: bytes = b"",
        *,
        mandatory: bool = False,
        token: object = None,
        **properties: Any,
    ) -> None:
        header = encode_properties(Properties(**properties))
        message = Message(exchange, routing_key, body, header, token=token)
        self.channel.publish(message, mandatory)

    def consume(self, queue: str, tag: str = "c", **settings: Any) -> None:
        self.channel.consume(queue, tag, **settings)
        self.channel.resume()

    def get(self, queue: str, *, no_ack: bool = True) -> bytes | None:
        got = self.channel.get(queue, no_ack=no_ack)
        return None if got is None else got.message.body

    def get_headers(self, queue: str) -> Mapping[str, Any]:
        got = self.channel.get(queue, no_ack=True)
        assert got is not None, f"{queue} is empty"
        return got.message.headers

    def drain(self, queue: str) -> list[bytes]:
        bodies = []
        while (body := self.get(queue)) is not None:
            bodies.append(body)
        return bodies

    @property
    def received(self) -> list[bytes]:
        return [message.body for *_, message in self.sink.deliveries]

    @property
    def tags(self) -> list[int]:
        return [tag for _, tag, *_ in self.sink.deliveries]


class Bench:
    """A broker with the vHost `/`, the user `guest` who may do everything, and a still clock."""

    def __init__(self, *, observer: Observer | None = None, limits: Limits | None = None) -> None:
        self.clock = Clock(lambda: START)
        self.broker = Broker(self.clock, observer=observer, limits=limits)
        self.vhost: VirtualHost = self.broker.add_vhost(VHOST)
        self.broker.grant("guest", VHOST, ".*", ".*", ".*")

    def client(self, user: str = "guest", owner: ConnectionOwner | None = None) -> Client:
        return Client(self.broker, user, owner)

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.broker.expire()

    def depth(self, queue: str) -> tuple[int, int, int]:
        return self.vhost.depths()[queue]


def fill(client: Client, queue: str, count: int) -> None:
    """Declare a queue and put so many messages into it: `0`, `1` ..."""
    client.channel.queue_declare(queue)
    for number in range(count):
        client.publish("", queue, str(number).encode())
