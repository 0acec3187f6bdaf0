"""`/api/v1/hub`: where the Hub is reached, its clients, its vHosts and their queues."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.answers import json_response
from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation, reference

__all__ = ["HUB", "hub"]

HUB = Operation(
    summary="The content of endpoints.json, with clients, vHosts and queue depths",
    answers={200: Answer("The Hub", reference("Hub"))},
)


async def hub(request: Request, context: Context) -> Response:
    """The Hub as it is now."""
    await context.hub.reports.refresh()
    return json_response(context.hub.reports.hub())
