"""The place between a publish and its confirm: where a message is not taken, or not confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, cast

from hubemu.broker.core.message import Message

if TYPE_CHECKING:
    from hubemu.broker.core.channel_publisher import ChannelPublisher
    from hubemu.broker.core.queue import MessageQueue

__all__ = ["NOT_TAKEN", "ConfirmInterposer", "InterposedSink", "PublisherSink"]


class ConfirmInterposer(Protocol):
    """Asked about every publish on a channel in confirm mode (`VirtualHost.interpose`)."""

    def concerns(self, publisher: ChannelPublisher) -> bool:
        """Whether it is asked about what this channel publishes; asked anew by each `interpose`."""

    def takes(
        self, publisher: ChannelPublisher, message: Message, queues: Sequence[MessageQueue]
    ) -> bool:
        """Whether `queues` get the message; if not, none does, and it is refused (basic.nack)."""

    def confirms(self, publisher: ChannelPublisher, tag: int, accepted: bool) -> bool:
        """Whether the confirm of a publish is sent; `publisher.tell(tag, accepted)` sends it later.

        All that could delay it is over: what was taken is safe.
        """


class PublisherSink(Protocol):
    """What a publisher has to say later (see `ChannelSink`)."""

    def returned(self, message: Message, code: int, text: str) -> None:
        """basic.return."""

    def confirm(self, delivery_tag: int, ack: bool) -> None:
        """basic.ack or basic.nack."""


class InterposedSink:
    """A channel's sink, as its publisher sees it while somebody stands between."""

    def __init__(
        self, sink: PublisherSink, publisher: ChannelPublisher, interposer: ConfirmInterposer
    ) -> None:
        self._sink = sink
        self._publisher = publisher
        self._interposer = interposer

    def confirm(self, delivery_tag: int, ack: bool) -> None:
        """See `ChannelSink`."""
        if self._interposer.confirms(self._publisher, delivery_tag, ack):
            self._sink.confirm(delivery_tag, ack)

    def returned(self, message: Message, code: int, text: str) -> None:
        """See `ChannelSink`."""
        self._sink.returned(message, code, text)


class _TakesNothing:
    """In place of queues: a publish into it is refused."""

    name = ""

    def enqueue(self, message: Message) -> bool:
        """See `MessageQueue`."""
        del message
        return False


NOT_TAKEN: tuple[MessageQueue, ...] = (cast("MessageQueue", _TakesNothing()),)
