"""Gauges of the broker and the journal, read from the Hub at each scrape.

They bear the names of RabbitMQ's own Prometheus plugin, so that the dashboards and alerts written
for the real Hub (queue `dispatch` holding more than 3 messages) work here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from hubemu.topology import DEAD_LETTERS, DISPATCH

if TYPE_CHECKING:
    from hubemu.hub import Hub

__all__ = ["BrokerGauges"]

_ALWAYS = frozenset({DISPATCH, DEAD_LETTERS})
_LABELS = ("vhost", "queue")


class BrokerGauges(Collector):
    """What a scrape of the broker gives; client queues that are empty and unread are left out."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterator[Metric]:
        """The gauges as they stand."""
        yield from self._queues()
        connections = self._hub.connections()["connections"]
        yield _single("rabbitmq_connections", "Connections currently open", len(connections))
        channels = sum(connection["channels"] for connection in connections)
        yield _single("rabbitmq_channels", "Channels currently open", channels)
        journal = self._hub.journal
        yield _single("hubemu_journal_messages", "Messages the journal holds", len(journal))
        yield _single("hubemu_journal_bytes", "Bytes the journal holds", journal.bytes_held)
        yield self._refusals()

    def _refusals(self) -> CounterMetricFamily:
        """Reply code 0 is what the broker refuses without one: TLS, and most of a login."""
        refusals = CounterMetricFamily(
            "hubemu_refusals", "What the broker refused to clients", labels=("scope", "code")
        )
        for (scope, code), count in sorted(self._hub.connection_log.refused.items()):
            refusals.add_metric((scope, str(code)), count)
        return refusals

    def _queues(self) -> Iterable[GaugeMetricFamily]:
        ready = _family("rabbitmq_queue_messages_ready", "Messages ready to be delivered")
        unacked = _family("rabbitmq_queue_messages_unacked", "Messages not acknowledged yet")
        total = _family("rabbitmq_queue_messages", "Sum of ready and unacknowledged messages")
        consumers = _family("rabbitmq_queue_consumers", "Consumers on a queue")
        for vhost in self._hub.topology.vhosts:
            for queue, depth in self._hub.engine.depths(vhost).items():
                if queue in _ALWAYS or depth.ready or depth.unacked or depth.consumers:
                    ready.add_metric((vhost, queue), depth.ready)
                    unacked.add_metric((vhost, queue), depth.unacked)
                    total.add_metric((vhost, queue), depth.ready + depth.unacked)
                    consumers.add_metric((vhost, queue), depth.consumers)
        return ready, unacked, total, consumers


def _family(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, labels=_LABELS)


def _single(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)
