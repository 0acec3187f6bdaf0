"""The dispatcher's counters and timers under the real Hub's Prometheus names (facts: hub 7).

They are plain numbers here and become Prometheus families at a scrape, which loads that library:
counting one costs a dict update. Labels come from the routing tables and the model, never from a
message, so that nobody can make them grow; which message was counted last is an exemplar, which
OpenMetrics shows: the id that it has in the terminal, log, journal and traces. To be used from the
event loop's thread only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias, cast

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import SummaryMetricFamily
    from prometheus_client.metrics_core import Metric
    from prometheus_client.registry import Collector
    from prometheus_client.samples import Exemplar

__all__ = ["DurationCount", "Metrics"]


class DurationCount:
    """How often something was done and how long it took in all, in seconds."""

    __slots__ = ("count", "seconds")

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0

    def took(self, seconds: float) -> None:
        """It was done once more, in `seconds`."""
        self.count += 1
        self.seconds += seconds


class MessageCount:
    """How many messages there were, and the id of the last."""

    __slots__ = ("count", "last")

    def __init__(self) -> None:
        self.count = 0
        self.last = ""

    def came(self, message: str) -> None:
        """There was one more."""
        self.count += 1
        self.last = message


_Counts: TypeAlias = defaultdict[tuple[str, str, str, str], MessageCount]


class Metrics:
    """What the dispatcher counts: a collector of Prometheus."""

    def __init__(self) -> None:
        self.dispatch_time = DurationCount()
        self.dead_letter_time = DurationCount()
        self._dispatched: _Counts = defaultdict(MessageCount)
        self._errors: _Counts = defaultdict(MessageCount)

    @cached_property
    def registry(self) -> CollectorRegistry:
        """A registry of its own, for `generate_latest`."""
        from prometheus_client import CollectorRegistry

        registry = CollectorRegistry()
        registry.register(cast("Collector", self))
        return registry

    def dispatched(self, labels: tuple[str, str, str, str], message: str) -> None:
        """A message went on to its recipient's queue: sender, vHost, use case, editor."""
        self._dispatched[labels].came(message)

    def failed(self, labels: tuple[str, str, str, str], message: str) -> None:
        """It was refused, died in its queue or failed: statusString, sender, vHost, editor."""
        self._errors[labels].came(message)

    def collect(self) -> Iterator[Metric]:
        """The families as they stand."""
        from prometheus_client.core import CounterMetricFamily

        messages = CounterMetricFamily(
            "dispatch_message",
            "Messages dispatched to their recipient",
            labels=("sender", "vhost", "use_case", "editor"),
        )
        for labels, told in self._dispatched.items():
            messages.add_metric(labels, told.count, exemplar=_exemplar(told.last))
        errors = CounterMetricFamily(
            "dispatch_error",
            "Messages refused or dead-lettered",
            labels=("reason", "sender", "vhost", "editor"),
        )
        for labels, told in self._errors.items():
            errors.add_metric(labels, told.count, exemplar=_exemplar(told.last))
        yield messages
        yield errors
        yield _summary("overall_dispatch_time_seconds", "Time to dispatch", self.dispatch_time)
        yield _summary(
            "dlq_overall_dispatch_time_seconds",
            "Time to treat a dead letter",
            self.dead_letter_time,
        )


def _exemplar(message: str) -> Exemplar:
    from prometheus_client.samples import Exemplar

    return Exemplar({"hubemu_message_id": message}, 1.0)


def _summary(name: str, text: str, timer: DurationCount) -> SummaryMetricFamily:
    from prometheus_client.core import SummaryMetricFamily

    return SummaryMetricFamily(name, text, count_value=timer.count, sum_value=timer.seconds)
