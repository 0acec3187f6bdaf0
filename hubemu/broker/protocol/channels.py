"""The channels of one connection, and what they share: the way out.

Rules of flow:
1. Above `output_high` octets waiting, or while the socket is full, consumers get nothing more.
2. When both are over, every channel may deliver again (`ChannelSession.resume`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hubemu.broker.core import Channel, ChannelSink, MemoryUse
from hubemu.broker.protocol.channel import ChannelSession
from hubemu.broker.protocol.outbox import Outbox
from hubemu.broker.protocol.refusal import connection_refusal
from hubemu.broker.protocol.writer import ChannelWriter
from hubemu.watchers import tell_each

__all__ = ["Channels"]


class Channels:
    """The open channels by number; the `ChannelHost` they write to.

    Args:
        outbox: where their frames go.
        memory_use: counts what they hold.
        max_message_size: octets of body.
        output_high: octets waiting above which nothing more is delivered.
    """

    def __init__(
        self,
        outbox: Outbox,
        memory_use: MemoryUse,
        max_message_size: int,
        output_high: int,
    ) -> None:
        self.outbox = outbox
        self.memory_use = memory_use
        self.max_message_size = max_message_size
        self.output_high = output_high
        self.frame_max = 0
        self.channel_max = 0
        self.capabilities: frozenset[str] = frozenset()
        self.writable = True
        self.under_pressure = False
        self.published_under_pressure: Callable[[], None] = _nobody_publishes
        """Called after each publish under pressure."""
        self._socket_writable = True
        self._by_number: dict[int, ChannelSession] = {}
        self.taking: dict[int, ChannelSession] = {}
        """Those on which messages may be published now."""
        self._confirming: list[ChannelWriter] = []
        self.get = self._by_number.get

    def __len__(self) -> int:
        return len(self._by_number)

    def new(self, number: int, open_core: Callable[[ChannelSink], Channel]) -> ChannelSession:
        """A channel for `number`, which has none.

        Raises:
            Refusal: 530, as many are open as was agreed.
        """
        count = len(self._by_number)
        if count >= self.channel_max > 0:
            raise connection_refusal(
                530,
                f"number of channels opened ({count}) has reached the negotiated channel_max "
                f"({self.channel_max})",
            )
        channel = self._by_number[number] = ChannelSession(number, self, open_core)
        return channel

    def cores(self) -> Iterator[tuple[int, Channel]]:
        """The broker's side of each open channel, with its number."""
        for number, channel in self._by_number.items():
            if channel.core is not None:
                yield number, channel.core

    def end(self) -> None:
        """All channels end: what they hold goes back to its queues."""
        self._flush_confirms()
        # What one channel gives back must not be delivered to another that is about to end.
        tell_each(core.consumers.stop for _, core in self.cores())
        tell_each(channel.end for channel in self._by_number.values())
        self._by_number.clear()
        self.published_under_pressure = _nobody_publishes  # the way back would be a cycle

    def data_to_send(self) -> bytes:
        """All bytes that wait, the confirms of this turn included."""
        self._flush_confirms()
        data = self.outbox.drain()
        self._update_writable()
        return data

    def socket_writable(self, writable: bool) -> None:
        """The socket takes more bytes, or it does not for now."""
        self._socket_writable = writable
        self._update_writable()

    # ChannelHost

    def can(self, capability: str) -> bool:
        """See `ChannelHost`."""
        return capability in self.capabilities

    def confirming(self, channel: ChannelWriter) -> None:
        """See `ChannelHost`."""
        self._confirming.append(channel)
        self.outbox.wake()

    def output_full(self) -> None:
        """See `ChannelHost`."""
        self.writable = False
        for channel in self._by_number.values():
            channel.writer.writable = False

    def takes_messages(self, channel: ChannelSession, takes: bool) -> None:
        """See `ChannelHost`."""
        if takes:
            self.taking[channel.number] = channel
        else:
            self.taking.pop(channel.number, None)

    def closed(self, channel: ChannelSession) -> None:
        """See `ChannelHost`."""
        self._by_number.pop(channel.number, None)

    def _flush_confirms(self) -> None:
        for channel in self._confirming:
            channel.turn_ends()
        self._confirming.clear()

    def _update_writable(self) -> None:
        writable = self._socket_writable and self.outbox.size <= self.output_high
        if writable and not self.writable:
            self.writable = True
            for channel in tuple(self._by_number.values()):
                channel.resume()
        elif self.writable and not writable:
            self.output_full()


def _nobody_publishes() -> None:
    """The connection has ended."""
