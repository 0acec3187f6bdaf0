"""The store of a broker whose state is on disk: collects changes into batches.

Rules:
1. Everything since the last `cut` is one batch. Whoever cuts does so between two calls into the
   broker, so that a batch is never half of what one call did.
2. One batch is in flight at a time: cut, and not committed yet.
3. Objects that are in the file as they are told cost nothing, so that a topology can be applied
   again at each start.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from hubemu.broker.core import Broker, MessageQueue, Publisher
from hubemu.broker.core.exchanges import Binding, Exchange
from hubemu.broker.store import schema
from hubemu.broker.store.batch import Batch
from hubemu.broker.store.queuelog import QueueLog, id_range
from hubemu.broker.store.recovery import recover_messages, recover_objects
from hubemu.broker.store.rows import (
    BindingRow,
    ExchangeRow,
    QueueRow,
    binding_row,
    exchange_row,
    from_column,
    is_going,
    queue_row,
)
from hubemu.broker.store.statefile import StateFile
from hubemu.watchers import tell_each

__all__ = ["DiskStore"]

_LOG = logging.getLogger(__name__)


class DiskStore:
    """Keeps the durable part of a broker in a file; a `Store` of the core.

    Make it, make the broker with it, `recover`, and let a `Committer` do the rest.

    Args:
        folder: where the file is, or is made.

    Raises:
        InputError: the folder cannot be used, or the file is of another format.
        StartError: the file is damaged, with the mend, or another broker has it.
    """

    instant = False

    def __init__(self, folder: Path) -> None:
        self.file = StateFile(folder)
        self.batch = Batch()
        self.woken = False
        """Whether `on_change` was called since the last batch was cut."""
        self.on_change: Callable[[], None] = lambda: None
        """Called when there is something to cut where nothing was."""
        self.on_wait: Callable[[], None] = lambda: None
        """Called when somebody begins to wait for what the next cut gives."""
        self.on_spared: Callable[[], None] = lambda: None
        """Called when the last message has gone again that the next cut would have given."""
        self.in_flight: Batch | None = None
        """What was cut and is not committed yet."""
        self._failed = False
        """Whether what was cut last could not be written."""
        self._watchers: list[Callable[[], None]] = []
        with self.file.reading():
            self._clean = bool(self.file.rows(schema.WAS_CLEAN).fetchone()[0])
            self.file.check()
            exchanges: list[ExchangeRow] = self.file.rows(schema.EXCHANGES).fetchall()
            queues = [QueueRow(*row) for row in self.file.rows(schema.QUEUES)]
            self._going = [row.number for row in queues if is_going(row)]
            bindings: list[BindingRow] = [
                (*row[:4], from_column(row[4]), row[5]) for row in self.file.rows(schema.BINDINGS)
            ]
        self._exchanges = {row[:2]: row for row in exchanges}
        self._queues = {(row.vhost, row.name): row for row in queues if not is_going(row)}
        self._bindings = dict.fromkeys(bindings)
        self._next_number = max((row.number for row in queues), default=0) + 1

    def recover(self, broker: Broker) -> None:
        """Give `broker` what the file holds and it has not; from now on the file is written.

        Raises:
            StartError: the file is damaged, with the mend, or another broker has it.
        """
        with self.file.reading():
            recover_objects(broker, self._exchanges, self._queues, self._bindings)
            rows = recover_messages(
                broker, self._queues.values(), self.file, clean=self._clean, going=self._going
            )
            self.file.begin()
        self.batch.emptied += map(id_range, self._going)
        for row in rows:
            self._put_queue(row)

    def close(self) -> None:
        """Let go of the file. Idempotent."""
        self.file.close(clean=self.batch.empty and self.in_flight is None)

    # Batches

    def cut(self) -> Batch | None:
        """What is to be written now, if anything; the next change begins another batch.

        Call it only while no batch is in flight.
        """
        self.woken = False
        batch, self.batch = self.batch, Batch()
        self.in_flight = batch
        if batch.empty:
            # All that came has gone again, yet somebody may wait for it.
            self.committed()
            return None
        return batch

    def committed(self) -> None:
        """The batch that was cut is safe: tell those who wait for it."""
        batch, self.in_flight = self.in_flight, None
        if batch is None:
            return
        self._failed = False
        if batch.rest:
            self.batch.emptied += batch.rest
            self.wake()
        for publisher, tag, accepted in batch.promises:
            try:
                publisher.confirm(tag, accepted)
            except Exception:
                # The others wait too: one client's session must not keep theirs from them.
                _LOG.exception("%s: a publisher could not be told", self.file.path)
        if batch.holding and not self.holding:
            tell_each(self._watchers)

    def take_back(self) -> None:
        """The batch that was cut could not be written: it is part of the next one.

        What it added and has gone since is not written at all, which takes the least room.
        """
        failed, self.in_flight = self.in_flight, None
        if failed is not None:
            self._failed = True
            self.batch = failed.followed_by(self.batch)
            self.wake()

    def wake(self) -> None:
        """Tell that there is something to cut."""
        self.woken = True
        self.on_change()

    # Store

    @property
    def holding(self) -> bool:
        """See `Store`."""
        return self.batch.holding or (self.in_flight is not None and self.in_flight.holding)

    @property
    def burdened(self) -> bool:
        """See `Store`: not while nothing can be written, which may last."""
        return self.batch.many_rows and not self._failed

    def exchange_added(self, vhost: str, exchange: Exchange) -> None:
        """See `Store`."""
        row = exchange_row(vhost, exchange)
        if self._exchanges.get(row[:2]) != row:
            self._exchanges[row[:2]] = row
            self._change(schema.PUT_EXCHANGE, row)

    def exchange_removed(self, vhost: str, exchange: Exchange) -> None:
        """See `Store`."""
        del self._exchanges[vhost, exchange.name]
        self._change(schema.FORGET_EXCHANGE, (vhost, exchange.name))

    def queue_added(self, vhost: str, queue: MessageQueue) -> QueueLog:
        """See `Store`."""
        known = self._queues.get((vhost, queue.name))
        if known is None:
            number, marked_below = self._next_number, 0
            self._next_number += 1
        else:
            number, marked_below = known.number, known.marked_below
        self._put_queue(queue_row(vhost, queue, number=number, marked_below=marked_below))
        return QueueLog(self, number, everything=queue.type.keeps_transient)

    def queue_removed(self, vhost: str, queue: MessageQueue) -> None:
        """See `Store`."""
        row = self._queues.pop((vhost, queue.name))
        self.batch.emptied.append(id_range(row.number))
        self._change(schema.FORGET_QUEUE, (vhost, queue.name))

    def bound(self, vhost: str, binding: Binding) -> None:
        """See `Store`."""
        row = binding_row(vhost, binding)
        if row not in self._bindings:
            self._bindings[row] = None
            self._change(schema.PUT_BINDING, row)

    def unbound(self, vhost: str, binding: Binding) -> None:
        """See `Store`."""
        row = binding_row(vhost, binding)
        del self._bindings[row]
        self._change(schema.FORGET_BINDING, row)

    def promise(self, publisher: Publisher, tag: int, accepted: bool) -> None:
        """See `Store`."""
        batch = self.in_flight if self.batch.empty else self.batch
        if batch is None:
            publisher.confirm(tag, accepted)
            return
        if not batch.awaited:
            self.on_wait()
        batch.promises.append((publisher, tag, accepted))

    def hold(self) -> None:
        """See `Store`."""
        batch = self.in_flight if self.batch.empty else self.batch
        if batch is not None:
            batch.holding = True
            self.on_wait()

    def watch(self, released: Callable[[], None]) -> Callable[[], None]:
        """See `Store`."""
        self._watchers.append(released)
        return lambda: self._watchers.remove(released)

    def _put_queue(self, row: QueueRow) -> None:
        if self._queues.get((row.vhost, row.name)) != row:
            self._queues[row.vhost, row.name] = row
            self._change(schema.PUT_QUEUE, row)

    def _change(self, statement: str, values: tuple[str | int | bytes, ...]) -> None:
        self.batch.objects.append((statement, values))
        self.batch.holding = True
        if not self.woken:
            self.wake()
        self.on_wait()
