"""Who is told what becomes of messages."""

from __future__ import annotations

from typing import Protocol

from hubemu.broker.core.message import Message

__all__ = ["Observer", "SilentObserver"]


class Observer(Protocol):
    """Told of each message that was published with a token, and of no other.

    Called in the middle of the broker's work: an observer must be quick, must not raise, and must
    not call the broker. `reason` is RabbitMQ's word (`expired`, `rejected`, `maxlen`,
    `delivery_limit`) or one of ours: `purged`, `deleted` (its queue was), `unroutable`.
    """

    def delivered(self, vhost: str, queue: str, message: Message, user: str) -> None:
        """Handed to a consumer of `user` or taken by its basic.get (each time it is)."""

    def acknowledged(self, vhost: str, queue: str, message: Message) -> None:
        """Gone because its consumer said so (at once for a consumer without acknowledgements)."""

    def dead_lettered(self, vhost: str, queue: str, message: Message, reason: str) -> None:
        """Left `queue` for at least one queue behind its dead-letter exchange."""

    def dropped(self, vhost: str, queue: str, message: Message, reason: str) -> None:
        """Gone for good; `queue` is empty for an unroutable message."""


class SilentObserver:
    """Keeps it all to itself."""

    def delivered(self, vhost: str, queue: str, message: Message, user: str) -> None:
        """See `Observer`."""

    def acknowledged(self, vhost: str, queue: str, message: Message) -> None:
        """See `Observer`."""

    def dead_lettered(self, vhost: str, queue: str, message: Message, reason: str) -> None:
        """See `Observer`."""

    def dropped(self, vhost: str, queue: str, message: Message, reason: str) -> None:
        """See `Observer`."""
