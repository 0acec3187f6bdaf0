"""One channel of a connection: frames in, calls to its core channel.

Its states are those of `state.ChannelState`.

Rules:
1. The broker's verdict on a method is known, and its reply written, before the next frame.
2. A closing channel drops everything but close and close-ok, yet still counts content frames.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from hubemu.broker.core import BrokerError, Channel, ChannelSink, Message
from hubemu.broker.protocol.channel_host import ChannelHost
from hubemu.broker.protocol.commands import COMMANDS, RESUME_AFTER, Fields
from hubemu.broker.protocol.content import Content
from hubemu.broker.protocol.decoding import check_frame, read_method, read_settlement, unreadable
from hubemu.broker.protocol.refusal import (
    Refusal,
    connection_refusal,
    refusal,
    too_large,
    unexpected_frame,
)
from hubemu.broker.protocol.state import CHANNEL_NEXT, ChannelState
from hubemu.broker.protocol.writer import ChannelWriter
from hubemu.broker.wire import basic
from hubemu.broker.wire.errors import MalformedError
from hubemu.broker.wire.frames import HEADER, METHOD
from hubemu.broker.wire.methods import METHODS
from hubemu.broker.wire.properties import check_properties
from hubemu.broker.wire.publish import decode_publish

__all__ = ["ChannelSession"]

_MANDATORY: Final = 1
_IMMEDIATE: Final = 2
_MULTIPLE: Final = 1
_REQUEUE: Final = 1
_NACK_REQUEUE: Final = 2
_FOREIGN: Final = tuple(
    METHODS[name].prefix for name in ("basic.return", "basic.deliver", "basic.get_ok")
)
"""Methods of servers that carry content."""


class ChannelSession:
    """The protocol side of a channel.

    Args:
        number: the channel's number on its connection.
        host: what this channel may use of its connection.
        open_core: makes the core channel when channel.open comes.
    """

    __slots__ = (
        "_content",
        "_core",
        "_host",
        "_open_core",
        "number",
        "state",
        "writer",
    )

    def __init__(
        self, number: int, host: ChannelHost, open_core: Callable[[ChannelSink], Channel]
    ) -> None:
        self.number = number
        self.state = ChannelState.STARTING
        self.writer = ChannelWriter(number, host)
        self._host = host
        self._open_core = open_core
        self._core: Channel | None = None
        self._content: Content | None = None

    @property
    def core(self) -> Channel | None:
        """The broker's side; `None` unless the channel is open."""
        return self._core

    def on_frame(self, kind: int, payload: bytes) -> None:
        """Handle one frame of this channel.

        Raises:
            Refusal: it closes the channel, or the connection.
        """
        if kind == HEADER:
            check_frame((kind, self.number, payload))
        content = self._content
        if content is not None:
            complete = content.add(kind, payload)
            if kind == HEADER and self._host.under_pressure:
                # A body that is under way may end: what waits for its frames can be the pressure.
                self._host.published_under_pressure()
            if complete:
                self._content = None
                self._on_complete(content)
            return
        if kind != METHOD:
            raise unexpected_frame("expected method frame, got non method frame instead")
        handler = _HANDLERS.get(payload[:4])
        if handler is None:
            self._on_method(payload)
        else:
            handler(self, payload)

    def publish(self, exchange: str, key: str, bits: int, raw: bytes, body: bytes) -> None:
        """Handle the frames of a whole message at once (`FrameReader.next_publish`).

        Raises:
            Refusal: as `on_frame`.
        """
        if self._content is not None:
            self._content.add(METHOD, b"")
        if len(body) > self._host.max_message_size and self.state is not ChannelState.CLOSING:
            raise too_large(len(body), self._host.max_message_size, self.number)
        core = self._core or self._running("basic.publish")
        if core is not None:
            try:
                check_properties(raw)
                message = Message(exchange, key, body, raw)
                core.publisher.publish(message, bits & _MANDATORY != 0, bits & _IMMEDIATE != 0)
            except BrokerError as error:
                raise refusal(error, self.number, "basic.publish") from error
            except MalformedError as error:
                raise connection_refusal(541, "") from error
            if self._host.under_pressure:
                self._host.published_under_pressure()

    def acknowledge(self, tag: int, bits: int) -> None:
        """Handle a basic.ack (`FrameReader.next_ack`).

        Raises:
            Refusal: as `on_frame`.
        """
        if self._content is not None:
            self._content.add(METHOD, b"")
        core = self._core or self._running("basic.ack")
        if core is not None:
            try:
                core.acknowledgements.ack(tag, bits & _MULTIPLE != 0)
            except BrokerError as error:
                raise refusal(error, self.number, "basic.ack") from error

    def refuse(self, refused: Refusal) -> None:
        """Close this channel because of `refused`; the client still has to say close-ok.

        Content that is under way is counted to its end.
        """
        self._leave()
        self.writer.frame(refused.close_frame())
        self.state = ChannelState.CLOSING

    def resume(self) -> None:
        """The connection can be written to again."""
        self.writer.writable = True
        if self._core is not None:
            self._core.consumers.resume()

    def end(self) -> None:
        """Give back to the broker what the client holds. Idempotent."""
        content, self._content = self._content, None
        if content is not None:
            content.let_go()
            self._host.memory_use.review()
        self._leave()
        self.state = ChannelState.CLOSED

    def _leave(self) -> None:
        core, self._core = self._core, None
        if core is not None:
            self._host.takes_messages(self, False)
            core.close()

    # Publishing and settling

    def _on_publish(self, payload: bytes) -> None:
        try:
            exchange, key, bits = decode_publish(payload)
        except MalformedError as error:
            raise unreadable(payload) from error
        host = self._host
        self._content = Content(exchange, key, bits, host.max_message_size, host.memory_use)

    def _on_foreign(self, payload: bytes) -> None:
        """Only servers may say it; RabbitMQ takes the content first."""
        name = read_method(payload).spec.name
        host = self._host
        self._content = Content("", "", 0, host.max_message_size, host.memory_use, name)

    def _on_complete(self, content: Content) -> None:
        """What was held of a body goes where it goes; only then is it known whether it weighs."""
        content.let_go()
        try:
            self._on_content(content)
        finally:
            self._host.memory_use.review()

    def _on_content(self, content: Content) -> None:
        if content.method != "basic.publish":
            if self._running(content.method) is not None:
                raise connection_refusal(503, "unimplemented method", content.method)
            return
        if content.too_large and self.state is not ChannelState.CLOSING:
            raise too_large(content.size, self._host.max_message_size, self.number)
        raw = content.header or b""
        self.publish(content.exchange, content.routing_key, content.bits, raw, content.body)

    def _on_ack(self, payload: bytes) -> None:
        try:
            tag, bits = basic.decode_ack(payload)
        except MalformedError as error:
            raise unreadable(payload) from error
        self.acknowledge(tag, bits)

    def _on_nack(self, payload: bytes) -> None:
        tag, bits = read_settlement(payload)
        core = self._running("basic.nack")
        if core is not None:
            try:
                core.acknowledgements.nack(tag, bits & _MULTIPLE != 0, bits & _NACK_REQUEUE != 0)
            except BrokerError as error:
                raise refusal(error, self.number, "basic.nack") from error

    def _on_reject(self, payload: bytes) -> None:
        tag, bits = read_settlement(payload)
        core = self._running("basic.reject")
        if core is not None:
            try:
                core.acknowledgements.reject(tag, bits & _REQUEUE != 0)
            except BrokerError as error:
                raise refusal(error, self.number, "basic.reject") from error

    # All other methods

    def _on_method(self, payload: bytes) -> None:
        check_frame((METHOD, self.number, payload))
        method = read_method(payload)
        name = method.spec.name
        following = CHANNEL_NEXT[self.state].get(name)
        if following is not None:
            self._move(name, following)
        elif name == "channel.open":
            raise connection_refusal(504, "second 'channel.open' seen", name)
        else:
            self._run(name, method.fields)

    def _move(self, name: str, following: ChannelState) -> None:
        if name == "channel.open":
            self._core = self._open_core(self.writer)
            self._host.takes_messages(self, True)
            self.writer.method("channel.open_ok", channel_id=b"")
        elif name == "channel.close":
            self._leave()
            self.writer.method("channel.close_ok")
        self.state = following
        if following is ChannelState.CLOSED:
            self._host.closed(self)

    def _run(self, name: str, fields: Fields) -> None:
        core = self._running(name)
        if core is None:
            return
        try:
            with self.writer.reply():
                self._answer(core, name, fields)
        except BrokerError as error:
            raise refusal(error, self.number, name) from error
        if name in RESUME_AFTER:
            core.consumers.resume()

    def _answer(self, core: Channel, name: str, fields: Fields) -> None:
        if name == "basic.get":
            self._get(core, fields)
            return
        command = COMMANDS.get(name)
        if command is None:
            raise connection_refusal(503, "unimplemented method", name)
        reply = command(core, fields)
        if reply is not None and not fields.get("nowait"):
            self.writer.method(reply[0], **reply[1])

    def _get(self, core: Channel, fields: Fields) -> None:
        got = core.consumers.get(fields["queue"], no_ack=fields["no_ack"])
        if got is None:
            self.writer.method("basic.get_empty", cluster_id="")
        else:
            self.writer.got(got.delivery_tag, got.redelivered, got.message, got.message_count)

    def _running(self, method: str) -> Channel | None:
        """The core channel; `None` if this channel is closing, and `method` must be dropped."""
        if self.state is ChannelState.CLOSING:
            return None
        if self._core is None:
            raise connection_refusal(504, "expected 'channel.open'", method)
        return self._core


_HANDLERS: Final[Mapping[bytes, Callable[[ChannelSession, bytes], None]]] = {
    basic.PUBLISH: ChannelSession._on_publish,
    basic.ACK: ChannelSession._on_ack,
    basic.NACK: ChannelSession._on_nack,
    basic.REJECT: ChannelSession._on_reject,
    **dict.fromkeys(_FOREIGN, ChannelSession._on_foreign),
}
"""Methods that are read by hand; of the class, for a channel must be no cycle."""
