"""The Hub's journal and its metrics, kept for the workers: each record under an id of the Hub's."""

from __future__ import annotations

from hubemu.dispatcher.amqp.feed import AmqpFeed
from hubemu.dispatcher.metrics import Metrics
from hubemu.dispatcher.pool.records import Counted, Failed, Record, Told
from hubemu.journal import Entry
from hubemu.journal.journal import Journal

__all__ = ["Bookkeeping"]

_REMEMBERED = 10_000
"""Ids of workers, the latest, that are still known by ours."""


class Bookkeeping:
    """Enters what the workers record under ids of the Hub's journal.

    Args:
        journal: the Hub's.
        metrics: counts it.
        dead_letters: is told what went on, so that it knows what becomes a dead letter.
    """

    def __init__(self, journal: Journal, metrics: Metrics, dead_letters: AmqpFeed) -> None:
        self._journal = journal
        self._metrics = metrics
        self._dead_letters = dead_letters
        self._ids: dict[str, str] = {}

    def enter(self, record: Record) -> None:
        """Take one record over."""
        if isinstance(record, Told):
            self._entry(record.entry)
        elif isinstance(record, Counted):
            self._metrics.dispatched(record.labels, self._known_as(record.message))
        elif isinstance(record, Failed):
            self._metrics.failed(record.labels, self._known_as(record.message))
        else:
            self._metrics.dispatch_time.took(record.seconds)

    def _entry(self, entry: Entry) -> None:
        entry.id = self._known_as(entry.id)
        known = self._journal.get(entry.id)
        if known is not None and known.outcome == "dead-lettered":
            return
        if known is not None:
            entry.told = known.told
        self._journal.add(entry)
        for copy in entry.forwarded:
            self._dead_letters.forwarded(entry.vhost, entry.sender, copy.body, entry.id)
        self._journal.tell(entry)

    def _known_as(self, given: str) -> str:
        """Our id for a worker's; one of ours, which it was told to expect, stays."""
        if not given.startswith("w"):
            return given
        if given not in self._ids:
            self._ids[given] = self._journal.new_id()
            if len(self._ids) > _REMEMBERED:
                del self._ids[next(iter(self._ids))]
        return self._ids[given]
