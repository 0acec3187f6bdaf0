"""`POST /api/v1/reset`: the Hub as it was at its start."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation

__all__ = ["RESET", "reset"]

RESET = Operation(
    summary="Purge queues, forget the journal; clients, vHosts, phase and clock as at the start",
    answers={204: Answer("Done; connections of clients that stay, stay open")},
    refusals=(HTTPStatus.FORBIDDEN,),
)


async def reset(request: Request, context: Context) -> Response:
    """A Hub without messages."""
    await context.hub.reset()
    return Response(status_code=HTTPStatus.NO_CONTENT.value)
