"""From the state file back into a broker.

Rules (RabbitMQ's):
1. What the broker has already (its topology) stays; the rest of the file is added to it.
2. Messages keep their order, their expiry and their marks. After a kill every message of a classic
   queue is marked as redelivered, because nobody can know which were delivered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from hubemu.broker.core import Broker, MessageQueue
from hubemu.broker.core.ready import QueuedMessage
from hubemu.broker.store.rows import BindingRow, ExchangeRow, QueueRow, queued_message
from hubemu.broker.store.schema import MESSAGES, QUEUE_SHIFT
from hubemu.broker.store.statefile import StateFile
from hubemu.broker.wire.table import decode_table

__all__ = ["recover_messages", "recover_objects"]

_POSITION = (1 << QUEUE_SHIFT) - 1


def recover_objects(
    broker: Broker,
    exchanges: Mapping[tuple[str, str], ExchangeRow],
    queues: Mapping[tuple[str, str], QueueRow],
    bindings: Iterable[BindingRow],
) -> None:
    """Add the exchanges, queues and bindings that `broker` has not."""
    for vhost, name, type_, auto_delete, internal, arguments in tuple(exchanges.values()):
        home = broker.add_vhost(vhost)
        if name not in home.exchanges:
            home.add_exchange(
                name,
                type_,
                auto_delete=bool(auto_delete),
                internal=bool(internal),
                arguments=decode_table(arguments),
            )
    for vhost, name, auto_delete, arguments, _number in tuple(queues.values()):
        home = broker.add_vhost(vhost)
        if name not in home.queues:
            home.add_queue(name, auto_delete=bool(auto_delete), arguments=decode_table(arguments))
    for vhost, source, to_queue, destination, routing_key, arguments in tuple(bindings):
        home = broker.add_vhost(vhost)
        found = home.queues[destination] if to_queue else home.exchanges[destination]
        home.bind(home.exchanges[source], found, routing_key, decode_table(arguments))


def recover_messages(
    broker: Broker, queues: Mapping[tuple[str, str], QueueRow], file: StateFile, *, clean: bool
) -> None:
    """Put the messages back into their queues; `clean` if the broker was stopped, not killed."""
    by_number = {row[-1]: broker.vhosts[row[0]].queues[row[1]] for row in queues.values()}
    for number, rows in groupby(file.rows(MESSAGES), lambda row: row[0] >> QUEUE_SHIFT):
        queue = by_number[number]
        queue.recover(_messages(rows, queue, clean=clean))


def _messages(
    rows: Iterable[tuple[Any, ...]], queue: MessageQueue, *, clean: bool
) -> Iterator[QueuedMessage]:
    unknown = not clean and not queue.counts_deliveries
    for row in rows:
        queued = queued_message(row, queue, row[0] & _POSITION)
        queued.redelivered = queued.redelivered or unknown
        yield queued
