"""Gauges of the broker and the journal, read from the Hub at each scrape.

They bear the names of RabbitMQ's own Prometheus plugin, so that the dashboards and alerts written
for the real Hub (queue `dispatch` holding more than 3 messages) work here too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from hubemu.topology import DEAD_LETTERS, DISPATCH

if TYPE_CHECKING:
    from hubemu.hub import Hub

__all__ = ["BrokerGauges", "QueueGauges"]

_ALWAYS = frozenset({DISPATCH, DEAD_LETTERS})
_LABELS = ("vhost", "queue")
_QUEUE = {
    "queue_messages_ready": "Messages ready to be delivered to consumers",
    "queue_messages_unacked": "Messages delivered to consumers but not yet acknowledged",
    "queue_messages": "Sum of ready and unacknowledged messages - total queue depth",
    "queue_consumers": "Consumers on a queue",
}
"""RabbitMQ's names and words."""


class BrokerGauges(Collector):
    """What a scrape of the broker gives; client queues that are empty and unread are left out."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterator[Metric]:
        """The gauges as they stand."""
        yield from self._queues()
        connections = self._hub.reports.connections()["connections"]
        yield _single("rabbitmq_connections", "Connections currently open", len(connections))
        channels = sum(connection["channels"] for connection in connections)
        yield _single("rabbitmq_channels", "Channels currently open", channels)
        journal = self._hub.journal
        yield _single("hubemu_journal_messages", "Messages the journal holds", len(journal))
        yield _single("hubemu_journal_bytes", "Bytes the journal holds", journal.bytes_held)
        yield self._refusals()
        yield self._strikes()

    def _strikes(self) -> CounterMetricFamily:
        """Of the rules that are listed, those without a strike included."""
        strikes = CounterMetricFamily(
            "hubemu_fault_strikes", "How often each rule struck", labels=("rule", "where", "effect")
        )
        for rule in self._hub.faults.listed():
            labels = (rule["id"], rule["where"], rule["effect"])
            strikes.add_metric(labels, rule["strikes"])
        return strikes

    def _refusals(self) -> CounterMetricFamily:
        """Reply code 0 is what the broker refuses without one: TLS, and most of a login."""
        refusals = CounterMetricFamily(
            "hubemu_refusals", "What the broker refused to clients", labels=("scope", "code")
        )
        for (scope, code), count in sorted(self._hub.connection_log.refused.items()):
            refusals.add_metric((scope, str(code)), count)
        return refusals

    def _queues(self) -> Iterable[GaugeMetricFamily]:
        return _queue_gauges(self._hub, self._hub.topology.vhosts, idle=False)


class QueueGauges(Collector):
    """The gauges of every queue, as `/metrics/per-object` and `/metrics/detailed` name them.

    Args:
        hub: whose queues.
        prefix: before each name.
        names: which gauges, by their ends.
        vhosts: which vHosts; all of them unless one is named.
    """

    def __init__(
        self, hub: Hub, prefix: str, names: Collection[str], vhosts: Collection[str] = ()
    ) -> None:
        self._hub = hub
        self._prefix = prefix
        self._names = names
        self._vhosts = vhosts

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges as they stand."""
        vhosts = [
            one for one in self._hub.topology.vhosts if not self._vhosts or one in self._vhosts
        ]
        for gauge in _queue_gauges(self._hub, vhosts, idle=True, prefix=self._prefix):
            if gauge.name.removeprefix(self._prefix) in self._names:
                yield gauge


def _queue_gauges(
    hub: Hub, vhosts: Iterable[str], *, idle: bool, prefix: str = "rabbitmq_"
) -> Iterable[GaugeMetricFamily]:
    """How full each queue is; those that are empty and unread only if `idle`."""
    gauges = [
        GaugeMetricFamily(f"{prefix}{name}", text, labels=_LABELS) for name, text in _QUEUE.items()
    ]
    for vhost in vhosts:
        for queue, depth in hub.engine.depths(vhost).items():
            ready, unacked, consumers = depth.ready, depth.unacked, depth.consumers
            if idle or queue in _ALWAYS or ready or unacked or consumers:
                values = (ready, unacked, ready + unacked, consumers)
                for gauge, value in zip(gauges, values, strict=True):
                    gauge.add_metric((vhost, queue), value)
    return gauges


def _single(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)
