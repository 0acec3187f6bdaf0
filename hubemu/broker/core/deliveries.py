"""What a channel has delivered: tags, and what the client still owes a word.

Rules:
1. Delivery tags count up by one per delivery, whether it is to be acknowledged or not.
2. Deliveries are taken out all or none, in their order.
"""

from __future__ import annotations

from collections.abc import Iterable

from hubemu.broker.core.errors import ChannelError, precondition_failed
from hubemu.broker.core.ready import QueuedMessage
from hubemu.broker.core.transaction import SettledDeliveries

__all__ = ["Deliveries", "unknown_tag"]


class Deliveries:
    """The deliveries of one channel.

    Attributes:
        unacked: those that are to be settled, by their tags, in order.
        next_tag: the tag of the next one.
    """

    __slots__ = ("_oldest_tag", "next_tag", "unacked")

    def __init__(self) -> None:
        self.unacked: dict[int, QueuedMessage] = {}
        self.next_tag = 1
        self._oldest_tag = 1

    def got(self, queued: QueuedMessage, *, no_ack: bool) -> int:
        """basic.get took `queued`; gives its tag."""
        tag = self.next_tag
        self.next_tag = tag + 1
        if not no_ack:
            self.unacked[tag] = queued
        return tag

    def take(self, delivery_tag: int, multiple: bool) -> dict[int, QueuedMessage]:
        """Take out one, or all up to it (`multiple`; 0: all).

        Raises:
            ChannelError: 406 no such delivery is unacknowledged.
        """
        if multiple and not delivery_tag:
            return self.take_all()
        if delivery_tag not in self.unacked:
            raise unknown_tag(delivery_tag)
        if not multiple:
            return {delivery_tag: self.unacked.pop(delivery_tag)}
        # Tags are dense, so that counting through them costs each of them once in all.
        tags = range(self._oldest_tag, delivery_tag + 1)
        self._oldest_tag = delivery_tag + 1
        return {tag: self.unacked.pop(tag) for tag in tags if tag in self.unacked}

    def take_all(self) -> dict[int, QueuedMessage]:
        """Take out all."""
        taken, self.unacked = self.unacked, {}
        return taken

    def take_back(self, settlements: Iterable[SettledDeliveries]) -> None:
        """They were not settled after all."""
        for settlement in settlements:
            self.unacked.update(settlement.deliveries)
        self.unacked = dict(sorted(self.unacked.items()))
        self._oldest_tag = next(iter(self.unacked), self.next_tag)


def unknown_tag(delivery_tag: int) -> ChannelError:
    """The client settles what was not delivered, or is settled already."""
    return precondition_failed(f"unknown delivery tag {delivery_tag}")
