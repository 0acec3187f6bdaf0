"""Queues that count as full: a message for one is dead-lettered with `maxlen`.

The event is a message that comes to the queue, whoever sent it; its client is whose the queue is.
Those of the Hub itself (`dispatch`, `dispatch.dlq`) are full only if `queue` names them: what they
have no room for is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hubemu.broker.core import Message
from hubemu.faults.broker.placed import Placed
from hubemu.faults.fault import Fault

__all__ = ["FullQueueFaults"]

_Spot = tuple[str, str]
"""vHost and queue."""


class FullQueueFaults(Placed[_Spot]):
    """`queue-full`."""

    def spots(self, fault: Fault) -> Iterator[_Spot]:
        """See `Placed`."""
        owners = self.place.owners
        for vhost, found in self.place.broker.vhosts.items():
            for queue in found.queues:
                owner = owners.get(queue)
                named = owner is not None or "queue" in fault.matched
                if named and fault.meets(client=owner, vhost=vhost, queue=queue):
                    yield vhost, queue

    def put(self, spot: _Spot, faults: Sequence[Fault]) -> None:
        """See `Placed`."""
        vhost, queue = spot
        client = self.place.owners.get(queue)

        def full(_message: Message) -> bool:
            return any(fault.strikes(client=client, vhost=vhost, queue=queue) for fault in faults)

        self.place.broker.vhosts[vhost].queues[queue].count_as_full(full)

    def take_away(self, spot: _Spot) -> None:
        """See `Placed`; a queue may be gone by now."""
        vhost, name = spot
        queue = self.place.broker.vhosts[vhost].queues.get(name)
        if queue is not None:
            queue.count_as_full(None)
