"""What a channel in tx mode holds back until commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from hubemu.broker.core.message import Message
from hubemu.broker.core.ready import QueuedMessage

__all__ = ["RoutedMessage", "SettledDeliveries", "Transaction"]


class RoutedMessage(NamedTuple):
    """A message with the names of the queues it was routed to when it was published.

    Which of them exist is asked at the commit, as RabbitMQ does.
    """

    message: Message
    queues: tuple[str, ...]
    mandatory: bool


class SettledDeliveries(NamedTuple):
    """Deliveries the client is done with: acknowledged, or else refused."""

    deliveries: dict[int, QueuedMessage]
    ack: bool
    requeue: bool


@dataclass(slots=True)
class Transaction:
    """Publications and settlements since tx.select or the last commit or rollback."""

    publications: list[RoutedMessage] = field(default_factory=list)
    settlements: list[SettledDeliveries] = field(default_factory=list)
    held: int = 0
    """Octets of its publications, as the memory_use counts them."""
