"""When the clients' certificates end, as a gauge: what nobody watches ends on a Sunday (P15)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from hubemu.pki import Identity

__all__ = ["CertificateEnds"]


class CertificateEnds(Collector):
    """The end of each certificate of the home, in seconds since the epoch."""

    def __init__(self, identities: Sequence[Identity]) -> None:
        self._identities = identities

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauge."""
        ends = GaugeMetricFamily(
            "hubemu_certificate_expires_timestamp_seconds",
            "When a client's certificate ends",
            labels=("client", "identity"),
        )
        for one in self._identities:
            ends.add_metric((one.client, one.identity), one.not_after.timestamp())
        yield ends
