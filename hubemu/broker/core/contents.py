"""All that waits in the queues of a broker, taken down and put back.

Rules:
1. What somebody holds unacknowledged counts as ready, where it would be, marked as it would be, if
   whoever holds it went away.
2. Messages are shared, not copied: only their places in the queues are made anew.
3. Who has so long to live when it is taken down has as long when it is put back.
4. What is held while others are put back (`withdraw`) can be settled, and comes back nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from msgspec.structs import replace

from hubemu.broker.core.broker import Broker
from hubemu.broker.core.channel import Channel
from hubemu.broker.core.local import LocalConsumer
from hubemu.broker.core.message import Message
from hubemu.broker.core.queue import MessageQueue
from hubemu.broker.core.ready import QueuedMessage
from hubemu.broker.core.settings import QueueSettings
from hubemu.broker.core.vhost import VirtualHost

__all__ = ["BrokerContents", "WaitingMessage", "contents_of", "put_back", "withdraw"]


class WaitingMessage(NamedTuple):
    """A message in its place; the rest as `QueuedMessage` has it."""

    message: Message
    expires_at: float | None
    weight: int
    redelivered: bool
    deliveries: int
    back: bool


@dataclass(frozen=True, slots=True)
class BrokerContents:
    """What waits in each queue, by vHost and name, in order; empty ones are left out."""

    queues: Mapping[tuple[str, str], tuple[WaitingMessage, ...]]

    def __len__(self) -> int:
        """How many messages there are."""
        return sum(map(len, self.queues.values()))


def contents_of(broker: Broker, channels: Iterable[Channel]) -> BrokerContents:
    """What waits in the queues that no connection owns; `channels` are all that are open."""
    held = _held(broker, channels)
    taken = {}
    for vhost, queue in _queues(broker):
        if messages := _in_order(queue, held.get(queue, ())):
            taken[vhost.name, queue.name] = tuple(map(_waiting, messages))
    return BrokerContents(taken)


def put_back(broker: Broker, contents: BrokerContents, later: float) -> None:
    """Put all of it into the queues, which are empty and there; consumers get it at once.

    `later` is how many seconds the broker's clock has gone on.
    """
    filled = [broker.vhosts[vhost].queues[name] for vhost, name in contents.queues]
    for queue, waiting in zip(filled, contents.queues.values(), strict=True):
        position = queue.messages.next_position
        messages = [_queued(queue, *place, later) for place in enumerate(waiting, position)]
        if (log := queue.messages.log) is not None:
            for queued in messages:
                log.added(queued)
        queue.recover(messages)
    for queue in filled:
        queue.pump()


def withdraw(broker: Broker, channels: Iterable[Channel]) -> None:
    """Have what is held belong to no queue any more: whoever holds it settles it as before, but
    nothing of it comes back, is dead-lettered, or told to the observer."""
    held = _held(broker, channels)
    for vhost, queue in _queues(broker):
        if queue not in held:
            continue
        # As if the queue had been deleted and made again under the same name.
        nowhere = MessageQueue(queue.name, vhost, QueueSettings(), arguments=queue.arguments)
        nowhere.deleted = True
        for queued in chain.from_iterable(held[queue]):
            if queue.messages.log is not None:
                queue.messages.log.removed(queued)
            queue.unacked -= 1
            nowhere.unacked += 1
            queued.queue = nowhere
            queued.message = replace(queued.message, token=None)


def _queues(broker: Broker) -> Iterator[tuple[VirtualHost, MessageQueue]]:
    """Every queue that outlives the connections."""
    for vhost in broker.vhosts.values():
        for queue in vhost.queues.values():
            if queue.owner is None:
                yield vhost, queue


def _held(
    broker: Broker, channels: Iterable[Channel]
) -> dict[MessageQueue, list[list[QueuedMessage]]]:
    """What is unacknowledged of each queue, holder by holder."""
    queues = [queue for _, queue in _queues(broker)]
    for queue in queues:
        queue.complete_returns()
    local = (
        one.held for queue in queues for one in queue.consumers if isinstance(one, LocalConsumer)
    )
    found: dict[MessageQueue, list[list[QueuedMessage]]] = {}
    for holding in chain(local, (channel.held for channel in channels)):
        by_queue: dict[MessageQueue, list[QueuedMessage]] = {}
        for queued in holding:
            by_queue.setdefault(queued.queue, []).append(queued)
        for queue, own in by_queue.items():
            found.setdefault(queue, []).append(own)
    return found


def _in_order(queue: MessageQueue, held: Iterable[list[QueuedMessage]]) -> Iterable[QueuedMessage]:
    """The messages of a queue as they were if all holders went away, one after the other."""
    present = queue.messages.ready
    if not held:
        return present
    ready = present.anew()
    for queued in present:
        ready.append(queued)
    for own in held:
        left = [
            replace(queued, redelivered=True, deliveries=queued.deliveries + 1)
            for queued in queue.type.left_in_order(own)
        ]
        queue.type.place(ready, left)
    return ready


def _waiting(queued: QueuedMessage) -> WaitingMessage:
    return WaitingMessage(
        queued.message,
        queued.expires_at,
        queued.weight,
        queued.redelivered,
        queued.deliveries,
        queued.back,
    )


def _queued(
    queue: MessageQueue, position: int, waiting: WaitingMessage, later: float
) -> QueuedMessage:
    expires_at = None if waiting.expires_at is None else waiting.expires_at + later
    return QueuedMessage(
        queue,
        waiting.message,
        position,
        expires_at,
        waiting.weight,
        waiting.redelivered,
        waiting.deliveries,
        back=waiting.back,
    )
