"""What a scrape answers, as Prometheus text; loaded at the first one, a Hub starts without it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector
from starlette.responses import Response

__all__ = ["OPENMETRICS", "scraped"]

OPENMETRICS = "application/openmetrics-text"
"""The text that has exemplars too: given to who accepts it."""


class _Registries(Collector):
    """The families of whole registries, as one."""

    def __init__(self, registries: Sequence[CollectorRegistry]) -> None:
        self._registries = registries

    def describe(self) -> Iterator[Metric]:
        """Nothing: they are known to their own registries."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """All of them."""
        for registry in self._registries:
            yield from registry.collect()


def scraped(
    collectors: Sequence[Collector],
    registries: Sequence[CollectorRegistry] = (),
    *,
    accept: str = "",
) -> Response:
    """The families of whole registries, then those of `collectors`, as the header Accept wants."""
    whole = CollectorRegistry()
    whole.register(_Registries(registries))
    for collector in collectors:
        whole.register(collector)
    if OPENMETRICS in (one.partition(";")[0].strip() for one in accept.split(",")):
        # It has no types.
        text: bytes = openmetrics.generate_latest(whole)  # type: ignore[no-untyped-call]
        return Response(text, headers={"Content-Type": openmetrics.CONTENT_TYPE_LATEST})
    return Response(generate_latest(whole), media_type=CONTENT_TYPE_PLAIN_0_0_4)
