"""`/api/v1/connections`: who is connected, who tried to be, and what the broker refused."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.answers import json_response
from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation, reference

__all__ = ["CONNECTIONS", "connections"]

CONNECTIONS = Operation(
    summary="Open AMQP connections, the last 1,000 attempts to connect, and the last 1,000 things "
    "the broker refused past TLS, each with why and what to do about it",
    answers={
        200: Answer("Connections, attempts and refusals, newest last", reference("Connections"))
    },
)


async def connections(request: Request, context: Context) -> Response:
    """Connections, attempts and refusals."""
    await context.hub.reports.refresh()
    return json_response(context.hub.reports.connections())
