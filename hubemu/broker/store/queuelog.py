"""What a queue tells of its messages, on its way into a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hubemu.broker.core.ready import QueuedMessage
from hubemu.broker.store.schema import QUEUE_SHIFT
from hubemu.broker.wire.properties import delivery_mode
from hubemu.properties import PERSISTENT

if TYPE_CHECKING:
    from hubemu.broker.store.recorder import DiskStore

__all__ = ["QueueLog", "id_range"]


class QueueLog:
    """The messages of one queue; a `MessageLog` of the core.

    Args:
        store: whose batches they go to.
        number: the queue's number in the file.
        everything: whether transient messages are kept too, as quorum queues do.
    """

    __slots__ = ("_base", "_everything", "_store")

    def __init__(self, store: DiskStore, number: int, *, everything: bool) -> None:
        self._store = store
        self._base = number << QUEUE_SHIFT
        self._everything = everything

    def added(self, queued: QueuedMessage) -> None:
        """See `MessageLog`."""
        if self._keeps(queued):
            store = self._store
            store.batch.added[self._base | queued.position] = queued
            if not store.woken:
                store.wake()

    def returned(self, queued: QueuedMessage) -> None:
        """See `MessageLog`."""
        store, id_ = self._store, self._base | queued.position
        if id_ not in store.batch.added and self._keeps(queued):
            store.batch.returned.append((queued.deliveries, id_))
            if not store.woken:
                store.wake()

    def removed(self, queued: QueuedMessage) -> None:
        """See `MessageLog`."""
        store, id_ = self._store, self._base | queued.position
        batch = store.batch
        if batch.added.pop(id_, None) is not None:
            batch.spared += 1
            if not batch.added:
                store.on_spared()
        elif self._keeps(queued):
            batch.removed.append((id_,))
            if not store.woken:
                store.wake()

    def _keeps(self, queued: QueuedMessage) -> bool:
        header = queued.message.header
        return self._everything or delivery_mode(header) == PERSISTENT


def id_range(number: int) -> tuple[int, int]:
    """The first and the last id that messages of a queue can have."""
    return number << QUEUE_SHIFT, ((number + 1) << QUEUE_SHIFT) - 1
