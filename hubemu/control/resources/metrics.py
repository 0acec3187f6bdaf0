"""`/metrics`: counters of the dispatcher and gauges of the broker, as Prometheus text."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.certificate_ends import CertificateEnds
from hubemu.control.context import Context
from hubemu.control.gauges import BrokerGauges
from hubemu.control.operations import Answer, Operation
from hubemu.errors import InputError

__all__ = ["METRICS", "metrics"]

METRICS = Operation(
    summary="Metrics: the real dispatcher's names, and the broker's as RabbitMQ names them",
    answers={200: Answer("Prometheus text", {"type": "string"}, "text/plain")},
)


async def metrics(request: Request, context: Context) -> Response:
    """The metrics of this instant."""
    await context.hub.refresh()
    broker = CollectorRegistry()
    broker.register(BrokerGauges(context.hub))
    # A file that cannot be read must not hide all else; `hubemu doctor` tells of it.
    with suppress(InputError):
        broker.register(CertificateEnds(await asyncio.to_thread(context.hub.pki.identities)))
    text = generate_latest(context.hub.metrics.registry) + generate_latest(broker)
    return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)
