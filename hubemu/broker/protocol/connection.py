"""One AMQP connection, server side, without I/O.

The shell calls `receive` with bytes that came, `process` until it says that nothing is left to do
for now, and sends what `data_to_send` gives, once per turn of its loop.

Rules:
1. One frame is handled to its end before the next one is looked at: a refusal by the broker must
   drop the frames behind it.
2. Every error becomes one close method, in `process` and nowhere else.
3. `closing_in` says when the shell must close the socket.
4. While `wants_input` is false `process` does nothing, and the shell stops reading the socket.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from hubemu.broker.core import Broker, Channel, ChannelSink, ConnectionOwner
from hubemu.broker.protocol.auth import Authenticator, Peer
from hubemu.broker.protocol.channel import ChannelSession
from hubemu.broker.protocol.channels import Channels
from hubemu.broker.protocol.decoding import check_frame, read_method
from hubemu.broker.protocol.erlang import snippet
from hubemu.broker.protocol.handshake import (
    ANSWER_TO_UNKNOWN,
    Handshake,
    HandshakeFailed,
    supported,
)
from hubemu.broker.protocol.heartbeat import Heartbeat
from hubemu.broker.protocol.limits import ConnectionLimits
from hubemu.broker.protocol.outbox import Outbox
from hubemu.broker.protocol.refusal import (
    Refusal,
    connection_refusal,
    frame_error,
    unexpected_frame,
)
from hubemu.broker.protocol.state import LEGAL, State
from hubemu.broker.wire.errors import FrameError
from hubemu.broker.wire.frames import (
    BODY,
    HEARTBEAT,
    HEARTBEAT_FRAME,
    METHOD,
    FrameReader,
    RawFrame,
)
from hubemu.broker.wire.methods import Method, encode_method

__all__ = ["Connection"]

_LOG = logging.getLogger(__name__)

_PENALTY = 3.0
"""Seconds for which RabbitMQ holds the socket of a client that broke handshake or framing."""
_CLOSE_TIMEOUT = 30.0
"""Seconds a client has to answer our close, or to close its socket after its own."""
_HEADER_SIZE = 8


class Connection:
    """The state of one connection.

    Args:
        broker: whose vHosts it may open.
        authenticator: decides who the client is.
        peer: the other end, as the shell knows it.
        limits: what may be negotiated and held.
        wake: called when something waits to be sent; the shell then drains before its turn ends.
        now: the shell's clock, in seconds.
    """

    def __init__(
        self,
        broker: Broker,
        authenticator: Authenticator,
        peer: Peer,
        limits: ConnectionLimits,
        *,
        wake: Callable[[], None],
        now: Callable[[], float],
    ) -> None:
        self.peer = peer
        self.state = State.AWAIT_HEADER
        self.closing_in: float | None = None
        """Seconds after which the socket must be closed; `None` while it stays open."""
        self.received = 0
        """Octets that came so far."""
        self.handshake = Handshake(broker, authenticator, peer, limits)
        self.outbox = Outbox(wake)
        self.channels = Channels(
            self.outbox, limits.max_message_size, limits.output_high, self._published
        )
        self._broker = broker
        self._output_limit = limits.output_limit
        self._now = now
        self._reader = FrameReader(limits.handshake_frame_max)
        self._owner: ConnectionOwner | None = None
        self._heartbeat = Heartbeat(0, 0.0)
        self._deaf = False
        self._publisher = False
        self._blocked = False

    # Input and output

    def receive(self, data: bytes) -> None:
        """Store bytes that came; `process` handles them."""
        self.received += len(data)
        if not self._deaf:
            self._reader.feed(data)

    def process(self, budget: int) -> bool:
        """Handle up to `budget` frames; True if there may be more to handle at once."""
        for _ in range(budget):
            if self._deaf or self._blocked or self.outbox.size > self._output_limit:
                return False
            try:
                if not (self._publish_next() or self._step()):
                    return False
            except Refusal as refused:
                self._refuse(refused)
            except FrameError as error:
                self._refuse(frame_error(_damage(error)))
                self._hang_up(_PENALTY)
            except HandshakeFailed as failure:
                self._fail_handshake(failure)
        return self.wants_input

    @property
    def wants_input(self) -> bool:
        """False while too much waits to be sent, a publisher has to wait, or all is over."""
        return not (self._deaf or self._blocked or self.outbox.size > self._output_limit)

    def data_to_send(self) -> bytes:
        """All bytes that wait to be sent."""
        return self.channels.data_to_send()

    # Time and ends

    @property
    def heartbeat_period(self) -> float:
        """Seconds between two calls of `tick`; 0 for none."""
        return self._heartbeat.period

    def tick(self, now: float) -> None:
        """Send a heartbeat if one is due; give the client up if it is gone."""
        if self._heartbeat.due(now, self.outbox.sent):
            self.outbox.write(HEARTBEAT_FRAME)
        if self._heartbeat.lost(now, self.received) and not self._blocked:
            _LOG.warning("%s: missed heartbeats from client", self.peer.address)
            self._hang_up(0.0)

    def force_close(self, explanation: str) -> None:
        """Close from our side: 320 once the connection is open, without a word before."""
        if self.state is State.RUNNING:
            self._refuse(connection_refusal(320, explanation))
        elif self.state is not State.CLOSED:
            self._hang_up(0.0)

    def internal_error(self) -> None:
        """A bug of ours met this connection: end it as RabbitMQ does (541)."""
        self._refuse(connection_refusal(541, ""))
        self._hang_up(_PENALTY)

    def lost(self) -> None:
        """The socket is gone: give back everything. Idempotent."""
        self._deaf = True
        self._end()

    def pressure(self, high: bool) -> None:
        """The broker holds too much, or no longer does: publishers are told, and wait."""
        if high and self._publisher and not self._blocked and self.state is State.RUNNING:
            self._blocked = True
            if self.channels.can("connection.blocked"):
                self._send("connection.blocked", reason="low on memory")
        elif not high and self._blocked:
            self._blocked = False
            if self.channels.can("connection.blocked"):
                self._send("connection.unblocked")

    # Frames

    def _step(self) -> bool:
        """Handle one frame (or the protocol header); False if none is there yet."""
        if self.state is State.AWAIT_HEADER:
            return self._on_header(self._reader.take(_HEADER_SIZE))
        frame = self._reader.next()
        if frame is None:
            return False
        kind, number, payload = frame
        channel = self.channels.get(number)
        if channel is not None and METHOD <= kind <= BODY:
            self._on_channel_frame(channel, kind, payload)
        elif self.state is State.CLOSED:
            self._on_frame_when_closed(frame)
        else:
            self._on_other_frame(frame)
        return True

    def _publish_next(self) -> bool:
        """Handle a message whose frames are all there; False if the next frames are others."""
        whole = self._reader.next_publish() if self.state is State.RUNNING else None
        if whole is None:
            return False
        number, exchange, key, bits, raw, body = whole
        channel = self.channels.get(number) or self.channels.new(number, self._open_core)
        try:
            channel.publish(exchange, key, bits, raw, body)
        except Refusal as refused:
            if not refused.channel:
                raise
            channel.refuse(refused)
        return True

    def _on_header(self, header: bytes | None) -> bool:
        if header is None:
            return False
        if supported(header):
            self.outbox.write(self.handshake.start())
            self.state = State.STARTING
        else:
            self.outbox.write(ANSWER_TO_UNKNOWN)
            self._hang_up(0.0)
        return True

    def _on_channel_frame(self, channel: ChannelSession, kind: int, payload: bytes) -> None:
        try:
            channel.on_frame(kind, payload)
        except Refusal as refused:
            if not refused.channel:
                raise
            channel.refuse(refused)

    def _on_frame_when_closed(self, frame: RawFrame) -> None:
        """Only close and close-ok are still heard; all else is dropped, readable or not."""
        kind, number, payload = frame
        try:
            check_frame(frame)
            method = read_method(payload) if kind == METHOD else None
        except Refusal:
            return
        if method and not number and method.spec.name in LEGAL[State.CLOSED]:
            self._on_connection_method(method)

    def _on_other_frame(self, frame: RawFrame) -> None:
        check_frame(frame)
        kind, number, payload = frame
        if number and self.state is State.RUNNING and kind != HEARTBEAT:
            channel = self.channels.new(number, self._open_core)
            self._on_channel_frame(channel, kind, payload)
        elif kind == METHOD and not number:
            self._on_connection_method(read_method(payload))
        elif kind != HEARTBEAT or number:
            raise unexpected_frame(f"type {kind}, {snippet(payload)}")

    def _open_core(self, sink: ChannelSink) -> Channel:
        return Channel(self.handshake.vhost, self.handshake.user, sink, self._owner)

    # Channel 0

    def _on_connection_method(self, method: Method) -> None:
        name = method.spec.name
        if name not in LEGAL[self.state]:
            state = self.state.value
            raise connection_refusal(504, f"unexpected method in connection state {state}", name)
        match name:
            case "connection.start_ok":
                self.outbox.write(self.handshake.start_ok(method.fields))
                self.state = State.TUNING
            case "connection.tune_ok":
                self._tune(method)
            case "connection.open":
                self._open(method)
            case "connection.update_secret":
                self._send("connection.update_secret_ok")
            case "connection.close":
                self._on_close()
            case "connection.close_ok":
                self._hang_up(0.0)

    def _tune(self, method: Method) -> None:
        self.handshake.tune_ok(method.fields)
        self._reader.frame_max = self.channels.frame_max = self.handshake.frame_max
        self.channels.channel_max = self.handshake.channel_max
        self._heartbeat = Heartbeat(self.handshake.heartbeat, self._now())
        self.state = State.OPENING

    def _open(self, method: Method) -> None:
        """The insist bit and the capabilities string mean nothing any more."""
        self.handshake.open(method.fields["virtual_host"])
        self.channels.capabilities = self.handshake.announced()
        self._owner = ConnectionOwner(self.peer.address)
        self._send("connection.open_ok", known_hosts="")
        self.state = State.RUNNING

    def _on_close(self) -> None:
        self._end()
        self._send("connection.close_ok")
        self._hang_up(_CLOSE_TIMEOUT, deaf=False)

    # Ends

    def _refuse(self, refused: Refusal) -> None:
        """Close the connection because of `refused`: told, if RabbitMQ tells in this state."""
        silent = self.state in (State.STARTING, State.TUNING)
        _LOG.warning("%s: %s", self.peer.address, refused.text)
        if self.state is State.CLOSED:
            return
        self._end()
        if silent:
            self._hang_up(_PENALTY)
        else:
            self.outbox.write(refused.close_frame())
            self._hang_up(_CLOSE_TIMEOUT, deaf=False)

    def _fail_handshake(self, failure: HandshakeFailed) -> None:
        _LOG.warning("%s: %s", self.peer.address, failure)
        self._end()
        if failure.answer is not None:
            self.outbox.write(failure.answer)
        self._hang_up(_PENALTY, deaf=failure.answer is None)

    def _hang_up(self, seconds: float, *, deaf: bool = True) -> None:
        """Have the socket closed in `seconds`, at most; a `deaf` connection reads no more."""
        self._deaf = self._deaf or deaf
        self.closing_in = seconds

    def _end(self) -> None:
        """All that the client holds goes back; nothing it sends counts any more."""
        self.state = State.CLOSED
        self.channels.end()
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.close()

    def _send(self, name: str, **fields: object) -> None:
        self.outbox.write(encode_method(0, name, **fields))

    def _published(self) -> None:
        self._publisher = True
        if self._broker.under_pressure:
            self.pressure(True)


def _damage(error: FrameError) -> str:
    return f"type {error.kind}, {snippet(error.payload)}: {error}"
