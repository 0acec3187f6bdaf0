"""What survives the broker, and who is told of it.

Rules:
1. Kept are durable exchanges, durable queues that belong to no connection, the bindings between
   them and, in such queues, persistent messages (in quorum queues all). Nothing else is.
2. What changes within one call into the broker is kept or lost as a whole.
3. A publisher gets its confirm, and a client its answer to a change of what exists, only when all
   that was told to the store before is safe.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hubemu.broker.core.exchanges import Binding, Exchange
    from hubemu.broker.core.queue import MessageQueue
    from hubemu.broker.core.ready import QueuedMessage

__all__ = ["MessageLog", "NoStore", "Publisher", "Store"]


class MessageLog(Protocol):
    """Is told of the messages of one queue that is kept; sees for itself which are persistent."""

    def added(self, queued: QueuedMessage) -> None:
        """It came into the queue."""

    def returned(self, queued: QueuedMessage) -> None:
        """It was put back."""

    def removed(self, queued: QueuedMessage) -> None:
        """It left the queue for good."""


class Publisher(Protocol):
    """Somebody who waits until what it published is safe."""

    def confirm(self, tag: int, accepted: bool) -> None:
        """All that was told before `Store.promise(self, tag, accepted)` is safe."""


class Store(Protocol):
    """Keeps what rule 1 names. Called in the middle of the broker's work: it must not raise."""

    instant: bool
    """Whether nothing has to be waited for, so that `promise` need not be called."""

    @property
    def holding(self) -> bool:
        """Whether answers to clients must wait: they tell of what is not safe yet."""

    @property
    def burdened(self) -> bool:
        """Whether so much is to be written that what nobody waits for should not add to it."""

    def exchange_added(self, vhost: str, exchange: Exchange) -> None:
        """A durable exchange exists from now on."""

    def exchange_removed(self, vhost: str, exchange: Exchange) -> None:
        """A durable exchange is gone; its bindings were told before."""

    def queue_added(self, vhost: str, queue: MessageQueue) -> MessageLog | None:
        """A queue that is kept exists from now on; gives who is told of its messages."""

    def queue_removed(self, vhost: str, queue: MessageQueue) -> None:
        """A queue that is kept is gone with its messages; its bindings were told before."""

    def bound(self, vhost: str, binding: Binding) -> None:
        """A binding between things that are kept exists from now on."""

    def unbound(self, vhost: str, binding: Binding) -> None:
        """Such a binding is gone."""

    def promise(self, publisher: Publisher, tag: int, accepted: bool) -> None:
        """Call `publisher.confirm(tag, accepted)` when all that was told so far is safe."""

    def hold(self) -> None:
        """Be `holding` until all that was told so far is safe."""

    def watch(self, released: Callable[[], None]) -> Callable[[], None]:
        """Call `released` whenever `holding` is over; gives what ends the watch."""


class NoStore:
    """Keeps nothing: the state lives in memory."""

    instant = True
    holding = False
    burdened = False

    def exchange_added(self, vhost: str, exchange: Exchange) -> None:
        """See `Store`."""

    def exchange_removed(self, vhost: str, exchange: Exchange) -> None:
        """See `Store`."""

    def queue_added(self, vhost: str, queue: MessageQueue) -> None:
        """See `Store`."""

    def queue_removed(self, vhost: str, queue: MessageQueue) -> None:
        """See `Store`."""

    def bound(self, vhost: str, binding: Binding) -> None:
        """See `Store`."""

    def unbound(self, vhost: str, binding: Binding) -> None:
        """See `Store`."""

    def promise(self, publisher: Publisher, tag: int, accepted: bool) -> None:
        """See `Store`."""
        publisher.confirm(tag, accepted)

    def hold(self) -> None:
        """See `Store`."""

    def watch(self, released: Callable[[], None]) -> Callable[[], None]:
        """See `Store`."""
        return lambda: None
