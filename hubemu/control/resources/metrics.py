"""`/metrics`: counters of the dispatcher and gauges of the broker, as Prometheus text."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation
from hubemu.errors import InputError

if TYPE_CHECKING:
    from prometheus_client.registry import Collector

__all__ = ["METRICS", "metrics"]

METRICS = Operation(
    summary="Metrics: the real dispatcher's names, and the broker's as RabbitMQ names them",
    answers={
        200: Answer(
            "Prometheus text; OpenMetrics, with exemplars, for who accepts it",
            {"type": "string"},
            "text/plain",
            others={"application/openmetrics-text": {"type": "string"}},
        )
    },
)


async def metrics(request: Request, context: Context) -> Response:
    """The metrics of this instant."""
    from hubemu.control.certificate_ends import CertificateEnds
    from hubemu.control.gauges import BrokerGauges
    from hubemu.control.scrape import scraped

    await context.hub.reports.refresh()
    collectors: list[Collector] = [BrokerGauges(context.hub)]
    # A file that cannot be read must not hide all else; `hubemu doctor` tells of it.
    with suppress(InputError):
        collectors.append(CertificateEnds(await asyncio.to_thread(context.hub.pki.identities)))
    accept = request.headers.get("accept", "")
    return scraped(collectors, [context.hub.metrics.registry], accept=accept)
