"""`/metrics/per-object` and `/metrics/detailed`: queue gauges as RabbitMQ's plugin serves them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation, Parameter

__all__ = ["DETAILED", "PER_OBJECT", "detailed", "per_object"]

_DEPTHS = ("queue_messages_ready", "queue_messages_unacked", "queue_messages")
_FAMILIES: Mapping[str, Collection[str]] = {
    "queue_coarse_metrics": _DEPTHS,
    "queue_consumer_count": ("queue_consumers",),
    "queue_metrics": ("queue_consumers",),
}
"""RabbitMQ's families, as far as their gauges are given here."""
_TEXT = Answer("Prometheus text", {"type": "string"}, "text/plain")

PER_OBJECT = Operation(
    summary="Gauges of every queue of every vHost, as RabbitMQ's Prometheus plugin names them",
    answers={200: _TEXT},
)
DETAILED = Operation(
    summary="Gauges of queues by family and vHost, as RabbitMQ's Prometheus plugin names them",
    parameters=(
        Parameter("family", f"Which gauges, repeatable: {', '.join(_FAMILIES)}; none gives none"),
        Parameter("vhost", "Only this vHost, repeatable"),
    ),
    answers={200: _TEXT},
)


async def per_object(request: Request, context: Context) -> Response:
    """All gauges of all queues."""
    names = {name for family in _FAMILIES.values() for name in family}
    return await _answer(context, "rabbitmq_", names)


async def detailed(request: Request, context: Context) -> Response:
    """The gauges of the families asked for; what RabbitMQ does not know it ignores, so do we."""
    asked = request.query_params
    names = {name for family in asked.getlist("family") for name in _FAMILIES.get(family, ())}
    vhosts = asked.getlist("vhost")
    return await _answer(context, "rabbitmq_detailed_", names, vhosts)


async def _answer(
    context: Context, prefix: str, names: Collection[str], vhosts: Collection[str] = ()
) -> Response:
    from hubemu.control.gauges import QueueGauges
    from hubemu.control.scrape import scraped

    await context.hub.reports.refresh()
    return scraped([QueueGauges(context.hub, prefix, names, vhosts)])
