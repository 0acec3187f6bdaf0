"""What a channel may use of the connection it is on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hubemu.broker.core import MemoryUse
from hubemu.broker.protocol.outbox import Outbox

if TYPE_CHECKING:
    from hubemu.broker.protocol.channel import ChannelSession
    from hubemu.broker.protocol.writer import ChannelWriter

__all__ = ["ChannelHost"]


class ChannelHost(Protocol):
    """The connection, as its channels see it."""

    outbox: Outbox
    memory_use: MemoryUse
    frame_max: int
    max_message_size: int
    output_high: int
    writable: bool
    under_pressure: bool

    def can(self, capability: str) -> bool:
        """Whether the client announced `capability` in its properties."""

    def confirming(self, channel: ChannelWriter) -> None:
        """`channel` has confirms that wait for the end of the turn."""

    def published_under_pressure(self) -> None:
        """A message was published although the broker holds too much already."""

    def output_full(self) -> None:
        """More waits to be sent than should: deliver no more for now."""

    def takes_messages(self, channel: ChannelSession, takes: bool) -> None:
        """Messages may be published on `channel` from now on, or no more."""

    def closed(self, channel: ChannelSession) -> None:
        """`channel` is closed on both sides; its number is free."""
