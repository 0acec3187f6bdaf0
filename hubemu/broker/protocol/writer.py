"""What a channel sends by itself: the sink its core channel writes to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hubemu.broker.core import Message
from hubemu.broker.protocol.channel_host import ChannelHost
from hubemu.broker.protocol.confirms import Confirms
from hubemu.broker.wire import basic
from hubemu.broker.wire.methods import encode_method

__all__ = ["ChannelWriter"]


class ChannelWriter:
    """Methods and content of one channel on their way out; a `ChannelSink`.

    Confirms wait until a few are together (`Confirms`) or the turn ends, unless another method is
    written on this channel first.

    Args:
        number: the channel's number on its connection.
        host: what this channel may use of its connection.
    """

    __slots__ = (
        "_cancelled",
        "_confirms",
        "_host",
        "_in_turn",
        "_outbox",
        "_replying",
        "number",
        "writable",
    )

    def __init__(self, number: int, host: ChannelHost) -> None:
        self.number = number
        self.writable = host.writable
        self._host = host
        self._outbox = host.outbox
        self._confirms = Confirms()
        self._cancelled: list[str] = []
        self._replying = False
        self._in_turn = False
        """Whether this turn has brought a confirm."""

    @contextmanager
    def reply(self) -> Iterator[None]:
        """What happens inside is the answer to a method: news that it causes comes after it."""
        self._replying = True
        try:
            yield
        finally:
            self._replying = False
            for consumer_tag in self._cancelled:
                self.consumer_cancelled(consumer_tag)
            self._cancelled.clear()

    def method(self, name: str, **fields: Any) -> None:
        """Send a method."""
        self.frame(encode_method(self.number, name, **fields))

    def frame(self, data: bytes) -> None:
        """Send a method that is encoded already."""
        self.flush_confirms()
        self._outbox.write(data)

    def flush_confirms(self) -> None:
        """Send the confirms that wait."""
        if self._confirms.pending:
            self._outbox.write(self._confirms.frames(self.number))

    def turn_ends(self) -> None:
        """Send the confirms that wait; the next one begins a turn."""
        self.flush_confirms()
        self._confirms.turn_ends()
        self._in_turn = False

    def got(self, delivery_tag: int, redelivered: bool, message: Message, left: int) -> None:
        """basic.get-ok, with content."""
        exchange, key = message.exchange, message.routing_key
        self._content(
            basic.get_ok(self.number, delivery_tag, redelivered, exchange, key, left), message
        )

    def deliver(
        self, consumer_tag: str, delivery_tag: int, redelivered: bool, message: Message
    ) -> None:
        """See `ChannelSink`."""
        method = basic.deliver(
            self.number,
            consumer_tag,
            delivery_tag,
            redelivered,
            message.exchange,
            message.routing_key,
        )
        self._content(method, message)

    def returned(self, message: Message, code: int, text: str) -> None:
        """See `ChannelSink`."""
        exchange, key = message.exchange, message.routing_key
        self._content(basic.returned(self.number, code, text, exchange, key), message)

    def confirm(self, delivery_tag: int, ack: bool) -> None:
        """See `ChannelSink`."""
        if not self._in_turn:
            self._in_turn = True
            self._host.confirming(self)
        confirms = self._confirms
        if confirms.settle(delivery_tag, ack):
            self._outbox.write(confirms.frames(self.number))

    def consumer_cancelled(self, consumer_tag: str) -> None:
        """See `ChannelSink`; only clients that said so understand it."""
        if self._replying:
            self._cancelled.append(consumer_tag)
        elif self._host.can("consumer_cancel_notify"):
            self.method("basic.cancel", consumer_tag=consumer_tag, nowait=True)

    def _content(self, method: bytes, message: Message) -> None:
        host, outbox = self._host, self._outbox
        outbox.write(
            basic.content(self.number, message.header, message.body, host.frame_max, method)
        )
        if outbox.size > host.output_high:
            host.output_full()
