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

from collections.abc import Callable
from typing import TypeAlias

from hubemu.broker.core import Broker, Channel, ChannelSink
from hubemu.broker.protocol.auth import Authenticator, Peer
from hubemu.broker.protocol.channel import ChannelSession
from hubemu.broker.protocol.channels import Channels
from hubemu.broker.protocol.control import PENALTY, Control
from hubemu.broker.protocol.decoding import check_frame, read_method
from hubemu.broker.protocol.handshake import Handshake, HandshakeFailed
from hubemu.broker.protocol.limits import ConnectionLimits
from hubemu.broker.protocol.outbox import Outbox
from hubemu.broker.protocol.refusal import (
    Refusal,
    connection_refusal,
    frame_error,
    unexpected_frame,
)
from hubemu.broker.protocol.refused import OnRefused
from hubemu.broker.protocol.state import ENDED, NEXT, State
from hubemu.broker.wire.basic import PUBLISH
from hubemu.broker.wire.erlang import snippet
from hubemu.broker.wire.errors import FrameError
from hubemu.broker.wire.frames import BODY, HEARTBEAT, METHOD, FrameReader, RawFrame
from hubemu.broker.wire.methods import Method

__all__ = ["Connection", "MethodWatcher"]

MethodWatcher: TypeAlias = Callable[[int, Method], None]
"""Gets the channel's number and the method."""

_HEADER_SIZE = 8
_AWAIT_HEADER = State.AWAIT_HEADER
_CLOSED = State.CLOSED


class Connection:
    """One connection; the shell's only way to its parts.

    Args:
        broker: whose vHosts it may open.
        authenticator: decides who the client is.
        peer: the other end, as the shell knows it.
        limits: what may be negotiated and held.
        wake: called when something waits to be sent; the shell then drains before its turn ends.
        now: the shell's clock, in seconds.
        on_refused: told of everything that is refused to the client.
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
        on_refused: OnRefused,
    ) -> None:
        self.peer = peer
        self.received = 0
        """Octets that came so far."""
        self.handshake = Handshake(broker, authenticator, peer, limits)
        self.outbox = Outbox(wake)
        self.channels = Channels(
            self.outbox, broker.memory_use, limits.max_message_size, limits.output_high
        )
        self._output_limit = limits.output_limit
        self._now = now
        self._reader = FrameReader(limits.handshake_frame_max)
        self._control = Control(self.handshake, self._reader, self.channels, now, on_refused)
        self._watcher: MethodWatcher | None = None
        self._frame_by_frame = False
        for reason in broker.alarms.reasons:
            self.alarm(reason, True)

    @property
    def state(self) -> State:
        """Where in its life the connection is."""
        return self._control.state

    @property
    def closing_in(self) -> float | None:
        """Seconds after which the socket must be closed; `None` while it stays open."""
        return self._control.closing_in

    # Input and output

    def receive(self, data: bytes) -> None:
        """Store bytes that came; `process` handles them."""
        self.received += len(data)
        if self._control.state is not _CLOSED:
            self._reader.feed(data)

    def process(self, seconds: float) -> bool:
        """Handle frames for so long, one at least; True if there may be more to handle at once."""
        control, outbox, now = self._control, self.outbox, self._now
        end = now() + seconds
        while not (control.state is _CLOSED or control.blocked or outbox.size > self._output_limit):
            try:
                if not (self._publish_next() or self._acknowledge_next() or self._step()):
                    return False
            except Refusal as refused:
                control.refuse(refused)
            except FrameError as error:
                shown = snippet(error.payload)
                control.refuse(frame_error(f"type {error.kind}, {shown}: {error}"))
                control.end(_CLOSED, PENALTY)
            except HandshakeFailed as failure:
                control.fail(failure)
            if now() >= end:
                return control.state is not _CLOSED and self.wants_input
        return False

    @property
    def wants_input(self) -> bool:
        """False while too much waits to be sent, or a publisher has to wait.

        A connection that is over still wants input: it drops it, and sees the client's end.
        """
        return not (self._control.blocked or self.outbox.size > self._output_limit)

    def data_to_send(self) -> bytes:
        """All bytes that wait to be sent."""
        return self.channels.data_to_send()

    # Time and ends

    @property
    def heartbeat_period(self) -> float:
        """Seconds between two calls of `tick`; 0 for none."""
        return self._control.heartbeat.period

    def tick(self, now: float) -> None:
        """Send a heartbeat if one is due; give the client up if it is gone."""
        self._control.tick(now, self.received, waiting=not self.wants_input)

    def force_close(self, explanation: str) -> None:
        """Close from our side: 320 once the connection is open, without a word before."""
        self.close(320, f"CONNECTION_FORCED - {explanation}")

    def close(self, code: int, text: str) -> None:
        """The same with any reply code and text."""
        if self.state is State.RUNNING:
            self._control.refuse(Refusal(0, code, text))
        elif self.state not in ENDED:
            self._control.end(_CLOSED, 0.0)

    def close_channel(self, number: int, code: int, text: str) -> None:
        """Close a channel from our side, if it is open, with any reply code and text."""
        channel = self.channels.get(number)
        if channel is not None and channel.core is not None:
            self._refuse_channel(channel, Refusal(number, code, text))

    def internal_error(self) -> None:
        """A bug of ours met this connection: end it as RabbitMQ does (541)."""
        self._control.refuse(connection_refusal(541, ""))
        self._control.end(_CLOSED, PENALTY)

    def lost(self) -> None:
        """The socket is gone: give back everything. Idempotent."""
        self._control.lost()
        # What is left of it may hang in a cycle for long: let that be nothing large.
        self._reader.clear()
        self.outbox.drain()

    # From outside

    def alarm(self, reason: str, raised: bool, holder: str = "") -> None:
        """Have the client told `reason` at its next publish, and wait from there on.

        It goes on when no reason is left of any holder; the shell must flush then.
        """
        self._control.alarm(reason, raised, holder)
        self._read_as_needed()

    def hold_heartbeats(self) -> None:
        """Send none from now on."""
        self._control.holds_heartbeats = True

    def release_heartbeats(self) -> None:
        """Send them again, at once if one came due meanwhile."""
        self._control.release_heartbeats()

    def watch(self, watcher: MethodWatcher | None) -> None:
        """Have `watcher` called before each method on an open channel; `None`: nobody any more.

        It may raise `Refusal`, which closes the channel or the connection in place of the method.
        """
        self._watcher = watcher
        self._read_as_needed()

    def _read_as_needed(self) -> None:
        """Frame by frame, where a publisher is stopped at its content header or watched."""
        self._frame_by_frame = self.channels.under_pressure or self._watcher is not None

    # Frames

    def _publish_next(self) -> bool:
        """Handle a message whose frames are all there; False if the next frames are others."""
        if self._frame_by_frame:
            return False
        taking = self.channels.taking
        publish = self._reader.next_publish(taking)
        if publish is None:
            return False
        number, exchange, key, bits, raw, body = publish
        channel = taking[number]
        try:
            channel.publish(exchange, key, bits, raw, body)
        except Refusal as refused:
            self._refuse_channel(channel, refused)
        return True

    def _acknowledge_next(self) -> bool:
        """Handle a basic.ack that is the next frame; False if that is another."""
        if self._frame_by_frame:
            return False
        taking = self.channels.taking
        ack = self._reader.next_ack(taking)
        if ack is None:
            return False
        number, tag, bits = ack
        channel = taking[number]
        try:
            channel.acknowledge(tag, bits)
        except Refusal as refused:
            self._refuse_channel(channel, refused)
        return True

    def _step(self) -> bool:
        """Handle one frame (or the protocol header); False if none is there yet."""
        if self._control.state is _AWAIT_HEADER:
            header = self._reader.take(_HEADER_SIZE)
            if header is not None:
                self._control.on_header(header)
            return header is not None
        frame = self._reader.next()
        if frame is None:
            return False
        kind, number, payload = frame
        channel = self.channels.get(number)
        if channel is not None and METHOD <= kind <= BODY:
            self._on_channel_frame(channel, kind, payload)
        elif self.state is State.CLOSING:
            self._on_frame_when_closing(frame)
        else:
            self._on_other_frame(frame)
        return True

    def _on_channel_frame(self, channel: ChannelSession, kind: int, payload: bytes) -> None:
        try:
            if self._watcher is not None and kind == METHOD and channel.core is not None:
                self._show(self._watcher, channel, payload)
            channel.on_frame(kind, payload)
        except Refusal as refused:
            self._refuse_channel(channel, refused)

    def _show(self, watcher: MethodWatcher, channel: ChannelSession, payload: bytes) -> None:
        try:
            watcher(channel.number, read_method(payload))
        except Refusal:
            if payload.startswith(PUBLISH):
                channel.on_frame(METHOD, payload)  # its content comes, and is counted to its end
            raise

    def _refuse_channel(self, channel: ChannelSession, refused: Refusal) -> None:
        if not refused.channel:
            raise refused
        self._control.tell(refused, "channel")
        channel.refuse(refused)

    def _on_frame_when_closing(self, frame: RawFrame) -> None:
        """Only close and close-ok are still heard; all else is dropped, readable or not."""
        kind, number, payload = frame
        try:
            check_frame(frame)
            method = read_method(payload) if kind == METHOD else None
        except Refusal:
            return
        if method and not number and method.spec.name in NEXT[State.CLOSING]:
            self._control.on_method(method)

    def _on_other_frame(self, frame: RawFrame) -> None:
        check_frame(frame)
        kind, number, payload = frame
        if number and self.state is State.RUNNING and kind != HEARTBEAT:
            channel = self.channels.new(number, self._open_core)
            self._on_channel_frame(channel, kind, payload)
        elif kind == METHOD and not number:
            self._control.on_method(read_method(payload))
        elif kind != HEARTBEAT or number:
            raise unexpected_frame(f"type {kind}, {snippet(payload)}")

    def _open_core(self, sink: ChannelSink) -> Channel:
        vhost, user, owner = self.handshake.vhost, self.handshake.user, self._control.owner
        if vhost is None or user is None or owner is None:
            raise RuntimeError("a channel was opened on a connection that is not open")
        return Channel(vhost, user, sink, owner)
