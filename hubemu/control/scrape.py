"""What a scrape answers, as Prometheus text; loaded at the first one, a Hub starts without it."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector
from starlette.responses import Response

__all__ = ["scraped"]


def scraped(
    collectors: Sequence[Collector], registries: Sequence[CollectorRegistry] = ()
) -> Response:
    """The families of whole registries, then those of `collectors`."""
    last = CollectorRegistry()
    for collector in collectors:
        last.register(collector)
    text = b"".join(map(generate_latest, (*registries, last)))
    return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)
