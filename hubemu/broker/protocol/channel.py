"""One channel of a connection: frames in, calls to its core channel, frames out.

States: *starting* until channel.open, *open*, *closing* after the broker closed it until close-ok.

Rules:
1. The broker's verdict on a method is known, and its reply written, before the next frame.
2. A closing channel drops everything but close and close-ok, yet still counts content frames.
3. Confirms wait until the turn ends, unless another method is written on this channel first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hubemu.broker.core import BrokerError, Channel, ChannelSink, Message
from hubemu.broker.core.errors import precondition_failed
from hubemu.broker.protocol.commands import COMMANDS, RESUME_AFTER, Fields
from hubemu.broker.protocol.confirms import Confirms
from hubemu.broker.protocol.content import Content
from hubemu.broker.protocol.decoding import check_frame, read_method
from hubemu.broker.protocol.link import Link
from hubemu.broker.protocol.refusal import (
    Refusal,
    connection_refusal,
    frame_error,
    refusal,
    unexpected_frame,
)
from hubemu.broker.wire import hot
from hubemu.broker.wire.errors import MalformedError
from hubemu.broker.wire.frames import METHOD
from hubemu.broker.wire.methods import encode_method
from hubemu.broker.wire.properties import check_properties

__all__ = ["ChannelSession"]

_MANDATORY: Final = 1
_IMMEDIATE: Final = 2


class ChannelSession:
    """The protocol side of a channel, and the sink its core channel writes to.

    Args:
        number: the channel's number on its connection.
        link: what this channel may use of its connection.
        open_core: makes the core channel when channel.open comes.
    """

    __slots__ = (
        "_confirms",
        "_content",
        "_core",
        "_handlers",
        "_link",
        "_open_core",
        "_outbox",
        "closing",
        "number",
        "writable",
    )

    def __init__(
        self, number: int, link: Link, open_core: Callable[[ChannelSink], Channel]
    ) -> None:
        self.number = number
        self.writable = link.writable
        self.closing = False
        self._link = link
        self._outbox = link.outbox
        self._open_core = open_core
        self._core: Channel | None = None
        self._content: Content | None = None
        self._confirms = Confirms()
        self._handlers: dict[bytes, Callable[[bytes], None]] = {
            hot.PUBLISH: self._on_publish,
            hot.ACK: self._on_ack,
            hot.NACK: self._on_nack,
            hot.REJECT: self._on_reject,
        }

    def on_frame(self, kind: int, payload: bytes) -> None:
        """Handle one frame of this channel.

        Raises:
            Refusal: it closes the channel, or the connection.
        """
        content = self._content
        if content is not None:
            if content.add(kind, payload):
                self._content = None
                self._publish(content)
            return
        if kind != METHOD:
            raise unexpected_frame("expected method frame, got non method frame instead")
        handler = self._handlers.get(payload[:4])
        if handler is None:
            self._on_method(payload)
        else:
            handler(payload)

    def refuse(self, refused: Refusal) -> None:
        """Close this channel because of `refused`; the client still has to say close-ok."""
        self._end_core()
        self._write(refused.close_frame())
        self.closing = True

    def lost(self) -> None:
        """The connection ends: give back everything without a word."""
        self._end_core()

    def resume(self) -> None:
        """The connection can be written to again."""
        self.writable = True
        if self._core is not None:
            self._core.resume()

    def flush_confirms(self) -> None:
        """Write the confirms that wait."""
        if self._confirms.pending:
            self._outbox.write(self._confirms.frames(self.number))

    # What the core channel says (ChannelSink)

    def deliver(
        self, consumer_tag: str, delivery_tag: int, redelivered: bool, message: Message
    ) -> None:
        """See `ChannelSink`."""
        method = hot.deliver(
            self.number,
            consumer_tag,
            delivery_tag,
            redelivered,
            message.exchange,
            message.routing_key,
        )
        self._write_content(method, message)

    def returned(self, message: Message, code: int, text: str) -> None:
        """See `ChannelSink`."""
        method = hot.returned(self.number, code, text, message.exchange, message.routing_key)
        self._write_content(method, message)

    def confirm(self, delivery_tag: int, multiple: bool, ack: bool) -> None:
        """See `ChannelSink`."""
        if not self._confirms.pending:
            self._link.confirming(self)
        self._confirms.settle(delivery_tag, multiple, ack)

    def consumer_cancelled(self, consumer_tag: str) -> None:
        """See `ChannelSink`; only clients that said so understand it."""
        if self._link.can("consumer_cancel_notify"):
            self._write(
                encode_method(self.number, "basic.cancel", consumer_tag=consumer_tag, nowait=True)
            )

    # What the client says

    def _on_publish(self, payload: bytes) -> None:
        try:
            exchange, key, bits = hot.decode_publish(payload)
        except MalformedError as error:
            raise frame_error(str(error), "basic.publish") from error
        self._content = Content(exchange, key, bits, self._link.max_message_size)

    def _publish(self, content: Content) -> None:
        if content.too_large and not self.closing:
            raise self._too_large(content.size)
        raw = content.header or b""
        self._send_to_core(content.exchange, content.routing_key, content.bits, raw, content.body)

    def publish(self, exchange: str, key: str, bits: int, raw: bytes, body: bytes) -> None:
        """Handle the three frames of a message at once (`FrameReader.next_publish`).

        Raises:
            Refusal: as `on_frame`.
        """
        if self._content is not None:
            self._content.add(METHOD, b"")
        if len(body) > self._link.max_message_size and not self.closing:
            raise self._too_large(len(body))
        self._send_to_core(exchange, key, bits, raw, body)

    def _send_to_core(self, exchange: str, key: str, bits: int, raw: bytes, body: bytes) -> None:
        core = self._core or self._running("basic.publish")
        if core is None:
            return
        try:
            check_properties(raw)
            message = Message(exchange, key, body, raw)
            if bits:
                core.publish(message, bool(bits & _MANDATORY), bool(bits & _IMMEDIATE))
            else:
                core.publish(message)
        except BrokerError as error:
            raise refusal(error, self.number, "basic.publish") from error
        except MalformedError as error:
            raise connection_refusal(541, "") from error
        self._link.published()

    def _too_large(self, size: int) -> Refusal:
        limit = self._link.max_message_size
        text = f"message size {size} is larger than configured max size {limit}"
        return refusal(precondition_failed(text), self.number, "basic.publish")

    def _on_ack(self, payload: bytes) -> None:
        tag, bits = self._settlement(payload, "basic.ack")
        core = self._core or self._running("basic.ack")
        if core is not None:
            try:
                core.ack(tag, bool(bits & 1))
            except BrokerError as error:
                raise refusal(error, self.number, "basic.ack") from error

    def _on_nack(self, payload: bytes) -> None:
        tag, bits = self._settlement(payload, "basic.nack")
        core = self._running("basic.nack")
        if core is not None:
            try:
                core.nack(tag, bool(bits & 1), bool(bits & 2))
            except BrokerError as error:
                raise refusal(error, self.number, "basic.nack") from error

    def _on_reject(self, payload: bytes) -> None:
        tag, bits = self._settlement(payload, "basic.reject")
        core = self._running("basic.reject")
        if core is not None:
            try:
                core.reject(tag, bool(bits & 1))
            except BrokerError as error:
                raise refusal(error, self.number, "basic.reject") from error

    def _settlement(self, payload: bytes, method: str) -> tuple[int, int]:
        try:
            return hot.decode_ack(payload)
        except MalformedError as error:
            raise frame_error(str(error), method) from error

    def _on_method(self, payload: bytes) -> None:
        check_frame((METHOD, self.number, payload))
        method = read_method(payload)
        name, fields = method.spec.name, method.fields
        if name == "channel.open":
            self._open()
        elif name == "channel.close":
            self._on_close()
        elif name == "channel.close_ok" and self.closing:
            self._link.closed(self)
        else:
            self._run(name, fields)

    def _open(self) -> None:
        if self._core is not None or self.closing:
            raise connection_refusal(504, "second 'channel.open' seen", "channel.open")
        self._core = self._open_core(self)
        self._write(encode_method(self.number, "channel.open_ok", channel_id=b""))

    def _on_close(self) -> None:
        """Both sides may close at once: then ours still waits for its own close-ok."""
        core = self._running("channel.close")
        self._end_core()
        self._write(encode_method(self.number, "channel.close_ok"))
        if core is not None:
            self._link.closed(self)

    def _run(self, name: str, fields: Fields) -> None:
        core = self._running(name)
        if core is None:
            return
        try:
            if name == "basic.get":
                self._get(core, fields)
            elif (command := COMMANDS.get(name)) is not None:
                reply = command(core, fields)
                if reply is not None and not fields.get("nowait"):
                    self._write(encode_method(self.number, reply[0], **reply[1]))
            else:
                raise connection_refusal(503, "unimplemented method", name)
        except BrokerError as error:
            raise refusal(error, self.number, name) from error
        if name in RESUME_AFTER:
            core.resume()

    def _get(self, core: Channel, fields: Fields) -> None:
        got = core.get(fields["queue"], no_ack=fields["no_ack"])
        if got is None:
            self._write(encode_method(self.number, "basic.get_empty", cluster_id=""))
            return
        message = got.message
        method = hot.get_ok(
            self.number,
            got.delivery_tag,
            got.redelivered,
            message.exchange,
            message.routing_key,
            got.message_count,
        )
        self._write_content(method, message)

    def _running(self, method: str) -> Channel | None:
        """The core channel; `None` if this channel is closing, and `method` must be dropped."""
        if self.closing:
            return None
        if self._core is None:
            raise connection_refusal(504, "expected 'channel.open'", method)
        return self._core

    def _end_core(self) -> None:
        if self._core is not None:
            core, self._core = self._core, None
            core.close()

    def _write(self, data: bytes) -> None:
        self.flush_confirms()
        self._outbox.write(data)

    def _write_content(self, method: bytes, message: Message) -> None:
        link = self._link
        self._outbox.write(
            method + hot.content(self.number, message.header, message.body, link.frame_max)
        )
        if self._outbox.size > link.output_high:
            link.output_full()
