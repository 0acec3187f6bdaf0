"""Connections, as far as queues can belong to one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hubemu.watchers import tell_each

if TYPE_CHECKING:
    from hubemu.broker.core.queue import MessageQueue

__all__ = ["ConnectionOwner"]


class ConnectionOwner:
    """Who exclusive queues belong to: one per client connection.

    Args:
        name: what people call the connection.
    """

    def __init__(self, name: str = "") -> None:
        self.name = name
        self._queues: dict[MessageQueue, Callable[[MessageQueue], object]] = {}

    def own(self, queue: MessageQueue, delete: Callable[[MessageQueue], object]) -> None:
        """Have `delete` called when the connection ends."""
        self._queues[queue] = delete

    def disown(self, queue: MessageQueue) -> None:
        """The queue was deleted otherwise."""
        self._queues.pop(queue, None)

    def close(self) -> None:
        """Delete the exclusive queues. Close the connection's channels before. Idempotent."""
        for queue, delete in tuple(self._queues.items()):
            tell_each((delete,), queue)
        self._queues.clear()
