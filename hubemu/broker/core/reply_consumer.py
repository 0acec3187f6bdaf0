"""A channel's consumer of direct replies; see `reply_to` for the rules."""

from __future__ import annotations

from hubemu.broker.core.deliveries import Deliveries
from hubemu.broker.core.errors import precondition_failed
from hubemu.broker.core.message import Message
from hubemu.broker.core.reply_to import ReplyAddresses
from hubemu.broker.core.sink import ChannelSink

__all__ = ["ReplyConsumer"]


class ReplyConsumer:
    """The one that a channel may have; it does not take part until `start`.

    Attributes:
        address: where answers to this channel go, `None` while it does not consume them.
        tag: its consumer tag meanwhile.
    """

    __slots__ = ("_addresses", "_deliveries", "_sink", "address", "tag")

    def __init__(
        self, addresses: ReplyAddresses, sink: ChannelSink, deliveries: Deliveries
    ) -> None:
        self.address: str | None = None
        self.tag: str | None = None
        self._addresses = addresses
        self._sink = sink
        self._deliveries = deliveries

    def start(self, tag: str, *, no_ack: bool) -> str:
        """Consume answers from now on; gives the consumer tag.

        Raises:
            ChannelError: 406 it does already, or wants to acknowledge.
        """
        if self.address is not None:
            raise precondition_failed("reply consumer already set")
        if not no_ack:
            raise precondition_failed("reply consumer cannot acknowledge")
        self.address = self._addresses.open(self._take)
        self.tag = tag
        return tag

    def stop(self) -> None:
        """Consume no more answers. Idempotent."""
        if self.address is not None:
            self._addresses.close(self.address)
        self.address = self.tag = None

    def _take(self, message: Message) -> None:
        if self.tag is not None:
            self._sink.deliver(self.tag, self._deliveries.next_tag, False, message)
