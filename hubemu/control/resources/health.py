"""`/health` and `/ready`: whether the Hub works, for people, Compose and orchestrators."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.answers import json_response
from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation, reference
from hubemu.control.query import Query

__all__ = ["HEALTH", "READY", "health", "ready"]

HEALTH = Operation(
    summary="Health of the Hub and its parts, as the real dispatcher's actuator tells it",
    answers={
        200: Answer("The Hub is up: its endpoints are published", reference("Health")),
        503: Answer("Not ready yet, or a part is down", reference("Health")),
    },
    refusals=(HTTPStatus.BAD_REQUEST,),
)
READY = Operation(
    summary="Whether topology, TLS and dispatcher are all up",
    answers={
        200: Answer("Ready", reference("Readiness")),
        503: Answer("Not ready, with the reasons", reference("Readiness")),
    },
    refusals=(HTTPStatus.BAD_REQUEST,),
)


async def health(request: Request, context: Context) -> Response:
    """UP with 200, or DOWN with 503."""
    Query(request, ())
    await context.hub.reports.check()
    up, components = context.hub.reports.health()
    content = {"status": "UP" if up else "DOWN", "components": components}
    return json_response(content, HTTPStatus.OK if up else HTTPStatus.SERVICE_UNAVAILABLE)


async def ready(request: Request, context: Context) -> Response:
    """200 when nothing is missing, else 503 with what is."""
    Query(request, ())
    await context.hub.reports.check()
    reasons = context.hub.reports.missing()
    content = {"ready": not reasons, "reasons": reasons}
    return json_response(content, HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK)
