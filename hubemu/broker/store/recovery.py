"""From the state file back into a broker.

Rules (RabbitMQ's):
1. What the broker has already (its topology) stays; the rest of the file is added to it.
2. Messages keep their order, their expiry and their marks. After a kill every message of a classic
   queue is marked as redelivered, because nobody can know which were delivered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Final

from hubemu.broker.core import Broker, MessageQueue
from hubemu.broker.core.argument_values import with_text
from hubemu.broker.core.ready import QueuedMessage
from hubemu.broker.store.rows import BindingRow, ExchangeRow, QueueRow, queued_message
from hubemu.broker.store.schema import MESSAGES, QUEUE_SHIFT
from hubemu.broker.store.statefile import StateFile
from hubemu.broker.wire.table import decode_table

__all__ = ["recover_messages", "recover_objects"]

_POSITION: Final = (1 << QUEUE_SHIFT) - 1
_ALL: Final = _POSITION + 1


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
                arguments=with_text(decode_table(arguments)),
            )
    for row in tuple(queues.values()):
        home = broker.add_vhost(row.vhost)
        if row.name not in home.queues:
            home.add_queue(
                row.name,
                auto_delete=bool(row.auto_delete),
                arguments=with_text(decode_table(row.arguments)),
            )
    for vhost, source, to_queue, destination, routing_key, arguments in tuple(bindings):
        home = broker.add_vhost(vhost)
        found = home.queues[destination] if to_queue else home.exchanges[destination]
        home.bind(home.exchanges[source], found, routing_key, decode_table(arguments))


def recover_messages(
    broker: Broker,
    queues: Iterable[QueueRow],
    file: StateFile,
    *,
    clean: bool,
    going: Collection[int] = (),
) -> list[QueueRow]:
    """Put the messages back into their queues; `clean` if the broker was stopped, not killed.

    Those of the queues numbered `going`, which were being deleted, are left out.

    Returns:
        The queues as they are to be in the file, with what is marked now.
    """
    marked = {row.number: row for row in queues}
    ends = dict.fromkeys(marked, 0)
    for number, rows in groupby(file.rows(MESSAGES), lambda row: row[0] >> QUEUE_SHIFT):
        if number in going:
            continue
        row = marked[number]
        queue = broker.vhosts[row.vhost].queues[row.name]
        marked_below = row.marked_below if clean else _ALL
        queue.recover(_messages(rows, queue, 0 if queue.type.counts_deliveries else marked_below))
        ends[number] = queue.messages.next_position
    return [
        row._replace(marked_below=min(row.marked_below if clean else _ALL, ends[number]))
        for number, row in marked.items()
    ]


def _messages(
    rows: Iterable[tuple[Any, ...]], queue: MessageQueue, marked_below: int
) -> Iterator[QueuedMessage]:
    for row in rows:
        position = row[0] & _POSITION
        queued = queued_message(row, queue, position)
        queued.redelivered = queued.redelivered or position < marked_below
        yield queued
