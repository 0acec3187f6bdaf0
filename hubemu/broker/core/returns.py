"""How deliveries of a channel come back to their queues.

Rules (RabbitMQ's):
1. What a client takes back comes to its queue first what basic.get gave, one by one, then consumer
   by consumer in the order of their tags; between them the queue hands over what is accepted.
2. The window of a consumer opens when its own deliveries come back, that of the channel afterwards.
3. What a channel leaves when it ends comes back at once, and nobody gets anything meanwhile; where
   it is much it only seems so (`LeftBehind`).
4. `recover` is answered before anything comes back: it is due until `Consumers.resume`.
"""

from __future__ import annotations

from collections.abc import Iterable

from hubemu.broker.core.backlog import PART, Backlog
from hubemu.broker.core.consumer import Consumer
from hubemu.broker.core.deliveries import Deliveries
from hubemu.broker.core.left_behind import LeftBehind
from hubemu.broker.core.prefetch import Prefetch
from hubemu.broker.core.queue import MessageQueue
from hubemu.broker.core.ready import QueuedMessage

__all__ = ["Returns"]


class Returns:
    """The way back of one channel's deliveries.

    Attributes:
        due: all that is unacknowledged is to come back after the reply.
    """

    __slots__ = ("_deliveries", "_prefetch", "due")

    def __init__(self, deliveries: Deliveries, prefetch: Prefetch) -> None:
        self.due = False
        self._deliveries = deliveries
        self._prefetch = prefetch

    def give_back_due(self) -> None:
        """Put back all that is unacknowledged, at the client's word."""
        self.due = False
        self.give_back(self._deliveries.take_all().values())

    def give_back(self, deliveries: Iterable[QueuedMessage]) -> None:
        """Put back what was taken out of the channel's deliveries, at the client's word."""
        of_consumers = 0
        for queue, own in _by_queue(deliveries).items():
            by_consumer: dict[Consumer, list[QueuedMessage]] = {}
            got = []
            for queued in own:
                if queued.consumer is None:
                    got.append(queued)
                else:
                    by_consumer.setdefault(queued.consumer, []).append(queued)
            _give_back_got(queue, got)
            for consumer in sorted(by_consumer, key=_tag):
                held = by_consumer[consumer]
                consumer.outstanding -= len(held)
                of_consumers += len(held)
                queue.requeue(held, refused=True)
                queue.wake(consumer)
                queue.pump()
        self._prefetch.outstanding -= of_consumers

    def leave_all(self, backlog: Backlog) -> Iterable[MessageQueue]:
        """Put back all, as the channel ends; gives the queues, which are to be pumped."""
        left = self._deliveries.take_all()
        if len(left) > PART and backlog.driven:
            behind = LeftBehind(left.values())
            behind.part()
            backlog.later(behind.part)
            return ()
        by_queue = _by_queue(left.values())
        for queue, own in by_queue.items():
            for queued in own:
                if queued.consumer is not None:
                    queued.consumer.outstanding -= 1
                    self._prefetch.outstanding -= 1
            queue.requeue(own)
        return by_queue


def _by_queue(deliveries: Iterable[QueuedMessage]) -> dict[MessageQueue, list[QueuedMessage]]:
    by_queue: dict[MessageQueue, list[QueuedMessage]] = {}
    for queued in deliveries:
        by_queue.setdefault(queued.queue, []).append(queued)
    return by_queue


def _give_back_got(queue: MessageQueue, got: list[QueuedMessage]) -> None:
    """One by one while somebody takes them; the rest, which nobody will, at once."""
    for place, queued in enumerate(got, 1):
        queue.requeue((queued,), refused=True)
        queue.pump()
        if queue.depth.ready:
            rest = got[place:]
            if rest:
                queue.requeue(rest, refused=True)
                queue.pump()
            return


def _tag(consumer: Consumer) -> bytes:
    return consumer.tag.encode("utf-8", "surrogateescape")
