"""`/api/v1/connections`: who is connected, and who tried to be."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.answers import json_response
from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation, reference

__all__ = ["CONNECTIONS", "connections"]

CONNECTIONS = Operation(
    summary="Open AMQP connections, and the last 1,000 TLS attempts with why some were refused",
    answers={200: Answer("Connections and attempts, newest last", reference("Connections"))},
)


async def connections(request: Request, context: Context) -> Response:
    """Connections and TLS attempts."""
    await context.hub.refresh()
    return json_response(context.hub.connections())
